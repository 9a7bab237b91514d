"""From nodes in columns and rows to BPMN with its diagram."""

from dataclasses import dataclass, field

from lxml import etree

from portal.workflow.model import BPMN, BPMNDI, PKIP

_DC = "http://www.omg.org/spec/DD/20100524/DC"
_DI = "http://www.omg.org/spec/DD/20100524/DI"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_COLUMN, _ROW, _LEFT, _TOP = 170, 110, 120, 180
_SIZES = {"Event": (36, 36), "Gateway": (50, 50)}
_TASK = (130, 80)


@dataclass
class Node:
    """A node at a place of the grid. own: attributes of our namespace; more: attributes of BPMN's."""

    tag: str
    id: str
    name: str
    column: int
    row: float = 0
    own: dict = field(default_factory=dict)
    more: dict = field(default_factory=dict)
    timer: bool = False

    @property
    def size(self):
        return next((size for end, size in _SIZES.items() if self.tag.endswith(end)), _TASK)

    @property
    def middle(self):
        return _LEFT + self.column * _COLUMN, _TOP + self.row * _ROW


@dataclass
class Way:
    """A sequence flow. back: it is drawn above (a step back) instead of straight on; below: by how many rows a way that
    skips something runs under its line."""

    source: str
    target: str
    name: str = ""
    condition: str = ""
    default: bool = False
    back: bool = False
    below: float = 0.62


def draw(key, name, nodes, ways):
    """The BPMN of these nodes and ways, with a diagram. Returns XML text."""
    root = etree.Element(
        f"{{{BPMN}}}definitions",
        nsmap={"bpmn": BPMN, "bpmndi": BPMNDI, "dc": _DC, "di": _DI, "xsi": _XSI, "pkip": PKIP},
        id="pkip_flows",
        targetNamespace=PKIP,
    )
    process = etree.SubElement(root, f"{{{BPMN}}}process", id=key, name=name, isExecutable="true")
    ids = {id(way): f"way_{n}" for n, way in enumerate(ways, 1)}
    for node in nodes:
        element = etree.SubElement(process, f"{{{BPMN}}}{node.tag}", id=node.id, **node.more)
        if node.name:
            element.set("name", node.name)
        for attribute, value in node.own.items():
            if value not in ("", None):
                element.set(f"{{{PKIP}}}{attribute}", str(value))
        for way in ways:
            if way.default and way.source == node.id:
                element.set("default", ids[id(way)])
        for tag, end in (("incoming", "target"), ("outgoing", "source")):
            for way in ways:
                if getattr(way, end) == node.id:
                    etree.SubElement(element, f"{{{BPMN}}}{tag}").text = ids[id(way)]
        if node.timer:
            etree.SubElement(element, f"{{{BPMN}}}timerEventDefinition", id=f"{node.id}_timer")
    for way in ways:
        element = etree.SubElement(
            process, f"{{{BPMN}}}sequenceFlow", id=ids[id(way)], sourceRef=way.source, targetRef=way.target
        )
        if way.name:
            element.set("name", way.name)
        if way.condition:
            condition = etree.SubElement(element, f"{{{BPMN}}}conditionExpression")
            condition.set(f"{{{_XSI}}}type", "bpmn:tFormalExpression")
            condition.text = way.condition
    diagram = etree.SubElement(root, f"{{{BPMNDI}}}BPMNDiagram", id="diagram")
    plane = etree.SubElement(diagram, f"{{{BPMNDI}}}BPMNPlane", id="plane", bpmnElement=key)
    for node in nodes:
        _shape(plane, node)
    places = {node.id: node for node in nodes}
    for number, way in enumerate(ways):
        _edge(plane, ids[id(way)], places[way.source], places[way.target], way, number)
    return etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8").decode()


def _shape(plane, node):
    width, height = node.size
    x, y = node.middle
    shape = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNShape", id=f"shape_{node.id}", bpmnElement=node.id)
    if node.tag == "exclusiveGateway":
        shape.set("isMarkerVisible", "true")
    _bounds(shape, x - width / 2, y - height / 2, width, height)
    if node.name and not node.tag.lower().endswith("task") and node.tag != "callActivity":
        label = etree.SubElement(shape, f"{{{BPMNDI}}}BPMNLabel")
        _bounds(label, x - 48, y + height / 2 + 4, 96, 28)


def _bounds(parent, x, y, width, height):
    etree.SubElement(parent, f"{{{_DC}}}Bounds", x=_n(x), y=_n(y), width=_n(width), height=_n(height))


def _edge(plane, way_id, source, target, way, number):
    edge = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNEdge", id=f"edge_{way_id}", bpmnElement=way_id)
    points = _points(source, target, way, number)
    for x, y in points:
        etree.SubElement(edge, f"{{{_DI}}}waypoint", x=_n(x), y=_n(y))
    if way.name:
        label = etree.SubElement(edge, f"{{{BPMNDI}}}BPMNLabel")
        middle = len(points) // 2
        (x1, y1), (x2, y2) = points[middle - 1], points[middle]
        if x1 == x2:  # beside an upright line, else above a level one
            _bounds(label, x1 + 4, (y1 + y2) / 2, 30, 14)
        else:
            _bounds(label, (x1 + x2) / 2 - 35, min(y1, y2) - 18, 70, 14)


def _points(source, target, way, number):
    (x1, y1), (x2, y2) = source.middle, target.middle
    (w1, h1), (w2, h2) = source.size, target.size
    if way.back or x2 <= x1:  # above everything, each at its own height
        height = _TOP - 75 - (number % 4) * 14
        return [(x1, y1 - h1 / 2), (x1, height), (x2, height), (x2, y2 - h2 / 2)]
    if y1 == y2:
        if target.column - source.column > 1:  # over what is skipped
            height = y1 + _ROW * way.below
            return [(x1, y1 + h1 / 2), (x1, height), (x2, height), (x2, y2 + h2 / 2)]
        return [(x1 + w1 / 2, y1), (x2 - w2 / 2, y2)]
    if source.tag.endswith("Gateway"):
        edge = y1 + (h1 / 2 if y2 > y1 else -h1 / 2)
        return [(x1, edge), (x1, y2), (x2 - w2 / 2, y2)]
    edge = y2 + (h2 / 2 if y1 > y2 else -h2 / 2)
    return [(x1 + w1 / 2, y1), (x2, y1), (x2, edge)]


def _n(value):
    return f"{value:g}"
