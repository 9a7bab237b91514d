"""Statements of attendance and pay: what was recorded in a body's sessions, times what the secretary's rates say.

Handed over for approval, the numbers are written down and stay; a mistake is corrected by a new statement."""

import itertools
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import pay, policy
from portal.council.events import StatementApproved
from portal.council.models import (
    Absence,
    Attendance,
    AttendanceWay,
    Body,
    BodyMember,
    Office,
    OfficeHeld,
    PayBasis,
    PayRate,
    Session,
    SessionBreak,
    SessionState,
    Statement,
    StatementState,
)
from portal.council.models.sessions import local_day
from portal.council.service import bodies
from portal.council.service.lists import of_bodies
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, date_short, time_short
from portal.kernel.web import cursor_page
from portal.workflow import service as workflow

MOST_DAYS = 366
STANDING = (StatementState.SUBMITTED, StatementState.APPROVED)


# ── Rates ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def rates_of(actor, body_id):
    """The rates of a body, those that hold before those that ended, the newest first."""
    ensure(policy.can_read_pay(actor))
    today = clock.today()
    rows = db.session.scalars(sa.select(PayRate).where(PayRate.body_id == body_id))
    return sorted(
        rows,
        key=lambda row: (row.until is not None and row.until < today, -row.since.toordinal(), row.basis, str(row.id)),
    )


def add_rate(actor, body_id, basis, amount_cents, since, ground, office=None):
    """A rate from a day on; the rate of the same kind that holds then ends the day before.
    Raises Forbidden, Invalid naming the field."""
    ensure(policy.can_prepare(actor))
    body, basis = bodies.get_body(actor, body_id), PayBasis(basis)
    office = Office(office) if office else None
    if office is not None and office not in pay.LEADING:
        raise Invalid(_("Choose from the list"), field="office")
    if not amount_cents or amount_cents <= 0:
        raise Invalid(_("The amount is more than nothing"), field="amount_cents")
    if not (ground or "").strip():
        raise Invalid(_("Name the decision that sets the rate"), field="ground")
    same = sa.and_(PayRate.body_id == body.id, PayRate.basis == basis, PayRate.office.is_not_distinct_from(office))
    after = sa.select(PayRate.id).where(same, PayRate.since >= since)
    if db.session.scalar(after):
        raise Invalid(_("There is a rate of this kind that begins on this day or later"), field="since")
    for row in db.session.scalars(sa.select(PayRate).where(same, PayRate.held_on(since))):
        row.until = since - timedelta(days=1)
    rate = PayRate(
        body_id=body.id, basis=basis, office=office, amount_cents=amount_cents, since=since, ground=ground.strip()[:300]
    )
    db.session.add(rate)
    db.session.flush()
    audit.record(actor, "council.rate_set", body, new=_rate(rate))
    return rate


def end_rate(actor, rate_id, last_day):
    """Nobody is paid by this rate after a day. Raises Forbidden, NotFound, Invalid("last_day"). Returns the rate."""
    ensure(policy.can_prepare(actor))
    rate = db.session.get(PayRate, rate_id)
    if rate is None:
        raise NotFound(_("There is no such rate"))
    body = bodies.get_body(actor, rate.body_id)
    if last_day is None or last_day < rate.since - timedelta(days=1):
        raise Invalid(_("The rate begins on %(day)s", day=date_short(rate.since)), field="last_day")
    rate.until = last_day
    db.session.flush()
    audit.record(actor, "council.rate_ended", body, new=_rate(rate))
    return rate


def _rate(rate):
    return {
        "office": str(rate.office) if rate.office else None,
        "basis": str(rate.basis),
        "amount_cents": rate.amount_cents,
        "since": rate.since.isoformat(),
        "until": rate.until.isoformat() if rate.until else None,
        "ground": rate.ground,
    }


# ── Counting ──────────────────────────────────────────────────────────────────────────────────────────────────────


def count_statement(actor, body_id, since, until):
    """What a statement of these days says now; nothing is kept. Returns a Statement's content, and the sessions of
    these days that are not closed: what happened in them is not counted yet.
    Raises Forbidden, NotFound, Invalid("since" or "until")."""
    ensure(policy.can_read_pay(actor))
    body = bodies.get_body(actor, body_id)
    _check_days(since, until)
    count = _Count(body, since, until)
    return count.content(), count.going


def _check_days(since, until):
    if until < since:
        raise Invalid(_("The last day comes before the first"), field="until")
    if (until - since).days >= MOST_DAYS:
        raise Invalid(_("At most a year at once"), field="until")


class _Count:
    """The facts of one body in some days, each read once."""

    def __init__(self, body: Body, since: date, until: date):
        self.body, self.since, self.until = body, since, until
        self.breaks: dict = {}
        every = {}
        rows = (
            sa.select(Session, SessionBreak)
            .outerjoin(SessionBreak, SessionBreak.session_id == Session.id)
            .where(of_bodies([body.id]), Session.state != SessionState.PLANNED)
            .where(Session.planned_at >= clock.at_local(since))
            .where(Session.planned_at < clock.at_local(until + timedelta(days=1)))
            .order_by(Session.planned_at, Session.id)
        )
        for session, pause in db.session.execute(rows):
            every[session.id] = session
            if pause is not None:
                self.breaks.setdefault(session.id, []).append(pause)
        self.sessions = [one for one in every.values() if one.is_closed]
        self.going = [one for one in every.values() if not one.is_closed]
        ids = [one.id for one in self.sessions]
        self.stays: dict = {}
        for stay in db.session.scalars(
            sa.select(Attendance).where(Attendance.session_id.in_(ids)).order_by(Attendance.arrived_at)
        ):
            self.stays.setdefault((stay.session_id, stay.member_id), []).append(stay)
        absences = db.session.scalars(sa.select(Absence).where(Absence.session_id.in_(ids)))
        self.absences = {(one.session_id, one.member_id): one.reason for one in absences}
        self.elsewhere = {one.id: self._counted_elsewhere(one) for one in self.sessions if one.joint}
        self.seats = self._dated(BodyMember)
        self.offices = self._dated(OfficeHeld)
        self.rates = self._dated(PayRate)

    def _dated(self, model):
        held = sa.and_(model.since <= self.until, sa.or_(model.until.is_(None), model.until >= self.since))
        return list(db.session.scalars(sa.select(model).where(model.body_id == self.body.id, held)))

    def _counted_elsewhere(self, session):
        """Who is counted for a joint session by the statement of another committee: each once, by the first of its
        committees in which he or she sits."""
        before = list(itertools.takewhile(lambda body: body.id != self.body.id, session.bodies))
        return {one.id for body in before for one in bodies.members_of(body.id, local_day(session))}

    def content(self):
        members = [self._member(one) for one in bodies.named(row.person_id for row in self.seats)]
        return {
            "body": self.body.name,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "cents": sum(one["cents"] for one in members),
            "rates": [
                _rate(one) for one in sorted(self.rates, key=lambda one: (one.basis, one.office or "", one.since))
            ],
            "sessions": [
                {
                    "id": str(one.id),
                    "label": str(one),
                    "at": one.planned_at.isoformat(),
                    "minutes": self._minutes(one, [(one.opened_at, one.closed_at)]) if one.opened_at else None,
                }
                for one in self.sessions
            ],
            "members": members,
        }

    def _member(self, person):
        lines = [
            self._line(person.id, place, one)
            for place, one in enumerate(self.sessions)
            if self._sits(person.id, local_day(one)) and person.id not in self.elsewhere.get(one.id, ())
        ]
        came = [line for line in lines if line["minutes"]]
        month = pay.of_months(
            (day, pay.rate_on(self.rates, PayBasis.MONTH, self._offices(person.id, day), day))
            for day in _days(self.since, self.until)
            if self._sits(person.id, day)
        )
        by_session, by_hour = (sum(line[key] for line in lines) for key in ("session_cents", "hour_cents"))
        offices = {one.office for one in self.offices if one.person_id == person.id and one.office in pay.LEADING}
        return {
            "id": str(person.id),
            "name": person.name,
            "offices": sorted(offices),
            "attended": len(came),
            "of": len(lines),
            "minutes": sum(line["minutes"] for line in lines),
            "session_cents": by_session,
            "hour_cents": by_hour,
            "month_cents": month,
            "cents": by_session + by_hour + month,
            "lines": lines,
        }

    def _line(self, person_id, place, session):
        stays = self.stays.get((session.id, person_id), [])
        minutes = 0
        if session.opened_at:
            minutes = self._minutes(session, [(one.arrived_at, one.left_at or session.closed_at) for one in stays])
        day = local_day(session)
        offices = self._offices(person_id, day)
        by_session, by_hour = (
            pay.rate_on(self.rates, basis, offices, day) for basis in (PayBasis.SESSION, PayBasis.HOUR)
        )
        return {
            "session": place,
            "stays": [
                {
                    "from": one.arrived_at.isoformat(),
                    "to": (one.left_at or session.closed_at).isoformat(),
                    "way": str(one.way),
                }
                for one in stays
            ],
            "minutes": minutes,
            "reason": self.absences.get((session.id, person_id)),
            "session_cents": by_session if minutes else 0,
            "hour_cents": pay.of_minutes(minutes, by_hour),
        }

    def _minutes(self, session, stays):
        pauses = [(one.began_at, one.ended_at or session.closed_at) for one in self.breaks.get(session.id, ())]
        return pay.minutes_of(stays, (session.opened_at, session.closed_at), pauses)

    def _sits(self, person_id, day):
        return any(row.person_id == person_id and _holds(row, day) for row in self.seats)

    def _offices(self, person_id, day):
        return {row.office for row in self.offices if row.person_id == person_id and _holds(row, day)}


def _holds(row, day):
    return row.since <= day and (row.until is None or day <= row.until)


def _days(since, until):
    return (since + timedelta(days=n) for n in range((until - since).days + 1))


# ── Approval ──────────────────────────────────────────────────────────────────────────────────────────────────────


def submit_statement(actor, body_id, since, until, correction=None):
    """Hand the statement of these days over for approval: its numbers are kept as they are now, and the chair of the
    council gets the task. correction: why an approved one of the same days is replaced.
    Raises Forbidden, Conflict (other days of one overlap these), Invalid naming the field."""
    ensure(policy.can_prepare(actor))
    if until > clock.today():
        raise Invalid(_("The last day lies in the future"), field="until")
    body = bodies.get_body(actor, body_id)
    db.session.scalar(sa.select(Body.id).where(Body.id == body.id).with_for_update())
    content, _going = count_statement(actor, body_id, since, until)
    correction = (correction or "").strip()[:500] or None
    standing = sa.select(Statement).where(
        Statement.body_id == body.id, Statement.state.in_(STANDING), Statement.since <= until, Statement.until >= since
    )
    for other in db.session.scalars(standing):
        if (other.since, other.until) != (since, until) or other.state == StatementState.SUBMITTED:
            raise Conflict(_("There is a statement of these days already: %(statement)s", statement=str(other)))
        if not correction:
            raise Invalid(
                _("There is an approved statement of these days: say why it is corrected"), field="correction"
            )
    statement = Statement(
        of_body=body, since=since, until=until, content=content, made_by_id=actor.person_id, correction=correction
    )
    db.session.add(statement)
    db.session.flush()
    audit.record(actor, "council.statement_submitted", statement, new=_sums(content), reason=correction)
    chair_id = bodies.council_of(actor).chair_id
    workflow.add_task(
        actor,
        "council.statement",
        "council_statement",
        statement.id,
        _("Approve the statement of attendance %(statement)s", statement=str(statement)),
        **({"person_id": chair_id} if chair_id else {"role": "chair"}),
    )
    return statement


def approve_statement(actor, statement_id):
    """The chair of the council approves what was handed over; its paper is made. Raises Forbidden, Conflict."""
    statement = _waiting(actor, statement_id)
    replaced = db.session.scalar(
        sa.select(Statement).where(
            Statement.body_id == statement.body_id,
            Statement.since == statement.since,
            Statement.until == statement.until,
            Statement.state == StatementState.APPROVED,
        )
    )
    if replaced is not None:
        replaced.state = StatementState.REPLACED
        db.session.flush()
    _settle_statement(actor, statement, StatementState.APPROVED, "council.statement_approved")
    announce(actor, StatementApproved(statement_id=statement.id))
    return statement


def return_statement(actor, statement_id, reason):
    """The chair does not approve it and says why. Raises Forbidden, Conflict, Invalid("reason")."""
    statement = _waiting(actor, statement_id)
    if not (reason or "").strip():
        raise Invalid(_("Say why the statement is returned"), field="reason")
    statement.returned_reason = reason.strip()[:500]
    return _settle_statement(
        actor, statement, StatementState.RETURNED, "council.statement_returned", statement.returned_reason
    )


def _waiting(actor, statement_id):
    statement = db.session.scalar(
        sa.select(Statement).where(Statement.id == statement_id).with_for_update(of=Statement)
    )
    if statement is None:
        raise NotFound(_("There is no such statement"))
    ensure(policy.can_approve_statement(actor, statement, bodies.council_of(actor)))
    return statement


def _settle_statement(actor, statement, state, action, reason=None):
    statement.state, statement.settled_at, statement.settled_by_id = state, clock.now(), actor.person_id
    db.session.flush()
    audit.record(actor, action, statement, new=_sums(statement.content), reason=reason)
    workflow.complete_for(actor, "council_statement", statement.id, "council.statement", note=reason)
    return statement


def _sums(content):
    return {"cents": content["cents"], "sessions": len(content["sessions"]), "members": len(content["members"])}


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────────


def get_statement(actor, statement_id):
    """A statement that was handed over. Raises Forbidden, NotFound."""
    ensure(policy.can_read_pay(actor))
    statement = db.session.get(Statement, statement_id)
    if statement is None:
        raise NotFound(_("There is no such statement"))
    return statement


def list_statements(actor, body_id, after=None, size=24):
    """A page of a body's statements, the latest days first."""
    ensure(policy.can_read_pay(actor))
    body = bodies.get_body(actor, body_id)
    order = (Statement.since.desc(), Statement.id.desc())
    return cursor_page(sa.select(Statement).where(Statement.body_id == body.id), order, size=size, cursor=after)


def who_settled(statement):
    """(who handed it over, who approved or returned it) by name; "" for what has not happened."""
    names = identity.names_of({statement.made_by_id, statement.settled_by_id} - {None})
    return names.get(statement.made_by_id, ""), names.get(statement.settled_by_id, "")


def has_changed(actor, statement):
    """Whether what is recorded now would give other numbers than the statement keeps."""
    now, _going = count_statement(actor, statement.body_id, statement.since, statement.until)
    return _figures(now) != _figures(statement.content)


def _figures(content):
    return [(one["id"], one["of"], one["attended"], one["minutes"], one["cents"]) for one in content["members"]]


def came(line):
    """When a member was in the room, in words: 10:00–11:30, 12:00–13:00 (remotely)."""
    parts = []
    for stay in line["stays"]:
        words = f"{time_short(datetime.fromisoformat(stay['from']))}–{time_short(datetime.fromisoformat(stay['to']))}"
        remote = stay["way"] == AttendanceWay.REMOTE
        parts.append(_("%(times)s (remotely)", times=words) if remote else words)
    return ", ".join(parts)


def may_approve(actor, statement):
    """Whether the actor may approve or return it, with the reason."""
    return policy.can_approve_statement(actor, statement, bodies.council_of(actor))
