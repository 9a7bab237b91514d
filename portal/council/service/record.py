"""A member's own voting record: every vote that he or she gave in a vote that is closed (LAW-34)."""

import sqlalchemy as sa

from portal.council.models import Ballot, Body, BodyMember, Choice, Matter, Session, Vote
from portal.council.service.voting import choice_of
from portal.kernel.db import db
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import cursor_page


def my_votes(actor, filters=None, after=None, size=50):
    """A Page of (Vote, Ballot, Matter, Session), newest first. filters: `choice`, `year`, `body`, all optional.
    Raises Invalid."""
    return cursor_page(
        _votes(actor, filters or {}), (Vote.cast_at.desc(), Vote.id.desc()), size=size, cursor=after, scalars=False
    )


def all_my_votes(actor, filters=None):
    """The same rows at once, for saving them as a file."""
    return db.session.execute(_votes(actor, filters or {}).order_by(Vote.cast_at.desc(), Vote.id.desc())).all()


def _votes(actor, filters):
    query = (
        sa.select(Vote, Ballot, Matter, Session)
        .join(Ballot, Ballot.id == Vote.ballot_id)
        .join(Matter, Matter.id == Ballot.matter_id)
        .join(Session, Session.id == Ballot.session_id)
        .where(Vote.member_id == actor.person_id, Ballot.closed_at.is_not(None))
    )
    if filters.get("choice"):
        query = query.where(Vote.choice == choice_of(filters["choice"]))
    if filters.get("year"):
        try:
            query = query.where(Session.year == int(filters["year"]))
        except ValueError:
            raise Invalid(_("Choose from the list"), field="year") from None
    if filters.get("body"):
        query = query.where(Session.body_id == filters["body"])
    return query


def years_of_my_votes(actor):
    """The years in which the actor voted, newest first."""
    years = (
        sa.select(Session.year).join(Ballot, Ballot.session_id == Session.id).join(Vote, Vote.ballot_id == Ballot.id)
    )
    return list(
        db.session.scalars(years.where(Vote.member_id == actor.person_id).distinct().order_by(Session.year.desc()))
    )


def counts_of(actor):
    """Choice -> how many, over the whole record."""
    rows = db.session.execute(
        sa.select(Vote.choice, sa.func.count())
        .join(Ballot, Ballot.id == Vote.ballot_id)
        .where(Vote.member_id == actor.person_id, Ballot.closed_at.is_not(None))
        .group_by(Vote.choice)
    )
    found = dict(rows.all())
    return {choice: found.get(choice, 0) for choice in Choice}


def my_bodies(actor):
    """The bodies in which the actor sits or sat, by name."""
    seats = sa.select(BodyMember.body_id).where(BodyMember.person_id == actor.person_id)
    return list(db.session.scalars(sa.select(Body).where(Body.id.in_(seats)).order_by(Body.name)))
