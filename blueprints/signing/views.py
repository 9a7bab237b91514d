"""Pages of signing: read, sign or refuse; check a signed file."""

from flask import request
from flask_login import current_user

from blueprints.signing import bp
from blueprints.signing.forms import CheckForm, ManyForm, RefuseForm, SignForm
from blueprints.signing.sending import SHOWN_IN_PLACE, bytes_of
from portal.identity import service as identity
from portal.kernel.errors import Invalid
from portal.kernel.web import go_to, is_htmx, needs, render
from portal.signing import policy, words
from portal.signing import service as signing


@bp.app_context_processor
def report_words():
    """How templates of any area show a report: `signature_line`, `signature_reason` …"""
    return {
        "signature_line": words.line,
        "signature_masked": words.masked,
        "signature_reason": words.explain,
        "signature_verdict": words.verdict_word,
        "signature_file_size": words.size,
        "signature_shape": {"valid": "ok", "indeterminate": "warn", "invalid": "late"},
    }


@bp.route("/signing/<uuid:request_id>")
@needs("signing.sign")
def show(request_id):
    """What is to be signed, and the place to sign it (LAW-50, 54)."""
    return _page(signing.get_request(current_user, request_id))


@bp.route("/signing/<uuid:request_id>/sign", methods=["POST"])
@needs("signing.sign")
def sign(request_id):
    """Take the PIN and queue the signature; the answer shows on the same page."""
    form = SignForm()
    if form.validate_on_submit():
        try:
            signing.sign(current_user, request_id, form.pin.data)
            return _after(request_id)
        except Invalid as error:
            form.attach(error)
    return _page(signing.get_request(current_user, request_id), form=form, status=422)


@bp.route("/signing/many", methods=["GET", "POST"])
@needs("signing.sign")
def many():
    """Sign several papers with one PIN (12.4)."""
    waiting = [one for one in signing.list_for_person(current_user) if _can_sign(one)]
    form = ManyForm().offer(waiting, request.args.getlist("request"))
    if form.validate_on_submit():
        try:
            batch_id = signing.sign_many(current_user, form.requests.data, form.pin.data)
            return go_to("signing.together", batch_id=batch_id)
        except Invalid as error:
            form.attach(error)
    return render("signing/many.html", waiting=waiting, form=form, status=422 if form.errors else 200)


@bp.route("/signing/many/<uuid:batch_id>")
@needs("signing.sign")
def together(batch_id):
    """What became of each paper that one PIN was given for."""
    rows = signing.signed_together(current_user, batch_id)
    busy = any(signer.state == "queued" for _found, signer in rows)
    return render("signing/together.html", partial="signing/_together.html", rows=rows, busy=busy, batch_id=batch_id)


def _can_sign(found):
    return policy.can_sign(current_user, found, found.signer_of(current_user.person_id))


@bp.route("/signing/<uuid:request_id>/refuse", methods=["POST"])
@needs("signing.sign")
def refuse(request_id):
    """Refuse to sign, with a reason (LAW-51)."""
    form = RefuseForm()
    if form.validate_on_submit():
        try:
            signing.refuse(current_user, request_id, form.reason.data)
            return _after(request_id)
        except Invalid as error:
            form.attach(error)
    return _page(signing.get_request(current_user, request_id), refusal=form, status=422)


@bp.route("/signing/<uuid:request_id>/files/<int:number>")
@needs("signing.sign")
def file(request_id, number):
    """One of the files, to be read before signing."""
    found = signing.get_file(current_user, request_id, number)
    return bytes_of(found["sha256"], found["name"], found["mime"], "view" in request.args)


@bp.route("/signing/<uuid:request_id>/container")
@needs("signing.sign")
def container(request_id):
    """The signed container."""
    found = signing.get_container(current_user, request_id)
    mime = "application/pdf" if found.format == "pades" else "application/vnd.etsi.asic-e+zip"
    return bytes_of(found.container_sha256, found.container_name, mime, False)


@bp.route("/signing/check", methods=["GET", "POST"])
@needs("signing.sign")
def check():
    """Give a signed file to be judged (LAW-140)."""
    form = CheckForm()
    if form.validate_on_submit():
        given = form.file.data
        name = (given.filename or "").replace("\\", "/").rsplit("/", 1)[-1][:200]
        try:
            row = signing.request_check(current_user, name, given.stream)
            return go_to("signing.checked", report_id=row.id)
        except Invalid as error:
            form.attach(error)
    return render("signing/check.html", form=form, status=422 if request.method == "POST" else 200)


@bp.route("/signing/check/<uuid:report_id>")
@needs("signing.sign")
def checked(report_id):
    """The verdict, as soon as the job has it."""
    row = signing.get_report(current_user, report_id)
    return render("signing/checked.html", partial="signing/_report.html", row=row, report=row.report)


def _page(found, form=None, refusal=None, status=200):
    signer = found.signer_of(current_user.person_id)
    return render(
        "signing/show.html",
        partial="signing/_panel.html",
        status=status,
        request_row=found,
        signer=signer,
        can_sign=policy.can_sign(current_user, found, signer),
        form=form or SignForm(formdata=None),
        refusal=refusal or RefuseForm(formdata=None),
        names=identity.names_of(one.person_id for one in found.signers if one.person_id),
        shown_in_place=SHOWN_IN_PLACE,
    )


def _after(request_id):
    """The panel for HTMX, the page for everyone else."""
    if is_htmx():
        return _page(signing.get_request(current_user, request_id))
    return go_to("signing.show", request_id=request_id)
