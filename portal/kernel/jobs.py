"""Background jobs. A job is an outbox row that workers perform in one transaction, at least once; Huey wakes them.

The database is the truth: when the queue loses a message, the sweep finds the row again."""

import uuid
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock, events
from portal.kernel.db import db, reading, transaction
from portal.kernel.errors import ExternalRefused, ExternalUnavailable, PortalError
from portal.kernel.events import Outbox, OutboxState

log = structlog.get_logger()
_LEASE_S = 180
_MAX_WAIT_S = 3600
JOBS: dict[str, "Job"] = {}
PERIODIC: dict[str, "Periodic"] = {}
_entry_id: ContextVar[uuid.UUID | None] = ContextVar("entry_id", default=None)


@dataclass(frozen=True)
class Job:
    """A registered job: what to call, how often to try again, and how long to wait before the first new try."""

    name: str
    function: Any
    retries: int
    first_wait_s: int


@dataclass(frozen=True)
class Periodic:
    """A job that runs by itself every so many seconds (a number, or a function that gives it)."""

    job: Job
    seconds: Any

    def wait_s(self) -> float:
        return self.seconds() if callable(self.seconds) else self.seconds


class PeriodicRun(db.Model):
    """When a periodic job is due next; claiming a run is one conditional UPDATE, so any number of workers may ask."""

    __tablename__ = "periodic_run"
    name: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    next_at: Mapped[datetime]


def job(retries=8, first_wait_s=60):
    """Register a function of plain fields as a job. Waits double from `first_wait_s` up to an hour."""

    def register(function):
        name = f"{function.__module__.removeprefix('jobs.')}.{function.__name__}"
        function.job = JOBS[name] = Job(name, function, retries, first_wait_s)
        return function

    return register


def periodic(seconds):
    """Register a function without parameters to run every `seconds` (number or function), one run at a time."""

    def register(function):
        job(retries=0)(function)
        PERIODIC[function.job.name] = Periodic(function.job, seconds)
        return function

    return register


def queue(function, delay_s=0, **fields):
    """Queue one run of a job from within a transaction; it starts after commit."""
    events.queue(function.job, delay_s=delay_s, **fields)


def perform(entry_id: uuid.UUID) -> bool:
    """Do one outbox entry if it is due and nobody else has it. True when it was done."""
    entry = _claim(entry_id)
    if entry is None:
        return False
    known = JOBS.get(entry.job)
    if known is None:
        _finish(entry, OutboxState.PARKED, error=f"unknown job {entry.job}")
        return False
    token = _entry_id.set(entry.id)
    try:
        with transaction():
            known.function(**events.restored(known.function, entry.payload))
            db.session.execute(
                sa.update(Outbox)
                .where(Outbox.id == entry.id)
                .values(state=OutboxState.DONE, done_at=clock.real_now(), leased_until=None, error=None)
            )
        return True
    except Exception as error:
        _failed(entry, known, error)
        return False
    finally:
        _entry_id.reset(token)
        db.session.remove()


def still_working():
    """A long job says so between its steps, holding no transaction: nobody else takes it meanwhile."""
    with transaction():
        db.session.execute(
            sa.update(Outbox)
            .where(Outbox.id == _entry_id.get(), Outbox.state == OutboxState.RUNNING)
            .values(leased_until=clock.real_now() + timedelta(seconds=_LEASE_S))
        )


def _claim(entry_id):
    now = clock.real_now()
    with transaction():
        return db.session.execute(
            sa.update(Outbox)
            .where(
                Outbox.id == entry_id,
                Outbox.next_at <= now,
                sa.or_(
                    Outbox.state == OutboxState.WAITING,
                    sa.and_(Outbox.state == OutboxState.RUNNING, Outbox.leased_until < now),
                ),
            )
            .values(state=OutboxState.RUNNING, tries=Outbox.tries + 1, leased_until=now + timedelta(seconds=_LEASE_S))
            .returning(Outbox.id, Outbox.job, Outbox.payload, Outbox.tries)
        ).one_or_none()


def _failed(entry, known, error):
    text = error.message if isinstance(error, PortalError) and error.message else f"{type(error).__name__}: {error}"
    if isinstance(error, PortalError):
        log.warning("job failed", job=entry.job, tries=entry.tries, error=text)
    else:
        log.exception("job failed", job=entry.job, tries=entry.tries)
    if known.name in PERIODIC:
        _finish(entry, OutboxState.DONE, error=text)  # its next run comes by itself
    elif isinstance(error, ExternalRefused) or entry.tries > known.retries:
        _finish(entry, OutboxState.PARKED, error=text)
    else:
        wait_s = min(known.first_wait_s * 2 ** (entry.tries - 1), _MAX_WAIT_S)
        if isinstance(error, ExternalUnavailable) and error.retry_after_s:
            wait_s = max(wait_s, error.retry_after_s)
        _finish(entry, OutboxState.WAITING, error=text, next_at=clock.real_now() + timedelta(seconds=wait_s))


def _finish(entry, state, **values):
    with transaction():
        done = {"done_at": clock.real_now()} if state == OutboxState.DONE else {}
        db.session.execute(
            sa.update(Outbox).where(Outbox.id == entry.id).values(state=state, leased_until=None, **done, **values)
        )


def due(limit=200) -> list[uuid.UUID]:
    """Entries that should run now: waiting past their time, or left by a worker that died."""
    now = clock.real_now()
    with reading():
        ids = list(
            db.session.scalars(
                sa.select(Outbox.id)
                .where(
                    sa.or_(
                        sa.and_(Outbox.state == OutboxState.WAITING, Outbox.next_at <= now),
                        sa.and_(Outbox.state == OutboxState.RUNNING, Outbox.leased_until < now),
                    )
                )
                .order_by(Outbox.next_at)
                .limit(limit)
            )
        )
        db.session.rollback()
    return ids


def release_leases():
    """At a worker's start: what a dead worker of this instance was doing is free again. An instance has one."""
    with transaction():
        db.session.execute(
            sa.update(Outbox)
            .where(Outbox.state == OutboxState.RUNNING)
            .values(state=OutboxState.WAITING, leased_until=None)
        )


def queue_periodic() -> int:
    """Put the periodic jobs that are due into the outbox; returns how many."""
    now = clock.real_now()
    queued = 0
    with reading():
        runs = {run.name: run.next_at for run in db.session.scalars(sa.select(PeriodicRun))}
        db.session.rollback()
    for name, entry in PERIODIC.items():
        if name in runs and runs[name] > now:
            continue
        with transaction():
            following = now + timedelta(seconds=entry.wait_s())
            if name not in runs:
                db.session.add(PeriodicRun(name=name, next_at=following))
            elif not db.session.execute(
                sa.update(PeriodicRun)
                .where(PeriodicRun.name == name, PeriodicRun.next_at == runs[name])
                .values(next_at=following)
            ).rowcount:  # type: ignore[attr-defined]
                continue
            if not _still_running(name):
                events.queue(entry.job)
                queued += 1
    return queued


def _still_running(name):
    return (
        db.session.scalar(
            sa.select(Outbox.id)
            .where(Outbox.job == name, Outbox.state.in_([OutboxState.WAITING, OutboxState.RUNNING]))
            .limit(1)
        )
        is not None
    )


def parked(limit=100):
    """Entries that gave up, newest first, for IT staff."""
    return db.session.scalars(
        sa.select(Outbox).where(Outbox.state == OutboxState.PARKED).order_by(Outbox.id.desc()).limit(limit)
    ).all()


def resend(entry_id: uuid.UUID):
    """Give a parked entry a fresh start."""
    entry = db.session.get(Outbox, entry_id)
    if entry is not None and entry.state == OutboxState.PARKED:
        entry.state, entry.tries, entry.error, entry.next_at = OutboxState.WAITING, 0, None, clock.real_now()
        db.session.flush()
        events.wake(entry_id)


def forget_done(days=7):
    """Remove what was done long ago."""
    db.session.execute(
        sa.delete(Outbox).where(
            Outbox.state == OutboxState.DONE, Outbox.done_at < clock.real_now() - timedelta(days=days)
        )
    )
