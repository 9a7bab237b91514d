"""Ballots and votes: what must never be wrong is said to the database."""

import enum
import uuid
from datetime import datetime

from sqlalchemy import DDL, event
from sqlalchemy.orm import Mapped, mapped_column

from portal.council.rules import Rule
from portal.kernel.db import db, primary_key


class Choice(enum.StrEnum):
    FOR = "par"
    AGAINST = "pret"
    ABSTAIN = "atturas"


class Ballot(db.Model):
    """One voting on a matter. The numbers are filled when it closes; a session has at most one open ballot."""

    __tablename__ = "ballot"

    id: Mapped[uuid.UUID] = primary_key()
    matter_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("matter.id"), index=True)
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"), index=True)
    round: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    cancelled_reason: Mapped[str | None]  # closed without a result, e.g. the quorum was lost (LAW-21)
    present_count: Mapped[int]
    quorum_needed: Mapped[int]
    rule: Mapped[Rule]
    par: Mapped[int | None]
    pret: Mapped[int | None]
    atturas: Mapped[int | None]
    not_voted: Mapped[int | None]
    needed: Mapped[int | None]
    seats: Mapped[int]
    chair_choice: Mapped[Choice | None]  # in a committee: how the presiding chair voted (LAW-64)
    adopted: Mapped[bool | None]
    law: Mapped[str | None] = mapped_column(db.String(300))
    why: Mapped[str | None]

    __table_args__ = (
        db.UniqueConstraint("matter_id", "round", name="ballot_round"),
        db.Index(
            "ballot_one_open",
            "session_id",
            unique=True,
            sqlite_where=db.text("closed_at IS NULL"),
            postgresql_where=db.text("closed_at IS NULL"),
        ),
    )

    def __str__(self):
        return str(self.id)

    @property
    def is_open(self):
        return self.closed_at is None


class Vote(db.Model):
    """One member's vote: written once, never changed. `seal` is what the audit log keeps of it while voting is open."""

    __tablename__ = "vote"

    id: Mapped[uuid.UUID] = primary_key()
    ballot_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("ballot.id"), index=True)
    member_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    choice: Mapped[Choice]
    cast_at: Mapped[datetime]
    entered_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    entry_reason: Mapped[str | None] = mapped_column(db.String(300))
    nonce: Mapped[str] = mapped_column(db.String(32))

    __table_args__ = (
        db.UniqueConstraint("ballot_id", "member_id", name="vote_once"),
        db.CheckConstraint("choice IN ('par', 'pret', 'atturas')", name="vote_choice"),
    )


# Votes are never altered, by no code path: the database itself refuses.
_REFUSALS = {
    "sqlite": [
        "CREATE TRIGGER vote_no_update BEFORE UPDATE ON vote BEGIN SELECT RAISE(ABORT, 'votes are never altered'); END",
        "CREATE TRIGGER vote_no_delete BEFORE DELETE ON vote BEGIN SELECT RAISE(ABORT, 'votes are never altered'); END",
        "CREATE TRIGGER vote_while_open BEFORE INSERT ON vote"
        " WHEN (SELECT closed_at FROM ballot WHERE id = NEW.ballot_id) IS NOT NULL"
        " BEGIN SELECT RAISE(ABORT, 'the ballot is closed'); END",
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION vote_refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'votes are never altered'; END $$",
        "CREATE TRIGGER vote_no_change BEFORE UPDATE OR DELETE ON vote"
        " FOR EACH ROW EXECUTE FUNCTION vote_refuse_change()",
    ],
}
for _dialect, _statements in _REFUSALS.items():
    for _statement in _statements:
        event.listen(Vote.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))
