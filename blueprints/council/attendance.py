"""Who is invited, who came, left and why somebody is absent (13.1; LAW-53, fields 5 and 6)."""

from flask import request
from flask_login import current_user

from blueprints.council import bp
from blueprints.council.forms import MarkForm
from blueprints.council.screens import answer, on_tablet, typed_id
from portal.council import service as council
from portal.kernel import clock
from portal.kernel.errors import Invalid
from portal.kernel.web import needs, render


@bp.route("/sessions/<uuid:session_id>/attendance", methods=["GET", "POST"])
@needs("council.read")
def attendance(session_id):
    """The table of members with the times they came and left; chair and secretary change it."""
    if request.method == "GET":
        return attendance_page(session_id)
    form = MarkForm()
    if not form.validate_on_submit():
        problem = " ".join(str(message) for found in form.errors.values() for message in found)
        return attendance_page(session_id, problem=problem, status=422)
    try:
        council.mark(
            current_user,
            session_id,
            typed_id("member_id"),
            form.present.data == "1",
            at=_moment(form.at.data),
            reason=(form.reason.data or "").strip() or None,
        )
    except Invalid as error:
        return attendance_page(session_id, problem=error.message, status=422)
    return answer(session_id, "attendance")


def attendance_page(session_id, problem="", status=200):
    """The attendance page or its partial."""
    return render(
        "council/attendance.html",
        partial="council/_attendance.html",
        status=status,
        problem=problem,
        view=council.session_view(current_user, session_id),
        invitations=council.invitations_of(current_user, session_id),
    )


def _moment(text):
    """The typed hour of today in Riga; None when nothing was typed."""
    if not text:
        return None
    hour, minute = text.replace(".", ":").split(":")
    return clock.at_local(clock.today(), int(hour), int(minute))


@bp.route("/sessions/<uuid:session_id>/check-in", methods=["POST"])
@needs("council.vote")
@on_tablet(lambda session_id: session_id)
def check_in(session_id):
    """A member is in the hall."""
    council.check_in(current_user, session_id)
    return answer(session_id, "tablet")


@bp.route("/sessions/<uuid:session_id>/check-out", methods=["POST"])
@needs("council.vote")
@on_tablet(lambda session_id: session_id)
def check_out(session_id):
    """A member leaves."""
    council.check_out(current_user, session_id)
    return answer(session_id, "tablet")
