"""The access keys that people hold, and why: one table of reasons makes both the keys and the report that explains
them."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import sqlalchemy as sa

from portal.identity.models import (
    AccountKind,
    ActorKey,
    GivenKey,
    Group,
    GroupMember,
    GroupRole,
    Person,
    RoleAssignment,
    RolePermission,
)
from portal.kernel import clock
from portal.kernel.access import actor_with
from portal.kernel.db import db
from portal.kernel.errors import NotFound
from portal.kernel.i18n import _

# what nobody hands on: a vote, the lead of a session, the administration of the system, the audit log
OWN_ONLY = ("council.vote", "council.lead", "admin.", "audit.")
_AT_ONCE = 500  # people whose keys are made by one round of queries


@dataclass(frozen=True)
class Held:
    """One reason why a person holds a key. via: self, unit, role, group or merged; of: the role's key or the merged
    account's id; group_id: the group that gives it."""

    name: str
    until: date | None
    via: str
    of: str = ""
    group_id: uuid.UUID | None = None


def refresh_keys(ids: Iterable[uuid.UUID]):
    """Make the keys of these people anew from what is in force today."""
    ids = list(ids)
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        rows = []
        for person_id, reasons in reasons_of(part).items():
            names: dict[str, date | None] = {}
            for held in reasons:
                names[held.name] = _later(names[held.name], held.until) if held.name in names else held.until
            rows += [{"person_id": person_id, "name": name, "until": until} for name, until in names.items()]
        db.session.execute(sa.delete(ActorKey).where(ActorKey.person_id.in_(part)))
        if rows:
            db.session.execute(sa.insert(ActorKey), rows)


def reasons_of(ids) -> dict[uuid.UUID, list[Held]]:
    """Why each of these people holds which keys today; four queries for all of them. At most 500 people."""
    found: dict[uuid.UUID, list[Held]] = {}
    for person in db.session.execute(sa.select(Person.id, Person.unit_id).where(Person.id.in_(ids))):
        found[person.id] = [Held(f"person:{person.id}", None, "self")]
        if person.unit_id:
            found[person.id].append(Held(f"unit:{person.unit_id}", None, "unit"))
    for merged in db.session.execute(sa.select(Person.id, Person.merged_into_id).where(Person.merged_into_id.in_(ids))):
        found[merged.merged_into_id].append(Held(f"person:{merged.id}", None, "merged", str(merged.id)))
    for given in db.session.execute(
        sa.select(RoleAssignment.person_id, RoleAssignment.role_key, RoleAssignment.until, RolePermission.permission)
        .outerjoin(RolePermission, RolePermission.role_key == RoleAssignment.role_key)
        .where(RoleAssignment.person_id.in_(ids), in_force(RoleAssignment))
    ):
        found[given.person_id] += _of_role(given.role_key, given.permission, given.until, "role")
    for member in db.session.execute(
        sa.select(
            GroupMember.person_id,
            GroupMember.group_id,
            GroupMember.until,
            Group.until.label("group_until"),
            GroupRole.role_key,
            RolePermission.permission,
        )
        .join(Group, Group.id == GroupMember.group_id)
        .outerjoin(GroupRole, GroupRole.group_id == Group.id)
        .outerjoin(RolePermission, RolePermission.role_key == GroupRole.role_key)
        .where(GroupMember.person_id.in_(ids), in_force(GroupMember), in_force(Group))
    ):
        until = _sooner(member.until, member.group_until)
        found[member.person_id].append(Held(f"group:{member.group_id}", until, "group", group_id=member.group_id))
        if member.role_key:
            found[member.person_id] += _of_role(member.role_key, member.permission, until, "group", member.group_id)
    return {person_id: list(dict.fromkeys(reasons)) for person_id, reasons in found.items()}


def _of_role(role, permission, until, via, group_id=None):
    names = [f"role:{role}"] + ([f"can:{permission}"] if permission else [])
    return [Held(name, until, via, role, group_id) for name in names]


def in_force(model, day=None):
    """SQL condition on since/until, both inclusive; either may be open."""
    day = day or clock.today()
    return sa.and_(sa.or_(model.since.is_(None), model.since <= day), sa.or_(model.until.is_(None), model.until >= day))


def account_open(person=Person, day=None):
    """SQL condition on Person, or an alias of it: the account works on the day (today)."""
    return sa.and_(person.active, in_force(person, day))


def is_own_only(permission: str) -> bool:
    """Can nobody use this permission for another?"""
    return permission.startswith(OWN_ONLY)


def held_names(person_id, acting_for_id=None) -> set[str]:
    """The names of the keys held today; acting for somebody: those of both, without what nobody hands on."""
    ids = [person_id] + ([acting_for_id] if acting_for_id else [])
    names = set(db.session.scalars(_held_by(clock.today()), {"ids": ids}))
    if acting_for_id:
        names -= {name for name in names if name.startswith("can:") and is_own_only(name[4:])}
        names -= {f"role:{role}" for role in roles_not_handed_on()}
    return names


@lru_cache(maxsize=2)
def _held_by(day):
    """The SELECT of the keys that the people `ids` hold on a day; each request runs it, so it is built once a day."""
    own = sa.select(ActorKey.name).where(
        ActorKey.person_id.in_(sa.bindparam("ids", expanding=True)),
        sa.or_(ActorKey.until.is_(None), ActorKey.until >= day),
    )
    return sa.union(own, _given_to(own, day))


def given_names(holder) -> set[str]:
    """The keys that go today with this one."""
    return set(db.session.scalars(_given_to([holder])))


def _given_to(holders, day=None):
    return sa.select(GivenKey.name).where(
        GivenKey.holder.in_(holders), sa.or_(GivenKey.until.is_(None), GivenKey.until >= (day or clock.today()))
    )


def give_keys(names: dict[str, dict[str, date | None]]):
    """Let exactly these keys go with others: {holder: {name: until}}. What else went with these holders ends at once.
    For areas whose rows carry keys of their own; who may do it is their business."""
    db.session.execute(sa.delete(GivenKey).where(GivenKey.holder.in_(list(names))))
    rows = [
        {"holder": holder, "name": name, "until": until}
        for holder, given in names.items()
        for name, until in given.items()
    ]
    if rows:
        db.session.execute(sa.insert(GivenKey), rows)


def roles_not_handed_on() -> set[str]:
    """The keys of the roles that carry something which nobody hands on."""
    rows = db.session.execute(sa.select(RolePermission.role_key, RolePermission.permission))
    return {role for role, permission in rows if is_own_only(permission)}


def actor_for(person_id, **fields):
    """The person as an Actor with the keys held today. Raises NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound(_("There is no such person"))
    names = held_names(person_id, fields.get("on_behalf_of_id"))
    return actor_with(names, person_id=person.id, name=person.name, language=person.language, **fields)


def must_be_admin_account(permissions) -> bool:
    """Do these permissions call for an administrator's account of its own (LAW-151)?"""
    return any(permission.startswith("admin.") for permission in permissions)


def is_admin_account(person) -> bool:
    """Is this the account with which somebody administers the system?"""
    return person.account is AccountKind.ADMIN


def _later(a, b):
    return None if a is None or b is None else max(a, b)


def _sooner(a, b):
    return min((day for day in (a, b) if day is not None), default=None)
