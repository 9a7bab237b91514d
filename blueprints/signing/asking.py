"""Sending a thing for approval and for signing, from its own page (12.4)."""

from flask import redirect
from flask_login import current_user

from blueprints.signing import bp
from blueprints.signing.about import thing
from blueprints.signing.forms import AskApprovalForm, AskSignatureForm
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, needs, render
from portal.signing import service as signing


@bp.route("/signing/ask-approval/<kind>/<uuid:thing_id>", methods=["GET", "POST"])
@needs("signing.sign")
def ask_approval(kind, thing_id):
    """Send a version for approval."""
    about = thing(current_user, kind, thing_id)
    form = AskApprovalForm().offer(identity.list_people(current_user), about.files)
    before = signing.latest_round(about.kind, about.id)
    if before and not form.is_submitted():
        for row, one in zip(form.people, before.approvers, strict=False):
            row.data = str(one.person_id)
        form.in_order.data = before.in_order
    if form.validate_on_submit():
        chosen = next(file for file in about.files if file.sha256 == form.file.data)
        try:
            signing.ask_approval(
                current_user,
                about_kind=about.kind,
                about_id=about.id,
                title=about.title,
                file=(chosen.name, chosen.mime, chosen.sha256),
                approvers=form.chosen,
                in_order=form.in_order.data,
                due_days=form.due_days.data,
                access_keys=about.access_keys,
            )
            flash_done(_("Sent for approval"))
            return redirect(about.url, 303)
        except Invalid as error:
            error.field = "people" if error.field == "approvers" else error.field
            form.attach(error)
        except Conflict as error:
            form.attach(Invalid(error.message, field="file"))
    return render("signing/ask.html", about=about, form=form, approval=True, status=422 if form.errors else 200)


@bp.route("/signing/ask/<kind>/<uuid:thing_id>", methods=["GET", "POST"])
@needs("signing.sign")
def ask_signature(kind, thing_id):
    """Send files for signing."""
    about = thing(current_user, kind, thing_id)
    form = AskSignatureForm().offer(identity.list_people(current_user), about.files)
    if form.validate_on_submit():
        try:
            signing.request(
                current_user,
                about_kind=about.kind,
                about_id=about.id,
                title=about.title,
                files=[(one.name, one.mime, one.sha256) for one in about.files if one.sha256 in form.file.data],
                signers=form.chosen,
                format=form.format.data,
                in_order=form.in_order.data,
                due_on=clock.add_working_days(clock.today(), form.due_days.data),
                access_keys=about.access_keys,
            )
            flash_done(_("Sent for signing"))
            return redirect(about.url, 303)
        except Invalid as error:
            error.field = {"signers": "people", "files": "file"}.get(error.field, error.field)
            form.attach(error)
    return render("signing/ask.html", about=about, form=form, approval=False, status=422 if form.errors else 200)
