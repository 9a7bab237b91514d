"""News of the council for readers (RSS) and calendars (iCal)."""

from datetime import datetime, timedelta
from email.utils import format_datetime

from flask import Response, render_template, request

from blueprints.public import bp
from blueprints.public.address import base, based
from portal.council import service as council
from portal.kernel.config import settings
from portal.kernel.web import public


@bp.get("/council/<any(sessions, decisions, drafts):what>.rss")
@public
def rss(what):
    """The newest sessions, decisions or drafts of coming sessions."""
    filters = {**_filters(), "draft": what == "drafts"}
    rows = council.public_list("meeting" if what == "sessions" else "paper", filters, size=30)
    items = [(based(row.data), format_datetime(row.created), str(row.id)) for row in rows]
    text = render_template("public/feed.xml", what=what, items=items, address=base(), start=_time)
    return Response(text, mimetype="application/rss+xml", headers={"Cache-Control": "public, max-age=300"})


@bp.get("/council/calendar.ics")
@public
def calendar():
    """Sessions as a calendar to subscribe to; `?body=` only of one body."""
    from icalendar import Calendar, Event

    found = Calendar()
    found.add("prodid", "-//PKIP//council//LV")
    found.add("version", "2.0")
    found.add("x-wr-calname", settings().municipality)
    for row in council.public_list("meeting", _filters(), size=200):
        data, event = based(row.data), Event()
        begin = datetime.fromisoformat(data["start"])
        event.add("uid", f"{row.id}@{settings().name}")
        event.add("dtstamp", row.modified)
        event.add("summary", data["name"])
        event.add("dtstart", begin)
        event.add("dtend", datetime.fromisoformat(data["end"]) if data.get("end") else begin + timedelta(hours=2))
        event.add("location", data["location"]["description"])
        event.add("url", data["web"])
        items = [f"{one['number']}. {one['name']}" for one in data.get("agendaItem", ())]
        event.add("description", "\n".join([*items, data["web"]]))
        if data.get("cancelled"):
            event.add("status", "CANCELLED")
        found.add_component(event)
    return Response(
        found.to_ical(), mimetype="text/calendar", headers={"Cache-Control": "public, max-age=300"}
    )  # fmt: skip


def _filters():
    return {"body": request.args.get("body", "")}


def _time(text):
    return datetime.fromisoformat(text)
