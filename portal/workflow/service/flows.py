"""Flows: runs of BPMN models about things, each step in the transaction of the act that caused it."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from lxml import etree

from portal.audit import service as audit
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.workflow import engine
from portal.workflow.events import FlowFinished
from portal.workflow.models import FlowDefinition, FlowRun, Task, TaskState
from portal.workflow.service import tasks

SHIPPED = Path(__file__).parents[1] / "flows"


@dataclass(frozen=True)
class StepView:
    """A step for the eye. state: done, current, coming or skipped; turn: whom a waiting step waits for."""

    id: str
    name: str
    state: str
    at: datetime | None = None
    by: str = ""
    turn: str = ""
    person_id: UUID | None = None
    due_on: date | None = None
    is_task: bool = False


@dataclass(frozen=True)
class FlowView:
    """A run as an ordered list of steps."""

    name: str
    steps: list[StepView]
    done_at: datetime | None
    closed_reason: str | None

    @property
    def current(self):
        return next((step for step in self.steps if step.state == "current"), None)


def start(actor, flow_key, about_kind, about_id, title, data):
    """Begin a flow about a thing. data: JSON values; ids as text.
    A thing has at most one unfinished flow: a second call returns that one. Raises NotFound for an unknown flow.
    """
    running = _open_run(about_kind, about_id)
    if running is not None:
        return running
    definition = _definition(actor, flow_key)
    progress = _engine(engine.start, definition.xml, data)
    run = FlowRun(
        definition=definition,
        about_kind=about_kind,
        about_id=about_id,
        title=title[:500],
        state=progress.state,
        trail=[],
        started_at=clock.now(),
    )
    db.session.add(run)
    db.session.flush()
    audit.record(actor, "flow.started", run, new={"flow": flow_key, "version": definition.version})
    _move(actor, run, progress)
    return run


def signal(actor, about_kind, about_id, name, data):
    """Hand a message to the thing's flow. Returns True when the flow waited for it; otherwise nothing changes."""
    run = _open_run(about_kind, about_id)
    if run is None:
        return False
    progress = _engine(engine.message, run.definition.xml, run.state, name, data)
    if progress is None:
        audit.record(actor, "flow.message_ignored", run, new={"message": name})
        return False
    audit.record(actor, "flow.message", run, new={"message": name, **data})
    _move(actor, run, progress)
    return True


def change_data(actor, about_kind, about_id, data):
    """Change the data of the thing's flow where it stands, so that coming steps go to the right person."""
    run = _open_run(about_kind, about_id)
    if run is None:
        return
    run.state = _engine(engine.update, run.definition.xml, run.state, data).state
    db.session.flush()
    audit.record(actor, "flow.data_changed", run, new=data)


def where(about_kind, about_id):
    """Where the thing's flow stands: the kind of the open step, or whom the waiting step waits for; "" without one."""
    run = _open_run(about_kind, about_id)
    current = {entry["step"] for entry in run.trail if entry["state"] == "current"} if run else set()
    found = [step.kind or step.turn for step in engine.steps(run.definition.xml) if step.id in current] if run else []
    return found[0] if found else ""


def cancel(actor, about_kind, about_id, reason):
    """Close the thing's flow before its end, with its tasks; the trail stays."""
    run = _open_run(about_kind, about_id)
    if run is not None:
        run.closed_reason = reason
        _finish(actor, run, reason)


def step_done(actor, run, task, data):
    """A flow's task was done: go on with it. Called by tasks.finish."""
    progress = _engine(engine.complete, run.definition.xml, run.state, task.ready_id, data)
    _move(actor, run, progress)


def flow_view(about_kind, about_id):
    """The latest flow about a thing that the caller has shown to the actor, as steps; None without a flow.
    Two queries."""
    run = db.session.scalar(
        sa.select(FlowRun)
        .where(FlowRun.about_kind == about_kind, FlowRun.about_id == about_id)
        .order_by(FlowRun.id.desc())
        .limit(1)
    )
    if run is None:
        return None
    waiting = {task.kind: task for task in tasks.open_tasks_about(about_kind, about_id) if task.run_id == run.id}
    last = {entry["step"]: entry for entry in run.trail}
    views = []
    known = engine.steps(run.definition.xml)
    now_at = max((step.x for step in known if last.get(step.id, {}).get("state") == "current"), default=None)
    for step in known:
        entry = last.get(step.id, {})
        state = entry.get("state", "coming")
        if run.done_at:
            state = "done" if state == "done" else "skipped"
        elif now_at is not None and step.x > now_at:
            state, entry = "coming", {}  # done in an earlier round; the flow came back and will pass it again
        task = waiting.get(step.kind) if state == "current" else None
        views.append(
            StepView(
                step.id,
                step.name,
                state,
                at=datetime.fromisoformat(entry["at"]) if entry else None,
                by=entry.get("by", ""),
                turn=step.turn,
                person_id=(task.claimed_by_id or task.person_id) if task else None,
                due_on=task.due_on if task else None,
                is_task=bool(step.kind),
            )
        )
    return FlowView(run.definition.name, views, run.done_at, run.closed_reason)


def save_definition(actor, key, xml):
    """Keep a model as the next version of a flow; runs under way keep theirs. Only administrators.
    Raises Forbidden; Invalid("xml") with what is wrong with the model."""
    if not actor.can("admin.state"):
        raise Forbidden(_("Only IT administrators may change flows"))
    try:
        engine.start(xml, {})
    except engine.FlowError as error:
        raise Invalid(_("The model cannot be used: %(reason)s", reason=error), field="xml") from error
    return _save(actor, key, xml)


# --- inside ---------------------------------------------------------------------------------------------------------


def _open_run(about_kind, about_id):
    return db.session.scalar(
        sa.select(FlowRun).where(
            FlowRun.about_kind == about_kind, FlowRun.about_id == about_id, FlowRun.done_at.is_(None)
        )
    )


def _definition(actor, key):
    """The latest version; a shipped model is taken in at its first use."""
    latest = db.session.scalar(
        sa.select(FlowDefinition).where(FlowDefinition.key == key).order_by(FlowDefinition.version.desc()).limit(1)
    )
    if latest is not None:
        return latest
    path = SHIPPED / f"{Path(key).name}.bpmn"
    if not path.is_file():
        raise NotFound(_("There is no flow “%(key)s”", key=key))
    return _save(actor, key, path.read_text())


def _save(actor, key, xml):
    last = db.session.scalar(sa.select(sa.func.max(FlowDefinition.version)).where(FlowDefinition.key == key)) or 0
    process = etree.fromstring(xml.encode()).find(f"{{{engine.BPMN}}}process")
    definition = FlowDefinition(
        key=key, version=last + 1, name=process.get("name") or key, xml=xml, created_at=clock.now()
    )
    db.session.add(definition)
    db.session.flush()
    audit.record(actor, "flow.defined", definition)
    return definition


def _engine(function, *args):
    try:
        return function(*args)
    except engine.FlowError as error:
        raise Conflict(_("The flow cannot go on: %(reason)s", reason=error)) from error


def _move(actor, run, progress):
    """Store where the run now stands, make the tasks of its ready steps and close those that are not ready any more."""
    now = clock.now()
    before = {entry["step"]: entry for entry in run.trail}
    trail = []
    for step_id in progress.done:
        known = before.get(step_id)
        fresh = known is None or known["state"] == "current"
        trail.append({"step": step_id, "state": "done", "at": now.isoformat(), "by": actor.name} if fresh else known)
    for step_id in progress.current:
        known = before.get(step_id)
        trail = [entry for entry in trail if entry["step"] != step_id]
        kept = known is not None and known["state"] == "current"
        trail.append(known if kept else {"step": step_id, "state": "current", "at": now.isoformat(), "by": ""})
    run.state, run.trail = progress.state, trail
    db.session.flush()
    _sync_tasks(actor, run, progress)
    if progress.finished:
        _finish(actor, run, None)


def _sync_tasks(actor, run, progress):
    ready = {item.id: item for item in progress.ready}
    known = db.session.scalars(sa.select(Task).where(Task.run_id == run.id, Task.state == TaskState.OPEN))
    for task in list(known):
        if task.ready_id not in ready:
            tasks.close(actor, task, _("The flow went another way"))
        else:
            del ready[task.ready_id]
    for item in ready.values():
        step = item.step
        person_id = _uuid(item.data.get(step.person))
        unit_id = None if person_id else _uuid(item.data.get(step.unit))
        tasks.add_task(
            actor,
            step.kind or "flow.step",
            run.about_kind,
            run.about_id,
            run.title,
            person_id=person_id,
            role=None if person_id else step.role or None,
            unit_id=unit_id,
            due_on=clock.add_working_days(clock.today(), step.term_days) if step.term_days else None,
            run_id=run.id,
            ready_id=item.id,
        )


def _finish(actor, run, reason):
    run.done_at = clock.now()
    db.session.flush()
    for task in db.session.scalars(sa.select(Task).where(Task.run_id == run.id, Task.state == TaskState.OPEN)).all():
        tasks.close(actor, task, reason or _("The flow has ended"))
    audit.record(actor, "flow.closed" if reason else "flow.finished", run, reason=reason)
    announce(actor, FlowFinished(run_id=run.id, about_kind=run.about_kind, about_id=run.about_id, closed=bool(reason)))


def _uuid(text):
    return UUID(text) if text else None
