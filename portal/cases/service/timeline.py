"""What every act on a case does besides: a line of the timeline, the message to PSPP, the audit, the live screen."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.cases import policy
from portal.cases.events import CaseStatusChanged, ShopAsked
from portal.cases.models import ENDS, CaseStep, PsppEvent, Stage
from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict
from portal.kernel.events import announce
from portal.kernel.i18n import in_language
from portal.kernel.live import publish
from portal.search import service as search
from portal.workflow import service as workflow


def official(text):
    """A sentence for the client, lazy or not: in the state language, whatever language the actor's screen has."""
    if text is None:
        return None
    with in_language("lv"):
        return str(text)


def add_step(actor, case, kind, *, text=None, note=None, status=None, document_id=None, delivery_id=None, action=None):
    """Write one line of the timeline, audit it and tell the screens. text: for the client; note: for staff."""
    text = official(text)
    step = CaseStep(
        case_id=case.id,
        at=clock.now(),
        kind=kind,
        status=status,
        text=text,
        note=note,
        by_id=actor.person_id,
        by_name=actor.name,
        document_id=document_id,
        delivery_id=delivery_id,
    )
    db.session.add(step)
    db.session.flush()
    audit.record(actor, action or f"case.{kind}", case, new={"text": text, "note": note})
    publish(f"case:{case.id}", "case")
    return step


def change_status(actor, case, status, text, *, note=None, document_id=None):
    """Move the case to another status, with what the client reads of it, and queue the message to PSPP.
    Raises Conflict when the move is not one of those allowed (8.2)."""
    verdict = policy.can_move(case, status)
    if not verdict:
        raise Conflict(verdict.reason)
    old, case.status = case.status, status
    if status in ENDS:
        case.closed, case.done_on = True, clock.today()
        documents.finish_if_open(SYSTEM, case.document_id, note=case.number)
    audit.record(actor, "case.status_changed", case, old={"status": old}, new={"status": status}, reason=note)
    add_step(actor, case, "status", text=text, note=note, status=status, document_id=document_id)
    queue_event(actor, case, text)
    index(case)


def queue_event(actor, case, text):
    """Keep the present status for PSPP and for the one-stop shop that sent the case, after all that went before it.
    PSPP takes no record without the client's code, so a case that has none sends it nothing; its page says so."""
    from_shop = case.channel == "VPVKAC"
    if not (case.client_code or from_shop):
        return
    text = official(text)
    last = db.session.scalar(sa.select(sa.func.max(PsppEvent.n)).where(PsppEvent.case_id == case.id)) or 0
    event = PsppEvent(case_id=case.id, n=last + 1, status=case.status, status_at=clock.now(), text=text[:1000])
    db.session.add(event)
    db.session.flush()
    if case.client_code:
        announce(actor, CaseStatusChanged(case_id=case.id, event_id=event.id))
    if from_shop:
        announce(actor, ShopAsked(case_id=case.id))


def follow_flow(case):
    """Copy where the flow stands to the case, for lists and policies."""
    try:
        case.stage = Stage(workflow.where("case", case.id))
    except ValueError:  # a step of the municipality's own model, which needs none of our acts
        case.stage = Stage.NONE
    db.session.flush()
    publish(f"case:{case.id}", "case")


def index(case):
    """Let the case be found by number, title, client's name and service."""
    search.put(
        "case",
        case.id,
        case.title,
        case.number,
        "",
        case.requested_on,
        case.unit_id,
        f"/cases/{case.id}",
        case.access_set_id,
        extra_text=f"{case.client_name} {case.service.name}",
        author=case.client_name,
        status=f"case.{case.status}",
        class_name=case.service.name,
    )
