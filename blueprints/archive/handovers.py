"""Handovers of permanently kept files to the National Archive (LAW-99)."""

from flask import Response, request
from flask_login import current_user

from blueprints.archive import bp
from blueprints.archive.forms import TakenForm
from portal.documents import service as documents
from portal.documents.words import ARCHIVE_SHAPES, HANDOVER_STATES
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render


@bp.route("/handovers")
@needs("documents.register")
def handovers():
    """All handovers, the newest first."""
    return render(
        "archive/handovers.html",
        handovers=documents.list_handovers(current_user),
        states=HANDOVER_STATES,
        shapes=ARCHIVE_SHAPES,
    )


@bp.route("/handovers/<uuid:handover_id>", methods=["GET", "POST"])
@needs("documents.register")
def handover(handover_id):
    """A handover: what is in the package, its checksum, and that the Archive took it."""
    form = TakenForm()
    if form.validate_on_submit():
        try:
            documents.confirm_handover(current_user, handover_id, form.number.data, form.taken_on.data)
            flash_done(_("The handover is noted"))
            return go_to("archive.handover", handover_id=handover_id)
        except Invalid as error:
            form.attach(error)
    found = documents.get_handover(current_user, handover_id)
    return render(
        "archive/handover.html",
        handover=found,
        kept=documents.kept_of(current_user, found),
        states=HANDOVER_STATES,
        shapes=ARCHIVE_SHAPES,
        form=form,
        partial="archive/_handover.html",
        status=422 if request.method == "POST" and form.errors else 200,
    )


@bp.route("/handovers/<uuid:handover_id>/package.zip")
@needs("documents.register")
def package(handover_id):
    """The package, for the Archive's portal."""
    found, pieces = documents.open_package(current_user, handover_id)
    headers = {
        "Content-Type": "application/zip",
        "Content-Length": str(found.size_bytes),
        "Content-Disposition": f'attachment; filename="nodosana-{found.made_at:%Y%m%d}.zip"',
        "ETag": f'"{found.sha256}"',
    }
    return Response(pieces, headers=headers, direct_passthrough=True)
