"""The course of a session: breaks, closed parts, who presides, who takes part from afar."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.events import ClosedPartBegan, ClosedPartEnded
from portal.council.models import AttendanceWay, ClosedPart, Presiding, SessionBreak, SessionState, Speaker
from portal.council.service import attendance, bodies, procedure
from portal.council.service.reading import locked_session, open_ballot_of
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, in_language
from portal.kernel.live import publish

LONGEST_BREAK_MINUTES = 24 * 60


def begin_break(session, minutes, reason):
    """Note the break that begins now; the session's state is the caller's."""
    if minutes is not None and not 1 <= minutes <= LONGEST_BREAK_MINUTES:
        raise Invalid(_("Between 1 and %(most)s minutes", most=LONGEST_BREAK_MINUTES), field="minutes")
    db.session.add(SessionBreak(session_id=session.id, began_at=clock.now(), minutes=minutes, reason=reason))


def end_break(session):
    """The break, if one lasts, ends now."""
    running = break_of(session.id)
    if running is not None:
        running.ended_at = clock.now()


def break_of(session_id):
    """The break that lasts, or None."""
    return db.session.scalar(
        sa.select(SessionBreak).where(SessionBreak.session_id == session_id, SessionBreak.ended_at.is_(None))
    )


def breaks_of(session_id):
    """All breaks of a session in their order."""
    found = sa.select(SessionBreak).where(SessionBreak.session_id == session_id).order_by(SessionBreak.began_at)
    return list(db.session.scalars(found))


# ── Closed part ───────────────────────────────────────────────────────────────────────────────────────────────────


def begin_closed_part(actor, session_id, ground, matter_id=None):
    """The public leaves, for a ground of LAW-17; the stream stops (LAW-19). Raises Invalid("ground"), Conflict."""
    session = locked_session(actor, session_id)
    ensure(policy.can_lead(actor, session))
    if session.state != SessionState.OPEN:
        raise Conflict(_("The session is not open."))
    try:
        ground = rules.ClosedGround(ground)
    except ValueError as error:
        raise Invalid(
            _("Name the ground in law for a closed part (Local Government Law, section 27(4))"), field="ground"
        ) from error
    if closed_part_of(session.id) is not None:
        raise Conflict(_("The closed part has begun already."))
    part = ClosedPart(
        session_id=session.id,
        matter_id=matter_id or session.current_matter_id,
        ground=str(ground),
        began_at=clock.now(),
    )
    db.session.add(part)
    db.session.flush()
    audit.record(actor, "council.closed_part_began", session, new={"ground": str(ground)})
    announce(actor, ClosedPartBegan(session_id=session.id))
    publish(f"session:{session.id}", "session")
    return part


def end_closed_part(actor, session_id):
    """The public may come back."""
    session = locked_session(actor, session_id)
    ensure(policy.can_lead(actor, session))
    if not reopen(actor, session):
        raise Conflict(_("No closed part is going on."))
    publish(f"session:{session.id}", "session")


def reopen(actor, session):
    """End the closed part if one is going on; tells whether it was."""
    part = closed_part_of(session.id)
    if part is None:
        return False
    part.ended_at = clock.now()
    db.session.flush()
    audit.record(actor, "council.closed_part_ended", session)
    announce(actor, ClosedPartEnded(session_id=session.id))
    return True


def closed_part_of(session_id):
    """The closed part that is going on, or None."""
    return db.session.scalar(
        sa.select(ClosedPart).where(ClosedPart.session_id == session_id, ClosedPart.ended_at.is_(None))
    )


# ── Who presides, who joins from afar ─────────────────────────────────────────────────────────────────────────────


def set_presiding(actor, session_id, person_id, reason=None, for_matter=False):
    """Somebody else leads this session, e.g. the deputy chair in the chair's absence (LAW-12, 13, 47, 165).

    for_matter: only while the current matter lasts; then the chair comes back. Once the session has begun it is done by
    who presides or the secretary, to a member who is present, with the reason."""
    session = locked_session(actor, session_id)
    running = session.state in (SessionState.OPEN, SessionState.PAUSED)
    ensure(policy.can_run(actor, session) if running else policy.can_prepare(actor))
    if session.is_closed:
        raise Conflict(_("The session is closed."))
    if open_ballot_of(session.id) is not None:
        raise Conflict(_("A vote is open. Close it first."))
    reason = (reason or "").strip()[:300]
    if running:
        if person_id not in attendance.present_ids(session):
            raise Invalid(_("Only a member who is present takes the chair"), field="person_id")
        if not reason:
            raise Invalid(_("Say why somebody else takes the chair"), field="reason")
        _note_presiding(session, person_id, reason, session.current_matter_id if for_matter else None)
    if session.joint and not running:
        _ensure_leads_joint(actor, session, person_id)
    old, session.chair_id = session.chair_id, person_id
    db.session.flush()
    audit.record(
        actor,
        "council.presiding_set",
        session,
        old={"chair": str(old)},
        new={"chair": str(person_id)},
        reason=reason or None,
    )
    publish(f"session:{session.id}", "session")
    return session


def _ensure_leads_joint(actor, session, person_id):
    """The chairs of the committees agree on one of them (LAW-69)."""
    verdict = rules.may_lead_joint(
        finance=any(body.is_finance for body in session.bodies),
        council_chair=person_id == bodies.council_of(actor).chair_id,
        committee_chair=person_id in {body.chair_id for body in session.bodies},
    )
    if not verdict:
        raise Invalid(verdict.reason, field="person_id")


def chair_returns(actor, session, matter_id):
    """Who led one matter only gives the chair back when the session goes on to another."""
    last = db.session.scalar(
        sa.select(Presiding).where(Presiding.session_id == session.id).order_by(Presiding.since.desc()).limit(1)
    )
    if last is None or last.matter_id in (None, matter_id) or session.chair_id != last.person_id:
        return
    back = last.before_id
    with in_language("lv"):
        _note_presiding(session, back, _("The matter is over"), None)
    session.chair_id = back
    db.session.flush()
    audit.record(actor, "council.presiding_set", session, old={"chair": str(last.person_id)}, new={"chair": str(back)})


def _note_presiding(session, person_id, reason, matter_id):
    db.session.add(
        Presiding(
            session_id=session.id,
            matter_id=matter_id,
            person_id=person_id,
            before_id=session.chair_id,
            reason=reason,
            since=clock.now(),
        )
    )
    db.session.flush()


def presiding_of(session_id):
    """The changes of who presides, in their order."""
    found = sa.select(Presiding).where(Presiding.session_id == session_id).order_by(Presiding.since, Presiding.id)
    return list(db.session.scalars(found))


def join_from_afar(actor, session_id, member_id, reason=""):
    """The chair lets a member take part by videoconference; the member is present and votes on the tablet (LAW-28, 29).

    Raises Forbidden where the statute does not provide for it, Invalid for who is no member."""
    session = locked_session(actor, session_id)
    ensure(policy.can_lead(actor, session))
    ensure(policy.can_register_attendance(session))
    if not bodies.sits_in(session, member_id):
        raise Invalid(_("This person is not a member of the body"), field="member_id")
    reason = (reason or "").strip()[:300]
    clause = procedure.choices().remote_joining
    ensure(rules.may_join_from_afar(session_remote=session.remote, clause=clause, reason=reason))
    return attendance.arrive(
        actor, session, member_id, clock.now(), way=AttendanceWay.REMOTE, remote_reason=reason or None
    )


def end_speeches(session):
    """Whoever has the floor has finished: the session goes on to a vote, a break or another matter."""
    if session.current_matter_id is not None:
        db.session.execute(
            sa.update(Speaker)
            .where(
                Speaker.matter_id == session.current_matter_id,
                Speaker.spoke_at.is_not(None),
                Speaker.ended_at.is_(None),
            )
            .values(ended_at=clock.now())
        )


def names_of_presiding(session_id):
    """[(name, since, reason)] of who took the chair, for the minutes."""
    rows = presiding_of(session_id)
    names = identity.names_of({row.person_id for row in rows})
    return [(names.get(row.person_id, ""), row.since, row.reason) for row in rows]
