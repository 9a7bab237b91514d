"""Pages of approval: read a version, answer, see what became of the remarks, print the sheet (12.4)."""

from flask import request
from flask_login import current_user

from blueprints.signing import bp
from blueprints.signing.forms import AnswerForm, OutcomeForm
from blueprints.signing.sending import bytes_of
from portal.identity import service as identity
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render
from portal.signing import policy
from portal.signing import service as signing


@bp.app_context_processor
def panel():
    """How the page of any thing shows its approvals and signatures: include „signing/_about.html”."""
    return {"approvals_about": _rounds, "signatures_about": _requests}


def _rounds(kind, thing_id):
    rounds = signing.rounds_about(current_user, kind, thing_id)
    return {"rounds": rounds, "names": _names(rounds)}


def _requests(kind, thing_id):
    requests = signing.list_requests_about(current_user, kind, thing_id)
    return {
        "requests": requests,
        "names": identity.names_of({who.person_id for one in requests for who in one.signers if who.person_id}),
    }


@bp.route("/approvals/<uuid:round_id>")
@needs("signing.sign")
def approval(round_id):
    """The version, what others said, and the place to answer."""
    return _page(signing.get_round(current_user, round_id))


@bp.route("/approvals/<uuid:round_id>", methods=["POST"])
@needs("signing.sign")
def answer(round_id):
    """Approve, approve with remarks, or return; the button says which."""
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            chosen = request.form.get("answer", "")
            if chosen not in list(signing.Answer):
                raise Invalid(_("Choose an answer"))
            signing.answer_approval(current_user, round_id, chosen, form.comment.data or "", form.written)
            flash_done({"returned": _("Returned to the author")}.get(chosen) or _("Approved"))
            if request.form.get("from") == "work":
                return go_to("workplace.home")
            return go_to("signing.approval", round_id=round_id)
        except Invalid as error:
            form.attach(error)
    return _page(signing.get_round(current_user, round_id), form, status=422)


@bp.route("/approvals/<uuid:round_id>/remarks/<uuid:remark_id>", methods=["POST"])
@needs("signing.sign")
def decide_remark(round_id, remark_id):
    """The author takes a remark, or does not and says why."""
    form = OutcomeForm()
    if form.validate_on_submit():
        try:
            taken = request.form.get("outcome") == "taken"
            signing.decide_remark(current_user, round_id, remark_id, taken, form.reason.data or "")
            return go_to("signing.approval", round_id=round_id, _anchor=f"remark-{remark_id}")
        except Invalid as error:
            form.attach(error)
    return _page(signing.get_round(current_user, round_id), outcome=form, remark_id=remark_id, status=422)


@bp.route("/approvals/<uuid:round_id>/withdraw", methods=["POST"])
@needs("signing.sign")
def withdraw_approval(round_id):
    """The author takes the question back."""
    signing.withdraw_approval(current_user, round_id)
    flash_done(_("The approval is taken back"))
    return go_to("signing.approval", round_id=round_id)


@bp.route("/approvals/<uuid:round_id>/file")
@needs("signing.sign")
def approval_file(round_id):
    """The version that is approved."""
    found = signing.get_approval_file(current_user, round_id)
    return bytes_of(found.sha256, found.file_name, found.mime, "view" in request.args)


@bp.route("/approvals/<uuid:round_id>/sheet")
@needs("signing.sign")
def approval_sheet(round_id):
    """The approval sheet (saskaņojuma lapa) of the thing, as a page to print (LAW-85)."""
    found = signing.get_round(current_user, round_id)
    rounds = signing.rounds_about(current_user, found.about_kind, found.about_id)
    return render("signing/sheet.html", found=found, rounds=rounds, names=_names(rounds), offices=_offices(rounds))


def _page(found, form=None, outcome=None, remark_id=None, status=200):
    approver = found.approver_of(current_user.on_behalf_of_id or current_user.person_id)
    return render(
        "signing/approval.html",
        status=status,
        found=found,
        approver=approver,
        can_approve=policy.can_approve(current_user, found, approver),
        can_decide=policy.can_decide_remarks(current_user, found),
        can_withdraw=policy.can_withdraw(current_user, found),
        names=_names([found]),
        offices=_offices([found]),
        form=form or AnswerForm(formdata=None),
        outcome=outcome or OutcomeForm(formdata=None),
        remark_id=remark_id,
    )


def _people(rounds):
    asked = {one.person_id for found in rounds for one in found.approvers}
    answered = {one.answered_by_id for found in rounds for one in found.approvers if one.answered_by_id}
    return asked | answered | {found.asked_by_id for found in rounds if found.asked_by_id}


def _names(rounds):
    return identity.names_of(_people(rounds)) if rounds else {}


def _offices(rounds):
    people = {one.id: one.position for one in identity.list_people(current_user)}
    return {person_id: people.get(person_id) or "" for person_id in _people(rounds)}
