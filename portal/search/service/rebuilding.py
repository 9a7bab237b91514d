"""The state of the index, and building it anew by a job, while searching goes on."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from portal.audit import service as audit
from portal.kernel import clock, jobs
from portal.kernel.access import SYSTEM
from portal.kernel.db import db, transaction
from portal.kernel.errors import PortalError, ensure
from portal.kernel.events import announce
from portal.search import backends, policy
from portal.search.events import RebuildAsked
from portal.search.following import fill
from portal.search.indexing import index_pending, rebuild
from portal.search.models import SearchEntry, SearchRebuild


@dataclass(frozen=True)
class IndexState:
    """What IT staff look at. oldest_at: when what waits longest was changed; rebuild: the newest, running or not."""

    kind: str
    entries: dict[str, int]
    waiting: int
    oldest_at: datetime | None
    size_bytes: int
    rebuild: SearchRebuild | None

    @property
    def total(self) -> int:
        return sum(self.entries.values())


def index_state(actor) -> IndexState:
    """Entries by kind, what waits, how large the index is. Raises Forbidden."""
    ensure(policy.can_rebuild(actor))
    entries = db.session.execute(
        sa.select(SearchEntry.kind, sa.func.count())
        .where(sa.not_(SearchEntry.removed))
        .group_by(SearchEntry.kind)
        .order_by(sa.func.count().desc())
    ).all()
    waiting, oldest_at = db.session.execute(
        sa.select(sa.func.count(), sa.func.min(SearchEntry.content_at)).where(SearchEntry.pending)
    ).one()
    backend = backends.current()
    return IndexState(
        kind=type(backend).__name__.removesuffix("Backend"),
        entries={kind: number for kind, number in entries},
        waiting=waiting,
        oldest_at=oldest_at,
        size_bytes=backend.size_bytes(),
        rebuild=_newest(),
    )


def ask_rebuild(actor) -> SearchRebuild:
    """Have the index built anew; one that is under way is not begun twice. Raises Forbidden."""
    ensure(policy.can_rebuild(actor))
    newest = _newest()
    if newest is not None and newest.finished_at is None:
        return newest
    asked = SearchRebuild(asked_by_id=actor.person_id)
    db.session.add(asked)
    db.session.flush()
    audit.record(actor, "search.rebuild_asked", asked)
    announce(actor, RebuildAsked(rebuild_id=asked.id))
    return asked


def catch_up() -> int:
    """Take what waits into the index; an index of another version, which reads words otherwise, is built anew by a
    job. Returns how many entries were taken in.
    """
    if backends.current().outdated():
        ask_rebuild(SYSTEM)
    return index_pending(SYSTEM)


def run_rebuild(rebuild_id: UUID):
    """What the job does. May be killed and run again: it begins anew, and the index in use stays until the end."""
    row = db.session.get(SearchRebuild, rebuild_id)
    if row is None or row.finished_at is not None:
        return
    fill(lambda done: _note(rebuild_id, records=done))
    total = db.session.scalar(sa.select(sa.func.count()).where(sa.not_(SearchEntry.removed))) or 0
    _note(rebuild_id, total=total, done=0, problem="")
    try:
        done = rebuild(SYSTEM, progress=lambda number: _note(rebuild_id, done=number))
    except PortalError as error:  # somebody else is writing: the job tries again
        _note(rebuild_id, problem=error.message)
        raise
    _note(rebuild_id, done=done, total=max(done, total), finished_at=clock.now())
    row = db.session.get_one(SearchRebuild, rebuild_id, populate_existing=True)
    audit.record(SYSTEM, "search.rebuilt", row, new={"entries": done})


def _note(rebuild_id, **values):
    with transaction():
        db.session.execute(
            sa.update(SearchRebuild)
            .where(SearchRebuild.id == rebuild_id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
    jobs.still_working()


def _newest():
    return db.session.scalar(sa.select(SearchRebuild).order_by(SearchRebuild.id.desc()).limit(1))
