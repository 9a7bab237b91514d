"""What everybody may see of a session that goes on, without sign-in (LAW-16, 17, 18, 34)."""

import contextlib
import uuid

import sqlalchemy as sa

from portal.council.models import Session, SessionState, Vote
from portal.council.service import attendance, course, publishing, redaction, results
from portal.council.service.reading import PUBLIC_TOPIC, agenda_of
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
    agenda = agenda_of(session.id)
    closed, cover = publishing.closed_matters(session, agenda), redaction.covering(agenda)
    ballots = ballots_of(session.id)
    counted = last_closed(ballots)
    current = next((one for one in agenda if one.id == session.current_matter_id), None)
    ground = session.closed_ground or (part.ground if part else closed.get(session.current_matter_id))
    ballot = open_one(ballots)
    waits = current is not None and ballot is None and ground is None
    shown = counted.get(current.id) if waits else None
    asked = shown or (ballot if ground is None else None)
    present = attendance.present_ids(session)

    def line(one):
        if one.id in closed:
            return PublicLine(one.n, None, results.outcome_word(one.outcome) or "")
        done = counted.get(one.id) if one.is_decided else None
        return PublicLine(one.n, cover(one, one.title), results.without_names(done, session.body).line if done else "")

    return PublicLive(
        session=session,
        ground=ground,
        current=line(current) if current is not None else None,
        question=cover(current, asked.question) if asked is not None and asked.question else None,
        voting=(_count_votes(ballot), len(present)) if ballot is not None else None,
        tour=asked.tour if asked is not None else None,
        candidates=[option.name for option in ballot.options] if ballot is not None and ground is None else [],
        quorum=attendance.quorum_of(session, present),
        result=results.result_of(shown, session, current) if shown else None,
        floor=floor_of(speakers_of(current.id)) if waits else None,
        lines=[line(one) for one in agenda],
        pause=course.break_of(session.id) if session.state == SessionState.PAUSED else None,
    )


def public_topics(topics):
    """Of these topics of live events those that everybody may hear: which of the sessions that go on has changed."""
    ids = {}
    for topic in topics:
        with contextlib.suppress(ValueError):
            if topic.startswith("session:"):
                ids[uuid.UUID(topic.removeprefix("session:"))] = topic
    going = db.session.scalars(sa.select(Session.id).where(Session.id.in_(ids), Session.state.in_(GOING_ON)))
    return [topic for topic in topics if topic == PUBLIC_TOPIC] + [ids[one] for one in going]


def _count_votes(ballot):
    return db.session.scalar(sa.select(sa.func.count(Vote.id)).where(Vote.ballot_id == ballot.id))
