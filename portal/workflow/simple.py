"""Simple flows: an ordered list of steps, turned into BPMN with a diagram.

A step: {"name", "what", "who", "days", "answers", "condition", "parallel", "help", "body"}. what: `task`, `wait`, or an
act of `model.ACTS`. answers: words; the first goes on, every other sends the flow back to its first step (from the
first step itself: to an end). parallel: at the same time as the step before it. condition: done only when it holds.
"""

from typing import Any

from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.workflow.conditions import FlowError, names
from portal.workflow.drawing import Node, Way, draw
from portal.workflow.model import ACT_OUTCOMES, ACTS, BAD

WHATS = ("task", "wait", *ACTS)
MOST_STEPS = 30
FIRST: dict[str, Any] = {
    "name": "",
    "what": "task",
    "who": "starter",
    "days": None,
    "answers": [],
    "condition": "",
    "parallel": False,
    "help": "",
    "body": "",
}


def tidy(steps):
    """The steps with all their fields, checked for shape. Raises Invalid("steps-<n>-<field>")."""
    made = []
    for n, step in enumerate(step for step in steps if (step.get("name") or "").strip()):
        one = {**FIRST, **{name: step[name] for name in FIRST if step.get(name) is not None}}
        one["name"] = " ".join(one["name"].split())[:200]
        if one["what"] not in WHATS:
            raise Invalid(_("Choose what is done"), field=f"steps-{n}-what")
        if one["condition"]:
            try:
                names(one["condition"])
            except FlowError as error:
                raise Invalid(str(error), field=f"steps-{n}-condition") from error
        if one["what"] == "wait" and not one["days"]:
            raise Invalid(_("Say how many working days to wait"), field=f"steps-{n}-days")
        one["answers"] = [word for word in (" ".join(str(word).split()) for word in one["answers"]) if word][:6]
        one["parallel"] = bool(one["parallel"] and made)
        made.append(one)
    if not made:
        raise Invalid(_("A flow needs at least one step"), field="steps-0-name")
    if len(made) > MOST_STEPS:
        raise Invalid(_("A flow may have at most %(max)s steps", max=MOST_STEPS), field=f"steps-{MOST_STEPS}-name")
    return made


def to_bpmn(key, name, steps):
    """The BPMN of a list of steps."""
    return _Layout(key, name, [{**FIRST, **step} for step in steps]).draw()


class _Layout:
    """Goes along the list from left to right and puts nodes and ways."""

    def __init__(self, key, name, steps):
        self.key, self.name = key, name
        self.groups = []
        for n, step in enumerate(steps, 1):
            if step["parallel"] and self.groups:
                self.groups[-1].append((f"s{n}", step))
            else:
                self.groups.append([(f"s{n}", step)])
        self.nodes, self.ways, self.column = [], [], 0
        self.tail = []  # the ways that wait for their target: (source, name, condition, default)
        self.first = None

    def draw(self):
        self._put(Node("startEvent", "begin", _("Start"), 0))
        loops = any(_can_say_no(step) for group in self.groups[1:] for _id, step in group)
        if loops and (len(self.groups[0]) > 1 or self.groups[0][0][1]["condition"]):
            self._put(Node("exclusiveGateway", "again", "", self.column))
            self.first = "again"
        for number, group in enumerate(self.groups, 1):
            self._group(number, group)
        self._put(Node("endEvent", "finish", _("End"), self.column))
        return draw(self.key, self.name, self.nodes, self.ways)

    def _put(self, node, advance=True):
        self.nodes.append(node)
        for source, name, condition, default, below in self.tail:
            self.ways.append(Way(source, node.id, name, condition, default, below=below))
        self.tail = [(node.id, "", "", False, 0.62)]
        if advance:
            self.column += 1

    def _group(self, number, group):
        if len(group) > 1:
            self._side_by_side(number, group)
        else:
            self._one(number, *group[0])

    def _one(self, number, step_id, step):
        skip = []
        if step["condition"]:
            self._put(Node("exclusiveGateway", f"if{number}", "", self.column))
            skip = [(f"if{number}", _("otherwise"), "", True, 0.62)]
            self.tail = [(f"if{number}", _("if needed"), step["condition"], False, 0.62)]
        self._put(_node(step_id, step, self.column))
        self.first = self.first or step_id
        self._no(number, [(step_id, step)])
        if skip:
            self.tail = [*self.tail, *skip]
            self._put(Node("exclusiveGateway", f"go{number}", "", self.column))

    def _side_by_side(self, number, group):
        conditional = any(step["condition"] for _id, step in group)
        tag = "inclusiveGateway" if conditional else "parallelGateway"
        fork, join = f"fork{number}", f"join{number}"
        self._put(Node(tag, fork, "", self.column))
        self.first = self.first or fork
        for row, (step_id, step) in enumerate(group):
            self.nodes.append(_node(step_id, step, self.column, row))
            condition = (step["condition"] or "True") if conditional else ""
            self.ways.append(Way(fork, step_id, condition=condition))
        self.column += 1
        self.tail = [(step_id, "", "", False, 0.62) for step_id, _step in group]
        if conditional and all(step["condition"] for _id, step in group):
            self.tail.append((fork, _("otherwise"), "", True, len(group) - 0.4))
        self._put(Node(tag, join, "", self.column))
        self._no(number, group)

    def _no(self, number, group):
        """What happens when somebody says no: back to the first step, from the first step to an end."""
        noes = [condition for step_id, step in group for condition in _no_of(step_id, step, len(group) > 1)]
        if not noes:
            return
        condition = " or ".join(noes)
        gateway = f"result{number}"
        self._put(Node("exclusiveGateway", gateway, _("Agreed?"), self.column))
        if number == 1:
            self.nodes.append(Node("endEvent", "refused", _("Not agreed"), self.column, 1))
            self.ways.append(Way(gateway, "refused", _("no"), condition))
        else:
            self.ways.append(Way(gateway, self.first, _("no"), condition, back=True))
        self.tail = [(gateway, _("yes"), "", True, 0.62)]


def _can_say_no(step):
    return len(step["answers"]) > 1 or len(ACT_OUTCOMES.get(step["what"], ())) > 1


def _no_of(step_id, step, beside):
    """Conditions under which the step said no. beside others it may have been skipped this time, with an old answer."""
    words = step["answers"][1:] if step["what"] == "task" else []
    if step["what"] != "task" and _can_say_no(step):
        words = [BAD]
    for word in words:
        asked = f"({step['condition']}) and " if beside and step["condition"] else ""
        yield f"{asked}{step_id} == {_quoted(word)}"


def _plain(word):
    """An answer without the signs that separate answers and end texts in conditions."""
    return word.replace("|", "/").replace("'", "’").replace("\\", "")


def _quoted(text):
    return f"'{_plain(text)}'"


def _node(step_id, step, column, row=0):
    what = step["what"]
    if what == "wait":
        own = {"wait": step["days"]}
        return Node("intermediateCatchEvent", step_id, step["name"], column, row, own, timer=True)
    own = {"who": step["who"], "term": step["days"], "help": step["help"]}
    if what == "task":
        own["outcomes"] = "|".join(
            word.replace("|", "/").replace("'", "’").replace("\\", "") for word in step["answers"]
        )
        return Node("userTask", step_id, step["name"], column, row, own)
    own |= {"act": what, "body": step["body"]}
    return Node("serviceTask", step_id, step["name"], column, row, own)
