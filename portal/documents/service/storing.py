"""Registered documents in the document store: one item each, so that systems to which they are granted read them there,
whatever becomes of the message they came with (14.1)."""

import sqlalchemy as sa

from portal.documents.models import Document, DocumentFile, DocumentState, FileRole
from portal.documents.models.restrictions import AccessLevel, Restriction
from portal.documents.words import KINDS
from portal.kernel.db import db
from portal.kernel.i18n import in_language
from portal.store import service as store
from portal.store.models import Level

_LEVELS = {AccessLevel.RESTRICTED: Level.RESTRICTED, AccessLevel.CONFIDENTIAL: Level.CONFIDENTIAL}


def keep_in_store(document_id):
    """Keep the document's item, or let it follow the document. May run twice; for jobs.
    Who sees the document in the portal does not thereby see the item: a reader there says no purpose (LAW-101), so
    items are read by grant only, and grants go up to a level."""
    document = db.session.get(Document, document_id)
    if document is None or document.state == DocumentState.DESTROYED:
        return None
    with in_language("lv"):
        class_name = str(KINDS[document.kind])
    return store.keep_own(
        external_id(document),
        class_code=document.kind.value,
        class_name=class_name,
        level=_level(document),
        title=document.title,
        facts={
            "creator": [document.author] if document.author else [],
            "description": document.summary,
            "identifier": [document.number, *([document.author_number] if document.author_number else [])],
        },
        date=document.received_on,
        files=_files(document),
    )


def hold_in_store(document):
    """A restriction closes the document's item in the same transaction; the rest of it follows by a job."""
    store.hold_own(external_id(document), _level(document))


def _level(document):
    restriction = db.session.scalar(
        sa.select(Restriction).where(Restriction.document_id == document.id, Restriction.lifted_at.is_(None))
    )
    return _LEVELS[restriction.level] if restriction else Level.INTERNAL


def keep_all_in_store(tell=None):
    """Keep the items of all documents, for those registered before there was a store. tell(done) after each hundred.
    Commits after each hundred; may be stopped and run again. Returns how many."""
    done, last = 0, None
    while True:
        query = sa.select(Document.id).where(Document.state != DocumentState.DESTROYED).order_by(Document.id).limit(100)
        ids = db.session.scalars(query.where(Document.id > last) if last else query).all()
        if not ids:
            return done
        for document_id in ids:
            keep_in_store(document_id)
        db.session.commit()
        done, last = done + len(ids), ids[-1]
        if tell:
            tell(done)


def external_id(document):
    """The name of the document's item."""
    return f"document:{document.id}"


def _files(document):
    """What came or was made; not what was taken out of containers, nor copies with stamps."""
    rows = db.session.execute(
        sa.select(DocumentFile.name, DocumentFile.mime, DocumentFile.sha256, DocumentFile.size_bytes)
        .where(
            DocumentFile.document_id == document.id,
            DocumentFile.parent_file_id.is_(None),
            DocumentFile.role != FileRole.COPY,
        )
        .order_by(DocumentFile.id)
    )
    return [tuple(row) for row in rows]
