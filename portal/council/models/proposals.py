"""A draft decision on its way: who submitted it, what it costs, who gives an opinion, its versions and amendments."""

import enum
import uuid
from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from portal.council.rules import ActKind, Skip, Subject, Submitter
from portal.kernel.db import db, primary_key


class Proposal(db.Model):
    """One submission. Its matters are the stops on the way: in each committee, then in the council.

    `in_order`: the committees are asked one after another, else at once. `skipped`: why the path was not gone (LAW-15).
    `previous_id`: the rejected submission that this one repeats (LAW-41)."""

    __tablename__ = "proposal"

    id: Mapped[uuid.UUID] = primary_key()
    submitter: Mapped[Submitter | None]  # None: of drafts older than this table
    submitter_name: Mapped[str | None] = mapped_column(db.String(200))
    note: Mapped[str] = mapped_column(default="")
    legal_basis: Mapped[str] = mapped_column(default="")
    amount_cents: Mapped[int | None] = mapped_column(db.BigInteger)
    budget_line: Mapped[str | None] = mapped_column(db.String(200))
    real_estate: Mapped[bool] = mapped_column(default=False)
    in_order: Mapped[bool] = mapped_column(default=True)
    skipped: Mapped[Skip | None]
    document_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    previous_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("proposal.id"))
    made_at: Mapped[datetime]

    def __str__(self):
        return str(self.id)


class Stop(db.Model):
    """A committee that is asked for its opinion. `matter_id`: the matter before it, None until its turn comes."""

    __tablename__ = "proposal_stop"

    id: Mapped[uuid.UUID] = primary_key()
    proposal_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("proposal.id"), index=True)
    body_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_body.id"))
    position: Mapped[int]
    by_law: Mapped[bool] = mapped_column(default=False)  # the finance committee, asked because of LAW-60
    matter_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("matter.id"), index=True)

    __table_args__ = (db.UniqueConstraint("proposal_id", "body_id", name="proposal_stop_once"),)


class VersionCause(enum.StrEnum):
    SUBMITTED = "submitted"
    EDITED = "edited"
    AMENDED = "amended"  # an accepted amendment was put into the text by itself
    MERGED = "merged"  # the secretary put an accepted amendment into the text


class MatterVersion(db.Model):
    """A saved text of a draft. Never changed."""

    __tablename__ = "matter_version"

    id: Mapped[uuid.UUID] = primary_key()
    proposal_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("proposal.id"))
    number: Mapped[int]
    text: Mapped[str]
    cause: Mapped[VersionCause]
    amendment_id: Mapped[uuid.UUID | None]
    by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    saved_at: Mapped[datetime]

    __table_args__ = (db.UniqueConstraint("proposal_id", "number", name="matter_version_number"),)


class AmendmentState(enum.StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Amendment(db.Model):
    """A member's change to the draft. `old_text` names the place; without it `new_text` is free words, which the
    secretary puts into the text. `merged_version`: the version that has it."""

    __tablename__ = "amendment"

    id: Mapped[uuid.UUID] = primary_key()
    matter_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("matter.id"))
    n: Mapped[int]
    author_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    author_name: Mapped[str] = mapped_column(db.String(160))
    old_text: Mapped[str] = mapped_column(default="")
    new_text: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    of_submitter: Mapped[bool] = mapped_column(default=False)  # proposed by who submitted the draft (LAW-48)
    state: Mapped[AmendmentState] = mapped_column(default=AmendmentState.PROPOSED)
    proposed_at: Mapped[datetime]
    entered_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    merged_version: Mapped[int | None]
    key: Mapped[str | None] = mapped_column(db.String(40))  # names one sending of the form, however often it arrives

    __table_args__ = (
        db.UniqueConstraint("matter_id", "n", name="amendment_number"),
        db.Index("amendment_sent_once", "author_id", "key", unique=True),
    )

    def __str__(self):
        return f"{self.n}. {self.author_name}"


class DraftCheck(db.Model):
    """Somebody whose approval the rules of procedure ask for before a draft reaches a committee (LAW-15)."""

    __tablename__ = "draft_check"

    id: Mapped[uuid.UUID] = primary_key()
    position: Mapped[int]
    name: Mapped[str] = mapped_column(db.String(100))
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    money_only: Mapped[bool] = mapped_column(default=False)


class DraftTemplate(db.Model):
    """Text blocks that a new draft of this kind begins with."""

    __tablename__ = "draft_template"

    id: Mapped[uuid.UUID] = primary_key()
    name: Mapped[str] = mapped_column(db.String(200), unique=True)
    act_kind: Mapped[ActKind]
    subject: Mapped[Subject]
    text: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    legal_basis: Mapped[str] = mapped_column(default="")

    def __str__(self):
        return self.name
