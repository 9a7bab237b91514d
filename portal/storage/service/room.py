"""How much each application keeps, and how much it may (14.1). A row for each application is counted in the transaction
of what it counts, so neither a page nor a refusal ever adds up files."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.kernel.db import db, insert_ignore
from portal.kernel.errors import Invalid, PortalError, ensure
from portal.kernel.i18n import _
from portal.storage import policy
from portal.storage.models import StorageRoom

LIMITS = ("most_items", "most_bytes", "most_waiting_bytes")
_OURS = ("", "portal", "system")  # the portal's own documents are counted nowhere: they must be kept


class NoRoom(PortalError):
    """It would be more than the application may keep. 413: more than it ever may; 507: while it keeps what it does."""

    def __init__(self, message, status, what, **numbers):
        super().__init__(message)
        self.status = status
        self.members = {"quota": {"of": what, **numbers}}


def room_of(client) -> StorageRoom:
    """What an application keeps and may keep; zeros and no limits for one that never kept anything."""
    return db.session.get(StorageRoom, client) or StorageRoom(client=client, items=0, kept_bytes=0, waiting_bytes=0)


def list_rooms(actor) -> list[StorageRoom]:
    """All applications that keep something, for IT staff. Raises Forbidden."""
    ensure(policy.can_set_room(actor))
    return list(db.session.scalars(sa.select(StorageRoom).order_by(StorageRoom.client)))


def ensure_room(client, items=0, kept=0, waiting=0):
    """Raise NoRoom when so many more items, bytes kept for good and bytes in uploads are too many."""
    if client not in _OURS:
        _ensure(room_of(client), items, kept, waiting)


def use_room(client, items=0, kept=0, waiting=0):
    """Count what the application keeps from now on (less than nothing: gives back). Raises NoRoom. Whoever comes at the
    same time waits for this transaction, so that two together never pass the limit."""
    if client in _OURS:
        return
    _begin(client)
    db.session.execute(
        sa.update(StorageRoom)
        .where(StorageRoom.client == client)
        .values(
            items=StorageRoom.items + items,
            kept_bytes=StorageRoom.kept_bytes + kept,
            waiting_bytes=StorageRoom.waiting_bytes + waiting,
        )
        .execution_options(synchronize_session=False)
    )
    room = db.session.get(StorageRoom, client, populate_existing=True)
    _ensure(room, items, kept, waiting, counted=1)


def set_room(actor, client, **limits):
    """Set the limits of an application: whole numbers, None for none. Less than it keeps already only means that
    nothing more is taken. Raises Forbidden, Invalid."""
    ensure(policy.can_set_room(actor))
    for name in LIMITS:
        if limits[name] is not None and limits[name] < 0:
            raise Invalid(_("The number must not be negative"), field=name)
    _begin(client)
    room = db.session.get(StorageRoom, client, populate_existing=True)
    old = {name: getattr(room, name) for name in LIMITS}
    if old == limits:
        return
    for name in LIMITS:
        setattr(room, name, limits[name])
    db.session.flush()
    audit.record(actor, "storage.room_set", object_kind="storage_room", object_id=client, label=client, old=old,
                 new=limits)  # fmt: skip


def _begin(client):
    insert_ignore(StorageRoom.__table__, [{"client": client, "items": 0, "kept_bytes": 0, "waiting_bytes": 0}])


def _ensure(room, items, kept, waiting, counted=0):
    """counted: 1 when the row has what is asked for already."""
    held = room.kept_bytes + room.waiting_bytes
    for what, asked, now, most in (
        ("items", items, room.items, room.most_items),
        ("bytes", kept + waiting, held, room.most_bytes),
        ("upload_bytes", waiting, room.waiting_bytes, room.most_waiting_bytes),
    ):
        used = now - asked * counted
        if most is None or asked <= 0 or used + asked <= most:
            continue
        numbers = {"most": most, "used": used, "asked": asked}
        message = {
            "items": _("The application may keep %(most)d items and keeps %(used)d", **numbers),
            "bytes": _("The application may keep %(most)d bytes and keeps %(used)d; it asks for %(asked)d", **numbers),
            "upload_bytes": _(
                "The application may have %(most)d bytes in uploads that it has not used yet, and has %(used)d; it "
                "asks for %(asked)d", **numbers,
            ),
        }[what]  # fmt: skip
        raise NoRoom(message, 413 if what != "items" and asked > most else 507, what, **numbers)
