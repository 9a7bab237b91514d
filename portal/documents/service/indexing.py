"""What search is told about a document."""

import sqlalchemy as sa

from portal.documents.events import FilesWaiting
from portal.documents.models import Document, DocumentFile, DocumentState, FileRole, Restriction, TextState
from portal.documents.service.kinds import extra_lines, kind_of
from portal.documents.service.storing import hold_in_store
from portal.documents.words import KINDS
from portal.kernel.db import db
from portal.kernel.events import announce
from portal.kernel.i18n import in_language
from portal.kernel.live import publish
from portal.search import service as search
from portal.storage import service as storage

TEXT_CHARS = 2_000_000


def index_document(document):
    """Tell search the present data and texts of a document, in the transaction of the change; the document's item in
    the store is held as closely as the document from now on."""
    hold_in_store(document)
    kind = kind_of(document)
    search.put(
        "document",
        document.id,
        document.title,
        document.number,
        "" if document.state == DocumentState.DESTROYED else text_of(document.id),
        document.received_on,
        document.unit_id,
        f"/documents/{document.id}",
        document.access_set_id,
        extra_text=" ".join(
            filter(
                None,
                (
                    document.summary,
                    document.author,
                    document.addressee,
                    document.author_number,
                    *(text for _label, text in extra_lines(kind, document.extra)),
                ),
            )
        ),
        author=document.author,
        status=f"document.{document.state}",
        class_name=kind.name if kind else class_of(document.kind),
        level=level_of(document.id),
    )


def class_of(kind):
    """What a kind is called, in Latvian whoever changes the document."""
    with in_language("lv"):
        return str(KINDS[kind])


def level_of(document_id):
    """How closely a document is held; empty when it is not restricted."""
    found = db.session.scalar(
        sa.select(Restriction.level).where(Restriction.document_id == document_id, Restriction.lifted_at.is_(None))
    )
    return f"document.{found}" if found else ""


def is_restricted(document_id):
    """Is it held more closely than its register says?"""
    return bool(level_of(document_id))


def number_of(document_id):
    """The number of a document, whoever asks; for search, where others find it by."""
    return db.session.scalar(sa.select(Document.number).where(Document.id == document_id)) or ""


def numbers_with(sha256s):
    """Address -> (id, number) of the documents that have such a file; for IT staff, who see no more than numbers."""
    rows = db.session.execute(
        sa.select(DocumentFile.sha256, Document.id, Document.number)
        .join(Document, Document.id == DocumentFile.document_id)
        .where(DocumentFile.sha256.in_(list(sha256s)))
        .distinct()
        .order_by(Document.number)
    )
    found = {}
    for sha256, document_id, number in rows:
        found.setdefault(sha256, []).append((document_id, number))
    return found


def text_of(document_id):
    """The texts of all files of a document, files inside containers too; of copies when the originals have none."""
    rows = db.session.execute(
        sa.select(DocumentFile.sha256, DocumentFile.role)
        .where(DocumentFile.document_id == document_id)
        .order_by(DocumentFile.id)
    ).all()
    texts = storage.texts_of({sha256 for sha256, _role in rows}) if rows else {}
    for copies in (False, True):
        found = [texts[one] for one, role in rows if one in texts and (role == FileRole.COPY) == copies]
        if found:
            return "\n\n".join(dict.fromkeys(found))[:TEXT_CHARS]
    return ""


def text_changed(actor, sha256):
    """The text of a file is another than before: documents that have it are found by the new words; one that could not
    be read is looked into once more."""
    files = db.session.scalars(sa.select(DocumentFile).where(DocumentFile.sha256 == sha256)).all()
    for file in files:
        if file.text_state == TextState.FAILED:
            file.text_state = TextState.WAITING
            announce(actor, FilesWaiting(document_id=file.document_id))
    db.session.flush()
    for document_id in dict.fromkeys(file.document_id for file in files):
        document = db.session.get_one(Document, document_id)
        if document.state != DocumentState.DESTROYED:
            index_document(document)
            publish(f"document:{document_id}", "files")


def reindex_all(tell=None):
    """Tell search about every document anew. tell(done) after each hundred. Returns how many."""
    done = 0
    for document in db.session.scalars(sa.select(Document).execution_options(yield_per=100)):
        index_document(document)
        done += 1
        if tell and done % 100 == 0:
            tell(done)
    return done
