"""Roles: what they permit, who holds them, from when until when."""

import uuid

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.events import PersonChanged
from portal.identity.models import AccountKind, Person, Role, RoleAssignment, RolePermission
from portal.identity.roles import ROLES
from portal.identity.service import held
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db, latvian_order
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _


def install_roles():
    """Put the roles a new instance starts with into the database; leaves those that are there."""
    for key, (name, permissions) in ROLES.items():
        if db.session.get(Role, key) is None:
            db.session.add(Role(key=key, name=name))
            db.session.flush()
            db.session.add_all(RolePermission(role_key=key, permission=p) for p in permissions.split())
    db.session.flush()


def list_roles() -> list[Role]:
    """All roles, by name."""
    return list(db.session.scalars(sa.select(Role).order_by(latvian_order(Role.name))))


def permissions_of(role) -> list[str]:
    """What a role permits."""
    return permissions_by_role().get(role, [])


def permissions_by_role() -> dict[str, list[str]]:
    """What each role permits."""
    found: dict[str, list[str]] = {}
    rows = db.session.execute(
        sa.select(RolePermission.role_key, RolePermission.permission).order_by(RolePermission.permission)
    )
    for role, permission in rows:
        found.setdefault(role, []).append(permission)
    return found


def give_role(actor, person_id, role, since=None, until=None):
    """Give a person a role from a date (today) until a date or for good; takes effect at once. Returns the assignment.
    Raises Invalid: no such role, dates the wrong way round, or administration and other work in one account (LAW-151).
    """
    ensure(policy.can_manage_people(actor))
    person = get_or_404(person_id)
    since = since or clock.today()
    ensure_role_fits(person, role)
    if until and until < since:
        raise Invalid(_("The last day lies before the first"), field="until")
    assignment = RoleAssignment(person_id=person_id, role_key=role, since=since, until=until)
    db.session.add(assignment)
    db.session.flush()
    held.refresh_keys([person_id])
    audit.record(actor, "role.given", person, new={"role": role, "since": str(since), "until": str(until or "")})
    announce(actor, PersonChanged(person_id=person_id))
    return assignment


def ensure_role_fits(person, role):
    """Raise Invalid("role") when there is no such role, or when the account is not for it (LAW-151)."""
    if db.session.get(Role, role) is None:
        raise Invalid(_("There is no such role"), field="role")
    if problem := role_problem(person.account, permissions_of(role)):
        raise Invalid(problem, field="role")


def role_problem(account, permissions) -> str | None:
    """Why an account of this kind cannot hold a role with these permissions, in words; None when it can (LAW-151)."""
    if not settings().separate_admin_accounts:
        return None
    administers = held.must_be_admin_account(permissions)
    if administers and account is not AccountKind.ADMIN:
        return _("This role administers the system: give it to a separate administrator’s account")
    if not administers and account is AccountKind.ADMIN:
        return _("An administrator’s account holds roles of administration only; give this one to the ordinary account")
    return None


def take_role(actor, assignment_id, last_day=None):
    """Let a role end: after `last_day`, or at once. Nothing is deleted: what was held stays in the register."""
    ensure(policy.can_manage_people(actor))
    assignment = db.session.get(RoleAssignment, assignment_id)
    if assignment is None:
        raise NotFound(_("There is no such role"))
    if not end_dated(assignment, last_day):
        raise Conflict(_("This role has ended already"))
    db.session.flush()
    held.refresh_keys([assignment.person_id])
    person = get_or_404(assignment.person_id)
    audit.record(actor, "role.taken", person, old={"role": assignment.role_key}, new={"until": str(assignment.until)})
    announce(actor, PersonChanged(person_id=person.id))
    return assignment


def end_dated(row, last_day=None) -> bool:
    """Let a row with since/until end after a day (yesterday: at once). False when it ends before by itself.
    What has not begun ends on the day before it would, and so never holds."""
    last_day = last_day or clock.today() - clock.timedelta(days=1)
    last_day = max(last_day, row.since - clock.timedelta(days=1))
    if row.until is not None and row.until <= last_day:
        return False
    row.until = last_day
    return True


def assignments_of(person_id) -> list[tuple[RoleAssignment, str]]:
    """(assignment, name of the role) of a person, those in force first, then by date."""
    today = clock.today()
    rows = db.session.execute(
        sa.select(RoleAssignment, Role.name)
        .join(Role, Role.key == RoleAssignment.role_key)
        .where(RoleAssignment.person_id == person_id)
    )
    found = [(assignment, name) for assignment, name in rows]
    return sorted(found, key=lambda item: ((item[0].until or today) < today, -item[0].since.toordinal(), item[1]))


def roles_of(ids) -> dict[uuid.UUID, list[str]]:
    """The names of the roles people were given and hold today, in one query."""
    found: dict = {}
    rows = db.session.execute(
        sa.select(RoleAssignment.person_id, Role.name)
        .join(Role, Role.key == RoleAssignment.role_key)
        .where(RoleAssignment.person_id.in_(list(ids)), held.in_force(RoleAssignment))
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


def get_or_404(person_id) -> Person:
    """A person. Raises NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound(_("There is no such person"))
    return person
