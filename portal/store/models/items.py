"""Items, their versions, files and relations."""

import enum
import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel.db import db, primary_key
from portal.store.models.rules import StorePropertySet

PORTAL = "portal"  # the owner of the portal's own documents


class Level(enum.StrEnum):
    """How closely an item is held; each level is closer than the one before."""

    OPEN = "open"
    INTERNAL = "internal"
    RESTRICTED = "restricted"
    CONFIDENTIAL = "confidential"


LEVELS = list(Level)


class ItemState(enum.StrEnum):
    """Where an item stands."""

    ACTIVE = "active"
    DELETED = "deleted"  # may be restored by its owner
    DESTROYED = "destroyed"  # the document it was kept for is destroyed by an act (LAW-98); only the record is left


class StoreItem(db.Model):
    """What an application keeps: the present metadata; files are those of the newest version."""

    __tablename__ = "store_item"
    __table_args__ = (
        sa.UniqueConstraint("owner", "external_id"),
        sa.Index("ix_store_item_owner", "owner", "id"),
        sa.Index("ix_store_item_access", "access_set_id", "id"),
        sa.Index("ix_store_item_class", "class_code", "id"),
    )
    id: Mapped[uuid.UUID] = primary_key()
    owner: Mapped[str] = mapped_column(sa.String(80))
    external_id: Mapped[str | None] = mapped_column(sa.String(200))
    class_code: Mapped[str] = mapped_column(sa.String(60))
    level: Mapped[Level]
    state: Mapped[ItemState] = mapped_column(default=ItemState.ACTIVE)
    title: Mapped[str] = mapped_column(sa.String(500))
    facts: Mapped[dict] = mapped_column(default=dict)  # the other fields of Dublin Core
    property_set_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("store_property_set.id"))
    properties: Mapped[dict] = mapped_column(default=dict)
    language: Mapped[str] = mapped_column(sa.String(20), default="lv")
    retain_until: Mapped[date | None]
    held_until: Mapped[date | None]  # nobody changes, deletes or destroys it up to this day, inclusive
    date: Mapped[date | None]
    number: Mapped[int] = mapped_column(default=1)  # of the newest version
    lock_token: Mapped[str] = mapped_column(sa.String(40), default="")
    locked_by: Mapped[str] = mapped_column(sa.String(200), default="")
    locked_until: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    delete_reason: Mapped[str] = mapped_column(sa.String(500), default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"))
    revision: Mapped[int] = mapped_column()
    property_set: Mapped[StorePropertySet | None] = relationship(lazy="joined")
    __mapper_args__ = {"version_id_col": revision}

    def __str__(self):
        return self.title


class StoreVersion(db.Model):
    """One version: the metadata as they were, and its files."""

    __tablename__ = "store_version"
    __table_args__ = (sa.UniqueConstraint("item_id", "number"),)
    id: Mapped[uuid.UUID] = primary_key()
    item_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("store_item.id"))
    number: Mapped[int]
    snapshot: Mapped[dict]
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(sa.String(200))
    files: Mapped[list["StoreFile"]] = relationship(order_by="StoreFile.n", lazy="raise")


class StoreFile(db.Model):
    """A file of a version."""

    __tablename__ = "store_file"
    __table_args__ = (sa.UniqueConstraint("version_id", "n"), sa.Index("ix_store_file_item", "item_id"))
    id: Mapped[uuid.UUID] = primary_key()
    version_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("store_version.id"))
    item_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("store_item.id"))
    n: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(255))
    mime: Mapped[str] = mapped_column(sa.String(200))
    sha256: Mapped[str] = mapped_column(db.ForeignKey("blob.sha256"), index=True)
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)

    def __str__(self):
        return self.name


class StoreRelation(db.Model):
    """That an item stands in a relation of Dublin Core to another."""

    __tablename__ = "store_relation"
    item_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("store_item.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(30), primary_key=True)
    target_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("store_item.id"), primary_key=True, index=True)


class StoreChange(db.Model):
    """That metadata were changed: who, when, what was there and what is now."""

    __tablename__ = "store_change"
    __table_args__ = (sa.Index("ix_store_change_item", "item_id", "id"),)
    id: Mapped[uuid.UUID] = primary_key()
    item_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("store_item.id"))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(sa.String(200))
    old: Mapped[dict]
    new: Mapped[dict]


class StoreReservation(db.Model):
    """An identifier that an application took before it has the item."""

    __tablename__ = "store_reservation"
    id: Mapped[uuid.UUID] = primary_key()
    owner: Mapped[str] = mapped_column(sa.String(80), index=True)
    reserved_at: Mapped[datetime]
