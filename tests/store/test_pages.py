"""The store's pages: what people see of it, and what IT staff set (14.1, 14.2)."""

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db
from portal.store import service as store
from portal.store.models import StoreGrant

pytestmark = pytest.mark.req("14.1", "14.2")


def test_it_staff_define_properties_give_access_and_people_read_what_they_were_given(a, cast, as_client, count_queries):
    it, liga = as_client("edgars"), as_client("liga")
    assert "Klašu vēl nav" in it.get("/store/setup").text
    assert it.post("/store/setup", data={"code": "Ā", "name": "Līgumi"}).status_code == 422
    assert it.post("/store/setup", data={"code": "contract", "name": "Līgumi"}).status_code == 303
    row = {"fields-0-key": "amount", "fields-0-name": "Summa", "fields-0-type": "decimal", "fields-0-required": "y"}
    wrong = it.post("/store/setup/sets/new", data={"code": "contract", "name": "Līgums", **row, "fields-1-name": "Bez",
                                                   "fields-1-type": "text"})  # fmt: skip
    assert wrong.status_code == 422 and 'value="Bez"' in wrong.text  # what was typed is kept
    spare = {"fields-1-type": "text"}
    assert (
        it.post("/store/setup/sets/new", data={"code": "contract", "name": "Līgums", **row, **spare}).status_code == 303
    )
    assert "versija 1" in it.get("/store/setup").text and 'value="amount"' in it.get("/store/setup/sets/contract").text

    told = {"class": "contract", "property_set": "contract", "properties": {"amount": "12.50"}, "level": "restricted"}
    kept = a.keep("Slepenais līgums", [("līgums.txt", b"saturs")], metadata={"creator": ["SIA Ceļi"]}, **told)
    a.ask("PATCH", f"/items/{kept['id']}", headers={"If-Match": "*"}, json={"metadata": {"subject": ["ceļi"]}})
    page, file = f"/store/items/{kept['id']}", f"/store/items/{kept['id']}/files/{kept['files'][0]['id']}"

    # IT staff see that it is there and who reads it, not what it says
    listed, shown = it.get("/store?class_code=contract").text, it.get(page).text
    assert "Lietvedība" in listed and "Slepenais" not in listed + shown and "SIA Ceļi" not in shown
    assert it.get(file).status_code == 404
    assert liga.get("/store").text.count("data-row") == 0
    assert liga.get(page).status_code == 404 and liga.get("/store/grants").status_code == 403

    unit = f"unit:{cast.units['2'].id}"
    given = {"owner": "lietvediba", "holder": unit, "class_code": "contract", "up_to_level": "restricted"}
    assert it.post("/store/grants", data={**given, "until": "1.1.2020"}).status_code == 422
    assert it.post("/store/grants", data={**given, "reason": "Uzraudzība"}).status_code == 303
    shown = liga.get(page).text
    assert "Slepenais līgums" in shown and "12.50" in shown and "SIA Ceļi" in shown and "ceļi" in shown
    assert liga.get(file).data == b"saturs"
    with count_queries() as seen:
        assert "Slepenais līgums" in liga.get("/store").text
    assert len(seen) <= 12
    read = db.session.scalars(
        sa.select(AuditRecord.action).where(
            AuditRecord.person_id == str(cast.liga.id), AuditRecord.action.like("store.%")
        )
    ).all()
    assert read.count("store.item_read") == 1 and read.count("store.file_read") == 1 and "store.refused" in read

    readers = it.get(page).text
    assert "Attīstības nodaļa" in readers and "Piešķirta tās klase" in readers
    assert (
        it.post(f"{page}/grants", data={"holder": "role:clerk", "until": f"{clock.today():%d.%m.%Y}"}).status_code
        == 303
    )
    anna = identity.actor_for(cast.anna.id)
    assert store.get_item(anna, kept["id"]).title == "Slepenais līgums"
    for grant in db.session.scalars(sa.select(StoreGrant)).all():
        assert it.post(f"/store/grants/{grant.id}/end").status_code == 303
    assert liga.get(page).status_code == 404 and liga.get(file).status_code == 404
    assert "Izbeigta" in it.get("/store/grants?ended=1").text
    assert it.post("/store/setup/classes/contract/off").status_code == 303
    a.keep("Vēl viens", **{"class": "contract"}, status=422)
