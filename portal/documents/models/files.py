"""Files of documents."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import db, primary_key


class FileRole(enum.StrEnum):
    """Why a document has a file."""

    ORIGINAL = "original"
    CONTAINER = "container"
    COPY = "copy"


class TextState(enum.StrEnum):
    """Has the text of a file been read? The text itself is kept with its bytes (`storage.text_of`)."""

    WAITING = "waiting"
    READ = "read"
    FAILED = "failed"


class DocumentFile(db.Model):
    """A file of a document. The bytes lie in storage and are never changed; inner files of a container are rows too."""

    __tablename__ = "document_file"
    __table_args__ = (sa.Index("ix_document_file_document", "document_id", "id"),)
    id: Mapped[uuid.UUID] = primary_key()
    document_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("document.id"))
    parent_file_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("document_file.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    mime: Mapped[str] = mapped_column(sa.String(200))
    sha256: Mapped[str] = mapped_column(db.ForeignKey("blob.sha256"), index=True)
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    role: Mapped[FileRole] = mapped_column(default=FileRole.ORIGINAL)
    text_state: Mapped[TextState] = mapped_column(default=TextState.WAITING)
    problem: Mapped[str] = mapped_column(default="")
    signatures: Mapped[dict | None]
    preview_sha256: Mapped[str | None] = mapped_column(db.ForeignKey("blob.sha256"))  # PNG of the first page
    added_at: Mapped[datetime] = mapped_column(default=clock.now)
    added_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))

    def __str__(self):
        return self.name
