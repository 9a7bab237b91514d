"""BPMN models as we read them: which parts they may have, their steps, and what the engine gets to see of them.

What BPMN does not say stands in attributes of our own namespace (urn:pkip:flow:1), for a step of people: who, term
(working days), outcomes, help; for an automatic step: act; for a timer: wait (working days) or until (a date or the
field with it).
"""

from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from portal.kernel.i18n import _
from portal.workflow.conditions import FlowError, names

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
PKIP = "urn:pkip:flow:1"
LONGEST_MODEL = 400_000

EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "boundaryEvent")
TASKS = ("task", "userTask", "manualTask", "serviceTask", "callActivity")
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")
NODES = (*EVENTS, *TASKS, *GATEWAYS)
SEEN = (*EVENTS, *TASKS)  # the nodes that people see as steps
ALLOWED = {
    *NODES,
    *("process", "sequenceFlow", "conditionExpression", "incoming", "outgoing", "documentation", "extensionElements"),
    *("messageEventDefinition", "timerEventDefinition", "timeDuration", "timeDate", "terminateEventDefinition"),
    *("textAnnotation", "association", "text", "laneSet", "lane", "flowNodeRef", "group", "category", "categoryValue"),
}
ACTS = ("register", "approve", "sign", "deliver", "notify", "agenda")  # what an automatic step may do


@dataclass(frozen=True)
class Model:
    """A flow and the flows that it calls, as they were when it began: (key, XML) each."""

    xml: str
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Step:
    """One node that people see. who: whom it waits for (see `who.py`); term_days: working days; outcomes: the answers,
    one of which is chosen; act: what an automatic step does; turn: whom a waiting step waits for.
    kind, person, role, unit: as shipped flows of cases say it, names of data or a role."""

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
    who: str = ""
    outcomes: tuple[str, ...] = ()
    help: str = ""
    act: str = ""
    body: str = ""
    wait: int | None = None
    until: str = ""
    calls: str = ""
    attached: str = ""
    flow: str = ""

    @property
    def is_timer(self):
        return bool(self.wait is not None or self.until)

    @property
    def ways(self):
        """What can come of the step: the answers of people, or the ends of an automatic step."""
        return self.outcomes or ACT_OUTCOMES.get(self.act, ())

    @property
    def wants_reason(self):
        """Answers after the first say no, and a no is explained."""
        return self.outcomes[1:]


GOOD, BAD = "done", "refused"
# what did not reach its addressee is no answer: it stands among what is stuck until somebody mends it
ACT_OUTCOMES = {act: (GOOD, BAD) for act in ("approve", "sign", "agenda")} | {
    act: (GOOD,) for act in ("register", "deliver", "notify")
}


def root_of(xml):
    """The parsed model. Raises FlowError when it is not XML or holds what may not stand in it."""
    if len(xml or "") > LONGEST_MODEL:
        raise FlowError(_("The model is too large"))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring((xml or "").encode(), parser)
    except etree.XMLSyntaxError as error:
        raise FlowError(_("The model is not XML: %(error)s", error=error)) from error
    return root


@lru_cache(maxsize=64)
def _checked_xml(xml):
    """Refuse whatever could do more than wait, choose and ask people. Returns the id of the process."""
    root = root_of(xml)
    processes = root.findall(f"{{{BPMN}}}process")
    if len(processes) != 1 or root.find(f"{{{BPMN}}}collaboration") is not None:
        raise FlowError(_("The model must hold one process, without pools"))
    for node in processes[0].iter(f"{{{BPMN}}}*"):
        tag = etree.QName(node).localname
        if tag not in ALLOWED:
            raise FlowError(
                _(
                    "“%(name)s”: %(tag)s is not allowed in a flow",
                    name=node.get("name") or node.get("id") or tag,
                    tag=tag,
                )
            )
        if tag == "serviceTask" and node.get(f"{{{PKIP}}}act") not in ACTS:
            raise FlowError(
                _("“%(name)s” is automatic but does not say what it does", name=node.get("name") or node.get("id"))
            )
        if tag == "conditionExpression":
            names(node.text)
    return processes[0].get("id")


def process_id(xml):
    """The id of the model's process: the flow's key."""
    return _checked_xml(xml)


def process_name(xml):
    """The flow's name in words."""
    process = root_of(xml).find(f"{{{BPMN}}}process")
    return (process.get("name") or process.get("id"))[:200]


def for_engine(xml):
    """The model as the engine reads it. Timers become messages, which our own clock sends; what people and areas do
    becomes one kind of task that waits."""
    key = _checked_xml(xml)
    root = root_of(xml)
    process = root.find(f"{{{BPMN}}}process")
    for node in process.iter(*(f"{{{BPMN}}}{tag}" for tag in ("task", "manualTask", "serviceTask"))):
        node.tag = f"{{{BPMN}}}userTask"
    for definition in list(process.iter(f"{{{BPMN}}}timerEventDefinition")):
        event = definition.getparent()
        name = timer_name(key, event.get("id"))
        message = etree.SubElement(root, f"{{{BPMN}}}message", id=f"timer_{event.get('id')}", name=name)
        root.remove(message)
        root.insert(0, message)
        new = etree.SubElement(event, f"{{{BPMN}}}messageEventDefinition", messageRef=message.get("id"))
        event.replace(definition, new)
    return root


def timer_name(flow, step_id):
    """The message that our clock sends to a timer."""
    return f"timer:{flow}/{step_id}"


@lru_cache(maxsize=64)
def steps(xml):
    """The model's steps that people see, from left to right: events and tasks, without gateways."""
    key = _checked_xml(xml)
    root = root_of(xml)
    places = {
        shape.get("bpmnElement"): (float(bounds.get("x")), float(bounds.get("y")))
        for shape in root.iter(f"{{{BPMNDI}}}BPMNShape")
        for bounds in shape
        if etree.QName(bounds).localname == "Bounds"
    }
    found = [
        _step(node, key, places.get(node.get("id"), (0, 0)))
        for node in root.find(f"{{{BPMN}}}process").iter(*(f"{{{BPMN}}}{tag}" for tag in SEEN))
    ]
    return tuple(sorted(found, key=lambda step: (step.x, step.y)))


def _step(node, flow, place):
    own = {
        name: node.get(f"{{{PKIP}}}{name}", "").strip()
        for name in ("kind", "person", "role", "unit", "turn", "who", "help", "act", "body", "until")
    }
    return Step(
        node.get("id"),
        node.get("name") or node.get("id"),
        etree.QName(node).localname,
        term_days=_number(node, "term"),
        wait=_number(node, "wait"),
        outcomes=tuple(word.strip() for word in node.get(f"{{{PKIP}}}outcomes", "").split("|") if word.strip()),
        calls=node.get("calledElement", ""),
        attached=node.get("attachedToRef", ""),
        x=place[0],
        y=place[1],
        flow=flow,
        **own,
    )


def _number(node, name):
    text = node.get(f"{{{PKIP}}}{name}", "").strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) > 3650:
        raise FlowError(
            _("“%(name)s”: the number of days must be a whole number", name=node.get("name") or node.get("id"))
        )
    return int(text)
