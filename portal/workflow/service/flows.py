"""Flows: runs of BPMN models about things, each step in the transaction of the act that caused it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import set_of
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, PortalError
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.workflow import engine, model, who
from portal.workflow.events import FlowFinished, StepAsked, StepGiven
from portal.workflow.models import NO_DATE, FlowAction, FlowDefinition, FlowRun, FlowStep, StepKind, Task, TaskState
from portal.workflow.service import definitions, tasks

OWN_TASK = "flow.step"  # the kind of a task that its flow alone knows: done on the page of the step


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
    running = open_run(about_kind, about_id)
    if running is not None:
        return running
    definition = definitions.in_force(actor, flow_key)
    parts = definitions.called_by(actor, definition)
    progress = _engine(engine.start, _model_of(definition, parts), {**facts_of(about_kind, about_id), **data})
    run = FlowRun(
        definition=definition,
        about_kind=about_kind,
        about_id=about_id,
        title=title[:500],
        state=progress.state,
        parts={key: str(part.id) for key, part in parts.items()},
        trail=[],
        starter_id=actor.person_id,
        started_at=clock.now(),
    )
    db.session.add(run)
    db.session.flush()
    audit.record(actor, "flow.started", run, new={"flow": flow_key, "version": definition.version})
    _move(actor, run, progress)
    return run


def signal(actor, about_kind, about_id, name, data):
    """Hand a message to the thing's flow. Returns True when the flow waited for it; otherwise nothing changes."""
    run = open_run(about_kind, about_id)
    if run is None:
        return False
    progress = _engine(engine.message, model_of(run), run.state, name, data)
    if progress is None:
        audit.record(actor, "flow.message_ignored", run, new={"message": name})
        return False
    audit.record(actor, "flow.message", run, new={"message": name, **data})
    _move(actor, run, progress)
    return True


def change_data(actor, about_kind, about_id, data):
    """Change the data of the thing's flow where it stands, so that coming steps go to the right person."""
    run = open_run(about_kind, about_id)
    if run is None:
        return
    run.state = _engine(engine.update, model_of(run), run.state, data).state
    db.session.flush()
    audit.record(actor, "flow.data_changed", run, new=data)


def where(about_kind, about_id):
    """Where the thing's flow stands: the kind of the open step, or whom the waiting step waits for; "" without one."""
    run = open_run(about_kind, about_id)
    current = {entry["step"] for entry in run.trail if entry["state"] == "current"} if run else set()
    found = [step.kind or step.turn for step in engine.steps(run.definition.xml) if step.id in current] if run else []
    return found[0] if found else ""


def cancel(actor, about_kind, about_id, reason):
    """Close the thing's flow before its end, with its tasks; the trail stays."""
    run = open_run(about_kind, about_id)
    if run is not None:
        run.closed_reason = reason
        _finish(actor, run, reason)


def answer(actor, task_id, outcome="", note=""):
    """Do a step of a flow from one's own list. outcome: one of the step's answers, when it has some; a no is explained.
    Raises Forbidden, Invalid("outcome"), Invalid("note")."""
    task = tasks.get_task(actor, task_id)
    step = step_of_task(task)
    if step.outcomes and outcome not in step.outcomes:
        raise Invalid(_("Choose one of the answers"), field="outcome")
    if outcome in step.wants_reason and not (note or "").strip():
        raise Invalid(_("Say why; those who come next will read it"), field="note")
    return tasks.complete(actor, task_id, {"outcome": outcome} if outcome else {}, note)


def step_of_task(task):
    """The engine's Step that a flow's task stands for. Raises NotFound."""
    run = db.session.get(FlowRun, task.run_id) if task.run_id else None
    row = run and _row(run, task.ready_id)
    found = row and _step_of(run, row)
    if not found:
        raise NotFound(_("There is no such step"))
    return found


def step_done(actor, run, task, data):
    """A flow's task was done: go on with it. Called by tasks.finish."""
    row = _row(run, task.ready_id)
    step = _step_of(run, row) if row else None
    outcome = data.get("outcome", "")
    if step is not None and step.outcomes and outcome not in step.outcomes:
        raise Invalid(_("Choose one of the answers"), field="outcome")
    go_on(actor, run, task.ready_id, data, note=task.note)


def go_on(actor, run, ready_id, data, note=None, skipped=False):
    """The step is over, with these data: keep how it ended and move the run on."""
    row = _row(run, ready_id)
    given = dict(data)
    if row is not None:
        row.outcome = str(data["outcome"])[:100] if data.get("outcome") else None
        row.note = note or None
        given[row.step.rpartition("/")[2]] = data.get("outcome") or model.GOOD
    progress = _engine(
        engine.complete, model_of(run), run.state, ready_id, {**facts_of(run.about_kind, run.about_id), **given}
    )
    _move(actor, run, progress)
    if row is not None and skipped:
        audit.record(actor, "flow.step_skipped", run, new={"step": row.name}, reason=note)


def fire(actor, step_id):
    """A timer's moment has come: its run goes on. Does nothing when the run went another way meanwhile."""
    row = db.session.get(FlowStep, step_id)
    if row is None or row.done_at is not None or row.run.done_at is not None or row.fires_at > clock.now():
        return
    run = row.run
    flow, _sep, name = row.step.rpartition("/")
    message = model.timer_name(flow or run.definition.key, name)
    try:
        with db.session.begin_nested():
            progress = _engine(engine.message, model_of(run), run.state, message, {})
            if progress is None:
                raise Conflict(_("The step could not be done"))
            audit.record(actor, "flow.timer", run, new={"step": row.name})
            _move(actor, run, progress)
    except PortalError as error:  # it stands among what is stuck, and is not asked for every minute
        row = db.session.get(FlowStep, step_id, populate_existing=True)
        row.fires_at = None
        set_problem(row, error.message)
        db.session.flush()


def due_timers():
    """Ids of the timers whose moment has come."""
    return list(
        db.session.scalars(
            sa.select(FlowStep.id)
            .where(FlowStep.kind == StepKind.TIMER, FlowStep.done_at.is_(None), FlowStep.fires_at <= clock.now())
            .order_by(FlowStep.fires_at)
            .limit(500)
        )
    )


def flow_view(about_kind, about_id):
    """The latest flow about a thing that the caller has shown to the actor, as steps; None without a flow.
    Three queries."""
    run = db.session.scalar(
        sa.select(FlowRun)
        .where(FlowRun.about_kind == about_kind, FlowRun.about_id == about_id)
        .order_by(FlowRun.id.desc())
        .limit(1)
    )
    if run is None:
        return None
    open_tasks = {task.ready_id: task for task in tasks.open_tasks_about(about_kind, about_id) if task.run_id == run.id}
    waiting = {row.step: open_tasks.get(row.ready_id) for row in _open_rows(run)}
    last = {entry["step"]: entry for entry in run.trail}
    views = []
    known = engine.steps(run.definition.xml)
    now_at = max((step.x for step in known if last.get(step.id, {}).get("state") == "current"), default=None)
    for step in known:
        if step.tag == "boundaryEvent":
            continue
        entry = last.get(step.id, {})
        state = entry.get("state", "coming")
        if run.done_at:
            state = "done" if state == "done" else "skipped"
        elif now_at is not None and step.x > now_at:
            state, entry = "coming", {}  # done in an earlier round; the flow came back and will pass it again
        task = waiting.get(step.id) if state == "current" else None
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
                is_task=step.tag in ("userTask", "task", "manualTask"),
            )
        )
    return FlowView(run.definition.name, views, run.done_at, run.closed_reason)


# --- inside ---------------------------------------------------------------------------------------------------------


def open_run(about_kind, about_id):
    return db.session.scalar(
        sa.select(FlowRun).where(
            FlowRun.about_kind == about_kind, FlowRun.about_id == about_id, FlowRun.done_at.is_(None)
        )
    )


def _engine(function, *args):
    try:
        return function(*args)
    except engine.FlowError as error:
        raise Conflict(_("The flow cannot go on: %(reason)s", reason=error)) from error


def model_of(run):
    """The model of a run, with the versions of the called flows that it began with."""
    if not run.parts:
        return engine.Model(run.definition.xml)
    found = {
        part.key: part
        for part in db.session.scalars(
            sa.select(FlowDefinition).where(FlowDefinition.id.in_([UUID(text) for text in run.parts.values()]))
        )
    }
    return _model_of(run.definition, found)


def _model_of(definition, parts):
    return engine.Model(definition.xml, tuple(sorted((key, part.xml) for key, part in parts.items())))


def facts_of(about_kind, about_id):
    """What conditions may ask of the thing, as it is now."""
    if about_kind == "document":
        return documents.flow_facts(about_id)
    if about_kind == "action":
        action = db.session.get(FlowAction, about_id)
        return (
            {"title": action.title, "summary": action.details, "case_id": str(action.case_id or "")} if action else {}
        )
    return {}


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
    _sync(actor, run, progress)
    if progress.finished:
        _finish(actor, run, None)


def _sync(actor, run, progress):
    """Rows of steps and people's tasks follow what the engine has open."""
    still = {item.id: item for item in progress.open}
    rows, given = _open_rows(run), set()
    for task in _open_tasks(run):
        if task.ready_id in still:
            given.add(task.ready_id)
        else:
            tasks.close(actor, task, _("The flow went another way"))
    for row in rows:
        if row.ready_id not in still:
            row.done_at, row.place, row.problem = clock.now(), 1, None
            row.done_by = actor.name if row.ready_id in progress.completed else None
    known = {row.ready_id for row in rows}
    for item in progress.open:
        if item.id not in known:
            _open(actor, run, item, item.id in given)
    db.session.flush()
    _keep_access(run)


def _open(actor, run, item, has_task):
    """The run has come to a step: a row for it, and whoever is to do it hears of it.
    has_task: the run is older than rows of steps, and its task is there already."""
    step = item.step
    row = FlowStep(
        run_id=run.id,
        flow_key=step.flow,
        ready_id=item.id,
        step=step.id if step.flow == run.definition.key else f"{step.flow}/{step.id}",
        name=step.name[:300],
        kind=_kind(step),
        act=step.act,
        started_at=clock.now(),
        due_on=clock.add_working_days(clock.today(), step.term_days) if step.term_days else None,
    )
    row.due_key = row.due_on or NO_DATE
    db.session.add(row)
    if row.kind == StepKind.TIMER:
        row.fires_at = _moment(step, item.data)
        if row.fires_at is None:
            set_problem(row, _("The date that the step waits for is not known"))
    db.session.flush()
    if row.kind == StepKind.TASK and not has_task:
        give(actor, run, row, step, who.find(step, _people(run, item.data)))
    elif row.kind == StepKind.ACT:
        ask(actor, row)


def ask(actor, row):
    """Have an automatic step done by its job, after commit."""
    announce(actor, StepAsked(step_id=row.id))


def _kind(step):
    if step.act:
        return StepKind.ACT
    if step.is_timer:
        return StepKind.TIMER
    return StepKind.MESSAGE if step.tag in ("intermediateCatchEvent", "boundaryEvent") else StepKind.TASK


def _moment(step, data):
    """When a timer goes off: after so many full working days, or as its day begins."""
    if step.wait is not None:
        return clock.at_local(clock.add_working_days(clock.today(), step.wait) + clock.timedelta(days=1))
    text = data.get(step.until, step.until)
    try:
        return clock.at_local(date.fromisoformat(str(text)))
    except ValueError:
        return None


def _people(run, data):
    """The data with those whom a flow may name: who started it, and the thing's people as they are now."""
    starter = {"starter_id": str(run.starter_id or "")}
    if run.starter_id:
        starter["starter_unit_id"] = str(identity.get_person(None, run.starter_id).unit_id or "")
    return {**data, **facts_of(run.about_kind, run.about_id), **starter}


def people_data(run):
    """What is known of those whom a flow may name, apart from the answers given in it."""
    return _people(run, {})


def give(actor, run, row, step, somebody):
    """Put the step into somebody's list; without anybody it stands among what is stuck."""
    if not somebody:
        return set_problem(row, somebody.why)
    set_problem(row, None)
    own = step.kind or OWN_TASK
    tasks.add_task(
        actor,
        own,
        run.about_kind,
        run.about_id,
        f"{step.name}: {run.title}" if own == OWN_TASK else run.title,
        person_id=somebody.person_id,
        role=somebody.role,
        unit_id=somebody.unit_id,
        due_on=row.due_on,
        run_id=run.id,
        ready_id=row.ready_id,
    )
    noticed(actor, run, somebody.keys)
    return None


def noticed(actor, run, keys):
    """Those who hold these keys are to do a step: they see the run and what it is about."""
    _note_participant(run, keys)
    announce(actor, StepGiven(about_kind=run.about_kind, about_id=run.about_id, keys=keys))


def set_problem(row, text):
    """What keeps a step from going on, None when nothing does."""
    row.problem, row.place = text, 0 if text else 1


def _note_participant(run, keys):
    """Whoever is to do a step sees the run and, when nobody filed it as a document, what it is about."""
    own = [f"person:{run.starter_id}"] if run.starter_id else []
    run.access_set_id = set_of(*own, *keys, **({"base": run.access_set_id} if run.access_set_id else {}))
    if run.about_kind == "action":
        action = db.session.get(FlowAction, run.about_id)
        if action is not None:
            action.access_set_id = set_of(*keys, base=action.access_set_id)


def _keep_access(run):
    """A run about a document is seen by those who see the document."""
    if run.about_kind == "document":
        found = documents.flow_title(run.about_id)
        if found is not None:
            run.access_set_id = found[1]


def follow_document(actor, document_id):
    """The document's title or readers changed (documents.DocumentChanged): so do those of its runs."""
    found = documents.flow_title(document_id)
    if found is None:
        return
    run = open_run("document", document_id)
    for row in _open_rows(run) if run else ():
        if row.problem and row.kind == StepKind.TASK:  # the field that names who does it may be filled in now
            give(actor, run, row, step_in(run, row), who.find(step_in(run, row), _people(run, {})))
    db.session.execute(
        sa.update(FlowRun)
        .where(FlowRun.about_kind == "document", FlowRun.about_id == document_id)
        .values(title=found[0][:500], access_set_id=found[1])
        .execution_options(synchronize_session="fetch")
    )


def _row(run, ready_id):
    return db.session.scalar(sa.select(FlowStep).where(FlowStep.run_id == run.id, FlowStep.ready_id == ready_id))


def _open_rows(run):
    return list(
        db.session.scalars(
            sa.select(FlowStep).where(FlowStep.run_id == run.id, FlowStep.done_at.is_(None)).order_by(FlowStep.id)
        )
    )


def _open_tasks(run):
    return list(db.session.scalars(sa.select(Task).where(Task.run_id == run.id, Task.state == TaskState.OPEN)))


def step_in(run, row):
    """The engine's Step of a row. Raises NotFound."""
    found = _step_of(run, row)
    if found is None:
        raise NotFound(_("There is no such step"))
    return found


def _step_of(run, row):
    flow, _sep, step_id = row.step.rpartition("/")
    whole = model_of(run)
    xml = dict(whole.parts).get(flow, whole.xml) if flow else whole.xml
    return next((step for step in engine.steps(xml) if step.id == step_id), None)


def _finish(actor, run, reason):
    run.done_at = clock.now()
    db.session.flush()
    for task in _open_tasks(run):
        tasks.close(actor, task, reason or _("The flow has ended"))
    for row in _open_rows(run):
        row.done_at, row.place, row.problem = clock.now(), 1, None
    audit.record(actor, "flow.closed" if reason else "flow.finished", run, reason=reason)
    announce(actor, FlowFinished(run_id=run.id, about_kind=run.about_kind, about_id=run.about_id, closed=bool(reason)))
