"""The matter's own page: draft, files, way from the committee to the council, votes by name (13.1)."""

import uuid

from flask import Response, request
from flask_login import current_user
from werkzeug.http import dump_options_header

from blueprints.council import bp
from blueprints.council.forms import ACT_KINDS, MATTER_STATES, TERMS, AmendmentForm, MatterForm, NewMatterForm, choices
from portal.council import service as council
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, is_htmx, needs, render
from portal.storage import service as storage

FILTERS = ("q", "state", "body", "kind", "reporter", "term", "mine")
_SHOWN = ("application/pdf", "image/png", "image/jpeg", "text/plain")


@bp.route("/matters")
@needs("council.read")
def matters():
    """All matters with drafts that one may see: by words, state, body, kind, reporter and term; pages by key."""
    filters = {name: request.args.get(name, "").strip() for name in FILTERS}
    page = council.list_matters(current_user, filters, request.args.get("after"))
    more = is_htmx() and request.args.get("after")
    bodies = council.list_bodies(current_user)
    return render(
        "council/matters.html",
        partial="council/_matter_rows.html" if more else "council/_matter_table.html",
        page=page,
        filters=filters,
        sessions=council.sessions_of(page.rows),
        bodies={one.id: one for one in bodies},
        reporters=council.reporters(current_user) if not is_htmx() else [],
        states=choices(MATTER_STATES),
        kinds=choices(ACT_KINDS),
        terms=list(TERMS.items()),
        any_filter=any(filters.values()),
    )


@bp.route("/matters/<uuid:matter_id>")
@needs("council.read")
def matter(matter_id):
    """Everything about one matter."""
    return matter_page(matter_id)


def matter_page(matter_id, status=200, **more):
    """The matter's page; `form` holds an amendment that was refused."""
    view = council.matter_view(current_user, matter_id)
    form = more.pop("form", None)
    if form is None and view.can["amend"]:
        form = AmendmentForm()
    if form is not None:
        form.author.choices = [("", _("My own"))] if current_user.can("council.vote") else []
        if current_user.can("council.prepare"):
            form.author.choices += [(str(one.id), one.name) for one in council.members_of(view.body.id)]
    return render("council/matter.html", status=status, view=view, form=form, **more)


@bp.route("/matters/new", methods=["GET", "POST"])
@needs("council.read")
def new_matter():
    """A new draft decision: empty, from a template or from a document (LAW-14)."""
    ensure(council.can_propose(current_user))
    form = NewMatterForm()
    bodies = council.list_bodies(current_user)
    form.committees.choices = [(str(one.id), one.name) for one in bodies if one.is_committee]
    if request.method == "GET":
        _begin(form)
    elif form.validate_on_submit():
        try:
            made = _propose(form, bodies)
            if made.act_kind == "external_regulation":
                council.begin_regulation(current_user, made.id)
            if request.form.get("send") != "1":
                flash_done(_("The draft is stored; send it on when it is ready"))
            return go_to("council.matter", matter_id=made.id)
        except Invalid as error:
            form.attach(error)
    return render(
        "council/edit_matter.html",
        partial="council/_matter_form.html",
        form=form,
        matter=None,
        templates=council.list_templates(),
        document_id=request.values.get("document", ""),
        status=422 if form.errors else 200,
    )


def _begin(form):
    """Fill a new draft's form from a template, or with the title of a document."""
    form.submitter.data = str(council.submitter_of(current_user))
    if request.args.get("template"):
        block = council.get_template(as_uuid(request.args["template"]))
        form.draft_text.data, form.note.data, form.legal_basis.data = block.text, block.note, block.legal_basis
        form.act_kind.data, form.subject.data = str(block.act_kind), str(block.subject)
    if request.args.get("document"):
        form.title.data = documents.get_document(current_user, as_uuid(request.args["document"])).title


def _propose(form, bodies):
    chosen = [uuid.UUID(one) for one in form.committees.data or [] if one in dict(form.committees.choices)]
    house = next((one for one in bodies if not one.is_committee), None)
    if not chosen and house is None:
        raise Invalid(_("Choose the committee"), field="committees")
    document = request.form.get("document")
    if document:
        document = documents.get_document(current_user, as_uuid(document)).id
    person_id, name = _reporter(form.rapporteur.data)
    made = council.propose(
        current_user,
        title=form.title.data,
        draft_text=form.draft_text.data,
        kind=form.act_kind.data,
        body_id=house.id if form.skip.data and house else (chosen[0] if chosen else house.id),
        committees=chosen[1:],
        in_order=not form.at_once.data,
        subject=form.subject.data,
        urgency=(form.urgency.data or "").strip() or None,
        skip=form.skip.data or None,
        rapporteur_id=person_id,
        rapporteur_text=name,
        document_id=document or None,
        prepare=request.form.get("send") != "1",
        **form.details(),
    )
    if document and request.form.get("attach"):
        for file in documents.files_of(document):
            if file.parent_file_id is None:  # what is inside a container comes with it
                council.add_file(current_user, made.id, file.name, file.mime, file.sha256, file.size_bytes)
    return made


def _reporter(text):
    """(person id, None) for somebody of the register, (None, name) for one from outside."""
    text = " ".join((text or "").split())
    if not text:
        return None, None
    try:
        return identity.person_called(text, "rapporteur").id, None
    except Invalid:
        return None, text[:200]


def as_uuid(text):
    """A UUID of an address. Raises NotFound."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound(_("There is no such page")) from None


@bp.route("/matters/<uuid:matter_id>/edit", methods=["GET", "POST"])
@needs("council.read")
def edit_matter(matter_id):
    """The draft's editor, for the secretary and who proposed it, until the matter is opened."""
    view = council.matter_view(current_user, matter_id)
    ensure(view.can["edit"])
    form = MatterForm(obj=view.matter)
    if request.method == "GET":
        for name in form.details() if view.proposal else ():
            form[name].data = getattr(view.proposal, name)
        form.rapporteur.data = view.line.rapporteur
    elif form.validate_on_submit():
        try:
            council.edit_matter(
                current_user,
                matter_id,
                title=form.title.data,
                draft_text=form.draft_text.data,
                act_kind=form.act_kind.data,
                subject=form.subject.data,
                urgency=form.urgency.data,
                version=_version(form.version.data),
                submitters_own=form.submitters_own.data,
                reporter=_reporter(form.rapporteur.data),
            )
            if view.proposal:
                council.describe(current_user, matter_id, **form.details())
            if form.act_kind.data == "external_regulation" and view.proposal:
                council.begin_regulation(current_user, matter_id)
            flash_done(_("The draft is stored"))
            return go_to("council.matter", matter_id=matter_id)
        except (Invalid, Conflict) as error:
            form.attach(error)
    return render(
        "council/edit_matter.html",
        partial="council/_matter_form.html",
        form=form,
        matter=view.matter,
        ministers=view.proposal is not None and view.proposal.submitter == "minister",
        status=422 if form.errors else 200,
    )


def _version(text):
    return int(text) if (text or "").isdigit() else None


@bp.route("/matters/<uuid:matter_id>/files", methods=["POST"])
@needs("council.read")
def add_matter_file(matter_id):
    """Add an attachment."""
    ensure(council.matter_view(current_user, matter_id).can["edit"])
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid(_("Choose a file"), field="file")
    name = upload.filename.replace("\\", "/").rsplit("/", 1)[-1][:255]
    blob = storage.put(current_user, upload.stream, name=name)
    council.add_file(
        current_user,
        matter_id,
        name,
        storage.sniff(storage.open(blob.sha256).read(4096), name),
        blob.sha256,
        blob.size_bytes,
    )
    flash_done(_("The attachment is added"))
    return go_to("council.matter", matter_id=matter_id)


@bp.route("/matters/<uuid:matter_id>/files/<uuid:file_id>")
@needs("council.read")
def matter_file(matter_id, file_id):
    """The bytes of an attachment; what a browser shows safely opens in it, the rest is saved."""
    found = next((one for one in council.get_matter(current_user, matter_id).files if one.id == file_id), None)
    if found is None:
        raise NotFound(_("There is no such file"))
    way = "inline" if found.mime in _SHOWN else "attachment"
    ascii_name = found.name.encode("ascii", "replace").decode().replace("?", "_")
    response = Response(storage.iter_range(found.sha256), mimetype=found.mime)
    response.headers["Content-Disposition"] = dump_options_header(way, {"filename": ascii_name}) + (
        "" if ascii_name == found.name else f"; filename*=UTF-8''{_quoted(found.name)}"
    )
    response.content_length = found.size_bytes
    return response


def _quoted(name):
    from urllib.parse import quote

    return quote(name, safe="")


@bp.route("/matters/<uuid:matter_id>/extract", methods=["POST"])
@needs("council.prepare")
def make_extract(matter_id):
    """Ask for the extract of the minutes with the municipality's seal."""
    council.make_extract(current_user, matter_id)
    flash_done(_("The extract is being made; it appears here and among the documents"))
    return go_to("council.matter", matter_id=matter_id)
