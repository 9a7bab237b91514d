"""Who acts, and what they may see. Seeing is data: a row points to a set of keys, an actor holds keys, and a row is
visible when the two meet. Acting is a pure function in each area's policy.py that answers with a Verdict."""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import db, insert_ignore


class Level(IntEnum):
    """What a key opens: reading, or changing too."""

    READ = 1
    WRITE = 2


@dataclass(frozen=True)
class Key:
    """A key of a row: `unit:…`, `role:…`, `person:…` or `client:…`, until a date (inclusive) or for good."""

    name: str
    level: Level = Level.READ
    until: date | None = None


@dataclass(frozen=True)
class Actor:
    """Who does something, on whose behalf, through which application, for what purpose and from where.

    Flask-Login's `current_user` is an Actor, so views pass it on as it is.
    """

    person_id: uuid.UUID | None = None
    name: str = ""
    keys: frozenset[str] = frozenset()
    on_behalf_of_id: uuid.UUID | None = None
    client: str = "portal"
    purpose: str = ""
    address: str = ""
    session_id: uuid.UUID | None = None
    language: str = "lv"
    is_system: bool = False
    look: str = ""  # theme and size of letters, as words for the page
    unit_ids: frozenset[uuid.UUID] = field(default=frozenset(), compare=False)

    def has_role(self, role: str) -> bool:
        """Does the actor hold the role, for example `clerk`? The system holds them all."""
        return self.is_system or f"role:{role}" in self.keys

    def can(self, permission: str) -> bool:
        """Does any role of the actor carry the permission, for example `documents.register`?"""
        return self.is_system or f"can:{permission}" in self.keys

    is_active = True
    is_anonymous = False

    @property
    def is_authenticated(self) -> bool:
        return self.person_id is not None

    def get_id(self):
        return str(self.session_id)


def actor_with(keys, **fields) -> Actor:
    """An Actor whose unit ids are read from its `unit:` keys."""
    keys = frozenset(keys)  # may be a result that is read only once
    units = frozenset(uuid.UUID(key[5:]) for key in keys if key.startswith("unit:"))
    return Actor(keys=keys, unit_ids=units, **fields)


SYSTEM = Actor(name="PKIP", client="system", is_system=True)
NOBODY = Actor(client="portal")


@dataclass(frozen=True)
class Verdict:
    """The answer of a policy function: truthy when it allows, else with the reason in the reader's language."""

    allowed: bool
    reason: str = ""

    def __bool__(self):
        return self.allowed


ALLOWED = Verdict(True)


def refuse(reason: str) -> Verdict:
    """A verdict that does not allow, for this reason."""
    return Verdict(False, reason)


class AccessSet(db.Model):
    """One distinct set of keys. Rows share sets: a few hundred sets serve any number of rows."""

    __tablename__ = "access_set"
    id: Mapped[uuid.UUID] = mapped_column(sa.Uuid, primary_key=True)


class AccessSetKey(db.Model):
    """A key of a set."""

    __tablename__ = "access_set_key"
    set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True, index=True)
    level: Mapped[int] = mapped_column(default=int(Level.READ))
    until: Mapped[date | None]


def set_of(*keys: str | Key, base: uuid.UUID | None = None) -> uuid.UUID:
    """The id of the set with exactly these keys (and those of `base`), made when it is new."""
    wanted = {key.name: key for key in (keys_of(base) if base else ())}
    wanted |= {key.name: key for key in (k if isinstance(k, Key) else Key(k) for k in keys)}
    ordered = sorted(wanted.values(), key=lambda key: key.name)
    text = "\n".join(f"{key.name} {int(key.level)} {key.until or ''}" for key in ordered)
    set_id = uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16])
    if db.session.get(AccessSet, set_id) is None:
        insert_ignore(AccessSet.__table__, [{"id": set_id}])
        if ordered:
            insert_ignore(
                AccessSetKey.__table__,
                [{"set_id": set_id, "name": key.name, "level": int(key.level), "until": key.until} for key in ordered],
            )
    return set_id


def keys_of(set_id: uuid.UUID) -> list[Key]:
    """The keys of a set, in order of name."""
    rows = db.session.scalars(sa.select(AccessSetKey).where(AccessSetKey.set_id == set_id).order_by(AccessSetKey.name))
    return [Key(row.name, Level(row.level), row.until) for row in rows]


def visible_sets(actor: Actor, level: Level = Level.READ):
    """SELECT of the ids of the sets that the actor's keys open today."""
    return sa.select(AccessSetKey.set_id).where(
        AccessSetKey.name.in_(sorted(key for key in actor.keys if not key.startswith("can:"))),
        AccessSetKey.level >= int(level),
        sa.or_(AccessSetKey.until.is_(None), AccessSetKey.until >= clock.today()),
    )


def visible_to(actor: Actor, model, level: Level = Level.READ):
    """One SQL condition on a model with `access_set_id`: serves lists, counts, search, export and API alike."""
    return sa.true() if actor.is_system else model.access_set_id.in_(visible_sets(actor, level))


def can_see(actor: Actor, row, level: Level = Level.READ) -> bool:
    """May the actor see this one row?"""
    if actor.is_system:
        return True
    return (
        db.session.scalar(visible_sets(actor, level).where(AccessSetKey.set_id == row.access_set_id).limit(1))
        is not None
    )
