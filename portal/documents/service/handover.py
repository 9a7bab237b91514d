"""Packages of permanently kept files for the National Archive (LAW-99, R282-33..35).

A ZIP: `metadata.xml` with what annex 4 asks of the package and each document, the files under `files/`, and
`manifest-sha256.txt`; the package has one checksum, its address in the store. The names of the elements are ours until
the institution and the Archive have agreed on the format of the system (R282-15)."""

import tempfile
import zipfile
from pathlib import PurePosixPath

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.events import HandoverAsked
from portal.documents.models import Document, DocumentFile, Handover, HandoverState, Retention
from portal.documents.service.retention import Kept, described
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.db import db, released
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.storage import service as storage

_PART = 1024 * 1024


def list_handovers(actor) -> list[Handover]:
    """All handovers, the newest first."""
    ensure(policy.can_plan(actor))
    return list(db.session.scalars(sa.select(Handover).order_by(Handover.id.desc()).limit(200)))


def get_handover(actor, handover_id) -> Handover:
    """Raises NotFound."""
    ensure(policy.can_plan(actor))
    found = db.session.get(Handover, handover_id)
    if found is None:
        raise NotFound(_("There is no such handover"))
    return found


def kept_of(actor, handover) -> list[Kept]:
    """The files of a handover. Raises Forbidden."""
    ensure(policy.can_plan(actor))
    return described(handover.dossier_ids_as_keys)


def ask_handover(actor, dossier_ids, title="") -> Handover:
    """Let a package of these files be made. Raises Invalid when none is chosen, Conflict naming those that are not
    kept permanently, are not closed, or have documents in work."""
    ensure(policy.can_plan(actor))
    files = described(dossier_ids)
    if not files:
        raise Invalid(_("Choose the files"))
    unfit = [
        str(one.dossier)
        for one in files
        if one.dossier.retention != Retention.PERMANENT or one.transfer_by is None or one.open_documents
    ]
    if unfit:
        raise Conflict(_("These files cannot be handed over now: %(files)s", files=", ".join(unfit)))
    years = sorted({one.year for one in files})
    title = " ".join(title.split())[:300] or _("Files of %(years)s", years=", ".join(map(str, years)))
    handover = Handover(title=title, dossier_ids=[str(one.dossier.id) for one in files], made_by_id=actor.person_id)
    db.session.add(handover)
    db.session.flush()
    audit.record(actor, "handover.asked", handover, new={"files": [one.dossier.index for one in files]})
    announce(actor, HandoverAsked(handover_id=handover.id))
    return handover


def make_package(handover_id):
    """Write the package of a handover. Called by a job. A file that is damaged or gone is named on the row, and nothing
    half done is kept."""
    handover = db.session.get(Handover, handover_id)
    if handover is None or handover.state == HandoverState.HANDED_OVER:
        return
    metadata, names, documents = _metadata(handover)
    with tempfile.TemporaryFile() as file:
        with released():  # files are read and written for a long time
            try:
                _write(file, metadata, names)
            except storage.DamagedBlob as error:
                return _failed(handover_id, str(error))
            file.seek(0)
            staged = storage.stage(file, mime="application/zip", name="package.zip")
        blob = storage.keep(SYSTEM, staged)
    handover = db.session.get(Handover, handover_id, populate_existing=True)
    handover.sha256, handover.size_bytes = blob.sha256, blob.size_bytes
    handover.documents, handover.files = documents, len(names)
    handover.state, handover.problem = HandoverState.READY, ""
    db.session.flush()
    audit.record(SYSTEM, "handover.ready", handover, new={"sha256": blob.sha256})


def open_package(actor, handover_id):
    """(handover, its package's bytes in pieces). Raises NotFound before it is ready. The download is recorded."""
    handover = get_handover(actor, handover_id)
    if handover.sha256 is None:
        raise NotFound(_("The package is not ready"))
    audit.record_reading(actor, "handover.package_read", handover)
    return handover, storage.iter_range(handover.sha256)


def confirm_handover(actor, handover_id, number, taken_on):
    """The Archive took the package. Our copy stays until its destruction is agreed too.
    Raises Invalid("number") or Invalid("taken_on"), Conflict before the package is ready."""
    ensure(policy.can_plan(actor))
    handover, number = get_handover(actor, handover_id), " ".join((number or "").split())[:60]
    if handover.state != HandoverState.READY:
        raise Conflict(_("The package is not ready"))
    if not number:
        raise Invalid(_("Name the act of the National Archive"), field="number")
    if taken_on is None or taken_on > clock.today():
        raise Invalid(_("The day must not lie in the future"), field="taken_on")
    handover.taken_number, handover.taken_on, handover.state = number, taken_on, HandoverState.HANDED_OVER
    for one in described(handover.dossier_ids_as_keys):
        one.dossier.handed_over_on = taken_on
    db.session.flush()
    audit.record(actor, "handover.confirmed", handover, new={"number": number, "on": taken_on.isoformat()})
    return handover


def _failed(handover_id, problem):
    handover = db.session.get(Handover, handover_id, populate_existing=True)
    handover.state, handover.problem = HandoverState.FAILED, problem
    db.session.flush()
    audit.record(SYSTEM, "handover.failed", handover, new={"problem": problem})


def _metadata(handover):
    """(XML, {name in the package: sha256}, number of documents); rows of annex 4 in its order."""
    from lxml import etree

    own = settings()
    root = etree.Element("package")
    _add(root, institution=own.municipality, institutionNumber=own.registration_number, title=handover.title)
    names: dict[str, str] = {}
    count = 0
    for unit, kept in enumerate(described(handover.dossier_ids_as_keys), 1):
        dossier = kept.dossier
        unit_node = etree.SubElement(root, "unit", number=str(unit))
        dating = f"{kept.first:%Y-%m-%d}/{kept.last:%Y-%m-%d}" if kept.first else str(kept.year)
        _add(unit_node, index=dossier.index, title=dossier.title, period=str(kept.year), dating=dating)
        _add(unit_node, restriction=dossier.restriction, language="lv")
        documents = list(
            db.session.scalars(
                sa.select(Document).where(Document.dossier_id == dossier.id).order_by(Document.received_on, Document.id)
            )
        )
        people = identity.names_of({one.responsible_id for one in documents} - {None})
        files = _files_of([one.id for one in documents])
        for place, document in enumerate(documents, 1):
            count += 1
            node = etree.SubElement(unit_node, "document", number=str(place))
            _add(
                node, title=document.title, date=document.received_on.isoformat(), registrationNumber=document.number,
                register=document.register.code, group=document.direction.value, kind=document.kind.value,
                author=document.author, addressee=document.addressee, senderNumber=document.author_number,
                abstract=document.summary, responsible=people.get(document.responsible_id, ""),
                state=document.state.value,
            )  # fmt: skip
            for n, file in enumerate(files.get(document.id, ()), 1):
                name = f"files/{unit:03d}/{place:05d}/{n:02d}-{PurePosixPath(file.name).name}"
                names[name] = file.sha256
                node_of_file = etree.SubElement(node, "file", path=name)
                _add(node_of_file, name=file.name, mime=file.mime, size=str(file.size_bytes))
                _add(node_of_file, checksumAlgorithm="SHA256", checksum=file.sha256)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True), names, count


def _files_of(document_ids):
    """Files as they came, without those taken out of containers: the container has them."""
    found: dict = {}
    for start in range(0, len(document_ids), 500):
        rows = db.session.scalars(
            sa.select(DocumentFile)
            .where(
                DocumentFile.document_id.in_(document_ids[start : start + 500]), DocumentFile.parent_file_id.is_(None)
            )
            .order_by(DocumentFile.id)
        )
        for row in rows:
            found.setdefault(row.document_id, []).append(row)
    return found


def _add(node, **texts):
    from lxml import etree

    for name, text in texts.items():
        if text:
            etree.SubElement(node, name).text = text


def _write(file, metadata, names):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as package:
        package.writestr("metadata.xml", metadata)
        for name, sha256 in names.items():
            with package.open(name, "w", force_zip64=True) as target, storage.open(sha256) as source:
                while part := source.read(_PART):
                    target.write(part)
        package.writestr("manifest-sha256.txt", "".join(f"{sha256}  {name}\n" for name, sha256 in names.items()))
