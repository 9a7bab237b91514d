"""Calendar feeds: a secret address at which a person's calendar programme reads their terms (RFC 5545)."""

import hashlib
import secrets
from datetime import timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db, short_transaction
from portal.kernel.errors import NotFound
from portal.kernel.i18n import _
from portal.workflow.models import CalendarFeed, Task, TaskState

MOST = 500


def feed_of(actor):
    """The actor's own feed, or None."""
    return db.session.get(CalendarFeed, actor.person_id)


def renew_feed(actor):
    """A new secret address; the one before opens nothing any more. Returns the CalendarFeed."""
    feed = feed_of(actor)
    if feed is None:
        feed = CalendarFeed(person_id=actor.person_id)
        db.session.add(feed)
    feed.secret = secrets.token_urlsafe(32)
    feed.secret_hash, feed.made_at, feed.read_at = _hash(feed.secret), clock.now(), None
    db.session.flush()
    audit.record(actor, "calendar.renewed", object_kind="person", object_id=str(actor.person_id), label=actor.name)
    return feed


def end_feed(actor):
    """The address opens nothing any more."""
    feed = feed_of(actor)
    if feed is not None:
        db.session.delete(feed)
        db.session.flush()
        audit.record(actor, "calendar.ended", object_kind="person", object_id=str(actor.person_id), label=actor.name)


def reader_of_feed(secret):
    """The actor whose feed has this secret. Raises NotFound, also when the account is closed."""
    feed = db.session.scalar(sa.select(CalendarFeed).where(CalendarFeed.secret_hash == _hash(secret)))
    if feed is None:
        raise NotFound(_("There is no such calendar"))
    actor = identity.actor_for(feed.person_id)
    if not identity.get_person(actor, feed.person_id).works_on(clock.today()):
        raise NotFound(_("There is no such calendar"))
    if feed.read_at is None or feed.read_at < clock.now() - timedelta(hours=1):
        with short_transaction() as session:  # the request only reads
            session.execute(
                sa.update(CalendarFeed).where(CalendarFeed.person_id == feed.person_id).values(read_at=clock.now())
            )
    return actor


def own_terms(actor):
    """The person's own open tasks with a term, soonest first."""
    return db.session.scalars(
        sa.select(Task)
        .where(
            Task.state == TaskState.OPEN,
            Task.due_on.is_not(None),
            sa.or_(
                Task.claimed_by_id == actor.person_id,
                sa.and_(Task.claimed_by_id.is_(None), Task.person_id == actor.person_id),
            ),
        )
        .order_by(Task.due_on, Task.id)
        .limit(MOST)
    ).all()


def _hash(secret):
    return hashlib.sha256(secret.encode()).hexdigest()
