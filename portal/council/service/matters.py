"""Matters: copied into a pool, edited, opened, spoken about, stepped aside from."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.events import PublicChanged
from portal.council.models import (
    ActKind,
    Ballot,
    Matter,
    MatterFile,
    MatterState,
    Outcome,
    Proposal,
    Recusal,
    Rule,
    SessionState,
    Stop,
    Subject,
    Submitter,
    VersionCause,
    Vote,
)
from portal.council.service import bodies, checks, course, versions
from portal.council.service.reading import (
    agenda_of,
    get_matter,
    get_session,
    locked_matter,
    locked_session,
    open_ballot_of,
)
from portal.kernel import clock
from portal.kernel.access import ALLOWED, refuse
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.live import publish
from portal.workflow import service as workflow

LONGEST_TITLE = 500


def case_number_of(actor, case_id):
    """The number people know the case by: asked once, kept with the matter."""
    if case_id is None:
        return None
    from portal.cases import service as cases  # cases proposes matters: the way back is this one question

    return cases.get_case(actor, case_id).number


def ask_to_place(actor, matter, body):
    workflow.add_task(
        actor,
        "council.place",
        "matter",
        matter.id,
        _("Put on an agenda of %(body)s: %(title)s", body=body.short_name, title=matter.title),
        role="secretary",
    )


def standing_matter(actor, session, title, n):
    """An item of the session's template: information that is heard, no draft."""
    matter = Matter(
        body_id=session.body_id,
        session_id=session.id,
        n=n,
        title=title,
        act_kind=ActKind.POLITICAL,
        rule=Rule.PRESENT_MAJORITY,
        state=MatterState.PLACED,
        added_at=clock.now(),
        proposed_by_id=actor.person_id,
        access_set_id=session.access_set_id,
    )
    db.session.add(matter)
    db.session.flush()
    return matter


def copy_to_pool(actor, matter, body_id):
    """A new matter in a body's pool that comes from this one (LAW-15, 23): same draft, files, case and rights."""
    copy = copied(actor, matter, bodies.get_body(actor, body_id), matter)
    if matter.body_id == copy.body_id:  # postponed: the committee's opinion will be given on the copy
        db.session.execute(sa.update(Stop).where(Stop.matter_id == matter.id).values(matter_id=copy.id))
    return copy


def copied(actor, matter, body, origin=None):
    """The same, and `origin` says from which matter it comes; None for one that is asked beside the first."""
    copy = Matter(
        body_id=body.id,
        proposal_id=matter.proposal_id,
        text_version=matter.text_version,
        title=matter.title,
        draft_text=matter.draft_text,
        act_kind=matter.act_kind,
        subject=matter.subject,
        rule=rules.rule_for(matter.subject, committee=body.is_committee),
        urgency=matter.urgency,
        case_id=matter.case_id,
        case_number=matter.case_number,
        origin_matter_id=origin and origin.id,
        rapporteur_id=matter.rapporteur_id,
        rapporteur_text=matter.rapporteur_text,
        proposed_by_id=matter.proposed_by_id,
        added_at=clock.now(),
        closed_ground=matter.closed_ground,
        access_set_id=matter.access_set_id,
    )
    if matter.body_id == body.id:
        copy.rule = matter.rule
    copy.files = copies_of(matter.files)
    db.session.add(copy)
    db.session.flush()
    audit.record(actor, "council.copied_to_pool", copy, new={"from": str(matter.id), "body": body.name})
    ask_to_place(actor, copy, body)
    return copy


def copies_of(files):
    """The same files for another matter."""
    return [
        MatterFile(
            position=f.position, name=f.name, mime=f.mime, sha256=f.sha256, size_bytes=f.size_bytes, added_at=f.added_at
        )
        for f in files
    ]


def edit_matter(
    actor,
    matter_id,
    *,
    title=None,
    draft_text=None,
    act_kind=None,
    subject=None,
    rule=None,
    urgency=None,
    rapporteur_id=None,
    closed_ground=None,
    version=None,
    submitters_own=False,
    reporter=None,
):
    """Change a matter that is not open yet; None leaves a field. A changed draft is a new version, for every body that
    has not decided. reporter: (person id or None, name or office of one from outside). submitters_own: the minister or
    the Cabinet asked for it (LAW-48). Raises Conflict when somebody changed it meanwhile."""
    matter = locked_matter(actor, matter_id)
    ensure(can_edit(actor, matter))
    if version is not None and version != matter.version:
        raise Conflict(_("Somebody else changed this meanwhile; open it again"))
    if title is not None and not title.strip():
        raise Invalid(_("The matter needs a title"), field="title")
    wanted = dict(
        title=title and title.strip(),
        draft_text=draft_text,
        act_kind=act_kind and ActKind(act_kind),
        subject=subject and Subject(subject),
        rule=rule and Rule(rule),
        urgency=urgency,
        rapporteur_id=rapporteur_id,
        closed_ground=closed_ground,
    )
    if reporter is not None and reporter != (matter.rapporteur_id, matter.rapporteur_text):
        matter.rapporteur_id, matter.rapporteur_text = reporter
    changed = {name: value for name, value in wanted.items() if value is not None and value != getattr(matter, name)}
    if not changed:
        return matter
    if "draft_text" in changed and not submitters_own and _is_ministers(matter):
        raise Invalid(ministers_draft(), field="draft_text")
    old = {name: str(getattr(matter, name)) for name in changed}
    for name, value in changed.items():
        setattr(matter, name, value)
    if "subject" in changed and rule is None:
        matter.rule = rules.rule_for(matter.subject, committee=bodies.get_body(actor, matter.body_id).is_committee)
    if {"title", "draft_text"} & set(changed):
        _became_available(actor, matter)
        if matter.proposal_id is not None:
            versions.save_version(actor, matter, matter.draft_text, VersionCause.EDITED)
            checks.text_changed(actor, matter)
    db.session.flush()
    audit.record(actor, "council.matter_edited", matter, old=old, new={k: str(v) for k, v in changed.items()})
    _tell(matter, "agenda")
    if matter.session_id and {"title", "closed_ground"} & set(changed):
        announce(actor, PublicChanged(session_id=matter.session_id))
    return matter


def _is_ministers(matter):
    return (
        matter.proposal_id is not None
        and db.session.get_one(Proposal, matter.proposal_id).submitter == Submitter.MINISTER
    )


def ministers_draft():
    """Why a draft of the minister or the Cabinet is not changed (LAW-48)."""
    return _(
        "A draft submitted by the minister or the Cabinet is changed only on the submitter's own proposal "
        "(Local Government Law, section 37(3))."
    )


def add_file(actor, matter_id, name, mime, sha256, size_bytes):
    """Add a file to a matter that is not open yet; it lies in the blob store already."""
    matter = locked_matter(actor, matter_id)
    ensure(can_edit(actor, matter))
    file = MatterFile(
        matter_id=matter.id,
        position=len(matter.files) + 1,
        name=name,
        mime=mime,
        sha256=sha256,
        size_bytes=size_bytes,
        added_at=clock.now(),
    )
    matter.files.append(file)
    _became_available(actor, matter)
    db.session.flush()
    audit.record(actor, "council.file_added", matter, new={"name": name, "sha256": sha256})
    _tell(matter, "agenda")
    return file


def can_edit(actor, matter):
    """The secretary and who proposed it, until the matter is opened."""
    if matter.state not in (MatterState.PREPARING, MatterState.POOL, MatterState.PLACED):
        return refuse(_("The matter was opened; its draft is no longer changed."))
    if actor.can("council.prepare") or (actor.person_id and actor.person_id == matter.proposed_by_id):
        return ALLOWED
    return refuse(_("A matter is changed by the council secretary or by who proposed it."))


def _became_available(actor, matter):
    """New content is late when it comes after the term of a session the members were invited to (LAW-3)."""
    matter.added_at = clock.now()
    if matter.session_id:
        session = get_session(actor, matter.session_id)
        matter.late = rules.is_late(
            matter.added_at,
            session.planned_at,
            extraordinary=session.extraordinary,
            committee=session.body.is_committee,
        )


# ── In the session ────────────────────────────────────────────────────────────────────────────────────────────────


def open_matter(actor, matter_id):
    """The chair begins a matter. In the council matters come in the order of the agenda (LAW-31)."""
    session, matter = locked_pair(actor, matter_id)
    ensure(policy.can_lead(actor, session))
    if session.state != SessionState.OPEN:
        raise Conflict(_("The session is not open."))
    if open_ballot_of(session.id) is not None:
        raise Conflict(_("A vote is open. Close it first."))
    if matter.is_decided:
        raise Conflict(_("This matter is decided already."))
    agenda = agenda_of(session.id)
    if not session.body.is_committee and matter.subject not in rules.PROCEDURAL:
        _ensure_its_turn(matter, agenda)
    course.end_speeches(session)
    course.chair_returns(actor, session, matter.id)
    for other in agenda:
        if other.state == MatterState.OPEN and other.id != matter.id:
            other.state = MatterState.PLACED
    matter.state, matter.opened_at = MatterState.OPEN, matter.opened_at or clock.now()
    session.current_matter_id = matter.id
    db.session.flush()
    audit.record(actor, "council.matter_opened", matter, new={"session": str(session), "n": matter.n})
    publish(f"session:{session.id}", "matter")
    return matter


def _ensure_its_turn(matter, agenda):
    waiting = next((m for m in agenda if not m.is_decided and m.subject not in rules.PROCEDURAL), matter)
    if waiting.id != matter.id:
        raise Conflict(
            _(
                "Matters are handled in the order of the agenda (Local Government Law, section 34(1)); next "
                "is No. %(n)s. Put a change of the order to the vote first.",
                n=waiting.n,
            )
        )


def note_matter(actor, matter_id):
    """The matter was heard and needs no vote, e.g. information of the executive director."""
    session, matter = locked_pair(actor, matter_id)
    ensure(policy.can_lead(actor, session))
    if matter.state != MatterState.OPEN:
        raise Conflict(_("Open the matter first."))
    if open_ballot_of(session.id) is not None:
        raise Conflict(_("A vote is open. Close it first."))
    matter.state, matter.outcome, matter.decided_at = MatterState.DECIDED, Outcome.NOTED, clock.now()
    db.session.flush()
    audit.record(actor, "council.matter_noted", matter)
    if session.body.is_committee and matter.proposal_id is not None:
        from portal.council.service import proposals  # the way goes on there, and it copies matters by this module

        proposals.decided(actor, session, matter)
    publish(f"session:{session.id}", "matter")
    return matter


def propose_agenda_change(actor, session_id, title, order=False):
    """A procedural matter: may the agenda be changed now (LAW-32), or its order (LAW-31)? It is voted on at once."""
    session = locked_session(actor, session_id)
    ensure(policy.can_run(actor, session))
    if session.state != SessionState.OPEN:
        raise Conflict(_("The session is not open."))
    if not (title or "").strip():
        raise Invalid(_("Say what is to be changed"), field="title")
    subject = Subject.AGENDA_ORDER if order else Subject.AGENDA_CHANGE
    agenda = agenda_of(session.id)
    n = 1 + max((m.n for m in agenda if m.state in (MatterState.DECIDED, MatterState.OPEN)), default=0)
    for other in agenda:
        if other.n >= n:
            other.n += 1
    matter = standing_matter(actor, session, title.strip()[:LONGEST_TITLE], n)
    matter.subject, matter.rule = subject, rules.rule_for(subject, committee=session.body.is_committee)
    db.session.flush()
    audit.record(actor, "council.agenda_change_proposed", matter, new={"subject": str(subject)})
    publish(f"session:{session.id}", "agenda")
    return matter


# ── Conflict of interest ──────────────────────────────────────────────────────────────────────────────────────────


def declare_interest(actor, matter_id, reason):
    """A member states a personal interest in a matter (LAW-49). Returns the Recusal.

    In individual acts and contracts it takes the member out of the vote; in regulations, political decisions, own pay
    and office it is only recorded. Raises Forbidden, Conflict (voted already), Invalid("reason")."""
    session, matter = locked_pair(actor, matter_id)
    reason = (reason or "").strip()
    if not reason:
        raise Invalid(_("Say what the interest is"), field="reason")
    member = bodies.sits_in(session, actor.person_id)
    ensure(policy.may_recuse(member=member, decided=matter.is_decided, voted=_has_voted(matter.id, actor.person_id)))
    if recusal_of(matter.id, actor.person_id) is not None:
        raise Conflict(_("Your interest is recorded already."))
    recusal = Recusal(matter_id=matter.id, member_id=actor.person_id, reason=reason[:500], declared_at=clock.now())
    db.session.add(recusal)
    db.session.flush()
    audit.record(
        actor,
        "council.interest_declared",
        matter,
        reason=recusal.reason,
        new={"votes": not rules.interest_blocks(matter.act_kind)},
    )
    publish(f"session:{session.id}", "attendance")
    return recusal


def withdraw_interest(actor, matter_id):
    """The member takes the declaration back before the matter is decided; it stays on record."""
    matter = locked_matter(actor, matter_id)
    recusal = recusal_of(matter.id, actor.person_id)
    if recusal is None:
        raise Conflict(_("You have not declared an interest in this matter."))
    if matter.is_decided:
        raise Conflict(_("This matter is decided already."))
    recusal.withdrawn_at = clock.now()
    db.session.flush()
    audit.record(actor, "council.interest_withdrawn", matter)
    _tell(matter, "attendance")


def recusal_of(matter_id, member_id):
    """The standing declaration of a member, or None."""
    return db.session.scalar(
        sa.select(Recusal).where(
            Recusal.matter_id == matter_id, Recusal.member_id == member_id, Recusal.withdrawn_at.is_(None)
        )
    )


def _has_voted(matter_id, member_id):
    return (
        db.session.scalar(
            sa.select(Vote.id)
            .join(Ballot, Ballot.id == Vote.ballot_id)
            .where(Ballot.matter_id == matter_id, Ballot.closed_at.is_(None), Vote.member_id == member_id)
        )
        is not None
    )


def locked_pair(actor, matter_id):
    """A placed matter with its session, both locked; always the session first, so that no two acts wait in a ring."""
    session_id = get_matter(actor, matter_id).session_id
    if session_id is None:
        raise Conflict(_("The matter does not stand on an agenda yet."))
    return locked_session(actor, session_id), locked_matter(actor, matter_id)


def _tell(matter, name):
    if matter.session_id:
        publish(f"session:{matter.session_id}", name)
