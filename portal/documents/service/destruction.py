"""Acts of destruction: from files whose term has ended to documents of which only the record is left (R282-36..42)."""

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.events import BytesOwed, DestructionAsked
from portal.documents.models import (
    ActState,
    DestructionAct,
    DestructionItem,
    Document,
    DocumentFile,
    DocumentState,
    Scan,
    ScanState,
)
from portal.documents.service.indexing import index_document
from portal.documents.service.plan_tables import retention_text
from portal.documents.service.retention import described
from portal.documents.service.storing import external_id
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db, released
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.storage import service as storage
from portal.store import service as store

_AT_ONCE = 100  # documents in one transaction


def list_acts(actor) -> list[DestructionAct]:
    """All acts, the newest first."""
    ensure(policy.can_see_acts(actor))
    query = sa.select(DestructionAct).options(selectinload(DestructionAct.items))
    return list(db.session.scalars(query.order_by(DestructionAct.id.desc()).limit(200)))


def get_act(actor, act_id) -> DestructionAct:
    """An act with its files. Raises NotFound."""
    ensure(policy.can_see_acts(actor))
    query = sa.select(DestructionAct).where(DestructionAct.id == act_id).options(selectinload(DestructionAct.items))
    act = db.session.scalar(query)
    if act is None:
        raise NotFound(_("There is no such act of destruction"))
    return act


def make_act(actor, dossier_ids, note="") -> DestructionAct:
    """An act over files whose term has ended. Raises Invalid when none is chosen, Conflict naming the files that may
    not go: not ended, held, in another act, or with documents in work (LAW-98, R282-36)."""
    ensure(policy.can_plan(actor))
    files = described(dossier_ids)
    if not files:
        raise Invalid(_("Choose the files"))
    unfit = [str(one.dossier) for one in files if not one.is_due or one.dossier.gone_on]
    if unfit:
        raise Conflict(_("These files may not be destroyed now: %(files)s", files=", ".join(unfit)))
    year = clock.today().year
    last = db.session.scalar(sa.select(sa.func.max(DestructionAct.seq)).where(DestructionAct.year == year))
    act = DestructionAct(year=year, seq=(last or 0) + 1, note=" ".join(note.split())[:1000], made_by_id=actor.person_id)
    act.items = [
        DestructionItem(
            dossier=one.dossier,
            place=place,
            index=one.dossier.index,
            title=one.dossier.title,
            dating=_dating(one),
            documents=one.documents,
            retention=retention_text(one.dossier),
            ended_on=one.ends_on,
        )
        for place, one in enumerate(files, 1)
    ]
    db.session.add(act)
    db.session.flush()
    audit.record(actor, "destruction.made", act, new={"files": [item.index for item in act.items]})
    return act


def check_act(actor, act_id):
    """The terms and the real number of documents are compared with the act (R282-37). Raises Conflict naming files
    that are no longer as the act says; Forbidden."""
    ensure(policy.can_plan(actor))
    act = get_act(actor, act_id)
    _ensure_as_made(act)
    _move(act, ActState.CHECKED)
    act.checked_at, act.checked_by_id = clock.now(), actor.person_id
    return _noted(actor, act, "destruction.checked")


def _ensure_as_made(act):
    """Raise Conflict naming the files that are no longer as the act says: fewer or more documents, held, in work."""
    now = {one.dossier.id: one for one in described(item.dossier_id for item in act.items)}
    changed = [
        item.index
        for item in act.items
        if now[item.dossier_id].documents != item.documents
        or now[item.dossier_id].hold
        or now[item.dossier_id].open_documents
    ]
    if changed:
        raise Conflict(
            _("Something changed in these files since the act was made: %(files)s", files=", ".join(changed))
        )


def agree_act(actor, act_id, number, agreed_on):
    """The National Archive agreed (R282-38; always asked, LAW-175). number: of its decision.
    Raises Invalid("number") or Invalid("agreed_on")."""
    ensure(policy.can_plan(actor))
    act, number = get_act(actor, act_id), " ".join((number or "").split())[:60]
    if not number:
        raise Invalid(_("Name the decision of the National Archive"), field="number")
    if agreed_on is None or agreed_on > clock.today():
        raise Invalid(_("The day must not lie in the future"), field="agreed_on")
    _move(act, ActState.AGREED)
    act.agreed_number, act.agreed_on = number, agreed_on
    return _noted(actor, act, "destruction.agreed", {"number": number, "on": agreed_on.isoformat()})


def approve_act(actor, act_id):
    """A head approves the act that somebody else made; then the documents are destroyed by a job (LAW-98)."""
    act = get_act(actor, act_id)
    ensure(policy.can_approve_act(actor, act))
    _ensure_as_made(act)
    _move(act, ActState.APPROVED)
    act.approved_at, act.approved_by_id = clock.now(), actor.person_id
    _noted(actor, act, "destruction.approved")
    announce(actor, DestructionAsked(act_id=act.id))
    return act


def cancel_act(actor, act_id, reason):
    """Give an act up before it is approved; its files may be chosen again. Raises Invalid("reason")."""
    ensure(policy.can_plan(actor))
    act, reason = get_act(actor, act_id), " ".join((reason or "").split())[:500]
    if not reason:
        raise Invalid(_("Give the reason"), field="reason")
    _move(act, ActState.CANCELLED)
    act.cancel_reason = reason
    return _noted(actor, act, "destruction.cancelled", {"reason": reason})


def carry_out(act_id):
    """Destroy the documents of an approved act: of each its number, title, dates and the act stay; its files' names,
    sizes and hashes too, but no text and no bytes. Called by a job, in parts, and safe to repeat."""
    act = get_act(SYSTEM, act_id)
    if act.state != ActState.APPROVED:
        return
    ids = [item.dossier_id for item in act.items]
    while documents := list(
        db.session.scalars(
            sa.select(Document)
            .where(Document.dossier_id.in_(ids), Document.state != DocumentState.DESTROYED)
            .order_by(Document.id)
            .limit(_AT_ONCE)
        )
    ):
        for document in documents:
            _destroy(act, document)
        with released():
            pass  # part by part: what is destroyed stays so, and nobody waits for the whole act
        act = get_act(SYSTEM, act_id)
    for item in act.items:
        item.dossier.gone_on = clock.today()
    _move(act, ActState.DESTROYED)
    act.destroyed_at = clock.now()
    _noted(SYSTEM, act, "destruction.done", {"documents": sum(item.documents for item in act.items)})


def _destroy(act, document):
    document.state = DocumentState.DESTROYED
    document.summary = ""
    document.destroyed_by_id = act.id
    files = list(db.session.scalars(sa.select(DocumentFile).where(DocumentFile.document_id == document.id)))
    owed = set()
    for file in files:
        owed |= {file.sha256, file.preview_sha256} - {None}
        file.preview_sha256, file.signatures = None, None
    for scan in db.session.scalars(sa.select(Scan).where(Scan.document_id == document.id)):
        owed |= {scan.pdf_sha256, scan.text_sha256, *scan.input_sha256s} - {None}
        scan.inputs, scan.pdf_sha256, scan.text_sha256, scan.beginning = [], None, None, ""
        if scan.in_progress:
            scan.state = ScanState.DISCARDED
    db.session.flush()
    store.destroy_own(external_id(document))
    index_document(document)
    audit.record(SYSTEM, "document.destroyed", document, new={"act": act.number})
    if owed:
        announce(SYSTEM, BytesOwed(sha256s=sorted(owed)))


def erase_bytes(sha256s):
    """Destroy the bytes of these blobs, except those that a living document or another area still has. By a job."""
    living: set = set()
    for column in (DocumentFile.sha256, DocumentFile.preview_sha256):
        living |= set(
            db.session.scalars(
                sa.select(column)
                .join(Document, Document.id == DocumentFile.document_id)
                .where(column.in_(sha256s), Document.state != DocumentState.DESTROYED)
            )
        )
    waiting = sa.select(Scan).where(
        Scan.document_id.is_(None), Scan.state.not_in([ScanState.PARTED, ScanState.DISCARDED])
    )
    for scan in db.session.scalars(waiting):  # what came in stands in a list, where the storage does not look
        living.update(scan.input_sha256s)
    owed, before = set(sha256s) - living, -1
    while len(owed) != before:  # what lies inside a container goes after it
        before = len(owed)
        # messages and signature requests carried the document itself; what the council decided on is kept for ever
        apart_from = ("document_file", "message", "delivery", "signature", "approval")
        owed = {sha256 for sha256 in owed if not storage.erase(sha256, apart_from=apart_from)}


def _dating(kept):
    if kept.first is None:
        return str(kept.year)
    return f"{kept.first:%d.%m.%Y}–{kept.last:%d.%m.%Y}"


def _move(act, state):
    if not act.may_become(state):
        raise Conflict(_("The act is no longer in the state in which this can be done; open it again"))
    act.state = state


def _noted(actor, act, action, new=None):
    db.session.flush()
    audit.record(actor, action, act, new=new)
    return act
