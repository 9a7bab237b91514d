"""BPMN models run by SpiffWorkflow: pure, without a database. State goes in and out as JSON text.

A model never runs code: only what `model.py` lists may stand in it, and a condition may only compare the flow's data.
"""

import json
from dataclasses import dataclass, field
from functools import lru_cache, wraps

from SpiffWorkflow.bpmn.exceptions import WorkflowTaskException
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from portal.kernel.i18n import _
from portal.workflow.conditions import FlowError, evaluate
from portal.workflow.model import BPMN, Model, Step, for_engine, process_id, steps

__all__ = [
    "BPMN",
    "FlowError",
    "Model",
    "Progress",
    "Ready",
    "Step",
    "complete",
    "evaluate",
    "message",
    "start",
    "steps",
]

# Stored with each state; a state written under another number is not read blindly.
STATE_VERSION = "pkip-1"


@dataclass(frozen=True)
class Ready:
    """A step where the run now stands. id: the engine's id of this very occurrence; ready: it can be done now,
    otherwise it waits for a message or a timer."""

    id: str
    step: Step
    data: dict
    ready: bool = True


@dataclass(frozen=True)
class Progress:
    """Where a run stands. open: all occurrences that wait; ready: those of them that can be done; done: ids of steps in
    the order in which they were completed last; completed: engine's ids of what was completed."""

    state: str
    open: list[Ready]
    waiting: list[str]
    current: list[str]
    done: list[str]
    completed: frozenset[str]
    finished: bool
    data: dict = field(default_factory=dict)

    @property
    def ready(self):
        return [item for item in self.open if item.ready]


class _DataOnly(TaskDataEnvironment):
    """The engine's window on Python, shut: conditions go to `evaluate`, scripts nowhere."""

    def evaluate(self, expression, context, external_context=None):
        return evaluate(expression, context)

    def execute(self, script, context, external_context=None):
        raise FlowError(_("A flow may not run scripts"))

    def call_service(self, context, **kwargs):
        raise FlowError(_("A flow may not run scripts"))


_scripts = PythonScriptEngine(_DataOnly())
_serializer = BpmnWorkflowSerializer(version=STATE_VERSION)
_serializer.migrate = lambda state: None  # our number is checked in `_load`; theirs has no migrations for it


def _in_words(function):
    """What the library raises becomes one sentence about the model."""

    @wraps(function)
    def wrapper(model, *args):
        try:
            return function(Model(model) if isinstance(model, str) else model, *args)
        except WorkflowTaskException as error:
            if isinstance(error.__cause__, FlowError):
                raise error.__cause__ from error
            name = getattr(error.task_spec, "bpmn_name", None) or error.task_spec.name
            raise FlowError(_("“%(name)s”: none of the ways from here fits the data", name=name)) from error
        except SpiffWorkflowException as error:
            raise FlowError(_("The model cannot be run: %(error)s", error=error)) from error

    return wrapper


@lru_cache(maxsize=64)
def _spec(model):
    parser = BpmnParser()
    key = process_id(model.xml)
    try:
        for xml in (model.xml, *(xml for _key, xml in model.parts)):
            parser.add_bpmn_xml(for_engine(xml))
        return parser.get_spec(key), parser.get_subprocess_specs(key)
    except FlowError:
        raise
    except Exception as error:  # the library raises many kinds, all of them about the model
        raise FlowError(_("The model cannot be run: %(error)s", error=error)) from error


@_in_words
def start(model, data):
    """Begin a run with these data. Returns its Progress."""
    spec, parts = _spec(model)
    workflow = BpmnWorkflow(spec, parts, script_engine=_scripts)
    for task in workflow.get_tasks(state=TaskState.READY):
        task.set_data(**data)
    return _progress(workflow, model)


@_in_words
def complete(model, state, ready_id, data):
    """Do the user task with the engine's id `ready_id`. Raises FlowError when it is not ready (any more)."""
    workflow = _load(state)
    for task in workflow.get_tasks(state=TaskState.READY, manual=True):
        if str(task.id) == ready_id:
            task.set_data(**data)
            task.run()
            return _progress(workflow, model)
    raise FlowError(_("This step is not open"))


@_in_words
def message(model, state, name, data):
    """Hand the message `name` to the run. Returns its Progress, or None when the run does not wait for it."""
    workflow = _load(state)
    if name not in {event.name for event in workflow.waiting_events()}:
        return None
    workflow.send_event(BpmnEvent(MessageEventDefinition(name), payload=dict(data)))
    return _progress(workflow, model)


@_in_words
def update(model, state, data):
    """Put data where the run now stands, without a step (someone else became responsible)."""
    workflow = _load(state)
    for task in workflow.get_tasks(state=TaskState.READY | TaskState.WAITING):
        task.set_data(**data)
    return _progress(workflow, model)


def state_version(state):
    """The version that a stored state was written under."""
    return json.loads(state).get("serializer_version")


def _load(state):
    content = json.loads(state)
    if content.get("serializer_version") != STATE_VERSION:
        found = content.get("serializer_version")
        raise FlowError(
            _("The run was stored under version %(found)s, not %(ours)s", found=repr(found), ours=STATE_VERSION)
        )
    workflow = _serializer.from_dict(content)
    workflow.script_engine = _scripts
    return workflow


def _progress(workflow, model):
    workflow.do_engine_steps()
    workflow.refresh_waiting_tasks()
    workflow.do_engine_steps()
    top = process_id(model.xml)
    known = {
        (process_id(xml), step.id): step
        for xml in (model.xml, *(part for _key, part in model.parts))
        for step in steps(xml)
    }
    found, current, data = [], [], {}
    for task in workflow.get_tasks(state=TaskState.READY | TaskState.WAITING | TaskState.STARTED):
        step = known.get((task.workflow.spec.name, task.task_spec.name))
        if step is None:
            continue
        if step.flow == top and step.tag != "boundaryEvent":
            current.append(step.id)
        data.update(task.data)
        if task.state != TaskState.STARTED and not step.calls:
            found.append(Ready(str(task.id), step, dict(task.data), task.state == TaskState.READY))
    done = {}
    completed = sorted(workflow.get_tasks(state=TaskState.COMPLETED), key=lambda task: task.last_state_change)
    for task in completed:
        if known.get((task.workflow.spec.name, task.task_spec.name)) and task.workflow.spec.name == top:
            done.pop(task.task_spec.name, None)
            done[task.task_spec.name] = True
    return Progress(
        _serializer.serialize_json(workflow),
        found,
        [event.name for event in workflow.waiting_events()],
        current,
        list(done),
        frozenset(str(task.id) for task in completed),
        workflow.completed,
        data,
    )
