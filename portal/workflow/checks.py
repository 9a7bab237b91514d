"""What must be right in a flow before it is published."""

from dataclasses import dataclass

from lxml import etree

from portal.kernel.i18n import _
from portal.workflow import engine
from portal.workflow.conditions import FlowError, compared_texts, names
from portal.workflow.fields import FIELDS, OF_CASES
from portal.workflow.model import BPMN, BPMNDI, GATEWAYS, NODES, process_id, root_of, steps

_WITH_WHO = ("approve", "sign", "notify")


@dataclass(frozen=True)
class Finding:
    """Something wrong with a step or way. serious: the flow cannot be published with it."""

    element: str
    text: str
    serious: bool = True


def findings(xml, *, key, nobody=lambda who: "", flows=lambda key: None, fields=()):
    """List of what is wrong, in the order of the model.
    nobody: why a step's `who` names nobody, "" when it names somebody. flows: the model of a called flow, or None.
    fields: what may be asked for beside the fields of all documents."""
    try:
        if process_id(xml) != key:
            return [Finding(key, _("The process must keep the identifier “%(key)s”", key=key))]
        known = steps(xml)
        found = list(_Graph(xml, known, nobody, flows, fields).findings())
        if not any(finding.serious for finding in found):
            parts = _parts(xml, key, flows)
            engine.start(engine.Model(xml, parts), {})
    except FlowError as error:
        return [Finding(key, str(error))]
    return found


def _parts(xml, key, flows):
    found, waiting = {}, [xml]
    while waiting:
        for step in steps(waiting.pop()):
            if step.calls and step.calls not in found and step.calls != key:
                found[step.calls] = flows(step.calls)
                waiting.append(found[step.calls])
    return tuple(sorted(found.items()))


class _Graph:
    def __init__(self, xml, known, nobody, flows, fields):
        root = root_of(xml)
        self.process = root.find(f"{{{BPMN}}}process")
        self.steps = {step.id: step for step in known}
        self.nobody, self.flows = nobody, flows
        self.fields = {*FIELDS, *OF_CASES, *fields}
        self.nodes = {
            node.get("id"): node for node in self.process if isinstance(node.tag, str) and _tag(node) in NODES
        }
        self.ways = list(self.process.iter(f"{{{BPMN}}}sequenceFlow"))
        self.drawn = {
            shape.get("bpmnElement") for shape in root.iter(f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge")
        }
        self.next = {node_id: [] for node_id in self.nodes}
        for way in self.ways:
            if way.get("sourceRef") in self.next:
                self.next[way.get("sourceRef")].append(way.get("targetRef"))
        for node_id, node in self.nodes.items():
            if node.get("attachedToRef") in self.next:
                self.next[node.get("attachedToRef")].append(node_id)

    def name(self, node_id):
        node = self.nodes.get(node_id)
        return (node.get("name") if node is not None else "") or node_id

    def findings(self):
        starts = [node_id for node_id, node in self.nodes.items() if _tag(node) == "startEvent"]
        ends = [node_id for node_id, node in self.nodes.items() if _tag(node) == "endEvent"]
        if len(starts) != 1:
            yield Finding(self.process.get("id"), _("A flow has exactly one start"))
        if not ends:
            yield Finding(self.process.get("id"), _("The flow has no end"))
        yield from self._reached(starts, ends)
        for node_id, node in self.nodes.items():
            yield from self._node(node_id, node)
        yield from self._conditions()
        for element in [*self.nodes, *(way.get("id") for way in self.ways)]:
            if element not in self.drawn:
                yield Finding(element, _("“%(name)s” is not on the diagram", name=self.name(element)))

    def _reached(self, starts, ends):
        reached = _walk(starts, self.next)
        back = {node_id: [] for node_id in self.nodes}
        for source, targets in self.next.items():
            for target in targets:
                back.setdefault(target, []).append(source)
        ending = _walk(ends, back)
        for node_id, node in self.nodes.items():
            if node_id not in reached:
                yield Finding(node_id, _("The flow never comes to “%(name)s”", name=self.name(node_id)))
            elif node_id not in ending and _tag(node) != "boundaryEvent":
                yield Finding(node_id, _("From “%(name)s” the flow never comes to an end", name=self.name(node_id)))

    def _node(self, node_id, node):
        tag, name = _tag(node), self.name(node_id)
        out = [way for way in self.ways if way.get("sourceRef") == node_id]
        if tag in ("exclusiveGateway", "inclusiveGateway") and len(out) > 1:
            for way in out:
                is_default = node.get("default") == way.get("id")
                if not is_default and way.find(f"{{{BPMN}}}conditionExpression") is None:
                    target = self.name(way.get("targetRef"))
                    text = _("A way from “%(name)s” to “%(target)s” has no condition", name=name, target=target)
                    yield Finding(way.get("id"), text)
            if not node.get("default"):
                yield Finding(node_id, _("“%(name)s”: choose the way that is taken when no condition holds", name=name))
        elif tag not in GATEWAYS and len(out) > 1:
            yield Finding(node_id, _("From “%(name)s” goes more than one way; put a gateway there", name=name))
        step = self.steps.get(node_id)
        if step is not None:
            yield from self._step(step)

    def _step(self, step):
        if step.tag in ("userTask", "task", "manualTask") or step.act in _WITH_WHO:
            if not (step.who or step.person or step.role or step.unit):
                yield Finding(step.id, _("“%(name)s”: nobody is to do it", name=step.name))
            elif step.who and (why := self._why(step.who)):
                yield Finding(step.id, _("“%(name)s”: nobody can do it, %(why)s", name=step.name, why=why))
        if step.tag in ("userTask", "task", "manualTask") and step.name == step.id:
            yield Finding(step.id, _("A step has no name"))
        node = self.nodes.get(step.id)
        has_timer = node is not None and node.find(f"{{{BPMN}}}timerEventDefinition") is not None
        if has_timer and not step.is_timer:
            yield Finding(step.id, _("“%(name)s”: say how long it waits", name=step.name))
        if step.until and step.until not in self.fields and not step.until[:4].isdecimal():
            yield Finding(step.id, _("“%(name)s”: there is no field “%(field)s”", name=step.name, field=step.until))
        if step.tag == "callActivity":
            if step.calls == step.flow:
                yield Finding(step.id, _("“%(name)s”: a flow cannot call itself", name=step.name))
            elif not step.calls or self.flows(step.calls) is None:
                yield Finding(step.id, _("“%(name)s”: choose a published flow to call", name=step.name))

    def _why(self, who):
        kind, _sep, value = who.partition(":")
        if kind == "field":
            return "" if value in self.fields else _("there is no such field")
        if kind not in ("starter", "head", "role", "unit", "person"):
            return _("the step does not say who")
        return self.nobody(who)

    def _conditions(self):
        known = {*self.fields, *self.nodes}
        for way in self.ways:
            condition = way.find(f"{{{BPMN}}}conditionExpression")
            if condition is None:
                continue
            where = self.name(way.get("sourceRef"))
            for field in sorted(names(condition.text) - known):
                if not self._in_called(field):
                    text = _(
                        "The condition after “%(name)s” asks for “%(field)s”, which nobody gives",
                        name=where,
                        field=field,
                    )
                    yield Finding(way.get("id"), text)
            for field, text in compared_texts(condition.text):
                step = self.steps.get(field)
                if step is not None and step.ways and text not in step.ways:
                    words = _(
                        "The condition after “%(name)s”: “%(step)s” is never answered with “%(text)s”",
                        name=where,
                        step=step.name,
                        text=text,
                    )
                    yield Finding(way.get("id"), words)

    def _in_called(self, field):
        for step in self.steps.values():
            inner = self.flows(step.calls) if step.calls and step.calls != step.flow else None
            if inner and field in {one.id for one in steps(inner)}:
                return True
        return False


def _walk(starts, ways):
    seen, waiting = set(starts), list(starts)
    while waiting:
        for target in ways.get(waiting.pop(), ()):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def _tag(node):
    return etree.QName(node).localname
