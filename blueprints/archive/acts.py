"""Acts of destruction, step by step (R282-36..40)."""

from flask import request
from flask_login import current_user

from blueprints.archive import bp
from blueprints.archive.forms import AgreementForm, ReasonForm
from portal.documents import policy
from portal.documents import service as documents
from portal.documents.words import ACT_STATES, ARCHIVE_SHAPES
from portal.identity import service as identity
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render, signed_in


@bp.route("/acts")
@signed_in
def acts():
    """All acts, the newest first."""
    return render("archive/acts.html", acts=documents.list_acts(current_user), states=ACT_STATES, shapes=ARCHIVE_SHAPES)


@bp.route("/acts/<uuid:act_id>")
@signed_in
def act(act_id):
    """An act: its files, who did what, and the next step. Printed as the Archive wants it."""
    return _act_page(act_id)


@bp.route("/acts/<uuid:act_id>/check", methods=["POST"])
@needs("documents.register")
def check(act_id):
    """The act was compared with what is there."""
    documents.check_act(current_user, act_id)
    flash_done(_("The act is checked; now it is agreed with the National Archive"))
    return go_to("archive.act", act_id=act_id)


@bp.route("/acts/<uuid:act_id>/agree", methods=["POST"])
@needs("documents.register")
def agree(act_id):
    """The National Archive's decision."""
    form = AgreementForm()
    if form.validate_on_submit():
        try:
            documents.agree_act(current_user, act_id, form.number.data, form.agreed_on.data)
            flash_done(_("The agreement is noted; now a head approves the act"))
            return go_to("archive.act", act_id=act_id)
        except Invalid as error:
            form.attach(error)
    return _act_page(act_id, agreement=form)


@bp.route("/acts/<uuid:act_id>/approve", methods=["POST"])
@signed_in
def approve(act_id):
    """Approved: a job destroys the documents."""
    documents.approve_act(current_user, act_id)
    flash_done(_("The act is approved; the documents are being destroyed"))
    return go_to("archive.act", act_id=act_id)


@bp.route("/acts/<uuid:act_id>/cancel", methods=["POST"])
@needs("documents.register")
def cancel(act_id):
    """Give the act up."""
    form = ReasonForm()
    if form.validate_on_submit():
        documents.cancel_act(current_user, act_id, form.reason.data)
        flash_done(_("The act is given up"))
        return go_to("archive.act", act_id=act_id)
    return _act_page(act_id, cancel_form=form)


def _act_page(act_id, agreement=None, cancel_form=None):
    found = documents.get_act(current_user, act_id)
    people = {found.made_by_id, found.checked_by_id, found.approved_by_id} - {None}
    return render(
        "archive/act.html",
        act=found,
        names=identity.names_of(people),
        states=ACT_STATES,
        shapes=ARCHIVE_SHAPES,
        may_keep=policy.can_plan(current_user),
        may_approve=policy.can_approve_act(current_user, found),
        agreement=agreement or AgreementForm(formdata=None),
        cancel_form=cancel_form or ReasonForm(formdata=None),
        status=422 if request.method == "POST" else 200,
    )
