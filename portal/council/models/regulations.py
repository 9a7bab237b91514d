"""Binding regulations on their way, and what the public says of their drafts."""

import enum
import uuid
from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from portal.council.regulations import Area, Facts
from portal.kernel.db import db, primary_key


class Regulation(db.Model):
    """Binding regulations (saistošie noteikumi). `number` from adoption on; `earlier`: what was done about texts that
    the council corrected after objections, oldest first. The day columns are the facts of the law (regulations.py)."""

    __tablename__ = "regulation"

    id: Mapped[uuid.UUID] = primary_key()
    proposal_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("proposal.id"), unique=True)
    title: Mapped[str] = mapped_column(db.String(500))
    area: Mapped[Area]
    note: Mapped[dict] = mapped_column(default=dict)
    since: Mapped[date | None]
    until: Mapped[date | None]
    draft_text: Mapped[str | None]  # as it was published for opinions
    year: Mapped[int | None]
    seq: Mapped[int | None]
    number: Mapped[str | None] = mapped_column(db.String(40))
    text: Mapped[str | None]
    decision_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("decision.id"))
    signed_on: Mapped[date | None]
    ministry: Mapped[str | None] = mapped_column(db.String(300))
    address: Mapped[str | None] = mapped_column(db.String(100))
    sent_on: Mapped[date | None]
    delivery_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    received_on: Mapped[date | None]
    opinion_on: Mapped[date | None]
    objections: Mapped[bool] = mapped_column(default=False)
    opinion_text: Mapped[str | None]
    kept_on: Mapped[date | None]
    kept_by: Mapped[str | None] = mapped_column(db.String(40))  # number of the reasoned decision
    gazette_on: Mapped[date | None]
    published_on: Mapped[date | None]
    gazette_number: Mapped[str | None] = mapped_column(db.String(60))
    gazette_url: Mapped[str | None] = mapped_column(db.String(300))
    set_on: Mapped[date | None]
    in_force_on: Mapped[date | None] = mapped_column(index=True)
    repealed_on: Mapped[date | None]
    earlier: Mapped[list] = mapped_column(default=list)
    made_at: Mapped[datetime]

    __table_args__ = (db.UniqueConstraint("year", "seq", name="regulation_number"),)

    def __str__(self):
        return self.number or self.title

    @property
    def facts(self):
        """The days that the law counts from."""
        names = Facts.__dataclass_fields__
        return Facts(**{name: getattr(self, name) for name in names})


class OpinionOutcome(enum.StrEnum):
    TAKEN = "taken"
    PARTLY = "partly"
    NOT_TAKEN = "not_taken"


class PublicOpinion(db.Model):
    """What somebody wrote about a draft. `from_hash` bounds how much one address sends; `hidden`: no opinion at all."""

    __tablename__ = "public_opinion"

    id: Mapped[uuid.UUID] = primary_key()
    regulation_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("regulation.id"), index=True)
    name: Mapped[str] = mapped_column(db.String(160))
    text: Mapped[str]
    sent_at: Mapped[datetime]
    from_hash: Mapped[str] = mapped_column(db.String(64), index=True)
    answer: Mapped[str | None]
    outcome: Mapped[OpinionOutcome | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    hidden: Mapped[bool] = mapped_column(default=False)
