"""What happened, for other systems to replay; and imports of many items."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key


class StoreEvent(db.Model):
    """A fact about an item. `n` grows in the order of commits, so that a reader's cursor passes none by."""

    __tablename__ = "store_event"
    n: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(sa.Uuid)
    kind: Mapped[str] = mapped_column(sa.String(40))
    item_id: Mapped[uuid.UUID | None]  # none for a grant of a class
    owner: Mapped[str] = mapped_column(sa.String(80))
    holder: Mapped[str] = mapped_column(sa.String(80), default="")
    data: Mapped[dict] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(index=True)


class ImportResult(enum.StrEnum):
    """What became of a row of an import."""

    WAITING = "waiting"
    CREATED = "created"
    SAME = "same"
    REFUSED = "refused"


class StoreImport(db.Model):
    """Many items at once, kept by a job."""

    __tablename__ = "store_import"
    id: Mapped[uuid.UUID] = primary_key()
    owner: Mapped[str] = mapped_column(sa.String(80))
    total: Mapped[int]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    def __str__(self):
        return str(self.id)


class StoreImportRow(db.Model):
    """A row of an import: what was asked for, and what became of it."""

    __tablename__ = "store_import_row"
    import_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("store_import.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(sa.String(200))
    fields: Mapped[dict]  # of create_item, with files as dicts
    result: Mapped[ImportResult] = mapped_column(default=ImportResult.WAITING)
    why: Mapped[str] = mapped_column(sa.String(1000), default="")
    item_id: Mapped[uuid.UUID | None]
