"""All papers of a session in one file, made by a job."""

import enum
import uuid
from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import db, primary_key


class MaterialsState(enum.StrEnum):
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class Materials(db.Model):
    """The materials of a session as some of its readers may see them: all who may see the same share one file.

    `digest`: of everything that stands in it, so that a change of the agenda or of a draft makes it another file."""

    __tablename__ = "council_materials"

    id: Mapped[uuid.UUID] = primary_key()
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"), index=True)
    digest: Mapped[str] = mapped_column(db.String(64))
    matter_ids: Mapped[list]
    state: Mapped[MaterialsState] = mapped_column(default=MaterialsState.WAITING)
    done: Mapped[int] = mapped_column(default=0)  # of the parts: agenda, matters, their files
    total: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(db.String(500), default="")
    sha256: Mapped[str | None] = mapped_column(db.String(64))
    size_bytes: Mapped[int | None] = mapped_column(db.BigInteger)
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    made_at: Mapped[datetime | None]

    __table_args__ = (db.UniqueConstraint("session_id", "digest", name="council_materials_once"),)

    def __str__(self):
        return str(self.id)
