"""What the unit does with a case on its way: assign, ask, wait, resume, withdraw, forward."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.cases import policy
from portal.cases.models import Case, LetterKind, Status
from portal.cases.service import letters
from portal.cases.service.reading import get_case
from portal.cases.service.timeline import add_step, change_status, follow_flow, index, official
from portal.documents import service as documents
from portal.exchange import service as exchange
from portal.identity import service as identity
from portal.kernel.access import SYSTEM, set_of
from portal.kernel.db import db
from portal.kernel.errors import Invalid, ensure
from portal.kernel.i18n import _, _l, date_short
from portal.workflow import service as workflow

# ends that need a delivered answer, so nobody sets them by hand
_BY_DELIVERY = (Status.PROVIDED, Status.REFUSED)


def set_status(actor, case_id, status, text):
    """Move the case by hand to a status that needs no delivery; text: what the client reads.
    Raises Forbidden; Conflict for a move that is not allowed; Invalid("text")."""
    acts = {
        Status.INFORMATION_ASKED: request_information,
        Status.SUSPENDED: suspend,
        Status.WITHDRAWN: withdraw,
        Status.IN_PROGRESS: resume,
    }
    status = Status(status)
    if status not in acts:
        case = get_case(actor, case_id)
        if policy.can_move(case, status) and status in _BY_DELIVERY:
            raise Invalid(_("This status comes by itself when the answer has reached the client"), field="status")
        change_status(actor, case, status, text)  # raises Conflict
        return case
    return acts[status](actor, case_id, text)


def assign(actor, case_id, responsible_id, note="", admit=False):
    """Name the responsible employee, the first time or anew. The first time the case goes into progress.
    admit: puts them on the list of a restricted document.
    Raises Forbidden; Invalid("responsible_id") for someone outside the unit or not at work."""
    case = get_case(actor, case_id)
    ensure(policy.can_assign(actor, case))
    person = next((p for p in identity.people_of_unit(case.unit_id) if p.id == responsible_id and p.active), None)
    if person is None:
        raise Invalid(_("Choose an employee of the case's unit"), field="responsible_id")
    old, case.responsible_id = case.responsible_id, person.id
    db.session.flush()
    documents.admit_person(actor, case.document_id, person.id, admit)
    case.access_set_id = set_of(f"person:{person.id}", base=case.access_set_id)
    documents.assign(SYSTEM, case.document_id, person.id)
    audit.record(
        actor,
        "case.assigned",
        case,
        old={"responsible": str(old) if old else None},
        new={"responsible": str(person.id)},
        reason=note or None,
    )
    add_step(
        actor,
        case,
        "assigned",
        note=_("Responsible: %(name)s", name=person.name) + (f". {note}" if note else ""),
        action="case.assigned_step",
    )
    if old is None:
        change_status(actor, case, Status.IN_PROGRESS, _l("Your application is being examined"))
        workflow.complete_for(actor, "case", case.id, "case.assign", {"responsible_id": str(person.id)}, note)
    else:
        workflow.change_data(actor, "case", case.id, {"responsible_id": str(person.id)})
        workflow.reassign(actor, "case", case.id, person.id)
    follow_flow(case)
    index(case)
    return case


def follow_team(_actor, case_id):
    """The team of a case, to the documents whose list follows it (documents.TeamAsked): the employee responsible, the
    head of the unit, and who carries out resolutions on the case's documents (LAW-103)."""
    case = db.session.get_one(Case, case_id)
    head = identity.head_of(case.unit_id)
    ids = [document.id for document in documents.documents_of_case(SYSTEM, case.id)]
    people = {case.responsible_id, head.id if head else None, *workflow.executors_of(ids)}
    documents.follow_team(SYSTEM, case.id, people - {None})


def request_information(actor, case_id, text):
    """Ask the client for more (LAW-104: the answer may then take longer). A letter goes to the client's e-address."""
    case = get_case(actor, case_id)
    ensure(policy.can_ask(actor, case))
    text = _needed(text)
    change_status(actor, case, Status.INFORMATION_ASKED, text)
    if case.client_address:
        letters.write(actor, case, LetterKind.QUESTION, text)
    return case


def suspend(actor, case_id, text):
    """Stop the examination for a reason that the client reads."""
    case = get_case(actor, case_id)
    ensure(policy.can_suspend(actor, case))
    change_status(actor, case, Status.SUSPENDED, _needed(text))
    return case


def resume(actor, case_id, text=""):
    """Go on after the information came or the reason to wait fell away."""
    case = get_case(actor, case_id)
    ensure(policy.can_resume(actor, case))
    change_status(actor, case, Status.IN_PROGRESS, text.strip() or _l("The examination of your application goes on"))
    return case


def withdraw(actor, case_id, text):
    """The client withdrew the application; the flow and its tasks are closed."""
    case = get_case(actor, case_id)
    ensure(policy.can_withdraw(actor, case))
    text = _needed(text)
    change_status(actor, case, Status.WITHDRAWN, text)
    workflow.cancel(actor, "case", case.id, _("The client withdrew the application"))
    follow_flow(case)
    return case


def forward(actor, case_id, recipient_name, recipient_address, text):
    """Send the application on to the institution that it belongs to, and tell the client (LAW-105).
    Raises Forbidden; Invalid for an empty name, address or text."""
    case = get_case(actor, case_id)
    ensure(policy.can_forward(actor, case))
    text = _needed(text)
    name = _needed(recipient_name, "recipient_name")
    address = _needed(recipient_address, "recipient_address")
    if "@" not in address:
        raise Invalid(_("An e-address looks like _DEFAULT@90000000001"), field="recipient_address")
    document = documents.get_document(actor, case.document_id)
    files = [(f.name, f.mime, f.sha256, f.size_bytes) for f in documents.files_of(document.id) if not f.depth]
    delivery = exchange.queue_delivery(
        actor,
        document_id=document.id,
        recipient=address,
        recipient_name=name,
        title=document.title,
        files=files,
        case_id=case.id,
    )
    add_step(actor, case, "forwarded", note=f"{name}, {address}", delivery_id=delivery.id, document_id=document.id)
    client_text = _l("Your application was forwarded to %(name)s. %(text)s", name=name, text=text)
    change_status(actor, case, Status.FORWARDED, client_text)
    if case.client_address:
        letters.write(actor, case, LetterKind.FORWARDING, official(client_text))
    workflow.cancel(actor, "case", case.id, _("Forwarded to %(name)s", name=name))
    follow_flow(case)
    return case


def term_extended(actor, document_id, due_on, reason):
    """The term of the document that opened a case was extended: it is the case's term too (LAW-107)."""
    case = db.session.scalar(sa.select(Case).where(Case.document_id == document_id, Case.closed.is_(False)))
    if case is not None and case.due_on != due_on:
        case.due_on = due_on
        db.session.flush()
        note = _("The term is extended until %(date)s: %(reason)s", date=date_short(due_on), reason=reason)
        add_step(actor, case, "term_extended", note=note)
        index(case)


def reveal_code(actor, case_id, purpose):
    """The client's personal code in full; who saw it and why is kept.
    Raises Forbidden; Invalid("purpose") without a purpose."""
    case = get_case(actor, case_id)
    ensure(policy.can_reveal(actor, case))
    purpose = _needed(purpose, "purpose")
    audit.record(
        actor,
        "case.code_shown",
        case,
        purpose=purpose,
        personal={"client": case.client_name},
        legal_basis="Iesniegumu likums",
    )
    db.session.flush()
    code = case.client_code or ""
    return f"{code[:6]}-{code[6:]}" if case.client_kind == "natural" and code else code


def _needed(text, field="text"):
    text = (text or "").strip()
    if not text:
        raise Invalid(_("Fill in this field"), field=field)
    return text
