"""The outbox: nothing is lost, nothing is done by an act that was undone, failures wait and then park."""

from dataclasses import dataclass
from uuid import UUID

import pytest
import sqlalchemy as sa

from portal.identity.models import Unit
from portal.kernel import clock, events, jobs
from portal.kernel.access import SYSTEM
from portal.kernel.db import db, new_id
from portal.kernel.errors import ExternalRefused, ExternalUnavailable
from portal.kernel.events import Outbox, announce


@dataclass(frozen=True)
class Happened:
    thing_id: UUID
    note: str


calls = []


@jobs.job(retries=2, first_wait_s=60)
def remember(thing_id):
    calls.append(thing_id)
    db.session.add(Unit(name="made by a job", index=str(thing_id)[-12:]))


@jobs.job(retries=2, first_wait_s=60)
def fails(thing_id):
    db.session.add(Unit(name="must be undone", index=str(thing_id)[-12:]))
    db.session.flush()
    raise ExternalUnavailable("away")


@jobs.job()
def refused(thing_id):
    raise ExternalRefused("no such addressee")


@pytest.fixture(autouse=True)
def wired(app):
    from portal import wiring

    calls.clear()
    yield
    events.wire(wiring.TOGETHER, wiring.LATER)


def test_a_reaction_in_the_same_transaction_gets_the_fields_it_names(app):
    seen = []
    events.wire([(Happened, lambda actor, note: seen.append((actor, note)))], [])
    announce(SYSTEM, Happened(new_id(), "x"))
    assert seen == [(SYSTEM, "x")]


def test_a_job_runs_once_after_commit_and_never_when_the_act_was_undone(app, run_jobs):
    events.wire([], [(Happened, remember)])
    kept, undone = new_id(), new_id()
    announce(SYSTEM, Happened(kept, ""))
    db.session.commit()
    announce(SYSTEM, Happened(undone, ""))
    db.session.rollback()
    run_jobs()
    run_jobs()
    assert calls == [kept]


def test_a_failing_job_leaves_nothing_half_done_waits_longer_each_time_and_is_parked(app, run_jobs):
    events.wire([], [(Happened, fails)])
    announce(SYSTEM, Happened(new_id(), ""))
    waits = []
    for _try in range(3):
        run_jobs(rounds=1)
        entry = db.session.scalar(sa.select(Outbox))
        waits.append(round((entry.next_at - clock.real_now()).total_seconds() / 60))
        entry.next_at = clock.real_now()
        db.session.commit()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Unit)) == 0
    assert waits[:2] == [1, 2]
    assert [entry.error for entry in jobs.parked()] == ["away"]
    jobs.resend(jobs.parked()[0].id)
    assert jobs.parked() == []


def test_what_the_other_side_refused_is_parked_at_once(app, run_jobs):
    events.wire([], [(Happened, refused)])
    announce(SYSTEM, Happened(new_id(), ""))
    run_jobs()
    assert [entry.error for entry in jobs.parked()] == ["no such addressee"]


def test_the_entry_of_a_worker_that_died_is_done_by_the_next(app, run_jobs):
    events.wire([], [(Happened, remember)])
    announce(SYSTEM, Happened(new_id(), ""))
    db.session.commit()
    jobs._claim(db.session.scalar(sa.select(Outbox.id)))
    assert run_jobs() == 0
    jobs.release_leases()
    assert run_jobs() == 1


def test_a_periodic_job_is_queued_once_per_interval(app):
    with app.app_context():
        first = jobs.queue_periodic()
    with app.app_context():
        assert first > 0 and jobs.queue_periodic() == 0
