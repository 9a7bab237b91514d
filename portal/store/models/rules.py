"""What IT staff and owners set: classes, property sets, grants."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key

FIELD_TYPES = ("text", "long_text", "integer", "decimal", "date", "boolean", "choice")


class StoreClass(db.Model):
    """A class of documents; grants name it."""

    __tablename__ = "store_class"
    code: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    active: Mapped[bool] = mapped_column(default=True)

    def __str__(self):
        return self.name


class StorePropertySet(db.Model):
    """One version of a property set; an item keeps the version that it was made with.
    fields: dicts with key, name, type (see FIELD_TYPES), required, choices."""

    __tablename__ = "store_property_set"
    __table_args__ = (sa.UniqueConstraint("code", "version"),)
    id: Mapped[uuid.UUID] = primary_key()
    code: Mapped[str] = mapped_column(sa.String(60))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(200))
    fields: Mapped[list]
    made_at: Mapped[datetime]
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))

    def __str__(self):
        return f"{self.name} ({self.version})"


class StoreGrant(db.Model):
    """Reading that an owner gives: of one item, or of a class (`*`: of all) up to a level. holder: a key of access."""

    __tablename__ = "store_grant"
    __table_args__ = (
        sa.Index("ix_store_grant_holder", "holder"),
        sa.Index("ix_store_grant_item", "item_id"),
        sa.Index("ix_store_grant_owner", "owner", "id"),
        sa.CheckConstraint("(item_id IS NULL) <> (class_code IS NULL)", name="one_object"),
    )
    id: Mapped[uuid.UUID] = primary_key()
    owner: Mapped[str] = mapped_column(sa.String(80))
    holder: Mapped[str] = mapped_column(sa.String(80))
    item_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("store_item.id"))
    class_code: Mapped[str | None] = mapped_column(sa.String(60))
    up_to_level: Mapped[str | None] = mapped_column(sa.String(20))
    until: Mapped[date | None]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    given_at: Mapped[datetime]
    given_by: Mapped[str] = mapped_column(sa.String(200))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(sa.String(200), default="")

    def __str__(self):
        return self.holder
