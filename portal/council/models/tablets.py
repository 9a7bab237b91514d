"""The members' tablets: how they do, what is tried on them before a session, what members write for themselves."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from portal.council.models.voting import Choice
from portal.kernel.db import db


class Tablet(db.Model):
    """What the tablet of one member last said of itself in a session: one small row, written anew by each beat.

    `way`: "stream", or "poll" while it has none; `battery` in per cent, where the browser tells; `version`: the mark of
    the program it runs; `trial`: the choice made in the rehearsal that is on or was the last."""

    __tablename__ = "council_tablet"

    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"), primary_key=True)
    member_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), primary_key=True)
    seen_at: Mapped[datetime]
    way: Mapped[str] = mapped_column(db.String(10))
    battery: Mapped[int | None]
    charging: Mapped[bool | None]
    version: Mapped[str | None] = mapped_column(db.String(20))
    trial: Mapped[Choice | None]
    trial_at: Mapped[datetime | None]


class Rehearsal(db.Model):
    """A vote for trial before a session: it asks nothing, decides nothing and stands in no minutes."""

    __tablename__ = "council_rehearsal"

    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"), primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class EntryAnswer(db.Model):
    """What a member says of the vote that was entered for him or her at the desk."""

    __tablename__ = "council_entry_answer"

    vote_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("vote.id"), primary_key=True)
    agreed: Mapped[bool]
    answered_at: Mapped[datetime]


class Note(db.Model):
    """A member's own words on a matter; nobody else reads them. `version` counts the savings."""

    __tablename__ = "council_note"

    matter_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("matter.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), primary_key=True)
    text: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
