"""Filing plans by year, tables in and out, documents in their dossiers (12.2; LAW-93..97, R282-20..30)."""

import io
import re
from datetime import date

import pytest
from openpyxl import load_workbook

from portal.documents import service as documents
from portal.documents.models import Dossier, FilingPlan
from portal.documents.models.plans import place_key
from portal.documents.service.plan_tables import read_retention
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid

TABLE = """indekss;nosaukums;līmenis;glabāšanas termiņš;atzīme;struktūrvienība;nesējs;pārejoša
1;Pārvalde;jā;;;;;
1-1;Domes lēmumi;;pastāvīgi;;1;elektronisks;
1-2;Sarakste ar iestādēm;;5 gadi;EK;1;elektronisks un papīra;
1-10;Līgumi;;10 gadi pēc: līguma izbeigšanas;;;papīra;jā
1-2;Divreiz;;5 gadi;;;;
1-3;Bez termiņa;;drīz;;99;ādas;
"""


def _text(response):
    return response.get_data(as_text=True)


def _bring(browser, plan_id, name, data, run_jobs):
    url = f"/documents/plans/{plan_id}/import"
    response = browser.post(url, data={"file": (io.BytesIO(data), name)})
    assert response.status_code == 303, _text(response)
    run_jobs()
    return response.location


@pytest.mark.req("12.2")
def test_a_plan_goes_from_a_table_through_agreement_into_force_and_on_to_the_next_year(
    registers, as_client, run_jobs, clock_at, anna, bruno, make_document
):
    clock_at("2026-01-05 10:00")
    browser = as_client("anna")
    made = browser.post("/documents/plans", data={"year": "2026"})
    assert made.status_code == 303
    assert browser.post("/documents/plans", data={"year": "2026"}).status_code == 422
    url, plan_id = made.location, made.location.rsplit("/", 1)[-1]
    page = _text(browser.get(_bring(browser, plan_id, "shēma.csv", TABLE.encode(), run_jobs)))
    assert "Indekss datnē ir divreiz" in page and "Termiņš nav saprotams" in page and "indeksu 99" in page
    assert "Nesējs ir viens no šiem" in page and db.session.query(Dossier).count() == 0
    apply = re.search(r'action="([^"]*/apply)"', page)[1]
    assert browser.post(apply).status_code == 303 and browser.post(apply).status_code == 409
    plan = db.session.query(FilingPlan).one()
    assert [row.index for row in documents.rows_of(plan.id)] == ["1", "1-1", "1-2", "1-10"]

    assert browser.post(url, data={"state": "in_force"}).status_code == 409
    assert browser.post(url, data={"state": "agreed", "agreed_note": ""}).status_code == 422
    assert browser.post(url, data={"state": "agreed", "agreed_note": "LNA 12.11.2025. Nr. 7"}).status_code == 303
    assert browser.post(url, data={"state": "in_force"}).status_code == 303
    row = {"index": "1-11", "title": "Iesniegumi", "retention": "years", "retention_years": "5"}
    row |= {"carrier": "", "review": "", "unit_id": ""}
    assert browser.post(f"{url}/rows/new", data=row | {"retention_years": "0"}).status_code == 422
    assert browser.post(f"{url}/rows/new", data=row).status_code == 303
    by_index = {one.index: one for one in documents.rows_of(plan.id)}
    edit = f"/documents/plans/rows/{by_index['1-11'].id}"
    assert browser.post(edit, data=row | {"index": "1-12"}).status_code == 422
    assert browser.post(edit, data=row | {"notes": "ar pielikumiem"}).status_code == 303
    with pytest.raises(Conflict):
        documents.drop_dossier(anna, by_index["1-11"].id)
    with pytest.raises(Forbidden):
        documents.make_plan(bruno, 2030)

    # documents go into their dossier by themselves, and by hand
    documents.change_register(SYSTEM, registers["iesniegumi"].id, name="Iesniegumi", index="2-1",
                              number_format="{index}/{year}/{seq}", dossier_index="1-11")  # fmt: skip
    document = make_document()
    assert document.dossier_id == by_index["1-11"].id
    put = {"dossier_id": str(by_index["1-10"].id)}
    assert browser.post(f"/documents/{document.id}/file", data=put).status_code == 303
    assert browser.post(f"/documents/{document.id}/file", data={"dossier_id": str(by_index["1"].id)}).status_code == 422
    assert "1-10 Līgumi" in _text(browser.get(f"/documents/{document.id}"))
    assert document.number in _text(browser.get(f"/documents?dossier={by_index['1-10'].id}"))

    # next year's copy, its differences, and the end of the year
    assert browser.post(f"{url}/copy").status_code == 303 and browser.post(f"{url}/copy").status_code == 409
    copy = documents.plan_of(2027)
    copied = {one.index: one for one in documents.rows_of(copy.id)}
    assert copied["1-10"].continues_id == by_index["1-10"].id and copied["1-2"].continues_id is None
    documents.drop_dossier(anna, copied["1-2"].id)
    changed = {n: getattr(copied["1-11"], n) for n in ("index", "title", "retention")}
    documents.save_dossier(anna, copy.id, copied["1-11"].id, **changed, retention_years=10)
    documents.save_dossier(anna, copy.id, index="2", title="Saimniecība", is_level=True)
    db.session.commit()
    found = {(one.row.index, one.what) for one in documents.differences(copy)}
    assert found == {("1-2", "dropped"), ("1-11", "changed"), ("2", "added")}
    page = _text(browser.get(f"/documents/plans/{copy.id}/differences"))
    assert "Izņemta" in page and "<del>5</del>" in page
    with pytest.raises(Conflict):
        documents.move_plan(anna, plan.id, "closed")
    db.session.rollback()
    clock_at("2027-01-10 10:00")
    assert browser.post(url, data={"state": "closed"}).status_code == 303
    db.session.expire_all()
    assert by_index["1-1"].closed_on == date(2026, 12, 31) and by_index["1-10"].closed_on is None
    assert make_document().dossier_id is None
    with pytest.raises(Invalid):
        documents.put_into(anna, document.id, by_index["1-1"].id)
    db.session.rollback()
    assert browser.post(f"{url}/rows/new", data=row | {"index": "9"}).status_code == 409

    # out as CSV and XLSX, and the XLSX in again without a difference
    csv = _text(browser.get(f"/documents/plans/{copy.id}/export.csv"))
    assert "1-10;Līgumi;;10 gadi pēc: līguma izbeigšanas;;;;papīra;;;;jā" in csv
    asked = browser.post(f"/documents/plans/{copy.id}/ask")
    assert "gatavo" in _text(browser.get(asked.location))
    run_jobs()
    data = browser.get(f"{asked.location}/file?save=1").data
    cells = [
        [cell or "" for cell in line] for line in load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)
    ]
    assert [";".join(line) for line in cells] == csv.lstrip("\ufeff").splitlines()
    same = _text(browser.get(_bring(browser, copy.id, "shēma.xlsx", data, run_jobs)))
    assert "Nav ko ieviest" in same or "nav" in same.casefold()
    broken = _text(browser.get(_bring(browser, copy.id, "x.csv", b"a;b\n1;2\n", run_jobs)))
    assert "jābūt kolonnu nosaukumiem" in broken
    assert as_client("bruno").post(f"{url}/rows/new", data=row).status_code == 403
    assert as_client("liga").get(url).status_code == 200
    _ends_when_nothing_goes_on_with_it(anna, clock_at, copy, by_index["1-10"], copied["1-10"])


@pytest.mark.parametrize(
    "text, found",
    [
        ("pastāvīgi", ("permanent", None, None)),
        ("Pastavigi", ("permanent", None, None)),
        ("75 gadi", ("years", 75, "")),
        ("1 gads", ("years", 1, "")),
        ("5 g.", ("years", 5, "")),
        ("10 gadi pēc: līguma izbeigšanas", ("event", 10, "līguma izbeigšanas")),
        ("mūžīgi", None),
        ("", None),
    ],
)
def test_terms_are_read_as_people_write_them(text, found):
    read = read_retention(text)
    assert (read and (read["retention"], read.get("retention_years"), read.get("retention_event"))) == found


def test_indexes_are_sorted_by_their_pieces():
    indexes = ["1-10", "A.2.6", "1", "2", "1-2", "10", "A.10", "1-2-1"]
    assert sorted(indexes, key=place_key) == ["1", "1-2", "1-2-1", "1-10", "2", "10", "A.2.6", "A.10"]


def _ends_when_nothing_goes_on_with_it(anna, clock_at, plan, first, second):
    """A matter of several years, over three plans (LAW-97, R282-2)."""
    documents.move_plan(anna, plan.id, "agreed", agreed_note="LNA 12")
    documents.move_plan(anna, plan.id, "in_force")
    clock_at("2028-01-10 10:00")
    with pytest.raises(Conflict, match="nākamā gada"):
        documents.move_plan(anna, plan.id, "closed")
    third_plan = documents.copy_plan(anna, plan.id)
    third = next(row for row in documents.rows_of(third_plan.id) if row.index == first.index)
    with db.session.begin_nested() as before:
        documents.drop_dossier(anna, third.id)
        documents.move_plan(anna, plan.id, "closed")
        assert first.closed_on == second.closed_on == date(2027, 12, 31)
        before.rollback()
    documents.move_plan(anna, plan.id, "closed")
    assert first.closed_on is None and second.closed_on is None
    documents.drop_dossier(anna, third.id)  # given up after the year was closed
    assert first.closed_on == second.closed_on == date(2027, 12, 31)
