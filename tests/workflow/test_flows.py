"""Flows about documents: chosen, run, mended, killed; each ready flow passes its own checks."""

import io
import os
import pickle
import signal
import subprocess
import sys
import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa

from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock, jobs
from portal.kernel.access import SYSTEM, set_of
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from portal.kernel.events import Outbox
from portal.signing import service as signing
from portal.workflow import engine, ready
from portal.workflow import service as workflow
from portal.workflow.models import FlowRun, FlowStep, Task, TaskState
from portal.workflow.service import acts, flows
from tests.workflow.test_engine import drawn


@pytest.fixture
def letter(app, cast, anna):
    """A letter that Anna registered."""
    documents.install_registers()
    register = next(one for one in documents.list_registers(anna) if one.direction == "incoming")
    found = documents.register(anna, register.id, "Lūgums salabot ceļu", clock.today(), author="SIA Ceļš")
    db.session.commit()
    return found


def mine(actor, word):
    """The actor's open task with this word in its title."""
    return next(task for task in workflow.list_tasks(actor) if word in task.title)


def titles(actor):
    return [task.title.partition(":")[0] for task in workflow.list_tasks(actor)]


def own_flow(actor, key, nodes, ways):
    """A flow drawn and published."""
    definition = workflow.save_definition(actor, key, drawn(nodes, ways, key=key))
    db.session.commit()
    return definition


@pytest.mark.req("12.3", "7.2")
@pytest.mark.parametrize("key", [*ready.FLOWS, "application"])
def test_each_shipped_flow_passes_the_checks_before_publishing(cast, edgars, key):
    assert [finding.text for finding in workflow.check(edgars, key)] == []


@pytest.mark.req("12.3", "LAW-111")
def test_a_letter_goes_through_the_ready_flow_back_once_and_to_its_end(cast, anna, bruno, liga, letter, clock_at):
    clock_at("2026-11-24 10:00")
    run = workflow.start_for_document(anna, letter.id, "incoming")
    with pytest.raises(Conflict):
        workflow.start_for_document(anna, letter.id, "order")
    first = mine(bruno, "Nodot izpildei")
    assert first.due_on.isoformat() == "2026-11-25"
    db.session.commit()
    with pytest.raises(Invalid) as no_answer:
        workflow.complete(bruno, first.id)
    assert no_answer.value.field == "outcome"
    db.session.rollback()  # as the edge does
    with pytest.raises(Invalid) as no_reason:
        workflow.answer(bruno, first.id, "Atbilde nav vajadzīga")
    assert no_reason.value.field == "note"
    workflow.answer(bruno, first.id, "Nodot izpildei")
    (stuck,) = workflow.open_steps(anna)
    assert stuck.problem and stuck.name == "Sagatavot atbildi"  # nobody is responsible for the letter yet
    documents.assign(anna, letter.id, cast.liga.id)
    workflow.complete(liga, mine(liga, "Sagatavot atbildi").id)
    workflow.answer(bruno, mine(bruno, "Saskaņot atbildi").id, "Atgriezt", "Trūkst pielikuma")
    workflow.answer(bruno, mine(bruno, "Nodot izpildei").id, "Nodot izpildei")
    workflow.complete(liga, mine(liga, "Sagatavot atbildi").id)
    workflow.answer(bruno, mine(bruno, "Saskaņot atbildi").id, "Saskaņot")
    workflow.complete(anna, mine(anna, "Nosūtīt atbildi").id)
    db.session.commit()
    assert run.done_at is not None and workflow.flow_view("document", letter.id).done_at
    said = [(row.name, row.outcome, row.note) for row, _task in workflow.steps_of_run(run)]
    assert ("Saskaņot atbildi", "Atgriezt", "Trūkst pielikuma") in said and said[-1][0] == "Nosūtīt atbildi"
    times = {line.name: line.count for line in workflow.times_of("incoming")}
    assert times["Sagatavot atbildi"] == 2


@pytest.mark.req("12.3")
def test_who_is_to_do_a_step_sees_the_document_and_only_those_who_see_it_see_the_run(cast, anna, liga, pauls, letter):
    with pytest.raises(NotFound):
        documents.get_document(pauls, letter.id)
    own_flow(SYSTEM, "to_pauls",
        {"startEvent a": {}, "userTask read": {"who": f"person:{cast.pauls.id}", "term": "3"}, "endEvent z": {}},
        ["a>read", "read>z"],
    )  # fmt: skip
    run = workflow.start_for_document(anna, letter.id, "to_pauls")
    assert documents.get_document(pauls, letter.id).id == letter.id
    assert workflow.get_run(pauls, run.id).id == run.id and [row.run_id for row in workflow.open_steps(pauls)] == [
        run.id
    ]
    assert list(workflow.open_steps(liga)) == []
    with pytest.raises(NotFound):
        workflow.get_run(liga, run.id)


@pytest.mark.req("12.3")
def test_a_run_goes_on_with_its_own_version_and_with_that_of_the_flow_it_calls(cast, edgars, anna, letter):
    own_flow(
        edgars, "inner", {"startEvent a": {}, "userTask old": {"who": "starter"}, "endEvent z": {}}, ["a>old", "old>z"]
    )
    own_flow(edgars, "outer",
        {"startEvent a": {}, "userTask begin": {"who": "starter"}, "callActivity part": {"calledElement": "inner"},
         "endEvent z": {}},
        ["a>begin", "begin>part", "part>z"],
    )  # fmt: skip
    run = workflow.start_for_document(anna, letter.id, "outer")
    for key in ("inner", "outer"):
        own_flow(
            edgars, key, {"startEvent a": {}, "userTask new": {"who": "starter"}, "endEvent z": {}}, ["a>new", "new>z"]
        )
    db.session.expire_all()
    workflow.complete(anna, mine(anna, "begin").id)
    assert titles(anna) == ["old"] and workflow.flow_view("document", letter.id).current.id == "part"
    workflow.complete(anna, mine(anna, "old").id)
    assert db.session.get(FlowRun, run.id).done_at
    workflow.take_back(edgars, "outer", "Kļūda jaunajā versijā")
    action = workflow.start_action(anna, "outer", "Pārbaudīt vecu versiju")
    assert action.definition.version == 1
    workflow.take_back(edgars, "outer", "Arī veco vairs nevajag")
    with pytest.raises(Invalid):
        workflow.start_action(anna, "outer", "Vairs nekas")


@pytest.mark.req("12.3", "LAW-111")
def test_a_timer_in_working_days_goes_off_once_whoever_asks_and_however_often(cast, anna, letter, run_jobs, clock_at):
    clock_at("2026-11-26 10:00")  # a Thursday
    own_flow(SYSTEM, "waits",
        {"startEvent a": {}, "userTask ask": {"who": "starter"}, "endEvent z": {},
         "boundaryEvent late": {"wait": "2", "attachedToRef": "ask"}, "userTask head": {"who": "role:head"}},
        ["a>ask", "ask>z", "late>head", "head>z"],
    )  # fmt: skip
    workflow.start_for_document(anna, letter.id, "waits")
    db.session.commit()
    timer = db.session.scalar(sa.select(FlowStep).where(FlowStep.step == "late"))
    assert (
        clock.local(timer.fires_at).isoformat() == "2026-12-01T00:00:00+02:00"
    )  # two full working days: Friday, Monday
    clock_at("2026-11-30 23:00")
    run_jobs(periodic=True)
    assert titles(anna) == ["ask"]
    clock_at("2026-12-01 00:05")
    for _twice in range(2):
        jobs.queue(jobs.JOBS["workflow.fire_timer"].function, step_id=timer.id)
        run_jobs()
    assert titles(anna) == [] and titles(identity.actor_for(cast.bruno.id)) == ["head"]


@pytest.mark.req("12.3", "7.2")
def test_rules_choose_a_flow_in_their_order_and_a_broken_one_keeps_no_letter_from_its_number(cast, anna, edgars, liga):
    documents.install_registers()
    register = next(one for one in documents.list_registers(anna) if one.direction == "incoming")
    with pytest.raises(Forbidden):
        workflow.add_flow_rule(liga, "incoming", keyword="ceļ")
    with pytest.raises(Invalid):
        workflow.add_flow_rule(edgars, "incoming")
    wide = workflow.add_flow_rule(edgars, "incoming", register=register.code)
    narrow = workflow.add_flow_rule(edgars, "invoice", keyword="rēķins", sender="elektrum")

    def take_in(title, author="SIA Ceļš"):
        return documents.register(anna, register.id, title, clock.today(), author=author)

    first = take_in("Rēķins par novembri", "AS Elektrum")
    assert workflow.open_run("document", first.id).definition.key == "incoming"
    workflow.move_flow_rule(edgars, narrow.id, up=True)
    second, third = take_in("RĒĶINS Nr. 5", "AS „Elektrum”"), take_in("Rēķins", "SIA Cits")
    assert [workflow.open_run("document", one.id).definition.key for one in (second, third)] == ["invoice", "incoming"]
    assert workflow.try_flow_rules(anna, second.id)[1].id == narrow.id
    workflow.remove_flow_rule(edgars, wide.id)
    workflow.in_force(SYSTEM, "invoice")
    workflow.take_back(edgars, "invoice", "Pārstrādājam")
    assert take_in("Rēķins Nr. 6", "AS Elektrum").number and len(workflow.list_flow_rules(edgars)) == 1


@pytest.mark.req("12.3")
def test_what_is_stuck_stands_first_and_is_given_skipped_or_cancelled_with_a_reason(
    cast, anna, bruno, liga, pauls, letter
):
    run = workflow.start_for_document(anna, letter.id, "outgoing")
    workflow.complete(anna, mine(anna, "Sagatavot vēstuli").id)
    assert sorted(titles(anna) + titles(bruno)) == ["Pārbaudīt noformējumu", "Saskaņot vēstuli"]  # side by side
    head, clerk = workflow.open_steps(anna)
    with pytest.raises(NotFound):
        workflow.skip(pauls, head.id, "Steidzami", "Saskaņot")
    for wrong in ({"reason": ""}, {"reason": "Steidzami", "outcome": "?"}):
        with pytest.raises(Invalid):
            workflow.skip(anna, head.id, **wrong)
    workflow.give_step(anna, head.id, cast.liga.id)
    assert titles(liga) == ["Saskaņot vēstuli"] and titles(bruno) == []
    workflow.answer(liga, mine(liga, "Saskaņot").id, "Saskaņot")
    workflow.skip(anna, clerk.id, "Noformējums pārbaudīts iepriekš", "Noformēts pareizi")
    (sign,) = workflow.open_steps(anna)
    assert sign.act == "sign" and not sign.problem
    workflow.cancel_run(bruno, run.id, "Vēstule vairs nav vajadzīga")
    assert run.closed_reason == "Vēstule vairs nav vajadzīga" and list(workflow.open_steps(anna)) == []
    assert workflow.count_open(anna) == (0, 0, 0)


@pytest.mark.req("7.2", "12.3")
def test_an_action_without_a_document_and_one_of_a_case_run_through_a_flow(cast, anna, liga, pauls, bruno):
    case_id = uuid.uuid4()
    run = workflow.start_action(liga, "invoice", "Nopirkt datorus", "Trīs darba vietas", case_id)
    assert [one.id for one in workflow.runs_about("case", case_id)] == [run.id]
    workflow.answer(liga, mine(liga, "Pārbaudīt rēķinu").id, "Preces vai pakalpojums saņemts")
    assert workflow.get_action(bruno, run.about_id).details == "Trīs darba vietas"
    with pytest.raises(NotFound):
        workflow.get_action(pauls, run.about_id)
    workflow.answer(bruno, mine(bruno, "Akceptēt rēķinu").id, "Akceptēt")
    workflow.complete(anna, mine(anna, "Nodot apmaksai").id)
    assert run.done_at  # without an amount nobody asked the chair


def test_colleagues_who_see_the_case_see_its_flow(cast, liga, pauls, bruno):
    run = workflow.start_action(
        liga, "invoice", "Nopirkt datorus", case_id=uuid.uuid4(), access_set_id=set_of("unit:x")
    )
    seen_by = replace(pauls, keys=pauls.keys | {"unit:x"})
    assert workflow.get_action(seen_by, run.about_id)
    with pytest.raises(NotFound):
        workflow.get_action(pauls, run.about_id)


def test_what_waits_is_not_asked_for_twice_and_a_flow_that_cannot_go_on_undoes_nothing(
    cast, anna, letter, run_jobs, monkeypatch
):
    uploads, _problems = documents.receive_uploads(anna, [("projekts.txt", io.BytesIO(b"Projekts."))])
    documents.add_files(anna, letter.id, uploads)
    own_flow(SYSTEM, "asks",
        {"startEvent a": {}, "serviceTask ask": {"act": "approve", "who": f"person:{cast.bruno.id}"}, "endEvent z": {}},
        ["a>ask", "ask>z"],
    )  # fmt: skip
    workflow.start_for_document(anna, letter.id, "asks")
    run_jobs()
    step = db.session.scalar(sa.select(FlowStep).where(FlowStep.step == "ask"))
    assert step.about_id and step.problem is None
    with pytest.raises(Conflict):
        workflow.try_again(SYSTEM, step.id)

    def refuse(*_given, **_more):
        raise Conflict("nekur nav kur iet")

    monkeypatch.setattr(flows, "go_on", refuse)
    acts.finish_waiting(SYSTEM, step.about_id, True)
    db.session.refresh(step)
    assert step.done_at is None and step.problem == "nekur nav kur iet"


KILLED_AT_COMMIT = """
import os, pickle, signal, sys, uuid
import sqlalchemy as sa
from portal.app import create_app
from portal.kernel import jobs
from portal.kernel.db import db
settings, entry = pickle.load(open(sys.argv[1], "rb"))
app = create_app(settings)
with app.app_context():
    seen = []
    @sa.event.listens_for(db.session, "before_commit")
    def die(_session):
        seen.append(1)
        if len(seen) == 2:  # the first commit takes the job; this one would keep what it did
            os.kill(os.getpid(), signal.SIGKILL)
    jobs.perform(uuid.UUID(entry))
print("alive")
"""


@pytest.mark.req("12.3")
def test_a_worker_killed_in_the_middle_of_a_step_leaves_all_or_nothing_and_the_run_goes_on(
    app, cast, anna, letter, run_jobs, tmp_path
):
    own_flow(SYSTEM, "tells",
        {"startEvent a": {}, "serviceTask tell": {"act": "notify", "who": f"person:{cast.pauls.id}"},
         "userTask then": {"who": "starter"}, "endEvent z": {}},
        ["a>tell", "tell>then", "then>z"],
    )  # fmt: skip
    run_jobs()
    run = workflow.start_for_document(anna, letter.id, "tells")
    db.session.commit()
    before = run.state
    entry = db.session.scalar(sa.select(Outbox).where(Outbox.job == "workflow.perform_step", Outbox.state == "waiting"))
    note = tmp_path / "killed.pickle"
    note.write_bytes(pickle.dumps((app.extensions["pkip.settings"], str(entry.id))))
    db.session.commit()
    worker = subprocess.run([sys.executable, "-c", KILLED_AT_COMMIT, str(note)], capture_output=True, cwd=os.getcwd())
    assert worker.returncode == -signal.SIGKILL, worker.stderr.decode()
    db.session.expire_all()
    assert db.session.get(FlowRun, run.id).state == before
    assert db.session.get(Outbox, entry.id).state == "running" and titles(anna) == []
    db.session.get(Outbox, entry.id).leased_until = clock.real_now() - clock.timedelta(seconds=1)  # its time ran out
    db.session.commit()
    run_jobs()
    told = db.session.scalars(sa.select(Task).where(Task.kind == "document.read", Task.state == TaskState.OPEN)).all()
    assert [task.person_id for task in told] == [cast.pauls.id] and titles(anna) == ["then"]


@pytest.mark.req("12.3")
def test_drafts_are_kept_checked_published_and_restored(cast, edgars, liga):
    with pytest.raises(Forbidden):
        workflow.create(liga, "Mana plūsma")
    draft = workflow.create(edgars, "Ūdens skaitītāju pārbaude")
    assert draft.key == "udens_skaititaju_parbaude"
    with pytest.raises(Invalid):
        workflow.publish(edgars, draft.key)  # its only step has no name
    steps = [
        {"name": "Pārbaudīt", "who": "role:clerk", "days": 2, "answers": ["Der", "Neder"]},
        {"name": "Paziņot", "what": "notify", "who": "starter", "condition": "kind == 'letter'"},
    ]
    draft = workflow.save_steps(edgars, draft.key, draft.name, "Reizi gadā", steps, draft.version)
    with pytest.raises(Conflict):
        workflow.save_steps(edgars, draft.key, draft.name, "", steps, draft.version - 1)
    assert workflow.check(edgars, draft.key) == [] and workflow.publish(edgars, draft.key).version == 1
    broken = draft.xml.replace("kind == 'letter'", "koks == 'ozols'").replace("role:clerk", "role:nav")
    drawn_draft = workflow.save_drawing(edgars, draft.key, broken)
    assert drawn_draft.steps is None and not drawn_draft.is_published
    found = [finding.text for finding in workflow.check(edgars, draft.key)]
    assert len(found) == 2 and any("koks" in text for text in found)
    workflow.restore(edgars, draft.key, 1)
    assert workflow.get_draft(edgars, draft.key).steps[0]["answers"] == ["Der", "Neder"]
    with pytest.raises(Invalid):
        workflow.save_drawing(edgars, draft.key, broken.replace("userTask", "scriptTask"))


@pytest.mark.req("12.3")
def test_a_trial_walks_the_path_and_keeps_nothing(cast, edgars):
    xml = workflow.get_draft(edgars, "contract").xml
    rows = {table: db.session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (FlowRun, Task)}

    def walk(*answers, **data):
        return workflow.walk(edgars, xml, "contract", data, list(answers))

    assert [step.name for step in walk().open] == ["Sagatavot līgumu"]
    both = walk("contract.s1~done")
    assert {step.name for step in both.open} == {"Saskaņot līguma saturu", "Pārbaudīt rekvizītus"}
    agreed = ["contract.s1~done", "contract.s3~Saskaņot", "contract.s2~Saskaņot"]
    assert [step.name for step in walk(*agreed, amount=20000).open] == ["Saskaņot lielu summu"]
    assert [step.act for step in walk(*agreed, amount=5).open] == ["sign"]
    back = walk("contract.s1~done", "contract.s2~Atgriezt", "contract.s3~Saskaņot")
    assert [step.name for step in back.open] == ["Sagatavot līgumu"] and back.marks["s1"] == "current"
    assert walk(*agreed, "contract.s5~done", "contract.s6~done").finished
    assert rows == {
        table: db.session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (FlowRun, Task)
    }
    with pytest.raises(Invalid):
        walk("contract.s9~done")
    assert engine.state_version(db.session.scalar(sa.select(FlowRun.state)) or '{"serializer_version": 1}')


@pytest.mark.req("12.3", "12.4")
def test_approving_and_signing_come_back_to_the_flow_that_asked_for_them(cast, anna, bruno, run_jobs):
    documents.install_registers()
    register = next(one for one in documents.list_registers(anna) if one.code == "sanemtie")
    uploads, _problems = documents.receive_uploads(anna, [("projekts.txt", io.BytesIO(b"Projekts."))])
    paper = documents.register(anna, register.id, "Vienošanās projekts", clock.today(), uploads=uploads)
    own_flow(SYSTEM, "rounds",
        {"startEvent a": {}, "serviceTask ask": {"act": "approve", "who": f"person:{cast.bruno.id}"},
         "exclusiveGateway choice": {}, "userTask mend": {"who": "starter"},
         "serviceTask paper": {"act": "sign", "who": "role:chair"}, "endEvent z": {}},
        ["a>ask", "ask>choice", "choice>mend ? ask == 'refused'", "choice>paper*", "mend>ask", "paper>z"],
    )  # fmt: skip
    run = workflow.start_for_document(anna, paper.id, "rounds")
    run_jobs()
    (asked,) = signing.rounds_about(bruno, "document", paper.id)
    signing.answer_approval(bruno, asked.id, "returned", "Trūkst datuma")
    assert titles(anna)[-1] == "mend"
    workflow.complete(anna, mine(anna, "mend").id)
    run_jobs()
    signing.answer_approval(bruno, signing.latest_round("document", paper.id).id, "approved")
    run_jobs()
    janis = identity.actor_for(cast.janis.id)
    (request,) = signing.list_for_person(janis)
    signing.refuse(janis, request.id, "Nav pilnvarojuma")
    assert run.done_at and [row.outcome for row, _task in workflow.steps_of_run(run)][-1] == "refused"
