"""What ends a file's life: holds that stop it, acts of destruction, handovers to the National Archive."""

import enum
import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.documents.models.plans import Dossier
from portal.kernel import clock
from portal.kernel.db import db, primary_key


class LegalHold(db.Model):
    """Nothing of the file is destroyed while somebody needs it as evidence (R282-42)."""

    __tablename__ = "legal_hold"
    id: Mapped[uuid.UUID] = primary_key()
    dossier_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("dossier.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(500))
    placed_at: Mapped[datetime] = mapped_column(default=clock.now)
    placed_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    lifted_reason: Mapped[str] = mapped_column(sa.String(500), default="")

    def __str__(self):
        return self.reason


class ActState(enum.StrEnum):
    """Where an act of destruction stands."""

    DRAFT = "draft"
    CHECKED = "checked"
    AGREED = "agreed"
    APPROVED = "approved"
    DESTROYED = "destroyed"
    CANCELLED = "cancelled"


ACT_MOVES = {
    ActState.DRAFT: {ActState.CHECKED, ActState.CANCELLED},
    ActState.CHECKED: {ActState.AGREED, ActState.CANCELLED},
    ActState.AGREED: {ActState.APPROVED, ActState.CANCELLED},
    ActState.APPROVED: {ActState.DESTROYED},
    ActState.DESTROYED: set(),
    ActState.CANCELLED: set(),
}
OPEN_ACTS = (ActState.DRAFT, ActState.CHECKED, ActState.AGREED, ActState.APPROVED)


class DestructionAct(db.Model):
    """Files whose term has ended, chosen for destruction (R282-36..41). Checked by the record-keeper, agreed with the
    National Archive, approved by a head, then carried out; the act and what is known of the documents stay."""

    __tablename__ = "destruction_act"
    __table_args__ = (sa.UniqueConstraint("year", "seq"),)
    id: Mapped[uuid.UUID] = primary_key()
    year: Mapped[int]
    seq: Mapped[int]
    state: Mapped[ActState] = mapped_column(default=ActState.DRAFT)
    note: Mapped[str] = mapped_column(sa.String(1000), default="")
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    checked_at: Mapped[datetime | None]
    checked_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    agreed_number: Mapped[str] = mapped_column(sa.String(60), default="")
    agreed_on: Mapped[date | None]
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    destroyed_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(sa.String(500), default="")
    version: Mapped[int] = mapped_column()
    items: Mapped[list["DestructionItem"]] = relationship(order_by="DestructionItem.place", lazy="raise_on_sql")
    __mapper_args__ = {"version_id_col": version}

    @property
    def number(self):
        """As people write it: IZN-2032-1."""
        return f"IZN-{self.year}-{self.seq}"

    @property
    def is_open(self):
        return self.state in OPEN_ACTS

    def may_become(self, state):
        """Is the move in the table of moves?"""
        return state in ACT_MOVES[self.state]

    def __str__(self):
        return self.number


class DestructionItem(db.Model):
    """A file in an act, as it was when the act was made."""

    __tablename__ = "destruction_item"
    __table_args__ = (sa.UniqueConstraint("act_id", "dossier_id"),)
    id: Mapped[uuid.UUID] = primary_key()
    act_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("destruction_act.id"))
    dossier_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("dossier.id"), index=True)
    place: Mapped[int]
    index: Mapped[str] = mapped_column(sa.String(30))
    title: Mapped[str] = mapped_column(sa.String(500))
    dating: Mapped[str] = mapped_column(sa.String(40))
    documents: Mapped[int]
    retention: Mapped[str] = mapped_column(sa.String(300))
    ended_on: Mapped[date]
    dossier: Mapped[Dossier] = relationship(lazy="joined", innerjoin=True)


class HandoverState(enum.StrEnum):
    """Where a handover stands."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    HANDED_OVER = "handed_over"


class Handover(db.Model):
    """A package of permanently kept files for the National Archive: metadata, files and one checksum (R282-33..35)."""

    __tablename__ = "archive_handover"
    id: Mapped[uuid.UUID] = primary_key()
    title: Mapped[str] = mapped_column(sa.String(300))
    state: Mapped[HandoverState] = mapped_column(default=HandoverState.WAITING)
    dossier_ids: Mapped[list]
    documents: Mapped[int] = mapped_column(default=0)
    files: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str | None] = mapped_column(db.ForeignKey("blob.sha256"))
    size_bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    problem: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    taken_number: Mapped[str] = mapped_column(sa.String(60), default="")
    taken_on: Mapped[date | None]

    @property
    def dossier_ids_as_keys(self):
        return [uuid.UUID(text) for text in self.dossier_ids]

    def __str__(self):
        return self.title
