"""Derived from files, by jobs: a picture of the first page for the list, a copy with the registration stamp. Originals
and signed files are never touched."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.events import StampAsked
from portal.documents.models import Direction, Document, DocumentFile, FileRole, TextState
from portal.documents.scanning import ScanProblem, stamped
from portal.documents.service.files import _add
from portal.documents.service.records import get_document
from portal.kernel.config import settings
from portal.kernel.db import db, released
from portal.kernel.errors import Conflict, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, date_short
from portal.kernel.live import publish
from portal.storage import service as storage
from portal.storage.names import tidy_name

PDF = "application/pdf"


def make_previews(actor, document_id):
    """Pictures of the first pages of a document's files that have none yet. May run twice."""
    waiting = db.session.execute(
        sa.select(DocumentFile.id, DocumentFile.sha256).where(
            DocumentFile.document_id == document_id,
            DocumentFile.preview_sha256.is_(None),
            DocumentFile.text_state != TextState.WAITING,
        )
    ).all()
    made = 0
    for file_id, sha256 in waiting:
        try:
            preview = storage.make_preview(actor, sha256)
        except storage.Withheld:
            continue
        if preview is None:
            continue  # the file's own line says what is wrong with it
        db.session.execute(sa.update(DocumentFile).where(DocumentFile.id == file_id).values(preview_sha256=preview))
        made += 1
    if made:
        publish(f"document:{document_id}", "preview")


def preview_of(document):
    """The first file of a document that has a picture of its first page, None without one."""
    return db.session.scalar(
        sa.select(DocumentFile)
        .where(DocumentFile.document_id == document.id, DocumentFile.preview_sha256.is_not(None))
        .order_by(DocumentFile.id)
        .limit(1)
    )


def can_stamp(actor, document, files):
    """The PDF that a registration stamp can be laid over, None when the actor may not or there is none."""
    if not policy.can_edit(actor, document):
        return None
    return next((f for f in files if f.mime == PDF and f.role != FileRole.COPY), None)


def ask_stamp(actor, document_id, file_id):
    """Ask for a copy of a PDF with the registration stamp. Raises Forbidden, NotFound, Conflict when it is no PDF."""
    document = get_document(actor, document_id)
    ensure(policy.can_edit(actor, document))
    file = db.session.get(DocumentFile, file_id)
    if file is None or file.document_id != document.id:
        raise NotFound(_("There is no such file"))
    if file.mime != PDF:
        raise Conflict(_("A stamp is laid over PDF files only"))
    audit.record(actor, "document.stamp_asked", document, new={"file": file.name})
    announce(actor, StampAsked(document_id=document.id, file_id=file.id))


def stamp(actor, document_id, file_id):
    """Make the stamped copy and add it to the document. May run twice: the same copy is added once."""
    document, file = db.session.get_one(Document, document_id), db.session.get_one(DocumentFile, file_id)
    name = tidy_name(_("stamped %(name)s", name=file.name))
    there = sa.select(DocumentFile.id).where(DocumentFile.document_id == document_id, DocumentFile.name == name)
    if db.session.scalar(there.limit(1)):
        return
    lines, sha256 = stamp_lines(document), file.sha256
    with released():
        try:
            data = stamped(storage.read(sha256), lines)
        except ScanProblem as error:
            problem = str(error)
            data = None
        staged = data and storage.stage(data, mime=PDF, name=name)
    document = db.session.get_one(Document, document_id)
    if not data:
        audit.record(actor, "document.stamp_failed", document, reason=problem)
        publish(f"document:{document_id}", "files")
        return
    blob = storage.keep(actor, staged)
    _add(actor, document, name, PDF, blob.sha256, blob.size_bytes, FileRole.COPY)


def stamp_lines(document):
    """What stands in the frame of a registration stamp (LAW-79, LAW-91)."""
    word = {Direction.INCOMING: _("RECEIVED"), Direction.OUTGOING: _("SENT"), Direction.INTERNAL: _("REGISTERED")}[
        document.direction
    ]
    day = document.received_on if document.direction == Direction.INCOMING else document.registered_at
    return [settings().municipality, f"{word} {date_short(day)}", f"Nr. {document.number}", _("Copy with stamp")]
