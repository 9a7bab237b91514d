"""Scans: taken in from a page or the watched folder, read by a job, registered by a clerk (12.1)."""

import hashlib
import stat
import time
import uuid

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.events import ScanAdded
from portal.documents.models import Document, DocumentKind, FileRole, Register, Scan, ScanState
from portal.documents.service.files import Upload, add_uploads, get_file, receive_uploads
from portal.kernel import jobs
from portal.kernel.config import settings
from portal.kernel.db import db, released
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.live import publish
from portal.storage import service as storage
from portal.storage.extract.sniffing import PDF

SEEN_AT_ONCE = 100
SCANS_TOPIC = f"scans:{uuid.UUID(int=0)}"
SETTLED_S = 10  # a file that has not changed for so long is finished
_PICTURES = "image/"


# --- taking in --------------------------------------------------------------------------------------------------------


def receive_pages(actor, uploads):
    """One scan of uploaded pages, in the order given. Returns the Scan.
    Raises Forbidden, Invalid("pages") when there are none or when one is neither a PDF nor a picture."""
    ensure(policy.can_scan(actor))
    if not uploads:
        raise Invalid(_("Choose the pages, or take a picture of them"), field="pages")
    for upload in uploads:
        if not _readable(upload.mime):
            raise Invalid(_("“%(name)s” is neither a PDF nor a picture", name=upload.name), field="pages")
    return _add(actor, uploads[0].name if len(uploads) == 1 else _("Scanned pages"), uploads)


def recognise_file(actor, document_id, file_id):
    """Have the text of a document's picture or PDF recognised; it comes as a copy with text. Returns the Scan.
    Raises Forbidden, NotFound, Conflict when it is being read already."""
    document, file = get_file(actor, document_id, file_id)
    ensure(policy.can_add_file(actor, document))
    if not _readable(file.mime):
        raise Invalid(_("“%(name)s” is neither a PDF nor a picture", name=file.name))
    busy = sa.select(Scan.id).where(
        Scan.document_id == document.id, Scan.state.in_([ScanState.WAITING, ScanState.READING])
    )
    if db.session.scalar(busy.limit(1)):
        raise Conflict(_("A file of this document is being read already; wait a moment"))
    upload = Upload(file.name, file.mime, file.sha256, file.size_bytes)
    return _add(actor, file.name, [upload], document_id=document.id)


def collect_scans(actor):
    """Take the finished files out of the watched folder, each as a scan. Returns how many. May be killed at any point:
    a file is removed only when its scan is committed, and a file that came back is known by what it was."""
    folder = settings().scan_folder
    if folder is None or not folder.is_dir():
        return 0
    taken = 0
    for path in sorted(folder.iterdir()):
        found = path.lstat()
        finished = found.st_size and found.st_mtime < time.time() - SETTLED_S
        if not stat.S_ISREG(found.st_mode) or path.name.startswith((".", "~")) or not finished:
            continue
        with path.open("rb") as stream:
            uploads, problems = receive_uploads(actor, [(path.name, stream)])
            if not uploads:  # kept all the same, so that somebody looks at it
                stream.seek(0)
                with released():
                    staged = storage.stage(stream, name=path.name)
                blob = storage.keep(actor, staged)
                uploads = [Upload(path.name, blob.mime, blob.sha256, blob.size_bytes)]
        identity = f"{path.name} {found.st_mtime_ns} {found.st_ino} {uploads[0].sha256}"
        key = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()
        if db.session.scalar(sa.select(Scan.id).where(Scan.folder_key == key)) is None:
            scan = _add(actor, path.name, uploads, folder_key=key)
            if problems:
                _fail(actor, scan, problems[0])
            taken += 1
        with released():
            path.unlink(missing_ok=True)
    return taken


def _add(actor, name, uploads, **values):
    scan = Scan(name=name[:255], inputs=[[*upload] for upload in uploads], added_by_id=actor.person_id, **values)
    db.session.add(scan)
    db.session.flush()
    audit.record(actor, "scan.added", scan, new={"files": [upload.sha256 for upload in uploads]})
    announce(actor, ScanAdded(scan_id=scan.id))
    publish(SCANS_TOPIC, "added")
    return scan


def _readable(mime):
    return mime == PDF or mime.startswith(_PICTURES)


# --- reading, by the job ----------------------------------------------------------------------------------------------


def read_scan(actor, scan_id):
    """Make one PDF of what came in, part it at separator sheets, recognise its text. May run twice: what is done is
    not done again. What cannot be read is reported on the scan and kept."""
    from portal.documents.scanning import ScanProblem

    scan = db.session.get(Scan, scan_id)
    if scan is None or not scan.in_progress:
        return
    scan.state, scan.pages_done, scan.problem = ScanState.READING, 0, ""
    db.session.flush()
    publish(SCANS_TOPIC, "reading")
    try:
        if scan.pdf_sha256 is None and _part(actor, scan):
            return
        _recognise(actor, scan)
    except (ScanProblem, storage.DamagedBlob) as error:
        _fail(actor, scan, str(error))


def _part(actor, scan):
    """Make the PDF. True when it was parted: then its parts are read instead."""
    from portal.documents.scanning import make_pages

    inputs, part = [(name, sha256) for name, _mime, sha256, _size in scan.inputs], scan.document_id is None
    staged = []
    try:
        with released():
            parts = make_pages([(name, storage.read(sha256)) for name, sha256 in inputs], part=part)
            staged = [storage.stage(one.data, mime=PDF) for one in parts]
        blobs = [storage.keep(actor, entry) for entry in staged]
    finally:
        for entry in staged:
            storage.discard(entry)
    if len(parts) == 1:
        _hold(scan, parts[0], blobs[0])
        return False
    for number, (one, blob) in enumerate(zip(parts, blobs, strict=True), start=1):
        child = _add(
            actor,
            f"{scan.name} ({number}/{len(parts)})",
            [Upload(f"{number}.pdf", PDF, blob.sha256, blob.size_bytes)],
            parent_id=scan.id,
        )
        child.added_by_id = scan.added_by_id
        _hold(child, one, blob)
    scan.state = ScanState.PARTED
    db.session.flush()
    audit.record(actor, "scan.parted", scan, new={"parts": len(parts)})
    return True


def _hold(scan, part, blob):
    scan.pdf_sha256, scan.pages = blob.sha256, part.pages
    known = db.session.scalar(sa.select(Register.kinds).where(Register.code == part.register_code))
    if known is not None:  # a separator sheet of a register that is there
        scan.register_code = part.register_code
        scan.kind = part.kind if part.kind in known else ""
    db.session.flush()


def _recognise(actor, scan):
    from portal.documents.scanning import recognise

    scan_id, sha256 = scan.id, scan.pdf_sha256

    def tell(done, total):
        db.session.execute(
            sa.update(Scan)
            .where(Scan.id == scan_id)
            .values(pages_done=done, pages=total)
            .execution_options(synchronize_session=False)
        )
        publish(SCANS_TOPIC, "page")
        jobs.still_working()

    with released():
        pdf, text = recognise(storage.read(sha256), tell)
        staged = storage.stage(pdf, mime=PDF)
    db.session.refresh(scan)  # it may have been registered, discarded, or destroyed with its document meanwhile
    if not scan.inputs:
        storage.discard(staged)
        return
    blob = storage.keep(actor, staged)
    scan.text_sha256, scan.pages_done = blob.sha256, scan.pages
    scan.beginning = " ".join(text.split())[:300]
    if scan.in_progress:
        scan.state = ScanState.READY
    db.session.flush()
    audit.record(actor, "scan.recognised", scan, new={"pages": scan.pages, "characters": len(text)})
    if scan.document_id is not None:
        document = db.session.get(Document, scan.document_id)
        add_uploads(actor, document, [_copy_of(scan)], FileRole.COPY)
        publish(f"document:{document.id}", "files")
    publish(SCANS_TOPIC, "read")


def _with_pages(text):
    """(text, places) of recognised pages, which a form feed parts."""
    whole, places = "", []
    for number, page in enumerate(text.split("\f"), start=1):
        places.append(storage.Place("page", str(number), len(whole)))
        whole += page.strip() + "\n"
    return whole, places


def _copy_of(scan):
    blob = storage.get_blob(scan.text_sha256)
    stem = scan.name.rsplit(".", 1)[0]
    return Upload(_("%(name)s, with text.pdf", name=stem), PDF, blob.sha256, blob.size_bytes)


def _fail(actor, scan, problem):
    db.session.refresh(scan)
    scan.state, scan.problem = ScanState.FAILED, problem
    db.session.flush()
    audit.record(actor, "scan.failed", scan, result="failed", reason=problem)
    publish(SCANS_TOPIC, "failed")


# --- what clerks do ---------------------------------------------------------------------------------------------------


def watch_scans(actor, _nothing):
    """May the actor be told that scans changed? Raises Forbidden."""
    ensure(policy.can_scan(actor))


def list_scans(actor):
    """What waits to be registered, oldest first: what the folder brought, and the actor's own. Raises Forbidden."""
    ensure(policy.can_scan(actor))
    return list(
        db.session.scalars(
            sa.select(Scan)
            .where(
                Scan.document_id.is_(None),
                Scan.state.not_in([ScanState.PARTED, ScanState.DISCARDED]),
                sa.or_(Scan.added_by_id.is_(None), Scan.added_by_id == actor.person_id),
            )
            .order_by(Scan.id)
            .limit(SEEN_AT_ONCE)
        )
    )


def get_scan(actor, scan_id):
    """A scan that the actor may see. Raises NotFound, Forbidden."""
    ensure(policy.can_scan(actor))
    try:
        scan = db.session.get(Scan, scan_id if isinstance(scan_id, uuid.UUID) else uuid.UUID(str(scan_id)))
    except ValueError:
        scan = None
    if scan is None or scan.added_by_id not in (None, actor.person_id):
        raise NotFound(_("There is no such scan"))
    return scan


def open_scan(actor, scan_id):
    """(name, mime, sha256, size) of what a person looks at: the pages, or what came in when no pages could be made of
    it. The reading is audited. Raises NotFound."""
    scan = get_scan(actor, scan_id)
    audit.record_reading(actor, "scan.read", scan)
    return _pages(scan)


def scan_uploads(actor, scan_id):
    """The pages as files for the registration form. Raises NotFound, Conflict when it is registered already."""
    scan = get_scan(actor, scan_id)
    _ensure_waits(scan)
    return [_original(scan)]


def scan_suggestion(actor, scan_id):
    """{field: value} that the separator sheet gives the registration form."""
    scan = get_scan(actor, scan_id)
    register = db.session.scalar(sa.select(Register).where(Register.code == scan.register_code))
    values = {"register_id": register.id if register else None, "kind": DocumentKind(scan.kind) if scan.kind else None}
    return {name: value for name, value in values.items() if value}


def attach_scan(actor, scan_id, document):
    """The scan became this document: its copy with text comes along, now or when it is made.
    Raises NotFound, Conflict."""
    scan = get_scan(actor, scan_id)
    _ensure_waits(scan)
    scan.document_id = document.id
    if scan.text_sha256 is not None:
        add_uploads(actor, document, [_copy_of(scan)], FileRole.COPY)
    db.session.flush()
    publish(SCANS_TOPIC, "registered")


def try_again(actor, scan_id):
    """Read a scan once more that could not be read. Raises NotFound, Conflict."""
    scan = get_scan(actor, scan_id)
    if scan.state != ScanState.FAILED:
        raise Conflict(_("The scan is no longer in the state in which this can be done; open the list again"))
    scan.state, scan.problem = ScanState.WAITING, ""
    db.session.flush()
    audit.record(actor, "scan.retried", scan)
    announce(actor, ScanAdded(scan_id=scan.id))
    return scan


def discard_scan(actor, scan_id):
    """Take a scan off the list: a blank page, or one that came twice. Raises NotFound, Conflict."""
    scan = get_scan(actor, scan_id)
    _ensure_waits(scan)
    scan.state = ScanState.DISCARDED
    db.session.flush()
    audit.record(actor, "scan.discarded", scan)
    publish(SCANS_TOPIC, "discarded")
    return scan


def _ensure_waits(scan):
    if scan.document_id is not None or scan.state in (ScanState.PARTED, ScanState.DISCARDED):
        raise Conflict(_("The scan is registered or discarded already; open the list again"))


def _original(scan):
    """The scanned file as it came when it is one; several are registered as one PDF."""
    return Upload(*scan.inputs[0]) if len(scan.inputs) == 1 else _pages(scan)


def _pages(scan):
    """One PDF of all pages; before it is made, the first file that came in."""
    if not scan.inputs:
        raise NotFound(_("The file was destroyed by an approved act"))
    if scan.pdf_sha256 is None:
        return Upload(*scan.inputs[0])
    blob = storage.get_blob(scan.pdf_sha256)
    return Upload(scan.name.rsplit(".", 1)[0] + ".pdf", PDF, blob.sha256, blob.size_bytes)


def make_separators(actor, codes):
    """Bytes of a PDF with a separator sheet for each kind of the registers with these codes.
    Raises Forbidden, Invalid("registers")."""
    from portal.documents.scanning import separator_sheets
    from portal.documents.service.registers import list_registers
    from portal.documents.words import KINDS

    ensure(policy.can_scan(actor))
    registers = [register for register in list_registers(actor) if register.code in codes]
    if not registers:
        raise Invalid(_("Choose a register"), field="registers")
    help_line = _("Put this sheet before the first page of each document and scan the whole pile at once.")
    sheets = [
        (register.code, kind, str(KINDS.get(kind, kind)), (f"{register.name} ({register.index})", "", help_line))
        for register in registers
        for kind in register.kinds
    ]
    with released():
        return separator_sheets(_("Separator sheets"), sheets)
