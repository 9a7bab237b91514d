"""The auditor's pages over HTTP."""

import csv
import io
import json

import pytest
import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit.models import AuditRecord
from portal.kernel.access import SYSTEM
from portal.kernel.db import db


@pytest.fixture
def page(as_client, cast):
    for number in range(60):
        audit.record(SYSTEM, "document.registered", object_kind="document", object_id=str(number),
                     label=f"1.2/{number}<b>", old={"state": "a"}, new={"state": "b"},
                     personal={"name": "Ilze Paraugs"} if number == 59 else None)  # fmt: skip
    db.session.commit()
    audit.seal(SYSTEM)
    return as_client("oskars")


def record_of(object_id):
    return db.session.scalar(sa.select(AuditRecord).where(AuditRecord.object_id == object_id))


@pytest.mark.req("6.1")
def test_list_shows_sentences_and_loads_more_by_key(page):
    text = page.get("/audit?object=1.2").text
    assert "1.2/59&lt;b&gt;" in text and "<b>" not in text
    more = text.split('id="more-records"')[1].split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    part = page.get(more, headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith("<tr") and "1.2/9&lt;b&gt;" in part
    assert "<html" in page.get(more).text


def test_reading_the_log_is_in_the_log(page, cast):
    page.get("/audit?action=case.opened")
    row = db.session.scalar(sa.select(AuditRecord).where(AuditRecord.action == "audit.read"))
    assert row.person_id == str(cast.oskars.id) and row.new == {"action": "case.opened"}


def test_filters_live_in_the_url_and_bad_ones_are_explained(page):
    assert "1.2/7&lt;" in page.get("/audit?object_kind=document&object_id=7").text
    assert "1.2/8&lt;" not in page.get("/audit?object_kind=document&object_id=7").text
    bad = page.get("/audit?since=32.13.2026")
    assert bad.status_code == 200 and 'aria-invalid="true"' in bad.text and 'value="32.13.2026"' in bad.text
    assert page.get("/audit?after=garbage").status_code == 422


@pytest.mark.req("6.1")
def test_record_page_shows_values_and_gives_its_proof(page):
    row = record_of("7")
    text = page.get(f"/audit/records/{row.id}").text
    assert "<td" in text and ">a</td>" in text and ">b</td>" in text and "<b>" not in text
    answer = page.get(f"/audit/records/{row.id}/proof")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert json.loads(answer.data)["records"][0]["index"] == row.leaf_index
    whole = page.get("/audit/proof?object_kind=document&object_id=7")
    assert len(json.loads(whole.data)["records"]) == 1


def test_personal_data_are_erased_with_a_reason(page):
    row = record_of("59")
    assert "Ilze Paraugs" in page.get(f"/audit/records/{row.id}").text
    assert page.post(f"/audit/records/{row.id}/erase", data={"reason": ""}).status_code == 422
    assert page.post(f"/audit/records/{row.id}/erase", data={"reason": "lūgums"}).status_code == 303
    assert "Ilze Paraugs" not in page.get(f"/audit/records/{row.id}").text


@pytest.mark.req("6.1")
def test_csv_holds_what_the_filters_choose(page):
    answer = page.get("/audit/export.csv?object=1.2/5")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert len(rows) == 11 and rows[0]["label"] == "1.2/59<b>" and rows[0]["action"] == "document.registered"
    assert page.get("/audit/export.csv?since=x").status_code == 422


@pytest.mark.parametrize("who", ["anna", "edgars", "janis"])
def test_others_are_refused_and_the_refusal_is_recorded(as_client, cast, who):
    browser = as_client(who)
    for path in ("/audit", "/audit/seal", "/audit/export.csv", f"/audit/records/{cast.anna.id}", "/audit/proof"):
        assert browser.get(path).status_code == 403
    assert browser.post("/audit/verify").status_code == 403
    refused = db.session.scalars(sa.select(AuditRecord).where(AuditRecord.action == "access.refused")).all()
    assert len(refused) >= 5 and {row.person_id for row in refused} == {str(getattr(cast, who).id)}


def test_strangers_get_the_verifier_and_the_key_only(client):
    assert client.get("/audit").status_code in (302, 303)
    assert b"RFC 6962" in client.get("/audit/verify_proof.py").data
    assert client.get("/audit/key").text.startswith("pkip/90000000001/audit+")


def test_unknown_record_is_not_found(page):
    assert page.get("/audit/records/00000000-0000-7000-8000-000000000000").status_code == 404


def test_list_takes_few_queries(page, count_queries):
    with count_queries() as seen:
        assert page.get("/audit").status_code == 200
    statements = [text for text in seen if not text.startswith(("BEGIN", "COMMIT", "PRAGMA"))]
    assert len(statements) <= 12, statements
