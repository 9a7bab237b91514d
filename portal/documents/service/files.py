"""Files of documents: receive uploads, add, list, read."""

import uuid
from dataclasses import dataclass
from pathlib import PurePosixPath

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.events import FileAdded
from portal.documents.models import DocumentFile, FileRole
from portal.kernel.config import settings
from portal.kernel.db import db, released
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.storage import service as storage
from portal.storage.extract.sniffing import CONTAINERS, PDF, PICTURES, PROGRAM, broken_promise
from portal.storage.names import tidy_name

# archives whose content is checked before they are taken in: Office files are archives too
_ARCHIVE_KINDS = ("zip", "openxmlformats", "opendocument")


@dataclass(frozen=True)
class Upload:
    """A file that lies in storage and belongs to no document yet."""

    name: str
    mime: str
    sha256: str
    size_bytes: int

    def __iter__(self):
        return iter((self.name, self.mime, self.sha256, self.size_bytes))


def receive_uploads(actor, items):
    """Take uploaded files into storage before anything else happens, so that no lock is held meanwhile, and a form
    with a mistake does not lose them. items: (name, seekable binary stream).
    Returns (uploads, problems): what is wrong with the others, one sentence each."""
    staged, problems = [], []
    try:
        with released():
            for name, stream in items:
                name = tidy_name(name)
                entry = storage.stage(stream, name=name)
                problem = _problem_of(name, entry, stream)
                if problem:
                    storage.discard(entry)
                    problems.append(problem)
                else:
                    staged.append((name, entry))
        uploads = []
        while staged:
            name, entry = staged.pop(0)
            blob = storage.keep(actor, entry)
            uploads.append(Upload(name, entry.mime, blob.sha256, blob.size_bytes))
        with released():
            pass
    finally:
        for _name, entry in staged:
            storage.discard(entry)
    return uploads, problems


def _problem_of(name, entry, stream):
    """One sentence when the file must not be taken in, else an empty text."""
    if entry.size_bytes == 0:
        return _("The file “%(name)s” is empty", name=name)
    if entry.size_bytes > settings().max_upload_bytes:
        return _(
            "The file “%(name)s” is larger than %(size)d MB", name=name, size=settings().max_upload_bytes // 1024**2
        )
    if entry.mime == PROGRAM:
        return _("The file “%(name)s” is a program; programs are not taken in", name=name)
    if broken_promise(name, entry.mime):
        ending = PurePosixPath(name).suffix.lstrip(".").upper()
        return _(
            "The file “%(name)s” is not a real %(kind)s file: its content is something else", name=name, kind=ending
        )
    if any(part in entry.mime for part in _ARCHIVE_KINDS):
        stream.seek(0)
        problem = storage.check_archive(stream)
        if problem:
            return _("The file “%(name)s”: %(problem)s", name=name, problem=problem)
    return ""


def add_uploads(actor, document, uploads, role=None):
    """Make files of a new document of kept blobs: (name, mime, sha256, size_bytes) each."""
    return [_add(actor, document, name, mime, sha256, size, role) for name, mime, sha256, size in uploads]


def add_file(actor, document_id, name, data=None, *, sha256=None, role=FileRole.ORIGINAL):
    """Add one file to a document: bytes or a stream, or the address of a kept blob. Returns the DocumentFile.
    Raises Forbidden, NotFound."""
    from portal.documents.service.records import get_document

    document = get_document(actor, document_id)
    ensure(policy.can_add_file(actor, document))
    name = tidy_name(name)
    blob = storage.get_blob(sha256) if sha256 else storage.put(actor, data, name=name)
    return _add(actor, document, name, blob.mime, blob.sha256, blob.size_bytes, FileRole(role))


def add_files(actor, document_id, uploads):
    """Add received uploads to a document. Raises Forbidden, NotFound, Invalid("files") when there are none."""
    from portal.documents.service.records import get_document

    document = get_document(actor, document_id)
    ensure(policy.can_add_file(actor, document))
    if not uploads:
        raise Invalid(_("Choose a file"), field="files")
    return add_uploads(actor, document, uploads)


def attach_container(actor, document_id, sha256, size_bytes, name):
    """Add the signed container of a document; its files and signatures are read by the job. Called by the area whose
    signing it was. The same container is added once. Returns the DocumentFile."""
    from portal.documents.models import Document

    document = db.session.get(Document, document_id)
    if document is None:
        raise NotFound(_("There is no such document"))
    there = db.session.scalar(
        sa.select(DocumentFile).where(
            DocumentFile.document_id == document_id,
            DocumentFile.sha256 == sha256,
            DocumentFile.role == FileRole.CONTAINER,
        )
    )
    if there is not None:
        return there
    return _add(actor, document, tidy_name(name), storage.get_blob(sha256).mime, sha256, size_bytes, FileRole.CONTAINER)


def _add(actor, document, name, mime, sha256, size_bytes, role=None):
    if role is None:
        role = FileRole.CONTAINER if mime in CONTAINERS else FileRole.ORIGINAL
    file = DocumentFile(
        document_id=document.id,
        name=tidy_name(name),
        mime=mime,
        sha256=sha256,
        size_bytes=size_bytes,
        role=role,
        added_by_id=actor.person_id,
    )
    db.session.add(file)
    db.session.flush()
    audit.record(
        actor,
        "document.file_added",
        document,
        new={"file": file.name, "sha256": sha256, "size_bytes": size_bytes, "role": role.value},
    )
    announce(actor, FileAdded(document_id=document.id, file_id=file.id))
    return file


def files_of(document_id):
    """All files of a document, each container followed by what is inside it. The caller has asked who may see."""
    rows = list(
        db.session.scalars(
            sa.select(DocumentFile).where(DocumentFile.document_id == document_id).order_by(DocumentFile.id)
        )
    )
    children = {}
    for file in rows:
        children.setdefault(file.parent_file_id, []).append(file)
    return [file for pair in _in_order(children, None, 0) for file in (pair,)]


def _in_order(children, parent_id, depth):
    for file in children.get(parent_id, ()):
        file.depth = depth
        yield file
        yield from _in_order(children, file.id, depth + 1)


def get_file(actor, document_id, file_id):
    """(Document, DocumentFile). Raises NotFound, as for the document."""
    from portal.documents.service.records import get_document

    document = get_document(actor, document_id)
    file = db.session.get(DocumentFile, file_id if isinstance(file_id, uuid.UUID) else uuid.UUID(str(file_id)))
    if file is None or file.document_id != document.id:
        raise NotFound(_("There is no such file"))
    return document, file


def open_file(actor, document_id, file_id, purpose=""):
    """The file, for handing its bytes to a person: the reading is audited with its purpose. Raises NotFound, NotYet."""
    from portal.documents.service.restrictions import ensure_openable

    document, file = get_file(actor, document_id, file_id)
    ensure_openable(actor, document, purpose)
    audit.record_reading(actor, "document.file_read", document, purpose or None)
    return file


def read_range(file, start, end):
    """Yield the bytes [start, end) of a file; damage is found before the first piece. Raises DamagedBlob."""
    return storage.iter_range(file.sha256, start, end)


def without_text(files):
    """Ids of those pictures and PDFs in which no text was found, so that recognising it would help."""
    asked = [file for file in files if file.mime == PDF or file.mime in PICTURES]
    if not asked:
        return set()
    known = storage.with_text({file.sha256 for file in asked})
    return {file.id for file in asked if file.sha256 not in known}


def text_of_file(file):
    """The text that was read out of a file."""
    return storage.text_of(file.sha256).text


def text_and_places(file):
    """The same with its places: pages, sheets, slides."""
    return storage.text_of(file.sha256)
