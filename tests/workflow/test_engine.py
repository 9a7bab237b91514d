"""The shipped flow walked step by step, and what a model may not do."""

from pathlib import Path

import pytest

from portal.workflow import engine
from portal.workflow.drawing import Node, Way, draw

XML = (Path(engine.__file__).parent / "flows" / "application.bpmn").read_text()
PEOPLE = {"head_id": "h", "responsible_id": "r", "unit_id": "u"}


def do(progress, step, **data):
    (ready,) = [ready for ready in progress.ready if ready.step.id == step]
    return engine.complete(XML, progress.state, ready.id, data)


def hear(progress, name, **data):
    return engine.message(XML, progress.state, name, data)


@pytest.fixture
def before_committee():
    return do(do(engine.start(XML, PEOPLE), "assign"), "prepare")


@pytest.mark.req("7.2", "12.3")
def test_the_application_goes_from_the_head_to_the_delivered_decision(before_committee):
    assert before_committee.current == ["committee"] and before_committee.waiting == ["committee_decided"]
    run = hear(before_committee, "committee_decided", outcome="supported")
    run = hear(run, "council_decided", outcome="adopted")
    assert run.current == ["signed"]
    run = hear(run, "decision_signed")
    run = do(run, "deliver", granted=True)
    run = hear(run, "delivery_finished", delivered=True)
    assert run.finished and run.done[-1] == "finished"


@pytest.mark.req("7.2")
def test_a_committee_that_rejects_sends_the_draft_back_to_the_employee(before_committee):
    run = hear(before_committee, "committee_decided", outcome="rejected")
    assert [ready.step.id for ready in run.ready] == ["prepare"]
    assert run.ready[0].data["responsible_id"] == "r"


@pytest.mark.req("7.2")
def test_a_council_that_rejects_makes_the_employee_answer_with_a_refusal(before_committee):
    run = hear(before_committee, "committee_decided", outcome="supported")
    run = hear(run, "council_decided", outcome="rejected")
    assert run.current == ["refuse"]
    run = hear(do(run, "refuse", granted=False), "delivery_finished", delivered=True)
    assert run.finished


@pytest.mark.req("7.2")
@pytest.mark.parametrize(("granted", "again"), [(True, "deliver"), (False, "refuse")])
def test_what_did_not_arrive_comes_back_to_the_one_who_sent_it(before_committee, granted, again):
    run = hear(before_committee, "committee_decided", outcome="supported")
    run = hear(run, "council_decided", outcome="adopted" if granted else "rejected")
    if granted:
        run = hear(run, "decision_signed")
    run = do(run, again, granted=granted)
    assert hear(run, "delivery_finished", delivered=False).current == [again]


def test_a_message_nobody_waits_for_changes_nothing(before_committee):
    assert hear(before_committee, "decision_signed") is None


def test_a_step_cannot_be_done_twice():
    first = engine.start(XML, PEOPLE)
    after = do(first, "assign")
    with pytest.raises(engine.FlowError, match="not open"):
        engine.complete(XML, after.state, first.ready[0].id, {})


def test_a_state_of_another_version_is_not_read_blindly():
    state = engine.start(XML, PEOPLE).state.replace('"pkip-1"', '"pkip-0"')
    with pytest.raises(engine.FlowError, match="pkip-0"):
        engine.message(XML, state, "committee_decided", {})


@pytest.mark.parametrize(
    "condition",
    ["__import__('os').system('true')", "(1).__class__", "[x for x in data]", "lambda: 1", "open", "9 ** 9"],
)
def test_a_condition_can_only_compare_data(condition):
    if condition == "open":  # a name is only ever looked up in the flow's data
        assert engine.evaluate(condition, {}) is None
        return
    with pytest.raises(engine.FlowError):
        engine.evaluate(condition, {})


def test_a_model_with_a_script_is_refused():
    script = '<bpmn:scriptTask id="evil"><bpmn:script>1</bpmn:script></bpmn:scriptTask></bpmn:process>'
    with pytest.raises(engine.FlowError, match="evil"):
        engine.start(XML.replace("</bpmn:process>", script), {})


def test_a_model_with_an_outside_entity_reads_nothing_from_disk():
    entity = '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    xml = XML.replace("<bpmn:definitions", f"{entity}<bpmn:definitions", 1)
    xml = xml.replace('name="Lieta pabeigta">', 'name="Lieta pabeigta"><bpmn:documentation>&e;</bpmn:documentation>')
    assert all("hostname" not in step.name for step in engine.steps(xml))


def test_the_picture_knows_every_step_and_its_place():
    found = engine.steps(XML)
    assert [step.id for step in found][:3] == ["received", "assign", "prepare"]
    assert found[1].kind == "case.assign" and found[1].term_days == 1 and found[1].x > 0


# --- all that a drawn flow may hold ---------------------------------------------------------------------------------


def drawn(nodes, ways, key="trial"):
    """A model from `tag id` and `from>to` words; a way may have a condition after `?`, `*` marks the default."""
    made = []
    for n, (what, own) in enumerate(nodes.items()):
        tag, node_id = what.split()
        more = {name: own[name] for name in ("attachedToRef", "calledElement") if name in own}
        mine = {name: value for name, value in own.items() if name not in more}
        made.append(Node(tag, node_id, node_id, n, own=mine, more=more, timer="wait" in own or "until" in own))
    lines = []
    for way in ways:
        ends, _sep, condition = way.partition("?")
        source, _sep, target = ends.strip().partition(">")
        lines.append(Way(source, target.strip("*"), condition=condition.strip(), default=target.endswith("*")))
    return draw(key, "Izmēģinājums", made, lines)


def names(run):
    return sorted(item.step.id for item in run.ready)


def answer(model, run, step, **data):
    (ready,) = [item for item in run.ready if item.step.id == step]
    return engine.complete(model, run.state, ready.id, data)


@pytest.mark.req("12.3")
def test_parallel_inclusive_and_exclusive_ways_timers_and_acts_go_as_drawn():
    model = drawn(
        {
            "startEvent begin": {},
            "inclusiveGateway fork": {},
            "userTask law": {"who": "role:clerk"},
            "task money": {"who": "role:clerk"},
            "inclusiveGateway join": {},
            "exclusiveGateway choice": {},
            "serviceTask tell": {"act": "notify", "who": "starter"},
            "intermediateCatchEvent pause": {"wait": "2"},
            "endEvent over": {},
        },
        [
            "begin>fork", "fork>law ? kind == 'contract' or amount > 5000", "fork>money ? amount > 1000", "fork>join*",
            "law>join", "money>join", "join>choice", "choice>tell ? law == 'Nē' or money == 'Nē'", "choice>pause*",
            "tell>over", "pause>over",
        ],
    )  # fmt: skip
    both = engine.start(model, {"kind": "contract", "amount": 2000})
    assert names(both) == ["law", "money"]
    assert names(answer(model, both, "law", law="Jā")) == ["money"]
    last = answer(model, answer(model, both, "law", law="Jā"), "money", money="Nē")
    assert names(last) == ["tell"] and last.ready[0].step.act == "notify"
    assert answer(model, last, "tell").finished
    none = engine.start(model, {"kind": "letter", "amount": None})  # a missing amount is not larger than anything
    assert none.waiting == ["timer:trial/pause"] and none.open[0].step.wait == 2 and not none.ready
    assert engine.message(model, none.state, "timer:trial/pause", {}).finished


@pytest.mark.req("12.3")
def test_a_timer_at_the_edge_of_a_step_takes_it_away():
    model = drawn(
        {
            "startEvent begin": {},
            "userTask ask": {"who": "starter"},
            "endEvent over": {},
            "boundaryEvent late": {"wait": "1", "attachedToRef": "ask"},
            "userTask head": {"who": "head"},
        },
        ["begin>ask", "ask>over", "late>head", "head>over"],
    )
    first = engine.start(model, {})
    assert names(first) == ["ask"] and first.current == ["ask"] and len(first.open) == 2
    assert answer(model, first, "ask").finished
    assert names(engine.message(model, first.state, "timer:trial/late", {})) == ["head"]


@pytest.mark.req("12.3")
def test_a_called_flow_runs_inside_and_its_answers_come_back():
    inner = drawn(
        {"startEvent begin": {}, "userTask check": {"who": "starter"}, "endEvent over": {}},
        ["begin>check", "check>over"],
        key="inner",
    )
    outer = drawn(
        {
            "startEvent begin": {},
            "callActivity part": {"calledElement": "inner"},
            "exclusiveGateway choice": {},
            "userTask more": {"who": "starter"},
            "endEvent over": {},
        },
        ["begin>part", "part>choice", "choice>more ? check == 'Nē'", "choice>over*", "more>over"],
    )
    model = engine.Model(outer, (("inner", inner),))
    run = engine.start(model, {"kind": "letter"})
    assert [(item.step.flow, item.step.id) for item in run.ready] == [("inner", "check")] and run.current == ["part"]
    assert names(answer(model, run, "check", check="Nē")) == ["more"]
    assert answer(model, run, "check", check="Jā").finished


def test_a_gateway_that_fits_no_way_says_its_name():
    model = drawn(
        {"startEvent begin": {}, "exclusiveGateway choice": {}, "endEvent a": {}, "endEvent b": {}},
        ["begin>choice", "choice>a ? kind == 'x'", "choice>b ? kind == 'y'"],
    )
    with pytest.raises(engine.FlowError, match="choice"):
        engine.start(model, {"kind": "z"})
