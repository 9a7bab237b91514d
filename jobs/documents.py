"""Jobs of documents."""

import uuid

from portal.documents import service as documents
from portal.kernel.access import SYSTEM
from portal.kernel.jobs import job, periodic


@job(retries=5, first_wait_s=30)
def process_files(document_id: uuid.UUID):
    """Read the text and check the signatures of a document's new files, open containers, tell search (15.1)."""
    documents.process_files(SYSTEM, document_id)


@job(retries=2, first_wait_s=60)
def read_scan(scan_id: uuid.UUID):
    """Make pages of what was scanned, part them at separator sheets, recognise their text (12.1)."""
    documents.read_scan(SYSTEM, scan_id)


@periodic(seconds=30)
def collect_scans():
    """Take finished files out of the watched folder (12.1)."""
    documents.collect_scans(SYSTEM)
