"""What a job does with new files: read text, open containers, check signatures (LAW-140, LAW-141), tell search."""

from functools import partial
from types import SimpleNamespace

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents.events import FilesRead
from portal.documents.models import Document, DocumentFile, FileRole, TextState, Warn
from portal.documents.service.files import tidy_name
from portal.documents.service.indexing import index_document
from portal.kernel.db import db, released
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.live import publish
from portal.storage import service as storage
from portal.storage.extract.limits import LIMITS
from portal.storage.extract.sniffing import ASICE, ASICS, CONTAINERS, PDF, TEXT, XML

_XADES = b"http://uri.etsi.org/01903/"
_WORST = [None, Warn.FILE_PROBLEM, Warn.SIGNATURE_UNKNOWN, Warn.SIGNATURE_INVALID]


def process_files(actor, document_id):
    """Read every file of the document that waits, those found inside others too. May run twice, and side by side."""
    document = db.session.get(Document, document_id)
    if document is None:
        return
    found = False
    while waiting := _next_waiting(document_id):
        found = True
        with released():
            seen = _look_into(waiting)
        try:
            _store(actor, document, waiting, seen)
        finally:
            for entry in seen.staged:
                storage.discard(entry)
    if found:
        db.session.refresh(document)  # somebody may have changed it while its files were read
        index_document(document)
        publish(f"document:{document_id}", "files")
        announce(actor, FilesRead(document_id=document_id))


def _next_waiting(document_id):
    """A plain copy of the next file to read, with its depth inside containers."""
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
    depth, parent = 0, row.parent_file_id
    while parent is not None and depth <= LIMITS.depth:
        depth += 1
        parent = db.session.scalar(sa.select(DocumentFile.parent_file_id).where(DocumentFile.id == parent))
    return SimpleNamespace(**row._mapping, depth=depth, beside=beside)


def _look_into(file):
    """All slow work on one file, without any database lock."""
    from portal.signing import service as signing  # loads certificate libraries that only jobs need

    seen = SimpleNamespace(text="", mime=file.mime, problem="", signatures=None, inner=[], staged=[])
    try:
        data = storage.read(file.sha256)
    except storage.DamagedBlob as error:
        seen.problem = error.message
        return seen
    result = storage.extract_text(file.name, file.mime, data)
    seen.text, seen.mime, seen.problem = result.text, result.mime, result.problem
    if _may_be_signed(result.mime, data):
        beside = {name: partial(storage.read, sha256) for name, sha256 in file.beside.items()}
        seen.signatures = signing.verify(data, file.name, ask=True, beside=beside).to_json()
    if result.inner and file.depth >= LIMITS.depth:
        seen.problem = _(
            "Containers lie in containers more than %(depth)d deep; the innermost were not opened", depth=LIMITS.depth
        )
        return seen
    for name, mime, content in result.inner:
        entry = storage.stage(content, mime=mime, name=name)
        seen.staged.append(entry)
        seen.inner.append((tidy_name(name), entry))
    return seen


def _may_be_signed(mime, data):
    """Is there a signature to judge? In XML only one with a signer's statements: machines sign without."""
    if mime in (XML, TEXT):
        return _XADES in data
    return mime in (ASICE, ASICS) or (mime == PDF and b"/ByteRange" in data)


def _store(actor, document, file, seen):
    """Write what was seen, unless another run was quicker."""
    mine = db.session.execute(
        sa.update(DocumentFile)
        .where(DocumentFile.id == file.id, DocumentFile.text_state == TextState.WAITING)
        .values(
            text_state=TextState.FAILED if seen.problem else TextState.READ,
            text=seen.text,
            mime=seen.mime,
            problem=seen.problem,
            signatures=seen.signatures,
        )
        .execution_options(synchronize_session=False)
    ).rowcount
    if not mine:
        return
    for name, entry in seen.inner:
        blob = storage.keep(actor, entry)
        db.session.add(
            DocumentFile(
                document_id=document.id,
                parent_file_id=file.id,
                name=name,
                mime=entry.mime,
                sha256=blob.sha256,
                size_bytes=blob.size_bytes,
                role=FileRole.CONTAINER if entry.mime in CONTAINERS else FileRole.ORIGINAL,
            )
        )
    _read_again_what_waited_for(file, document)
    db.session.flush()
    if seen.signatures is not None:
        audit.record(
            actor,
            "document.signatures_checked",
            document,
            new={
                "file": file.name,
                "verdict": seen.signatures["verdict"],
                "signers": [signature["signer"] for signature in seen.signatures["signatures"]],
            },
        )
    _warn(document)


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
