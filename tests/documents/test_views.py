"""The registry and the document's pages over HTTP: page, partial, mistakes, refusals, downloads."""

import io
import re
from datetime import date

import pytest

from portal.audit import service as audit
from portal.documents import service as documents
from portal.documents.models import Document
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.storage import service as storage
from tests.documents.factories import bomb

HTMX = {"HX-Request": "true"}


def _asked(statements):
    """The questions of a request; the sandbox clock is read by time, not by page."""
    return [s for s in statements if s.startswith("SELECT") and "clock_offset" not in s]


def _text(response):
    return response.get_data(as_text=True)


@pytest.mark.req("12.2")
def test_the_registry_shows_registers_with_counts_and_rows_as_page_or_partial(make_document, as_client):
    document = make_document(title="Par ietves remontu")
    browser = as_client("anna")
    page = _text(browser.get("/documents"))
    assert "<html" in page and document.number in page and "Par ietves remontu" in page and "Iesniegumi" in page
    partial = _text(browser.get("/documents", headers=HTMX))
    assert "<html" not in partial and document.number in partial
    assert "1 dokuments" in partial


def test_a_person_without_rights_sees_neither_rows_nor_counts_but_is_told_why(make_document, as_client):
    make_document(title="Slepenais")
    page = _text(as_client("pauls").get("/documents"))
    assert "Slepenais" not in page and "Šeit nav dokumentu, kurus drīkstat redzēt" in page
    assert re.findall(r'class="count">(\d+)<', page) == ["0"] * 9


@pytest.mark.parametrize(
    "query, found",
    [
        ("", {"A", "B", "C"}),
        ("register=iesniegumi", {"A", "B"}),
        ("kind=letter", {"C"}),
        ("direction=outgoing", set()),
        ("state=in_work", {"B"}),
        ("text=zālēs", {"A"}),
        ("text=ZALES", {"A"}),
        ("responsible=me", set()),
        ("late=1", {"A", "B"}),
        ("late=1&state=in_work", {"B"}),
        ("kind=nonsense&sort=x&responsible=zzz", {"A", "B", "C"}),
    ],
)
def test_filters_narrow_the_list_and_live_in_the_url(make_document, as_client, cast, query, found):
    make_document(title="Zālēs A", received_on=date(2026, 4, 1))
    make_document(title="Sēta B", received_on=date(2026, 4, 1), responsible_id=cast.liga.id)
    make_document(title="Vēstule C", code="sanemtie")
    page = _text(as_client("anna").get(f"/documents?{query}", headers=HTMX))
    assert {t[-1] for t in re.findall(r'href="/documents/[0-9a-f-]{36}">([^<]+)</a>', page)} == found


def test_the_list_is_sorted_by_its_headings_as_latvians_sort(make_document, as_client):
    for title in ("Šķūnis", "Sala", "Āda", "Ada"):
        make_document(title=title)
    browser = as_client("anna")
    titles = re.compile(r'href="/documents/[0-9a-f-]{36}">([^<]+)</a>')
    assert titles.findall(_text(browser.get("/documents?sort=title", headers=HTMX))) == ["Ada", "Āda", "Sala", "Šķūnis"]
    assert titles.findall(_text(browser.get("/documents?sort=title&order=desc", headers=HTMX)))[0] == "Šķūnis"
    page = _text(browser.get("/documents?sort=title"))
    assert 'aria-sort="ascending"' in page
    for sort in ("number", "due", "registered"):
        assert browser.get(f"/documents?sort={sort}").status_code == 200


def _fill(actor, register, number):
    for n in range(number):
        documents.register(actor, register.id, f"Dokuments {n}", date(2026, 5, 1), author=f"Autors {n}")
    db.session.commit()


@pytest.mark.parametrize("sort", ["registered", "number", "title", "due"])
def test_load_more_goes_on_by_key_until_every_row_was_shown_once(registers, anna, as_client, sort):
    _fill(anna, registers["iesniegumi"], 120)
    browser = as_client("anna")
    url, seen = f"/documents?sort={sort}", []
    while url:
        page = _text(browser.get(url, headers=HTMX))
        seen += re.findall(r'id="document-([0-9a-f-]{36})"', page)
        more = re.search(r'hx-get="(/documents\?[^"]*after=[^"]+)"', page)
        url = more.group(1).replace("&amp;", "&") if more else None
    assert len(seen) == len(set(seen)) == 120


def test_a_broken_page_link_is_explained(make_document, as_client):
    make_document()
    assert as_client("anna").get("/documents?after=zzzz").status_code == 422


@pytest.mark.req("12.2")
def test_a_list_of_ten_and_of_a_hundred_rows_takes_the_same_few_queries(registers, anna, as_client, count_queries):
    browser = as_client("anna")
    _fill(anna, registers["iesniegumi"], 10)
    browser.get("/documents")
    counts = []
    for _round in range(2):
        browser.get("/documents")  # the counts in the bar are kept for two seconds
        with count_queries() as seen:
            assert browser.get("/documents?sort=title").status_code == 200
        counts.append(len(_asked(seen)))
        _fill(anna, registers["iesniegumi"], 90)
    assert counts[0] == counts[1] <= 12


def test_the_document_page_takes_few_queries_whatever_its_files(make_document, as_client, count_queries, run_jobs):
    few = make_document(files=[("a.txt", b"a")])
    many = make_document(files=[(f"{n}.txt", b"%d" % n) for n in range(20)])
    run_jobs()
    browser = as_client("anna")
    browser.get(f"/documents/{few.id}")
    counts = []
    for document in (few, many):
        browser.get(f"/documents/{document.id}")
        with count_queries() as seen:
            assert browser.get(f"/documents/{document.id}", headers=HTMX).status_code == 200
        counts.append(len(_asked(seen)))
    assert counts[0] == counts[1] <= 12


def test_the_export_holds_all_rows_and_no_formula(make_document, as_client):
    make_document(title="=1+1 viltus formula")
    response = as_client("anna").get("/documents/export.csv")
    text = response.get_data().decode("utf-8-sig")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert len(text.strip().splitlines()) == 2 and "'=1+1 viltus formula" in text
    assert "document.exported" in {r.action for r in audit.iter_records(SYSTEM)}


def _form(registers, **changes):
    return {
        "register_id": str(registers["iesniegumi"].id),
        "title": "Par koku",
        "received_on": "24.11.2025",
        "late_reason": "Sūtījums atrasts vēlāk",
        "kind": "",
        "unit_id": "",
        "responsible_id": "",
        **changes,
    }


@pytest.mark.req("12.1", "12.2")
def test_a_clerk_registers_a_document_with_files(registers, as_client, run_jobs):
    browser = as_client("anna")
    assert "Ievelciet datnes" in _text(browser.get("/documents/register"))
    response = browser.post(
        "/documents/register",
        data=_form(registers) | {"files": [(io.BytesIO(b"viens"), "viens.txt"), (io.BytesIO(b"divi"), "divi.txt")]},
    )
    assert response.status_code == 303
    page = _text(browser.get(response.location))
    assert "Reģistrēts ar numuru" in page and "viens.txt" in page and "divi.txt" in page
    run_jobs()
    assert "viens" in _text(browser.get(response.location))


def test_an_empty_form_names_each_field_and_makes_nothing(registers, as_client):
    response = as_client("anna").post("/documents/register", data={"title": "", "received_on": ""})
    page = _text(response)
    assert response.status_code == 422 and page.count("Aizpildiet šo lauku") >= 4
    assert 'aria-invalid="true"' in page and "Traceback" not in page
    assert db.session.query(Document).count() == 0


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"title": "x" * 501}, "Ne vairāk kā 500 rakstzīmes; tagad ir 501"),
        ({"received_on": "31.02.2026"}, "24.11.2026"),
        ({"received_on": "24.11.2999"}, "nākotnē"),
        ({"registration": "incoming"}, "Izvēlieties no saraksta"),
        ({"register_id": "x"}, "Izvēlieties no saraksta"),
        ({"responsible_id": "00000000-0000-0000-0000-000000000000"}, "Izvēlieties no saraksta"),
    ],
)
def test_a_mistake_is_named_and_what_was_typed_stays(registers, as_client, changes, words):
    response = as_client("anna").post("/documents/register", data=_form(registers, author="Ilze Paraugs") | changes)
    page = _text(response)
    assert response.status_code == 422 and words in page and 'value="Ilze Paraugs"' in page
    assert db.session.query(Document).count() == 0


@pytest.mark.parametrize(
    "name, content, words",
    [("rēķins.pdf", b"not a pdf at all", "nav īsta PDF datne"), ("bumba.zip", bomb(), "zip bumba")],
)
def test_a_false_file_is_refused_in_latvian_and_the_good_one_needs_not_be_chosen_again(
    registers, as_client, name, content, words
):
    browser = as_client("anna")
    response = browser.post(
        "/documents/register",
        data=_form(registers) | {"files": [(io.BytesIO(b"labs"), "labs.txt"), (io.BytesIO(content), name)]},
    )
    page = _text(response)
    assert response.status_code == 422 and words in page and "labs.txt" in page
    kept = re.search(r'name="kept"[^>]*value="([^"]+)"', page).group(1)
    again = browser.post("/documents/register", data=_form(registers, kept=kept))
    assert again.status_code == 303
    document = db.session.query(Document).one()
    assert [f.name for f in documents.files_of(document.id)] == ["labs.txt"]


def test_kept_files_of_another_person_are_not_taken(registers, as_client):
    page = _text(
        as_client("anna").post(
            "/documents/register", data=_form(registers, title="") | {"files": [(io.BytesIO(b"annas"), "annas.txt")]}
        )
    )
    kept = re.search(r'name="kept"[^>]*value="([^"]+)"', page).group(1)
    assert as_client("sarma").post("/documents/register", data=_form(registers, kept=kept)).status_code == 303
    assert documents.files_of(db.session.query(Document).one().id) == []


def test_too_large_an_upload_is_refused_with_words(app, registers, as_client):
    browser = as_client("anna")
    app.config["MAX_CONTENT_LENGTH"] = 1000
    response = browser.post(
        "/documents/register", data=_form(registers) | {"files": [(io.BytesIO(b"x" * 5000), "liels.txt")]}
    )
    assert response.status_code == 413 and "pārāk liela" in _text(response)


def test_an_employee_cannot_register_and_is_told_who_can(registers, as_client):
    response = as_client("pauls").get("/documents/register")
    assert response.status_code == 403 and "Lietvedis" in _text(response)


@pytest.mark.req("14.2", "6.1")
def test_somebody_elses_document_by_its_address_is_not_found_and_the_try_is_in_the_log(make_document, as_client):
    document = make_document(title="Slepenais", files=[("s.txt", b"saturs")])
    file = documents.files_of(document.id)[0]
    stranger = as_client("pauls")
    for path in ("", "/history", "/access", "/edit", f"/files/{file.id}"):
        response = stranger.get(f"/documents/{document.id}{path}")
        assert response.status_code == 404 and "Slepenais" not in _text(response)
    assert stranger.post(f"/documents/{document.id}/finish", data={}).status_code == 404
    refused = [r for r in audit.list_for(SYSTEM, "document", document.id) if r.result == "refused"]
    assert len(refused) == 6 and {r.person_name for r in refused} == {"Pauls Siliņš"}


def test_reading_the_page_and_each_file_is_in_the_log(make_document, as_client):
    document = make_document(files=[("a.txt", b"saturs")])
    file = documents.files_of(document.id)[0]
    browser = as_client("anna")
    browser.get(f"/documents/{document.id}")
    browser.get(f"/documents/{document.id}/files/{file.id}")
    actions = [r.action for r in audit.list_for(SYSTEM, "document", document.id)]
    assert actions[-2:] == ["document.read", "document.file_read"]


@pytest.mark.req("14.1")
def test_a_file_is_saved_whole_or_in_ranges_and_never_run(make_document, as_client):
    content = bytes(i % 251 for i in range(200_000))
    document = make_document(files=[("pielikums ā.html", b"<script>alert(1)</script>"), ("dati.bin", content)])
    page, data = documents.files_of(document.id)
    browser = as_client("anna")
    html = browser.get(f"/documents/{document.id}/files/{page.id}?view=1")
    assert html.headers["Content-Type"] == "application/octet-stream"
    assert html.headers["X-Content-Type-Options"] == "nosniff"
    assert html.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert html.headers["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''pielikums%20%C4%81.html" in html.headers["Content-Disposition"]
    url = f"/documents/{document.id}/files/{data.id}"
    whole = browser.get(url)
    assert whole.data == content and whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Content-Length"] == "200000"
    for header, start, end in (
        ("bytes=0-9", 0, 10),
        ("bytes=65530-65545", 65530, 65546),
        ("bytes=-5", 199995, 200000),
        ("bytes=199990-", 199990, 200000),
    ):
        part = browser.get(url, headers={"Range": header})
        assert part.status_code == 206 and part.data == content[start:end]
        assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/200000"
    assert browser.get(url, headers={"Range": "bytes=300000-"}).status_code == 416
    stale = browser.get(url, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert stale.status_code == 200 and len(stale.data) == 200_000
    assert browser.head(url).headers["Content-Length"] == "200000"


def test_a_damaged_file_is_named_and_its_bytes_are_not_handed_out(make_document, as_client):
    document = make_document(files=[("a.txt", b"saturs")])
    file = documents.files_of(document.id)[0]
    store = storage._store()
    path = store.staging() / "x"
    with store.open(file.sha256) as body:
        data = bytearray(body.read())
    data[70] ^= 1
    path.write_bytes(data)
    store.keep(file.sha256, path)
    response = as_client("anna").get(f"/documents/{document.id}/files/{file.id}")
    assert response.status_code == 500 and file.sha256 in _text(response) and "bojāta" in _text(response)


@pytest.mark.req("12.4", "15.1")
def test_signatures_are_told_in_plain_words(make_document, as_client, run_jobs, shared_data):
    real = (shared_data / "signed" / "bdoc_tm_valid_2_signatures.asice").read_bytes()
    document = make_document(files=[("līgums.asice", real)])
    run_jobs()
    page = _text(as_client("anna").get(f"/documents/{document.id}"))
    assert "test.txt" in page
    verdicts = re.findall(r'class="state state-(?:ok|warn|late)".*?(?:Derīgs|Nevar noteikt|Nederīgs)', page, re.S)
    assert len(verdicts) >= 2


def test_an_edit_by_two_shows_both_versions_and_keeps_what_was_typed(make_document, as_client):
    document = make_document(title="Pirmais")
    first, second = as_client("anna"), as_client("sarma")
    base = {
        "received_on": document.received_on.strftime("%d.%m.%Y"),
        "version": str(document.version),
        "reason": "precizēts",
    }
    documents.share(SYSTEM, document.id, "role:secretary")
    db.session.commit()
    base["version"] = str(document.version)
    assert first.post(f"/documents/{document.id}/edit", data=base | {"title": "Annas"}).status_code == 303
    clash = second.post(f"/documents/{document.id}/edit", data=base | {"title": "Sarmas"})
    page = _text(clash)
    assert clash.status_code == 409 and "Annas" in page and 'value="Sarmas"' in page
    version = re.search(r'name="version"[^>]*value="(\d+)"', page).group(1)
    saved = second.post(f"/documents/{document.id}/edit", data=base | {"title": "Sarmas", "version": version})
    assert saved.status_code == 303 and db.session.get(Document, document.id).title == "Sarmas"


def test_annulling_asks_first_and_needs_a_reason(make_document, as_client):
    document = make_document()
    browser = as_client("anna")
    assert "nevar atsaukt" in _text(browser.get(f"/documents/{document.id}/annul"))
    assert browser.post(f"/documents/{document.id}/annul", data={"reason": " "}).status_code == 422
    assert browser.post(f"/documents/{document.id}/annul", data={"reason": "Dubults"}).status_code == 303
    page = _text(browser.get(f"/documents/{document.id}"))
    assert "Anulēts" in page and "Dubults" in page
    assert as_client("pauls").post(f"/documents/{document.id}/annul", data={"reason": "x"}).status_code == 403


def test_the_head_gives_a_resolution_and_the_responsible_finishes(make_document, as_client, cast):
    document = make_document(unit_id=cast.units["2"].id)
    head = as_client("bruno")
    url = f"/documents/{document.id}"
    given = {"responsible_id": str(cast.liga.id), "text": "Atbildēt"}
    assert head.post(f"{url}/resolutions/new", data=given).status_code == 303
    assert "Līga Ozola" in _text(head.get(url))
    assert as_client("liga").post(f"{url}/finish", data={"note": "atbildēts"}).status_code == 303
    history = _text(head.get(f"{url}/history"))
    assert "noteica atbildīgo personu: Līga Ozola" in history and "atzīmēja dokumentu kā izpildītu" in history


def test_files_are_added_and_a_false_one_is_explained(make_document, as_client):
    document = make_document()
    browser, url = as_client("anna"), f"/documents/{document.id}/files"
    assert browser.post(url, data={"files": (io.BytesIO(b"x"), "x.txt")}).status_code == 303
    assert browser.post(url, data={}).status_code == 422
    wrong = browser.post(url, data={"files": (io.BytesIO(b"x"), "x.pdf")})
    assert wrong.status_code == 422 and "nav īsta PDF" in _text(wrong)
    assert len(documents.files_of(document.id)) == 1


def test_the_access_page_says_who_and_why_and_opens_to_others(make_document, as_client, cast):
    document = make_document()
    browser, url = as_client("anna"), f"/documents/{document.id}/access"
    assert "Loma: Lietvedis" in _text(browser.get(url))
    assert as_client("pauls").get(f"/documents/{document.id}").status_code == 404
    assert browser.post(url, data={"key": "role:it"}).status_code == 422
    assert browser.post(url, data={"key": f"person:{cast.pauls.id}", "until": "01.01.2999"}).status_code == 303
    assert "Pauls Siliņš" in _text(browser.get(url))
    assert as_client("pauls").get(f"/documents/{document.id}").status_code == 200
