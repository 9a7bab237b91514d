"""What people keep for their work with lists: saved views, acts on many documents, files made ready by a job."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import db, primary_key


class SavedView(db.Model):
    """Filters, order and columns of a list under a name; query: parameters of its URL."""

    __tablename__ = "saved_view"
    __table_args__ = (sa.UniqueConstraint("person_id", "name"),)
    id: Mapped[uuid.UUID] = primary_key()
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(sa.String(100))
    query: Mapped[dict]
    shared: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)

    def __str__(self):
        return self.name


class ListAct(db.Model):
    """One act on many documents, with what each was before, so that it can be undone.
    changes: [{"id", "version" after the act, "old": {column: value}}]."""

    __tablename__ = "list_act"
    id: Mapped[uuid.UUID] = primary_key()
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    act: Mapped[str] = mapped_column(sa.String(20))
    changes: Mapped[list]
    done_at: Mapped[datetime] = mapped_column(default=clock.now)
    undone_at: Mapped[datetime | None]

    def __str__(self):
        return self.act


class ReadyState(enum.StrEnum):
    """Where a file that a job makes stands."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class ReadyFile(db.Model):
    """A file that somebody asked for and a job makes: a print-out, a table, labels. Only they may fetch it."""

    __tablename__ = "ready_file"
    id: Mapped[uuid.UUID] = primary_key()
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    form: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(200))
    parameters: Mapped[dict]
    state: Mapped[ReadyState] = mapped_column(default=ReadyState.WAITING)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str | None] = mapped_column(db.ForeignKey("blob.sha256"))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)

    def __str__(self):
        return self.name
