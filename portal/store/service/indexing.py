"""What search is told about an item."""

import sqlalchemy as sa

from portal.kernel.db import db
from portal.search import service as search
from portal.storage import service as storage
from portal.store.models import ItemState, StoreClass, StoreFile, StoreItem, StoreVersion

KIND = "store_item"
_TEXT_CHARS = 2_000_000


def index_item(item):
    """Tell search the present data of an item, in the transaction of the change."""
    if item.state != ItemState.ACTIVE:
        search.remove(KIND, item.id)
        return
    kept_class = db.session.get(StoreClass, item.class_code)
    search.put(
        KIND,
        item.id,
        item.title,
        item.external_id or "",
        "\n\n".join(filter(None, (item.facts.get("description", ""), _text(item)))),
        item.date,
        "",
        f"/store/items/{item.id}",
        item.access_set_id,
        extra_text="\n".join(_words(item)),
        author="; ".join(item.facts.get("creator", ())),
        class_name=kept_class.name if kept_class else "",
        level=f"store.{item.level}",
    )


def read_files(actor, item_id):
    """Read the files of the newest version, also what is inside them, and tell search. By a job; may run twice."""
    item = db.session.get(StoreItem, item_id)
    if item is None or item.state != ItemState.ACTIVE:
        return
    for sha256, name in _files(item):
        storage.read_text(actor, sha256, name)
    db.session.refresh(item)  # somebody may have changed it meanwhile
    index_item(item)


def text_changed(actor, sha256):
    """The text of a file is another than before: items that have it are found by the new words."""
    found = sa.select(StoreFile.item_id).where(StoreFile.sha256.in_(storage.with_containers(sha256)))
    for item in db.session.scalars(sa.select(StoreItem).where(StoreItem.id.in_(found))).all():
        index_item(item)


def _files(item):
    """(address, name) of each file of the newest version."""
    rows = db.session.execute(
        sa.select(StoreFile.sha256, StoreFile.name)
        .join(StoreVersion, StoreVersion.id == StoreFile.version_id)
        .where(StoreVersion.item_id == item.id, StoreVersion.number == item.number)
        .order_by(StoreFile.n)
    )
    return [(sha256, name) for sha256, name in rows]


def _text(item):
    texts = (storage.whole_text(sha256).text.strip() for sha256, _name in _files(item))
    return "\n\n".join(text for text in texts if text)[:_TEXT_CHARS]


def _words(item):
    for value in (*(value for name, value in item.facts.items() if name != "description"), *item.properties.values()):
        if isinstance(value, list):
            yield from value
        elif not isinstance(value, bool):
            yield str(value)
