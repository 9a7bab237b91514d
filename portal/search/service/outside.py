"""Items that other systems put into the index: found here, kept there."""

import re
import uuid
from urllib.parse import urlsplit

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import service as identity
from portal.identity.service import clients
from portal.kernel import clock
from portal.kernel.access import Key, Level, set_of
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _
from portal.search import policy
from portal.search.models import OutsideItem
from portal.search.service import entries

KIND = "external"
MOST_ITEMS = 500_000  # of one system
MOST_CHARS = 2_000_000_000
ITEM_CHARS = 2_000_000


def put_item(actor, kind, external_id, *, title, url, number="", text="", date=None, unit_id=None, author="",
             class_name="", readers=()):  # fmt: skip
    """Let people and systems find a calling system's item. readers: keys `client:…`, `unit:…` and `role:…`; its owner
    is always one. Returns (OutsideItem, whether it is new). Raises Forbidden, Invalid, Conflict without room."""
    ensure(policy.can_put_items(actor))
    client = clients.active_client(actor.client)
    _ensure_own_address(client, url)
    names = sorted({name for name in map(str, readers) if _ensure_reader(name)} - {f"client:{actor.client}"})
    if unit_id is not None:
        _ensure_unit(str(unit_id), "unit")
    item = _item(actor, kind, external_id)
    chars = len(text) + len(title) + len(number)
    _ensure_room(actor, item, chars)
    new = item is None
    if item is None:
        item = OutsideItem(client=actor.client, kind=kind, external_id=external_id)
        db.session.add(item)
    item.chars, item.readers, item.changed_at = chars, names, clock.now()
    db.session.flush()
    entries.put(
        KIND, item.id, title, number, text, date, unit_id, url,
        set_of(*names, Key(f"client:{actor.client}", Level.WRITE)),
        author=author, class_name=class_name or kind, client=actor.client,
    )  # fmt: skip
    audit.record(actor, "search_item.put", item, new={"title": title[:300], "readers": names})
    return item, new


def get_item(actor, kind, external_id):
    """(OutsideItem, its SearchEntry) of the calling system's own. Raises Forbidden, NotFound."""
    ensure(policy.can_put_items(actor))
    item = _item(actor, kind, external_id)
    if item is None:
        raise NotFound(_("The system has put no such item here"))
    return item, entries.entry_of(KIND, item.id)


def remove_item(actor, kind, external_id):
    """Forget the calling system's item. Raises Forbidden, NotFound."""
    item, _entry = get_item(actor, kind, external_id)
    audit.record(actor, "search_item.removed", item)
    entries.remove(KIND, item.id)
    db.session.delete(item)
    db.session.flush()


def _item(actor, kind, external_id):
    """By the caller's name: nobody reaches what is another's."""
    return db.session.scalar(
        sa.select(OutsideItem).where(
            OutsideItem.client == actor.client, OutsideItem.kind == kind, OutsideItem.external_id == external_id
        )
    )


def _ensure_room(actor, item, chars):
    if chars > ITEM_CHARS:
        raise Invalid(_("At most %(most)s characters of one item are searched", most=ITEM_CHARS), field="text")
    items, held = db.session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(OutsideItem.chars), 0)).where(
            OutsideItem.client == actor.client
        )
    ).one()
    if (item is None and items >= MOST_ITEMS) or held - (item.chars if item else 0) + chars > MOST_CHARS:
        raise Conflict(_("The system has used up its room in the index; remove what is not needed any more"))


def _ensure_own_address(client, url):
    """A link leads where the application lives as it is registered: no system sends people elsewhere."""
    known = [*(client.redirect_uris or ()), *(client.post_logout_uris or ()), client.logout_uri, client.resource]
    origins = {_origin(address) for address in known if address} - {None}
    if _origin(url) not in origins:
        raise Invalid(
            _("The address must be one of the application's own, as it is registered: %(known)s",
              known=", ".join(sorted(origins)) or _("none is registered")), field="url",
        )  # fmt: skip


def _origin(address):
    """scheme://host:port of a plain web address, else None."""
    if re.search(r"[\s\\<>\"\x00-\x1f]", address):
        return None
    try:
        parts = urlsplit(address)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in ("https", "http") or not parts.hostname or "@" in parts.netloc:
        return None
    return f"{parts.scheme}://{parts.hostname}:{port}"


def _ensure_reader(name):
    kind, _colon, value = name.partition(":")
    if kind == "unit":
        return _ensure_unit(value, "readers")
    if kind == "client" and clients.active_client(value) is not None:
        return True
    if kind == "role" and any(role.key == value for role in identity.list_roles()):
        return True
    raise Invalid(_("There is no such reader: %(name)s", name=name[:80]), field="readers")


def _ensure_unit(value, field):
    try:
        return bool(identity.get_unit(uuid.UUID(value)))
    except (ValueError, NotFound) as error:
        raise Invalid(_("There is no such unit: %(unit)s", unit=value[:80]), field=field) from error
