"""Messages of the official e-address become registered documents (chapter 9 of the annex, LAW-90, LAW-131)."""

from portal.documents.events import DocumentRegistered
from portal.documents.models import DocumentKind
from portal.documents.service import kinds, registers
from portal.documents.service.files import add_uploads
from portal.documents.service.records import _numbered, document_of_message, get_document
from portal.exchange import service as exchange
from portal.kernel import clock
from portal.kernel.events import announce

APPLICATION_KINDS = {"DOC_APPLICATION"}


def register_received(actor, message_id):
    """Register what arrived by e-address: number, term, files as they came. A message is registered once.
    The date of receipt is the Riga date on which it reached the municipality's account. Returns the Document."""
    there = document_of_message(message_id)
    if there:
        return get_document(actor, there)
    message = exchange.get_message(actor, message_id)
    kind = DocumentKind.APPLICATION if message.kind_code in APPLICATION_KINDS else DocumentKind.LETTER
    register = registers.register_for(kind)
    received_on = clock.local(message.received_at).date()
    document = _numbered(
        actor,
        register,
        kind,
        kinds.kind_for(register, kind),
        _title(message),
        received_on,
        author=(message.sender_name or message.sender)[:300],
        summary=(message.description or "")[:10_000],
        author_date=clock.local(message.sent_at).date() if message.sent_at else None,
        message_id=message_id,
        extra=_came_by(kinds.kind_for(register, kind)),
    )
    add_uploads(actor, document, [(f.name, f.mime, f.sha256, f.size_bytes) for f in message.files])
    announce(
        actor, DocumentRegistered(document_id=document.id, direction=document.direction.value, message_id=message_id)
    )
    return document


def register_application(actor, *, title, author, received_on, summary, way, files, case_id=None):
    """Register an application that another system took in for us (11.1).
    way: how it came, in the words of the register's choices. files: (name, mime, sha256, size in bytes). Returns the
    Document."""
    register = registers.register_for(DocumentKind.APPLICATION)
    asked = kinds.kind_for(register, DocumentKind.APPLICATION)
    document = _numbered(
        actor,
        register,
        DocumentKind.APPLICATION,
        asked,
        title[:500],
        received_on,
        author=author[:300],
        summary=summary[:10_000],
        author_date=received_on,
        case_id=case_id,
        extra=_came_by(asked, way),
    )
    add_uploads(actor, document, files)
    announce(actor, DocumentRegistered(document_id=document.id, direction=document.direction.value, message_id=None))
    return document


def _came_by(kind, way="e-adrese"):
    """The way it came, where the kind of registration asks for it."""
    asked = next((f for f in (kind.fields if kind else ()) if f["key"] == "way"), None)
    return {"way": way} if asked and way in asked["choices"] else {}


def _title(message):
    """The message's title, else its first file's name: a register has no nameless rows."""
    title = " ".join((message.title or "").split())
    if not title and message.files:
        title = message.files[0].name
    return (title or message.external_id)[:500]
