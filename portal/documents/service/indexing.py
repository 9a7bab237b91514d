"""What search is told about a document."""

import sqlalchemy as sa

from portal.documents.models import Document, DocumentFile
from portal.documents.service.kinds import extra_lines, kind_of
from portal.kernel.db import db
from portal.search import service as search

TEXT_CHARS = 2_000_000


def index_document(document):
    """Tell search the present data and texts of a document, in the transaction of the change."""
    search.put(
        "document",
        document.id,
        document.title,
        document.number,
        text_of(document.id),
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
                    *(text for _label, text in extra_lines(kind_of(document), document.extra)),
                ),
            )
        ),
    )


def text_of(document_id):
    """The texts of all files of a document, files inside containers too."""
    texts = db.session.scalars(
        sa.select(DocumentFile.text)
        .where(DocumentFile.document_id == document_id, DocumentFile.text != "")
        .order_by(DocumentFile.id)
    )
    return "\n\n".join(texts)[:TEXT_CHARS]


def reindex_all(tell=None):
    """Tell search about every document anew. tell(done) after each hundred. Returns how many."""
    done = 0
    for document in db.session.scalars(sa.select(Document).execution_options(yield_per=100)):
        index_document(document)
        done += 1
        if tell and done % 100 == 0:
            tell(done)
    return done
