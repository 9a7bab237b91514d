"""Running flows seen from above: what is stuck and late, how long steps take, and mending them."""

from dataclasses import dataclass
from statistics import median

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.audit import service as audit
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import can_see, visible_to
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _
from portal.kernel.web import cursor_page
from portal.workflow import engine, policy, who
from portal.workflow.models import FlowDefinition, FlowRun, FlowStep, StepKind, Task, TaskState
from portal.workflow.service import acts, flows, tasks

COUNTED = 2000  # occurrences of steps that the times are reckoned from, the latest ones


@dataclass(frozen=True)
class StepTimes:
    """How long a step takes. days: working days; late: how many ended after their term."""

    step: str
    name: str
    count: int
    median_days: float
    late: int


def open_steps(actor, key="", after=None, size=50):
    """A page of the steps that runs now wait for, as far as the actor sees the runs: with a problem first, then the
    late ones, then by term."""
    query = (
        sa.select(FlowStep)
        .join(FlowRun, FlowRun.id == FlowStep.run_id)
        .options(joinedload(FlowStep.run))
        .where(FlowStep.done_at.is_(None), FlowRun.done_at.is_(None), visible_to(actor, FlowRun))
    )
    if key:
        query = query.where(FlowRun.definition_id.in_(sa.select(FlowDefinition.id).where(FlowDefinition.key == key)))
    return cursor_page(query, [FlowStep.place, FlowStep.due_key, FlowStep.id], size, after)


def count_open(actor):
    """(runs under way, steps with a problem, late steps) that the actor sees."""
    late = sa.case((FlowStep.due_key < clock.today(), 1), else_=0)
    row = db.session.execute(
        sa.select(
            sa.func.count(sa.distinct(FlowStep.run_id)),
            sa.func.sum(sa.case((FlowStep.place == 0, 1), else_=0)),
            sa.func.sum(late),
        )
        .join(FlowRun, FlowRun.id == FlowStep.run_id)
        .where(FlowStep.done_at.is_(None), FlowRun.done_at.is_(None), visible_to(actor, FlowRun))
    ).one()
    return row[0], int(row[1] or 0), int(row[2] or 0)


def times_of(key):
    """How long each step of a flow takes, from its latest occurrences: StepTimes, slowest first. One query."""
    rows = db.session.execute(
        sa.select(FlowStep.step, FlowStep.name, FlowStep.started_at, FlowStep.done_at, FlowStep.due_on)
        .join(FlowRun, FlowRun.id == FlowStep.run_id)
        .join(FlowDefinition, FlowDefinition.id == FlowRun.definition_id)
        .where(FlowDefinition.key == key, FlowStep.done_at.is_not(None), FlowStep.done_by.is_not(None))
        .where(FlowStep.kind.in_([StepKind.TASK, StepKind.ACT]))
        .order_by(FlowStep.id.desc())
        .limit(COUNTED)
    ).all()
    by_step: dict = {}
    for row in rows:
        by_step.setdefault(row.step, []).append(row)
    found = [
        StepTimes(
            step,
            of_step[0].name,
            len(of_step),
            round(median((row.done_at - row.started_at).total_seconds() / 86400 for row in of_step), 1),
            sum(bool(row.due_on and clock.local(row.done_at).date() > row.due_on) for row in of_step),
        )
        for step, of_step in by_step.items()
    ]
    return sorted(found, key=lambda times: -times.median_days)


def get_run(actor, run_id):
    """A run that the actor sees, or has had a task of. Raises NotFound."""
    run = db.session.get(FlowRun, run_id)
    if run is None or not (actor.is_system or (run.access_set_id and can_see(actor, run)) or _took_part(actor, run)):
        raise NotFound(_("There is no such flow"))
    return run


def steps_of_run(run):
    """All that happened and waits in a run, oldest first: (FlowStep, its open Task or None)."""
    rows = db.session.scalars(sa.select(FlowStep).where(FlowStep.run_id == run.id).order_by(FlowStep.id)).all()
    waiting = {
        task.ready_id: task
        for task in db.session.scalars(sa.select(Task).where(Task.run_id == run.id, Task.state == TaskState.OPEN))
    }
    return [(row, waiting.get(row.ready_id) if row.done_at is None else None) for row in rows]


def holders_of(pairs):
    """Names of those in whose lists the open tasks stand, by the task's id. At most three queries."""
    people = identity.names_of([task.claimed_by_id or task.person_id for _row, task in pairs if task])
    roles = {role.key: role.name for role in identity.list_roles()} if any(t and t.role for _r, t in pairs) else {}
    units = (
        {unit.id: unit.name for unit in identity.list_units(None)} if any(t and t.unit_id for _r, t in pairs) else {}
    )
    found = {}
    for _row, task in pairs:
        if task:
            holder = task.claimed_by_id or task.person_id
            words = [people.get(holder, "")] if holder else [roles.get(task.role, ""), units.get(task.unit_id, "")]
            found[task.id] = ", ".join(word for word in words if word)
    return found


def tasks_of_steps(rows):
    """The open tasks of these steps, by (run, engine's id). One query."""
    if not rows:
        return {}
    found = db.session.scalars(
        sa.select(Task).where(Task.run_id.in_({row.run_id for row in rows}), Task.state == TaskState.OPEN)
    )
    return {(task.run_id, task.ready_id): task for task in found}


def get_step(actor, step_id):
    """One step of a run that the actor sees. Raises NotFound."""
    row = db.session.get(FlowStep, step_id)
    if row is None:
        raise NotFound(_("There is no such step"))
    get_run(actor, row.run_id)
    return row


def give_step(actor, step_id, person_id, reason=""):
    """Put a step into another person's list. Raises Forbidden, NotFound, Conflict, Invalid("person_id")."""
    row = _mendable(actor, step_id)
    if row.kind != StepKind.TASK:
        raise Conflict(_("This step is not done by a person"))
    person = identity.get_person(actor, who.as_uuid(person_id)) if who.as_uuid(person_id) else None
    if person is None or not person.active:
        raise Invalid(_("Choose who is to do the step"), field="person_id")
    task = tasks_of_steps([row]).get((row.run_id, row.ready_id))
    if task is not None:
        tasks.tell(task)
        old = str(task.claimed_by_id or task.person_id or task.role or task.unit_id)
        task.person_id, task.role, task.unit_id, task.claimed_by_id = person.id, None, None, None
        db.session.flush()
        audit.record(
            actor, "task.reassigned", task, old={"person": old}, new={"person": str(person.id)}, reason=reason or None
        )
        tasks.tell(task)
        flows.noticed(actor, row.run, [f"person:{person.id}"])
    else:
        flows.give(actor, row.run, row, flows.step_in(row.run, row), who.Somebody(person.id))
        audit.record(
            actor, "flow.step_given", row.run, new={"step": row.name, "person": person.name}, reason=reason or None
        )
    flows.set_problem(row, None)
    db.session.flush()


def skip(actor, step_id, reason, outcome=""):
    """Go on as if the step had been done, with a reason; outcome: the answer to go on with, when the step has answers.
    Raises Forbidden, NotFound, Conflict, Invalid("reason"), Invalid("outcome")."""
    row = _mendable(actor, step_id)
    reason = (reason or "").strip()
    if not reason:
        raise Invalid(_("Say why the step is skipped"), field="reason")
    run, step = row.run, flows.step_in(row.run, row)
    if row.kind == StepKind.MESSAGE:
        raise Conflict(_("This step follows an act elsewhere and cannot be skipped here"))
    if row.kind == StepKind.TIMER:
        row.fires_at, row.note = clock.now(), reason
        db.session.flush()
        audit.record(actor, "flow.step_skipped", run, new={"step": row.name}, reason=reason)
        return flows.fire(actor, row.id)
    if step.ways and outcome not in step.ways:
        if len(step.ways) > 1:
            raise Invalid(_("Choose one of the answers"), field="outcome")
        outcome = step.ways[0]
    task = tasks_of_steps([row]).get((row.run_id, row.ready_id))
    if task is not None:
        tasks.close(actor, task, reason)
    return flows.go_on(actor, run, row.ready_id, {"outcome": outcome} if outcome else {}, note=reason, skipped=True)


def cancel_run(actor, run_id, reason):
    """End a run before its end, with a reason. Raises Forbidden, NotFound, Conflict, Invalid("reason")."""
    run = get_run(actor, run_id)
    ensure(policy.can_mend(actor, run))
    reason = (reason or "").strip()
    if not reason:
        raise Invalid(_("Say why the flow is cancelled"), field="reason")
    if run.about_kind == "case":
        raise Conflict(_("The flow of a case ends with its case; close the case"))
    flows.cancel(actor, run.about_kind, run.about_id, reason)
    return run


def try_again(actor, step_id):
    """Have an automatic step tried once more. Raises Forbidden, NotFound, Conflict."""
    acts.try_again(actor, _mendable(actor, step_id))


def marks(run):
    """What the diagram shows: {step id: "current" | "problem" | "done"} of the run's own model."""
    found = {entry["step"]: entry["state"] for entry in run.trail}
    if run.done_at:
        found = {step: "done" for step, state in found.items() if state == "done"}
    for row, _task in steps_of_run(run):
        if row.problem and "/" not in row.step:
            found[row.step] = "problem"
    return {
        step: state for step, state in found.items() if step in {one.id for one in engine.steps(run.definition.xml)}
    }


def _mendable(actor, step_id):
    row = get_step(actor, step_id)
    ensure(policy.can_mend(actor, row.run))
    if row.done_at is not None:
        raise Conflict(_("This step is over already"))
    return row


def _took_part(actor, run):
    if actor.person_id is None:
        return False
    mine = sa.or_(Task.person_id == actor.person_id, Task.done_by_id == actor.person_id)
    return bool(db.session.scalar(sa.select(Task.id).where(Task.run_id == run.id, mine).limit(1)))
