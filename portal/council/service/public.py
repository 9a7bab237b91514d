"""What everybody may see of a session that goes on, without sign-in (LAW-16, 17, 18, 34)."""

import sqlalchemy as sa

from portal.council.models import Matter, Session, SessionState, Vote
from portal.council.service import attendance, course, results
from portal.council.service.reading import agenda_of
from portal.council.service.screens import ballots_of, floor_of, last_closed, open_one, speakers_of
from portal.council.shapes import PublicLine, PublicLive
from portal.kernel import clock
from portal.kernel.db import db

GOING_ON = (SessionState.OPEN, SessionState.PAUSED)


def live_sessions():
    """(sessions that go on now as PublicLive, the next ones that are announced)."""
    going = db.session.scalars(sa.select(Session).where(Session.state.in_(GOING_ON)).order_by(Session.opened_at))
    coming = sa.select(Session).where(Session.state == SessionState.INVITED, Session.planned_at >= clock.now())
    return [_live(session) for session in going], list(db.session.scalars(coming.order_by(Session.planned_at).limit(5)))


def _live(session):
    part = course.closed_part_of(session.id)
    ground = session.closed_ground or (part.ground if part else None)
    agenda = agenda_of(session.id)
    ballots = ballots_of(session.id)
    closed = last_closed(ballots)
    current = next((one for one in agenda if one.id == session.current_matter_id), None)
    hidden = bool(ground) or bool(current and current.closed_ground)
    ballot = open_one(ballots)
    shown = closed.get(current.id) if current is not None and ballot is None else None
    present = attendance.present_ids(session)
    lines = [PublicLine(one.n, _title(session, one), _line(one, closed.get(one.id), session)) for one in agenda]
    floor = floor_of(speakers_of(current.id)) if current is not None and ballot is None else None
    return PublicLive(
        session=session,
        ground=ground or (current.closed_ground if current else None),
        current=PublicLine(current.n, None if hidden else current.title) if current is not None else None,
        question=None if hidden or ballot is None else ballot.question,
        voting=(len(_voted(ballot)), len(present)) if ballot is not None else None,
        quorum=attendance.quorum_of(session, len(present)),
        result=results.result_of(shown, session, db.session.get_one(Matter, shown.matter_id)) if shown else None,
        floor=None if hidden else floor,
        lines=lines,
        pause=course.break_of(session.id) if session.state == SessionState.PAUSED else None,
    )


def _title(session, matter):
    return None if session.closed_ground or matter.closed_ground else matter.title


def _line(matter, ballot, session):
    return results.without_names(ballot, session.body).line if ballot is not None and matter.is_decided else ""


def _voted(ballot):
    return db.session.scalars(sa.select(Vote.member_id).where(Vote.ballot_id == ballot.id)).all()
