"""The keys of items and of grants. An item carries a key for its class and level; a grant of a class lets that key go
with the holder's own, so that giving and ending it touches no item."""

import hashlib

import sqlalchemy as sa

from portal.identity import service as identity
from portal.kernel import access, clock
from portal.kernel.access import Key, set_of
from portal.kernel.db import db
from portal.store.models import LEVELS, ItemState, Level, StoreGrant

ANY_CLASS = "*"


def class_key(owner, class_code, level) -> str:
    """The key that all of an owner's items of this class and level carry; hashed, for keys are short."""
    digest = hashlib.sha256(f"{owner}\n{class_code}\n{level}".encode()).hexdigest()[:40]
    return f"class:{digest}"


def levels_up_to(level):
    """This level and those that are held less closely."""
    return LEVELS[: LEVELS.index(Level(level)) + 1]


def in_force():
    """SQL condition: the grant opens something today."""
    return sa.and_(StoreGrant.ended_at.is_(None), sa.or_(StoreGrant.until.is_(None), StoreGrant.until >= clock.today()))


def granting(item):
    """SQL condition: the grant opens this item, were it in force."""
    closer = [level.value for level in LEVELS[LEVELS.index(Level(item.level)) :]]
    of_class = sa.and_(StoreGrant.class_code.in_([item.class_code, ANY_CLASS]), StoreGrant.up_to_level.in_(closer))
    return sa.and_(StoreGrant.owner == item.owner, sa.or_(StoreGrant.item_id == item.id, of_class))


def set_keys(item):
    """Give the item the access set that its owner, class, level and grants call for."""
    keys = [Key(f"client:{item.owner}", access.Level.WRITE)]
    if item.state == ItemState.ACTIVE:
        keys += [Key(class_key(item.owner, code, item.level)) for code in (item.class_code, ANY_CLASS)]
        untils: dict = {}
        for grant in db.session.scalars(sa.select(StoreGrant).where(StoreGrant.item_id == item.id, in_force())):
            # the owner's own key stays one that changes
            if grant.holder != f"client:{item.owner}":
                untils.setdefault(grant.holder, []).append(grant.until)
        keys += [Key(holder, until=_latest(given)) for holder, given in untils.items()]
    item.access_set_id = set_of(*keys)


def set_holder(holder):
    """Let the keys go with the holder's that the grants of classes call for today."""
    untils: dict = {}
    rows = db.session.scalars(
        sa.select(StoreGrant).where(StoreGrant.holder == holder, StoreGrant.class_code.is_not(None), in_force())
    )
    for grant in rows:
        for level in levels_up_to(grant.up_to_level):
            untils.setdefault(class_key(grant.owner, grant.class_code, level), []).append(grant.until)
    identity.give_keys({holder: {name: _latest(given) for name, given in untils.items()}})


def _latest(untils):
    return None if None in untils else max(untils)
