"""Acts on a case: each answers with the status page, or returns to it with what is wrong."""

from flask_login import current_user

from blueprints.cases import bp
from blueprints.cases.forms import (
    AssignForm,
    CodeForm,
    DeliverForm,
    DraftForm,
    ForwardForm,
    HandOverForm,
    RefuseForm,
    TextForm,
)
from blueprints.cases.page import page
from portal.cases import service as cases
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render
from portal.storage import service as storage


@bp.route("/cases/<uuid:case_id>/assign", methods=["GET", "POST"])
@needs("cases.read")
def assign(case_id):
    """Name the responsible employee."""
    form = AssignForm()
    return _act(
        case_id,
        "assign",
        form,
        lambda: cases.assign(current_user, case_id, **form.values()),
        _("The responsible employee is named"),
    )


@bp.route("/cases/<uuid:case_id>/prepare", methods=["GET", "POST"])
@needs("cases.read")
def draft(case_id):
    """Write the draft decision and lay it before a committee."""
    form = DraftForm()
    return _act(
        case_id,
        "prepare",
        form,
        lambda: cases.submit_draft(
            current_user, case_id, form.title.data, form.draft_text.data, form.committee_id.data, _uploads(form)
        ),
        _("The draft decision is before the committee"),
    )


@bp.route("/cases/<uuid:case_id>/draft", methods=["POST"])
@needs("cases.read")
def save_draft(case_id):
    """Keep what is typed so far; HTMX calls this while the person writes."""
    form = DraftForm()
    saved = cases.save_draft(current_user, case_id, form.title.data, form.draft_text.data, form.committee_id.data)
    if not form.errors:
        return render("cases/_saved.html", partial="cases/_saved.html", saved_at=saved.saved_at)
    return page(case_id, form=form, act="prepare", status=422)


@bp.route("/cases/<uuid:case_id>/deliver", methods=["GET", "POST"])
@needs("cases.read")
def deliver(case_id):
    """Send the signed decision to the client's e-address."""
    form = DeliverForm()
    return _act(
        case_id,
        "deliver",
        form,
        lambda: cases.deliver(current_user, case_id, form.text.data, granted=form.granted.data == "yes"),
        _("The decision is being sent"),
    )


@bp.route("/cases/<uuid:case_id>/hand-over", methods=["GET", "POST"])
@needs("cases.read")
def hand_over(case_id):
    """Note that a client without an e-address was given the answer."""
    form = HandOverForm()
    return _act(
        case_id,
        "hand_over",
        form,
        lambda: cases.hand_over(current_user, case_id, **form.values()),
        _("The answer is handed over and the case is closed"),
    )


@bp.route("/cases/<uuid:case_id>/refuse", methods=["GET", "POST"])
@needs("cases.read")
def refuse(case_id):
    """Answer with a refusal after the council's vote."""
    form = RefuseForm()
    return _act(
        case_id,
        "refuse",
        form,
        lambda: cases.refuse_application(current_user, case_id, form.text.data),
        _("The answer is being made and sent"),
    )


@bp.route("/cases/<uuid:case_id>/ask", methods=["POST"])
@needs("cases.read")
def ask(case_id):
    """Ask the client for more information."""
    return _with_text(case_id, cases.request_information, _("The question is being sent to the client"))


@bp.route("/cases/<uuid:case_id>/suspend", methods=["POST"])
@needs("cases.read")
def suspend(case_id):
    """Stop the examination for a reason."""
    return _with_text(case_id, cases.suspend, _("The examination is suspended"))


@bp.route("/cases/<uuid:case_id>/resume", methods=["POST"])
@needs("cases.read")
def resume(case_id):
    """Go on with the examination."""
    cases.resume(current_user, case_id)
    flash_done(_("The examination goes on"))
    return go_to("cases.show", case_id=case_id)


@bp.route("/cases/<uuid:case_id>/withdraw", methods=["POST"])
@needs("cases.read")
def withdraw(case_id):
    """The client withdrew the application."""
    return _with_text(case_id, cases.withdraw, _("The case is closed"))


@bp.route("/cases/<uuid:case_id>/forward", methods=["POST"])
@needs("cases.read")
def forward(case_id):
    """Send the application to where it belongs."""
    form = ForwardForm()
    return _rare(
        case_id,
        "forward",
        form,
        lambda: cases.forward(current_user, case_id, **form.values()),
        _("The application is being forwarded"),
    )


@bp.route("/cases/<uuid:case_id>/code", methods=["POST"])
@needs("cases.read")
def code(case_id):
    """Show the client's personal code for a stated purpose; who saw it is kept."""
    form = CodeForm()
    if not form.validate_on_submit():
        return page(case_id, other=("code", form), status=422, record=False)
    shown = cases.reveal_code(current_user, case_id, form.purpose.data)
    return render("cases/code.html", partial="cases/_code.html", code=shown, purpose=form.purpose.data, case_id=case_id)


@bp.route("/cases/<uuid:case_id>/resend", methods=["POST"])
@needs("cases.read")
def resend(case_id):
    """Send to PSPP again what was refused."""
    cases.resend(current_user, case_id)
    flash_done(_("The messages to PSPP are queued again"))
    return go_to("cases.show", case_id=case_id)


def _act(case_id, act, form, do, message):
    """GET shows the page at this act; POST does it, or returns with the mistakes."""
    if form.validate_on_submit():
        try:
            do()
        except Invalid as error:
            form.attach(error)
        except Conflict as error:
            form.form_errors.append(error.message)
        else:
            flash_done(message)
            return go_to("cases.show", case_id=case_id)
    if form.is_submitted():
        return page(case_id, form=form, act=act, status=422, record=False)
    return page(case_id, act=act)


def _with_text(case_id, do, message):
    form = TextForm()
    return _rare(case_id, "text", form, lambda: do(current_user, case_id, form.text.data), message)


def _rare(case_id, name, form, do, message):
    if form.validate_on_submit():
        try:
            do()
            flash_done(message)
            return go_to("cases.show", case_id=case_id)
        except Invalid as error:
            form.attach(error)
    return page(case_id, other=(name, form), status=422, record=False)


def _uploads(form):
    """The attached files as (name, mime, bytes); the browser's word about their type is not taken."""
    result = []
    for upload in form.files.data or ():
        if getattr(upload, "filename", ""):
            data = upload.read()
            result.append((upload.filename, storage.sniff(data, upload.filename), data))
    return result
