"""BPMN models run by SpiffWorkflow: pure, without a database. State goes in and out as JSON text.

A model never runs code: script tasks are refused when it is read, and a condition may only compare the flow's own data.
"""

import ast
import json
import operator
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

# Stored with each state; a state written under another number is not read blindly.
STATE_VERSION = "pkip-1"

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
PKIP = "urn:pkip:flow:1"
REFUSED_TAGS = ("scriptTask", "serviceTask", "businessRuleTask", "callActivity", "sendTask")


class FlowError(Exception):
    """The model or a state is not one we can run; the message says what is wrong with it."""


@dataclass(frozen=True)
class Step:
    """One node that people see. kind: the task's kind; person: the name of the datum with the person's id;
    unit: the name of the datum with the unit's id; term_days: working days; turn: whom a waiting step waits for."""

    id: str
    name: str
    tag: str
    kind: str = ""
    person: str = ""
    role: str = ""
    unit: str = ""
    term_days: int | None = None
    turn: str = ""
    x: float = 0
    y: float = 0


@dataclass(frozen=True)
class Ready:
    """A user task that someone can do now. id: the engine's id of this very occurrence."""

    id: str
    step: Step
    data: dict


@dataclass(frozen=True)
class Progress:
    """Where a run stands. done: step ids in the order in which they were completed last."""

    state: str
    ready: list[Ready]
    waiting: list[str]
    current: list[str]
    done: list[str]
    finished: bool
    data: dict = field(default_factory=dict)


# --- conditions -----------------------------------------------------------------------------------------------------

_COMPARE = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


def evaluate(expression, data):
    """The value of a condition over the flow's data. Names that are not there are None.
    Only names, constants, lists, comparisons, `and`, `or`, `not`; anything else raises FlowError."""
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError as error:
        raise FlowError(f"condition {expression!r} cannot be read") from error
    return _value(tree.body, data, expression)


def _value(node, data, expression):
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return data.get(name)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item, data, expression) for item in items]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, data, expression)
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_value(value, data, expression) for value in values)
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(_value(value, data, expression) for value in values)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _COMPARE[type(op)](_value(left, data, expression), _value(right, data, expression))
    raise FlowError(f"condition {expression!r} may only compare the flow's data")


class _DataOnly(TaskDataEnvironment):
    """The engine's window on Python, shut: conditions go to `evaluate`, scripts nowhere."""

    def evaluate(self, expression, context, external_context=None):
        return evaluate(expression, context)

    def execute(self, script, context, external_context=None):
        raise FlowError("a flow may not run scripts")

    def call_service(self, context, **kwargs):
        raise FlowError("a flow may not call services")


_scripts = PythonScriptEngine(_DataOnly())
_serializer = BpmnWorkflowSerializer(version=STATE_VERSION)
_serializer.migrate = lambda state: None  # our number is checked in `_load`; theirs has no migrations for it


# --- models ---------------------------------------------------------------------------------------------------------


def _root(xml):
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(xml.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise FlowError(f"the model is not XML: {error}") from error


@lru_cache(maxsize=64)
def _spec(xml):
    root = _root(xml)
    for tag in REFUSED_TAGS:
        found = root.find(f".//{{{BPMN}}}{tag}")
        if found is not None:
            raise FlowError(f"{tag} {found.get('id')!r} is not allowed in a flow")
    for condition in root.iter(f"{{{BPMN}}}conditionExpression"):
        evaluate(condition.text or "", {})
    process = root.find(f"{{{BPMN}}}process")
    if process is None:
        raise FlowError("the model holds no process")
    parser = BpmnParser()
    try:
        parser.add_bpmn_xml(root)
        return parser.get_spec(process.get("id")), parser.get_subprocess_specs(process.get("id"))
    except Exception as error:  # the library raises many kinds, all of them about the model
        raise FlowError(f"the model cannot be run: {error}") from error


@lru_cache(maxsize=64)
def steps(xml):
    """The model's steps that people see, from left to right: events and tasks, without gateways and end."""
    root = _root(xml)
    places = {
        shape.get("bpmnElement"): (float(bounds.get("x")), float(bounds.get("y")))
        for shape in root.iter(f"{{{BPMNDI}}}BPMNShape")
        for bounds in shape
        if etree.QName(bounds).localname == "Bounds"
    }
    found = []
    for node in root.find(f"{{{BPMN}}}process"):
        if not isinstance(node.tag, str):
            continue
        tag = etree.QName(node).localname
        if tag not in ("startEvent", "userTask", "manualTask", "intermediateCatchEvent", "endEvent"):
            continue
        own = {name: node.get(f"{{{PKIP}}}{name}", "") for name in ("kind", "person", "role", "unit", "turn", "term")}
        x, y = places.get(node.get("id"), (0, 0))
        term = own.pop("term")
        found.append(
            Step(
                node.get("id"),
                node.get("name") or node.get("id"),
                tag,
                term_days=int(term) if term else None,
                x=x,
                y=y,
                **own,
            )
        )
    return tuple(sorted(found, key=lambda step: (step.x, step.y)))


# --- running --------------------------------------------------------------------------------------------------------


def start(xml, data):
    """Begin a run with these data. Returns its Progress."""
    spec, parts = _spec(xml)
    workflow = BpmnWorkflow(spec, parts, script_engine=_scripts)
    for task in workflow.get_tasks(state=TaskState.READY):
        task.set_data(**data)
    return _progress(workflow, xml)


def complete(xml, state, ready_id, data):
    """Do the user task with the engine's id `ready_id`. Raises FlowError when it is not ready (any more)."""
    workflow = _load(state)
    for task in workflow.get_tasks(state=TaskState.READY, manual=True):
        if str(task.id) == ready_id:
            task.set_data(**data)
            task.run()
            return _progress(workflow, xml)
    raise FlowError("this step is not open")


def message(xml, state, name, data):
    """Hand the message `name` to the run. Returns its Progress, or None when the run does not wait for it."""
    workflow = _load(state)
    if name not in {event.name for event in workflow.waiting_events()}:
        return None
    workflow.send_event(BpmnEvent(MessageEventDefinition(name), payload=dict(data)))
    return _progress(workflow, xml)


def update(xml, state, data):
    """Put data where the run now stands, without a step (someone else became responsible)."""
    workflow = _load(state)
    for task in workflow.get_tasks(state=TaskState.READY | TaskState.WAITING):
        task.set_data(**data)
    return _progress(workflow, xml)


def state_version(state):
    """The version that a stored state was written under."""
    return json.loads(state).get("serializer_version")


def _load(state):
    content = json.loads(state)
    if content.get("serializer_version") != STATE_VERSION:
        found = content.get("serializer_version")
        raise FlowError(f"the run was stored under version {found!r}, not {STATE_VERSION!r}")
    workflow = _serializer.from_dict(content)
    workflow.script_engine = _scripts
    return workflow


def _progress(workflow, xml):
    workflow.do_engine_steps()
    known = {step.id: step for step in steps(xml)}
    ready, current, data = [], [], {}
    for task in workflow.get_tasks(state=TaskState.READY | TaskState.WAITING):
        step = known.get(task.task_spec.name)
        if step is None:
            continue
        current.append(step.id)
        data.update(task.data)
        if task.state == TaskState.READY:
            ready.append(Ready(str(task.id), step, dict(task.data)))
    done = {}
    for task in sorted(workflow.get_tasks(state=TaskState.COMPLETED), key=lambda task: task.last_state_change):
        if task.task_spec.name in known:
            done.pop(task.task_spec.name, None)
            done[task.task_spec.name] = True
    waiting = [event.name for event in workflow.waiting_events()]
    return Progress(_serializer.serialize_json(workflow), ready, waiting, current, list(done), workflow.completed, data)
