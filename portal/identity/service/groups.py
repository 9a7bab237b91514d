"""Groups: people across units, with roles that they hold together, each membership with its dates."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.events import GroupChanged, PersonChanged
from portal.identity.models import Group, GroupMember, GroupRole, Person, Role
from portal.identity.service import held
from portal.identity.service.roles import end_dated, ensure_role_fits, get_or_404
from portal.kernel import clock
from portal.kernel.db import db, latvian_order
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _


def add_group(actor, code, name, since=None, until=None, roles=()):
    """A new group. Returns the Group; Invalid names the field at fault."""
    ensure(policy.can_manage_people(actor))
    _check(code, since, until)
    group = Group(code=code, name=name, since=since, until=until)
    db.session.add(group)
    db.session.flush()
    _set_roles(group, roles)
    audit.record(actor, "group.added", group, new={"code": code, "roles": sorted(roles)})
    announce(actor, GroupChanged(group_id=group.id))
    return group


def change_group(actor, group_id, *, code, name, since, until, roles):
    """Change a group; its members' keys follow at once."""
    ensure(policy.can_manage_people(actor))
    group = get_group(group_id)
    _check(code, since, until, group_id)
    old = _as_data(group, roles_of_group(group_id))
    group.code, group.name, group.since, group.until = code, name, since, until
    for member, _person in members_of(actor, group_id):
        for role in roles:
            ensure_role_fits(get_or_404(member.person_id), role)
    _set_roles(group, roles)
    new = _as_data(group, sorted(roles))
    if new == old:
        return group
    db.session.flush()
    ids = list(db.session.scalars(sa.select(GroupMember.person_id).where(GroupMember.group_id == group_id)))
    held.refresh_keys(ids)
    audit.record(actor, "group.changed", group, old=old, new=new)
    announce(actor, GroupChanged(group_id=group_id))
    return group


def add_member(actor, group_id, person_id, since=None, until=None):
    """Take a person into a group from a date (today) until a date or for good."""
    ensure(policy.can_manage_people(actor))
    group, person = get_group(group_id), get_or_404(person_id)
    since = since or clock.today()
    if until and until < since:
        raise Invalid(_("The last day lies before the first"), field="until")
    for role in roles_of_group(group_id):
        ensure_role_fits(person, role)
    if db.session.scalar(
        sa.select(GroupMember.id)
        .where(
            GroupMember.group_id == group_id,
            GroupMember.person_id == person_id,
            sa.or_(GroupMember.until.is_(None), GroupMember.until >= since),
        )
        .limit(1)
    ):
        raise Invalid(_("%(name)s is in this group already", name=person.name), field="person_id")
    member = GroupMember(group_id=group_id, person_id=person_id, since=since, until=until)
    db.session.add(member)
    db.session.flush()
    held.refresh_keys([person_id])
    audit.record(actor, "group.member_added", group, new={"person": str(person_id), "name": person.name})
    announce(actor, GroupChanged(group_id=group_id))
    announce(actor, PersonChanged(person_id=person_id))
    return member


def end_member(actor, member_id, last_day=None):
    """Let a membership end: after `last_day`, or at once."""
    ensure(policy.can_manage_people(actor))
    member = db.session.get(GroupMember, member_id)
    if member is None:
        raise NotFound(_("There is no such member"))
    if not end_dated(member, last_day):
        raise Conflict(_("This membership has ended already"))
    db.session.flush()
    held.refresh_keys([member.person_id])
    group, person = get_group(member.group_id), get_or_404(member.person_id)
    audit.record(actor, "group.member_ended", group, old={"person": str(person.id), "name": person.name})
    announce(actor, GroupChanged(group_id=group.id))
    announce(actor, PersonChanged(person_id=person.id))
    return member


def get_group(group_id) -> Group:
    """A group. Raises NotFound."""
    group = db.session.get(Group, group_id)
    if group is None:
        raise NotFound(_("There is no such group"))
    return group


def list_groups(actor) -> list[tuple[Group, int]]:
    """All groups by name, with the number of their members today."""
    count = sa.func.count(GroupMember.id)
    return [
        (group, number)
        for group, number in db.session.execute(
            sa.select(Group, count)
            .outerjoin(GroupMember, sa.and_(GroupMember.group_id == Group.id, held.in_force(GroupMember)))
            .group_by(Group.id)
            .order_by(latvian_order(Group.name), Group.id)
        )
    ]


def members_of(actor, group_id) -> list[tuple[GroupMember, Person]]:
    """The members of a group whose membership runs or is to begin, in order of names."""
    today = clock.today()
    return [
        (member, person)
        for member, person in db.session.execute(
            sa.select(GroupMember, Person)
            .join(Person, Person.id == GroupMember.person_id)
            .where(GroupMember.group_id == group_id, sa.or_(GroupMember.until.is_(None), GroupMember.until >= today))
            .order_by(Person.order_key, Person.id)
        )
    ]


def groups_of(person_id) -> list[tuple[GroupMember, Group]]:
    """The groups of a person, those that ended too, newest first."""
    return [
        (member, group)
        for member, group in db.session.execute(
            sa.select(GroupMember, Group)
            .join(Group, Group.id == GroupMember.group_id)
            .where(GroupMember.person_id == person_id)
            .order_by(GroupMember.since.desc(), GroupMember.id)
        )
    ]


def roles_of_group(group_id) -> list[str]:
    """The keys of the roles that the members of a group hold."""
    return list(
        db.session.scalars(
            sa.select(GroupRole.role_key).where(GroupRole.group_id == group_id).order_by(GroupRole.role_key)
        )
    )


def _set_roles(group, roles):
    if unknown := [role for role in roles if db.session.get(Role, role) is None]:
        raise Invalid(_("There is no such role: %(roles)s", roles=", ".join(unknown)), field="roles")
    db.session.execute(sa.delete(GroupRole).where(GroupRole.group_id == group.id))
    db.session.add_all(GroupRole(group_id=group.id, role_key=role) for role in roles)
    db.session.flush()


def _check(code, since, until, group_id=None):
    if since and until and until < since:
        raise Invalid(_("The last day lies before the first"), field="until")
    if db.session.scalar(sa.select(Group.id).where(Group.code == code, Group.id != group_id).limit(1)):
        raise Invalid(_("There is a group with this code"), field="code")


def _as_data(group, roles):
    return {
        "code": group.code,
        "name": group.name,
        "since": str(group.since or ""),
        "until": str(group.until or ""),
        "roles": roles,
    }
