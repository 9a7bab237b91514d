"""The agenda: what waits in the pool, what stands where."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.events import MatterPlaced, PublicChanged
from portal.council.models import Matter, MatterState, Outcome, SessionState
from portal.council.rules import AgendaChange
from portal.council.service import attendance, bodies, proposals, regulations
from portal.council.service.reading import agenda_of, locked_matter, locked_session
from portal.kernel import clock
from portal.kernel.access import visible_to
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.live import publish
from portal.workflow import service as workflow


def pool(actor, body_id):
    """Matters that wait for a session of the body, oldest first. Raises NotFound for a body one may not see."""
    body = bodies.get_body(actor, body_id)
    return list(
        db.session.scalars(
            sa.select(Matter)
            .where(Matter.body_id == body.id, Matter.state == MatterState.POOL, visible_to(actor, Matter))
            .order_by(Matter.added_at, Matter.id)
        )
    )


def pool_counts(actor):
    """body_id -> how many matters wait, in one query."""
    rows = db.session.execute(
        sa.select(Matter.body_id, sa.func.count())
        .where(Matter.state == MatterState.POOL, visible_to(actor, Matter))
        .group_by(Matter.body_id)
    )
    return dict(rows.all())


def place(actor, session_id, matter_id, position=None):
    """Put a matter from the pool on the agenda, at the end or at a position from 1.

    It is flagged late when it becomes open to the members after the term (LAW-3, 5, 8). Raises Forbidden with the rule
    (LAW-6, 7, 26, 32, 33), Conflict when it stands on an agenda already, Invalid for another body's matter."""
    session, matter = locked_session(actor, session_id), locked_matter(actor, matter_id)
    ensure(policy.can_prepare(actor))
    if matter.state == MatterState.PREPARING:
        raise Conflict(_("The draft is still being prepared; its author sends it on first."))
    if matter.state != MatterState.POOL:
        raise Conflict(_("The matter stands on an agenda already."))
    if matter.body_id not in {body.id for body in session.bodies}:
        raise Invalid(_("The matter belongs to another body"), field="matter_id")
    ensure(
        rules.may_place(
            matter.subject,
            extraordinary=session.is_council_extraordinary,
            reduced=attendance.is_reduced(session),
            urgency=matter.urgency or session.urgency,
            has_draft=bool(matter.draft_text),
        )
    )
    ensure(
        rules.may_place_skipped(
            proposals.skip_of(matter), extraordinary=session.is_council_extraordinary, repeat=session.repeat_no > 0
        )
    )
    if not session.body.is_committee:
        regulations.ensure_ready(matter)
    ensure(may_change(session, AgendaChange.ADD))
    number_matter(actor, session, matter, position)
    _tell(actor, session)
    return matter


def _tell(actor, session):
    """The screens show the agenda anew, and so do the public pages once it is public."""
    publish(f"session:{session.id}", "agenda")
    if session.state != SessionState.PLANNED:
        announce(actor, PublicChanged(session_id=session.id))


def place_members_matters(actor, session):
    """What a committee's member proposed stands on the committee's next agenda, by law (LAW-70)."""
    if not session.body.is_committee:
        return
    for body in session.bodies:
        for matter in pool(actor, body.id):
            if bodies.is_member(body.id, matter.proposed_by_id):
                number_matter(actor, session, matter)


def number_matter(actor, session, matter, position=None):
    """Give a matter its place in the session, moving the later ones down."""
    agenda = agenda_of(session.id)
    first_free = 1 + sum(1 for m in agenda if m.state in (MatterState.DECIDED, MatterState.OPEN))
    position = len(agenda) + 1 if position is None else max(first_free, min(position, len(agenda) + 1))
    agenda.insert(position - 1, matter)
    matter.session_id, matter.state = session.id, MatterState.PLACED
    matter.late = rules.is_late(
        clock.now(), session.planned_at, extraordinary=session.extraordinary, committee=session.body.is_committee
    )
    _renumber(agenda)
    workflow.complete_for(actor, "matter", matter.id, "council.place")
    audit.record(
        actor, "council.matter_placed", matter, new={"session": str(session), "n": matter.n, "late": matter.late}
    )
    announce(actor, MatterPlaced(matter_id=matter.id, session_id=session.id))


def move(actor, session_id, matter_id, position):
    """Give a matter another place, from 1 (LAW-31). Decided and open matters keep theirs."""
    session = locked_session(actor, session_id)
    ensure(policy.can_prepare(actor))
    ensure(may_change(session, AgendaChange.ORDER))
    agenda = agenda_of(session.id)
    matter = _on(agenda, matter_id)
    fixed = sum(1 for m in agenda if m.state in (MatterState.DECIDED, MatterState.OPEN))
    if matter.state != MatterState.PLACED:
        raise Conflict(_("The matter was handled already; it keeps its place."))
    old = matter.n
    agenda.remove(matter)
    agenda.insert(max(fixed, min(position - 1, len(agenda))), matter)
    _renumber(agenda)
    audit.record(actor, "council.matter_moved", matter, old={"n": old}, new={"n": matter.n})
    _tell(actor, session)
    return matter


def remove(actor, session_id, matter_id, reason):
    """Take a matter off the agenda; it waits in the pool again (LAW-32, 33). Raises Invalid("reason")."""
    session = locked_session(actor, session_id)
    ensure(policy.can_prepare(actor))
    ensure(may_change(session, AgendaChange.REMOVE))
    reason = (reason or "").strip()
    if not reason:
        raise Invalid(_("Say why the matter is taken off the agenda"), field="reason")
    agenda = agenda_of(session.id)
    matter = _on(agenda, matter_id)
    if matter.state != MatterState.PLACED:
        raise Conflict(_("The matter was handled already; it keeps its place."))
    agenda.remove(matter)
    matter.session_id, matter.n, matter.late, matter.state = None, None, False, MatterState.POOL
    _renumber(agenda)
    audit.record(actor, "council.matter_removed", matter, old={"session": str(session)}, reason=reason)
    workflow.add_task(
        actor,
        "council.place",
        "matter",
        matter.id,
        _("Put on an agenda of %(body)s: %(title)s", body=session.body.short_name, title=matter.title),
        role="secretary",
    )
    _tell(actor, session)
    return matter


def may_change(session, change):
    """Whether the agenda of this session may change in this way now (LAW-23, 31, 32, 33)."""
    adopted = frozenset()
    if session.state in (SessionState.OPEN, SessionState.PAUSED):
        adopted = frozenset(
            db.session.scalars(
                sa.select(Matter.subject).where(
                    Matter.session_id == session.id,
                    Matter.subject.in_(rules.PROCEDURAL),
                    Matter.outcome.in_((Outcome.ADOPTED, Outcome.SUPPORTED)),
                )
            )
        )
    return rules.may_change_agenda(
        change,
        state=session.state,
        extraordinary=session.is_council_extraordinary,
        repeat=session.repeat_no > 0,
        adopted=adopted,
    )


def _on(agenda, matter_id):
    matter = next((m for m in agenda if m.id == matter_id), None)
    if matter is None:
        raise Conflict(_("The matter does not stand on this agenda."))
    return matter


def _renumber(agenda):
    for n, matter in enumerate(agenda, start=1):
        matter.n = n
    db.session.flush()
