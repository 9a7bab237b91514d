"""Each change of a case's status reaches PSPP once, in order (3.2, 8.1; specification 8.2)."""

from dataclasses import replace
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from portal.audit import service as audit
from portal.cases import policy
from portal.cases.adapters.pspp import Pspp
from portal.cases.events import SendingAsked
from portal.cases.models import ENDS, Case, PsppEvent, SendingState, Status
from portal.cases.ports import Change, Client, Record
from portal.cases.service.reading import get_case
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db, released
from portal.kernel.errors import ExternalRefused, ExternalUnavailable, ensure
from portal.kernel.events import announce
from portal.kernel.live import publish

# their codes for "what you say does not fit what we hold": read back and merge before giving up
_CONFLICTS = ("VERSION_OLD", "IDEMPOTENCY_KEY")


def send_events(actor, case_id, register=None):
    """Send all that waits of a case, one event after the other; stops at one that was refused, so that a failed row
    blocks only its own case. register: the port, by default PSPP. Raises ExternalUnavailable (the job tries again).
    """
    register = register or Pspp()
    while True:
        case = db.session.get_one(Case, case_id)
        event = _first_unsent(case_id)
        if event is None or event.state == SendingState.REFUSED:
            return
        event.tries += 1
        record, change = _record(case, event), _change(case, event)
        try:
            with released():
                version = _send(register, record, change, is_first=event.n == 1)
        except ExternalUnavailable as error:
            event.error = error.message
            publish(f"case:{case.id}", "case")
            with released():  # kept, although the job that called us fails and is rolled back
                raise
        except ExternalRefused as error:
            event.state, event.error = SendingState.REFUSED, error.message
            audit.record(
                actor, "case.pspp_refused", case, new={"status": event.status}, result="refused", reason=error.message
            )
            publish(f"case:{case.id}", "case")
            db.session.flush()
            return
        event.state, event.error, event.sent_at = SendingState.SENT, None, clock.now()
        db.session.refresh(case)  # somebody may have changed it while PSPP was asked
        case.pspp_version = max(case.pspp_version, version)
        audit.record(actor, "case.pspp_sent", case, new={"status": event.status, "event": str(event.id)})
        publish(f"case:{case.id}", "case")
        with released():
            pass  # what is sent is written down before the next one goes


def resend(actor, case_id):
    """Let what PSPP refused be sent again, after its cause was mended. Raises Forbidden."""
    case = get_case(actor, case_id)
    ensure(policy.can_resend(actor, case))
    refused = db.session.scalars(
        sa.select(PsppEvent).where(PsppEvent.case_id == case.id, PsppEvent.state != SendingState.SENT)
    ).all()
    for event in refused:
        event.state, event.tries, event.error = SendingState.WAITING, 0, None
    if refused:
        audit.record(actor, "case.pspp_resend", case)
        announce(actor, SendingAsked(case_id=case.id))
    return case


def cases_waiting(limit=200):
    """Ids of cases with something that waits, none of it refused before: what a lost job would have sent."""
    blocked = sa.select(PsppEvent.case_id).where(PsppEvent.state == SendingState.REFUSED)
    return list(
        db.session.scalars(
            sa.select(PsppEvent.case_id)
            .join(Case, Case.id == PsppEvent.case_id)
            .where(
                PsppEvent.state == SendingState.WAITING,
                PsppEvent.case_id.not_in(blocked),
                Case.client_code_hash.is_not(None),  # PSPP takes no record without the client's code
            )
            .distinct()
            .order_by(PsppEvent.case_id)
            .limit(limit)
        )
    )


def _first_unsent(case_id):
    return db.session.scalar(
        sa.select(PsppEvent)
        .where(PsppEvent.case_id == case_id, PsppEvent.state != SendingState.SENT)
        .order_by(PsppEvent.n)
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _send(register, record, change, *, is_first):
    """Put the first status with the record itself, add later ones, and put the record again at the end with its result.
    Returns the version that PSPP then holds."""
    if is_first:
        return _put(register, record, change.id, change.id)
    try:
        register.add(change)
    except ExternalRefused as refusal:
        if refusal.code not in _CONFLICTS or not _holds(register, change.case_id, change.id):
            raise
    if change.status not in ENDS:
        return record.version - 1
    return _put(register, record, uuid5(NAMESPACE_URL, f"record:{change.id}"), change.id)


def _put(register, record, key, event_id):
    try:
        return register.put(record, key)
    except ExternalRefused as refusal:
        if refusal.code not in _CONFLICTS:
            raise
        held = register.read(record.case_id)
        if held is None:
            raise
        if held["status"] == record.status and str(event_id) in held["events"] and not record.completed_at:
            return held["version"]
        # another key: this one was used for a record that they hold in an older form
        newer = replace(record, version=held["version"] + 1)
        return register.put(newer, uuid5(NAMESPACE_URL, f"{key}:{newer.version}"))


def _holds(register, case_id, event_id):
    held = register.read(case_id)
    return held is not None and str(event_id) in held["events"]


def _record(case, event):
    is_end = event.status in ENDS
    number = ""
    if is_end and case.result_document_id:
        number = documents.get_document(SYSTEM, case.result_document_id).number
    return Record(
        case_id=case.id,
        number=case.number,
        service_code=case.service.code,
        service_name=case.service.name,
        unit_name=identity.get_unit(case.unit_id).name,
        channel=case.channel,
        client=Client(case.client_kind, case.client_code or "", case.client_name),
        requested_at=case.requested_at,
        due_on=case.due_on,
        status=event.status.value,
        status_at=event.status_at,
        version=case.pspp_version + 1,
        completed_at=event.status_at if is_end else None,
        result_number=number,
    )


def _change(case, event):
    papers = []
    if event.status in (Status.PROVIDED, Status.REFUSED) and case.result_document_id:
        document = documents.get_document(SYSTEM, case.result_document_id)
        papers = [(document.title, document.number, document.received_on)]
    return Change(
        event.id, case.id, event.status.value, event.status_at, event.text, identity.get_unit(case.unit_id).name, papers
    )
