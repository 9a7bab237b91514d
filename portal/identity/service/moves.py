"""Who joins, moves and leaves. What will happen is a list of steps: the page shows their words before anything is done,
and doing it performs the same steps. Dates to come are put into effect by `settle`, every day."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.events import PersonChanged, PersonLeft, PersonSuspended
from portal.identity.models import (
    AccountKind,
    Group,
    GroupMember,
    Person,
    Placement,
    RegisterDay,
    Role,
    RoleAssignment,
    Substitution,
    Unit,
)
from portal.identity.models.people import person_keys
from portal.identity.service import groups, held
from portal.identity.service import people as register
from portal.identity.service.roles import end_dated, ensure_role_fits, get_or_404, give_role, take_role
from portal.identity.service.units import get_unit, head_of, set_head, units_headed_by
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, date_short

DAY = clock.timedelta(days=1)


@dataclass
class Step:
    """One thing that will happen, in words, and how. warn: a person should look twice."""

    text: str
    act: Callable[[], object] | None = None
    warn: bool = False


@dataclass
class Plan:
    """What will happen, in order."""

    steps: list[Step] = field(default_factory=list)

    def add(self, text, act=None, warn=False):
        """One more step."""
        self.steps.append(Step(text, act, warn))

    def perform(self):
        """Do all of it; the caller's transaction keeps all or nothing."""
        for step in self.steps:
            if step.act:
                step.act()


# --- joining --------------------------------------------------------------------------------------------------------


@dataclass
class Newcomer:
    """Somebody who is to get an account. roles, group_ids: held from the first day."""

    given_name: str
    family_name: str
    email: str
    username: str
    position: str = ""
    unit_id: uuid.UUID | None = None
    phone: str = ""
    personal_code: str = ""
    since: date | None = None
    until: date | None = None
    roles: tuple[str, ...] = ()
    group_ids: tuple[uuid.UUID, ...] = ()


def plan_joining(actor, newcomer):
    """What the arrival of a person means. Raises Invalid naming the field at fault."""
    plan, made = _joining(actor, newcomer)
    del made
    return plan


def join(actor, newcomer):
    """Give a newcomer an account, roles and groups. Returns (Person, password to hand over, shown once)."""
    plan, made = _joining(actor, newcomer)
    plan.perform()
    return made["person"], made["password"]


def _joining(actor, new):
    ensure(policy.can_manage_people(actor))
    register.ensure_username_free(new.username)
    since = new.since or clock.today()
    if new.until and new.until < since:
        raise Invalid(_("The last day lies before the first"), field="until")
    unit = get_unit(new.unit_id) if new.unit_id else None
    draft = Person(account=AccountKind.ORDINARY)
    register.keep_code(draft, new.personal_code)
    made: dict = {}
    plan = Plan()
    name = f"{new.given_name} {new.family_name}"

    def open_account():
        made["person"] = register.add_person(
            actor,
            new.given_name,
            new.family_name,
            new.email,
            new.position,
            new.unit_id,
            new.username,
            None,
            phone=new.phone,
            personal_code=new.personal_code,
            since=new.since,
            until=new.until,
        )
        made["password"] = register.reset_password(actor, made["person"].id)

    facts = {"username": new.username, "name": name, "date": date_short(since)}
    if new.until:
        last = date_short(new.until)
        words = _(
            "The account “%(username)s” of %(name)s opens on %(date)s and closes after %(last)s", last=last, **facts
        )
    else:
        words = _("The account “%(username)s” of %(name)s opens on %(date)s", **facts)
    plan.add(words, open_account)
    plan.add(_("A password is made and shown to you once, to be handed over"))
    if unit:
        plan.add(_("%(name)s works in the unit %(unit)s and sees what the unit sees", name=name, unit=unit.name))
    for role in new.roles:
        ensure_role_fits(draft, role)
        plan.add(
            _("Role: %(role)s", role=db.session.get_one(Role, role).name),
            lambda role=role: give_role(actor, made["person"].id, role, since, new.until),
        )
    for group_id in new.group_ids:
        plan.add(
            _("Group: %(group)s", group=groups.get_group(group_id).name),
            lambda group_id=group_id: groups.add_member(actor, group_id, made["person"].id, since, new.until),
        )
    same = db.session.scalars(
        sa.select(Person).where(
            Person.order_key == person_keys(new.given_name, new.family_name, "", "", "")["order_key"],
            Person.merged_into_id.is_(None),
        )
    ).all()
    for other in same:
        plan.add(
            _("There is an account of the same name already: %(username)s, %(position)s", username=other.username,
              position=other.position or "–"), warn=True,
        )  # fmt: skip
    return plan, made


# --- moving ---------------------------------------------------------------------------------------------------------


def plan_moving(actor, person_id, unit_id, position, first_day, take=(), give=()):
    """What a change of unit or position means. take: ids of role assignments that end; give: keys of new roles.
    Raises Conflict for an account that is closed, Invalid naming the field at fault."""
    return _moving(actor, person_id, unit_id, position, first_day, take, give)


def move(actor, person_id, unit_id, position, first_day, take=(), give=()):
    """Change a person's unit or position from a day on. Returns the Person."""
    _moving(actor, person_id, unit_id, position, first_day, take, give).perform()
    return get_or_404(person_id)


def _moving(actor, person_id, unit_id, position, first_day, take, give):
    ensure(policy.can_manage_people(actor))
    person = get_or_404(person_id)
    _ensure_open(person)
    position = (position or "").strip()
    if unit_id == person.unit_id and position == person.position and not take and not give:
        raise Invalid(_("Nothing would change: choose another unit, position or role"), field="position")
    if person.until and first_day > person.until:
        raise Invalid(_("The account closes before this day"), field="first_day")
    unit = get_unit(unit_id) if unit_id else None
    if unit is not None and unit.until and unit.until < first_day:
        raise Invalid(_("This unit has ended by that day"), field="unit_id")
    plan = Plan()
    day, before = date_short(first_day), first_day - DAY
    if unit_id != person.unit_id or position != person.position:
        plan.add(
            _(
                "From %(date)s: %(position)s, %(unit)s (until then: %(old_position)s, %(old_unit)s)",
                date=day,
                position=position or "–",
                unit=unit.name if unit else "–",
                old_position=person.position or "–",
                old_unit=person.unit.name if person.unit else "–",
            ),
            lambda: _place(actor, person, unit_id, position, first_day),
        )
    if unit_id != person.unit_id:
        if person.unit_id:
            plan.add(_("What only the unit %(unit)s sees is no longer seen", unit=person.unit.name))
        for headed in units_headed_by(person_id):
            if headed.id == person.unit_id:
                plan.add(
                    _("The unit %(unit)s is left without its head", unit=headed.name),
                    (lambda headed=headed: set_head(actor, headed.id, None)) if first_day <= clock.today() else None,
                    warn=True,
                )
        plan.add(_("Own tasks stay with the person; hand over what belongs to the unit"))
    for assignment_id in take:
        assignment = db.session.get(RoleAssignment, assignment_id)
        if assignment is None or assignment.person_id != person_id:
            raise Invalid(_("There is no such role"), field="take")
        plan.add(
            _("The role “%(role)s” ends after %(date)s", role=_role_name(assignment.role_key), date=date_short(before)),
            lambda assignment_id=assignment_id: take_role(actor, assignment_id, before),
        )
    for role in give:
        ensure_role_fits(person, role)
        plan.add(
            _("The role “%(role)s” is held from %(date)s", role=_role_name(role), date=day),
            lambda role=role: give_role(actor, person_id, role, first_day),
        )
    kept = db.session.scalars(
        sa.select(RoleAssignment).where(
            RoleAssignment.person_id == person_id, held.in_force(RoleAssignment), RoleAssignment.id.not_in(list(take))
        )
    ).all()
    for assignment in kept:
        if assignment.role_key not in give:
            plan.add(_("The role “%(role)s” stays", role=_role_name(assignment.role_key)))
    return plan


def _place(actor, person, unit_id, position, first_day):
    """End the placement held until then, begin the new one; today's takes effect at once."""
    old = {"unit": str(person.unit_id or ""), "position": person.position}
    rows = placements_of(person.id)
    for row in rows:
        if row.since >= first_day:  # what was planned for later gives way
            db.session.delete(row)
        elif row.until is None or row.until >= first_day:
            row.until = first_day - DAY
    if not rows and (person.unit_id or person.position):
        began = min(person.since or first_day - DAY, first_day - DAY)
        past = Placement(person_id=person.id, unit_id=person.unit_id, position=person.position, since=began)
        past.until = first_day - DAY
        db.session.add(past)
    db.session.add(Placement(person_id=person.id, unit_id=unit_id, position=position, since=first_day))
    db.session.flush()
    audit.record(
        actor,
        "person.moved",
        person,
        old=old,
        new={"unit": str(unit_id or ""), "position": position, "since": str(first_day)},
    )
    _take_place(person)
    held.refresh_keys([person.id])
    announce(actor, PersonChanged(person_id=person.id))


def placements_of(person_id) -> list[Placement]:
    """What a person held, holds and will hold, latest first."""
    return list(
        db.session.scalars(
            sa.select(Placement)
            .options(sa.orm.joinedload(Placement.unit))
            .where(Placement.person_id == person_id)
            .order_by(Placement.since.desc(), Placement.id.desc())
        )
    )


def _take_place(person) -> bool:
    """Let the person hold the placement in force today. True when that changed something."""
    row = db.session.scalar(
        sa.select(Placement)
        .where(Placement.person_id == person.id, held.in_force(Placement))
        .order_by(Placement.since.desc())
        .limit(1)
    )
    if row is None or (row.unit_id, row.position) == (person.unit_id, person.position):
        return False
    if row.unit_id != person.unit_id:
        db.session.execute(
            sa.update(Unit).where(Unit.head_id == person.id, Unit.id == person.unit_id).values(head_id=None)
        )
    person.unit_id, person.position = row.unit_id, row.position
    db.session.flush()
    db.session.expire(person, ["unit"])
    return True


# --- leaving --------------------------------------------------------------------------------------------------------


def plan_leaving(actor, person_id, last_day, successor_id=None, open_tasks=0):
    """What somebody's leaving means. open_tasks: how many wait in their list, as the work list says."""
    return _leaving(actor, person_id, last_day, successor_id, open_tasks)


def leave(actor, person_id, last_day, successor_id=None):
    """Close a person's accounts after their last day; tasks then go to the successor, else to the head of the unit.
    Returns the Person."""
    _leaving(actor, person_id, last_day, successor_id, 0).perform()
    return get_or_404(person_id)


def _leaving(actor, person_id, last_day, successor_id, open_tasks):
    ensure(policy.can_manage_people(actor))
    person = get_or_404(person_id)
    _ensure_open(person)
    if person_id == actor.person_id:
        raise Conflict(_("You cannot close your own account"))
    if successor_id == person_id:
        raise Invalid(_("Choose somebody else as the successor"), field="successor_id")
    successor = get_or_404(successor_id) if successor_id else None
    if successor is not None and not successor.works_on(max(last_day + DAY, clock.today())):
        raise Invalid(_("This account is not open at that time"), field="successor_id")
    day, plan = date_short(last_day), Plan()
    accounts = [person, *register.open_accounts_owned(person_id)]
    for account in accounts:
        plan.add(
            _(
                "The account “%(username)s” closes after %(date)s; its sessions end",
                username=account.username,
                date=day,
            ),
            lambda account=account: _close_after(actor, account, last_day, successor_id),
        )
    for assignment, name in _running(RoleAssignment, person_id, Role.name, Role.key == RoleAssignment.role_key):
        plan.add(
            _("The role “%(role)s” ends after %(date)s", role=name, date=day),
            lambda assignment=assignment: end_dated(assignment, last_day),
        )
    for member, name in _running(GroupMember, person_id, Group.name, Group.id == GroupMember.group_id):
        plan.add(
            _("The membership of “%(group)s” ends after %(date)s", group=name, date=day),
            lambda member=member: end_dated(member, last_day),
        )
    for row in db.session.scalars(
        sa.select(Substitution).where(
            sa.or_(Substitution.person_id == person_id, Substitution.substitute_id == person_id),
            Substitution.ended_at.is_(None),
            Substitution.until > last_day,
        )
    ):
        plan.add(
            _("The substitution until %(until)s ends after %(date)s", until=date_short(row.until), date=day),
            lambda row=row: _shorten(row, last_day),
        )
    heir = successor or _head_above(person)
    for unit in units_headed_by(person_id):
        if successor:
            plan.add(_("%(name)s becomes the head of %(unit)s", name=successor.name, unit=unit.name))
        else:
            plan.add(_("The unit %(unit)s is left without its head", unit=unit.name), warn=True)
    if heir:
        plan.add(_("Open tasks (%(count)s now) go to %(name)s", count=open_tasks, name=heir.name))
    elif open_tasks:
        plan.add(_("%(count)s open tasks are left without a person: choose a successor", count=open_tasks), warn=True)
    plan.add(_("What the person signed, wrote and decided stays under their name"))
    plan.add("", lambda: _after_leaving(actor, accounts))
    plan.steps = [step for step in plan.steps if step.text or step.act]
    return plan


def _close_after(actor, account, last_day, successor_id):
    account.until, account.successor_id = last_day, successor_id
    for row in placements_of(account.id):
        if row.until is None or row.until > last_day:
            row.until = max(last_day, row.since - DAY)
    db.session.flush()
    audit.record(actor, "person.leaves", account, new={"until": str(last_day), "successor": str(successor_id or "")})


def _after_leaving(actor, accounts):
    db.session.flush()
    held.refresh_keys([account.id for account in accounts])
    for account in accounts:
        if account.until and account.until < clock.today():
            depart(actor, account)
        announce(actor, PersonChanged(person_id=account.id))


def _shorten(row, last_day):
    if row.since > last_day:
        row.ended_at = clock.now()
    else:
        row.until = last_day


def depart(actor, person):
    """The account has closed: nothing stays open, headed units and tasks go on to others."""
    from portal.identity.service.sessions import end_everything  # sessions needs people; the way back is here only

    end_everything(person.id)
    heir_id = person.successor_id or getattr(_head_above(person), "id", None)
    for unit in units_headed_by(person.id):
        set_head(actor, unit.id, person.successor_id)
    audit.record(actor, "person.left", person, new={"successor": str(heir_id or "")})
    announce(actor, PersonLeft(person_id=person.id, successor_id=heir_id))
    announce(actor, PersonSuspended(person_id=person.id))


def _head_above(person):
    """The head of the person's unit; of the unit above when they are the head themselves."""
    head = head_of(person.unit_id)
    if head is not None and head.id == person.id:
        unit = db.session.get(Unit, person.unit_id)
        head = head_of(unit.parent_id) if unit and unit.parent_id else None
    return head if head is not None and head.id != person.id and head.works_on(clock.today()) else None


def _running(model, person_id, name, join):
    today = clock.today()
    return db.session.execute(
        sa.select(model, name)
        .join(name.class_, join)
        .where(model.person_id == person_id, sa.or_(model.until.is_(None), model.until >= today))
        .order_by(name)
    ).all()


def _ensure_open(person):
    if not person.active or person.merged_into_id:
        raise Conflict(_("This account is closed; open it first"))


def _role_name(key):
    role = db.session.get(Role, key)
    return role.name if role else key


# --- the passing of days --------------------------------------------------------------------------------------------


def settle(actor=SYSTEM) -> int:
    """Put into effect what begins or has ended since the last time: positions, roles, groups, accounts.
    May run as often as one likes; returns for how many people something changed."""
    today = clock.today()
    mark = db.session.get(RegisterDay, 1)
    if mark is None:
        mark = RegisterDay(id=1, settled_on=today - DAY)
        db.session.add(mark)
    if mark.settled_on >= today:
        return 0
    last = mark.settled_on
    ids = set()
    for model in (RoleAssignment, GroupMember, Placement):
        ids |= set(db.session.scalars(sa.select(model.person_id).where(_turned(model, last, today))))
    ids |= set(
        db.session.scalars(
            sa.select(GroupMember.person_id)
            .join(Group, Group.id == GroupMember.group_id)
            .where(_turned(Group, last, today))
        )
    )
    turned = set(db.session.scalars(sa.select(Person.id).where(_turned(Person, last, today))))
    for person_id in sorted(ids | turned):
        person = db.session.get_one(Person, person_id)
        _take_place(person)
        if person_id in turned and person.active and person.until and last <= person.until < today:
            depart(actor, person)
    held.refresh_keys(ids | turned)
    for person_id in sorted(ids | turned):
        announce(actor, PersonChanged(person_id=person_id))
    mark.settled_on = today
    db.session.flush()
    return len(ids | turned)


def _turned(model, last, today):
    """SQL condition: something began after `last`, or its last day has passed since."""
    return sa.or_(sa.and_(model.since > last, model.since <= today), sa.and_(model.until >= last, model.until < today))
