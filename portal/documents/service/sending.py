"""Sending a signed document out, by the channel that its addressee has (12.2, LAW-138)."""

from dataclasses import dataclass

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.models import Document, DocumentFile, FileRole
from portal.documents.service.records import get_document
from portal.exchange import service as exchange
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Invalid, ensure
from portal.kernel.i18n import _
from portal.workflow import service as workflow

TASK = "document.send"


@dataclass(frozen=True)
class Addressee:
    """Where a document goes. reply_to: the message that it answers."""

    address: str
    name: str
    reply_to: str | None = None


def addressee_of(document) -> Addressee | None:
    """Who wrote the letter that this document answers, when it came by e-address."""
    asked = db.session.get(Document, document.answers_id) if document.answers_id else None
    if asked is None or asked.message_id is None:
        return None
    message = exchange.get_message(SYSTEM, asked.message_id)  # whoever may send the answer may know whom it answers
    return Addressee(message.sender, message.sender_name or document.addressee, message.external_id)


def signed_file(document_id) -> DocumentFile | None:
    """The newest signed file of a document: a container, or a PDF signed within itself."""
    whole = db.session.scalars(
        sa.select(DocumentFile)
        .where(DocumentFile.document_id == document_id, DocumentFile.parent_file_id.is_(None))
        .order_by(DocumentFile.id.desc())
    )
    return next((file for file in whole if file.role == FileRole.CONTAINER or file.signatures), None)


def send_out(actor, document_id, address="", name=""):
    """Queue the signed file for the addressee's e-address: of the letter that is answered, else the one given.

    Returns the Delivery. Raises Forbidden when it is not signed, not outgoing or sent already; Invalid("address").
    """
    document = get_document(actor, document_id)
    signed, sent = signed_file(document.id), exchange.deliveries_of(document.id)
    ensure(policy.can_send_out(actor, document, signed, sent))
    known = addressee_of(document) or Addressee(address.strip(), name.strip() or document.addressee)
    if not known.address:
        raise Invalid(_("Fill in the addressee's e-address"), field="address")
    try:
        delivery = exchange.queue_delivery(
            actor,
            document_id=document.id,
            case_id=document.case_id,
            recipient=known.address,
            recipient_name=known.name or known.address,
            title=document.title,
            files=[(signed.name, signed.mime, signed.sha256, signed.size_bytes)],
            reply_to=known.reply_to,
        )
    except Invalid as error:
        error.field = "address"
        raise
    audit.record(actor, "document.sent_out", document, new={"delivery": str(delivery.id)})
    workflow.complete_for(actor, "document", document.id, TASK)
    return delivery


def keep_signed(actor, about_kind, about_id, container_sha256, container_name, container_size):
    """All have signed a registered document (signing.DocumentSigned): the signed file is kept with it, and whoever
    answers for it is asked to send it out."""
    if about_kind != "document":
        return
    from portal.documents.service.files import attach_container

    attach_container(actor, about_id, container_sha256, container_size, container_name)
    ask_to_send(actor, db.session.get_one(Document, about_id))


def ask_to_send(actor, document):
    """A signed outgoing document waits to be sent, by the person responsible or whoever registered it."""
    person_id = document.responsible_id or document.registered_by_id
    if document.direction == "outgoing" and person_id is not None and not exchange.deliveries_of(document.id):
        workflow.add_task(actor, TASK, "document", document.id, str(document), person_id=person_id)


def delivery_moved(actor, document_id, state):
    """A document is on its way, by whoever's act (exchange.DeliveryChanged): nobody has to send it any more."""
    if state not in ("failed", "cancelled"):
        workflow.close_for(actor, "document", document_id, _("The document has been sent"), TASK)
