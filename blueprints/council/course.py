"""What the desk does now and then: other votes, breaks, closed parts, the chair, joining from afar (13.2, 13.3)."""

import uuid
from functools import wraps

from flask import request
from flask_login import current_user

from blueprints.council import bp
from blueprints.council.screens import (
    answer,
    desk_page,
    on_tablet,
    reason_typed,
    session_of_ballot,
    session_of_matter,
    typed_id,
)
from portal.council import policy
from portal.council import service as council
from portal.council.models import BallotKind, BallotWay, Choice, MatterState, SpeechKind
from portal.council.rules import PROCEDURAL, ClosedGround
from portal.kernel.errors import Conflict, Forbidden, Invalid, ensure
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render, undo_request

PLACES = {  # field of an error -> the form it stands in
    "question": "ballot", "candidates": "ballot", "tellers": "ballot", "rule": "ballot", "matter_id": "package",
    "minutes": "break", "ground": "closed", "person_id": "chair", "member_id": "remote", "title": "agenda",
}  # fmt: skip


@bp.route("/sessions/<uuid:session_id>/acts")
@needs("council.read")
def acts(session_id):
    """Votes of other kinds and what else may happen in a session."""
    return acts_page(session_id)


def acts_page(session_id, problem="", place="", status=200):
    """The page of acts; with a problem beside the form that was refused, and what was typed in it."""
    view = council.session_view(current_user, session_id)
    ensure(policy.can_run(current_user, view.session))
    waiting = [line.matter for line in view.matters if line.matter.state in (MatterState.PLACED, MatterState.OPEN)]
    return render(
        "council/acts.html",
        status=status,
        view=view,
        problem=problem,
        place=place,
        typed=request.form,
        waiting=[matter for matter in waiting if matter.draft_text and matter.subject not in PROCEDURAL],
        tellers=[*((m.id, m.name) for m in view.members if m.present), *_minute_taker(view)],
        grounds=list(ClosedGround),
        choices=council.procedure_choices(),
    )


def _minute_taker(view):
    if view.minute_taker is None or view.minute_taker.id in {member.id for member in view.members}:
        return []
    return [(view.minute_taker.id, view.minute_taker.name)]


def _on_acts(place):
    """A refused act is answered by the page of acts, with the reason in the form `place` and what was typed kept."""

    def decorate(view):
        @wraps(view)
        def wrapper(session_id):
            try:
                view(session_id)
            except (Invalid, Conflict) as error:
                undo_request()
                return acts_page(
                    session_id,
                    problem=error.message,
                    place=PLACES.get(getattr(error, "field", None), place) if place == "ballot" else place,
                    status=error.status,
                )
            return go_to("council.desk", session_id=session_id)

        return wrapper

    return decorate


@bp.route("/sessions/<uuid:session_id>/acts/ballot", methods=["POST"])
@needs("council.read")
@_on_acts("ballot")
def open_other_ballot(session_id):
    """The chair opens a vote of another kind on the current matter."""
    found = council.get_session(current_user, session_id)
    if found.current_matter_id is None:
        raise Conflict(_("Open the matter first."))
    kind, way = request.form.get("kind", ""), request.form.get("way", "tablet")
    if kind not in set(BallotKind) - {BallotKind.AMENDMENT} or way not in set(BallotWay):
        raise Invalid(_("Choose from the list"), field="question")
    council.open_ballot(
        current_user,
        found.current_matter_id,
        kind=kind,
        way=way,
        question=request.form.get("question"),
        candidates=_candidates(found) if kind == BallotKind.CANDIDATES else (),
        tellers=_ids("teller"),
    )


def _candidates(session):
    """Members who were ticked, then the names that were typed, one a line."""
    members = {str(member.id): member for member in council.members_in(session)}
    ticked = [members[one] for one in request.form.getlist("candidate") if one in members]
    typed = [" ".join(line.split()) for line in request.form.get("others", "").splitlines()]
    return [*((one.name, one.id) for one in ticked), *((name, None) for name in typed if name)]


def _ids(name):
    try:
        return [uuid.UUID(one) for one in request.form.getlist(name)]
    except ValueError:
        raise Invalid(_("Choose from the list"), field=name) from None


@bp.route("/sessions/<uuid:session_id>/acts/package", methods=["POST"])
@needs("council.read")
@_on_acts("package")
def open_package(session_id):
    """Several matters in one vote, when nobody objects."""
    chosen = _ids("matter_id")
    if any(council.get_matter(current_user, one).session_id != session_id for one in chosen):
        raise Invalid(_("Choose from the list"), field="matter_id")
    council.open_package(current_user, chosen)


@bp.route("/sessions/<uuid:session_id>/acts/break", methods=["POST"])
@needs("council.read")
@_on_acts("break")
def take_break(session_id):
    """A break with its length and reason (LAW-22)."""
    text = request.form.get("minutes", "").strip()
    if text and not text.isdigit():
        raise Invalid(_("Type the minutes as a number"), field="minutes")
    council.pause_session(current_user, session_id, reason_typed(), int(text) if text else None)


@bp.route("/sessions/<uuid:session_id>/acts/closed-part", methods=["POST"])
@needs("council.read")
@_on_acts("closed")
def closed_part(session_id):
    """The public leaves, or comes back (LAW-17, 19)."""
    if request.form.get("end") == "1":
        council.end_closed_part(current_user, session_id)
    else:
        council.begin_closed_part(current_user, session_id, request.form.get("ground", ""))


@bp.route("/sessions/<uuid:session_id>/acts/chair", methods=["POST"])
@needs("council.read")
@_on_acts("chair")
def set_presiding(session_id):
    """Somebody else takes the chair, with the reason (LAW-47)."""
    council.set_presiding(
        current_user, session_id, typed_id("person_id"), reason_typed(), request.form.get("for_matter") == "1"
    )
    flash_done(_("The chair is handed over"))


@bp.route("/sessions/<uuid:session_id>/acts/remote", methods=["POST"])
@needs("council.read")
@_on_acts("remote")
def join_from_afar(session_id):
    """The chair lets a member take part by videoconference (LAW-28, 29)."""
    try:
        council.join_from_afar(current_user, session_id, typed_id("member_id"), reason_typed() or "")
    except Forbidden as error:
        raise Conflict(error.message) from error


@bp.route("/sessions/<uuid:session_id>/acts/agenda", methods=["POST"])
@needs("council.read")
@_on_acts("agenda")
def put_agenda_change(session_id):
    """A change of the agenda becomes the next matter, and is voted on at once (LAW-31, 32, 33)."""
    council.propose_agenda_change(
        current_user, session_id, request.form.get("title"), order=request.form.get("order") == "1"
    )


# ── After a vote ──────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/ballots/<uuid:ballot_id>/repeat", methods=["POST"])
@needs("council.read")
def repeat_ballot(ballot_id):
    """A vote without a result is held again, with the reason."""
    council.repeat_ballot(current_user, ballot_id, reason_typed())
    return answer(session_of_ballot(ballot_id), "desk")


@bp.route("/ballots/<uuid:ballot_id>/next-tour", methods=["POST"])
@needs("council.read")
def next_tour(ballot_id):
    """The next round of an election (LAW-161)."""
    try:
        council.next_tour(current_user, ballot_id, _ids("option_id"), request.form.get("tie_reason"))
    except Invalid as error:
        undo_request()
        typed = {"option_id": request.form.getlist("option_id"), "tie_reason": request.form.get("tie_reason", "")}
        return desk_page(session_of_ballot(ballot_id), tie_problem=error, typed=typed, status=422)
    return answer(session_of_ballot(ballot_id), "desk")


@bp.route("/ballots/<uuid:ballot_id>/object", methods=["POST"])
@needs("council.vote")
@on_tablet(session_of_ballot)
def object_to_package(ballot_id):
    """A member wants the matters voted on one by one."""
    council.object_to_package(current_user, ballot_id)
    return answer(session_of_ballot(ballot_id), "tablet")


# ── Counting commission ───────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/ballots/<uuid:ballot_id>/count", methods=["GET", "POST"])
@needs("council.read")
def count(ballot_id):
    """The sheet of a member of the counting commission; after the count its protocol (LAW-34, 37)."""
    problem, status = "", 200
    if request.method == "POST":
        marks = {key[5:]: value for key, value in request.form.items() if key.startswith("mark-")}
        try:
            if council.enter_sheet(current_user, ballot_id, marks):
                flash_done(_("All counts agree; the votes are stored"))
            return go_to("council.count", ballot_id=ballot_id)
        except (Invalid, Conflict) as error:
            undo_request()
            problem, status = error.message, error.status
    view = council.count_view(current_user, ballot_id)
    choices = [
        *([] if view.words else [(str(Choice.FOR), _("For"))]),
        *view.words.items(),
        (str(Choice.AGAINST), _("Against all") if view.words else _("Against")),
        (str(Choice.ABSTAIN), _("Abstained")),
        ("-", _("Did not vote")),
    ]
    return render(
        "council/count.html",
        status=status,
        view=view,
        choices=choices,
        words=dict(choices),
        typed=request.form,
        problem=problem,
        result=None if view.ballot.is_open else council.result(current_user, ballot_id),
    )


# ── Rules of procedure ────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/procedure", methods=["GET", "POST"])
@needs("council.prepare")
def procedure():
    """What the rules of procedure choose: time limits, changes of mind, joining from afar (LAW-28, 35, 161)."""
    now, errors = council.procedure_choices(), {}
    if request.method == "POST":
        try:
            council.set_procedure(
                current_user,
                speech_minutes={kind: _minutes(kind) for kind in SpeechKind},
                change_vote=request.form.get("change_vote") == "1",
                tool_decision=request.form.get("tool_decision", ""),
                remote_joining=request.form.get("remote_joining", ""),
                tie_rule=request.form.get("tie_rule", ""),
                own_redaction=request.form.get("own_redaction") == "1",
                approve_minutes=request.form.get("approve_minutes") == "1",
            )
            flash_done(_("The rules of procedure hold from now on"))
            return go_to("council.procedure")
        except Invalid as error:
            errors = {error.field: error.message}
    return render(
        "council/procedure.html",
        now=now,
        kinds=list(SpeechKind),
        typed=request.form,
        errors=errors,
        status=422 if errors else 200,
    )


def _minutes(kind):
    text = request.form.get(f"minutes_{kind}", "").strip()
    if text and not text.isdigit():
        raise Invalid(_("Type the minutes as a number"), field=f"minutes_{kind}")
    return int(text) if text else None


# ── Speakers ──────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/sessions/<uuid:session_id>/speakers/<uuid:speaker_id>/end", methods=["POST"])
@needs("council.read")
def end_floor(session_id, speaker_id):
    """The speech is over."""
    council.end_floor(current_user, speaker_id)
    return answer(session_id, "desk")


@bp.route("/sessions/<uuid:session_id>/speakers/<uuid:speaker_id>/up", methods=["POST"])
@needs("council.read")
def move_speaker(session_id, speaker_id):
    """One place earlier in the queue."""
    council.move_speaker(current_user, speaker_id, up=True)
    return answer(session_id, "desk")


@bp.route("/matters/<uuid:matter_id>/leave-queue", methods=["POST"])
@needs("council.vote")
@on_tablet(session_of_matter)
def leave_queue(matter_id):
    """A member no longer asks for the floor."""
    council.leave_queue(current_user, matter_id)
    return answer(session_of_matter(matter_id), "tablet")
