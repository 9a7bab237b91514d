"""Jobs of documents."""

import uuid

from portal.documents import service as documents
from portal.kernel.access import SYSTEM
from portal.kernel.jobs import job, periodic


@job(retries=5, first_wait_s=30)
def process_files(document_id: uuid.UUID):
    """Read the text and check the signatures of a document's new files, open containers, tell search (15.1)."""
    documents.process_files(SYSTEM, document_id)


@job(retries=5, first_wait_s=30)
def keep_in_store(document_id: uuid.UUID):
    """The document's item in the document store follows the document (14.1)."""
    documents.keep_in_store(document_id)


@job(retries=3, first_wait_s=30)
def make_previews(document_id: uuid.UUID):
    """Pictures of first pages, for the list (12.2)."""
    documents.make_previews(SYSTEM, document_id)


@job(retries=3, first_wait_s=30)
def stamp(document_id: uuid.UUID, file_id: uuid.UUID):
    """A copy of a PDF with the registration stamp (12.2)."""
    documents.stamp(SYSTEM, document_id, file_id)


@job(retries=2, first_wait_s=10)
def make_file(file_id: uuid.UUID):
    """A table, a print-out or labels that somebody waits for (12.2)."""
    documents.make_file(file_id)


@job(retries=2, first_wait_s=10)
def read_import(import_id: uuid.UUID):
    """Read a table of rows of a filing plan (12.2)."""
    documents.read_import(SYSTEM, import_id)


@periodic(seconds=3600)
def forget_ready():
    """Files made on request are kept for some days only."""
    documents.forget_old()


@job(retries=2, first_wait_s=60)
def read_scan(scan_id: uuid.UUID):
    """Make pages of what was scanned, part them at separator sheets, recognise their text (12.1)."""
    documents.read_scan(SYSTEM, scan_id)


@periodic(seconds=30)
def collect_scans():
    """Take finished files out of the watched folder (12.1)."""
    documents.collect_scans(SYSTEM)


@job(retries=8, first_wait_s=60)
def carry_out_act(act_id: uuid.UUID):
    """Destroy the documents of an approved act (LAW-98)."""
    documents.carry_out(act_id)


@job(retries=10, first_wait_s=60)
def erase_bytes(sha256s: list):
    """Destroy the bytes that destroyed documents had."""
    documents.erase_bytes(sha256s)


@job(retries=3, first_wait_s=60)
def make_package(handover_id: uuid.UUID):
    """Write the package of a handover to the National Archive (R282-35)."""
    documents.make_package(handover_id)


@periodic(seconds=3600)
def end_restrictions():
    """Lift restrictions whose term has ended, and ask about those that end soon (LAW-101)."""
    documents.end_restrictions(SYSTEM)
