"""What members are told of a session by mail: the invitation with a calendar entry, and a reminder the day before."""

from datetime import timedelta

import sqlalchemy as sa

from portal.council.models import Invitation, Session, SessionState
from portal.council.service import publishing, redaction
from portal.council.service.reading import agenda_of, get_session
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.i18n import LANGUAGES, _, in_language, moment

REMIND_BEFORE = timedelta(hours=24)


def session_calendar(actor, session_id):
    """The session as an iCalendar text. What the public may not know of the agenda does not leave the portal with it
    (LAW-18). Raises NotFound."""
    from icalendar import Calendar, Event

    session = get_session(actor, session_id)
    agenda = agenda_of(session.id)
    closed, cover = publishing.closed_matters(session, agenda), redaction.covering(agenda)
    address = f"{settings().base_url}/council/sessions/{session.id}"
    with in_language("lv"):
        words = [f"{one.n}. {_('Closed matter') if one.id in closed else cover(one, one.title)}" for one in agenda]
        title = session.title
    event = Event()
    event.add("uid", f"{session.id}@{settings().name}")
    event.add("dtstamp", clock.now())
    event.add("sequence", session.version)
    event.add("summary", title)
    event.add("dtstart", session.planned_at)
    event.add("dtend", session.planned_at + timedelta(hours=2))
    event.add("location", session.place)
    event.add("url", address)
    event.add("description", "\n".join([*words, address]))
    found = Calendar()
    found.add("prodid", "-//PKIP//council//LV")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add_component(event)
    return found.to_ical().decode()


def invitation_mail(session_id, language, *, reminder=False):
    """(subject, sentences, address, calendar) of the mail about a session; None once it has begun."""
    session = db.session.get(Session, session_id)
    if session is None or session.state != SessionState.INVITED or session.planned_at < clock.now():
        return None
    with in_language(language):
        values = {"session": session.title, "when": moment(session.planned_at)}
        subject = (
            _("Reminder: %(session)s, %(when)s", **values)
            if reminder
            else _("Invitation: %(session)s, %(when)s", **values)
        )
        lines = [
            _("Time: %(when)s", when=moment(session.planned_at)),
            _("Place: %(place)s", place=session.place),
            *([_("The session is held remotely.")] if session.remote else []),
            _("The agenda, the drafts and the answer to the invitation are in the portal."),
        ]
    return subject, lines, f"{settings().base_url}/council/sessions/{session.id}", session_calendar(SYSTEM, session.id)


def invited_people(session_id):
    """Ids of the people who are called to a session."""
    return list(db.session.scalars(sa.select(Invitation.person_id).where(Invitation.session_id == session_id)))


def take_reminders(limit=200):
    """(person id, session id) of those to remind now, each once: of sessions within a day to which they were called
    earlier, unless they said that they do not come."""
    now, refusals = clock.now(), set()
    for language in LANGUAGES:
        with in_language(language):
            refusals.add(_("I will not take part"))
    rows = db.session.scalars(
        sa.select(Invitation)
        .join(Session, Session.id == Invitation.session_id)
        .where(
            Session.state == SessionState.INVITED,
            Session.planned_at > now,
            Session.planned_at <= now + REMIND_BEFORE,
            Invitation.reminded_at.is_(None),
            Invitation.sent_at <= now - timedelta(hours=1),
        )
        .limit(limit)
    ).all()
    found = []
    for row in rows:
        row.reminded_at = now
        if row.answer not in refusals:
            found.append((row.person_id, row.session_id))
    db.session.flush()
    return found
