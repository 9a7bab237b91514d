"""Substitutes: who takes over somebody's tasks and approvals while they are away. Votes, signatures, the lead of a
session and administration are never handed on."""

from dataclasses import dataclass

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.events import SubstitutionChanged
from portal.identity.models import AccountKind, ActorKey, Person, RolePermission, SignInSession, Substitution
from portal.identity.service import held
from portal.identity.service.roles import get_or_404
from portal.identity.service.units import head_of
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _

LONGEST = clock.timedelta(days=366)


@dataclass(frozen=True)
class Standing:
    """One substitution for the eye, with both names."""

    row: Substitution
    person: str
    substitute: str

    @property
    def state(self):
        """running, coming or over."""
        today = clock.today()
        if self.row.ended_at or self.row.until < today:
            return "over"
        return "running" if self.row.since <= today else "coming"


def add_substitution(actor, person_id, substitute_id, since, until, reason=""):
    """Let somebody act for a person from a day until a day, both inclusive.
    Raises Forbidden; Invalid naming the field: oneself, an account that is closed or of an administrator, dates that
    lie in the past, run backwards, last longer than a year or overlap the same substitution."""
    person, substitute = get_or_404(person_id), get_or_404(substitute_id)
    ensure(policy.can_arrange_substitute(actor, person, _head_id(person)))
    today = clock.today()
    if person_id == substitute_id:
        raise Invalid(_("Nobody stands in for themselves"), field="substitute_id")
    if person.account is AccountKind.ADMIN or substitute.account is AccountKind.ADMIN:
        raise Invalid(_("Administrators’ accounts have no substitutes"), field="substitute_id")
    if not substitute.works_on(max(since, today)):
        raise Invalid(_("This account is not open at that time"), field="substitute_id")
    if until < since:
        raise Invalid(_("The last day lies before the first"), field="until")
    if until < today:
        raise Invalid(_("The last day lies in the past"), field="until")
    if until - since > LONGEST:
        raise Invalid(_("At most a year; a longer absence calls for a change of position"), field="until")
    if db.session.scalar(
        sa.select(Substitution.id)
        .where(
            Substitution.person_id == person_id,
            Substitution.substitute_id == substitute_id,
            Substitution.ended_at.is_(None),
            Substitution.since <= until,
            Substitution.until >= since,
        )
        .limit(1)
    ):
        raise Invalid(_("This person stands in at that time already"), field="substitute_id")
    row = Substitution(
        person_id=person_id,
        substitute_id=substitute_id,
        since=since,
        until=until,
        reason=(reason or "").strip(),
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    audit.record(
        actor,
        "substitution.added",
        person,
        new={"substitute": str(substitute_id), "since": str(since), "until": str(until)},
        reason=row.reason or None,
    )
    announce(actor, SubstitutionChanged(person_id=person_id, substitute_id=substitute_id))
    return row


def end_substitution(actor, substitution_id):
    """Take a substitution back; who acts under it stops at once."""
    row = db.session.get(Substitution, substitution_id)
    if row is None:
        raise NotFound(_("There is no such substitution"))
    person = get_or_404(row.person_id)
    ensure(policy.can_arrange_substitute(actor, person, _head_id(person)))
    if row.ended_at is None:
        row.ended_at = clock.now()
        db.session.flush()
        audit.record(actor, "substitution.ended", person, old={"substitute": str(row.substitute_id)})
        announce(actor, SubstitutionChanged(person_id=row.person_id, substitute_id=row.substitute_id))
    return row


def substitutions_about(actor, person_id) -> list[Standing]:
    """The substitutions of and by a person, newest first. Raises Forbidden."""
    person = get_or_404(person_id)
    ensure(policy.can_arrange_substitute(actor, person, _head_id(person)))
    one, other = sa.orm.aliased(Person), sa.orm.aliased(Person)
    rows = db.session.execute(
        sa.select(Substitution, one, other)
        .join(one, one.id == Substitution.person_id)
        .join(other, other.id == Substitution.substitute_id)
        .where(sa.or_(Substitution.person_id == person_id, Substitution.substitute_id == person_id))
        .order_by(Substitution.until.desc(), Substitution.id)
        .limit(100)
    )
    return [Standing(row, person.name, substitute.name) for row, person, substitute in rows]


def substituted_by(actor) -> list[tuple]:
    """(id, name, last day) of those for whom the actor may act today, by name."""
    if actor.person_id is None:
        return []
    rows = db.session.execute(
        sa.select(Person.id, Person.given_name, Person.family_name, sa.func.max(Substitution.until))
        .join(Substitution, Substitution.person_id == Person.id)
        .where(Substitution.substitute_id == actor.person_id, _runs(), held.account_open())
        .group_by(Person.id, Person.given_name, Person.family_name, Person.order_key)
        .order_by(Person.order_key, Person.id)
    )
    return [(row[0], f"{row[1]} {row[2]}", row[3]) for row in rows]


def people_behind(actor):
    """SELECT of (id, unit_id) of those whom the actor stands in for today: for one query over a work list."""
    return (
        sa.select(Person.id, Person.unit_id)
        .join(Substitution, Substitution.person_id == Person.id)
        .where(Substitution.substitute_id == actor.person_id, _runs(), held.account_open())
        .distinct()
    )


def roles_behind(actor):
    """SELECT of (id, unit_id, role) of the same people, a row for each role that is handed on."""
    behind = people_behind(actor).subquery()
    own_only = sa.select(sa.literal("role:").concat(RolePermission.role_key)).where(
        sa.or_(*(RolePermission.permission.startswith(start, autoescape=True) for start in held.OWN_ONLY))
    )
    return (
        sa.select(behind.c.id, behind.c.unit_id, sa.func.substr(ActorKey.name, len("role:") + 1).label("role"))
        .join(ActorKey, ActorKey.person_id == behind.c.id)
        .where(
            ActorKey.name.startswith("role:"),
            sa.or_(ActorKey.until.is_(None), ActorKey.until >= clock.today()),
            ActorKey.name.not_in(own_only),
        )
    )


def substitutes_of(ids) -> dict:
    """Who stands in today: ids of substitutes by the id of the person, in one query."""
    found: dict = {}
    rows = db.session.execute(
        sa.select(Substitution.person_id, Substitution.substitute_id).where(
            Substitution.person_id.in_(list(ids)), _runs()
        )
    )
    for person_id, substitute_id in rows:
        found.setdefault(person_id, []).append(substitute_id)
    return found


def act_for(actor, person_id):
    """From now on this browser acts for somebody whom the person stands in for; None: for themselves again.
    Raises Forbidden."""
    session = db.session.get(SignInSession, actor.session_id) if actor.session_id else None
    if session is None:
        raise Conflict(_("Sign in again"))
    if person_id is not None and not may_act_for(actor.person_id, person_id):
        raise Forbidden(_("You do not stand in for this person today"))
    if person_id == session.acting_for_id:
        return
    before, session.acting_for_id = session.acting_for_id, person_id
    db.session.flush()
    if before:
        audit.record(actor, "substitution.acting_ended", get_or_404(before))
    if person_id:
        audit.record(actor, "substitution.acting_began", get_or_404(person_id))


def may_act_for(substitute_id, person_id) -> bool:
    """Does somebody stand in for this person today?"""
    return bool(db.session.scalar(sa.select(acting_right(sa.literal(substitute_id), sa.literal(person_id)))))


def acting_right(substitute_id, person_id, day=None):
    """SQL condition: the first stands in for the second on the day (today), and the second's account is open."""
    behind = sa.orm.aliased(Person)
    return (
        sa.select(Substitution.id)
        .join(behind, behind.id == Substitution.person_id)
        .where(
            Substitution.substitute_id == substitute_id,
            Substitution.person_id == person_id,
            _runs(day),
            held.account_open(behind, day),
        )
        .exists()
    )


def _runs(day=None):
    today = day or clock.today()
    return sa.and_(Substitution.ended_at.is_(None), Substitution.since <= today, Substitution.until >= today)


def _head_id(person):
    head = head_of(person.unit_id)
    return head.id if head else None
