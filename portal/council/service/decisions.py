"""Decisions, extracts and the signing of all papers of a session.

Papers are made by jobs in steps that each leave a trace, so that a job that is killed goes on where it was."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.events import DecisionSigned, ExtractAsked, MinutesSigned
from portal.council.models import Body, Decision, Matter, Minutes, Outcome, PaperState, Session
from portal.council.service.reading import get_matter
from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.access import SYSTEM, visible_to
from portal.kernel.db import db
from portal.kernel.errors import Conflict, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.live import publish


def decision_of(actor, matter_id):
    """The decision on a matter, or None."""
    matter = get_matter(actor, matter_id)
    return db.session.scalar(sa.select(Decision).where(Decision.matter_id == matter.id))


def get_decision(actor, decision_id):
    """A decision on a matter that the actor may see. Raises NotFound."""
    decision = db.session.scalar(
        sa.select(Decision)
        .join(Matter, Matter.id == Decision.matter_id)
        .where(Decision.id == decision_id, visible_to(actor, Matter))
    )
    if decision is None:
        raise NotFound(_("There is no such decision"))
    return decision


def number_decision(matter_id):
    """The Decision of an adopted matter of the council, numbered within its year ("12/2026"); the same when it is
    there already. None for what makes no decision: a committee's opinion, a rejected or a procedural matter."""
    matter = db.session.get_one(Matter, matter_id)
    decision = db.session.scalar(sa.select(Decision).where(Decision.matter_id == matter_id))
    if decision is not None:
        return decision
    if matter.outcome != Outcome.ADOPTED or matter.subject in rules.PROCEDURAL:
        return None
    body = db.session.scalar(sa.select(Body).where(Body.id == matter.body_id).with_for_update())  # one number at a time
    adopted_on = clock.local(matter.decided_at).date()
    last = db.session.scalar(sa.select(sa.func.max(Decision.seq)).where(Decision.year == adopted_on.year)) or 0
    number = f"{last + 1}/{adopted_on.year}"
    decision = Decision(
        matter_id=matter.id,
        session_id=matter.session_id,
        year=adopted_on.year,
        seq=last + 1,
        number=number,
        find_text=f"{number} {matter.title}".casefold(),
        title=matter.title,
        text=matter.draft_text,
        adopted_on=adopted_on,
        sign_by_on=rules.sign_by(adopted_on),
    )
    db.session.add(decision)
    db.session.flush()
    audit.record(SYSTEM, "council.decision_numbered", decision, new={"matter": str(matter.id), "body": body.name})
    return decision


def make_extract(actor, matter_id):
    """Ask for the extract of the minutes on one matter, with the instance's seal; a job makes it."""
    matter = get_matter(actor, matter_id)
    ensure(policy.can_prepare(actor))
    if not matter.is_decided:
        raise Conflict(_("An extract is made when the matter is decided."))
    audit.record(actor, "council.extract_asked", matter)
    announce(actor, ExtractAsked(matter_id=matter.id))


def paper_signed(actor, about_kind, about_id, container_sha256, container_name, container_size):
    """A paper of ours came back signed by everybody: keep the container, count the term to publish (LAW-56, 67)."""
    container = (container_sha256, container_size, container_name)
    if about_kind == "decision":
        _decision_signed(actor, db.session.get_one(Decision, about_id), container)
    elif about_kind == "minutes":
        _minutes_signed(actor, db.session.get_one(Minutes, about_id), container)
    elif about_kind == "extract":
        decision = db.session.get_one(Decision, about_id)
        documents.attach_container(SYSTEM, decision.extract_document_id, *container)
        audit.record(actor, "council.extract_sealed", decision)


def _decision_signed(actor, decision, container):
    from portal.council.service import publishing  # which asks here for decisions

    if decision.state == PaperState.SIGNED:
        return
    _mark_signed(decision)
    documents.attach_container(SYSTEM, decision.document_id, *container)
    matter = db.session.get_one(Matter, decision.matter_id)
    publishing.ask_to_publish(SYSTEM, "decision", decision)
    audit.record(actor, "council.decision_signed", decision, new={"publish_by": decision.publish_by_on.isoformat()})
    announce(
        actor,
        DecisionSigned(
            decision_id=decision.id, matter_id=matter.id, case_id=matter.case_id, document_id=decision.document_id
        ),
    )
    publish(f"session:{decision.session_id}", "decision")


def _minutes_signed(actor, minutes, container):
    from portal.council.service import publishing  # which asks here for decisions

    if minutes.state == PaperState.SIGNED:
        return
    _mark_signed(minutes)
    documents.attach_container(SYSTEM, minutes.document_id, *container)
    session = db.session.get_one(Session, minutes.session_id)
    publishing.ask_to_publish(SYSTEM, "minutes", minutes)
    audit.record(
        actor,
        "council.minutes_signed",
        minutes,
        label=str(session),
        new={"publish_by": minutes.publish_by_on.isoformat()},
    )
    announce(actor, MinutesSigned(session_id=session.id, document_id=minutes.document_id))
    publish(f"session:{session.id}", "minutes")


def _mark_signed(paper):
    now = clock.now()
    paper.state, paper.signed_at = PaperState.SIGNED, now
    paper.publish_by_on = rules.publish_by(clock.local(now).date())
    db.session.flush()
