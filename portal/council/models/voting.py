"""Ballots and votes: what must never be wrong is said to the database."""

import enum
import uuid
from datetime import datetime

from sqlalchemy import DDL, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.council.rules import Rule
from portal.kernel.db import db, primary_key


class Choice(enum.StrEnum):
    FOR = "par"
    AGAINST = "pret"
    ABSTAIN = "atturas"


class BallotKind(enum.StrEnum):
    """What is asked. Only the result on the draft settles the matter; a matter may see any number of the others."""

    DRAFT = "draft"  # the draft decision as a whole
    AMENDMENT = "amendment"  # one amendment to the draft; `about_id` names it
    PROCEDURE = "procedure"  # how to go on: a break, a closed part, the end of the debate
    CANDIDATES = "candidates"  # all candidates of one office at once (LAW-36)


class BallotWay(enum.StrEnum):
    """How votes come in. Hands and paper are entered by name by a counting commission (LAW-34, 37)."""

    TABLET = "tablet"
    HANDS = "hands"
    PAPER = "paper"


class Ballot(db.Model):
    """One voting on a matter. The numbers are filled when it closes; a session has at most one open ballot.

    Of a package (several matters in one vote) the others follow the first, `lead_id`: each member votes on the first,
    and each matter gets its own rows and its own result. `tour`: the round of an election (LAW-161)."""

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
    kind: Mapped[BallotKind] = mapped_column(default=BallotKind.DRAFT)
    way: Mapped[BallotWay] = mapped_column(default=BallotWay.TABLET)
    question: Mapped[str | None] = mapped_column(db.String(500))  # None: the draft itself
    about_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    lead_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("ballot.id"), index=True)
    repeat_of_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("ballot.id"))
    repeat_reason: Mapped[str | None] = mapped_column(db.String(300))
    tour: Mapped[int | None]
    changeable: Mapped[bool] = mapped_column(default=False)  # by the rules of procedure, as they were at the opening

    options: Mapped[list["BallotOption"]] = relationship(lambda: BallotOption, order_by=lambda: BallotOption.n)

    __table_args__ = (
        db.UniqueConstraint("matter_id", "round", name="ballot_round"),
        db.Index("ballot_repeated_once", "repeat_of_id", unique=True),
        db.Index(
            "ballot_one_open",
            "session_id",
            unique=True,
            sqlite_where=db.text("closed_at IS NULL AND lead_id IS NULL"),
            postgresql_where=db.text("closed_at IS NULL AND lead_id IS NULL"),
        ),
    )

    def __str__(self):
        return str(self.id)

    @property
    def is_open(self):
        return self.closed_at is None


class BallotOption(db.Model):
    """One candidate. `votes` and `elected` are filled when the ballot closes."""

    __tablename__ = "ballot_option"

    id: Mapped[uuid.UUID] = primary_key()
    ballot_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("ballot.id"))
    n: Mapped[int]
    person_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(db.String(200))
    votes: Mapped[int | None]
    elected: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (db.UniqueConstraint("ballot_id", "n", name="ballot_option_place"),)


class BallotTeller(db.Model):
    """A member of the commission that counts hands or papers, with the sheet that he or she entered.

    `marks`: {member id: choice or id of an option}; None until entered."""

    __tablename__ = "ballot_teller"

    id: Mapped[uuid.UUID] = primary_key()
    ballot_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("ballot.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    marks: Mapped[dict | None]
    entered_at: Mapped[datetime | None]

    __table_args__ = (db.UniqueConstraint("ballot_id", "person_id", name="ballot_teller_once"),)


class Vote(db.Model):
    """One member's vote: written once, never changed, unless the ballot is still open and either `changeable` or the
    member objects to what the desk entered; then what it was stays as a VoteChange. Of a candidate: `choice` is "par"
    and `option_id` names who."""

    __tablename__ = "vote"

    id: Mapped[uuid.UUID] = primary_key()
    ballot_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("ballot.id"), index=True)
    member_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    choice: Mapped[Choice]
    cast_at: Mapped[datetime]
    entered_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    entry_reason: Mapped[str | None] = mapped_column(db.String(300))
    nonce: Mapped[str] = mapped_column(db.String(32))
    option_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("ballot_option.id"))
    key: Mapped[str | None] = mapped_column(db.String(40))  # names one pressing of a button, however often it is sent

    __table_args__ = (
        db.UniqueConstraint("ballot_id", "member_id", name="vote_once"),
        db.CheckConstraint("choice IN ('par', 'pret', 'atturas')", name="vote_choice"),
    )


class VoteChange(db.Model):
    """What a vote was before its member changed it, so that the seal in the audit log can still be checked."""

    __tablename__ = "vote_change"

    id: Mapped[uuid.UUID] = primary_key()
    vote_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("vote.id"), index=True)
    choice: Mapped[Choice]
    option_id: Mapped[uuid.UUID | None]
    nonce: Mapped[str] = mapped_column(db.String(32))
    cast_at: Mapped[datetime]
    key: Mapped[str | None] = mapped_column(db.String(40))


# Votes are altered by no code path: the database itself refuses. Until the ballot closes there are two exceptions: the
# rules of procedure opened it to changes of mind, or the member objects to what was entered at the desk.
_OPEN_TO_CHANGE = (
    "SELECT 1 FROM ballot WHERE id = OLD.ballot_id AND closed_at IS NULL AND (changeable OR EXISTS"
    " (SELECT 1 FROM council_entry_answer WHERE vote_id = OLD.id AND NOT agreed))"
)
_SAME_VOTER = "NEW.ballot_id = OLD.ballot_id AND NEW.member_id = OLD.member_id AND NEW.id = OLD.id"
_REFUSALS = {
    "sqlite": [
        "CREATE TRIGGER vote_no_update BEFORE UPDATE ON vote"
        f" WHEN NOT (EXISTS ({_OPEN_TO_CHANGE}) AND {_SAME_VOTER})"
        " BEGIN SELECT RAISE(ABORT, 'votes are never altered'); END",
        "CREATE TRIGGER vote_no_delete BEFORE DELETE ON vote BEGIN SELECT RAISE(ABORT, 'votes are never altered'); END",
        "CREATE TRIGGER vote_while_open BEFORE INSERT ON vote"
        " WHEN (SELECT closed_at FROM ballot WHERE id = NEW.ballot_id) IS NOT NULL"
        " BEGIN SELECT RAISE(ABORT, 'the ballot is closed'); END",
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION vote_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP = 'UPDATE' THEN IF EXISTS ({_OPEN_TO_CHANGE}) AND {_SAME_VOTER} THEN RETURN NEW; END IF; END IF;"
        " RAISE EXCEPTION 'votes are never altered'; END $$",
        "CREATE TRIGGER vote_no_change BEFORE UPDATE OR DELETE ON vote"
        " FOR EACH ROW EXECUTE FUNCTION vote_refuse_change()",
    ],
}
for _dialect, _statements in _REFUSALS.items():
    for _statement in _statements:
        event.listen(Vote.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))
