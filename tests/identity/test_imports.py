"""Imports of people: comparison by row, errors by row, applying, undoing (1.1)."""

import io

import pytest
import sqlalchemy as sa

from portal.identity import service as identity
from portal.identity.models import PeopleImport, Person
from portal.identity.service import imports
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid

pytestmark = pytest.mark.req("1.1")
TABLE = """lietotājvārds;vārds;uzvārds;e-pasts;tālrunis;amats;struktūrvienība;personas kods;lomas;līdz
jana;Jana;Priede;jana@x.example;67000000;lietvede;1;320000-00017;Lietvedis, employee;31.12.2030
pauls;;;pauls@jauns.example;-;;2;;;
anna;Anna;Liepiņa;anna@ozolpils.example;;;;;;
kļūda!;A;B;x;;;9;12;nav;32.13.2030
jana;Jana;Priede;jana@x.example;;;;;;
"""


def _person(username):
    return db.session.scalar(sa.select(Person).where(Person.username == username))


def _plan(edgars, text=TABLE):
    return identity.plan_import(edgars, "saraksts.csv", identity.read_table(text.encode()))


def test_a_table_is_compared_row_by_row_and_errors_stand_beside_their_row(cast, edgars):
    plan = _plan(edgars)
    assert [(row["line"], row["act"]) for row in plan.rows] == [
        (2, "add"), (3, "change"), (4, "same"), (5, "error"), (6, "error")]  # fmt: skip
    assert plan.rows[1]["changes"] == [["email", "pauls@ozolpils.example", "pauls@jauns.example"], ["unit", "3", "2"]]
    assert len(plan.rows[3]["errors"]) == 5 and "2" in plan.rows[4]["errors"][0]
    raw = db.session.execute(sa.text("SELECT rows_json FROM people_import")).scalar()
    assert b"32000000017" not in bytes(raw)
    assert _person("jana") is None


def test_applying_and_undoing_leave_the_register_as_it_was_but_for_later_changes(cast, edgars):
    plan = _plan(edgars)
    assert identity.apply_import(edgars, plan.id)
    jana, pauls = _person("jana"), _person("pauls")
    assert (jana.personal_code, jana.position, str(jana.until)) == ("32000000017", "lietvede", "2030-12-31")
    assert identity.actor_for(jana.id).can("documents.register") and jana.unit_id == cast.units["1"].id
    assert (pauls.email, pauls.unit_id) == ("pauls@jauns.example", cast.units["2"].id)
    assert identity.placements_of(pauls.id)[0].unit_id == cast.units["2"].id
    with pytest.raises(Conflict):
        identity.apply_import(edgars, plan.id)
    identity.change_person(edgars, pauls.id, email="pauls@pats.example")
    assert identity.undo_import(edgars, plan.id)
    assert (pauls.email, pauls.unit_id) == ("pauls@pats.example", cast.units["3"].id)
    assert db.session.get_one(PeopleImport, plan.id).kept == 1
    assert not jana.active and jana.personal_code is None and _person("jana") is None
    again = _plan(edgars)
    assert again.rows[0]["act"] == "add"


def test_a_comparison_that_is_out_of_date_is_not_applied(cast, edgars):
    plan = _plan(edgars)
    identity.change_person(edgars, cast.pauls.id, email="pauls@pats.example")
    with pytest.raises(Conflict):
        identity.apply_import(edgars, plan.id)


def test_files_of_other_shapes_are_read_and_no_tables_are_refused():
    rows = identity.read_table("username,given name\nāris,Āris\n".encode("cp1257"))
    assert rows == [{"username": "āris", "given_name": "Āris", "line": 2}]
    assert identity.read_table("username\tposition\nx\ty\n".encode("utf-16"))[0]["position"] == "y"
    for data in (b"", b"a;b\n1;2\n", "lietotājvārds\n".encode(), b"\x81\x00\xff\x8d"):
        with pytest.raises(Invalid):
            identity.read_table(data)


def test_the_pages_show_apply_and_take_back(cast, as_client, pauls):
    staff = as_client("edgars")
    assert staff.post("/people/imports", data={}).status_code == 422
    answer = staff.post("/people/imports", data={"file": (io.BytesIO(TABLE.encode()), "saraksts.csv")})
    place = answer.location
    page = staff.get(place).text
    assert "pauls@jauns.example" in page and "32000000017" not in page and "kļūda!" in page
    assert staff.post(f"{place}/apply").status_code == 303
    assert _person("jana") is not None
    assert staff.post(f"{place}/undo").status_code == 303
    assert _person("jana") is None
    assert staff.post(f"{place}/undo").status_code == 409
    with pytest.raises(Forbidden):
        identity.plan_import(pauls, "x", [{"username": "x"}])


def test_a_long_import_goes_on_in_the_background_in_short_transactions(cast, as_client, run_jobs, monkeypatch):
    monkeypatch.setattr(imports, "AT_ONCE", 10)
    lines = [f"p{n};Vārds;Uzvārds{n};p{n}@x.example" for n in range(35)]
    table = "\n".join(["lietotājvārds;vārds;uzvārds;e-pasts", *lines])
    staff = as_client("edgars")
    place = staff.post("/people/imports", data={"file": (io.BytesIO(table.encode()), "x.csv")}).location
    staff.post(f"{place}/apply")
    count = sa.select(sa.func.count()).select_from(Person).where(Person.username.like("p%"), Person.active)
    assert db.session.scalar(count) == 11 and 'hx-trigger="every 2s"' in staff.get(place).text
    run_jobs()
    assert db.session.scalar(count) == 36
    staff.post(f"{place}/undo")
    run_jobs()
    assert db.session.scalar(count) == 1


def test_what_is_exported_is_read_again_without_a_difference(cast, as_client, edgars):
    data = as_client("edgars").get("/people/export.csv").data
    plan = identity.plan_import(edgars, "x", identity.read_table(data))
    assert (plan.added, plan.changed, plan.faulty, plan.same) == (0, 0, 0, 9), plan.rows
    assert clock.today()
