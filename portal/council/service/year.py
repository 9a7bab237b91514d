"""The plan of a year: days by a rule such as "the last Thursday of the month", moved off holidays, made into sessions
in one go, printed and taken into a calendar (LAW-1)."""

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.models import Session, SessionKind, SessionState
from portal.council.service import bodies
from portal.council.service.papers import drawn
from portal.council.service.reading import locked_session
from portal.council.service.sessions import create_session
from portal.kernel import clock
from portal.kernel.access import visible_to
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.i18n import _, date_short, in_language
from portal.kernel.live import publish

MOST_DAYS = 60  # of one body in one go


@dataclass(frozen=True)
class ProposedDay:
    """A day for a session. `rule_day`: what the rule says; `holiday`: why it was moved; `held`: a session that the body
    has in this month already."""

    day: date
    rule_day: date
    holiday: str
    held: Session | None

    @property
    def moved(self):
        return self.day != self.rule_day


def propose_year(actor, body_id, year, week, weekday):
    """A ProposedDay for each month of a year that is not over. week: 1 to 4, or -1 for the last; weekday: 0 is Monday.
    Raises Forbidden, NotFound."""
    ensure(policy.can_prepare(actor))
    body = bodies.get_body(actor, body_id)
    held: dict = {}
    for session in sessions_of_year(actor, year, body.id):
        held.setdefault(clock.local(session.planned_at).month, session)
    found = []
    for month in range(1, 13):
        rule_day = rules.nth_weekday(year, month, week, weekday)
        day = rules.off_holidays(rule_day)
        if day > clock.today():
            found.append(ProposedDay(day, rule_day, clock.holiday_name(rule_day) or "", held.get(month)))
    return found


def sessions_of_year(actor, year, body_id=None):
    """The sessions of a year, of one body or of all, by time."""
    query = sa.select(Session).where(
        visible_to(actor, Session),
        Session.planned_at >= clock.at_local(date(year, 1, 1)),
        Session.planned_at < clock.at_local(date(year + 1, 1, 1)),
    )
    if body_id:
        query = query.where(Session.body_id == body_id)
    return list(db.session.scalars(query.order_by(Session.planned_at, Session.id)))


def plan_year(actor, body_id, days, starts_at, place):
    """Regular sessions on these days, all or none. starts_at: Riga time. Raises Forbidden, Invalid("days" or what
    create_session says)."""
    ensure(policy.can_prepare(actor))
    days = sorted(set(days))
    if not days:
        raise Invalid(_("Choose at least one day"), field="days")
    if len(days) > MOST_DAYS:
        raise Invalid(_("At most %(most)s days at once", most=MOST_DAYS), field="days")
    taken = {clock.local(one.planned_at).date() for year in {day.year for day in days}
             for one in sessions_of_year(actor, year, body_id)}  # fmt: skip
    for day in days:
        if day in taken:
            raise Invalid(_("There is a session on %(day)s already", day=date_short(day)), field="days")
        if not clock.is_working_day(day):
            raise Invalid(_("%(day)s is not a working day", day=date_short(day)), field="days")
    return [
        create_session(
            actor, body_id, SessionKind.REGULAR, clock.at_local(day, starts_at.hour, starts_at.minute), place
        )
        for day in days
    ]


def reschedule(actor, session_id, planned_at, place=None):
    """Another time, and place, for a session whose members are not invited yet.
    Raises Forbidden, Conflict, Invalid("planned_at")."""
    session = locked_session(actor, session_id)
    ensure(policy.can_prepare(actor))
    if session.state != SessionState.PLANNED:
        raise Conflict(_("The members are invited already."))
    if planned_at < clock.now():
        raise Invalid(_("The session must lie in the future"), field="planned_at")
    if clock.local(planned_at).year != session.year:
        raise Invalid(_("The session keeps its year, for it has its number in it"), field="planned_at")
    old, session.planned_at = session.planned_at, planned_at
    session.place = (place or "").strip()[:300] or session.place
    db.session.flush()
    audit.record(
        actor, "council.session_moved", session,
        old={"planned_at": old.isoformat()}, new={"planned_at": planned_at.isoformat(), "place": session.place},
    )  # fmt: skip
    publish(f"session:{session.id}", "session")
    return session


def year_calendar(actor, year):
    """The sessions of a year as an iCalendar text; the invitation's entry later takes the place of the one here."""
    from icalendar import Calendar, Event

    found = Calendar()
    found.add("prodid", "-//PKIP//council//LV")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    with in_language("lv"):
        for session in sessions_of_year(actor, year):
            event = Event()
            event.add("uid", f"{session.id}@{settings().name}")
            event.add("dtstamp", clock.now())
            event.add("sequence", session.version)
            event.add("summary", session.title)
            event.add("dtstart", session.planned_at)
            event.add("dtend", session.planned_at + timedelta(hours=2))
            event.add("location", session.place)
            event.add("url", f"{settings().base_url}/council/sessions/{session.id}")
            found.add_component(event)
    return found.to_ical().decode()


def year_paper(actor, asked):
    """The plan of a year as PDF bytes. asked: year."""
    year = int(asked["year"])
    return drawn("council/pdf/year.html", year=year, sessions=sessions_of_year(actor, year))
