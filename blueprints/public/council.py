"""Public pages of the council: sessions with agenda, votes by name and recording; decisions (LAW-16, 56, 57)."""

import uuid
from datetime import date, datetime

from flask import Response, make_response, redirect, request

from blueprints.council.publishing import ranged
from blueprints.public import bp
from blueprints.public.address import within
from portal.council import service as council
from portal.kernel.web import public, render


def _page(template, **context):
    """A page that anybody between may keep for a minute."""
    response: Response = make_response(render(template, when=_when, **context))
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


def _when(text):
    if not text:
        return None
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)


@bp.get("/council")
@public
def sessions():
    """Sessions, the newest first; by words of the agenda, year and body."""
    filters = _filters("q", "year", "body")
    page = council.public_list("meeting", filters, request.args.get("after"))
    bodies, _next = council.list_objects("organization")
    return _page(
        "public/sessions.html", meetings=[_read(row) for row in page], next=page.next, filters=filters,
        bodies=[(row.id, row.data["name"]) for row in bodies],
    )  # fmt: skip


@bp.get("/council/sessions/<uuid:session_id>")
@public
def session(session_id):
    """One session: agenda, results with who voted how and why, papers, the recording."""
    row = council.get_object("meeting", session_id)
    if row.deleted:
        return _page("public/gone.html")
    return _page("public/session.html", meeting=_read(row), session_id=session_id)


@bp.get("/council/decisions")
@public
def decisions():
    """Published decisions, the newest first; by words and year."""
    filters = _filters("q", "year")
    page = council.public_list("paper", filters, request.args.get("after"))
    return _page("public/decisions.html", papers=[_read(row) for row in page], next=page.next, filters=filters)


@bp.get("/council/decisions/<uuid:decision_id>")
@public
def decision(decision_id):
    """One published decision with its votes by name."""
    row = council.get_object("paper", decision_id)
    if row.deleted:
        return _page("public/gone.html")
    if "pkip:draft" in row.data:
        return redirect(row.data["web"].removeprefix("~"), 301)
    paper = _read(row)
    return _page("public/decision.html", paper=paper, item=_item_of(paper))


def _item_of(paper):
    """The agenda item on which a paper was heard."""
    item_id = uuid.UUID(paper["consultation"][0]["agendaItem"].rsplit("/", 1)[-1])
    return _read(council.get_object("agendaitem", item_id))


@bp.get("/council/drafts")
@public
def drafts():
    """Draft decisions that are public before a session, those of the latest session first (LAW-5)."""
    filters = _filters("q", "year")
    page = council.public_list("paper", {**filters, "draft": True}, request.args.get("after"))
    return _page("public/drafts.html", papers=[_read(row) for row in page], next=page.next, filters=filters)


@bp.get("/council/drafts/<uuid:paper_id>")
@public
def draft(paper_id):
    """One draft decision with its explanatory note."""
    row = council.get_object("paper", paper_id)
    if row.deleted or "pkip:draft" not in row.data:
        return _page("public/gone.html")
    paper = _read(row)
    meeting_id = uuid.UUID(paper["pkip:meeting"].rsplit("/", 1)[-1])
    meeting = _read(council.get_object("meeting", meeting_id))
    return _page("public/draft.html", paper=paper, item=_item_of(paper), meeting=meeting)


@bp.get("/council/files/<uuid:file_id>")
@public
def file(file_id):
    """A published file; `?save=1` saves it."""
    found = council.public_file(file_id)
    response = ranged(*found, inline=not request.args.get("save"))
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@bp.get("/council/recordings/<uuid:session_id>")
@public
def recording(session_id):
    """The recording of a session; players ask for parts of it."""
    return ranged(*council.public_recording(session_id), inline=True)


def _filters(*names):
    return {name: request.args.get(name, "").strip()[:200] for name in names}


def _read(row):
    return within(row.data)
