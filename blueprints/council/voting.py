"""Matters in the session: opening, speaking, voting (13.2, 13.3)."""

import uuid

from flask import request
from flask_login import current_user

from blueprints.council import bp
from blueprints.council.forms import EntryForm, RemarkForm, SpeakerForm
from blueprints.council.screens import (
    answer,
    desk_page,
    on_tablet,
    reason_typed,
    session_of_ballot,
    session_of_matter,
    typed_id,
)
from portal.council import service as council
from portal.council.models import Choice, RemarkKind, SpeechKind
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _, time_short
from portal.kernel.web import go_to, is_htmx, keep_and_read, needs


@bp.route("/matters/<uuid:matter_id>/open", methods=["POST"])
@needs("council.read")
def open_matter(matter_id):
    """The chair begins a matter."""
    council.open_matter(current_user, matter_id)
    return answer(session_of_matter(matter_id), "desk")


@bp.route("/matters/<uuid:matter_id>/note", methods=["POST"])
@needs("council.read")
def note_matter(matter_id):
    """The matter was heard and needs no vote."""
    council.note_matter(current_user, matter_id)
    return answer(session_of_matter(matter_id), "desk")


@bp.route("/matters/<uuid:matter_id>/ballots", methods=["POST"])
@needs("council.read")
def open_ballot(matter_id):
    """The chair opens the vote (LAW-21)."""
    council.open_ballot(current_user, matter_id)
    return answer(session_of_matter(matter_id), "desk")


@bp.route("/ballots/<uuid:ballot_id>/close", methods=["POST"])
@needs("council.read")
def close_ballot(ballot_id):
    """The chair closes the vote; asked again while somebody has not voted."""
    session_id = session_of_ballot(ballot_id)
    if request.form.get("confirmed") != "1" and council.tally(current_user, ballot_id).waiting:
        return (
            desk_page(session_id, confirm=True)
            if is_htmx()
            else go_to("council.desk", session_id=session_id, confirm=1)
        )
    council.close_ballot(current_user, ballot_id)
    return answer(session_id, "desk")


@bp.route("/ballots/<uuid:ballot_id>/cancel", methods=["POST"])
@needs("council.read")
def cancel_ballot(ballot_id):
    """The chair calls the vote off; the reason goes into the minutes."""
    reason = reason_typed()
    if reason is None:
        raise Invalid(_("Say why the vote is cancelled"), field="reason")
    council.cancel_ballot(current_user, ballot_id, reason)
    return answer(session_of_ballot(ballot_id), "desk")


@bp.route("/ballots/<uuid:ballot_id>/vote", methods=["POST"])
@needs("council.vote")
@on_tablet(session_of_ballot)
def ballot_vote(ballot_id):
    """A member votes. The tablet answers with what is stored, or with why it is not."""
    key = (request.form.get("key") or "")[:40] or None
    vote = council.cast_vote(current_user, ballot_id, *choice_typed(request.form.get("choice")), key=key)
    if request.accept_mimetypes.best == "application/json":  # two hundred vote at once: the page can wait, this cannot
        keep_and_read()
        return {"stored": str(vote.choice), "time": time_short(vote.cast_at, seconds=True)}
    return answer(session_of_ballot(ballot_id), "tablet")


@bp.route("/ballots/<uuid:ballot_id>/enter", methods=["POST"])
@needs("council.prepare")
def enter_vote(ballot_id):
    """The secretary enters a vote for a member whose tablet does not work; it is traced."""
    form = EntryForm()
    if not form.validate_on_submit():
        raise Invalid(_("Choose the deputy, the vote and say why it is entered at the desk"))
    choice, option_id = choice_typed(form.choice.data)
    council.enter_vote(current_user, ballot_id, typed_id("member_id"), choice, form.reason.data, option_id)
    return answer(session_of_ballot(ballot_id))


@bp.route("/matters/<uuid:matter_id>/interest", methods=["POST"])
@needs("council.vote")
@on_tablet(session_of_matter)
def declare_interest(matter_id):
    """A member takes no part because of a conflict of interest (LAW-49)."""
    council.declare_interest(current_user, matter_id, reason_typed())
    if request.form.get("from") == "matter":
        return go_to("council.matter", matter_id=matter_id)
    return answer(session_of_matter(matter_id), "tablet")


@bp.route("/matters/<uuid:matter_id>/interest/withdraw", methods=["POST"])
@needs("council.vote")
@on_tablet(session_of_matter)
def withdraw_interest(matter_id):
    """The member takes the declaration back."""
    council.withdraw_interest(current_user, matter_id)
    if request.form.get("from") == "matter":
        return go_to("council.matter", matter_id=matter_id)
    return answer(session_of_matter(matter_id), "tablet")


@bp.route("/matters/<uuid:matter_id>/ask-floor", methods=["POST"])
@needs("council.vote")
@on_tablet(session_of_matter)
def ask_floor(matter_id):
    """A member asks for the floor."""
    kind = request.form.get("kind", SpeechKind.DEBATE)
    council.add_speaker(current_user, matter_id, current_user.name, person_id=current_user.person_id, kind=kind)
    return answer(session_of_matter(matter_id), "tablet")


@bp.route("/matters/<uuid:matter_id>/speakers", methods=["POST"])
@needs("council.read")
def add_speaker(matter_id):
    """The chair or the secretary puts somebody into the queue, a guest too."""
    form = SpeakerForm()
    session_id = session_of_matter(matter_id)
    if not form.validate_on_submit():
        raise Invalid(_("Name the person who speaks"), field="name")
    found = council.get_session(current_user, session_id)
    name = " ".join(form.name.data.split())
    member = next((one for one in council.members_in(found) if one.name == name), None)
    kind = request.form.get("kind", SpeechKind.DEBATE)
    council.add_speaker(current_user, matter_id, name, form.office.data, person_id=member and member.id, kind=kind)
    return answer(session_id, "desk")


@bp.route("/sessions/<uuid:session_id>/speakers/<uuid:speaker_id>/floor", methods=["POST"])
@needs("council.read")
def give_floor(session_id, speaker_id):
    """The chair gives the floor."""
    council.give_floor(current_user, speaker_id)
    return answer(session_id, "desk")


@bp.route("/sessions/<uuid:session_id>/speakers/<uuid:speaker_id>/remove", methods=["POST"])
@needs("council.read")
def remove_speaker(session_id, speaker_id):
    """Out of the queue."""
    council.remove_speaker(current_user, speaker_id)
    return answer(session_id, "desk")


@bp.route("/matters/<uuid:matter_id>/remarks", methods=["POST"])
@needs("council.read")
def add_remark(matter_id):
    """A proposal, an order of the chair, a motive or an opinion for the minutes (LAW-53, fields 8, 11, 12)."""
    form = RemarkForm()
    if not form.validate_on_submit() or form.kind.data not in set(RemarkKind):
        raise Invalid(_("Write what was said"), field="text")
    own = not form.name.data.strip()
    council.add_remark(
        current_user,
        matter_id,
        RemarkKind(form.kind.data),
        current_user.person_id if own else None,
        form.text.data,
        form.name.data,
    )
    return go_to("council.matter", matter_id=matter_id)


def choice_typed(text):
    """The choice typed and the candidate it is for: a button of a candidate carries the id of the option."""
    try:
        return Choice(text), None
    except ValueError:
        pass
    try:
        return Choice.FOR, uuid.UUID(text)
    except (TypeError, ValueError):
        raise Invalid(_("Choose For, Against or Abstain"), field="choice") from None
