"""A signer refused: a decision goes back to the council, minutes go back to their draft with the reason in them."""

from portal.audit import service as audit
from portal.council import rules
from portal.council.models import Body, Decision, Matter, Minutes, PaperState, Session
from portal.council.service.matters import copy_to_pool
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Forbidden
from portal.kernel.i18n import _, in_language
from portal.kernel.live import publish
from portal.workflow import service as workflow


def paper_refused(actor, about_kind, about_id, person_id, reason):
    """A paper of ours will not be signed (signing.SignatureRefused), and this is why.
    Raises Forbidden for a decision that the law does not let the chair refuse (LAW-51)."""
    if about_kind == "decision":
        _decision_refused(actor, db.session.get_one(Decision, about_id), reason)
    elif about_kind == "minutes":
        _minutes_refused(actor, db.session.get_one(Minutes, about_id), person_id, reason)


def _decision_refused(actor, decision, reason):
    """The chair of the council has to convene an extraordinary session, which examines the draft again (LAW-51)."""
    matter = db.session.get_one(Matter, decision.matter_id)
    if matter.subject in rules.NOT_REFUSABLE:
        raise Forbidden(
            _(
                "A decision that appoints or dismisses the chair or the deputy chair must be signed (Local Government "
                "Law, section 37(6))"
            )
        )
    body = db.session.get_one(Body, matter.body_id)
    decision.state = PaperState.REFUSED
    db.session.flush()
    audit.record(actor, "council.decision_refused", decision, reason=reason)
    copy_to_pool(SYSTEM, matter, matter.body_id)
    with in_language("lv"):
        title = _("Convene an extraordinary session to examine again: %(title)s", title=matter.title)
    workflow.add_task(SYSTEM, "council.reexamine", "matter", matter.id, title, person_id=body.chair_id)
    publish(f"session:{decision.session_id}", "decision")


def _minutes_refused(actor, minutes, person_id, reason):
    """The refusal stands in the minutes; the secretary completes them and sends them to be signed anew (LAW-54)."""
    session = db.session.get_one(Session, minutes.session_id)
    person = identity.get_person(SYSTEM, person_id)
    refusal = {"name": person.name, "office": person.position, "reason": reason, "at": clock.now().isoformat()}
    with in_language("lv"):
        why = _("%(name)s refused to sign: %(reason)s", name=person.name, reason=reason)
        title = _("Complete the minutes of %(session)s: a signer refused", session=str(session))
    if minutes.document_id is not None:
        documents.annul(SYSTEM, minutes.document_id, why)
    minutes.body = {**minutes.body, "refusals": [*minutes.body.get("refusals", []), refusal]}
    minutes.state, minutes.document_id, minutes.signature_request_id = PaperState.DRAFT, None, None
    db.session.flush()
    audit.record(actor, "council.minutes_refused", minutes, label=str(session), reason=reason)
    workflow.add_task(
        SYSTEM, "council.minutes", "council_session", session.id, title, role="secretary", due_on=minutes.sign_by_on
    )
    publish(f"session:{session.id}", "minutes")
