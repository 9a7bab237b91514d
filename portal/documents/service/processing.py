"""What a job does with new files: read text, open containers, check signatures (LAW-140, LAW-141), tell search."""

from functools import partial
from types import SimpleNamespace

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents.events import FilesRead
from portal.documents.models import Document, DocumentFile, FileRole, TextState, Warn
from portal.documents.service.indexing import index_document
from portal.kernel.db import db, released
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.live import publish
from portal.storage import service as storage
from portal.storage.extract.sniffing import ASICE, ASICS, CONTAINERS, PDF, TEXT, XML, broken_promise
from portal.storage.names import tidy_name

_XADES = b"http://uri.etsi.org/01903/"
_SIGNABLE = (XML, TEXT, ASICE, ASICS, PDF)
_WORST = [None, Warn.FILE_PROBLEM, Warn.SIGNATURE_UNKNOWN, Warn.SIGNATURE_INVALID]


def process_files(actor, document_id):
    """Read every file of the document that waits, those found inside others too. May run twice, and side by side."""
    document = db.session.get(Document, document_id)
    if document is None:
        return
    found = False
    while waiting := _next_waiting(document_id):
        found = True
        known = storage.read_text(actor, waiting.sha256, waiting.name)
        with released():
            signatures, problem = _look_into(waiting, known)
        _store(actor, document, waiting, known, signatures, problem)
    if found:
        db.session.refresh(document)  # somebody may have changed it while its files were read
        index_document(document)
        publish(f"document:{document_id}", "files")
        announce(actor, FilesRead(document_id=document_id))


def _next_waiting(document_id):
    """A plain copy of the next file to read."""
    row = db.session.execute(
        sa.select(
            DocumentFile.id, DocumentFile.name, DocumentFile.mime, DocumentFile.sha256, DocumentFile.parent_file_id
        )
        .where(DocumentFile.document_id == document_id, DocumentFile.text_state == TextState.WAITING)
        .order_by(DocumentFile.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    siblings = sa.select(DocumentFile.name, DocumentFile.sha256).where(
        DocumentFile.document_id == document_id,
        DocumentFile.parent_file_id.is_not_distinct_from(row.parent_file_id),
        DocumentFile.id != row.id,
    )
    beside = {name: sha256 for name, sha256 in db.session.execute(siblings)}
    return SimpleNamespace(**row._mapping, beside=beside)


def _look_into(file, known):
    """(verdict on its signatures or None, what is wrong with it), without any database lock."""
    from portal.signing import service as signing  # loads certificate libraries that only jobs need

    if known.cause == "blob":
        return None, known.problem
    problem, signatures = known.problem, None
    if not problem and broken_promise(file.name, known.mime):
        problem = _("The content of the file “%(name)s” is not what its name says", name=file.name)
    if known.mime in _SIGNABLE:
        try:
            data = storage.read(file.sha256)
        except storage.DamagedBlob as error:
            return None, error.message
        if _may_be_signed(known.mime, data):
            beside = {name: partial(storage.read, sha256) for name, sha256 in file.beside.items()}
            signatures = signing.verify(data, file.name, ask=True, beside=beside).to_json()
    return signatures, problem


def _may_be_signed(mime, data):
    """Is there a signature to judge? In XML only one with a signer's statements: machines sign without."""
    if mime in (XML, TEXT):
        return _XADES in data
    return mime in (ASICE, ASICS) or (mime == PDF and b"/ByteRange" in data)


def _store(actor, document, file, known, signatures, problem):
    """Write what was seen, unless another run was quicker."""
    mine = db.session.execute(
        sa.update(DocumentFile)
        .where(DocumentFile.id == file.id, DocumentFile.text_state == TextState.WAITING)
        .values(
            text_state=TextState.FAILED if problem else TextState.READ,
            mime=known.mime,
            problem=problem,
            signatures=signatures,
        )
        .execution_options(synchronize_session=False)
    ).rowcount
    if not mine:
        return
    _add_inner(document, file)
    _read_again_what_waited_for(file, document)
    db.session.flush()
    if signatures is not None:
        audit.record(
            actor,
            "document.signatures_checked",
            document,
            new={
                "file": file.name,
                "verdict": signatures["verdict"],
                "signers": [signature["signer"] for signature in signatures["signatures"]],
            },
        )
    _warn(document)


def _add_inner(document, file):
    """What lies inside a container are files of the document too; once, however often it is read."""
    there = set(db.session.scalars(sa.select(DocumentFile.sha256).where(DocumentFile.parent_file_id == file.id)))
    for path, sha256 in storage.inner_of(file.sha256):
        if sha256 in there:
            continue
        blob = storage.get_blob(sha256)
        db.session.add(
            DocumentFile(
                document_id=document.id,
                parent_file_id=file.id,
                name=tidy_name(path),
                mime=blob.mime,
                sha256=blob.sha256,
                size_bytes=blob.size_bytes,
                role=FileRole.CONTAINER if blob.mime in CONTAINERS else FileRole.ORIGINAL,
            )
        )


def _read_again_what_waited_for(file, document):
    """A detached signature is judged anew when the file that it is about has come."""
    others = sa.select(DocumentFile).where(
        DocumentFile.document_id == document.id,
        DocumentFile.parent_file_id.is_not_distinct_from(file.parent_file_id),  # elsewhere it would wait for ever
        DocumentFile.id != file.id,
        DocumentFile.mime.in_((XML, TEXT)),
    )
    for other in db.session.scalars(others):
        reasons = [reason for one in (other.signatures or {}).get("signatures", ()) for reason in one["reasons"]]
        if {"code": "file_not_beside", "params": {"name": file.name}} in reasons:
            other.text_state = TextState.WAITING


def _warn(document):
    """The worst warning of its files stands on the document: it is registered all the same (LAW-141,
    accept_with_warning)."""
    db.session.refresh(document)
    rows = db.session.execute(
        sa.select(DocumentFile.signatures, DocumentFile.problem).where(DocumentFile.document_id == document.id)
    )
    worst = max((_warning_of(signatures, problem) for signatures, problem in rows), key=_WORST.index)
    if worst != document.warning:
        document.warning = worst
        db.session.flush()


def _warning_of(signatures, problem):
    verdict = signatures["verdict"] if signatures else "valid"
    return {"invalid": Warn.SIGNATURE_INVALID, "indeterminate": Warn.SIGNATURE_UNKNOWN}.get(
        verdict, Warn.FILE_PROBLEM if problem else None
    )
