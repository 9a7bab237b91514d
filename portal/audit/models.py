"""Tables of the audit log. Rows of AuditRecord are only ever added; two columns are filled or emptied later:
`leaf_index` when the record is sealed, `personal` with its salt when personal data are erased."""

import enum
import json
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import EncryptedText, UtcDateTime, db, primary_key


class AuditRecord(db.Model):
    """One act, reading or refusal (LAW-145, LAW-146).

    Ids of people and things are text without foreign keys: the log outlives what it speaks of.
    """

    __tablename__ = "audit_record"

    id: Mapped[uuid.UUID] = primary_key()
    at: Mapped[datetime]
    person_id: Mapped[str | None] = mapped_column(sa.String(36))
    person_name: Mapped[str | None]
    on_behalf_of_id: Mapped[str | None] = mapped_column(sa.String(36))
    client: Mapped[str | None]  # the application through which they acted
    session_id: Mapped[str | None]
    address: Mapped[str | None]  # network address
    action: Mapped[str] = mapped_column(sa.String(80))
    object_kind: Mapped[str | None] = mapped_column(sa.String(80))
    object_id: Mapped[str | None] = mapped_column(sa.String(80))
    label: Mapped[str | None]  # the object's name as it was then
    old_json: Mapped[str | None]
    new_json: Mapped[str | None]
    purpose: Mapped[str | None]
    legal_basis: Mapped[str | None]
    result: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str | None]
    personal_digest: Mapped[str | None] = mapped_column(sa.String(64))
    # the erasable part: only its salted digest is in the leaf
    personal_json: Mapped[str | None] = mapped_column(EncryptedText)
    salt: Mapped[bytes | None]
    leaf_hash: Mapped[bytes]
    origin_mac: Mapped[bytes]  # keyed: shows that the application wrote the row, before it is sealed too
    leaf_index: Mapped[int | None] = mapped_column(sa.BigInteger, unique=True)

    __table_args__ = (
        sa.Index("ix_audit_record_at", "at", "id"),
        sa.Index("ix_audit_record_object", "object_kind", "object_id", "at"),
        sa.Index("ix_audit_record_person", "person_id", "at"),
        sa.Index("ix_audit_record_action", "action", "at"),
    )

    @property
    def old(self):
        """Values before the act, or None."""
        return None if self.old_json is None else json.loads(self.old_json)

    @property
    def new(self):
        """Values after the act, or None."""
        return None if self.new_json is None else json.loads(self.new_json)

    @property
    def personal(self):
        """Personal data that belong to the record, or None when there were none or they are erased."""
        return None if self.personal_json is None else json.loads(self.personal_json)

    @property
    def is_erased(self):
        """True when there were personal data and they were erased."""
        return self.personal_digest is not None and self.personal_json is None

    @property
    def number(self):
        """The record's number in the sealed log, from 1; None until it is sealed."""
        return None if self.leaf_index is None else self.leaf_index + 1

    def __str__(self):
        return str(self.number or self.id)


class AuditCheckpoint(db.Model):
    """A signed state of the log: so many records, this root."""

    __tablename__ = "audit_checkpoint"

    id: Mapped[uuid.UUID] = primary_key()
    size: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    root: Mapped[bytes]
    frontier: Mapped[bytes]
    note: Mapped[str]
    made_at: Mapped[datetime]
    witnessed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class AuditTile(db.Model):
    """Hash of a full subtree of 256, 65 536, … leaves; makes proofs in a long log quick. Derived, and verified too."""

    __tablename__ = "audit_tile"

    height: Mapped[int] = mapped_column(primary_key=True)
    index: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class VerificationState(enum.StrEnum):
    """Where a verification of the log stands."""

    WAITING = "waiting"
    RUNNING = "running"
    INTACT = "intact"
    DAMAGED = "damaged"
    FAILED = "failed"


class AuditVerification(db.Model):
    """One run of the verification, with what it found."""

    __tablename__ = "audit_verification"

    id: Mapped[uuid.UUID] = primary_key()
    state: Mapped[VerificationState]
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    sealed_until: Mapped[datetime | None]  # time of the newest checkpoint that was checked
    stage: Mapped[str] = mapped_column(sa.String(20), default="records")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    records: Mapped[int] = mapped_column(default=0)
    checkpoints: Mapped[int] = mapped_column(default=0)
    blobs: Mapped[int] = mapped_column(default=0)
    findings: Mapped[list] = mapped_column(default=list)

    @property
    def is_over(self):
        """True when it runs no more."""
        return self.state in (VerificationState.INTACT, VerificationState.DAMAGED, VerificationState.FAILED)
