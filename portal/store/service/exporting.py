"""Many items as one ZIP archive, written while it is sent."""

import json
import zipfile

import sqlalchemy as sa

from portal.audit import service as audit
from portal.kernel.access import visible_to
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import _
from portal.storage import service as storage
from portal.store.models import ItemState, StoreItem
from portal.store.service import creating, reading

MOST = 500


def export_items(actor, ids):
    """Yields the archive: for each item a folder with `item.json` and its files. All are checked, and the readings
    recorded, before this returns. Raises NotFound when one is not for the actor (on record), Invalid; DamagedBlob or
    Withheld when a file cannot be given."""
    ids = list(dict.fromkeys(ids))
    if not 1 <= len(ids) <= MOST:
        raise Invalid(_("From 1 to %(most)d at once", most=MOST), field="ids")
    items = list(
        db.session.scalars(
            sa.select(StoreItem).where(
                StoreItem.id.in_(ids), visible_to(actor, StoreItem), StoreItem.state == ItemState.ACTIVE
            )
        )
    )
    if missing := set(ids) - {item.id for item in items}:
        known = db.session.scalars(sa.select(StoreItem.id).where(StoreItem.id.in_(missing))).all()
        reading.refuse(NotFound(_("There is no such item")), reading.refusals(actor, known))
    parts = reading.expanded(actor, items, ("files", "relations"))
    for sha256 in {file.sha256 for part in parts.values() for file in part["files"]}:
        storage.ensure_given(sha256)  # refused whole, rather than broken off in the middle
    audit.record_rows(actor, [{"action": "store.item_exported", "obj": item} for item in items])
    return _archive([(_described(item, parts[item.id]), parts[item.id]["files"]) for item in items])


def _described(item, parts):
    return {
        "id": str(item.id),
        "owner": item.owner,
        "external_id": item.external_id,
        "version": item.number,
        **creating.snapshot(item),
        "relations": [{"kind": kind, "id": str(target.id)} for kind, target in parts["relations"]],
        "files": [{"name": file.name, "mime": file.mime, "sha256": file.sha256, "size": file.size_bytes}
                  for file in parts["files"]],
    }  # fmt: skip


def _archive(rows):
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for described, files in rows:
            folder = described["id"]
            archive.writestr(f"{folder}/item.json", json.dumps(described, ensure_ascii=False, indent=1))
            for file in files:
                with archive.open(f"{folder}/{file.n:03}-{file.name}", "w", force_zip64=True) as entry:
                    for piece in storage.iter_range(file.sha256):
                        entry.write(piece)
                        yield from sink.taken()
            yield from sink.taken()
    yield from sink.taken()


class _Sink:
    """Takes what the archive writes and hands it on; it cannot be read or moved about in."""

    def __init__(self):
        self._parts = []

    def write(self, data):
        self._parts.append(bytes(data))
        return len(data)

    def flush(self):
        pass

    def taken(self):
        parts, self._parts = self._parts, []
        return parts
