"""Drafts for everybody before a session: looked through on one page, published together (LAW-5)."""

import uuid

from flask import request
from flask_login import current_user

from blueprints.council import bp
from portal.council import service as council
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import _, ngettext
from portal.kernel.web import flash_done, go_to, needs, render, undo_request


@bp.route("/sessions/<uuid:session_id>/drafts", methods=["GET", "POST"])
@needs("council.prepare")
def open_drafts(session_id):
    """What everybody will see of the drafts; `look` only shows it, else the chosen ones are published."""
    if request.method == "GET":
        return _page(session_id)
    typed = _typed()
    if request.form.get("look"):
        return _page(session_id, typed)
    chosen = {matter_id: words for matter_id, words in typed.items() if request.form.get(f"open-{matter_id}")}
    try:
        count = council.publish_drafts(current_user, session_id, chosen)
    except (Conflict, Invalid) as error:
        undo_request()
        return _page(session_id, typed, {getattr(error, "field", None) or "form": error.message}, error.status)
    flash_done(ngettext("%(num)s draft is public", "%(num)s drafts are public", count))
    return go_to("council.open_drafts", session_id=session_id)


def _typed():
    """matter id -> the words to cover, a line each."""
    found = {}
    for name, text in request.form.items():
        if name.startswith("cover-"):
            try:
                matter_id = uuid.UUID(name.removeprefix("cover-"))
            except ValueError:
                raise Invalid(_("Choose from the list")) from None
            found[matter_id] = [line.strip() for line in text.splitlines() if line.strip()]
    return found


def _page(session_id, typed=None, errors=None, status=200):
    session, lines = council.drafts_for_public(current_user, session_id, typed)
    return render(
        "council/open_drafts.html",
        session=session,
        lines=lines,
        chosen={name.removeprefix("open-") for name in request.form if name.startswith("open-")} if typed else None,
        errors=errors or {},
        status=status,
    )


@bp.post("/matters/<uuid:matter_id>/draft/withdraw")
@needs("council.prepare")
def withdraw_draft(matter_id):
    """Take a draft off the public pages, with a reason."""
    row = council.withdraw_draft(current_user, matter_id, request.form.get("reason", ""))
    flash_done(_("The draft is no longer public"))
    return go_to("council.open_drafts", session_id=row.session_id)
