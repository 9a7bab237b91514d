"""A draft's way to the council: submitted, checked, before one or more committees, then before the council (LAW-15)."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.events import MatterDecided
from portal.council.models import (
    ActKind,
    Body,
    BodyKind,
    DraftTemplate,
    Matter,
    MatterState,
    Outcome,
    Proposal,
    Rule,
    Skip,
    Stop,
    Subject,
    Submitter,
    VersionCause,
)
from portal.council.service import bodies, checks, matters, versions
from portal.council.service.reading import get_matter, locked_matter
from portal.kernel import clock
from portal.kernel.access import SYSTEM, set_of
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.workflow import service as workflow

DETAILS = ("submitter", "submitter_name", "note", "legal_basis", "amount_cents", "budget_line", "real_estate")


def propose(
    actor,
    *,
    title,
    draft_text,
    kind,
    body_id,
    committees=(),
    in_order=True,
    case_id=None,
    case_number=None,
    document_id=None,
    rapporteur_id=None,
    rapporteur_text=None,
    subject=Subject.GENERAL,
    rule=None,
    urgency=None,
    access_keys=(),
    skip=None,
    prepare=False,
    previous_id=None,
    **details,
):
    """Submit a draft decision: first to a body, then to further committees, then to the council (LAW-14, 15).

    kind: ActKind, for the conflict-of-interest rule. rule: the majority, preset from the subject (LAW-45). committees:
    ids of those asked after (or, not `in_order`, beside) the first. skip: Skip, when the law lets the draft pass checks
    and opinions. prepare: keep it with its author until `send_onward`. details: DETAILS. Returns the Matter.
    Raises Forbidden, Invalid naming the field."""
    ensure(policy.can_propose(actor))
    title = " ".join((title or "").split())
    if not title:
        raise Invalid(_("The matter needs a title"), field="title")
    if len(title) > matters.LONGEST_TITLE:
        raise Invalid(_("The title is longer than %(count)s characters", count=matters.LONGEST_TITLE), field="title")
    if not (draft_text or "").strip():
        raise Invalid(_("The matter needs a draft decision"), field="draft_text")
    body = bodies.get_body(actor, body_id)
    subject, skip = Subject(subject), Skip(skip) if skip else None
    if skip is not None and not (verdict := rules.may_skip(skip, subject)):
        raise Invalid(verdict.reason, field="skip")
    proposal = Proposal(
        in_order=in_order, skipped=skip, document_id=document_id, previous_id=previous_id, made_at=clock.now()
    )
    _describe(actor, proposal, {"submitter": submitter_of(actor), **details})
    db.session.add(proposal)
    db.session.flush()
    stops = _stops(actor, proposal, subject, body, committees)
    first = stops[0] if stops else body
    matter = Matter(
        body_id=first.id,
        proposal_id=proposal.id,
        title=title,
        draft_text=draft_text.strip(),
        act_kind=ActKind(kind),
        subject=subject,
        rule=Rule(rule) if rule else rules.rule_for(subject, committee=first.is_committee),
        urgency=urgency,
        case_id=case_id,
        case_number=case_number or matters.case_number_of(actor, case_id),
        rapporteur_id=rapporteur_id,
        rapporteur_text=rapporteur_text,
        proposed_by_id=actor.person_id,
        added_at=clock.now(),
        state=MatterState.PREPARING,
        access_set_id=set_of("role:secretary", *_own_keys(actor, rapporteur_id), *access_keys),
    )
    db.session.add(matter)
    db.session.flush()
    for place, one in enumerate(stops, start=1):
        db.session.add(
            Stop(
                proposal_id=proposal.id,
                body_id=one.id,
                position=place,
                by_law=one.id not in (body.id, *committees),
                matter_id=matter.id if place == 1 else None,
            )
        )
    versions.save_version(actor, matter, matter.draft_text, VersionCause.SUBMITTED)
    audit.record(actor, "council.proposed", matter, new={"body": first.name, "act_kind": str(matter.act_kind)})
    if not prepare:
        _send(actor, matter, proposal)
    return matter


def _own_keys(actor, rapporteur_id):
    keys = [f"person:{person}" for person in (actor.person_id, rapporteur_id) if person]
    return keys + [f"unit:{unit}" for unit in actor.unit_ids]


def submitter_of(actor):
    """Who submits when nobody says otherwise: what employees prepare comes from the executive director (LAW-14)."""
    if actor.can("council.lead"):
        return Submitter.CHAIR
    return Submitter.DEPUTY if actor.can("council.vote") else Submitter.DIRECTOR


def _stops(actor, proposal, subject, body, committees):
    """The committees on the way, in order. The finance committee is added where the law asks for it (LAW-60)."""
    if proposal.skipped:
        return []
    wanted = [one for one in dict.fromkeys([body.id, *committees])]
    found = [bodies.get_body(actor, one) for one in wanted]
    found = [one for one in found if one.is_committee]
    finance = finance_committee()
    asked = finance is not None and rules.needs_finance(subject, proposal.amount_cents, proposal.real_estate)
    if asked and finance.id not in [one.id for one in found]:
        found.append(finance)
    return found


def finance_committee():
    """The finance committee (LAW-59); None where there is none."""
    finance = sa.select(Body).where(Body.kind == BodyKind.COMMITTEE, Body.is_finance).order_by(Body.id).limit(1)
    return db.session.scalar(finance)


def _describe(actor, proposal, details):
    if unknown := set(details) - set(DETAILS):
        raise TypeError(f"no such detail: {unknown}")
    values = {name: value for name, value in details.items() if value is not None}
    if "submitter" in values:
        values["submitter"] = Submitter(values["submitter"])
        if values["submitter"] == Submitter.MINISTER and not actor.can("council.prepare") and not actor.is_system:
            raise Invalid(_("A draft of the minister or the Cabinet is entered by the secretary"), field="submitter")
    if values.get("amount_cents") is not None and values["amount_cents"] < 0:
        raise Invalid(_("The amount is not negative"), field="amount_cents")
    changed = {name: value for name, value in values.items() if getattr(proposal, name, None) != value}
    for name, value in changed.items():
        setattr(proposal, name, value)
    return changed


def describe(actor, matter_id, **details):
    """Change the note, legal basis, money or submitter of a draft that its body has not begun. None leaves a field.
    Money or real estate brings the finance committee onto the way (LAW-60). Raises Forbidden, Invalid."""
    matter = locked_matter(actor, matter_id)
    ensure(matters.can_edit(actor, matter))
    proposal = proposal_of(matter)
    if proposal is None:
        raise Conflict(_("This matter has no draft decision."))
    old = {name: str(getattr(proposal, name)) for name in DETAILS}
    changed = _describe(actor, proposal, details)
    if not changed:
        return proposal
    _ask_finance(actor, matter, proposal)
    db.session.flush()
    checks.text_changed(actor, matter)
    audit.record(
        actor,
        "council.matter_described",
        matter,
        old={name: old[name] for name in changed},
        new={name: str(value) for name, value in changed.items()},
    )
    return proposal


def _ask_finance(actor, matter, proposal):
    finance = finance_committee()
    if proposal.skipped or finance is None:
        return
    if not rules.needs_finance(matter.subject, proposal.amount_cents, proposal.real_estate):
        return
    stops = stops_of(proposal.id)
    if finance.id in [stop.body_id for stop in stops]:
        return
    stop = Stop(proposal_id=proposal.id, body_id=finance.id, position=len(stops) + 1, by_law=True, matter_id=None)
    db.session.add(stop)
    db.session.flush()
    if not stops and matter.state in (MatterState.PREPARING, MatterState.POOL):
        matter.body_id, stop.matter_id = finance.id, matter.id  # it was on its way straight to the council
        matter.rule = rules.rule_for(matter.subject, committee=True)
    elif not proposal.in_order and matter.state != MatterState.PREPARING:
        _reach(actor, matter, stop)


def proposal_of(matter):
    """The submission that a matter belongs to; None for information and changes of the agenda."""
    return db.session.get(Proposal, matter.proposal_id) if matter.proposal_id else None


def skip_of(matter):
    """On what ground the draft skipped checks and opinions, or None."""
    found = proposal_of(matter)
    return found and found.skipped


def stops_of(proposal_id):
    """The committees on the way of a draft, in order."""
    return list(db.session.scalars(sa.select(Stop).where(Stop.proposal_id == proposal_id).order_by(Stop.position)))


# ── Checks before the committees ──────────────────────────────────────────────────────────────────────────────────


def send_onward(actor, matter_id):
    """The author sends a draft on: to those who approve it, or to its first body. Raises Forbidden, Conflict."""
    matter = locked_matter(actor, matter_id)
    ensure(matters.can_edit(actor, matter))
    if matter.state != MatterState.PREPARING:
        raise Conflict(_("The draft was sent on already."))
    _send(actor, matter, proposal_of(matter))
    return matter


def _send(actor, matter, proposal):
    workflow.complete_for(actor, "matter", matter.id, "council.improve")
    if not checks.ask(actor, matter, proposal):
        _enter_pool(actor, matter, proposal)


def approval_finished(actor, about_kind, about_id, sha256, outcome):
    """All have approved the draft, or somebody returned it (signing.ApprovalFinished)."""
    if about_kind != "matter":
        return
    matter = locked_matter(SYSTEM, about_id)
    if matter.state != MatterState.PREPARING:
        return
    if outcome == "approved":
        _enter_pool(SYSTEM, matter, proposal_of(matter))
    elif matter.proposed_by_id:
        workflow.add_task(
            SYSTEM,
            "council.improve",
            "matter",
            matter.id,
            _("Improve the draft decision: %(title)s", title=matter.title),
            person_id=matter.proposed_by_id,
        )


def _enter_pool(actor, matter, proposal):
    """The draft is before its first body, or before all committees at once; the members may read it from now on."""
    matter.state, matter.added_at = MatterState.POOL, clock.now()
    matter.access_set_id = set_of(*bodies.MATTER_KEYS, base=matter.access_set_id)
    db.session.flush()
    body = bodies.get_body(SYSTEM, matter.body_id)
    matters.ask_to_place(actor, matter, body)
    if not proposal.in_order:
        for stop in stops_of(proposal.id):
            if stop.matter_id is None:
                _reach(actor, matter, stop)


def _reach(actor, matter, stop):
    """The turn of a committee has come: a matter with the newest text in its pool."""
    copy = _copy(actor, matter, stop.body_id)
    stop.matter_id = copy.id
    db.session.flush()
    return copy


def _copy(actor, matter, body_id, origin=None):
    body = bodies.get_body(SYSTEM, body_id)
    newest = versions.newest_version(matter.proposal_id)
    copy = matters.copied(actor, matter, body, origin)
    copy.draft_text, copy.text_version = newest.text, newest.number
    db.session.flush()
    return copy


# ── Opinions of committees ────────────────────────────────────────────────────────────────────────────────────────


def decided(actor, session, matter):
    """A body has decided on a matter, which is announced; a committee's opinion once all committees have given theirs.
    What the first committee supports then waits for the council."""
    if session.joint and matter.proposal_id is not None:
        _answer_together(session, matter)
    told = _opinion_given(actor, matter) if session.body.is_committee else matter
    if told is None or told.outcome == Outcome.NOTED:
        return
    announce(
        actor,
        MatterDecided(
            matter_id=told.id,
            case_id=told.case_id,
            body_kind=str(session.body.kind),
            session_id=told.session_id,
            outcome=str(told.outcome) if told.outcome in (Outcome.SUPPORTED, Outcome.ADOPTED) else "rejected",
        ),
    )


def _answer_together(session, matter):
    """What committees decided together none of them handles again (LAW-69): it is the opinion of each."""
    sat = {body.id for body in session.bodies}
    stops = [stop for stop in stops_of(matter.proposal_id) if stop.body_id in sat and stop.matter_id != matter.id]
    waiting = {one.id: one for one in _matters_of(stops) if one.state == MatterState.POOL}
    for stop in stops:
        if stop.matter_id in waiting:
            waiting[stop.matter_id].state = MatterState.DECIDED
            waiting[stop.matter_id].outcome, waiting[stop.matter_id].decided_at = Outcome.NOTED, clock.now()
        if stop.matter_id is None or stop.matter_id in waiting:
            stop.matter_id = matter.id
    db.session.flush()


def _opinion_given(actor, matter):
    """The first committee's matter when all committees have answered, else None, and the next one is asked."""
    if matter.proposal_id is None:
        if matter.outcome == Outcome.SUPPORTED and matter.draft_text:
            matters.copy_to_pool(actor, matter, bodies.council_of(actor).id)
        return matter
    stops = stops_of(matter.proposal_id)
    proposal = db.session.get_one(Proposal, matter.proposal_id)
    coming = next((stop for stop in stops if stop.matter_id is None), None)
    if coming is not None and proposal.in_order:
        _reach(actor, matter, coming)
        return None
    asked = {one.id: one for one in _matters_of(stops)}
    if any(not one.is_decided for one in asked.values()):
        return None
    lead = asked.get(stops[0].matter_id, matter) if stops else matter
    if lead.outcome == Outcome.SUPPORTED:
        _to_council(actor, lead)
    else:
        _ask_author(lead)
    return lead


def _matters_of(stops):
    ids = [stop.matter_id for stop in stops if stop.matter_id]
    return list(db.session.scalars(sa.select(Matter).where(Matter.id.in_(ids))))


def _ask_author(lead):
    """The first committee did not support the draft: its author decides what becomes of it. A case asks by itself."""
    if lead.case_id is None and lead.proposed_by_id:
        workflow.add_task(
            SYSTEM,
            "council.improve",
            "matter",
            lead.id,
            _("The committee did not support the draft: %(title)s", title=lead.title),
            person_id=lead.proposed_by_id,
        )


def _to_council(actor, lead):
    council = bodies.council_of(actor)
    return _copy(actor, lead, council.id, origin=lead)


def to_council(actor, matter_id):
    """The secretary lays a draft before the council although the committee did not support it: an opinion is advice
    (LAW-15, 60). Returns the council's matter. Raises Forbidden, Conflict."""
    matter = locked_matter(actor, matter_id)
    ensure(policy.can_prepare(actor))
    ensure(policy.can_go_to_council(matter, council_matter(matter)))
    workflow.close_for(actor, "matter", matter.id, _("The draft is before the council."), kind="council.improve")
    made = _to_council(actor, matter)
    audit.record(actor, "council.sent_to_council", matter, new={"matter": str(made.id)})
    return made


def council_matter(matter):
    """The matter of the same draft that is before the council or was decided there, or None."""
    if matter.proposal_id is None:
        return None
    return db.session.scalar(
        sa.select(Matter)
        .join(Body, Body.id == Matter.body_id)
        .where(Matter.proposal_id == matter.proposal_id, Body.kind == BodyKind.COUNCIL)
        .order_by(Matter.added_at.desc(), Matter.id.desc())
        .limit(1)
    )


def note_opinion(actor, matter_id, text):
    """What a committee proposes with its opinion; shown to the council. Raises Forbidden, Conflict."""
    matter = locked_matter(actor, matter_id)
    ensure(policy.can_prepare(actor))
    if not bodies.get_body(actor, matter.body_id).is_committee:
        raise Conflict(_("Only a committee gives an opinion."))
    old, matter.opinion = matter.opinion, (text or "").strip()[:5000] or None
    db.session.flush()
    audit.record(actor, "council.opinion_noted", matter, old={"text": old}, new={"text": matter.opinion})
    return matter


def resubmit(actor, matter_id):
    """A rejected draft begins its whole way anew, as a new submission that names the old one (LAW-41).
    Returns the new matter, which its author still prepares. Raises Forbidden, Conflict."""
    matter = get_matter(actor, matter_id)
    ensure(policy.can_propose(actor))
    old = proposal_of(matter)
    if old is None or matter.outcome not in (Outcome.REJECTED, Outcome.NOT_SUPPORTED):
        raise Conflict(_("Only a rejected draft is submitted anew."))
    stops = stops_of(old.id)
    made = propose(
        actor,
        title=matter.title,
        draft_text=matter.draft_text,
        kind=matter.act_kind,
        body_id=stops[0].body_id if stops else matter.body_id,
        committees=[stop.body_id for stop in stops[1:]],
        in_order=old.in_order,
        case_id=matter.case_id,
        case_number=matter.case_number,
        document_id=old.document_id,
        rapporteur_id=matter.rapporteur_id,
        subject=matter.subject,
        urgency=matter.urgency,
        prepare=True,
        previous_id=old.id,
        **{name: getattr(old, name) for name in DETAILS if name != "submitter"},
    )
    made.files = matters.copies_of(matter.files)
    db.session.flush()
    return made


def withdraw(actor, matter_id, reason):
    """The author takes a draft back before a body has begun it. Raises Forbidden, Conflict, Invalid("reason")."""
    matter = locked_matter(actor, matter_id)
    ensure(matters.can_edit(actor, matter))
    reason = (reason or "").strip()
    if not reason:
        raise Invalid(_("Say why the draft is withdrawn"), field="reason")
    if matter.state == MatterState.PLACED:
        raise Conflict(_("The matter stands on an agenda; it is taken off there first."))
    for one in versions.waiting_of(matter):
        if one.state != MatterState.PLACED:
            one.state, one.outcome, one.decided_at = MatterState.DECIDED, Outcome.WITHDRAWN, clock.now()
            workflow.close_for(actor, "matter", one.id, _("The draft is withdrawn."))
    db.session.flush()
    checks.take_back(actor, matter)
    audit.record(actor, "council.draft_withdrawn", matter, reason=reason)
    if matter.case_id is not None:
        body = bodies.get_body(SYSTEM, matter.body_id)
        announce(actor, MatterDecided(matter.id, matter.case_id, str(body.kind), "withdrawn", matter.session_id))
    return matter


# ── Templates ─────────────────────────────────────────────────────────────────────────────────────────────────────


def list_templates():
    """Text blocks for new drafts, by name."""
    return list(db.session.scalars(sa.select(DraftTemplate).order_by(DraftTemplate.name)))


def get_template(template_id):
    """A template. Raises NotFound."""
    found = db.session.get(DraftTemplate, template_id)
    if found is None:
        raise NotFound(_("There is no such template"))
    return found


def save_template(actor, template_id=None, *, name, act_kind, subject, text, note="", legal_basis=""):
    """Make or change a template. Raises Forbidden, Invalid naming the field."""
    ensure(policy.can_prepare(actor))
    name = (name or "").strip()
    if not name:
        raise Invalid(_("Fill in this field"), field="name")
    same = db.session.scalar(sa.select(DraftTemplate.id).where(DraftTemplate.name == name))
    if same is not None and same != template_id:
        raise Invalid(_("There is a template with this name already"), field="name")
    template = get_template(template_id) if template_id else DraftTemplate()
    template.name, template.act_kind, template.subject = name[:200], ActKind(act_kind), Subject(subject)
    template.text, template.note, template.legal_basis = text or "", note or "", legal_basis or ""
    db.session.add(template)
    db.session.flush()
    audit.record(actor, "council.template_saved", template, new={"name": template.name})
    return template
