"""The list of kept blobs: what must be there, so that a lost one is noticed."""

import enum
import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import EncryptedText, db, primary_key


class ScanState(enum.Enum):
    """What the virus scanner says of a blob; none while no scanner was set up when it came."""

    WAITING = "waiting"
    CLEAN = "clean"
    QUARANTINED = "quarantined"  # kept, never handed out
    RELEASED = "released"  # IT staff answer for it


class UploadState(enum.Enum):
    """Where a file that comes in pieces stands."""

    RECEIVING = "receiving"
    CHECKING = "checking"  # all bytes are here; a job hashes and keeps them
    READY = "ready"
    FAILED = "failed"


class Blob(db.Model):
    """One kept file. It has no name and no reader: those belong to whoever refers to it."""

    __tablename__ = "blob"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="address_length"),
        CheckConstraint("size_bytes >= 0", name="size_not_negative"),
    )

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    mime: Mapped[str] = mapped_column(String(200), default="application/octet-stream")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    erased_at: Mapped[datetime | None]  # the bytes were destroyed on purpose; that they were here stays known
    scan: Mapped[ScanState | None] = mapped_column(index=True)
    scanned_at: Mapped[datetime | None]  # while it waits: since when
    scan_cause: Mapped[str] = mapped_column(String(300), default="")  # the signature that was found

    @property
    def id(self):
        """What the audit log calls it by."""
        return self.sha256

    def __str__(self):
        return self.sha256


class Upload(db.Model):
    """A file that a system sends in pieces. Its chunks lie in the staging folder in their stored form, so the folder
    itself tells how far it has come; `tail` holds what does not fill a chunk yet."""

    __tablename__ = "upload"

    id: Mapped[uuid.UUID] = primary_key()
    owner: Mapped[str] = mapped_column(String(120), index=True)
    name: Mapped[str] = mapped_column(String(255), default="")
    said_mime: Mapped[str] = mapped_column(String(200), default="")
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(EncryptedText)
    received_bytes: Mapped[int] = mapped_column(BigInteger, default=0)  # at the end of the last piece
    tail: Mapped[bytes] = mapped_column(default=b"")
    state: Mapped[UploadState] = mapped_column(default=UploadState.RECEIVING)
    problem: Mapped[str] = mapped_column(default="")
    mime: Mapped[str] = mapped_column(String(200), default="")
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(index=True)

    def __str__(self):
        return self.name or str(self.id)


class StorageRoom(db.Model):
    """What an application keeps, counted as it comes and goes, and the most it may; none: as much as there is."""

    __tablename__ = "storage_room"
    client: Mapped[str] = mapped_column(String(80), primary_key=True)
    items: Mapped[int] = mapped_column(BigInteger, default=0)
    kept_bytes: Mapped[int] = mapped_column(BigInteger, default=0)  # of all versions, also of deleted items
    waiting_bytes: Mapped[int] = mapped_column(BigInteger, default=0)  # as announced, in uploads not used yet
    most_items: Mapped[int | None] = mapped_column(BigInteger)
    most_bytes: Mapped[int | None] = mapped_column(BigInteger)  # of both
    most_waiting_bytes: Mapped[int | None] = mapped_column(BigInteger)

    def __str__(self):
        return self.client


class FixityRun(db.Model):
    """One reading of all blobs, with what it found."""

    __tablename__ = "fixity_run"

    id: Mapped[uuid.UUID] = primary_key()
    asked_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    finished_at: Mapped[datetime | None]
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    last_address: Mapped[str] = mapped_column(String(64), default="")  # where a run that was stopped goes on
    damaged: Mapped[int] = mapped_column(default=0)


class FixityFinding(db.Model):
    """A damaged or missing blob, from the run that first found it until it is whole again."""

    __tablename__ = "fixity_finding"
    __table_args__ = (Index("ix_fixity_finding_open", "ended_at", "address"),)

    id: Mapped[uuid.UUID] = primary_key()
    address: Mapped[str] = mapped_column(String(64))  # not a reference that would hold the bytes
    why: Mapped[str] = mapped_column(String(300))
    found_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)
    run_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("fixity_run.id"))
    ended_at: Mapped[datetime | None]


class TextState(enum.StrEnum):
    """How reading the text of a blob ended."""

    READ = "read"
    PARKED = "parked"  # it could not be read; a person looks at the cause
    WAITING = "waiting"  # it is read once more
    SET_ASIDE = "set_aside"  # a person said that it will never be read


class Scanned(enum.StrEnum):
    """Has the text on its pictures been recognised?"""

    NONE = "none"
    WAITING = "waiting"
    DONE = "done"


class BlobText(db.Model):
    """What was read in a blob, once for all who refer to it. No sentence: `cause` is a word of extract/causes.py."""

    __tablename__ = "blob_text"
    __table_args__ = (
        Index("ix_blob_text_parked", "sha256", sqlite_where=text("state = 'parked'"),
              postgresql_where=text("state = 'parked'")),
        Index("ix_blob_text_scanned", "read_at", sqlite_where=text("scanned = 'waiting'"),
              postgresql_where=text("scanned = 'waiting'")),
    )  # fmt: skip

    sha256: Mapped[str] = mapped_column(db.ForeignKey("blob.sha256"), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), default="")  # under which it was first read: it may tell the type
    mime: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(default="", deferred=True)
    places: Mapped[list] = mapped_column(default=list, deferred=True)  # [kind, name, offset] each
    state: Mapped[TextState] = mapped_column(default=TextState.READ)
    cause: Mapped[str] = mapped_column(String(40), default="")
    params: Mapped[dict] = mapped_column(default=dict)
    scanned: Mapped[Scanned] = mapped_column(default=Scanned.NONE)
    read_at: Mapped[datetime] = mapped_column(default=clock.now)

    def __str__(self):
        return self.sha256

    @property
    def problem(self) -> str:
        """What is wrong, in the reader's language; empty when nothing is."""
        from portal.storage.extract.causes import sentence

        return sentence(self.cause, self.params)


class BlobPreview(db.Model):
    """The picture of a blob's first page, for all who refer to the blob; without one: it gives none."""

    __tablename__ = "blob_preview"
    sha256: Mapped[str] = mapped_column(db.ForeignKey("blob.sha256"), primary_key=True)
    preview_sha256: Mapped[str | None] = mapped_column(db.ForeignKey("blob.sha256"), index=True)

    def __str__(self):
        return self.sha256


class BlobInner(db.Model):
    """A file inside a container, kept as a blob of its own."""

    __tablename__ = "blob_inner"
    container_sha256: Mapped[str] = mapped_column(db.ForeignKey("blob.sha256"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str]
    sha256: Mapped[str] = mapped_column(db.ForeignKey("blob.sha256"), index=True)

    def __str__(self):
        return self.path
