"""The portal's own documents, kept as items, so that a system to which they are granted reads them here."""

import sqlalchemy as sa

from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.store.models import PORTAL, ItemState, Level, StoreItem
from portal.store.service import changing, creating, reading, rules


def keep_own(external_id, *, class_code, class_name, level, title, facts, date, files):
    """Keep or follow one of the portal's documents; a new version when its files differ. May run twice.
    files: tuples (name, mime, sha256, size). Returns the StoreItem, None for one that is destroyed."""
    rules.ensure_class(class_code, class_name)
    item = _find(external_id)
    facts = creating.clean_facts(facts)
    if item is None:
        return creating.make(
            SYSTEM, PORTAL, external_id=external_id, class_code=class_code, level=Level(level), title=title,
            facts=facts, language="lv", date=date, files=files,
        )  # fmt: skip
    if item.state == ItemState.DESTROYED:
        return None
    old = creating.snapshot(item)
    item.class_code, item.level, item.title = class_code, Level(level), creating.clean_title(title)
    item.facts, item.date = facts, date
    changing.keep_change(SYSTEM, item, old)
    if files != [(file.name, file.mime, file.sha256, file.size_bytes) for file in reading.files_of(item)]:
        changing.put_files(SYSTEM, item, files)
    return item


def hold_own(external_id, level):
    """The portal's item, if it is there, is held this closely from now on."""
    item = _find(external_id)
    if item is not None and item.state == ItemState.ACTIVE and item.level != level:
        old = creating.snapshot(item)
        item.level = Level(level)
        changing.keep_change(SYSTEM, item, old)


def destroy_own(external_id):
    """The document is destroyed: its files are named here no more, and nothing is told of it but that it was."""
    item = _find(external_id)
    if item is None or item.state == ItemState.DESTROYED:
        return
    changing.ensure_not_held(item)
    changing.wipe(SYSTEM, item)


def _find(external_id):
    return db.session.scalar(
        sa.select(StoreItem).where(StoreItem.owner == PORTAL, StoreItem.external_id == external_id)
    )
