"""Pages from paper: take them in, see how far reading is, register them (12.1)."""

from flask import Response, request
from flask_login import current_user

from blueprints.documents import bp
from blueprints.documents.files import disposition
from blueprints.documents.forms import PagesForm
from portal.documents import service as documents
from portal.documents.words import SCAN_SHAPES, SCAN_STATES
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render

_SHOWN = {"application/pdf", "image/png", "image/jpeg"}


@bp.route("/documents/scans", methods=["GET", "POST"])
@needs("documents.register")
def scans():
    """What was scanned and waits to be registered; more pages by camera or from files."""
    form = PagesForm()
    if form.is_submitted():
        found = [*request.files.getlist("camera"), *request.files.getlist("pages")]
        uploads, problems = documents.receive_uploads(
            current_user, [(item.filename, item.stream) for item in found if item.filename]
        )
        if form.validate() and not problems:
            try:
                documents.receive_pages(current_user, uploads)
                flash_done(_("The pages are received; their text is being read"))
                return go_to("documents.scans")
            except Invalid as error:
                form.attach(error)
        form.pages.errors = [*form.pages.errors, *problems]
    return render(
        "documents/scans.html",
        partial="documents/_scans.html",
        form=form,
        scans=documents.list_scans(current_user),
        topic=documents.SCANS_TOPIC,
        most=documents.SEEN_AT_ONCE,
        states=SCAN_STATES,
        shapes=SCAN_SHAPES,
        status=422 if form.errors else 200,
    )


@bp.route("/documents/scans/<uuid:scan_id>/pages")
@needs("documents.register")
def scan_pages(scan_id):
    """The scanned pages themselves."""
    found = documents.open_scan(current_user, scan_id)
    shown = found.mime in _SHOWN
    headers = {
        "Content-Type": found.mime if shown else "application/octet-stream",
        "Content-Disposition": disposition(found.name, inline=shown),
        "Content-Length": str(found.size_bytes),
        "X-Content-Type-Options": "nosniff",
    }
    return Response(documents.read_range(found, 0, found.size_bytes), headers=headers, direct_passthrough=True)


@bp.route("/documents/scans/<uuid:scan_id>/again", methods=["POST"])
@needs("documents.register")
def scan_again(scan_id):
    """Read a scan once more."""
    documents.try_again(current_user, scan_id)
    flash_done(_("The scan is being read once more"))
    return go_to("documents.scans")


@bp.route("/documents/scans/<uuid:scan_id>/discard", methods=["POST"])
@needs("documents.register")
def scan_discard(scan_id):
    """Take a scan off the list."""
    documents.discard_scan(current_user, scan_id)
    flash_done(_("The scan is discarded"))
    return go_to("documents.scans")


@bp.route("/documents/scans/separators")
@needs("documents.register")
def separators():
    """Which separator sheets to print."""
    return render("documents/separators.html", registers=documents.registers_open_to(current_user))


@bp.route("/documents/scans/separators.pdf")
@needs("documents.register")
def separators_pdf():
    """Separator sheets of the chosen registers, to print."""
    data = documents.make_separators(current_user, request.args.getlist("register"))
    name = _("separator-sheets") + ".pdf"
    return Response(data, mimetype="application/pdf", headers={"Content-Disposition": disposition(name, inline=True)})


@bp.route("/documents/<uuid:document_id>/files/<uuid:file_id>/recognise", methods=["POST"])
@needs("documents.read")
def recognise(document_id, file_id):
    """Have the text of a picture or a scanned PDF recognised."""
    documents.recognise_file(current_user, document_id, file_id)
    flash_done(_("The text is being recognised; it comes as a copy of the file with text"))
    return go_to("documents.show", document_id=document_id)
