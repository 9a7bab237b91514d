"""Keeping something new."""

import unicodedata
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.kernel import clock
from portal.kernel.db import db, new_id
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.storage import service as storage
from portal.store import policy
from portal.store.events import ItemCreated
from portal.store.models import ItemState, Level, StoreFile, StoreItem, StoreRelation, StoreReservation, StoreVersion
from portal.store.service import indexing, reading, rights, rules

RELATIONS = (
    "isPartOf", "hasPart", "isVersionOf", "hasVersion", "replaces", "isReplacedBy", "references", "isReferencedBy",
    "requires", "isRequiredBy", "isFormatOf", "hasFormat", "relation",
)  # fmt: skip
FACTS = (
    "creator", "contributor", "publisher", "subject", "description", "type", "source", "coverage", "rights",
    "identifier",
)  # fmt: skip
MOST_RESERVED = 1000


@dataclass(frozen=True)
class FileEntry:
    """A file of a new version. Exactly one of: staged bytes, an upload that is finished, bytes that the actor may read
    already."""

    name: str = ""
    mime: str = ""
    staged: storage.Staged | None = None
    upload_id: uuid.UUID | None = None
    sha256: str = ""


def stage_entries(files) -> list[FileEntry]:
    """The slow half: pairs (name, binary stream), read and encrypted while no lock is held."""
    return [FileEntry(name=name, staged=storage.stage(stream, name=name)) for name, stream in files]


def create_item(actor, *, title, class_code=None, level=Level.INTERNAL, facts=None, language="lv", date=None,
                retain_until=None, property_set="", properties=None, files=(), relations=(), external_id=None,
                item_id=None, note="") -> StoreItem:  # fmt: skip
    """Keep a new item of the actor's application. facts: fields of Dublin Core (see FACTS); relations: pairs (kind, id
    of an item that the actor may read); item_id: one that was reserved.
    Raises Forbidden; Invalid, also with errors per field; Conflict for an external id that is taken."""
    ensure(policy.can_keep(actor))
    class_code = rules.checked_class(class_code)
    chosen, values = _properties(property_set, properties)
    if item_id is not None:
        _use_reservation(actor, item_id)
    storage.ensure_room(actor.client, items=1)
    return make(
        actor, actor.client, item_id=item_id, title=title, class_code=class_code, level=Level(level),
        facts=clean_facts(facts or {}), language=language, date=date, retain_until=retain_until, property_set=chosen,
        properties=values, files=resolve(actor, files), relations=checked_relations(actor, relations),
        external_id=external_id, note=note,
    )  # fmt: skip


def make(actor, owner, *, item_id=None, files=(), relations=(), title, note="", **fields) -> StoreItem:
    """The item with its first version. The caller has checked all."""
    now = clock.now()
    item = StoreItem(
        id=item_id or new_id(), owner=owner, title=clean_title(title), state=ItemState.ACTIVE, number=1, created_at=now,
        changed_at=now, **fields,
    )  # fmt: skip
    rights.set_keys(item)
    storage.use_room(owner, items=1)
    try:
        with db.session.begin_nested():
            db.session.add(item)
            db.session.flush()
    except IntegrityError as error:
        raise Conflict(_("An item with this external identifier is kept already")) from error
    put_version(actor, item, files, note)
    set_relations(item, relations)
    db.session.flush()
    audit.record(
        actor, "store.item_created", item,
        new={"owner": owner, "class": item.class_code, "level": item.level.value, "external_id": item.external_id,
             "files": len(files)},
    )  # fmt: skip
    indexing.index_item(item)
    announce(actor, ItemCreated(item_id=item.id, owner=owner))
    return item


def put_version(actor, item, files, note=""):
    """Write the item's present number as a version with these files: tuples (name, mime, sha256, size)."""
    storage.use_room(item.owner, kept=sum(size_bytes for *_file, size_bytes in files))
    version = StoreVersion(
        id=new_id(), item_id=item.id, number=item.number, snapshot=snapshot(item), note=note, made_at=clock.now(),
        made_by=actor.name or actor.client,
    )  # fmt: skip
    db.session.add(version)
    db.session.flush()
    for n, (name, mime, sha256, size_bytes) in enumerate(files, start=1):
        db.session.add(
            StoreFile(
                version_id=version.id, item_id=item.id, n=n, name=name, mime=mime, sha256=sha256, size_bytes=size_bytes
            )
        )
    db.session.flush()
    return version


def snapshot(item) -> dict:
    """The metadata as plain data."""
    return {
        "title": item.title,
        **item.facts,
        "class": item.class_code,
        "level": Level(item.level).value,
        "language": item.language,
        "date": item.date and item.date.isoformat(),
        "retain_until": item.retain_until and item.retain_until.isoformat(),
        "property_set": item.property_set_id and str(item.property_set_id),
        "properties": item.properties,
    }


def resolve(actor, entries):
    """The files as tuples (name, mime, sha256, size). Bytes that the actor may not read are refused in the same words,
    whether there are such bytes or not."""
    # before the bytes are kept: those of a refused request would lie there unnamed
    storage.ensure_room(actor.client, kept=sum(entry.staged.size_bytes for entry in entries if entry.staged))
    made = []
    for n, entry in enumerate(entries):
        if entry.staged is not None:
            blob = storage.keep(actor, entry.staged)
            name, mime, sha256, size = entry.name, entry.mime or entry.staged.mime, blob.sha256, blob.size_bytes
        elif entry.upload_id:
            taken = storage.take_upload(actor, entry.upload_id)
            name, mime, sha256, size = (
                entry.name or taken.name,
                entry.mime or taken.mime,
                taken.sha256,
                taken.size_bytes,
            )
        else:
            known = reading.may_read_bytes(actor, entry.sha256)
            if known is None:
                message = _("There is no such file among those that you may read")
                reading.refuse(Invalid(message, field=f"files/{n}/sha256"), reading.refused_bytes(entry.sha256))
            name, mime, sha256, size = (
                entry.name or known.name,
                entry.mime or known.mime,
                known.sha256,
                known.size_bytes,
            )
        made.append((storage.tidy_name(name), mime[:200] or "application/octet-stream", sha256, size))
    return made


def clean_title(title):
    """One line, composed. Raises Invalid."""
    title = unicodedata.normalize("NFC", " ".join((title or "").split()))[:500]
    if not title:
        raise Invalid(_("Fill in this field"), field="metadata/title")
    return title


def clean_facts(facts):
    """Only known fields, without empty ones, composed."""
    return {name: _composed(facts[name]) for name in FACTS if facts.get(name)}


def _composed(value):
    if isinstance(value, list):
        return [unicodedata.normalize("NFC", one) for one in value]
    return unicodedata.normalize("NFC", value)


def _properties(code, given):
    if not code:
        if given:
            raise Invalid(_("Say which property set the properties belong to"), field="property_set")
        return None, {}
    found = rules.latest_property_set(code)
    if found is None:
        raise Invalid(_("There is no such property set"), field="property_set")
    return found, rules.checked_properties(found, given or {})


def checked_relations(actor, relations):
    """Pairs (kind, id), each of an item that the actor may read. Raises Invalid, in the same words for all others."""
    made = {}
    for n, (kind, target_id) in enumerate(relations):
        if kind not in RELATIONS:
            raise Invalid(_("There is no such relation"), field=f"relations/{n}/kind")
        target = db.session.get(StoreItem, target_id)
        if target is None or reading.is_veiled(actor, target):
            message = _("There is no such item among those that you may read")
            known = reading.refusals(actor, [target.id]) if target is not None else ()
            reading.refuse(Invalid(message, field=f"relations/{n}/id"), known)
        made[kind, target.id] = True
    return list(made)


def set_relations(item, relations):
    """These and no others."""
    db.session.execute(sa.delete(StoreRelation).where(StoreRelation.item_id == item.id))
    for kind, target_id in relations:
        db.session.add(StoreRelation(item_id=item.id, kind=kind, target_id=target_id))
    db.session.flush()


def reserve_ids(actor, count) -> list[uuid.UUID]:
    """Identifiers for items that will be kept later. Raises Forbidden, Invalid."""
    ensure(policy.can_keep(actor))
    if not 1 <= count <= MOST_RESERVED:
        raise Invalid(_("From 1 to %(most)d at once", most=MOST_RESERVED), field="count")
    ids, now = [new_id() for _n in range(count)], clock.now()
    db.session.execute(
        sa.insert(StoreReservation), [{"id": one, "owner": actor.client, "reserved_at": now} for one in ids]
    )
    audit.record(
        actor, "store.ids_reserved", object_kind="store_reservation", object_id=str(ids[0]), new={"count": count}
    )
    return ids


def _use_reservation(actor, item_id):
    used = db.session.execute(
        sa.delete(StoreReservation).where(StoreReservation.id == item_id, StoreReservation.owner == actor.client)
    )
    if not used.rowcount:
        raise Invalid(_("Reserve the identifier first; each is good for one item"), field="id")
