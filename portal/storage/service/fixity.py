"""Are all kept files still what was put? A run reads every one, and what it finds stays on a list until it is whole."""

import time
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.kernel import clock, jobs
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.errors import Conflict, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.storage import policy
from portal.storage.events import BlobsDamaged, FixityAsked
from portal.storage.models import Blob, FixityFinding, FixityRun
from portal.storage.service import blobs

SHOWN = 200
_SAVED_EVERY_S = 2


@dataclass(frozen=True)
class Hit:
    """A row that refers to a blob: its table, and what the row's thing is called there."""

    table: str
    name: str


def request_fixity(actor) -> FixityRun:
    """Ask for a run; one at a time. Raises Conflict."""
    ensure(policy.can_look_after(actor))
    if db.session.scalar(sa.select(FixityRun.id).where(FixityRun.finished_at.is_(None)).limit(1)):
        raise Conflict(_("The files are being checked already"))
    run = FixityRun(asked_by_id=actor.person_id)
    db.session.add(run)
    db.session.flush()
    audit.record(actor, "storage.check_asked", run)
    announce(actor, FixityAsked(run_id=run.id))
    return run


def request_due_fixity(actor):
    """Ask for a run when the last is older than the setting says."""
    if not settings().fixity_days:
        return
    last = db.session.scalar(sa.select(FixityRun).order_by(FixityRun.id.desc()).limit(1))
    if last is None or (last.finished_at and last.created_at < clock.now() - timedelta(days=settings().fixity_days)):
        request_fixity(actor)


def run_fixity(actor, run_id):
    """Do a run, saving how far it is; one that was stopped goes on from there. For jobs."""
    run = db.session.get(FixityRun, run_id)
    if run is None or run.finished_at:
        return
    run.total = db.session.scalar(sa.select(sa.func.count()).select_from(Blob).where(Blob.erased_at.is_(None))) or 0
    before, saved = run.done, time.monotonic()
    db.session.commit()

    def progress(done, _total, address):
        nonlocal saved
        run.done, run.last_address = before + done, address
        if time.monotonic() - saved > _SAVED_EVERY_S:
            saved = time.monotonic()
            db.session.commit()
            jobs.still_working()

    with db.session.no_autoflush:
        for error in blobs.damaged(progress, run.last_address):
            _note(run, error)
            db.session.commit()
    _finish(actor, run)


def _note(run, error):
    found = db.session.scalar(
        sa.select(FixityFinding).where(FixityFinding.address == error.address, FixityFinding.ended_at.is_(None))
    )
    if found is None:
        found = FixityFinding(address=error.address, run_id=run.id)
        db.session.add(found)
    found.why, found.seen_at = error.why[:300], clock.now()


def _finish(actor, run):
    still = FixityFinding.ended_at.is_(None)
    db.session.execute(
        sa.update(FixityFinding).where(still, FixityFinding.seen_at < run.created_at).values(ended_at=clock.now())
    )
    count = sa.select(sa.func.count()).select_from(FixityFinding)
    run.damaged = db.session.scalar(count.where(still)) or 0
    run.finished_at, run.done = clock.now(), run.total
    db.session.flush()
    audit.record(actor, "storage.checked", run, new={"files": run.total, "damaged": run.damaged})
    if fresh := db.session.scalar(count.where(still, FixityFinding.run_id == run.id)):
        announce(actor, BlobsDamaged(run_id=run.id, number=fresh))


def list_runs(actor, limit=12) -> list[FixityRun]:
    """The last runs, newest first."""
    ensure(policy.can_look_after(actor))
    return list(db.session.scalars(sa.select(FixityRun).order_by(FixityRun.id.desc()).limit(limit)))


def list_damaged(actor) -> list[FixityFinding]:
    """What is damaged or missing now, the oldest first."""
    ensure(policy.can_look_after(actor))
    return list(
        db.session.scalars(
            sa.select(FixityFinding).where(FixityFinding.ended_at.is_(None)).order_by(FixityFinding.id).limit(SHOWN)
        )
    )


def hits_of(actor, addresses) -> dict[str, list[Hit]]:
    """What refers to these blobs, by address: a statement for each table that names blobs, whatever their number.
    Numbers and identifiers only: IT staff mend files without reading them."""
    ensure(policy.can_look_after(actor))
    hits: dict[str, list[Hit]] = {address: [] for address in addresses}
    if not hits:
        return hits
    for table in db.metadata.sorted_tables:
        columns = [
            column for column in table.columns if column.name.endswith("sha256") and column not in blobs.MADE_FROM
        ]
        if table.name == Blob.__tablename__ or not columns:
            continue
        for column in columns:
            source, name = _named(table)
            rows = db.session.execute(
                sa.select(column, name).select_from(source).where(column.in_(list(hits))).limit(SHOWN)
            )
            for address, called in rows:
                hits[address].append(Hit(table.name, str(called)))
    return hits


_TELLING = ("number", "external_id")


def _named(table):
    """(FROM, column) that say what a row is called: its own number, that of what it belongs to, or its key."""
    for name in _TELLING:
        if name in table.columns:
            return table, table.columns[name]
    for key in table.foreign_keys:
        other = key.column.table
        for name in _TELLING:
            if other is not table and name in other.columns:
                column, own = other.columns[name], next(iter(other.primary_key.columns))
                return (
                    table.outerjoin(other, key.parent == key.column),
                    sa.func.coalesce(sa.cast(column, sa.String), sa.cast(own, sa.String)),
                )
    return table, next(iter(table.primary_key.columns))
