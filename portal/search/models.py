"""What search holds for each object. The database is the truth; the index can be built anew from it at any time."""

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key


class SearchEntry(db.Model):
    """One object that can be found. `revision` grows with each change; `pending` until the index has that revision.

    A removed entry stays, empty, until the index has forgotten it.
    """

    __tablename__ = "search_entry"
    __table_args__ = (
        sa.UniqueConstraint("kind", "object_id"),
        sa.Index(
            "ix_search_entry_pending", "id", sqlite_where=sa.text("pending = 1"), postgresql_where=sa.text("pending")
        ),
    )
    id: Mapped[uuid.UUID] = primary_key()
    kind: Mapped[str] = mapped_column(sa.String(40))
    object_id: Mapped[uuid.UUID]
    title: Mapped[str]
    number: Mapped[str] = mapped_column(sa.String(120), default="")
    text: Mapped[str] = mapped_column(default="")
    date: Mapped[date | None]
    unit: Mapped[str] = mapped_column(sa.String(200), default="")
    url: Mapped[str]
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    pending: Mapped[bool] = mapped_column(default=True)
    removed: Mapped[bool] = mapped_column(default=False)

    def __str__(self):
        return f"{self.number} {self.title}".strip()
