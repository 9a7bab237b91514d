"""How a case comes to be: an incoming document, its service, a number that is never given twice (7.1, 9)."""

import re

import sqlalchemy as sa

from portal.audit import service as audit
from portal.cases import policy
from portal.cases.events import CaseOpened
from portal.cases.models import Case, CaseCounter, Service, Status
from portal.cases.service import catalogue
from portal.cases.service.timeline import add_step, follow_flow, index, queue_event
from portal.documents import service as documents
from portal.exchange import service as exchange
from portal.identity import service as identity
from portal.kernel import clock, crypto
from portal.kernel.access import SYSTEM, set_of
from portal.kernel.db import db, insert_ignore
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, _l
from portal.workflow import service as workflow

_LEGAL_FIRST_DIGITS = "459"  # of registration numbers; a personal code begins with a day of the month or 32


def open_for_document(actor, document_id, direction=None, message_id=None):
    """Open the case of an application that came by e-address (documents.DocumentRegistered).
    What a clerk registers by hand becomes a case only when the clerk says so (`open_case`). Returns the Case or None;
    the same document never gets a second one."""
    if message_id is None:
        return None
    known = _case_of(document_id)
    if known is not None:
        return known
    document = documents.get_document(SYSTEM, document_id)
    message = exchange.get_message(SYSTEM, message_id)
    text = " ".join(part for part in (message.title, message.description, document.title) if part)
    service = catalogue.find_service(message.service_code, text)
    return _open(
        actor,
        document,
        service,
        requested_at=message.received_at,
        channel="EADRESE",
        client_name=message.sender_name or message.sender,
        client_address=message.sender,
        client_code=_code_in(message.sender),
        message_id=message_id,
    )


def open_case(
    actor,
    document_id,
    service_code,
    *,
    client_name,
    client_code="",
    without_code=False,
    client_address="",
    channel="KLATIENE",
):
    """Open a case for a document that was registered by hand.
    client_code: 11 digits. without_code: the application names none, which the law allows (Iesniegumu likums, section
    3); such a case is not reported to PSPP. Raises Forbidden; NotFound; Invalid for a missing name or code.
    """
    ensure(policy.can_open(actor))
    known = _case_of(document_id)
    if known is not None:
        return known
    if not client_name.strip():
        raise Invalid(_("Fill in this field"), field="client_name")
    client_code = (client_code or "").strip()
    if not client_code and not without_code:
        raise Invalid(
            _("Type the personal code or registration number, or tick that the application names none"),
            field="client_code",
        )
    if client_code and without_code:
        raise Invalid(_("There is a code here; untick that the application names none"), field="without_code")
    document = documents.get_document(actor, document_id)
    service = catalogue.get_service(actor, service_code)
    return _open(
        actor,
        document,
        service,
        requested_at=clock.at_local(document.received_on or clock.today(), 12),
        channel=channel,
        client_name=client_name.strip(),
        client_address=(client_address or "").strip(),
        client_code=client_code or None,
        message_id=None,
    )


def open_application(actor, document, service, *, requested_at, client, address):
    """Open the case of an application that came from a one-stop shop (11.1). client: ports.Applicant; address: the
    e-address for the answer, or "". Returns the Case."""
    return _open(
        actor,
        document,
        service,
        requested_at=requested_at,
        channel="VPVKAC",
        client_name=client.name,
        client_address=address,
        client_code=client.code or None,
        message_id=None,
    )


def _open(
    actor, document, service: Service, *, requested_at, channel, client_name, client_address, client_code, message_id
):
    requested_on = getattr(document, "received_on", None) or clock.local(requested_at).date()
    head = identity.head_of(service.unit_id)
    case = Case(
        number=_take_number(service, requested_on.year),
        title=document.title,
        service=service,
        document_id=document.id,
        unit_id=service.unit_id,
        status=Status.REGISTERED,
        channel=channel,
        requested_at=requested_at,
        requested_on=requested_on,
        due_on=service.due_on(requested_on),
        client_name=client_name[:200],
        client_address=client_address,
        client_code=client_code,
        client_code_hash=crypto.lookup_hash(client_code) if client_code else None,
        client_kind="legal" if client_code and client_code[0] in _LEGAL_FIRST_DIGITS else "natural",
        message_id=message_id,
        access_set_id=_keys(service, head),
    )
    db.session.add(case)
    db.session.flush()
    audit.record(
        actor,
        "case.opened",
        case,
        new={"service": service.code, "document": str(document.id)},
        personal={"client": client_name},
    )
    documents.join_case(actor, document.id, case.id, case.due_on)
    documents.share(SYSTEM, document.id, f"unit:{service.unit_id}")
    add_step(
        actor,
        case,
        "opened",
        status=Status.REGISTERED,
        document_id=document.id,
        text=_l("Your application is registered with the number %(number)s", number=case.number),
    )
    queue_event(actor, case, _l("Your application is registered with the number %(number)s", number=case.number))
    workflow.start(
        actor,
        service.flow_key,
        "case",
        case.id,
        f"{case.number} {case.title}",
        {"head_id": str(head.id) if head else "", "responsible_id": "", "unit_id": str(service.unit_id)},
    )
    follow_flow(case)
    index(case)
    announce(actor, CaseOpened(case_id=case.id, document_id=document.id))
    return case


def _case_of(document_id):
    return db.session.scalar(sa.select(Case).where(Case.document_id == document_id))


def _keys(service, head):
    """Who sees a new case: the service's unit, its head, the clerks who registered the application."""
    keys = ["role:clerk", f"unit:{service.unit_id}"]
    return set_of(*keys, *([f"person:{head.id}"] if head else []))


def _take_number(service, year):
    """The next number of the service's cases in the year: one UPDATE, so that two openings cannot take the same."""
    insert_ignore(CaseCounter.__table__, [{"service_id": service.id, "year": year, "last": 0}])
    last = db.session.scalar(
        sa.update(CaseCounter)
        .where(CaseCounter.service_id == service.id, CaseCounter.year == year)
        .values(last=CaseCounter.last + 1)
        .returning(CaseCounter.last)
    )
    if last is None:
        raise NotFound(_("The counter of the service's cases is missing"))
    return f"{service.index}-{year}-{last}"


def _code_in(address):
    """The 11 digits of a private e-address (`_PRIVATE@32000000012`), a person's or a company's code; else None."""
    found = re.fullmatch(r"[^@]+@(\d{11})", (address or "").strip())
    return found[1] if found else None
