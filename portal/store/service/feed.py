"""Facts about items, for other systems to follow and to replay from a cursor (14.1)."""

from datetime import timedelta

import sqlalchemy as sa

from portal.kernel import clock
from portal.kernel.access import visible_to
from portal.kernel.config import settings
from portal.kernel.db import db, new_id
from portal.store.models import StoreEvent, StoreItem

MOST = 500
_ORDER_LOCK = 7_114_025  # PostgreSQL gives numbers before commits; this lets one store's transaction end at a time


def note_created(actor, item_id, owner):
    """An application keeps something new (ItemCreated)."""
    _note("item.created", item_id, owner)


def note_changed(actor, item_id, owner):
    """Metadata of an item changed (ItemChanged)."""
    _note("item.changed", item_id, owner)


def note_version(actor, item_id, owner, number):
    """An item has a new version (VersionAdded)."""
    _note("item.version_added", item_id, owner, version=number)


def note_deleted(actor, item_id, owner, destroyed):
    """An item is deleted or destroyed (ItemDeleted)."""
    _note("item.destroyed" if destroyed else "item.deleted", item_id, owner)


def note_restored(actor, item_id, owner):
    """A deleted item is there again (ItemRestored)."""
    _note("item.restored", item_id, owner)


def note_granted(actor, grant_id, owner, holder, item_id):
    """Somebody may read (GrantGiven)."""
    _note("grant.given", item_id, owner, holder, grant=str(grant_id))


def note_revoked(actor, grant_id, owner, holder, item_id):
    """Somebody may read no longer (GrantEnded)."""
    _note("grant.ended", item_id, owner, holder, grant=str(grant_id))


def list_events(actor, after=0, limit=100) -> list[StoreEvent]:
    """Facts behind the cursor, in order: about items that the actor may read now, and about its own grants. So what is
    no longer for the actor is not told of, though it was when it happened."""
    readable = StoreEvent.item_id.in_(sa.select(StoreItem.id).where(visible_to(actor, StoreItem)))
    own = sa.and_(StoreEvent.kind.like("grant.%"), sa.or_(StoreEvent.owner == actor.client, StoreEvent.holder.in_(
        [key for key in actor.keys if key.startswith("client:")]
    )))  # fmt: skip
    about_items = sa.and_(readable, StoreEvent.kind.not_like("grant.%"))
    query = sa.select(StoreEvent).where(StoreEvent.n > after, sa.or_(about_items, own))
    return list(db.session.scalars(query.order_by(StoreEvent.n).limit(min(limit, MOST))))


def forget_old_events():
    """Facts older than the setting says can be replayed no longer."""
    before = clock.now() - timedelta(days=settings().events_days)
    last = db.session.scalar(sa.select(sa.func.max(StoreEvent.n)))  # stays: SQLite counts on from what is there
    if last is None:
        return
    db.session.execute(sa.delete(StoreEvent).where(StoreEvent.at < before, StoreEvent.n < last))


def _note(kind, item_id, owner, holder="", **data):
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_ORDER_LOCK)))
    db.session.add(
        StoreEvent(id=new_id(), kind=kind, item_id=item_id, owner=owner, holder=holder, data=data, at=clock.now())
    )
    db.session.flush()
