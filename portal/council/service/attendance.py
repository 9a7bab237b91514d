"""Who is in the room, as intervals, and whether that is a quorum (LAW-20, 21, 25, 63)."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.models import Absence, Attendance, AttendanceWay, BodyMember, Invitation
from portal.council.models.sessions import local_day
from portal.council.service import bodies
from portal.council.service.reading import locked_session
from portal.council.shapes import Quorum
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.i18n import _
from portal.kernel.live import publish


def check_in(actor, session_id):
    """A member registers as present. Registering twice leaves the first. Returns the Attendance (the open stay)."""
    session = locked_session(actor, session_id)
    member = bodies.sits_in(session, actor.person_id)
    ensure(policy.may_check_in(session, member=member, substitute=bool(actor.on_behalf_of_id)))
    return arrive(actor, session, actor.person_id, clock.now())


def check_out(actor, session_id):
    """A member leaves the session. Leaving while one's vote is open keeps a vote already given."""
    session = locked_session(actor, session_id)
    ensure(policy.can_register_attendance(session))
    _leave(actor, session, actor.person_id, clock.now())


def mark(actor, session_id, member_id, present, at=None, reason=None):
    """Chair or secretary notes that a member came, left or stays away (`reason`, LAW-53 field 6).

    at: aware time of it, now by default, never in the future. Raises Forbidden, Invalid("at"), Conflict."""
    session = locked_session(actor, session_id)
    ensure(policy.can_run(actor, session))
    ensure(policy.can_register_attendance(session))
    if not bodies.sits_in(session, member_id):
        raise Invalid(_("This person is not a member of the body"), field="member_id")
    now = clock.now()
    if at is not None and at > now:
        raise Invalid(_("The time lies in the future"), field="at")
    if present:
        arrive(actor, session, member_id, at or now, way=AttendanceWay.DESK)
    else:
        _leave(actor, session, member_id, at or now, missing_ok=True)
        if reason:
            _note_absence(actor, session, member_id, reason)


def arrive(actor, session, member_id, at, **how):
    """A stay begins, unless one lasts. how: `way`, `remote_reason` of the Attendance. Returns the open stay."""
    stays = _stays(session.id, member_id)
    if stays and stays[-1].left_at is None:
        return stays[-1]
    if stays and at < stays[-1].left_at:
        raise Invalid(
            _(
                "The member left at %(time)s; the return cannot be earlier",
                time=f"{clock.local(stays[-1].left_at):%H:%M}",
            ),
            field="at",
        )
    stay = Attendance(session_id=session.id, member_id=member_id, arrived_at=at, **how)
    db.session.add(stay)
    db.session.execute(sa.delete(Absence).where(Absence.session_id == session.id, Absence.member_id == member_id))
    _note_seen(session, member_id)
    db.session.flush()
    new = {"member": str(member_id), "at": at.isoformat(), "way": str(stay.way)}
    audit.record(actor, "council.arrived", session, new=new, reason=stay.remote_reason)
    publish(f"session:{session.id}", "attendance")
    return stay


def _leave(actor, session, member_id, at, missing_ok=False):
    stays = _stays(session.id, member_id)
    if not stays or stays[-1].left_at is not None:
        if missing_ok:
            return
        raise Conflict(_("You are not registered as present."))
    if at < stays[-1].arrived_at:
        raise Invalid(
            _(
                "The member came at %(time)s; leaving cannot be earlier",
                time=f"{clock.local(stays[-1].arrived_at):%H:%M}",
            ),
            field="at",
        )
    stays[-1].left_at = at
    db.session.flush()
    audit.record(actor, "council.left", session, new={"member": str(member_id), "at": at.isoformat()})
    publish(f"session:{session.id}", "attendance")


def _stays(session_id, member_id):
    return list(
        db.session.scalars(
            sa.select(Attendance)
            .where(Attendance.session_id == session_id, Attendance.member_id == member_id)
            .order_by(Attendance.arrived_at)
        )
    )


def _note_absence(actor, session, member_id, reason):
    absence = db.session.scalar(
        sa.select(Absence).where(Absence.session_id == session.id, Absence.member_id == member_id)
    )
    if absence is None:
        absence = Absence(session_id=session.id, member_id=member_id, reason=reason)
        db.session.add(absence)
    absence.reason = reason
    db.session.flush()
    audit.record(actor, "council.absence_noted", session, new={"member": str(member_id), "reason": reason})
    publish(f"session:{session.id}", "attendance")


def _note_seen(session, member_id):
    db.session.execute(
        sa.update(Invitation)
        .where(Invitation.session_id == session.id, Invitation.person_id == member_id, Invitation.seen_at.is_(None))
        .values(seen_at=clock.now())
    )


def present_ids(session, at=None):
    """Ids of the members in the room now, or at a moment."""
    query = sa.select(Attendance.member_id).where(Attendance.session_id == session.id)
    if at is None:
        query = query.where(Attendance.left_at.is_(None))
    else:
        query = query.where(Attendance.arrived_at <= at, sa.or_(Attendance.left_at.is_(None), Attendance.left_at > at))
    return set(db.session.scalars(query))


def quorum(session, at=None):
    """The quorum of a session now, or at a moment. A member with a declared interest counts as present (LAW-49)."""
    return quorum_of(session, present_ids(session, at))


def quorum_of(session, present):
    """The quorum of a session in which these members, a set of ids, take part."""
    if session.joint:
        return _joint_quorum(session, present)
    return _quorum(session.body, len(present), is_reduced(session))


def _quorum(body, present, reduced=False, name=""):
    outcome = rules.quorum(present, body.seats, committee=body.is_committee, reduced=reduced)
    return Quorum(present, outcome.needed, body.seats, outcome.reached, outcome.rule, outcome.why, reduced, name)


def _joint_quorum(session, present):
    day, seated = local_day(session), {}
    rows = sa.select(BodyMember.body_id, BodyMember.person_id).where(
        BodyMember.body_id.in_([body.id for body in session.bodies]), BodyMember.sitting_on(day)
    )
    for body_id, person_id in db.session.execute(rows):
        seated.setdefault(body_id, set()).add(person_id)
    each = [_quorum(body, len(seated.get(body.id, set()) & present), name=body.short_name) for body in session.bodies]
    outcome = rules.joint_quorum([(one.name, one.present, one.seats) for one in each])
    everybody = set().union(*seated.values())
    return Quorum(len(present), outcome.needed, len(everybody), outcome.reached, outcome.rule, outcome.why, each=each)


def is_reduced(session):
    """Whether the session works with one third (LAW-25)."""
    return rules.is_reduced(session.kind, session.repeat_no, session.extraordinary, session.body.is_committee)
