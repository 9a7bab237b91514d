"""Approval rounds (saskaņošana): who was asked about which version of a text, and what they said."""

import uuid
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel.db import db, primary_key


class RoundState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    RETURNED = "returned"
    REPLACED = "replaced"  # a new version is asked about instead
    CANCELLED = "cancelled"


class Answer(StrEnum):
    """What an approver may say."""

    APPROVED = "approved"
    WITH_REMARKS = "with_remarks"
    RETURNED = "returned"


class RemarkOutcome(StrEnum):
    """What the author did with a remark; „not taken” has its reason."""

    TAKEN = "taken"
    NOT_TAKEN = "not_taken"


class ApprovalRound(db.Model):
    """One version of one thing, asked about once. sha256: of the file that the approvers saw, and no other (LAW-85).

    number counts the rounds about a thing from 1; previous_id is the round about the version before.
    """

    __tablename__ = "approval_round"
    __table_args__ = (sa.UniqueConstraint("about_kind", "about_id", "number"),)
    id: Mapped[uuid.UUID] = primary_key()
    about_kind: Mapped[str] = mapped_column(sa.String(40))
    about_id: Mapped[uuid.UUID]
    number: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(500))
    file_name: Mapped[str] = mapped_column(sa.String(300))
    mime: Mapped[str] = mapped_column(sa.String(120))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    in_order: Mapped[bool]
    due_on: Mapped[date]
    state: Mapped[RoundState] = mapped_column(default=RoundState.OPEN)
    asked_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    previous_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("approval_round.id"))
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"), index=True)
    version: Mapped[int] = mapped_column()
    approvers: Mapped[list["Approver"]] = relationship(
        back_populates="round", order_by="Approver.order", lazy="selectin"
    )
    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return self.title

    def approver_of(self, person_id: uuid.UUID | None) -> "Approver | None":
        """The place of a person among those asked."""
        return next((one for one in self.approvers if person_id and one.person_id == person_id), None)


class Approver(db.Model):
    """One person asked, and their answer: person, time and, by the round, the version (LAW-85).

    answered_by_id: who gave the answer; another than person_id when a substitute did, who is shown as p. i. (LAW-84).
    kept_from_id: the answer was given in an earlier round, and the new version did not concern it.
    """

    __tablename__ = "approval_approver"
    __table_args__ = (sa.UniqueConstraint("round_id", "person_id"), sa.UniqueConstraint("round_id", "order"))
    id: Mapped[uuid.UUID] = primary_key()
    round_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("approval_round.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    order: Mapped[int]
    asked_at: Mapped[datetime | None]
    answer: Mapped[Answer | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    comment: Mapped[str] = mapped_column(default="")
    kept_from_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("approval_approver.id"))
    version: Mapped[int] = mapped_column()
    round: Mapped[ApprovalRound] = relationship(back_populates="approvers")
    remarks: Mapped[list["ApprovalRemark"]] = relationship(
        back_populates="approver", order_by="ApprovalRemark.id", lazy="selectin"
    )
    __mapper_args__ = {"version_id_col": version}


class ApprovalRemark(db.Model):
    """A remark on a place of the text. quote: the passage it is about, as it stood; empty for the whole text."""

    __tablename__ = "approval_remark"
    id: Mapped[uuid.UUID] = primary_key()
    approver_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("approval_approver.id"), index=True)
    quote: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    outcome: Mapped[RemarkOutcome | None]
    outcome_reason: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    approver: Mapped[Approver] = relationship(back_populates="remarks")
