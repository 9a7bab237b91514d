"""The register of users: people, units, groups, roles with dates; finding among many; doubles; suspension (1.1)."""

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.identity import service as identity
from portal.identity.models import ActorKey, Person
from portal.identity.models.people import person_keys
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db, new_id
from portal.kernel.errors import Conflict, Forbidden, Invalid

pytestmark = pytest.mark.req("1.1")
DAY = clock.timedelta(days=1)
CODE = "32000000017"


@pytest.fixture
def add(cast):
    def make(username, given="Jana", family="Priede", **more):
        return identity.add_person(SYSTEM, given, family, f"{username}@x.example", "speciāliste",
                                   cast.units["2"].id, username, None, **more)  # fmt: skip

    return make


def _keys(person_id):
    return {
        row.name: row.until for row in db.session.scalars(sa.select(ActorKey).where(ActorKey.person_id == person_id))
    }


# --- finding ----------------------------------------------------------------------------------------------------------


def test_people_are_found_by_parts_of_words_without_marks_and_by_personal_code(add, edgars):
    person = add("jana.priede", personal_code="320000-00017")
    for text in ("kalnin bruno", "ATTĪSTĪBAS" and "nodalas vad", "bruno@ozol"):
        assert [one.username for one in identity.find_people(edgars, {"q": text})] == ["bruno"], text
    assert [one.id for one in identity.find_people(edgars, {"q": CODE})] == [person.id]
    assert not identity.find_people(edgars, {"q": "%"}).rows


def test_the_list_is_filtered_by_unit_with_those_below_by_role_group_and_state(add, cast, edgars):
    below = identity.add_unit(SYSTEM, "Projektu grupa", "2-1", cast.units["2"].id)
    person = identity.add_person(SYSTEM, "A", "Ābele", "a@x.example", "", below.id, "abele", None)
    found = [one.username for one in identity.find_people(edgars, {"unit": str(cast.units["2"].id)})]
    assert found == ["abele", "bruno", "liga"]
    assert [one.username for one in identity.find_people(edgars, {"role": "head"})] == ["bruno"]
    group = identity.add_group(edgars, "krize", "Krīzes vadības grupa")
    identity.add_member(edgars, group.id, person.id)
    assert [one.username for one in identity.find_people(edgars, {"group": str(group.id)})] == ["abele"]
    identity.suspend(edgars, person.id, "pārbaude")
    assert [one.username for one in identity.find_people(edgars, {"state": "suspended"})] == ["abele"]
    assert "abele" not in [one.username for one in identity.find_people(edgars)]


def test_a_page_of_twenty_thousand_people_costs_as_few_queries_as_of_ten(cast, as_client, edgars, count_queries):
    unit_id = cast.units["1"].id
    rows = [
        {"id": new_id(), "username": f"p{n:05}", "given_name": "Vārds", "family_name": f"Uzvārds{n:05}", "position": "",
         "email": f"p{n}@x.example", "unit_id": unit_id, "active": True, "language": "lv", "password_hash": "",
         **person_keys("Vārds", f"Uzvārds{n:05}", f"p{n:05}", "", "")}
        for n in range(20_000)
    ]  # fmt: skip
    db.session.execute(sa.insert(Person), rows)
    db.session.commit()
    with count_queries() as seen:
        page = identity.find_people(edgars, {"q": "uzvards"})
    assert len(page) == 50 and page.next and len([one for one in seen if one.startswith("SELECT")]) == 1
    second = identity.find_people(edgars, {"q": "uzvards"}, page.next)
    assert second.rows[0].username == "p00050"
    began = clock.real_now()
    for text in ("uzvards199", "vards uzvards19999", "nav"):
        identity.find_people(edgars, {"q": text})
    assert (clock.real_now() - began).total_seconds() / 3 < 0.25  # the budget of 50 ms is the benchmark's to hold
    browser = as_client("edgars")
    answer = browser.get(f"/people?q=uzvards&after={page.next}", headers={"HX-Request": "true"})
    assert "p00050" in answer.text and "<html" not in answer.text
    assert browser.get("/people?after=junk").status_code == 422


# --- data -------------------------------------------------------------------------------------------------------------


def test_a_personal_code_is_kept_encrypted_masked_and_shown_only_for_a_purpose(add, edgars, as_client, pauls):
    person = add("jana", personal_code=CODE)
    raw = db.session.execute(sa.text("SELECT personal_code FROM person WHERE username = 'jana'")).scalar()
    assert CODE.encode() not in bytes(raw)
    db.session.commit()
    staff = as_client("edgars")
    page = staff.get(f"/people/{person.id}").text
    assert CODE not in page and "•••••••0017" in page
    assert staff.post(f"/people/{person.id}/code", data={"purpose": " "}).status_code == 422
    assert "320000-00017" in staff.post(f"/people/{person.id}/code", data={"purpose": "līguma sagatavošana"}).text
    shown = db.session.scalars(sa.select(AuditRecord).where(AuditRecord.action == "person.code_shown")).one()
    assert shown.purpose == "līguma sagatavošana"
    with pytest.raises(Forbidden):
        identity.reveal_code(pauls, person.id, "ziņkāre")
    with pytest.raises(Invalid) as error:
        add("jana2", personal_code=CODE)
    assert error.value.field == "personal_code"


def test_data_are_mended_on_the_page_and_the_log_does_not_tell_the_code(add, as_client):
    person = add("jana")
    db.session.commit()
    staff = as_client("edgars")
    wrong = {"given_name": "Jana", "family_name": "Priede", "email": "j@x.example", "username": "Bruno!"}
    assert staff.post(f"/people/{person.id}/edit", data=wrong).status_code == 422
    right = wrong | {"username": "jana.priede", "phone": "+371 20000000", "personal_code": "320000-00017"}
    assert staff.post(f"/people/{person.id}/edit", data=right).status_code == 303
    record = db.session.scalars(sa.select(AuditRecord).where(AuditRecord.action == "person.changed")).one()
    assert "20000000" in record.new_json and CODE not in record.new_json


# --- roles, groups, units ---------------------------------------------------------------------------------------------


def test_a_role_counts_from_its_first_day_to_its_last(add, edgars, clock_at):
    clock_at("2026-11-24 10:00")
    person, today = add("jana"), clock.today()
    identity.give_role(edgars, person.id, "clerk", today + DAY, today + 2 * DAY)
    identity.settle()
    assert not identity.actor_for(person.id).has_role("clerk")
    for text, holds in (("2026-11-25 00:01", True), ("2026-11-26 23:00", True), ("2026-11-27 00:01", False)):
        clock_at(text)
        identity.settle()
        assert identity.actor_for(person.id).has_role("clerk") is holds, text
    assert identity.settle() == 0


def test_a_role_is_taken_and_its_history_stays(add, edgars):
    person = add("jana")
    given = identity.give_role(edgars, person.id, "clerk")
    identity.take_role(edgars, given.id)
    assert not identity.actor_for(person.id).can("documents.register")
    assert [name for _row, name in identity.assignments_of(person.id)] == ["Lietvedis"]
    with pytest.raises(Conflict):
        identity.take_role(edgars, given.id)


def test_a_group_gives_its_members_a_key_and_its_roles_while_it_lasts(add, edgars, as_client):
    person, today = add("jana"), clock.today()
    group = identity.add_group(edgars, "arhivs", "Arhīva komisija", roles=["clerk"], until=today + 5 * DAY)
    member = identity.add_member(edgars, group.id, person.id)
    held = _keys(person.id)
    assert held[f"group:{group.id}"] == held["can:documents.register"] == today + 5 * DAY
    with pytest.raises(Invalid):
        identity.add_member(edgars, group.id, person.id)
    identity.change_group(edgars, group.id, code="arhivs", name="Arhīva komisija", since=None, until=None, roles=[])
    assert "role:clerk" not in _keys(person.id)
    identity.end_member(edgars, member.id)
    assert f"group:{group.id}" not in _keys(person.id)
    db.session.commit()
    page = as_client("edgars").post("/people/groups", data={"name": "Cita", "code": "arhivs"})
    assert page.status_code == 422 and "Cita" in page.text


def test_units_make_a_tree_that_cannot_bite_its_tail_and_a_unit_with_people_does_not_end(cast, edgars):
    below = identity.add_unit(edgars, "Projektu grupa", "2-1", cast.units["2"].id)
    lines = [(line.unit.index, line.depth, line.people) for line in identity.unit_tree(edgars)]
    assert lines == [("1", 0, 2), ("2", 0, 2), ("2-1", 1, 0), ("3", 0, 3)]
    change = {"name": "Attīstības nodaļa", "index": "2", "since": None}
    with pytest.raises(Invalid) as error:
        identity.change_unit(edgars, cast.units["2"].id, parent_id=below.id, until=None, **change)
    assert error.value.field == "parent_id"
    with pytest.raises(Invalid) as error:
        identity.change_unit(edgars, cast.units["2"].id, parent_id=None, until=clock.today(), **change)
    assert error.value.field == "until"


# --- accounts ---------------------------------------------------------------------------------------------------------


def test_suspension_ends_what_is_open_at_once_for_the_administrators_account_too(cast, as_client, edgars):
    browser = as_client("pauls")
    second = identity.add_admin_account(edgars, cast.pauls.id, None)
    db.session.commit()
    staff = as_client("edgars")
    assert staff.post(f"/people/{cast.pauls.id}/suspend", data={}).status_code == 422
    assert staff.post(f"/people/{cast.pauls.id}/suspend", data={"reason": "aizdomas par uzlaušanu"}).status_code == 303
    assert browser.get("/").location.startswith("/sign-in")
    assert db.session.get_one(Person, second.id).active is False
    assert staff.post(f"/people/{cast.edgars.id}/suspend", data={"reason": "x"}).status_code == 409
    assert staff.post(f"/people/{cast.pauls.id}/reopen", data={"reason": "pārbaudīts"}).status_code == 303
    assert as_client("pauls").get("/").status_code == 200


@pytest.mark.req("LAW-151")
def test_administration_and_daily_work_have_separate_accounts(app, cast, edgars):
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], separate_admin_accounts=True)
    with pytest.raises(Invalid, match="administrator’s account|administratora kont"):
        identity.give_role(edgars, cast.pauls.id, "it")
    account = identity.add_admin_account(edgars, cast.pauls.id, None)
    assert account.owner_id == cast.pauls.id and account.username == "adm-pauls"
    identity.give_role(edgars, account.id, "it")
    with pytest.raises(Invalid):
        identity.give_role(edgars, account.id, "clerk")
    group = identity.add_group(edgars, "g", "Grupa", roles=["clerk"])
    with pytest.raises(Invalid):
        identity.add_member(edgars, group.id, account.id)
    with pytest.raises(Conflict):
        identity.add_admin_account(edgars, cast.pauls.id, None)


def test_two_accounts_of_one_person_become_one_and_nothing_is_lost_from_sight(add, cast, edgars, as_client):
    keep, double = add("jana", phone=""), add("jana2", phone="67000000", personal_code=CODE)
    identity.give_role(edgars, double.id, "clerk")
    identity.set_head(edgars, cast.units["1"].id, double.id)
    assert [[one.username for one in group] for group in identity.find_doubles(edgars)] == [["jana", "jana2"]]
    db.session.commit()
    staff = as_client("edgars")
    form = {"keep": str(keep.id), "double": str(double.id)}
    assert staff.post("/people/doubles", data=form).status_code == 422
    assert staff.post("/people/doubles", data=form | {"reason": "divreiz ievadīta"}).status_code == 303
    kept, closed = db.session.get_one(Person, keep.id), db.session.get_one(Person, double.id)
    assert (kept.phone, kept.personal_code) == ("67000000", CODE) and not closed.active
    actor = identity.actor_for(keep.id)
    assert actor.has_role("clerk") and f"person:{double.id}" in actor.keys
    assert identity.get_unit(cast.units["1"].id).head_id == keep.id
    assert identity.find_doubles(edgars) == []
    with pytest.raises(Conflict):
        identity.merge(edgars, keep.id, double.id, "vēlreiz")
    with pytest.raises(Conflict):
        identity.reopen(edgars, double.id, "vēlreiz")


def test_a_new_password_is_shown_once_ends_what_is_open_and_must_be_replaced(cast, as_client, app):
    browser, staff = as_client("pauls"), as_client("edgars")
    page = staff.post(f"/people/{cast.pauls.id}/password").text
    password = re.search(r'<code class="one-time">([^<]+)</code>', page).group(1)
    assert password not in staff.get(f"/people/{cast.pauls.id}").text
    assert browser.get("/").status_code == 302
    door = app.test_client()
    signed_in = door.post("/sign-in", data={"username": "pauls", "password": password})
    assert signed_in.status_code == 303 and "/sign-in/step" in signed_in.location
    assert "Izvēlieties savu paroli" in door.get("/sign-in/step").text
    assert door.get("/").status_code == 302  # nothing opens before
    same = door.post("/sign-in/step/password", data={"new_password": password})
    assert same.status_code == 422 and "Izvēlieties citu paroli" in same.text
    assert 'id="new_password-error"' in door.post("/sign-in/step/password", data={"new_password": "īsa"}).text
    assert door.post("/sign-in/step/password", data={"new_password": "trīs vītoli pie upes"}).status_code == 303
    assert door.get("/").status_code == 200
    again = app.test_client().post("/sign-in", data={"username": "pauls", "password": "trīs vītoli pie upes"})
    assert again.status_code == 303 and "/sign-in/step" not in again.location


# --- reports ----------------------------------------------------------------------------------------------------------


def test_the_report_says_who_may_do_what_and_why(add, cast, edgars, as_client):
    person = add("jana")
    group = identity.add_group(edgars, "g", "Arhīva komisija", roles=["clerk"])
    identity.add_member(edgars, group.id, person.id)
    page, reasons = identity.who_can(edgars, "documents.register")
    assert [one.username for one in page] == ["sarma", "bruno", "anna", "jana"]
    assert "Arhīva komisija" in reasons[person.id][0] and "Lietvedis" in reasons[person.id][0]
    explained = identity.explain(edgars, person.id)
    assert "documents.register" in {right.name for right in explained.rights}
    assert any("Attīstības nodaļa" in key.words for key in explained.opens)
    db.session.commit()
    text = as_client("edgars").get("/people/rights?permission=documents.register").text
    assert "Arhīva komisija" in text and "Lietvedis" in text


def test_why_a_person_sees_a_thing_is_told_without_its_title(cast, anna, edgars, as_client):
    from portal.documents import service as documents

    documents.install_registers()
    register = next(one for one in documents.list_registers(anna) if one.code == "iesniegumi")
    document = documents.register(anna, register.id, "Slepens virsraksts", clock.today(), author="Kāds")
    db.session.commit()
    sight = identity.why_sees(edgars, cast.anna.id, f"http://127.0.0.1:8000/documents/{document.id}?tab=files")
    assert sight.sees and any(key.held and key.reasons for key in sight.keys)
    assert str(cast.anna.id) in {str(person_id) for person_id, _name in sight.people}
    staff = as_client("edgars")
    page = staff.post(f"/people/{cast.dace.id}/access", data={"address": f"/documents/{document.id}"})
    assert page.status_code == 200 and 'id="sight"' in page.text and "Slepens" not in page.text
    assert staff.post(f"/people/{cast.dace.id}/access", data={"address": "/documents/nothing"}).status_code == 422
    assert as_client("pauls").get(f"/people/{cast.dace.id}/access").status_code == 403
