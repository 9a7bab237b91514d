"""Joiner, mover, leaver: what will happen is shown first, and is what happens (1.1)."""

import re

import pytest
import sqlalchemy as sa

from portal.identity import service as identity
from portal.identity.models import Person
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db, new_id
from portal.kernel.errors import Conflict, Invalid
from portal.workflow import service as workflow

pytestmark = pytest.mark.req("1.1")
DAY = clock.timedelta(days=1)


def _one(username):
    return db.session.scalars(sa.select(Person).where(Person.username == username)).one()


def test_a_newcomer_is_shown_first_then_gets_an_account_that_works_from_the_first_day(app, cast, as_client, clock_at):
    clock_at("2026-11-24 10:00")
    staff = as_client("edgars")
    form = {
        "given_name": "Jana", "family_name": "Priede", "username": "jana", "email": "jana@x.example",
        "position": "lietvede", "unit_id": str(cast.units["1"].id), "since": "25.11.2026", "roles": ["clerk"],
    }  # fmt: skip
    assert staff.post("/people/join", data=form | {"username": "anna"}).status_code == 422
    shown = staff.post("/people/join", data=form)
    assert 'id="plan"' in shown.text and "25.11.2026" in shown.text and "Lietvedis" in shown.text
    assert db.session.scalar(sa.select(Person.id).where(Person.username == "jana")) is None
    made = staff.post("/people/join", data=form | {"step": "do"})
    password = re.search(r'class="one-time">([^<]+)<', made.text).group(1)
    entry = {"username": "jana", "password": password}
    assert app.test_client().post("/sign-in", data=entry).status_code == 422
    clock_at("2026-11-25 08:00")
    identity.settle()
    db.session.commit()
    assert app.test_client().post("/sign-in", data=entry).status_code == 303
    assert identity.actor_for(_one("jana").id).can("documents.register")


def test_a_move_to_come_takes_effect_on_its_day_and_the_former_position_is_kept(cast, edgars, as_client, clock_at):
    clock_at("2026-12-01 10:00")
    staff, bruno = as_client("edgars"), cast.bruno.id
    head = next(row for row, name in identity.assignments_of(bruno) if row.role_key == "head")
    form = {
        "unit_id": str(cast.units["1"].id), "position": "kancelejas vadītājs", "first_day": "03.12.2026",
        "take": [str(head.id)], "give": ["clerk"],
    }  # fmt: skip
    shown = staff.post(f"/people/{bruno}/move", data=form).text
    assert "kancelejas vadītājs" in shown and "Attīstības nodaļa" in shown and "Lietvedis" in shown
    assert staff.post(f"/people/{bruno}/move", data=form | {"step": "do"}).status_code == 303
    actor = identity.actor_for(bruno)
    assert actor.has_role("head") and cast.units["2"].id in actor.unit_ids and not actor.has_role("clerk")
    clock_at("2026-12-03 00:05")
    assert identity.settle() >= 1
    actor = identity.actor_for(bruno)
    assert actor.has_role("clerk") and not actor.has_role("head") and actor.unit_ids == {cast.units["1"].id}
    assert identity.get_unit(cast.units["2"].id).head_id is None
    assert [row.position for row in identity.placements_of(bruno)] == ["kancelejas vadītājs", "nodaļas vadītājs"]


def test_nothing_to_change_is_said(cast, edgars):
    with pytest.raises(Invalid):
        identity.move(edgars, cast.pauls.id, cast.pauls.unit_id, "darbinieks", clock.today())


def test_whoever_leaves_is_out_after_the_last_day_and_the_work_goes_on(cast, edgars, as_client, clock_at, run_jobs):
    clock_at("2026-12-01 10:00")
    workflow.add_task(SYSTEM, "document.read", "document", new_id(), "Iepazīties", person_id=cast.bruno.id)
    db.session.commit()
    browser, staff = as_client("bruno"), as_client("edgars")
    form = {"last_day": "01.12.2026", "successor": "Līga Ozola"}
    shown = staff.post(f"/people/{cast.bruno.id}/leave", data=form).text
    assert "Līga Ozola" in shown and "Attīstības nodaļa" in shown
    assert staff.post(f"/people/{cast.bruno.id}/leave", data={**form, "successor": "Nav Tāda"}).status_code == 422
    assert staff.post(f"/people/{cast.bruno.id}/leave", data=form | {"step": "do"}).status_code == 303
    assert browser.get("/").status_code == 200, "the last day is still a working day"
    clock_at("2026-12-02 00:05")
    assert browser.get("/").status_code == 302
    run_jobs(periodic=True)
    assert [task.title for task in workflow.list_tasks(identity.actor_for(cast.liga.id))] == ["Iepazīties"]
    assert identity.get_unit(cast.units["2"].id).head_id == cast.liga.id
    assert "role:head" not in identity.actor_for(cast.bruno.id).keys
    assert identity.state_of(_one("bruno")) == "left"


def test_leaving_at_once_hands_over_at_once_and_nobody_closes_their_own_account(cast, edgars):
    workflow.add_task(SYSTEM, "document.read", "document", new_id(), "Iepazīties", person_id=cast.liga.id)
    identity.leave(edgars, cast.liga.id, clock.today() - DAY)
    assert [task.title for task in workflow.list_tasks(identity.actor_for(cast.bruno.id))] == ["Iepazīties"]
    with pytest.raises(Conflict):
        identity.leave(edgars, cast.edgars.id, clock.today())
