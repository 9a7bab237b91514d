"""The decision of a case: draft, committee, council, signed document, delivery to the client (8.2, 13.1, 13.2)."""

import sqlalchemy as sa

from portal.cases import policy
from portal.cases.models import Case, CaseDraft, CaseLetter, CaseStep, Status
from portal.cases.service.reading import get_case
from portal.cases.service.timeline import add_step, change_status, follow_flow
from portal.council import service as council
from portal.documents import service as documents
from portal.exchange import service as exchange
from portal.kernel import clock
from portal.kernel.access import SYSTEM, set_of
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.i18n import _, _l, date_short
from portal.storage import service as storage
from portal.workflow import service as workflow

WAYS = {  # how a client without an e-address is given the answer, as the client reads it
    "post": _l("The answer was sent to you by post"),
    "person": _l("The answer was handed to you in person"),
    "email": _l("The answer was sent to you by e-mail"),
    "centre": _l("The answer waits for you at the one-stop shop"),
}

ARRIVED = ("delivered",)
# "late": the recipient may still confirm, but meanwhile somebody has to know and decide what to do
NOT_ARRIVED = ("failed", "refused", "rejected", "late", "cancelled")


def draft_of(actor, case_id):
    """The saved draft of the case, or None. Seeing the case is enough."""
    get_case(actor, case_id)
    return db.session.scalar(sa.select(CaseDraft).where(CaseDraft.case_id == case_id))


def save_draft(actor, case_id, title, draft_text, committee_id=None):
    """Keep what is typed so far. Returns the CaseDraft with the moment of saving. Raises Forbidden."""
    case = get_case(actor, case_id)
    ensure(policy.can_prepare(actor, case))
    draft = db.session.scalar(sa.select(CaseDraft).where(CaseDraft.case_id == case.id))
    if draft is None:
        draft = CaseDraft(case_id=case.id)
        db.session.add(draft)
    draft.title, draft.text, draft.committee_id = (title or "")[:500], draft_text or "", committee_id
    draft.saved_at, draft.saved_by_id = clock.now(), actor.person_id
    db.session.flush()
    return draft


def submit_draft(actor, case_id, title, draft_text, committee_id, files=()):
    """Lay the draft decision before a committee.
    files: (name, mime, bytes). Raises Forbidden; Invalid for an empty title, text or committee.
    """
    case = get_case(actor, case_id)
    ensure(policy.can_prepare(actor, case))
    title, draft_text = (title or "").strip(), (draft_text or "").strip()
    if not title:
        raise Invalid(_("Fill in this field"), field="title")
    if len(title) > 500:
        raise Invalid(_("At most %(max)s characters; now %(size)s", max=500, size=len(title)), field="title")
    if not draft_text:
        raise Invalid(_("Write the text of the draft decision"), field="draft_text")
    if committee_id is None:
        raise Invalid(_("Choose the committee"), field="committee_id")
    save_draft(actor, case_id, title, draft_text, committee_id)
    matter = council.propose(
        actor,
        case_id=case.id,
        title=title,
        draft_text=draft_text,
        kind="individual",
        body_id=committee_id,
        rapporteur_id=case.responsible_id,
        case_number=case.number,
        access_keys=[f"unit:{case.unit_id}"],
    )
    for name, mime, data in files:
        blob = storage.put(actor, data)
        council.add_file(actor, matter.id, name, mime, blob.sha256, blob.size_bytes)
    case.matter_id = matter.id
    # who prepares sessions reads what the matter is about
    case.access_set_id = set_of("role:secretary", base=case.access_set_id)
    add_step(actor, case, "proposed", text=_l("The draft decision is before the committee"), note=title)
    workflow.complete_for(actor, "case", case.id, "case.prepare", {})
    follow_flow(case)
    return matter


def matter_decided(actor, matter_id, case_id, body_kind, outcome):
    """A committee or the council has decided the case's matter (council.MatterDecided)."""
    case = _case(case_id)
    if case is None or case.closed:
        return
    in_council = str(body_kind) == "council"
    good = str(outcome) in ("adopted", "supported")
    text = {
        (True, True): _l("The council adopted the decision"),
        (True, False): _l("The council did not adopt the draft decision"),
        (False, True): _l("The committee supports the draft decision"),
        (False, False): _l("The committee did not support the draft decision; it is being improved"),
    }[in_council, good]
    if str(outcome) == "withdrawn":
        text = _l("The draft decision was withdrawn; it is being improved")
        body_kind, outcome, in_council = "committee", "rejected", False
    add_step(actor, case, "decided", text=text)
    case.matter_id = matter_id if in_council or good else None
    workflow.signal(
        actor, "case", case.id, "council_decided" if in_council else "committee_decided", {"outcome": str(outcome)}
    )
    follow_flow(case)


def decision_signed(actor, decision_id, case_id, document_id):
    """The decision's document is signed (council.DecisionSigned): the responsible employee can send it."""
    case = _case(case_id)
    if case is None or case.closed:
        return
    case.result_document_id = document_id
    documents.share(
        SYSTEM, document_id, f"unit:{case.unit_id}", *([f"person:{case.responsible_id}"] if case.responsible_id else [])
    )
    add_step(actor, case, "signed", text=_l("The decision is signed"), document_id=document_id)
    workflow.signal(actor, "case", case.id, "decision_signed", {})
    follow_flow(case)


def deliver(actor, case_id, text="", granted=True):
    """Send the signed decision to the client's e-address; without one it waits to be handed over by a person.
    granted: what the decision says about the request. Raises Forbidden; Conflict when there is no signed container."""
    case = get_case(actor, case_id)
    ensure(policy.can_deliver(actor, case))
    document = documents.get_document(actor, case.result_document_id)
    containers = [f for f in documents.files_of(document.id) if f.role == documents.FileRole.CONTAINER and not f.depth]
    if not containers:
        raise Conflict(_("The decision has no signed container yet"))
    send(actor, case, document, containers[-1:], text, granted)
    workflow.complete_for(actor, "case", case.id, "case.deliver", {"granted": granted})
    follow_flow(case)
    return case


def send(actor, case, document, files, text, granted):
    """Queue the answer's delivery and remember which one the case waits for. A client without an e-address gets the
    answer from a person (`hand_over`)."""
    case.granted, case.result_document_id = granted, document.id
    if not case.client_address:
        add_step(actor, case, "ready", text=_l("The answer is ready"), note=text or None, document_id=document.id)
        workflow.add_task(
            actor,
            "case.hand_over",
            "case",
            case.id,
            f"{case.number} {case.title}",
            person_id=case.responsible_id,
            due_on=case.due_on,
        )
        return
    delivery = exchange.queue_delivery(
        actor,
        document_id=document.id,
        recipient=case.client_address,
        recipient_name=case.client_name,
        title=document.title,
        files=[(f.name, f.mime, f.sha256, f.size_bytes) for f in files],
        case_id=case.id,
    )
    case.delivery_id = delivery.id
    add_step(
        actor,
        case,
        "sent",
        text=_l("The answer was sent to your e-address"),
        note=text or None,
        document_id=document.id,
        delivery_id=delivery.id,
    )


def delivery_changed(actor, delivery_id, document_id, case_id, state):
    """The delivery of something of the case changed (exchange.DeliveryChanged). When the answer has arrived, the case
    ends: provided, or refused. When it cannot arrive, it comes back to who sent it."""
    case = _case(case_id)
    if case is None:
        return
    state = str(state)
    if state not in ARRIVED + NOT_ARRIVED or _known_receipt(case, delivery_id, state):
        return
    arrived = state in ARRIVED
    kind = "arrived" if arrived else "not_arrived"
    if case.delivery_id != delivery_id:  # a question or a forwarded application, not the answer
        add_step(actor, case, kind, delivery_id=delivery_id, document_id=document_id)
        return
    add_step(
        actor,
        case,
        kind,
        delivery_id=delivery_id,
        document_id=document_id,
        text=_l("The answer has reached your e-address") if arrived else None,
        note=None if arrived else _not_arrived_note(state),
    )
    if arrived and not case.closed:
        _end(actor, case, document_id)
    if not workflow.signal(actor, "case", case.id, "delivery_finished", {"delivered": arrived}) and arrived:
        # it had failed, the flow went back to sending, and the delivery desk mended it meanwhile
        workflow.complete_for(
            actor, "case", case.id, "case.deliver" if case.granted else "case.refuse", {"granted": case.granted}
        )
        workflow.signal(actor, "case", case.id, "delivery_finished", {"delivered": True})
    follow_flow(case)


def hand_over(actor, case_id, way, on, note=""):
    """Note that a client without an e-address was given the answer, which ends the case. way: one of WAYS; on: the day.
    Raises Forbidden; Invalid("way"), Invalid("on") for a day that has not come or is before the request."""
    case = get_case(actor, case_id)
    ensure(policy.can_hand_over(actor, case))
    if way not in WAYS:
        raise Invalid(_("Choose from the list"), field="way")
    if not case.requested_on <= on <= clock.today():
        raise Invalid(_("The day lies between the request and today"), field="on")
    add_step(
        actor,
        case,
        "handed_over",
        text=WAYS[way],
        note=" · ".join(part for part in (date_short(on), note.strip()) if part),
        document_id=case.result_document_id,
    )
    _end(actor, case, case.result_document_id)
    workflow.complete_for(actor, "case", case.id, "case.hand_over", {})
    workflow.signal(actor, "case", case.id, "delivery_finished", {"delivered": True})
    follow_flow(case)
    return case


def _end(actor, case, document_id):
    """The client has the answer: the service is provided, or refused."""
    text = _l("The decision was sent to you") if case.granted else _l("The request was refused; see the answer")
    change_status(actor, case, Status.PROVIDED if case.granted else Status.REFUSED, text, document_id=document_id)


def _not_arrived_note(state):
    """What the responsible employee reads of an answer that did not arrive, and what to do."""
    if state == "late":
        return _(
            "The client did not confirm the receipt in time. By law the answer counts as notified on the second "
            "working day after it was sent (Notification Law 9(1¹)); send it again, or wait: the client may still "
            "confirm"
        )
    if state == "cancelled":
        return _("The delivery was cancelled before it left; send the answer again")
    return _("The answer could not be delivered; see the delivery and send it again")


def _known_receipt(case, delivery_id, state):
    """Was this news written down before? Receipts may come twice."""
    kind = "arrived" if state in ARRIVED else "not_arrived"
    return (
        db.session.scalar(
            sa.select(CaseStep.id)
            .where(CaseStep.case_id == case.id, CaseStep.delivery_id == delivery_id, CaseStep.kind == kind)
            .limit(1)
        )
        is not None
    )


def _case(case_id):
    return db.session.get(Case, case_id) if case_id else None


def letter_sent(actor, letter: CaseLetter, document):
    """A refusal's document is made: send it as the case's answer."""
    case = _case(letter.case_id)
    send(actor, case, document, _own_files(document), letter.text[:200], granted=False)
    letter.delivery_id = case.delivery_id


def _own_files(document):
    """The document's files without what lies inside containers."""
    return [file for file in documents.files_of(document.id) if not file.depth]
