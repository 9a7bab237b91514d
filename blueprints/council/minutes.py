"""Minutes of a session with their 13 fields (LAW-53), and the register of decisions."""

from datetime import datetime

from flask import Response, request
from flask_login import current_user

from blueprints.council import bp
from blueprints.council.forms import STATES, choices
from portal.council import service as council
from portal.council.service.minutes_text import as_text
from portal.documents.drafting.comparing import compare
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import _, moment
from portal.kernel.web import flash_done, go_to, is_htmx, needs, render

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MOST_BYTES = 20_000_000


@bp.route("/sessions/<uuid:session_id>/minutes", methods=["POST"])
@needs("council.prepare")
def draft_minutes(session_id):
    """Draw the minutes up from what was recorded, or bring a draft up to date."""
    return go_to("council.minutes", minutes_id=council.draft_minutes(current_user, session_id).id)


@bp.route("/minutes/<uuid:minutes_id>", methods=["GET", "POST"])
@needs("council.read")
def minutes(minutes_id):
    """The minutes; the typed parts can be completed until they are final."""
    if request.method == "GET":
        return page(minutes_id)
    form = request.form
    fields = {
        "other": form.get("other", "")[:20000],
        "discussion": {key[11:]: text[:20000] for key, text in form.items() if key.startswith("discussion-")},
        "absence": {key[8:]: text[:300] for key, text in form.items() if key.startswith("absence-")},
    }
    try:
        version = int(form["version"]) if form.get("version", "").isdigit() else None
        council.update_minutes(current_user, minutes_id, fields, version=version)
    except (Conflict, Invalid) as error:
        return page(minutes_id, problem=error.message, status=error.status)
    flash_done(_("The minutes are stored"))
    return go_to("council.minutes", minutes_id=minutes_id)


def page(minutes_id, problem="", status=200):
    """The page of the minutes."""
    found = council.get_minutes(current_user, minutes_id)
    return render(
        "council/minutes.html",
        minutes=found,
        status=status,
        problem=problem,
        session=council.get_session(current_user, found.session_id),
        at=datetime.fromisoformat,
        additions=council.additions_of(found.id),
        opinion_by=council.opinion_by(found),
        seated=council.is_member(current_user, found.session_id),
    )


@bp.route("/minutes/<uuid:minutes_id>/finalise", methods=["POST"])
@needs("council.prepare")
def finalise_minutes(minutes_id):
    """The text is final: the paper is made and goes to be signed (LAW-54)."""
    council.finalise(current_user, minutes_id)
    flash_done(_("The minutes are final; the paper goes to the chair and the minute-taker for signing"))
    return go_to("council.minutes", minutes_id=minutes_id)


@bp.route("/minutes/<uuid:minutes_id>/versions")
@needs("council.read")
def minutes_versions(minutes_id):
    """What has changed between two states of the minutes."""
    found = council.get_minutes(current_user, minutes_id)
    kept = council.minutes_versions(current_user, minutes_id)
    bodies = {one.number: one.body for one in kept} | {len(kept) + 1: found.body}
    labels = [(one.number, f"{one.number} ({_('until %(time)s', time=moment(one.saved_at))})") for one in kept]
    labels.append((len(kept) + 1, f"{len(kept) + 1} ({_('now')})"))
    new = _chosen("new", bodies, len(kept) + 1)
    old = _chosen("old", bodies, max(new - 1, 1))
    return render(
        "council/minutes_versions.html",
        minutes=found,
        versions=labels,
        old=old,
        new=new,
        paragraphs=compare(as_text(bodies[old]), as_text(bodies[new])),
    )


def _chosen(name, bodies, default):
    text = request.args.get(name, "")
    return int(text) if text.isdigit() and int(text) in bodies else default


@bp.route("/minutes/<uuid:minutes_id>/word", methods=["GET", "POST"])
@needs("council.prepare")
def minutes_word(minutes_id):
    """GET: the minutes as a Word file. POST: what a file that comes back would change; facts are not changed."""
    if request.method == "GET":
        data, number = council.minutes_docx(current_user, minutes_id)
        headers = {"Content-Disposition": f'attachment; filename="protokols-{number}.docx"'}
        return Response(data, mimetype=_DOCX, headers=headers)
    upload = request.files.get("file")
    try:
        if upload is None or not upload.filename:
            raise Invalid(_("Choose a file"), field="file")
        typed = council.read_back(current_user, minutes_id, upload.stream.read(_MOST_BYTES))
    except (Conflict, Invalid) as error:
        return page(minutes_id, problem=error.message, status=error.status)
    found = council.get_minutes(current_user, minutes_id)
    after = {**found.body, "other": typed["other"]}
    after["matters"] = [
        {**one, "discussion": typed["discussion"].get(str(one["n"]), one["discussion"])} for one in after["matters"]
    ]
    paragraphs = compare(as_text(found.body), as_text(after))
    return render("council/minutes_word.html", minutes=found, typed=typed, paragraphs=paragraphs)


@bp.route("/decisions")
@needs("council.read")
def decisions():
    """The register of decisions: by words of the title or number, year and state; pages by key."""
    filters = {name: request.args.get(name, "").strip() for name in ("q", "year", "state")}
    page = council.list_decisions(current_user, filters, request.args.get("after"))
    more = is_htmx() and request.args.get("after")
    return render(
        "council/decisions.html",
        page=page,
        execution=council.execution_of(page.rows),
        filters=filters,
        states=choices(STATES),
        years=council.decision_years(current_user) if not more else [],
        partial="council/_decision_rows.html" if more else "council/_decision_table.html",
    )
