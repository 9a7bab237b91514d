"""Searches kept under a name, and news of what they find; searches and things of late."""

import uuid
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import service as identity
from portal.kernel import clock, jobs
from portal.kernel.access import SYSTEM
from portal.kernel.db import db, short_transaction, transaction
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.live import publish
from portal.search import backends, policy
from portal.search.events import NewsFound
from portal.search.models import RecentSearch, SavedSearch, SavedSearchHit, SearchEntry
from portal.search.service import finding

MOST_SAVED = 30
MOST_RECENT = 8
_MOST_NEWS = 200  # of one saved search; more is as good as many
_MOST_CHANGED = 5_000  # looked at in one run
_AT_ONCE = 50  # saved searches, between which the job says that it is still working
_OVERLAP = timedelta(minutes=5)  # what was being written when the last run looked


# --- kept under a name -----------------------------------------------------------------------------------------------


def list_saved(actor) -> list[tuple[SavedSearch, int]]:
    """The actor's saved searches by name, each with how much of its news the actor may still see."""
    rows = db.session.scalars(
        sa.select(SavedSearch).where(SavedSearch.person_id == actor.person_id).order_by(SavedSearch.name)
    ).all()
    news = _news_by_search(actor) if rows else {}
    return [(row, news.get(row.id, 0)) for row in rows]


def get_saved(actor, saved_id) -> SavedSearch:
    """One of the actor's own. Raises NotFound."""
    row = db.session.get(SavedSearch, saved_id)
    if row is None or row.person_id != actor.person_id:
        raise NotFound(_("There is no such saved search"))
    return row


def save_search(actor, name, query, filters: finding.Filters, tells=True) -> SavedSearch:
    """Keep a query under a name; one's own of the same name is replaced.
    Raises Forbidden, Invalid("name")."""
    ensure(policy.can_search(actor))
    name, query = " ".join((name or "").split()), " ".join((query or "").split())
    if not name or len(name) > 100:
        raise Invalid(_("Give the search a name of at most 100 characters"), field="name")
    if not finding.read_query(query):
        raise Invalid(_("Search for something first, then keep it"), field="name")
    mine = sa.select(SavedSearch).where(SavedSearch.person_id == actor.person_id)
    row = db.session.scalar(mine.where(SavedSearch.name == name))
    if row is None:
        if len(db.session.scalars(mine).all()) >= MOST_SAVED:
            raise Invalid(_("At most %(most)s searches; remove one first", most=MOST_SAVED), field="name")
        row = SavedSearch(person_id=actor.person_id, name=name)
        db.session.add(row)
    row.query = query[:300]
    row.filters = {name: value for name, value in vars(filters).items() if value}
    row.tells, row.looked_at, row.told_at = bool(tells), clock.now(), None
    db.session.flush()
    _forget_news(row)
    audit.record(actor, "saved_search.saved", row, new={"tells": row.tells, "query": row.query, **row.filters})
    return row


def set_telling(actor, saved_id, tells):
    """Does the actor want to hear of what a saved search newly finds? Raises NotFound."""
    row = get_saved(actor, saved_id)
    row.tells = bool(tells)
    if row.tells:
        row.looked_at = clock.now()
    db.session.flush()
    _forget_news(row)
    audit.record(actor, "saved_search.saved", row, new={"tells": row.tells})


def drop_saved(actor, saved_id):
    """Forget a saved search. Raises NotFound."""
    row = get_saved(actor, saved_id)
    audit.record(actor, "saved_search.dropped", row)
    _forget_news(row)
    db.session.delete(row)
    db.session.flush()


def look_at(actor, saved_id) -> SavedSearch:
    """The actor looks at what a saved search finds: nothing of it is news any more. Raises NotFound."""
    row = get_saved(actor, saved_id)
    row.looked_at, row.told_at = clock.now(), None
    db.session.flush()
    _forget_news(row)
    return row


def _forget_news(row):
    db.session.execute(sa.delete(SavedSearchHit).where(SavedSearchHit.saved_id == row.id))
    publish(f"person:{row.person_id}", "found")


# --- news ------------------------------------------------------------------------------------------------------------


def find_news():
    """Look whether saved searches find something that is new or has changed since their owners looked, and announce it:
    once until they look. Each search in a transaction of its own; one that fails stops no other. For jobs.
    Raises an ExceptionGroup of what failed, when all are done."""
    failed = []
    ids = db.session.scalars(sa.select(SavedSearch.id).where(SavedSearch.tells).order_by(SavedSearch.id)).all()
    for number, saved_id in enumerate(ids):
        if number % _AT_ONCE == 0:
            jobs.still_working()
        try:
            with transaction():
                _tell_of_news(saved_id)
        except Exception as error:
            error.add_note(f"saved search {saved_id}")
            failed.append(error)
    if failed:
        raise ExceptionGroup("saved searches", failed)


def _tell_of_news(saved_id):
    row = db.session.get(SavedSearch, saved_id)
    if row is not None and row.tells and _look_for_news(row) and row.told_at is None:
        row.told_at = clock.now()
        announce(SYSTEM, NewsFound(person_id=row.person_id, saved_id=row.id))


def _look_for_news(row) -> bool:
    """Keeps what is new; True when anything was added."""
    actor = _owner(row)
    if actor is None:
        return False
    since = row.looked_at
    newest = db.session.scalar(
        sa.select(sa.func.max(SearchEntry.content_at))
        .join(SavedSearchHit, SavedSearchHit.entry_id == SearchEntry.id)
        .where(SavedSearchHit.saved_id == row.id)
    )
    if newest is not None:
        since = max(since, newest - _OVERLAP)
    changed = db.session.scalars(
        finding.visible_entries(actor)
        .with_only_columns(SearchEntry.id)
        .where(SearchEntry.content_at > since)
        .order_by(SearchEntry.content_at.desc())  # the older ones were looked at in an earlier run
        .limit(_MOST_CHANGED)
    ).all()
    known = set(db.session.scalars(sa.select(SavedSearchHit.entry_id).where(SavedSearchHit.saved_id == row.id)))
    if not changed or len(known) >= _MOST_NEWS:
        return False
    query = finding.read_query(row.query)
    if not query:
        return False
    wanted = replace(
        finding.wanted_by(actor, query.clauses),
        chosen=finding.Filters(**row.filters).chosen(),
        among=frozenset(map(str, changed)),
        order="newest",
        size=_MOST_NEWS,
    )
    found = [uuid.UUID(entry_id) for entry_id in backends.current().search(wanted).ids]
    rows = db.session.scalars(finding.visible_entries(actor).where(SearchEntry.id.in_(found)))
    fresh = [entry.id for entry in finding.told_of(actor, rows) if entry.id not in known]
    db.session.add_all(SavedSearchHit(saved_id=row.id, entry_id=entry_id) for entry_id in fresh[:_MOST_NEWS])
    db.session.flush()
    if fresh:
        publish(f"person:{row.person_id}", "found")
    return bool(fresh)


def _owner(row):
    """The owner as they may search today, or None."""
    person = identity.get_person(None, row.person_id)
    actor = identity.actor_for(row.person_id)
    return actor if person.active and policy.can_search(actor) else None


def count_news(actor) -> int:
    """How much that is new the actor's saved searches have found, counting what the actor may see now."""
    return sum(_news_by_search(actor).values()) if policy.can_search(actor) else 0


def _news_by_search(actor) -> dict[uuid.UUID, int]:
    rows = db.session.execute(
        finding.visible_entries(actor)
        .with_only_columns(SavedSearchHit.saved_id, sa.func.count())
        .select_from(SearchEntry)
        .join(SavedSearchHit, SavedSearchHit.entry_id == SearchEntry.id)
        .join(SavedSearch, SavedSearch.id == SavedSearchHit.saved_id)
        .where(SavedSearch.person_id == actor.person_id)
        .group_by(SavedSearchHit.saved_id)
    )
    return dict(rows.tuples().all())


def news_of(actor, saved_id, most=5) -> tuple[SavedSearch, list[SearchEntry]]:
    """A saved search and what of its news the actor may see now, newest first. Raises NotFound."""
    row = get_saved(actor, saved_id)
    entries = db.session.scalars(
        finding.visible_entries(actor)
        .join(SavedSearchHit, SavedSearchHit.entry_id == SearchEntry.id)
        .where(SavedSearchHit.saved_id == row.id)
        .order_by(SearchEntry.content_at.desc())
        .limit(most)
    )
    return row, finding.told_of(actor, entries)


# --- of late ---------------------------------------------------------------------------------------------------------


def remember(actor, query):
    """Keep that the actor searched for this, in a short transaction of its own: reading pages write nothing."""
    query = " ".join(query.split())[:300]
    if not query or actor.person_id is None:
        return
    with short_transaction() as session:
        session.merge(RecentSearch(person_id=actor.person_id, query=query, at=clock.now()))
        session.flush()
        old = (
            sa.select(RecentSearch.query)
            .where(RecentSearch.person_id == actor.person_id)
            .order_by(RecentSearch.at.desc())
            .offset(MOST_RECENT)
        )
        session.execute(
            sa.delete(RecentSearch)
            .where(RecentSearch.person_id == actor.person_id, RecentSearch.query.in_(session.scalars(old).all()))
            .execution_options(synchronize_session=False)
        )


def recent_searches(actor) -> list[str]:
    """What the actor has searched for lately, the latest first."""
    return list(
        db.session.scalars(
            sa.select(RecentSearch.query)
            .where(RecentSearch.person_id == actor.person_id)
            .order_by(RecentSearch.at.desc())
            .limit(MOST_RECENT)
        )
    )


def forget_recent(actor):
    """Forget what the actor has searched for."""
    db.session.execute(sa.delete(RecentSearch).where(RecentSearch.person_id == actor.person_id))
    db.session.flush()


def recent_things(actor) -> list[SearchEntry]:
    """What the actor has opened lately, the latest first, as far as they may still see it."""
    opened = audit.opened_by(actor, ("document", "draft", "case", "message"))
    if not opened:
        return []
    ids = [object_id for _kind, object_id in opened]
    rows = db.session.scalars(finding.visible_entries(actor).where(SearchEntry.object_id.in_(ids)))
    by_key = {(entry.kind, entry.object_id): entry for entry in finding.told_of(actor, rows)}
    return [by_key[key] for key in opened if key in by_key][:MOST_RECENT]
