"""Fetching sessions, matters and ballots for an actor: found and visible, or NotFound."""

import sqlalchemy as sa

from portal.council.models import Ballot, Matter, Session
from portal.kernel.access import visible_to
from portal.kernel.db import db
from portal.kernel.errors import NotFound
from portal.kernel.i18n import _

PUBLIC_TOPIC = "council:live"  # of live events: a session begins, pauses or ends


def get_session(actor, session_id):
    """A session with its body. Raises NotFound, also when the actor may not see it."""
    return _one(sa.select(Session).where(Session.id == session_id, visible_to(actor, Session)), _no_session)


def locked_session(actor, session_id):
    """The session, locked until the transaction ends, so that agenda, attendance and state change one after another."""
    query = sa.select(Session).where(Session.id == session_id, visible_to(actor, Session))
    return _one(query.with_for_update(of=Session).execution_options(populate_existing=True), _no_session)


def get_matter(actor, matter_id):
    """A matter. Raises NotFound, also when the actor may not see it."""
    return _one(sa.select(Matter).where(Matter.id == matter_id, visible_to(actor, Matter)), _no_matter)


def locked_matter(actor, matter_id):
    """The matter, locked until the transaction ends."""
    query = sa.select(Matter).where(Matter.id == matter_id, visible_to(actor, Matter))
    return _one(query.with_for_update(of=Matter).execution_options(populate_existing=True), _no_matter)


def get_ballot(actor, ballot_id):
    """A ballot of a matter that the actor may see. Raises NotFound."""
    query = sa.select(Ballot).join(Matter, Matter.id == Ballot.matter_id)
    return _one(query.where(Ballot.id == ballot_id, visible_to(actor, Matter)), _no_ballot)


def open_ballot_of(session_id):
    """The open ballot of a session, or None; of a package the one that members vote on."""
    found = sa.select(Ballot).where(
        Ballot.session_id == session_id, Ballot.closed_at.is_(None), Ballot.lead_id.is_(None)
    )
    return db.session.scalar(found)


def agenda_of(session_id):
    """The matters of a session in their order."""
    return list(db.session.scalars(sa.select(Matter).where(Matter.session_id == session_id).order_by(Matter.n)))


def _one(query, missing):
    row = db.session.scalar(query)
    if row is None:
        raise NotFound(missing())
    return row


def _no_session():
    return _("There is no such session")


def _no_matter():
    return _("There is no such matter")


def _no_ballot():
    return _("There is no such vote")
