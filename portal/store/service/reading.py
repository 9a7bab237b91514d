"""Reading: one rule for get, list, expand, export and what an import may name. What must not be known is not found, and
each such try is on record."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.audit import service as audit
from portal.identity.service import clients
from portal.kernel import access
from portal.kernel.access import can_see, visible_sets, visible_to
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from portal.kernel.i18n import _
from portal.kernel.web import cursor_page
from portal.store.models import PORTAL, ItemState, StoreChange, StoreFile, StoreItem, StoreRelation, StoreVersion

EXPANDS = ("files", "relations", "versions")


@dataclass(frozen=True)
class ItemFilters:
    """What narrows a list; empty: all. since, until: days of the item, both inclusive."""

    owner: str = ""
    class_code: str = ""
    level: str = ""
    state: str = ItemState.ACTIVE
    external_id: str = ""
    changed_after: datetime | None = None
    since: date | None = None
    until: date | None = None


def get_item(actor, item_id, *, manager=False) -> StoreItem:
    """The item. manager: IT staff also find those that they may not read, see `is_veiled`.
    Raises NotFound, also when it exists but is not for the actor: that try is audited."""
    item = db.session.get(StoreItem, _uuid(item_id))
    if item is None:
        raise NotFound(_("There is no such item"))
    if not can_see(actor, item) and not (manager and actor.can("admin.store")):
        refuse(NotFound(_("There is no such item")), refusals(actor, [item.id]))
    return item


def is_veiled(actor, item) -> bool:
    """May the actor know of the item nothing but whose it is, its class and level?"""
    return not can_see(actor, item)


def seen_among(actor, items) -> set[uuid.UUID]:
    """Ids of those of the items that the actor may read; one query."""
    if actor.is_system:
        return {item.id for item in items}
    sets = set(db.session.scalars(visible_sets(actor)))
    return {item.id for item in items if item.access_set_id in sets}


def get_own(actor, item_id) -> StoreItem:
    """An item that the actor may change. Raises NotFound, Forbidden."""
    item = get_item(actor, item_id)
    if not can_see(actor, item, access.Level.WRITE):
        raise Forbidden(_("Only the application that keeps the item changes it"))
    return item


def open_item(actor, item_id) -> StoreItem:
    """The item, for handing its metadata out: the reading is audited. Raises NotFound."""
    item = get_item(actor, item_id)
    audit.record_reading(actor, "store.item_read", item)
    return item


def open_file(actor, item_id, file_id):
    """(StoreItem, StoreFile), for handing the bytes out: the reading is audited. Raises NotFound, Conflict."""
    item = get_item(actor, item_id)
    file = db.session.get(StoreFile, _uuid(file_id))
    if file is None or file.item_id != item.id:
        raise NotFound(_("There is no such file"))
    if item.state != ItemState.ACTIVE:
        raise Conflict(_("The item is deleted; restore it first"))
    audit.record_reading(actor, "store.file_read", item)
    return item, file


def find_by_external(actor, external_id) -> StoreItem | None:
    """The actor's own item with the identifier of the actor's own making."""
    return db.session.scalar(
        sa.select(StoreItem).where(StoreItem.owner == actor.client, StoreItem.external_id == external_id)
    )


def list_items(actor, filters=ItemFilters(), cursor=None, size=50, *, manager=False):
    """One page of what the actor may read, the newest first. Asking for another owner's items that are not for the
    actor gives none of them, and is on record."""
    query = _filtered(sa.select(StoreItem), filters)
    if not (manager and actor.can("admin.store")):
        mine = visible_to(actor, StoreItem)
        if filters.owner and filters.owner != actor.client and not cursor:
            note_withheld(
                actor, db.session.scalars(_filtered(sa.select(StoreItem.id), filters).where(~mine).limit(20)).all()
            )
        query = query.where(mine)
    return cursor_page(query, [StoreItem.id.desc()], size, cursor)


def _filtered(query, filters):
    for name in ("owner", "class_code", "level", "state", "external_id"):
        if value := getattr(filters, name):
            query = query.where(getattr(StoreItem, name) == value)
    if filters.changed_after:
        query = query.where(StoreItem.changed_at > filters.changed_after)
    if filters.since:
        query = query.where(StoreItem.date >= filters.since)
    return query.where(StoreItem.date <= filters.until) if filters.until else query


def expanded(actor, items, what=("files",)) -> dict[uuid.UUID, dict]:
    """What belongs to each of the items: `files` of the newest version, `versions` with theirs, `relations` as pairs
    (kind, target item), without targets that are not for the actor."""
    ids = [item.id for item in items]
    found: dict = {item_id: {name: [] for name in what} for item_id in ids}
    if "files" in what:
        rows = db.session.scalars(
            sa.select(StoreFile)
            .join(StoreVersion, StoreVersion.id == StoreFile.version_id)
            .join(StoreItem, sa.and_(StoreItem.id == StoreFile.item_id, StoreItem.number == StoreVersion.number))
            .where(StoreFile.item_id.in_(ids))
            .order_by(StoreFile.item_id, StoreFile.n)
        )
        for file in rows:
            found[file.item_id]["files"].append(file)
    if "versions" in what:
        rows = db.session.scalars(
            sa.select(StoreVersion)
            .where(StoreVersion.item_id.in_(ids))
            .options(selectinload(StoreVersion.files))
            .order_by(StoreVersion.item_id, StoreVersion.number)
        )
        for version in rows:
            found[version.item_id]["versions"].append(version)
    if "relations" in what:
        hidden = set()
        related = db.session.execute(
            sa.select(StoreRelation.item_id, StoreRelation.kind, StoreItem, visible_to(actor, StoreItem))
            .join(StoreItem, StoreItem.id == StoreRelation.target_id)
            .where(StoreRelation.item_id.in_(ids))
            .order_by(StoreRelation.item_id, StoreRelation.kind, StoreRelation.target_id)
        )
        for item_id, kind, target, seen in related:
            if seen:
                found[item_id]["relations"].append((kind, target))
            else:
                hidden.add(target.id)
        note_withheld(actor, hidden)
    return found


def files_of(item) -> list[StoreFile]:
    """The files of the newest version, in order. The caller has asked who may see."""
    return list(
        db.session.scalars(
            sa.select(StoreFile)
            .join(StoreVersion, StoreVersion.id == StoreFile.version_id)
            .where(StoreVersion.item_id == item.id, StoreVersion.number == item.number)
            .order_by(StoreFile.n)
        )
    )


def versions_of(item) -> list[StoreVersion]:
    """All versions with their files, the newest first. The caller has asked who may see."""
    return list(
        db.session.scalars(
            sa.select(StoreVersion)
            .where(StoreVersion.item_id == item.id)
            .options(selectinload(StoreVersion.files))
            .order_by(StoreVersion.number.desc())
        )
    )


def changes_of(item, limit=100) -> list[StoreChange]:
    """Changes of metadata, the newest first. The caller has asked who may see."""
    return list(
        db.session.scalars(
            sa.select(StoreChange).where(StoreChange.item_id == item.id).order_by(StoreChange.id.desc()).limit(limit)
        )
    )


def may_read_bytes(actor, sha256):
    """The file entry by which the actor may read these bytes already; None when there is none, or no such bytes."""
    return db.session.scalar(
        sa.select(StoreFile)
        .join(StoreItem, StoreItem.id == StoreFile.item_id)
        .where(StoreFile.sha256 == sha256, visible_to(actor, StoreItem), StoreItem.state == ItemState.ACTIVE)
        .limit(1)
    )


def owners() -> dict[str, str]:
    """Names of those who keep something, by identifier."""
    found = db.session.scalars(sa.select(StoreItem.owner).distinct()).all()
    return {owner: owner_name(owner) for owner in sorted(found)}


def owner_name(owner) -> str:
    """What people call the application."""
    return _("The portal itself") if owner == PORTAL else clients.client_names([owner]).get(owner, owner)


def note_withheld(actor, item_ids):
    """Keep on record that the actor would have got these items, were they for it; the request itself goes on."""
    for told in refusals(actor, item_ids):
        audit.record(actor, **told)


def refusals(actor, item_ids):
    """What stays on record of asking for items that are not for the actor: arguments of `audit.record`. An error that
    undoes the request carries them as `on_record`; a job that catches it records them itself."""
    if actor.is_system:
        return ()
    return tuple(
        {
            "action": "store.refused",
            "object_kind": "store_item",
            "object_id": str(item_id),
            "label": str(item_id),
            "result": "refused",
            "reason": _("The item is not granted to the caller"),
        }
        for item_id in sorted(item_ids)
    )


def refused_bytes(sha256):
    """The same for bytes; whether there are such bytes stays unsaid."""
    reason = _("The caller may not read a file with these bytes")
    return (
        {"action": "store.bytes_refused", "object_kind": "blob", "object_id": sha256, "label": sha256,
         "result": "refused", "reason": reason},
    )  # fmt: skip


def refuse(error, on_record):
    """Raise the error, with what stays on record of it."""
    error.on_record = on_record
    raise error


def _uuid(value):
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    except ValueError as error:
        raise Invalid(_("This is no identifier")) from error


def bytes_of(item) -> set[str]:
    """The SHA-256 of all files of the item's versions."""
    return set(db.session.scalars(sa.select(StoreFile.sha256).where(StoreFile.item_id == item.id)))
