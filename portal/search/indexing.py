"""Keeping the index in step with the database. Repeating any of this is harmless: the database says what is pending."""

import sqlalchemy as sa

from portal.kernel.access import SYSTEM
from portal.kernel.db import db, released
from portal.kernel.errors import ensure
from portal.search import backends, policy
from portal.search.backends import Entry
from portal.search.models import SearchEntry

BATCH = 500
_BATCH_CHARS = 8_000_000  # of text in one batch, so that memory stays bounded


def index_pending(actor=SYSTEM, batches: int = 20) -> int:
    """Bring up to `batches` batches of pending entries into the index. Returns how many entries were taken in.

    Written to the index first, then marked as done: killed between the two, the next run writes them again.
    An entry changed meanwhile keeps its mark, since its revision has moved on. No database lock is held while the
    index is written.
    """
    ensure(policy.can_rebuild(actor))
    done = 0
    for _batch in range(batches):
        rows = _batch_of(SearchEntry.pending)
        if not rows:
            break
        entries = [_entry_of(row) for row in rows if not row.removed]
        gone = [str(row.id) for row in rows if row.removed]
        seen = [(row.id, row.revision, row.removed) for row in rows]
        with released():
            written = backends.current().update(entries, gone)
        if not written:
            break  # a rebuild is under way; what is pending stays so
        for entry_id, revision, removed in seen:
            same = sa.and_(SearchEntry.id == entry_id, SearchEntry.revision == revision)
            if removed:
                db.session.execute(sa.delete(SearchEntry).where(same).execution_options(synchronize_session=False))
            else:
                db.session.execute(
                    sa.update(SearchEntry)
                    .where(same)
                    .values(pending=False)
                    .execution_options(synchronize_session=False)
                )
        db.session.expire_all()
        done += len(seen)
    return done


def rebuild(actor=SYSTEM, progress=None) -> int:
    """Build the index anew from the database beside the one in use, then switch. Returns the number of entries.
    progress: called with the number done so far. Raises Conflict when somebody else is writing.
    """
    ensure(policy.can_rebuild(actor))
    total = backends.current().rebuild(_all_entries(progress))
    return total


def _batch_of(*conditions):
    """The first entries that meet the conditions: up to BATCH, and no more text than memory should hold at once."""
    sizes = sa.select(SearchEntry.id, sa.func.length(SearchEntry.text)).where(*conditions)
    chosen, chars = [], 0
    for entry_id, length in db.session.execute(sizes.order_by(SearchEntry.id).limit(BATCH)).all():
        chars += length
        if chosen and chars > _BATCH_CHARS:
            break
        chosen.append(entry_id)
    query = sa.select(SearchEntry).where(SearchEntry.id.in_(chosen)).order_by(SearchEntry.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all() if chosen else []


def _all_entries(progress):
    """Batches of everything that can be found, each read in a short transaction of its own."""
    last, done = None, 0
    while True:
        after = () if last is None else (SearchEntry.id > last,)
        rows = _batch_of(sa.not_(SearchEntry.removed), *after)
        if not rows:
            return
        batch = [_entry_of(row) for row in rows]
        last = rows[-1].id
        db.session.commit()
        db.session.expunge_all()
        yield batch
        done += len(batch)
        if progress:
            progress(done)


def _entry_of(row) -> Entry:
    return Entry(
        id=str(row.id), kind=row.kind, unit=row.unit, date=row.date, access=str(row.access_set_id), title=row.title,
        number=row.number, text=row.text, author=row.author, status=row.status, class_name=row.class_name,
        level=row.level,
    )  # fmt: skip
