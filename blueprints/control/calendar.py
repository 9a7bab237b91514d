"""The calendar feed: read-only, at a secret address, with nothing but titles, numbers and dates (RFC 5545)."""

from datetime import timedelta

from flask import Response, url_for
from flask_login import current_user

from blueprints.control import bp
from portal.council import service as council
from portal.kernel.config import settings
from portal.kernel.i18n import _, in_language
from portal.kernel.web import flash_done, go_to, public, render, signed_in
from portal.workflow import service as workflow

SESSIONS = 50
SESSION_LASTS = timedelta(hours=2)


@bp.route("/control/calendar", methods=["GET"])
@signed_in
def calendar():
    """One's own secret address, and how to use it."""
    feed = workflow.feed_of(current_user)
    address = f"{settings().base_url}{url_for('control.feed', secret=feed.secret)}" if feed else ""
    return render("control/calendar.html", feed=feed, address=address)


@bp.route("/control/calendar/renew", methods=["POST"])
@signed_in
def renew_calendar():
    """A new address; the old one opens nothing any more."""
    workflow.renew_feed(current_user)
    flash_done(_("The new address works; the old one does not"))
    return go_to("control.calendar")


@bp.route("/control/calendar/end", methods=["POST"])
@signed_in
def end_calendar():
    """No address any more."""
    workflow.end_feed(current_user)
    flash_done(_("The address opens nothing any more"))
    return go_to("control.calendar")


@bp.route("/calendar/<secret>.ics")
@public
def feed(secret):
    """Own terms and sessions, for a calendar programme."""
    actor = workflow.reader_of_feed(secret)
    with in_language(actor.language):
        data = _calendar(actor)
    return Response(
        data,
        mimetype="text/calendar",
        headers={"Content-Disposition": 'inline; filename="pkip.ics"', "Referrer-Policy": "no-referrer"},
    )


def _calendar(actor):
    from icalendar import Calendar, Event  # only here: most requests never make one

    made = Calendar()
    made.add("prodid", "-//PKIP//LV")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", f"PKIP: {actor.name}")
    host = settings().name
    for task in workflow.own_terms(actor):
        event = Event()
        event.add("uid", f"task-{task.id}@{host}")
        event.add("dtstamp", task.created_at)
        event.add("dtstart", task.due_on)
        event.add("dtend", task.due_on + timedelta(days=1))
        event.add("summary", f"{task.kind_name}: {task.title}")
        event.add("transp", "TRANSPARENT")
        event.add("url", f"{settings().base_url}{url_for('workflow.task', task_id=task.id)}")
        made.add_component(event)
    for session in _sessions(actor):
        event = Event()
        event.add("uid", f"session-{session.id}@{host}")
        event.add("dtstamp", session.planned_at)
        event.add("dtstart", session.planned_at)
        event.add("dtend", session.planned_at + SESSION_LASTS)
        event.add("summary", session.title)
        event.add("location", session.place)
        event.add("url", f"{settings().base_url}{url_for('council.session', session_id=session.id)}")
        made.add_component(event)
    return made.to_ical()


def _sessions(actor):
    """The coming sessions of the bodies in which the person sits."""
    mine = set(council.my_body_ids(actor)) if actor.can("council.read") else set()
    return [one for one in council.coming_sessions(actor, SESSIONS) if one.body_id in mine] if mine else []
