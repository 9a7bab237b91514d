"""The work list, taking and finishing tasks, over HTTP where a person does it."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Forbidden, Invalid, NotFound
from portal.workflow import service as workflow
from portal.workflow.models import Task, TaskState


def give(title="Izlasīt", **to):
    task = workflow.add_task(SYSTEM, "document.read", "letter", uuid.uuid4(), title, **to)
    db.session.commit()
    return task


@pytest.mark.req("12.5")
def test_the_work_list_holds_ones_own_the_roles_and_the_units_tasks_in_one_query(cast, liga, anna, count_queries):
    mine = give("Mans", person_id=cast.liga.id)
    unit = give("Nodaļas", unit_id=cast.units["2"].id)
    role = give("Lietvežu", role="clerk")
    elsewhere = give("Citas nodaļas", role="clerk", unit_id=cast.units["2"].id)
    with count_queries() as seen:
        found = {task.id for task in workflow.list_tasks(liga)}
    assert found == {mine.id, unit.id} and len([s for s in seen if "FROM task" in s]) == 1
    assert {task.id for task in workflow.list_tasks(anna)} == {role.id}
    assert elsewhere.id not in found


@pytest.mark.req("12.5")
def test_my_work_is_sorted_by_urgency(cast, liga):
    today = clock.today()
    for days, title in ((-2, "kavējas"), (0, "šodien"), (3, "nedēļā"), (30, "vēlāk"), (None, "bez termiņa")):
        give(title, person_id=cast.liga.id, due_on=None if days is None else today + timedelta(days=days))
    work = workflow.my_work(liga)
    assert [task.title for task in work.late + work.today + work.week] == ["kavējas", "šodien", "nedēļā"]
    assert [task.title for task in work.later] == ["vēlāk", "bez termiņa"] and work.total == 5


def test_a_role_task_that_one_has_taken_leaves_the_others_lists(cast, as_client):
    identity.give_role(SYSTEM, cast.pauls.id, "clerk")
    task = give(role="clerk")
    anna, pauls = as_client("anna"), as_client("pauls")
    assert anna.post(f"/tasks/{task.id}/claim").status_code == 303
    assert pauls.post(f"/tasks/{task.id}/done", data={}).status_code == 404
    assert anna.post(f"/tasks/{task.id}/done", data={"note": "Izlasīju"}).status_code == 303
    done = db.session.get(Task, task.id, populate_existing=True)
    assert (done.state, done.note, done.done_by_id) == (TaskState.DONE, "Izlasīju", cast.anna.id)


def test_a_task_is_done_once_and_only_by_its_person(cast, as_client, liga, pauls):
    task = give(person_id=cast.liga.id)
    assert as_client("pauls").get(f"/tasks/{task.id}").status_code == 404
    with pytest.raises(NotFound):
        workflow.complete(pauls, task.id)
    browser = as_client("liga")
    assert browser.post(f"/tasks/{task.id}/done", data={}).status_code == 303
    assert browser.post(f"/tasks/{task.id}/done", data={}).status_code == 403
    with pytest.raises(Forbidden):
        workflow.complete(liga, task.id)


def test_a_simple_task_shows_itself_and_the_list_shows_the_task(cast, as_client):
    task = give("Iepazīties ar rīkojumu", person_id=cast.liga.id)
    browser = as_client("liga")
    assert "Iepazīties ar rīkojumu" in browser.get("/").get_data(as_text=True)
    assert "Iepazīties ar rīkojumu" in browser.get(f"/tasks/{task.id}").get_data(as_text=True)


def test_a_task_without_anybody_is_refused(cast):
    with pytest.raises(Invalid):
        workflow.add_task(SYSTEM, "document.read", "letter", uuid.uuid4(), "Nevienam")


def test_the_same_open_task_is_not_made_twice(cast):
    about = uuid.uuid4()
    made = [workflow.add_task(SYSTEM, "document.read", "letter", about, "x", role="clerk") for _n in range(2)]
    assert made[0].id == made[1].id
    assert db.session.scalar(sa.select(sa.func.count(Task.id))) == 1


def test_signature_tasks_come_and_go(cast, liga):
    request_id = uuid.uuid4()
    for person in (cast.liga, cast.bruno):
        workflow.task_for_signature(SYSTEM, request_id, "decision", uuid.uuid4(), "Lēmums", person.id, clock.today())
    workflow.finish_signature_task(SYSTEM, request_id, cast.liga.id)
    assert workflow.list_tasks(liga) == []
    left = workflow.open_tasks_about("signature_request", request_id)
    assert [task.person_id for task in left] == [cast.bruno.id]


def test_a_flow_starts_once_closes_its_tasks_when_cancelled_and_keeps_its_trail(cast, bruno):
    about = uuid.uuid4()
    data = {"head_id": str(cast.bruno.id), "responsible_id": "", "unit_id": str(cast.units["2"].id)}
    run = workflow.start(SYSTEM, "application", "case", about, "KOK-2026-1", data)
    assert workflow.start(SYSTEM, "application", "case", about, "KOK-2026-1", data).id == run.id
    assert workflow.where("case", about) == "case.assign"
    assert workflow.signal(SYSTEM, "case", about, "committee_decided", {"outcome": "supported"}) is False
    workflow.cancel(SYSTEM, "case", about, "Klients atsauca")
    view = workflow.flow_view("case", about)
    assert view.closed_reason == "Klients atsauca" and view.steps[0].state == "done"
    assert workflow.list_tasks(bruno) == []
    with pytest.raises(NotFound):
        workflow.start(SYSTEM, "../../etc/passwd", "case", uuid.uuid4(), "x", {})


def test_only_it_staff_change_a_flow_and_a_bad_model_is_named(cast, liga, edgars):
    with pytest.raises(Forbidden):
        workflow.save_definition(liga, "application", "<x/>")
    with pytest.raises(Invalid):
        workflow.save_definition(edgars, "application", "<x/>")
