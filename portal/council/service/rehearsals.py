"""A vote for trial before a session: every tablet is tried, and nothing of it stands in the minutes (13.3)."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy
from portal.council.models import Rehearsal, SessionState, Tablet
from portal.council.service import bodies
from portal.council.service.reading import get_session, locked_session
from portal.council.service.voting import choice_of
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, ensure
from portal.kernel.i18n import _
from portal.kernel.live import publish


def rehearsal_of(session_id):
    """The rehearsal that is on in a session, or None."""
    return db.session.scalar(
        sa.select(Rehearsal).where(Rehearsal.session_id == session_id, Rehearsal.ended_at.is_(None))
    )


def may_rehearse(session):
    """Before a session only: while it sits, every vote counts."""
    return session.state in (SessionState.PLANNED, SessionState.INVITED)


def begin_rehearsal(actor, session_id):
    """Every tablet of the session asks for a vote that counts for nothing. Raises Forbidden, Conflict."""
    session = locked_session(actor, session_id)
    ensure(policy.can_run(actor, session))
    if not may_rehearse(session):
        raise Conflict(_("A vote for trial is held before the session, not in it."))
    rehearsal = db.session.get(Rehearsal, session.id) or Rehearsal(session_id=session.id)
    rehearsal.began_at, rehearsal.ended_at = clock.now(), None
    db.session.add(rehearsal)
    db.session.execute(
        sa.update(Tablet).where(Tablet.session_id == session.id).values(trial=None, trial_at=None),
        execution_options={"synchronize_session": False},
    )
    db.session.flush()
    audit.record(actor, "council.rehearsal_began", session)
    publish(f"session:{session.id}", "rehearsal")
    return rehearsal


def try_vote(actor, session_id, choice):
    """A member presses a button for trial; pressing again takes the place of the first. Raises Forbidden, Conflict."""
    session = member_session(actor, session_id)
    if rehearsal_of(session.id) is None:
        raise Conflict(_("The vote for trial is over."))
    now = clock.real_now()
    tablet = db.session.get(Tablet, (session.id, actor.person_id))
    tablet = tablet or new_tablet(session, actor, seen_at=now, way="poll")
    tablet.trial, tablet.trial_at, tablet.seen_at = choice_of(choice), now, now
    db.session.flush()
    publish(f"session:{session.id}", "vote")


def end_rehearsal(actor, session_id):
    """The trial is over. Ending twice does nothing."""
    session = locked_session(actor, session_id)
    ensure(policy.can_run(actor, session))
    stop_rehearsal(actor, session)


def stop_rehearsal(actor, session):
    """As the session opens, or when the desk says so."""
    rehearsal = rehearsal_of(session.id)
    if rehearsal is None:
        return
    rehearsal.ended_at = clock.now()
    db.session.flush()
    audit.record(actor, "council.rehearsal_ended", session)
    publish(f"session:{session.id}", "rehearsal")


def trial_of(session_id, member_id):
    """(the rehearsal that is on, the member's choice in it) or (None, None)."""
    rehearsal = rehearsal_of(session_id)
    if rehearsal is None:
        return None, None
    tablet = db.session.get(Tablet, (session_id, member_id))
    return rehearsal, tablet.trial if tablet else None


def new_tablet(session, actor, **fields):
    """The first word of a tablet in a session."""
    tablet = Tablet(session_id=session.id, member_id=actor.person_id, **fields)
    db.session.add(tablet)
    db.session.flush()
    return tablet


def member_session(actor, session_id):
    """The session, for a member of its body. Raises NotFound, Forbidden."""
    session = get_session(actor, session_id)
    if not bodies.sits_in(session, actor.person_id):
        raise Forbidden(_("Only the members of this body vote."))
    return session
