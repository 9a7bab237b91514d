"""Sending a signed document out from its own page."""

from flask_login import current_user

from blueprints.documents import bp
from blueprints.documents.forms import SendForm
from portal.documents import service as documents
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render


@bp.route("/documents/<uuid:document_id>/sending", methods=["GET", "POST"])
@needs("documents.read")
def send_out(document_id):
    """Send the signed file to the addressee; asks for the e-address only where none is known."""
    document = documents.get_document(current_user, document_id)
    known = documents.addressee_of(document)
    form = SendForm(name=document.addressee)
    if known is not None:
        form.address.data, form.name.data = known.address, known.name
    if form.validate_on_submit():
        try:
            documents.send_out(current_user, document_id, form.address.data, form.name.data)
            flash_done(_("The document is queued for sending to the e-address"))
            return go_to("documents.show", document_id=document_id)
        except Invalid as error:
            form.attach(error)
    return render("documents/send.html", document=document, form=form, status=422 if form.errors else 200)
