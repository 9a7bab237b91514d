"""Jobs of documents."""

import uuid

from portal.documents import service as documents
from portal.kernel.access import SYSTEM
from portal.kernel.jobs import job


@job(retries=5, first_wait_s=30)
def process_files(document_id: uuid.UUID):
    """Read the text and check the signatures of a document's new files, open containers, tell search (15.1)."""
    documents.process_files(SYSTEM, document_id)
