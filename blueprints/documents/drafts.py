"""Drafts: list, making from a template, versions, comparing, sending for signing (12.1)."""

import uuid

from flask import Response, request
from flask_login import current_user
from markupsafe import Markup

from blueprints.documents import bp
from blueprints.documents.draft_forms import DraftForm, DraftReasonForm, SendForm, VersionForm
from blueprints.documents.files import disposition
from blueprints.documents.purposes import answered_document
from portal.documents import policy
from portal.documents import service as documents
from portal.documents.words import DRAFT_SHAPES, DRAFT_STATES
from portal.identity import service as identity
from portal.kernel.errors import Invalid, ensure
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, is_htmx, needs, render


@bp.app_context_processor
def draft_words():
    """Names of the states of drafts."""
    return {"draft_states": DRAFT_STATES, "draft_shapes": DRAFT_SHAPES}


@bp.route("/drafts")
@needs("documents.read")
def drafts():
    """Drafts that the reader may see."""
    after, mine = request.args.get("after"), request.args.get("mine") == "1"
    state = request.args.get("state", "")
    state = state if state in set(DRAFT_STATES) else None
    page = documents.list_drafts(current_user, state, mine, after)
    names = identity.names_of([row.author_id for row in page] + [row.locked_by_id for row in page if row.locked_by_id])
    context = {"page": page, "names": names, "state": state, "mine": mine}
    if after and is_htmx():
        return render("documents/_draft_rows.html", **context)
    return render("documents/drafts.html", can_draft=policy.can_draft(current_user), **context)


@bp.route("/drafts/new", methods=["GET", "POST"])
@needs("documents.read")
def new_draft():
    """Make a draft: from a template with the fields filled in, seen before it is made, or from a file."""
    ensure(policy.can_draft(current_user))
    answered = answered_document(request.values.get("answers"))
    people = identity.list_people(current_user)
    templates = [
        template
        for kind in documents.DRAFT_KINDS
        for template in documents.list_templates(current_user, kind, for_answers=answered is not None)
    ]
    form = DraftForm(**_beginning(answered, templates))
    form.offer(documents.DRAFT_KINDS, templates, people)
    html = None
    if form.validate_on_submit():
        try:
            if "preview" in request.form:
                html = Markup(documents.preview(current_user, **_told(form, answered)))  # noqa: S704 - cleaned
            else:
                draft = _make(form, answered)
                if draft is not None:
                    flash_done(_("The draft is made"))
                    return go_to("documents.draft", draft_id=draft.id)
        except Invalid as error:
            form.attach(error)
    return render(
        "documents/draft_new.html",
        form=form,
        answered=answered,
        html=html,
        templates=templates,
        status=422 if form.errors else 200,
    )


def _beginning(answered, templates):
    """What the form holds at first."""
    signer = documents.usual_signer(current_user)
    values = {"template_id": templates[0].id if templates else None, "signer_id": signer.id if signer else None}
    values["kind"] = (templates[0].kind if templates else documents.DRAFT_KINDS[0]).value
    if answered is not None:
        told = documents.answer_values(current_user, answered.id)
        values |= {"title": told["title"], "addressee": told["addressee"], "kind": told["kind"].value}
        values["answers"] = str(answered.id)
    return values


def _told(form, answered):
    return {
        "template_id": form.template_id.data,
        "title": form.title.data,
        "addressee": form.addressee.data,
        "text": form.text.data,
        "answers_id": answered.id if answered else None,
        "signer_id": form.signer_id.data,
    }


def _make(form, answered):
    upload = _upload(form)
    if form.file.errors:
        return None
    told = _told(form, answered)
    return documents.create_draft(current_user, kind=form.kind.data, upload=upload, **told)


def _upload(form):
    """The file of a form as a kept upload; None when there is none, or with what is wrong beside the field."""
    item = request.files.get("file")
    if item is None or not item.filename:
        return None
    uploads, problems = documents.receive_uploads(current_user, [(item.filename, item.stream)])
    form.file.errors = [*form.file.errors, *problems]
    return uploads[0] if uploads else None


@bp.route("/drafts/<uuid:draft_id>")
@needs("documents.read")
def draft(draft_id):
    """The draft: how its newest version looks, its versions, who has it, what can be done."""
    found = documents.open_draft(current_user, draft_id)
    return _page(found)


def _page(found, status=200, **forms):
    versions = documents.draft_versions(found)
    asked = request.args.get("version", "")
    shown = documents.draft_version(found, int(asked) if asked.isdecimal() else found.latest)
    people = [found.author_id, found.locked_by_id, *(version.added_by_id for version in versions)]
    answered = documents.answered_by(current_user, found)
    can_change = policy.can_change_draft(current_user, found)
    send_form = None
    if can_change and not found.locked_by_id:
        signer = documents.usual_signer(current_user, found)
        send_form = SendForm(signers=[str(signer.id)] if signer else []).offer(identity.list_people(current_user))
    return render(
        "documents/draft.html",
        draft=found,
        versions=versions,
        shown=shown,
        html=Markup(shown.html),  # noqa: S704 - cleaned when it was made
        names=identity.names_of(one for one in people if one),
        answered=answered,
        unit=identity.get_unit(found.unit_id) if found.unit_id else None,
        can_change=can_change,
        can_free=policy.can_break_lock(current_user, found),
        send_form=forms.get("send_form", send_form),
        version_form=forms.get("version_form") or VersionForm(),
        reason_form=forms.get("reason_form") or DraftReasonForm(),
        status=status,
    )


@bp.route("/drafts/<uuid:draft_id>/versions/<int:number>/file")
@needs("documents.read")
def draft_file(draft_id, number):
    """The bytes of a version."""
    found = documents.open_draft_file(current_user, draft_id, number)
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": disposition(found.name),
        "Content-Length": str(found.size_bytes),
        "X-Content-Type-Options": "nosniff",
    }
    return Response(documents.read_range(found, 0, found.size_bytes), headers=headers, direct_passthrough=True)


@bp.route("/drafts/<uuid:draft_id>/compare")
@needs("documents.read")
def draft_compare(draft_id):
    """What changed between two versions, by paragraph and word."""
    found = documents.get_draft(current_user, draft_id)
    new = request.args.get("new", type=int) or found.latest
    old = request.args.get("old", type=int) or max(1, new - 1)
    first, second, paragraphs = documents.compare_versions(current_user, draft_id, old, new)
    return render(
        "documents/draft_compare.html",
        draft=found,
        first=first,
        second=second,
        paragraphs=paragraphs,
        same=all(paragraph.state == "same" for paragraph in paragraphs),
        numbers=range(1, found.latest + 1),
    )


@bp.route("/drafts/<uuid:draft_id>/check-out", methods=["POST"])
@needs("documents.read")
def draft_check_out(draft_id):
    """Take the draft to change it."""
    documents.check_out(current_user, draft_id)
    flash_done(_("You have the draft: save its file, change it and bring it back here as a new version"))
    return go_to("documents.draft", draft_id=draft_id)


@bp.route("/drafts/<uuid:draft_id>/give-back", methods=["POST"])
@needs("documents.read")
def draft_give_back(draft_id):
    """Give the draft back unchanged."""
    documents.give_back(current_user, draft_id)
    flash_done(_("The draft is free again"))
    return go_to("documents.draft", draft_id=draft_id)


@bp.route("/drafts/<uuid:draft_id>/check-in", methods=["POST"])
@needs("documents.read")
def draft_check_in(draft_id):
    """Bring a new version."""
    found = documents.get_draft(current_user, draft_id)
    ensure(policy.can_change_draft(current_user, found))
    form = VersionForm()
    upload = _upload(form)
    if form.validate() and not form.file.errors:
        try:
            made = documents.check_in(current_user, draft_id, upload, form.comment.data)
            flash_done(_("Version %(number)s is kept", number=made.number))
            return go_to("documents.draft", draft_id=draft_id)
        except Invalid as error:
            form.attach(error)
    return _page(documents.get_draft(current_user, draft_id), 422, version_form=form)


@bp.route("/drafts/<uuid:draft_id>/free", methods=["POST"])
@needs("documents.read")
def draft_free(draft_id):
    """Free a draft that somebody else has taken."""
    return _with_reason(draft_id, documents.break_lock, _("The draft is free again"))


@bp.route("/drafts/<uuid:draft_id>/cancel", methods=["POST"])
@needs("documents.read")
def draft_cancel(draft_id):
    """Give a draft up."""
    return _with_reason(draft_id, documents.cancel_draft, _("The draft is given up"))


def _with_reason(draft_id, act, done):
    form = DraftReasonForm()
    if form.validate_on_submit():
        act(current_user, draft_id, form.reason.data)
        flash_done(done)
        return go_to("documents.draft", draft_id=draft_id)
    return _page(documents.get_draft(current_user, draft_id), 422, reason_form=form)


@bp.route("/drafts/<uuid:draft_id>/send", methods=["POST"])
@needs("documents.read")
def draft_send(draft_id):
    """Send the newest version for signing."""
    form = SendForm().offer(identity.list_people(current_user))
    if form.validate_on_submit():
        documents.send_draft_for_signing(current_user, draft_id, [uuid.UUID(one) for one in form.signers.data])
        flash_done(_("Sent for signing. When all have signed, the document is registered by itself"))
        return go_to("documents.draft", draft_id=draft_id)
    return _page(documents.get_draft(current_user, draft_id), 422, send_form=form)
