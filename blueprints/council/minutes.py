"""Minutes of a session with their 13 fields (LAW-53), and the register of decisions."""

from datetime import datetime

from flask import request
from flask_login import current_user

from blueprints.council import bp
from blueprints.council.forms import STATES, choices
from portal.council import service as council
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, is_htmx, needs, render


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
        filters=filters,
        states=choices(STATES),
        years=council.decision_years(current_user) if not more else [],
        partial="council/_decision_rows.html" if more else "council/_decision_table.html",
    )
