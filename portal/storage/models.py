"""The list of kept blobs: what must be there, so that a lost one is noticed."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import db


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

    def __str__(self):
        return self.sha256
