"""The matter's own page: draft, files, way from the committee to the council, votes by name (13.1)."""

import uuid

from flask import Response, request
from flask_login import current_user
from werkzeug.http import dump_options_header

from blueprints.council import bp
from blueprints.council.forms import MatterForm, NewMatterForm
from portal.council import service as council
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render
from portal.storage import service as storage

_SHOWN = ("application/pdf", "image/png", "image/jpeg", "text/plain")


@bp.route("/matters/<uuid:matter_id>")
@needs("council.read")
def matter(matter_id):
    """Everything about one matter."""
    return render("council/matter.html", view=council.matter_view(current_user, matter_id))


@bp.route("/matters/new", methods=["GET", "POST"])
@needs("council.prepare")
def new_matter():
    """A draft decision that comes from no case: straight into a body's pool (LAW-14)."""
    form = NewMatterForm()
    form.body_id.choices = [(str(one.id), one.name) for one in council.list_bodies(current_user)]
    if form.validate_on_submit():
        try:
            made = council.propose(
                current_user,
                title=form.title.data,
                draft_text=form.draft_text.data,
                kind=form.act_kind.data,
                body_id=uuid.UUID(form.body_id.data),
                subject=form.subject.data,
                urgency=(form.urgency.data or "").strip() or None,
            )
            return go_to("council.matter", matter_id=made.id)
        except Invalid as error:
            form.attach(error)
    return render(
        "council/edit_matter.html",
        partial="council/_matter_form.html",
        form=form,
        matter=None,
        status=422 if form.errors else 200,
    )


@bp.route("/matters/<uuid:matter_id>/edit", methods=["GET", "POST"])
@needs("council.read")
def edit_matter(matter_id):
    """The draft's editor, for the secretary and who proposed it, until the matter is opened."""
    view = council.matter_view(current_user, matter_id)
    ensure(view.can["edit"])
    form = MatterForm(obj=view.matter)
    if form.validate_on_submit():
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
            )
            flash_done(_("The draft is stored"))
            return go_to("council.matter", matter_id=matter_id)
        except (Invalid, Conflict) as error:
            form.attach(error)
    return render(
        "council/edit_matter.html",
        partial="council/_matter_form.html",
        form=form,
        matter=view.matter,
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
