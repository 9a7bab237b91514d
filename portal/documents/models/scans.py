"""Scans: paper that became pages, on its way into the registry."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import db, primary_key


class ScanState(enum.StrEnum):
    """How far a scan has come."""

    WAITING = "waiting"
    READING = "reading"
    READY = "ready"
    FAILED = "failed"
    PARTED = "parted"  # separator sheets made several scans of it
    DISCARDED = "discarded"


class Scan(db.Model):
    """Pages that were scanned: what came in (`inputs`), one PDF of it, and its copy with recognised text. Registered
    once it has a document; what was scanned is kept even when nothing can be read from it."""

    __tablename__ = "scan"
    __table_args__ = (sa.UniqueConstraint("folder_key"), sa.Index("ix_scan_waiting", "document_id", "id"))
    id: Mapped[uuid.UUID] = primary_key()
    name: Mapped[str] = mapped_column(sa.String(255))
    state: Mapped[ScanState] = mapped_column(default=ScanState.WAITING)
    inputs: Mapped[list]  # [name, mime, sha256, size in bytes] of each file, in the order of pages
    folder_key: Mapped[str | None] = mapped_column(sa.String(64))  # the file of the watched folder it was
    parent_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("scan.id"), index=True)
    register_code: Mapped[str] = mapped_column(sa.String(40), default="")
    kind: Mapped[str] = mapped_column(sa.String(40), default="")
    pages: Mapped[int] = mapped_column(default=0)
    pages_done: Mapped[int] = mapped_column(default=0)
    pdf_sha256: Mapped[str | None] = mapped_column(db.ForeignKey("blob.sha256"))
    text_sha256: Mapped[str | None] = mapped_column(db.ForeignKey("blob.sha256"))
    beginning: Mapped[str] = mapped_column(sa.String(300), default="")
    problem: Mapped[str] = mapped_column(default="")
    document_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("document.id"))
    added_at: Mapped[datetime] = mapped_column(default=clock.now)
    added_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))

    @property
    def in_progress(self):
        """Is a job still at it?"""
        return self.state in (ScanState.WAITING, ScanState.READING)

    @property
    def input_sha256s(self):
        """Addresses of the files that came in."""
        return [sha256 for _name, _mime, sha256, _size in self.inputs]

    def __str__(self):
        return self.name
