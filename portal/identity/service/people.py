"""People, units and roles."""

import uuid
from functools import lru_cache

import sqlalchemy as sa
from argon2 import PasswordHasher

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.events import PersonChanged, PersonSuspended, UnitChanged
from portal.identity.models import ActorKey, Person, Role, RoleAssignment, RolePermission, Unit
from portal.identity.roles import ROLES
from portal.identity.service import passwords
from portal.kernel import clock
from portal.kernel.access import actor_with
from portal.kernel.config import settings
from portal.kernel.db import db, latvian_order
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _


def hasher() -> PasswordHasher:
    """Argon2id at the cost that the instance's settings name."""
    return _hasher(settings().argon2_memory_kib, settings().argon2_passes)


@lru_cache
def _hasher(memory_kib, passes):
    return PasswordHasher(time_cost=passes, memory_cost=memory_kib)


def install_roles():
    """Put the roles a new instance starts with into the database; leaves those that are there."""
    for key, (name, permissions) in ROLES.items():
        if db.session.get(Role, key) is None:
            db.session.add(Role(key=key, name=name))
            db.session.flush()
            db.session.add_all(RolePermission(role_key=key, permission=p) for p in permissions.split())
    db.session.flush()


def add_unit(actor, name, index, parent_id=None):
    """A new unit. Returns the Unit; Invalid("index") when the index is taken."""
    ensure(policy.can_manage_people(actor))
    if db.session.scalar(sa.select(Unit.id).where(Unit.index == index)):
        raise Invalid(_("There is a unit with this index"), field="index")
    unit = Unit(name=name, index=index, parent_id=parent_id)
    db.session.add(unit)
    db.session.flush()
    audit.record(actor, "unit.added", unit, new={"name": name, "index": index})
    announce(actor, UnitChanged(unit_id=unit.id))
    return unit


def add_person(actor, given_name, family_name, email, position, unit_id, username, password):
    """A new person with a password. Returns the Person; Invalid names the field at fault."""
    ensure(policy.can_manage_people(actor))
    if db.session.scalar(sa.select(Person.id).where(Person.username == username)):
        raise Invalid(_("There is a person with this user name"), field="username")
    person = Person(
        given_name=given_name,
        family_name=family_name,
        email=email,
        position=position,
        unit_id=unit_id,
        username=username,
    )
    set_password(person, password)
    db.session.add(person)
    db.session.flush()
    _refresh_keys(person.id)
    audit.record(actor, "person.added", person, new={"username": username, "position": position})
    announce(actor, PersonChanged(person_id=person.id))
    return person


def set_password(person, password):
    """Hash and keep a new password. Raises Invalid when it is too short or easily guessed (NIST SP 800-63B)."""
    about = (person.username, person.given_name, person.family_name, (person.email or "").partition("@")[0])
    passwords.ensure_acceptable(password, about)
    person.password_hash = hasher().hash(passwords.plain(password))


def give_role(actor, person_id, role, since=None, until=None):
    """Give a person a role from a date (today) until a date or for good; takes effect at once."""
    ensure(policy.can_manage_people(actor))
    person = get_person(actor, person_id)
    if db.session.get(Role, role) is None:
        raise Invalid(_("There is no such role"), field="role")
    db.session.add(RoleAssignment(person_id=person_id, role_key=role, since=since or clock.today(), until=until))
    db.session.flush()
    _refresh_keys(person_id)
    audit.record(actor, "role.given", person, new={"role": role})
    announce(actor, PersonChanged(person_id=person_id))


def set_head(actor, unit_id, person_id):
    """Make a person the head of a unit."""
    ensure(policy.can_manage_people(actor))
    unit = get_unit(unit_id)
    old = unit.head_id
    unit.head_id = person_id
    db.session.flush()
    audit.record(actor, "unit.head_set", unit, old={"head": str(old or "")}, new={"head": str(person_id)})
    announce(actor, UnitChanged(unit_id=unit_id))


def suspend(actor, person_id, reason):
    """Close an account now: its sessions end at once (1.1)."""
    ensure(policy.can_manage_people(actor))
    person = get_person(actor, person_id)
    from portal.identity.service.sessions import end_everything  # sessions needs people; the way back is this one

    person.active = False
    db.session.flush()
    end_everything(person_id)
    audit.record(actor, "person.suspended", person, reason=reason)
    announce(actor, PersonSuspended(person_id=person_id))
    announce(actor, PersonChanged(person_id=person_id))


def _refresh_keys(person_id):
    """Make the person's keys anew from the role assignments in force."""
    person = db.session.get(Person, person_id)
    today = clock.today()
    keys = {f"person:{person_id}": None}
    if person.unit_id:
        keys[f"unit:{person.unit_id}"] = None
    rows = db.session.execute(
        sa.select(RoleAssignment.role_key, RoleAssignment.until, RolePermission.permission)
        .outerjoin(RolePermission, RolePermission.role_key == RoleAssignment.role_key)
        .where(
            RoleAssignment.person_id == person_id,
            RoleAssignment.since <= today,
            sa.or_(RoleAssignment.until.is_(None), RoleAssignment.until >= today),
        )
    )
    for role, until, permission in rows:
        for name in (f"role:{role}", f"can:{permission}"):
            keys[name] = _later(keys.get(name, until), until)
    db.session.execute(sa.delete(ActorKey).where(ActorKey.person_id == person_id))
    db.session.execute(
        sa.insert(ActorKey), [{"person_id": person_id, "name": name, "until": until} for name, until in keys.items()]
    )


def _later(a, b):
    return None if a is None or b is None else max(a, b)


def actor_for(person_id, **fields):
    """The person as an Actor with the keys held today. Raises NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound(_("There is no such person"))
    names = db.session.scalars(
        sa.select(ActorKey.name).where(
            ActorKey.person_id == person_id, sa.or_(ActorKey.until.is_(None), ActorKey.until >= clock.today())
        )
    )
    return actor_with(names, person_id=person.id, name=person.name, language=person.language, **fields)


def account_open():
    """SQL condition on Person: the account works today."""
    today = clock.today()
    return sa.and_(
        Person.active,
        sa.or_(Person.since.is_(None), Person.since <= today),
        sa.or_(Person.until.is_(None), Person.until >= today),
    )


def get_person(actor, person_id) -> Person:
    """A person. Raises NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound(_("There is no such person"))
    return person


def names_of(ids) -> dict[uuid.UUID, str]:
    """Names by id, in one query."""
    wanted = {i for i in ids if i}
    if not wanted:
        return {}
    rows = db.session.execute(sa.select(Person.id, Person.given_name, Person.family_name).where(Person.id.in_(wanted)))
    return {row.id: f"{row.given_name} {row.family_name}" for row in rows}


def people_with_role(role) -> list[Person]:
    """Active people who hold the role today, in order of family name."""
    today = clock.today()
    return list(
        db.session.scalars(
            sa.select(Person)
            .join(ActorKey, ActorKey.person_id == Person.id)
            .where(
                Person.active,
                ActorKey.name == f"role:{role}",
                sa.or_(ActorKey.until.is_(None), ActorKey.until >= today),
            )
            .order_by(latvian_order(Person.family_name), latvian_order(Person.given_name))
        )
    )


def people_of_unit(unit_id) -> list[Person]:
    """Active people of a unit, in order of family name."""
    return list(
        db.session.scalars(
            sa.select(Person)
            .where(Person.active, Person.unit_id == unit_id)
            .order_by(latvian_order(Person.family_name), latvian_order(Person.given_name))
        )
    )


def list_people(actor) -> list[Person]:
    """Everyone, in order of family name, with their unit."""
    return list(
        db.session.scalars(
            sa.select(Person)
            .options(sa.orm.joinedload(Person.unit))
            .order_by(latvian_order(Person.family_name), latvian_order(Person.given_name))
        )
    )


def head_of(unit_id) -> Person | None:
    """The head of a unit, or of the nearest unit above that has one."""
    unit = db.session.get(Unit, unit_id) if unit_id else None
    while unit is not None:
        if unit.head_id:
            return db.session.get(Person, unit.head_id)
        unit = db.session.get(Unit, unit.parent_id) if unit.parent_id else None
    return None


def list_units(actor) -> list[Unit]:
    """All units, by index."""
    return list(db.session.scalars(sa.select(Unit).order_by(Unit.index)))


def get_unit(unit_id) -> Unit:
    """A unit. Raises NotFound."""
    unit = db.session.get(Unit, unit_id)
    if unit is None:
        raise NotFound(_("There is no such unit"))
    return unit


def roles_of(ids) -> dict[uuid.UUID, list[str]]:
    """The names of the roles people hold today, in one query."""
    today = clock.today()
    found: dict = {}
    rows = db.session.execute(
        sa.select(RoleAssignment.person_id, Role.name)
        .join(Role, Role.key == RoleAssignment.role_key)
        .where(
            RoleAssignment.person_id.in_(list(ids)),
            RoleAssignment.since <= today,
            sa.or_(RoleAssignment.until.is_(None), RoleAssignment.until >= today),
        )
        .order_by(Role.name)
    )
    for person_id, name in rows:
        found.setdefault(person_id, []).append(name)
    return found


def roles_with(permission) -> list[str]:
    """The names of the roles that carry a permission: who could do it instead."""
    return list(
        db.session.scalars(
            sa.select(Role.name).join(RolePermission).where(RolePermission.permission == permission).order_by(Role.name)
        )
    )


def list_roles() -> list[Role]:
    """All roles, by name."""
    return list(db.session.scalars(sa.select(Role).order_by(latvian_order(Role.name))))


def permissions_of(role) -> list[str]:
    """What a role permits."""
    return list(
        db.session.scalars(
            sa.select(RolePermission.permission)
            .where(RolePermission.role_key == role)
            .order_by(RolePermission.permission)
        )
    )
