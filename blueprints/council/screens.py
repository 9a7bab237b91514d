"""The screens of a running session: the session page, the chair's desk, the member's tablet, the hall. Each has one
partial that the page includes and that live events swap; what is done on a screen is answered by the same screen."""

import uuid
from functools import wraps

from flask import request
from flask_login import current_user

from blueprints.council import bp
from blueprints.errors import audit_refusal
from portal.council import policy
from portal.council import service as council
from portal.council.models import SpeechKind
from portal.council.rules import ClosedGround
from portal.kernel import clock
from portal.kernel.errors import ConfirmationNeeded, Forbidden, Invalid, PortalError, ensure
from portal.kernel.i18n import _
from portal.kernel.look import mark_of
from portal.kernel.web import go_to, is_htmx, keep_and_read, needs, render, undo_request


@bp.route("/sessions/<uuid:session_id>")
@needs("council.read")
def session(session_id):
    """The session: agenda, next formal step, attendance. The secretary changes it, others read (13.1)."""
    if not is_htmx() and current_user.can("council.vote"):
        council.see_invitation(current_user, session_id)
    return session_page(session_id)


@bp.route("/sessions/<uuid:session_id>/desk")
@needs("council.read")
def desk(session_id):
    """The desk of chair and secretary: the current matter, the quorum, the speakers, the vote (13.2)."""
    ensure(policy.can_run(current_user, council.get_session(current_user, session_id)))
    return desk_page(session_id, confirm=request.args.get("confirm") == "1")


@bp.route("/sessions/<uuid:session_id>/tablet")
@needs("council.vote")
def tablet(session_id):
    """The member's tablet: the matter, its papers, the three votes (13.3)."""
    return tablet_page(session_id, interest=request.args.get("interest") == "1")


@bp.route("/sessions/<uuid:session_id>/hall")
@needs("council.read")
def hall(session_id):
    """The screen in the hall, white on black or, with `theme=white`, black on white (13.3)."""
    theme = "white" if request.args.get("theme") == "white" else "black"
    return render(
        "council/hall.html",
        partial="council/_hall.html",
        theme=theme,
        now=clock.now(),
        view=council.hall_view(current_user, session_id),
    )


def session_page(session_id):
    """The session page or its partial."""
    return render(
        "council/session.html",
        partial="council/_session.html",
        view=council.session_view(current_user, session_id),
        guests=council.guests_of(session_id),
        grounds=list(ClosedGround),
    )


def desk_page(session_id, confirm=False, entry_problem="", tie_problem=None, typed=None, status=200):
    """The desk or its partial. confirm: ask before closing a vote that some have not cast. entry_problem: what is wrong
    with the votes entered; tie_problem: the error in the choice between tied candidates; typed: what was entered,
    {member id: choice, "reason": text} or {"option_id": ids, "tie_reason": text}."""
    view = council.session_view(current_user, session_id)
    current = view.current and view.current.matter
    upcoming = next((line for line in view.matters if line.matter.state == "placed"), None)
    shown = council.result(current_user, view.shown.id) if view.shown else None
    return render(
        "council/desk.html",
        partial="council/_desk.html",
        status=status,
        health=health_of(session_id) if not view.session.is_closed else None,
        entry_problem=entry_problem,
        tie_problem=tie_problem,
        typed=typed or {},
        view=view,
        now=clock.now(),
        hints=council.hints_at(current_user, view),
        tool_decision=council.procedure_choices().tool_decision,
        amendments=council.amendments_of(current_user, current.id) if current and current.proposal_id else [],
        confirm=confirm,
        result=shown,
        election=council.election(view.shown) if view.shown else None,
        speeches=list(SpeechKind),
        tally=council.tally(current_user, view.ballot.id) if view.ballot else None,
        upcoming=upcoming,
        seated=any(member.id == current_user.person_id for member in view.members),
        steps=[
            ("open", _("Open the session"), "council.open_session"),
            ("resume", _("Resume the session"), "council.resume_session"),
            ("pause", _("Take a break"), "council.pause_session"),
            ("close", _("Close the session"), "council.close_session"),
        ],
    )


def health_of(session_id):
    """The tablets of a session, and whether each runs the program of today."""
    return council.health_view(current_user, session_id, version=mark_of("js/tablet.js"))


def tablet_page(session_id, interest=False, problem="", status=200):
    """The tablet or its partial. problem: why the last act was refused."""
    view = council.tablet_view(current_user, session_id)
    return render(
        "council/tablet.html",
        partial="council/_tablet.html",
        status=status,
        view=view,
        now=clock.now(),
        asked_floor=any(one.spoke_at is None and one.person_id == current_user.person_id for one in view.speakers),
        speeches=list(SpeechKind),
        interest=interest,
        problem=problem,
    )


def answer(session_id, default="session"):
    """After an act: the screen it was done on; the partial for HTMX, a redirect otherwise."""
    page = request.form.get("from", default)
    page = page if page in ("session", "desk", "tablet", "attendance") else default
    if not is_htmx():
        return go_to(f"council.{page}", session_id=session_id)
    keep_and_read()  # two hundred may vote in the same second
    if page == "attendance":
        from blueprints.council.attendance import attendance_page

        return attendance_page(session_id)
    return {"session": session_page, "desk": desk_page, "tablet": tablet_page}[page](session_id)


def on_tablet(find_session):
    """A refused act on the tablet is answered by the tablet with the reason, so that the member stays where he or she
    votes. find_session(**kwargs) gives the id of the session. The refusal is audited as everywhere."""

    def decorate(view):
        @wraps(view)
        def wrapper(**kwargs):
            try:
                return view(**kwargs)
            except PortalError as error:
                undo_request()  # nothing of the refused act is kept, and no lock while the refusal is recorded
                if error.status not in (403, 409, 422) or isinstance(error, ConfirmationNeeded):
                    raise
                if isinstance(error, Forbidden):
                    audit_refusal(error)
                session_id = find_session(**kwargs)
                return tablet_page(
                    session_id,
                    problem=error.message,
                    status=error.status,
                    interest=isinstance(error, Invalid) and error.field == "reason",
                )

        return wrapper

    return decorate


def session_of_ballot(ballot_id):
    """The id of the session in which a ballot is held."""
    return council.get_ballot(current_user, ballot_id).session_id


def session_of_matter(matter_id):
    """The id of the session on whose agenda a matter stands."""
    found = council.get_matter(current_user, matter_id).session_id
    if found is None:
        raise Invalid(_("The matter does not stand on an agenda yet."))
    return found


def typed_id(name):
    """A UUID typed into a form. Raises Invalid naming the field."""
    try:
        return uuid.UUID(request.form.get(name, ""))
    except ValueError:
        raise Invalid(_("Choose from the list"), field=name) from None


def reason_typed():
    """The reason typed into a form, or None."""
    return (request.form.get("reason") or "").strip()[:500] or None
