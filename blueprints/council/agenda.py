"""The agenda and the formal steps of a session (13.1)."""

import re

from flask import request
from flask_login import current_user

from blueprints.council import bp
from blueprints.council.screens import answer, reason_typed, session_of_matter, typed_id
from portal.council import service as council
from portal.kernel import clock
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import needs, render


@bp.route("/sessions/<uuid:session_id>/pool")
@needs("council.prepare")
def pool(session_id):
    """Matters that wait for a session of this body, each with the button that puts it on the agenda."""
    found = council.get_session(current_user, session_id)
    return render(
        "council/pool.html",
        partial="council/_pool.html",
        session=found,
        pool=[line for body in found.bodies for line in council.pool_view(current_user, body.id)],
    )


@bp.route("/sessions/<uuid:session_id>/place", methods=["POST"])
@needs("council.prepare")
def place_matter(session_id):
    """Put a matter from the pool on the agenda."""
    council.place(current_user, session_id, typed_id("matter_id"))
    return answer(session_id)


@bp.route("/matters/<uuid:matter_id>/move", methods=["POST"])
@needs("council.prepare")
def move_matter(matter_id):
    """Give a matter another place on the agenda (LAW-31)."""
    session_id = session_of_matter(matter_id)
    try:
        position = int(request.form.get("position", ""))
    except ValueError:
        raise Invalid(_("The place on the agenda is a number"), field="position") from None
    council.move(current_user, session_id, matter_id, position)
    return answer(session_id)


@bp.route("/matters/<uuid:matter_id>/remove", methods=["POST"])
@needs("council.prepare")
def remove_matter(matter_id):
    """Take a matter off the agenda, with a reason (LAW-32)."""
    session_id = session_of_matter(matter_id)
    council.remove(current_user, session_id, matter_id, reason_typed())
    return answer(session_id)


@bp.route("/matters/<uuid:matter_id>/line", methods=["POST"])
@needs("council.prepare")
def set_line(matter_id):
    """The heading above a matter, and whether it is closed to the public (LAW-17)."""
    session_id = session_of_matter(matter_id)
    council.set_line(current_user, matter_id, request.form.get("section"), request.form.get("closed_ground"))
    return answer(session_id)


@bp.route("/sessions/<uuid:session_id>/guests", methods=["POST"])
@needs("council.prepare")
def add_guest(session_id):
    """Somebody from outside is asked to the session."""
    matter_id = typed_id("matter_id") if request.form.get("matter_id") else None
    when = _hour(request.form.get("at"), council.get_session(current_user, session_id))
    council.add_guest(
        current_user, session_id, request.form.get("name"), request.form.get("office", ""), matter_id, when
    )
    return answer(session_id)


@bp.route("/guests/<uuid:guest_id>/remove", methods=["POST"])
@needs("council.prepare")
def remove_guest(guest_id):
    """A guest is not expected any more."""
    return answer(council.remove_guest(current_user, guest_id))


@bp.route("/sessions/<uuid:session_id>/late-ground", methods=["POST"])
@needs("council.prepare")
def late_ground(session_id):
    """Why something came after its term (LAW-3, 4, 5, 8)."""
    council.state_late_ground(current_user, session_id, request.form.get("ground"))
    return answer(session_id)


def _hour(text, session):
    """The typed hour on the day of the session; None for nothing. Raises Invalid("at")."""
    if not (text or "").strip():
        return None
    found = re.fullmatch(r"([01]?\d|2[0-3])[:.]([0-5]\d)", text.strip())
    if found is None:
        raise Invalid(_("Type the time as 14:00"), field="at")
    return clock.at_local(clock.local(session.planned_at).date(), int(found[1]), int(found[2]))


@bp.route("/sessions/<uuid:session_id>/agenda-change", methods=["POST"])
@needs("council.read")
def agenda_change(session_id):
    """Put a change of the agenda to the vote (LAW-31, 32)."""
    council.propose_agenda_change(
        current_user, session_id, request.form.get("title"), order=request.form.get("order") == "1"
    )
    return answer(session_id, "desk")


@bp.route("/sessions/<uuid:session_id>/invite", methods=["POST"])
@needs("council.prepare")
def invite(session_id):
    """Call the members (LAW-3, 4)."""
    council.invite(current_user, session_id)
    return answer(session_id)


@bp.route("/sessions/<uuid:session_id>/answer", methods=["POST"])
@needs("council.vote")
def answer_invitation(session_id):
    """A member answers the invitation."""
    council.answer_invitation(current_user, session_id, request.form.get("answer"))
    return answer(session_id)


@bp.route("/sessions/<uuid:session_id>/open", methods=["POST"])
@needs("council.read")
def open_session(session_id):
    """The session begins."""
    council.open_session(current_user, session_id)
    return answer(session_id)


@bp.route("/sessions/<uuid:session_id>/pause", methods=["POST"])
@needs("council.read")
def pause_session(session_id):
    """A break."""
    council.pause_session(current_user, session_id, reason_typed())
    return answer(session_id)


@bp.route("/sessions/<uuid:session_id>/resume", methods=["POST"])
@needs("council.read")
def resume_session(session_id):
    """The break is over."""
    council.resume_session(current_user, session_id)
    return answer(session_id)


@bp.route("/sessions/<uuid:session_id>/close", methods=["POST"])
@needs("council.read")
def close_session(session_id):
    """The session ends; undecided matters are postponed."""
    council.close_session(current_user, session_id, reason_typed())
    return answer(session_id)
