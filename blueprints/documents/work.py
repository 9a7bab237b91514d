"""Work with the list: saved views, acts on many with the way back, preview, exports and print-outs, stamps, labels."""

from flask import Response, request
from flask_login import current_user

from blueprints.documents import bp
from blueprints.documents.forms import BulkForm, FileForm, ViewForm, people_choices
from blueprints.documents.purposes import purpose_of
from portal.documents import policy
from portal.documents import service as documents
from portal.documents.words import CARRIERS, DIRECTIONS
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.i18n import _, ngettext
from portal.kernel.web import flash_done, go_to, needs, render
from portal.storage import service as storage
from portal.workflow import service as workflow

ACTS = ("assign", "file", "share", "finish")
FORMS = {"list.xlsx": "xlsx", "list.pdf": "pdf", "register.pdf": "pdf"}


# --- views ----------------------------------------------------------------------------------------------------------


@bp.route("/documents/views", methods=["POST"])
@needs("documents.read")
def save_view():
    """Keep the list as it is under a name."""
    form = ViewForm()
    filters = documents.DocumentFilters.from_query(request.args)
    if not form.validate_on_submit():
        raise Invalid(_("Give the view a name of at most 100 characters"), field="name")
    documents.save_view(current_user, form.name.data, filters, form.shared.data)
    flash_done(_("The view is saved"))
    return go_to("documents.list", **filters.to_query())


@bp.route("/documents/views/<uuid:view_id>/drop", methods=["POST"])
@needs("documents.read")
def drop_view(view_id):
    """Remove one's own view."""
    documents.drop_view(current_user, view_id)
    flash_done(_("The view is removed"))
    return go_to("documents.list")


# --- acts on many ---------------------------------------------------------------------------------------------------


@bp.route("/documents/bulk", methods=["POST"])
@needs("documents.read")
def bulk():
    """Say how many documents an act will change and why not the others, ask for what it needs, then do it."""
    act = request.form.get("act", "")
    if act not in ACTS:
        raise Invalid(_("Choose what to do with the documents"))
    ids, back = request.form.getlist("ids"), documents.DocumentFilters.from_query(request.args)
    plan = documents.plan_act(current_user, act, ids)
    form = BulkForm()
    _offer(form, act)
    if "do" in request.form and form.validate():
        try:
            done = _do(act, ids, form)
            return go_to("documents.list", **back.to_query(), done=done.id)
        except Invalid as error:
            form.attach(error)
    return render(
        "documents/bulk.html",
        act=act,
        ids=ids,
        plan=plan,
        form=form,
        back=back.to_query(),
        status=422 if form.errors else 200,
    )


def _do(act, ids, form):
    if act != "assign":
        return documents.act_on_many(current_user, act, ids, form.value_of(act), form.admit.data)
    return workflow.resolve_many(
        current_user,
        ids,
        form.text.data or form.phrase.data,
        form.responsible_id.data,
        days=form.days.data,
        due_on=form.due_on.data,
        admit=form.admit.data,
    )


def _offer(form, act):
    """The pick lists of an act; fields of the other acts are taken off the form."""
    if act == "assign":
        form.responsible_id.choices = people_choices(workflow.executors_for(current_user))
        form.phrase.choices = [("", _("choose"))] + [(one, one) for _id, one in workflow.phrases_of(current_user)]
    elif act == "file":
        form.dossier_id.choices = dossier_choices()
    elif act == "share":
        form.offer_keys(identity.list_units(current_user), identity.list_people(current_user))
    form.keep_only(act)


def dossier_choices():
    """Files of the plans in force, for a select."""
    return [("", _("none"))] + [(str(one.id), str(one)) for one in documents.open_dossiers()]


@bp.route("/documents/bulk/<uuid:act_id>/undo", methods=["POST"])
@needs("documents.read")
def undo(act_id):
    """Take an act on many back."""
    back, left = documents.undo_act(
        current_user, act_id, lambda made: workflow.take_resolution_back(current_user, made)
    )
    said = ngettext("Taken back for %(num)s document", "Taken back for %(num)s documents", back)
    if left:
        said += "; " + ngettext(
            "%(num)s document was changed by somebody since and stays",
            "%(num)s documents were changed by somebody since and stay",
            left,
        )
    flash_done(said)
    return go_to("documents.list", **documents.DocumentFilters.from_query(request.args).to_query())


# --- beside the list ------------------------------------------------------------------------------------------------


@bp.route("/documents/<uuid:document_id>/preview")
@needs("documents.read")
def preview(document_id):
    """Key data of a document and its first page, beside the list. It is a reading, and in the log as one."""
    try:
        document = documents.open_document(current_user, document_id, purpose_of(document_id))
    except documents.NotYet:  # said on its own page, not while one walks through the list
        return render("documents/_preview_closed.html", document_id=document_id)
    return render(
        "documents/_preview.html",
        document=document,
        picture=documents.preview_of(document),
        names=identity.names_of([document.responsible_id]),
        own_lines=documents.extra_lines(documents.kind_of(document), document.extra),
        directions=DIRECTIONS,
        carriers=CARRIERS,
    )


@bp.route("/documents/<uuid:document_id>/preview/<uuid:file_id>.png")
@needs("documents.read")
def preview_picture(document_id, file_id):
    """The picture of a file's first page; the reading was put on record with the page that shows it."""
    document = documents.get_document(current_user, document_id)
    documents.ensure_openable(current_user, document, purpose_of(document_id))
    file = documents.preview_of(document)
    if file is None or file.id != file_id:
        raise NotFound(_("There is no such file"))
    return Response(storage.read(file.preview_sha256), mimetype="image/png")


# --- made by jobs ---------------------------------------------------------------------------------------------------


@bp.route("/documents/ask/<form>", methods=["POST"])
@needs("documents.read")
def ask_list(form):
    """Ask for the list as a table or on paper; a job makes it."""
    if form not in FORMS:
        raise NotFound(_("There is no such file"))
    filters = documents.DocumentFilters.from_query(request.args)
    day = f"{filters.since or clock.today():%Y-%m-%d}"
    name = f"{'registrs' if form == 'register.pdf' else 'dokumenti'}-{filters.register or 'visi'}-{day}.{FORMS[form]}"
    return _asked(documents.ask_file(current_user, form, name, filters.to_query()))


@bp.route("/documents/print", methods=["POST"])
@needs("documents.read")
def print_register():
    """The register of a day, or of some days, on paper: today's without more words."""
    asked = documents.DocumentFilters.from_query(request.form)
    since = asked.since or clock.today()
    until = max(asked.until or since, since)
    name = f"registrs-{asked.register or 'visi'}-{since:%Y-%m-%d}.pdf"
    parameters = {"register": asked.register, "since": since.isoformat(), "until": until.isoformat()}
    return _asked(documents.ask_file(current_user, "register.pdf", name, parameters))


@bp.route("/documents/labels", methods=["POST"])
@needs("documents.read")
def labels():
    """Labels with a QR code for the chosen documents."""
    ids = request.form.getlist("ids")
    plan = documents.plan_act(current_user, "file", ids)  # also says which of them the person sees
    chosen = [str(document.id) for document in (*plan.able, *(document for document, _why in plan.refused))]
    place = min(max(request.form.get("place", 1, type=int), 1), 24)
    parameters = {"ids": chosen, "place": place}
    return _asked(documents.ask_file(current_user, "labels.pdf", f"uzlīmes-{clock.today():%Y-%m-%d}.pdf", parameters))


def _asked(asked):
    return go_to("documents.ready", file_id=asked.id)


@bp.route("/documents/ready/<uuid:file_id>")
@needs("documents.read")
def ready(file_id):
    """A file that a job makes: how far it is, then the file itself."""
    found = documents.get_ready(current_user, file_id)
    return render("documents/ready.html", partial="documents/_ready.html", found=found)


@bp.route("/documents/ready/<uuid:file_id>/file")
@needs("documents.read")
def ready_file(file_id):
    """The file itself; a print-out opens in place."""
    from urllib.parse import quote

    found = documents.get_ready(current_user, file_id)
    if not found.sha256:
        raise NotFound(_("There is no such file"))
    kind = "inline" if found.name.endswith(".pdf") and not request.args.get("save") else "attachment"
    mime = storage.get_blob(found.sha256).mime
    return Response(
        storage.read(found.sha256),
        headers={
            "Content-Type": mime if found.name.endswith(".pdf") else "application/octet-stream",
            "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(found.name)}",
        },
    )


@bp.route("/documents/<uuid:document_id>/stamp/<uuid:file_id>", methods=["POST"])
@needs("documents.read")
def stamp(document_id, file_id):
    """Ask for a copy of a PDF with the registration stamp."""
    documents.ask_stamp(current_user, document_id, file_id)
    flash_done(_("The stamped copy is being made and will appear among the files"))
    return go_to("documents.show", document_id=document_id)


@bp.route("/documents/<uuid:document_id>/file", methods=["GET", "POST"])
@needs("documents.read")
def put_into(document_id):
    """Put a document into a dossier of the filing plan, or into another one."""
    document = documents.get_document(current_user, document_id)
    ensure(policy.can_edit(current_user, document))
    form = FileForm(dossier_id=document.dossier_id)
    form.dossier_id.choices = dossier_choices()
    if form.validate_on_submit():
        try:
            documents.put_into(current_user, document_id, form.dossier_id.data)
            flash_done(_("The document is put into the file"))
            return go_to("documents.show", document_id=document_id)
        except Invalid as error:
            form.attach(error)
    return render("documents/put_into.html", document=document, form=form, status=422 if form.errors else 200)
