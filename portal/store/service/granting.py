"""Giving others the right to read, ending it, and telling who has it."""

import re
import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import service as identity
from portal.identity.service import clients
from portal.kernel import clock
from portal.kernel.db import db, new_id
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.web import cursor_page
from portal.store import policy
from portal.store.events import GrantEnded, GrantGiven
from portal.store.models import Level, StoreClass, StoreGrant, StoreItem
from portal.store.service import changing, reading, rights

HOLDER = re.compile(r"(client|unit|role):([\w.-]{1,73})")


@dataclass(frozen=True)
class Reader:
    """Somebody who may read an item. why: owner, item or class; until: None for good."""

    holder: str
    name: str
    why: str
    until: date | None = None
    class_code: str = ""
    up_to_level: str = ""
    grant_id: uuid.UUID | None = None


def give_grant(actor, owner, holder, *, item_id=None, class_code=None, up_to_level=None, until=None, reason=""):
    """Let the holder (`client:…`, `unit:…`, `role:…`) read one item, or a class (`*`: all) up to a level.
    until: the last day, inclusive. Raises Forbidden, NotFound, Invalid. Returns the StoreGrant."""
    ensure(policy.can_grant(actor, owner))
    _ensure_holder(owner, holder)
    if until is not None and until < clock.today():
        raise Invalid(_("The last day lies in the past"), field="until")
    if (item_id is None) == (class_code is None):
        raise Invalid(_("Name an item or a class, not both"), field="class")
    item = None
    if item_id is not None:
        item = reading.get_item(actor, item_id, manager=True)
        if item.owner != owner:
            raise NotFound(_("There is no such item"))
        class_code = up_to_level = None
    else:
        if class_code != rights.ANY_CLASS and db.session.get(StoreClass, class_code) is None:
            raise Invalid(_("There is no such class of documents"), field="class")
        up_to_level = Level(up_to_level or Level.INTERNAL)
    grant = StoreGrant(
        id=new_id(), owner=owner, holder=holder, item_id=item.id if item else None, class_code=class_code,
        up_to_level=up_to_level and up_to_level.value, until=until, reason=(reason or "").strip()[:500],
        given_at=clock.now(), given_by=actor.name or actor.client,
    )  # fmt: skip
    db.session.add(grant)
    db.session.flush()
    _follow(grant)
    audit.record(actor, "store.granted", grant, label=_named(grant), new=_plain(grant), reason=grant.reason or None)
    announce(actor, GrantGiven(grant_id=grant.id, owner=owner, holder=holder, item_id=grant.item_id))
    return grant


def end_grant(actor, grant_id):
    """The holder reads no longer, from this moment. Raises NotFound, Conflict."""
    grant = get_grant(actor, grant_id)
    ensure(policy.can_grant(actor, grant.owner))
    if grant.ended_at:
        raise Conflict(_("It is ended already"))
    grant.ended_at, grant.ended_by = clock.now(), actor.name or actor.client
    db.session.flush()
    _follow(grant)
    audit.record(actor, "store.grant_ended", grant, label=_named(grant), old=_plain(grant))
    announce(actor, GrantEnded(grant_id=grant.id, owner=grant.owner, holder=grant.holder, item_id=grant.item_id))
    return grant


def get_grant(actor, grant_id) -> StoreGrant:
    """A grant that the actor gave or has. Raises NotFound."""
    grant = db.session.get(StoreGrant, grant_id)
    if grant is None or not (policy.can_grant(actor, grant.owner) or grant.holder in actor.keys):
        raise NotFound(_("There is no such grant"))
    return grant


def list_grants(actor, owner="", holder="", ended=False, cursor=None, size=50):
    """One page of grants, the newest first: all for IT staff, else those that the actor's application gave or has."""
    query = sa.select(StoreGrant)
    if not actor.can("admin.store"):
        query = query.where(
            sa.or_(
                StoreGrant.owner == actor.client if policy.own_key(actor) in actor.keys else sa.false(),
                StoreGrant.holder.in_(sorted(actor.keys)),
            )
        )
    if owner:
        query = query.where(StoreGrant.owner == owner)
    if holder:
        query = query.where(StoreGrant.holder == holder)
    if not ended:
        query = query.where(rights.in_force())
    return cursor_page(query, [StoreGrant.id.desc()], size, cursor)


def readers_of(actor, item_id) -> list[Reader]:
    """Who may read the item, why and until when; for its owner and IT staff. Raises NotFound, Forbidden."""
    item = reading.get_item(actor, item_id, manager=True)
    ensure(policy.can_grant(actor, item.owner))
    rows = db.session.scalars(
        sa.select(StoreGrant).where(rights.in_force(), rights.granting(item)).order_by(StoreGrant.id)
    ).all()
    names = holder_names({grant.holder for grant in rows})
    return [Reader(f"client:{item.owner}", reading.owner_name(item.owner), "owner")] + [
        Reader(
            grant.holder, names[grant.holder], "item" if grant.item_id else "class", grant.until,
            grant.class_code or "", grant.up_to_level or "", grant.id,
        )
        for grant in rows
    ]  # fmt: skip


def holder_names(holders) -> dict[str, str]:
    """What people call the holders."""
    applications = clients.client_names([key[7:] for key in holders if key.startswith("client:")])
    units = identity.unit_names([uuid.UUID(key[5:]) for key in holders if key.startswith("unit:")])
    roles = {role.key: role.name for role in identity.list_roles()}
    named = {
        "client": lambda name: applications.get(name, name),
        "unit": lambda name: units.get(uuid.UUID(name), name),
        "role": lambda name: roles.get(name, name),
    }
    return {key: str(named[key.partition(":")[0]](key.partition(":")[2])) for key in holders}


def _ensure_holder(owner, holder):
    found = HOLDER.fullmatch(holder or "")
    if found is None:
        raise Invalid(_("Name an application, a unit or a role"), field="holder")
    kind, name = found.groups()
    if holder == f"client:{owner}":
        raise Invalid(_("The owner reads its own items without a grant"), field="holder")
    try:
        known = (
            name in clients.client_names([name])
            if kind == "client"
            else uuid.UUID(name) in identity.unit_names([uuid.UUID(name)])
            if kind == "unit"
            else name in {role.key for role in identity.list_roles()}
        )
    except ValueError:
        known = False
    if not known or (kind == "unit" and name != str(uuid.UUID(name))):
        raise Invalid(_("There is no such application, unit or role"), field="holder")


def _follow(grant):
    if grant.item_id is None:
        rights.set_holder(grant.holder)
        return
    item = db.session.get(StoreItem, grant.item_id)
    changing.touch(item)


def _named(grant):
    return f"{holder_names({grant.holder})[grant.holder]}: {grant.class_code or grant.item_id}"


def _plain(grant):
    return {
        "holder": grant.holder,
        "item": grant.item_id and str(grant.item_id),
        "class": grant.class_code,
        "up_to_level": grant.up_to_level,
        "until": grant.until and grant.until.isoformat(),
    }
