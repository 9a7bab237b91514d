"""Changing, locking, deleting, destroying. Each names the revision it is about, so that nobody overwrites another's."""

import secrets
from datetime import timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db, new_id
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.storage import service as storage
from portal.store.events import BytesLeft, ItemChanged, ItemDeleted, ItemRestored, VersionAdded
from portal.store.models import ItemState, Level, StoreChange, StoreFile, StoreRelation, StoreVersion
from portal.store.service import creating, indexing, reading, rights, rules

LONGEST_LOCK_M = 24 * 60


class Stale(Conflict):
    """The item has another revision than the caller has seen."""

    status = 412


class Locked(Conflict):
    """Somebody has checked the item out."""

    status = 423


def change_item(actor, item_id, revision, changes, lock_token=""):
    """Change metadata, class, level or relations. changes: names of create_item's arguments with their new values.
    Raises NotFound, Forbidden, Stale, Locked, Invalid. Returns the item."""
    item = _to_change(actor, item_id, revision, lock_token)
    old = creating.snapshot(item)
    changes = dict(changes)
    relations = changes.pop("relations", None)
    if relations is not None:
        relations = creating.checked_relations(actor, relations)
    _apply(item, changes)
    return keep_change(actor, item, old, relations)


def keep_change(actor, item, old, relations=None):
    """Keep what was changed since `old`, a snapshot, with its traces; nothing when it is the same."""
    new = creating.snapshot(item)
    differing = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    if not differing and relations is None:
        return item
    if relations is not None:
        creating.set_relations(item, relations)
    touch(item)
    before, after = ({name: side.get(name) for name in differing} for side in (old, new))
    if differing:
        db.session.add(
            StoreChange(
                id=new_id(), item_id=item.id, at=clock.now(), by=actor.name or actor.client, old=before, new=after
            )
        )
    audit.record(actor, "store.item_changed", item, old=before, new=after)
    announce(actor, ItemChanged(item_id=item.id, owner=item.owner))
    return item


def _apply(item, changes):
    if "title" in changes:
        item.title = creating.clean_title(changes.pop("title"))
    if "facts" in changes:
        item.facts = creating.clean_facts({**item.facts, **changes.pop("facts")})
    if "class_code" in changes:
        code = changes.pop("class_code")
        item.class_code = item.class_code if code == item.class_code else rules.checked_class(code)
    if "level" in changes:
        item.level = Level(changes.pop("level"))
    if "property_set" in changes:  # named anew: its newest version holds from now on
        found, values = creating._properties(changes.pop("property_set"), changes.pop("properties", None))
        item.property_set, item.property_set_id, item.properties = found, found.id if found else None, values
    elif "properties" in changes:
        if item.property_set is None:
            raise Invalid(_("Say which property set the properties belong to"), field="property_set")
        item.properties = rules.checked_properties(item.property_set, changes.pop("properties") or {})
    for name in ("language", "date", "retain_until"):
        if name in changes:
            setattr(item, name, changes.pop(name))
    if changes:
        raise TypeError(f"cannot change {sorted(changes)}")


def add_version(actor, item_id, revision, files, changes=None, note="", lock_token=""):
    """A new version with these files (FileEntry), and changed metadata if any. Returns the item."""
    item = _to_change(actor, item_id, revision, lock_token)
    if changes:
        old = creating.snapshot(item)
        _apply(item, dict(changes))
        keep_change(actor, item, old)
    return put_files(actor, item, creating.resolve(actor, files), note)


def put_files(actor, item, files, note=""):
    """The item's next version. The caller has checked all."""
    item.number += 1
    touch(item)
    version = creating.put_version(actor, item, files, note)
    audit.record(actor, "store.version_added", item, new={"version": version.number, "files": len(files)})
    announce(actor, VersionAdded(item_id=item.id, owner=item.owner, number=version.number))
    return item


def lock_item(actor, item_id, revision, minutes, lock_token="") -> str:
    """Check out for so many minutes; the token lets its bearer change the item meanwhile, or lock it for longer.
    Raises NotFound, Forbidden, Stale, Locked, Invalid."""
    item = _to_change(actor, item_id, revision, lock_token)
    if not 1 <= minutes <= LONGEST_LOCK_M:
        raise Invalid(_("From 1 to %(most)d minutes", most=LONGEST_LOCK_M), field="minutes")
    if not is_locked(item):
        item.lock_token = secrets.token_urlsafe(24)
    item.locked_by, item.locked_until = actor.name or actor.client, clock.now() + timedelta(minutes=minutes)
    touch(item)
    audit.record(actor, "store.item_locked", item, new={"until": item.locked_until.isoformat()})
    return item.lock_token


def unlock_item(actor, item_id, lock_token="", force=False):
    """End a check-out with its token, or by force, which is on record. Returns the item.
    Raises NotFound, Forbidden, Locked, Conflict when it is not locked."""
    item = reading.get_own(actor, item_id)
    if not is_locked(item):
        raise Conflict(_("The item is not locked"))
    if not force and not secrets.compare_digest(item.lock_token.encode(), lock_token.encode()):
        raise _locked(item)
    item.lock_token, item.locked_by, item.locked_until = "", "", None
    touch(item)
    audit.record(actor, "store.item_unlocked", item, new={"by_force": force})
    return item


def delete_item(actor, item_id, revision, reason, lock_token=""):
    """Delete, so that only its owner still finds it and may restore it. Raises as change_item."""
    item = _to_change(actor, item_id, revision, lock_token)
    if not (reason or "").strip():
        raise Invalid(_("Say why"), field="reason")
    item.state, item.deleted_at, item.delete_reason = ItemState.DELETED, clock.now(), reason.strip()[:500]
    touch(item)
    audit.record(actor, "store.item_deleted", item, reason=item.delete_reason)
    announce(actor, ItemDeleted(item_id=item.id, owner=item.owner))
    return item


def restore_item(actor, item_id, revision):
    """Take a deletion back. Raises NotFound, Forbidden, Stale, Conflict."""
    item = reading.get_own(actor, item_id)
    _ensure_revision(item, revision)
    if item.state != ItemState.DELETED:
        raise Conflict(_("The item is not deleted"))
    item.state, item.deleted_at, item.delete_reason = ItemState.ACTIVE, None, ""
    touch(item)
    audit.record(actor, "store.item_restored", item)
    announce(actor, ItemRestored(item_id=item.id, owner=item.owner))
    return item


def destroy_item(actor, item_id, revision):
    """Destroy a deleted item for good, PKIP_DESTROY_DAYS after its deletion or later: only the record stays, and its
    room is free again. Raises NotFound, Forbidden, Stale; Conflict while it must be kept. Returns the item."""
    item = reading.get_own(actor, item_id)
    _ensure_revision(item, revision)
    if item.state != ItemState.DELETED:
        raise Conflict(_("Only a deleted item can be destroyed"))
    ensure_not_held(item)
    if item.retain_until and item.retain_until >= clock.today():
        raise Conflict(_("The item must be kept until %(day)s", day=item.retain_until.strftime("%d.%m.%Y")))
    first_on = clock.local(item.deleted_at + timedelta(days=settings().destroy_days))
    if clock.now() < first_on:
        raise Conflict(_("The item can be destroyed from %(when)s on", when=first_on.strftime("%d.%m.%Y %H:%M")))
    if left := wipe(actor, item):
        announce(actor, BytesLeft(sha256s=sorted(left)))
    return item


def wipe(actor, item) -> set[str]:
    """Leave of the item that it was, and what it was called. The caller has asked whether it may go. Returns the
    addresses of the bytes that its files named."""
    files = db.session.execute(
        sa.select(StoreFile.sha256, StoreFile.size_bytes).where(StoreFile.item_id == item.id)
    ).all()
    for table in (StoreFile, StoreChange, StoreRelation):
        db.session.execute(sa.delete(table).where(table.item_id == item.id))
    for version in db.session.scalars(sa.select(StoreVersion).where(StoreVersion.item_id == item.id)):
        version.snapshot, version.note = {"title": version.snapshot.get("title", "")}, ""
    storage.use_room(item.owner, items=-1, kept=-sum(file.size_bytes for file in files))
    item.state, item.facts, item.properties = ItemState.DESTROYED, {}, {}
    touch(item)
    audit.record(actor, "store.item_destroyed", item)
    announce(actor, ItemDeleted(item_id=item.id, owner=item.owner, destroyed=True))
    return {file.sha256 for file in files}


def erase_bytes(sha256s):
    """Destroy the bytes of destroyed items, except those that somebody else still has. For jobs; may run twice."""
    for sha256 in sha256s:
        storage.erase(sha256)


def touch(item):
    """The item has changed: its keys and what search knows follow, and its revision grows."""
    item.changed_at = clock.now()
    rights.set_keys(item)
    db.session.flush()
    indexing.index_item(item)


def is_locked(item) -> bool:
    """Has somebody checked it out, and not for too long?"""
    return item.locked_until is not None and item.locked_until > clock.now()


class Held(Conflict):
    """Nobody may change the item yet."""


def hold_item(actor, item_id, until):
    """Let nobody change, delete or destroy the item up to a day, inclusive; it can be held longer, never shorter.
    Raises NotFound, Forbidden, Conflict, Invalid("until")."""
    item = reading.get_own(actor, item_id)
    if item.state != ItemState.ACTIVE:
        raise Conflict(_("The item is deleted; restore it first"))
    if until <= clock.today() or (item.held_until and until < item.held_until):
        raise Invalid(_("It can be held until a later day only"), field="until")
    old, item.held_until = item.held_until, until
    touch(item)
    audit.record(
        actor, "store.item_held", item, old={"until": old and old.isoformat()}, new={"until": until.isoformat()}
    )
    announce(actor, ItemChanged(item_id=item.id, owner=item.owner))
    return item


def ensure_not_held(item):
    """Raise Held while the item is."""
    if item.held_until and item.held_until >= clock.today():
        raise Held(_("The item must stay as it is until %(day)s", day=item.held_until.strftime("%d.%m.%Y")))


def _to_change(actor, item_id, revision, lock_token):
    item = reading.get_own(actor, item_id)
    if item.state != ItemState.ACTIVE:
        raise Conflict(_("The item is deleted; restore it first"))
    ensure_not_held(item)
    _ensure_revision(item, revision)
    if is_locked(item) and not secrets.compare_digest(item.lock_token.encode(), lock_token.encode()):
        raise _locked(item)
    return item


def _ensure_revision(item, revision):
    if revision is not None and revision != item.revision:
        raise Stale(_("The item has been changed since you read it"))


def _locked(item):
    until = clock.local(item.locked_until).strftime("%d.%m.%Y %H:%M")
    return Locked(_("%(who)s has locked the item until %(until)s", who=item.locked_by, until=until))
