"""Substitutes: tasks and approvals are taken over, votes and signatures are not (1.1, 2.2)."""

import re

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db, new_id
from portal.kernel.errors import Forbidden, Invalid
from portal.workflow import service as workflow

pytestmark = pytest.mark.req("1.1")
DAY = clock.timedelta(days=1)


@pytest.fixture
def standing_in(cast, bruno):
    """Līga stands in for Bruno, the head of her unit, today and tomorrow."""
    today = clock.today()
    row = identity.add_substitution(bruno, cast.bruno.id, cast.liga.id, today, today + DAY, "atvaļinājums")
    db.session.commit()
    return row


def _selects(seen):
    return [statement for statement in seen if statement.startswith("SELECT")]


def _task(**whom):
    task = workflow.add_task(SYSTEM, "case.assign", "case", new_id(), "Piešķirt lietu", **whom)
    db.session.commit()
    return task


def test_the_work_list_has_the_tasks_of_those_one_stands_in_for_in_one_query(cast, liga, standing_in, count_queries):
    own = _task(person_id=cast.liga.id)
    of_bruno = _task(person_id=cast.bruno.id)
    of_heads = _task(role="head", unit_id=cast.units["2"].id)
    _task(role="head", unit_id=cast.units["1"].id)
    _task(person_id=cast.anna.id)
    with count_queries() as seen:
        found = workflow.list_tasks(liga)
    assert {task.id for task in found} == {own.id, of_bruno.id, of_heads.id} and len(_selects(seen)) == 1
    assert workflow.count_waiting(liga) == (3, 0)
    assert set(workflow.my_work(liga).for_whom.values()) == {"Bruno Kalniņš"}


def test_a_task_of_another_is_done_by_acting_for_them_and_both_names_are_kept(cast, as_client, standing_in):
    task = _task(person_id=cast.bruno.id)
    browser = as_client("liga")
    assert "Bruno Kalniņš" in browser.get("/").text
    page = browser.get(f"/tasks/{task.id}").text
    place = re.search(r'action="(/act-for/[^"]+)"', page).group(1)
    answer = browser.post(place, data={"next": f"/tasks/{task.id}"})
    assert answer.location == f"/tasks/{task.id}"
    assert "acting-note" in browser.get("/").text
    assert browser.post(f"/tasks/{task.id}/done", data={"note": "izdarīts"}).status_code == 303
    done = db.session.scalars(sa.select(AuditRecord).where(AuditRecord.action == "task.done")).one()
    assert (done.person_name, done.on_behalf_of_id) == ("Līga Ozola", str(cast.bruno.id))
    browser.post("/act-for/nobody")
    assert "acting-note" not in browser.get("/").text


def test_acting_ends_with_the_substitution_even_in_an_open_browser(cast, as_client, bruno, standing_in, clock_at):
    browser = as_client("liga")
    assert browser.post(f"/act-for/{cast.bruno.id}").status_code == 303
    assert "acting-note" in browser.get("/").text
    identity.end_substitution(bruno, standing_in.id)
    db.session.commit()
    assert "acting-note" not in browser.get("/").text
    assert browser.post(f"/act-for/{cast.bruno.id}").status_code == 403


def test_nobody_acts_for_somebody_before_or_after_the_days(cast, as_client, bruno, clock_at):
    clock_at("2026-11-24 10:00")
    today = clock.today()
    identity.add_substitution(bruno, cast.bruno.id, cast.liga.id, today + DAY, today + 2 * DAY)
    db.session.commit()
    browser = as_client("liga")
    assert browser.post(f"/act-for/{cast.bruno.id}").status_code == 403
    clock_at("2026-11-25 00:01")
    assert browser.post(f"/act-for/{cast.bruno.id}").status_code == 303
    clock_at("2026-11-27 00:01")
    assert "acting-note" not in browser.get("/").text


def test_votes_administration_and_the_log_are_never_handed_on(cast, edgars, as_client):
    today = clock.today()
    for person in (cast.janis, cast.dace, cast.edgars, cast.oskars):
        identity.add_substitution(edgars, person.id, cast.liga.id, today, today)
    for person in (cast.janis, cast.dace, cast.edgars, cast.oskars):
        actor = identity.actor_for(cast.liga.id, on_behalf_of_id=person.id)
        for permission in ("council.vote", "council.lead", "admin.people", "audit.read"):
            assert not actor.can(permission), (person.username, permission)
        assert not {"role:member", "role:chair", "role:it", "role:auditor"} & actor.keys
    db.session.commit()
    browser = as_client("liga")
    browser.post(f"/act-for/{cast.edgars.id}")
    assert browser.get("/people").status_code == 403


def test_those_who_administer_lose_that_while_they_act_for_another(cast, edgars, as_client):
    identity.add_substitution(edgars, cast.bruno.id, cast.edgars.id, clock.today(), clock.today())
    db.session.commit()
    browser = as_client("edgars")
    assert browser.get("/people").status_code == 200
    browser.post(f"/act-for/{cast.bruno.id}")
    assert browser.get("/people").status_code == 403


def test_who_may_appoint_and_what_is_refused(cast, bruno, liga, pauls, edgars):
    today = clock.today()
    identity.add_substitution(bruno, cast.liga.id, cast.pauls.id, today, today)  # the head, for one of the unit
    identity.add_substitution(edgars, cast.anna.id, cast.pauls.id, today, today)
    with pytest.raises(Forbidden):
        identity.add_substitution(pauls, cast.liga.id, cast.pauls.id, today, today)
    admin = identity.add_admin_account(edgars, cast.pauls.id, None)
    for substitute, since, until in (
        (cast.liga.id, today, today),
        (cast.pauls.id, today, today - DAY),
        (cast.pauls.id, today, today + 400 * DAY),
        (cast.pauls.id, today, today),
        (admin.id, today, today),
    ):
        with pytest.raises(Invalid):
            identity.add_substitution(liga, cast.liga.id, substitute, since, until)


def test_the_page_appoints_and_ends_and_suggests_people(cast, as_client):
    browser = as_client("bruno")
    today = f"{clock.today():%d.%m.%Y}"
    form = {"substitute": "Līga Ozola (liga)", "since": today, "until": today}
    assert browser.post("/substitutes", data=form | {"substitute": "kāds"}).status_code == 422
    assert browser.post("/substitutes", data=form).status_code == 303
    page = browser.get("/substitutes").text
    assert "Līga Ozola" in page
    end = re.search(r'action="(/substitutes/[^"]+/end)"', page).group(1)
    assert browser.post(end).status_code == 303
    assert "Līga Ozola (liga)" in browser.get("/people/suggest?substitute=ozo").text
    assert browser.post(f"/people/{cast.pauls.id}/substitutes", data=form).status_code == 403


def test_a_form_cannot_lead_to_another_site(cast, as_client, standing_in):
    browser = as_client("liga")
    for place in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        assert browser.post(f"/act-for/{cast.bruno.id}", data={"next": place}).location == "/"
