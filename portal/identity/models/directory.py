"""What is known about the directory: how it is, how it was last compared with the register, who may read it."""

import enum
import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key


class RunState(enum.StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class DirectoryState(db.Model):
    """One row: since when the directory does not answer, and the day on which it last agreed with the register."""

    __tablename__ = "directory_state"
    id: Mapped[int] = mapped_column(primary_key=True)
    failing_since: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")
    agreed_on: Mapped[date | None]


class DirectoryRun(db.Model):
    """One comparison of the whole directory with the register. differences: at most some hundred, for the report;
    the counts are of all. dry: nothing was written. import_id: what another directory would change in the register."""

    __tablename__ = "directory_run"
    id: Mapped[uuid.UUID] = primary_key()
    state: Mapped[RunState] = mapped_column(default=RunState.WAITING)
    dry: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(sa.String(20))
    asked_by: Mapped[str] = mapped_column(sa.String(200), default="")
    asked_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    entries: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    renamed: Mapped[int] = mapped_column(default=0)
    removed: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    took_ms: Mapped[int] = mapped_column(default=0)
    differences: Mapped[list] = mapped_column(default=list)
    problem: Mapped[str] = mapped_column(default="")
    import_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("people_import.id"))

    def __str__(self):
        return str(self.id)

    @property
    def found(self) -> int:
        """How many entries differed."""
        return self.added + self.changed + self.renamed + self.removed


class DirectoryAccount(db.Model):
    """An application that reads the directory with a password of its own, and what it may read there."""

    __tablename__ = "directory_account"
    id: Mapped[uuid.UUID] = primary_key()
    name: Mapped[str] = mapped_column(sa.String(40), unique=True)
    purpose: Mapped[str] = mapped_column(sa.String(300), default="")
    reads: Mapped[list]
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    added_at: Mapped[datetime]

    def __str__(self):
        return self.name
