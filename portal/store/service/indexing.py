"""What search is told about an item."""

from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa

from portal.kernel import clock, jobs
from portal.kernel.db import db
from portal.search import service as search
from portal.storage import service as storage
from portal.store.models import PORTAL, ItemState, StoreClass, StoreFile, StoreGrant, StoreItem
from portal.store.service import reading, rights

KIND = "store_item"
_TEXT_CHARS = 2_000_000
_BATCH = 100


def index_item(item):
    """Tell search the present data of an item, in the transaction of the change. Each document of the portal is found
    as a document; its item only while somebody was granted it, or the index would hold every text twice."""
    if item.state != ItemState.ACTIVE or (item.owner == PORTAL and not _is_granted(item)):
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
        status=f"{KIND}.{ItemState(item.state).value}",
    )


def follow_grant(grant_id):
    """A grant of a class of the portal's documents begins or ends: its items get their entries, or lose them. In short
    transactions, for jobs; may run twice. What applications keep themselves has its entry always."""
    grant = db.session.get(StoreGrant, grant_id)
    if grant is None or grant.owner != PORTAL or grant.item_id is not None:
        return
    wanted = [StoreItem.owner == PORTAL, StoreItem.level.in_(rights.levels_up_to(grant.up_to_level))]
    if grant.class_code != rights.ANY_CLASS:
        wanted.append(StoreItem.class_code == grant.class_code)
    _index_all(wanted)


def follow_expired():
    """The same for grants whose last day has passed within a week, also those of single items. For jobs."""
    today = clock.today()
    ids = sa.select(StoreGrant.id, StoreGrant.item_id).where(
        StoreGrant.owner == PORTAL, StoreGrant.until < today, StoreGrant.until >= today - timedelta(days=7)
    )
    for grant_id, item_id in db.session.execute(ids).all():
        if item_id is None:
            follow_grant(grant_id)
        else:
            index_item(db.session.get_one(StoreItem, item_id))


def index_all(progress=None) -> int:
    """Tell search about every item anew, in short transactions. Returns how many."""
    return _index_all([], progress)


def _index_all(wanted, progress=None):
    done, last = 0, None
    while True:
        query = sa.select(StoreItem).where(*wanted, *([StoreItem.id > last] if last else ()))
        items = db.session.scalars(query.order_by(StoreItem.id).limit(_BATCH)).all()
        if not items:
            return done
        last = items[-1].id
        for item in items:
            index_item(item)
        done += len(items)
        db.session.commit()
        db.session.expunge_all()
        jobs.still_working()
        if progress:
            progress(done)


def _is_granted(item):
    return db.session.scalar(sa.select(sa.exists().where(rights.granting(item), rights.in_force())))


def read_files(actor, item_id):
    """Read the files of the newest version, also what is inside them, tell search, draw their first pages. By a
    job; may run twice."""
    item = db.session.get(StoreItem, item_id)
    if item is None or item.state != ItemState.ACTIVE:
        return
    for file in reading.files_of(item):
        storage.read_text(actor, file.sha256, file.name)
        with suppress(storage.Withheld):  # in quarantine
            storage.make_preview(actor, file.sha256)
    db.session.refresh(item)  # somebody may have changed it meanwhile
    index_item(item)


def text_changed(actor, sha256):
    """The text of a file is another than before: items that have it are found by the new words."""
    found = sa.select(StoreFile.item_id).where(StoreFile.sha256.in_(storage.with_containers(sha256)))
    for item in db.session.scalars(sa.select(StoreItem).where(StoreItem.id.in_(found))).all():
        index_item(item)


def _text(item):
    addresses = [file.sha256 for file in reading.files_of(item)]
    texts = (storage.whole_text(sha256).text.strip() for sha256 in addresses)
    return "\n\n".join(text for text in texts if text)[:_TEXT_CHARS]


def _words(item):
    for value in (*(value for name, value in item.facts.items() if name != "description"), *item.properties.values()):
        if isinstance(value, list):
            yield from value
        elif not isinstance(value, bool):
            yield str(value)
