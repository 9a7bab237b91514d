"""Restricted access, what is asked before opening, and why somebody does not see (LAW-100..103, R282-13)."""

from datetime import date

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.documents import service as documents
from portal.documents.models import Document, Restriction
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.workflow.models import Task


def _seen(browser, title):
    return title in browser.get("/documents").text


@pytest.mark.req("LAW-100", "LAW-101", "LAW-102", "LAW-103", "R282-13")
def test_a_restricted_document_is_seen_by_those_on_its_list_until_the_term_ends(
    registers, make_document, as_client, cast, clock_at, run_jobs, edgars
):
    clock_at("2026-11-27 10:00")
    document = make_document(title="Par bērna veselību", code="sanemtie", unit_id=cast.bruno.unit_id)
    where = f"/documents/{document.id}"
    clerk, head, other = as_client("anna"), as_client("bruno"), as_client("sarma")
    assert _seen(clerk, "Par bērna veselību") and _seen(head, "Par bērna veselību")
    form = {"ground": "private_life", "basis": "IAL 8. pants", "level": "restricted", "until": "28.11.2027"}
    form["readers"] = f"person:{cast.liga.id}"
    late = clerk.post(f"{where}/restrict", data=form)
    assert late.status_code == 422 and "ne ilgāks par gadu" in late.text
    assert clerk.post(f"{where}/restrict", data=form | {"until": ""}).status_code == 422
    assert as_client("pauls").post(f"{where}/restrict", data=form).status_code == 404
    assert clerk.post(f"{where}/restrict", data=form | {"until": "15.12.2026"}).status_code == 303
    assert not _seen(head, "Par bērna veselību") and not _seen(other, "Par bērna veselību")
    refused = head.get(where)
    assert refused.status_code == 404 and f"{where}/why" in refused.text
    why = head.get(f"{where}/why").text
    assert "Ierobežota pieejamība" in why and "15.12.2026" in why and "Anna Liepiņa" in why and "bērna" not in why
    assert "Šāda dokumenta nav" in head.get("/documents/01a21c00-0000-7000-8000-000000000000/why").text

    # who is on the list confirms the duty of secrecy once, before the first opening
    reader = as_client("liga")
    assert reader.get(where).location == f"{where}/before"
    assert "Par bērna" not in reader.get(f"{where}/preview").text
    assert "Bez tā dokuments paliek slēgts" in reader.post(f"{where}/before", data={}).text
    assert reader.post(f"{where}/before", data={"confirmed": "y"}).status_code == 303
    assert reader.get(where).status_code == 200 and "Ierobežota pieejamība" in reader.get(where).text
    listed = reader.get("/documents/restricted").text
    assert "Fiziskas personas privātā dzīve" in listed and "Par bērna veselību" in listed
    assert "Par bērna veselību" not in head.get("/documents/restricted").text

    # naming somebody responsible opens it to that person and nobody else; a level opens it to a role
    documents.assign(SYSTEM, document.id, cast.sarma.id)
    documents.share(SYSTEM, document.id, "role:clerk", f"unit:{cast.bruno.unit_id}")
    db.session.commit()
    assert _seen(other, "Par bērna veselību") and not _seen(head, "Par bērna veselību")
    documents.set_level_roles(edgars, "restricted", ["head"])
    db.session.commit()
    assert _seen(head, "Par bērna veselību")
    documents.set_level_roles(edgars, "restricted", [])
    db.session.commit()
    assert not _seen(head, "Par bērna veselību")
    closed = clerk.post(f"{where}/close-to", data={"key": f"person:{cast.liga.id}", "reason": "Mainījās pienākumi"})
    assert closed.status_code == 409 or not _seen(reader, "Par bērna veselību")

    # two weeks before the end it is asked; after the end it is lifted by itself, and seen as before
    assert documents.end_restrictions(SYSTEM) == (0, 0)
    clock_at("2026-12-02 10:00")
    assert documents.end_restrictions(SYSTEM) == (0, 1) and documents.end_restrictions(SYSTEM) == (0, 0)
    task = db.session.scalar(sa.select(Task).where(Task.kind == "document.restriction"))
    assert (task.person_id, task.due_on) == (cast.anna.id, date(2026, 12, 15))
    clock_at("2026-12-15 10:00")
    assert documents.end_restrictions(SYSTEM) == (0, 0)
    clock_at("2026-12-16 10:00")
    assert documents.end_restrictions(SYSTEM) == (1, 0)
    db.session.commit()
    assert _seen(head, "Par bērna veselību")
    found = db.session.scalar(sa.select(Restriction))
    assert found.lift_reason == "Termiņš beidzās" and found.lifted_by_id is None


@pytest.mark.req("LAW-101", "LAW-103")
def test_internal_use_ends_with_the_matter_and_personal_files_ask_why(registers, make_document, as_client, anna):
    document = make_document(title="Atzinuma projekts", code="sanemtie")
    until = clock.today() + clock.timedelta(days=100)
    documents.restrict(anna, document.id, ground="internal", basis="IAL 6. pants", until=until)
    documents.finish(anna, document.id)
    assert documents.end_restrictions(SYSTEM) == (1, 0)
    register = registers["iesniegumi"]
    register.asks_purpose = True
    file = make_document(title="Personas lieta", files=[("a.txt", b"a")])
    where, clerk = f"/documents/{file.id}", as_client("anna")
    assert clerk.get(where).location == f"{where}/before"
    attached = documents.files_of(file.id)[0]
    assert clerk.get(f"{where}/files/{attached.id}").location == f"{where}/before"
    assert clerk.post(f"{where}/before", data={"purpose": " "}).status_code == 422
    assert clerk.post(f"{where}/before", data={"purpose": "Atvaļinājuma rīkojums"}).status_code == 303
    assert clerk.get(where).status_code == 200 and clerk.get(f"{where}/files/{attached.id}").status_code == 200
    read = db.session.scalars(
        sa.select(AuditRecord.purpose).where(AuditRecord.action.in_(["document.read", "document.file_read"]))
    ).all()
    assert read == ["Atvaļinājuma rīkojums"] * 2
    assert db.session.get(Document, file.id).restriction is None


def test_levels_are_set_by_it_staff(app, cast, as_client):
    it = as_client("edgars")
    assert "Šauri pieejams" in it.get("/documents/levels").text
    assert it.post("/documents/levels", data={"confidential": ["head", "nobody"]}).status_code == 303
    assert documents.roles_of_levels()["confidential"] == ["head"]
    assert as_client("anna").get("/documents/levels").status_code == 403
