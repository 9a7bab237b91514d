"""IT staff look after files that could not be read, and after the search index (15.1)."""

import pytest

from portal.audit import service as audit
from portal.documents.models import TextState
from portal.documents.service import files_of
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.search import service as search
from portal.search.models import SearchRebuild
from portal.storage import service as storage
from tests.documents.factories import make_document, registers
from tests.storage import samples

__all__ = ["make_document", "registers"]


@pytest.mark.req("15.1")
def test_a_parked_file_is_seen_where_it_is_used_read_again_after_the_repair_or_set_aside(
    as_client, anna, make_document, run_jobs, monkeypatch
):
    from portal.storage.extract import reading

    child = reading._CHILD
    monkeypatch.setattr(reading, "_CHILD", child.with_name("gone.py"))  # the reader is broken for a while
    document = make_document(files=[("līgums.docx", samples.docx()), ("plāns.rtf", samples.rtf())])
    run_jobs()
    monkeypatch.setattr(reading, "_CHILD", child)
    locked = make_document("Par paroli", files=[("slepens.pdf", samples.pdf(password="x"))])
    run_jobs()

    clerk, it = as_client("anna"), as_client("edgars")
    assert "aizsargāta ar paroli" in clerk.get(f"/documents/{locked.id}").text
    assert clerk.get("/admin/files").status_code == 403
    page = it.get("/admin/files").text
    assert document.number in page and locked.number in page and "līgums.docx" not in page
    causes = storage.parked_causes()
    broken = next(cause for cause in causes if cause != "password")
    assert causes == {broken: 2, "password": 1}
    page = it.get(f"/admin/files?cause={broken}").text
    assert document.number in page and locked.number not in page
    assert it.post("/admin/files/read", data={"cause": broken}).status_code == 303
    run_jobs()
    assert storage.parked_causes() == {"password": 1}
    assert [hit.object_id for hit in search.find(anna, "ceļu remonts Ķekavā").hits] == [document.id]
    assert {file.text_state for file in files_of(document.id)} == {TextState.READ}

    sha256 = files_of(locked.id)[0].sha256
    assert it.post("/admin/files/set-aside", data={"sha256": sha256}).status_code == 303
    assert it.post("/admin/files/set-aside", data={"sha256": sha256}).status_code == 409
    assert "Visas datnes ir nolasītas" in it.get("/admin/files").text
    actions = [record.action for record in audit.list_records(SYSTEM).rows]
    assert {"text.read_again", "text.set_aside"} <= set(actions)


@pytest.mark.req("15.1")
def test_the_index_is_built_anew_by_a_job_that_tells_how_far_it_is(as_client, anna, make_document, run_jobs):
    document = make_document("Par saulespuķu lauku")
    it = as_client("edgars")
    page = it.get("/admin/search-index").text
    assert "Gaida indeksēšanu" in page and "Nekad" in page
    assert it.post("/admin/search-index").status_code == it.post("/admin/search-index").status_code == 303
    row = db.session.query(SearchRebuild).one()  # asked twice, done once
    assert "Notiek" in it.get("/admin/search-index").text
    run_jobs()
    db.session.refresh(row)
    assert row.finished_at and row.done == row.total > 10 and row.records > 10
    page = it.get("/admin/search-index").text
    assert "Notiek" not in page and "Persona" in page
    assert [hit.object_id for hit in search.find(anna, "saulespuķe lauki").hits] == [document.id]
    assert as_client("pauls").post("/admin/search-index").status_code == 403
