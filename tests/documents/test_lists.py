"""The list as people work with it: views, columns, acts on many, print-outs, preview, stamps and labels (12.2)."""

import io
import re

import pypdfium2
import pytest
from openpyxl import load_workbook
from reportlab.pdfgen.canvas import Canvas

from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.workflow import service as workflow


def _text(response):
    return response.get_data(as_text=True)


def _pdf_text(data):
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))


def a_pdf(text="Iesnieguma teksts"):
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 700, text.encode("ascii", "replace").decode())
    canvas.save()
    return out.getvalue()


@pytest.mark.req("12.2")
def test_a_list_is_saved_with_its_columns_shared_and_taken_out(make_document, as_client, cast, run_jobs):
    make_document(title="=Formula", author="SIA „Ceļinieks”", author_number="7-1/12", responsible_id=cast.liga.id)
    browser = as_client("anna")
    plain = _text(browser.get("/documents"))
    assert "7-1/12" not in plain and "Autora numurs" in plain
    query = "text=formula&columns=author_number&columns=unit&columns=responsible"
    page = _text(browser.get(f"/documents?{query}"))
    head = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', page)
    words = ["Numurs", "Nosaukums", "Autora numurs", "Atbildīgais", "Struktūrvienība"]
    assert [word.strip() for word in head] == words
    assert "7-1/12" in page and "Līga Ozola" in page
    save = re.search(r'action="(/documents/views\?[^"]*)"', page)[1].replace("&amp;", "&")
    assert browser.post(save, data={"name": " "}).status_code == 422
    assert browser.post(save, data={"name": "Formulas", "shared": "y"}).status_code == 303
    other = as_client("sarma")
    link = re.search(r'href="(/documents\?[^"]*)">Formulas', _text(other.get("/documents")))[1].replace("&amp;", "&")
    assert "columns=author_number" in link and "7-1/12" not in _text(other.get(link))  # views show what one may see
    drop = re.search(r'action="(/documents/views/[^"]*/drop)"', _text(browser.get("/documents")))[1]
    assert other.post(drop).status_code == 403 and browser.post(drop).status_code == 303
    assert "Formulas" not in _text(other.get("/documents"))

    csv = _text(browser.get(f"/documents/export.csv?{query}"))
    assert csv.splitlines()[0].lstrip("\ufeff").split(";")[2:] == ["Autora numurs", "Atbildīgais", "Struktūrvienība"]
    assert "'=Formula;7-1/12;Līga Ozola" in csv
    for form in ("list.xlsx", "list.pdf"):
        asked = browser.post(f"/documents/ask/{form}?{query}")
        assert asked.status_code == 303 and other.get(asked.location).status_code == 404
        assert other.get(f"{asked.location}/file").status_code == 404
        run_jobs()
        data = browser.get(f"{asked.location}/file").data
        if form == "list.xlsx":
            sheet = load_workbook(io.BytesIO(data)).active
            assert [c.value for c in sheet[2]][1:4] == ["=Formula", "7-1/12", "Līga Ozola"]
            assert sheet["B2"].data_type == "s"
        else:
            assert "=Formula" in _pdf_text(data) and "Lapa" not in _pdf_text(data)
    assert browser.post("/documents/ask/anything").status_code == 404


@pytest.mark.req("12.2")
def test_the_register_of_the_day_is_printed_with_annulled_entries_and_without_others_documents(
    make_document, as_client, run_jobs, clock_at, pauls
):
    clock_at("2026-11-24 10:00")
    make_document(title="Vakardienas")
    clock_at("2026-11-25 10:00")
    make_document(title="Šodienas iesniegums", author="Ilze Avotiņa")
    gone = make_document(title="Anulētais ieraksts")
    documents.annul(SYSTEM, gone.id, "kļūda")
    make_document(title="Saņemta vēstule", code="sanemtie")
    db.session.commit()
    browser = as_client("anna")
    for data, present, absent in (
        ({"register": "iesniegumi"}, ("Šodienas iesniegums", "Anulētais ieraksts", "Iesniegumi (2-1)", "25.11.2026"),
         ("Vakardienas", "Saņemta")),
        ({}, ("Saņemtie dokumenti (2-2)", "Saņemta vēstule", "Šodienas iesniegums"), ("Vakardienas",)),
        ({"since": "24.11.2026", "until": "24.11.2026"}, ("Vakardienas",), ("Šodienas",)),
        ({"register": "ligumi"}, ("Līgumi (3-1)", "Dokumenti: 0"), ("Šodienas",)),
    ):  # fmt: skip
        asked = browser.post("/documents/print", data=data)
        run_jobs()
        assert "Atvērt drukāšanai" in _text(browser.get(asked.location))
        text = _pdf_text(browser.get(f"{asked.location}/file").data).replace("\r\n", " ").replace("\n", " ")
        assert all(word in text for word in present) and not any(word in text for word in absent), text
        assert "Ozolpils novada pašvaldība" in text and "1. lapa" in text
    stranger = as_client("pauls")
    asked = stranger.post("/documents/print", data={"register": "iesniegumi"})
    run_jobs()
    assert "Šodienas" not in _pdf_text(stranger.get(f"{asked.location}/file").data)


@pytest.mark.req("12.2")
def test_many_documents_change_at_once_after_a_look_and_the_way_back(make_document, as_client, cast, anna, registers):
    one, two, gone = make_document(title="Viens"), make_document(title="Divi"), make_document(title="Trīs")
    documents.annul(SYSTEM, gone.id, "kļūda")
    plan = documents.make_plan(anna, clock.today().year)
    row = documents.save_dossier(anna, plan.id, index="1-1", title="Iesniegumi", retention="permanent")
    documents.move_plan(anna, plan.id, "agreed", agreed_note="nav vajadzīga")
    documents.move_plan(anna, plan.id, "in_force")
    db.session.commit()
    browser = as_client("anna")
    ids = [str(d.id) for d in (one, two, gone)]

    def act(name, **value):
        seen = _text(browser.post("/documents/bulk", data={"act": name, "ids": ids}))
        assert "Mainīsies 2 dokumenti" in seen and "1 dokuments paliks" in seen and "Trīs" in seen
        done = browser.post("/documents/bulk?register=iesniegumi", data={"act": name, "ids": ids, "do": "1", **value})
        assert done.status_code == 303, _text(done)
        page = _text(browser.get(done.location))
        db.session.expire_all()
        return re.search(r'action="(/documents/bulk/[^"]*/undo[^"]*)"', page)[1].replace("&amp;", "&")

    def undo(link, said):
        response = browser.post(link)
        assert response.status_code == 303 and said in _text(browser.get(response.location))
        db.session.expire_all()
        assert browser.post(link).status_code == 409

    empty = browser.post("/documents/bulk", data={"act": "assign", "ids": ids, "do": "1", "responsible_id": ""})
    assert empty.status_code == 422
    order = {"responsible_id": str(cast.liga.id), "text": "Sagatavot atbildi"}
    silent = {"act": "assign", "ids": ids, "do": "1", **order, "text": ""}
    assert browser.post("/documents/bulk", data=silent).status_code == 422
    back = act("assign", **order, days="3")
    given = [workflow.tree_of(d.id)[0].resolution for d in (one, two)]
    assert [(r.text, r.due_rule, r.responsible.person_id) for r in given] == [
        ("Sagatavot atbildi", "days:3", cast.liga.id)
    ] * 2
    assert [t.due_on for t in workflow.list_tasks(identity.actor_for(cast.liga.id))] == [given[0].due_on] * 2
    assert one.responsible_id == two.responsible_id == cast.liga.id
    assert (one.state, gone.state) == ("in_work", "annulled")
    assert as_client("liga").get(f"/documents/{one.id}").status_code == 200
    assert as_client("sarma").post(back).status_code == 403
    undo(back, "Atsaukts 2 dokumentiem")
    assert one.responsible_id is None and one.state == "registered"
    assert workflow.tree_of(one.id)[0].resolution.closed_at and not workflow.list_tasks(
        identity.actor_for(cast.liga.id)
    )
    assert as_client("liga").get(f"/documents/{one.id}").status_code == 404
    undo(act("file", dossier_id=str(row.id)), "Atsaukts 2 dokumentiem")
    assert two.dossier_id is None
    undo(act("share", key=f"person:{cast.pauls.id}"), "Atsaukts 2 dokumentiem")
    assert as_client("pauls").get(f"/documents/{one.id}").status_code == 404
    back = act("finish", note="izskatīts")
    assert (one.state, one.done_note) == ("done", "izskatīts")
    documents.update_document(anna, two.id, two.version, "precizēts", title="Divi labots")
    db.session.commit()
    undo(back, "1 dokumentu kopš tam kāds ir mainījis")
    assert one.state == "registered" and two.state == "done"

    assert browser.post("/documents/bulk", data={"act": "finish", "ids": []}).status_code == 422
    assert browser.post("/documents/bulk", data={"act": "steal", "ids": ids}).status_code == 422
    none = _text(as_client("pauls").post("/documents/bulk", data={"act": "finish", "ids": ids, "do": "1"}))
    assert "Trīs" not in none and one.state == "registered"


@pytest.mark.req("12.2")
def test_the_first_page_is_shown_beside_the_list_a_copy_is_stamped_and_labels_are_printed(
    make_document, as_client, run_jobs
):
    original = a_pdf()
    document = make_document(title="Par koku", author="Ilze Avotiņa", files=[("iesniegums.pdf", original)])
    broken = make_document(title="Bojāta", files=[("b.pdf", b"%PDF-1.7 nothing")])
    run_jobs()
    browser, url = as_client("anna"), f"/documents/{document.id}"
    pane = _text(browser.get(f"{url}/preview"))
    assert "Ilze Avotiņa" in pane and "<html" not in pane
    picture = browser.get(re.search(r'src="([^"]*\.png)"', pane)[1])
    assert picture.mimetype == "image/png" and picture.data[:4] == b"\x89PNG"
    assert "<img" not in _text(browser.get(f"/documents/{broken.id}/preview"))
    stranger = as_client("pauls")
    assert stranger.get(f"{url}/preview").status_code == 404
    assert stranger.get(re.search(r'src="([^"]*\.png)"', pane)[1]).status_code == 404

    file = documents.files_of(document.id)[0]
    assert browser.post(f"{url}/stamp/{file.id}").status_code == 303
    assert browser.post(f"{url}/stamp/{file.id}").status_code == 303  # asked twice, made once
    assert stranger.post(f"{url}/stamp/{file.id}").status_code == 404
    run_jobs()
    first, copy = documents.files_of(document.id)
    assert first.sha256 == file.sha256 and copy.role == "copy"
    text = _pdf_text(browser.get(f"{url}/files/{copy.id}").data)
    assert "Iesnieguma teksts" in text and f"Nr. {document.number}" in text and "SAŅEMTS" in text
    assert browser.get(f"{url}/files/{first.id}").data == original
    wrong = documents.files_of(broken.id)[0]
    assert browser.post(f"/documents/{broken.id}/stamp/{wrong.id}").status_code in (303, 409)
    run_jobs()
    assert len(documents.files_of(broken.id)) == 1

    asked = browser.post("/documents/labels", data={"ids": [str(document.id), str(broken.id)], "place": "24"})
    run_jobs()
    pages = pypdfium2.PdfDocument(browser.get(f"{asked.location}/file").data)
    assert len(pages) == 2 and document.number in pages[0].get_textpage().get_text_range()
    assert stranger.post("/documents/labels", data={"ids": [str(document.id)]}).status_code == 303
