"""Decisions after signing: who carries them out and how far that is, and who was told by e-address."""

from dataclasses import dataclass
from typing import Any

from portal.audit import service as audit
from portal.council import policy
from portal.council.models import Decision, Matter, PaperState
from portal.council.service.decisions import get_decision
from portal.documents import service as documents
from portal.exchange import service as exchange
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.i18n import _, in_language
from portal.workflow import service as workflow


@dataclass(frozen=True)
class DecisionView:
    """A decision with what followed. branches: the tree of its resolutions; deliveries: the newest first."""

    decision: Decision
    matter: Matter
    branches: list[Any]
    deliveries: list[Any]
    names: dict[Any, str]
    heads: list[Any]
    signed: bool
    has_extract: bool


def decision_view(actor, decision_id):
    """Everything that followed a decision. Raises NotFound."""
    from portal.identity import service as identity

    decision = get_decision(actor, decision_id)
    branches = workflow.tree_of(decision.document_id) if decision.document_id else []
    deliveries = [
        one
        for document_id in (decision.document_id, decision.extract_document_id)
        if document_id
        for one in exchange.deliveries_of(document_id)
    ]
    return DecisionView(
        decision=decision,
        matter=db.session.get_one(Matter, decision.matter_id),
        branches=branches,
        deliveries=deliveries,
        names=identity.names_of(workflow.people_in(branches)),
        heads=identity.people_with_role("head"),
        signed=decision.state == PaperState.SIGNED,
        has_extract=_container(decision.extract_document_id) is not None,
    )


def send_to_execution(actor, decision_id, person_id, note=""):
    """Hand a signed decision to the head who orders what is to be done; the resolutions on it are its control.
    Raises Forbidden, Conflict before signing, Invalid("person_id")."""
    decision = _signed(actor, decision_id)
    if person_id is None:
        raise Invalid(_("Choose who carries it out"), field="person_id")
    note = (note or "").strip()[:500]
    workflow.ask_resolution(SYSTEM, decision.document_id, person_id, note, admit=True)
    audit.record(actor, "council.execution_asked", decision, new={"person": str(person_id)}, reason=note or None)
    return decision


def tell_by_eaddress(actor, decision_id, address, name, extract=False):
    """Send the signed decision, or its sealed extract, to an e-address. Returns the Delivery. Raises Forbidden,
    Conflict before it is signed, Invalid naming the field."""
    decision = _signed(actor, decision_id)
    name = (name or "").strip()[:200]
    if not name:
        raise Invalid(_("Name the recipient"), field="name")
    document_id = decision.extract_document_id if extract else decision.document_id
    container = _container(document_id)
    if container is None:
        raise Conflict(_("The paper is not signed or sealed yet."))
    with in_language("lv"):
        title = _("Decision No. %(number)s: %(title)s", number=decision.number, title=decision.title)
    delivery = exchange.queue_delivery(
        SYSTEM,  # the secretary need not be a clerk; the record below names who sent it
        document_id=document_id,
        recipient=(address or "").strip(),
        recipient_name=name,
        title=title[:240],
        files=[(container.name, container.mime, container.sha256, container.size_bytes)],
    )
    audit.record(actor, "council.decision_sent", decision, personal={"to": f"{name}, {address}"})
    return delivery


def execution_of(decisions):
    """document id -> workflow.Execution, for the register of decisions."""
    return workflow.execution_of([one.document_id for one in decisions if one.document_id])


def _container(document_id):
    files = documents.files_of(document_id) if document_id else []
    return next((one for one in reversed(files) if one.role == documents.FileRole.CONTAINER and not one.depth), None)


def _signed(actor, decision_id):
    decision = get_decision(actor, decision_id)
    ensure(policy.can_prepare(actor))
    if decision.state != PaperState.SIGNED:
        raise Conflict(_("The decision is not signed yet."))
    return decision
