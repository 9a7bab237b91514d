"""Saved searches and their news, words that mean the same, what was searched and opened lately, the table of hits; and
that none of it tells of what one may not see."""

import re

import pytest
import sqlalchemy as sa

from jobs.search import index_pending, look_for_news
from portal.audit.models import AuditRecord
from portal.identity.service import preferences
from portal.kernel import mail
from portal.kernel.db import db
from portal.search import service as search
from portal.search.models import SavedSearch, SearchEntry

SECRET = "Slepena ceļa pārbūve"


def index():
    index_pending()
    db.session.commit()


def search_page(browser, query="", **more):
    return browser.get("/search", query_string={"q": query, **more}).text


def shown(browser, query):
    """The results and facets, without what differs each time."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", search_page(browser, query).split("search-body")[-1])


def saved_row():
    return db.session.scalars(sa.select(SavedSearch)).one()


def entry(title):
    return db.session.scalars(sa.select(SearchEntry).where(SearchEntry.title == title)).one()


def bar_count(page):
    found = re.search(r'href="/search"[^>]*>.*?nav-count[^>]*>(\d+)', page.split("</nav>")[0], re.S)
    return int(found[1]) if found else 0


@pytest.mark.req("15.2")
def test_a_saved_search_tells_of_what_is_new_and_never_of_what_one_may_not_see(
    put, app, as_client, cast, anna, run_jobs, monkeypatch, clock_at
):
    sent = []
    monkeypatch.setattr(mail, "send", sent.append)
    clock_at("2026-11-24 09:00")
    put("Vecs ceļš")
    index()
    browser = as_client("anna")
    form = {"q": "ceļš", "name": "Ceļi", "tells": "on", "kind": "document"}
    assert browser.post("/search/save", data=form).location.endswith("kind=document")
    assert browser.post("/search/save", data=form | {"name": " "}).status_code == 303
    clock_at("2026-11-24 10:00")
    only_bruno = (f"person:{cast.bruno.id}",)
    put("Jauns ceļš", keys=("role:clerk",))
    put(SECRET, keys=only_bruno)
    put("Cita lieta par ceļu", kind="case")
    put("Ierobežots ceļš", level="document.restricted", keys=(f"person:{cast.anna.id}",))
    run_jobs()
    look_for_news()
    db.session.commit()
    run_jobs()
    (one,) = sent
    assert "Ceļi" in one.subject and "Jauns ceļš" in one.text and "1 ieraksts" in one.text
    assert SECRET not in one.text and "Ierobežots" not in one.text and "Vecs" not in one.text and "Cita" not in one.text
    page = search_page(browser)
    assert bar_count(page) == 1 and re.search(r"Ceļi</a> <span[^>]*>1 jauns", page)
    look_for_news()
    db.session.commit()
    run_jobs()
    assert len(sent) == 1, "told once until one looks"

    # closed to her meanwhile: neither the number nor a mail tells of it
    put("Jauns ceļš", object_id=entry("Jauns ceļš").object_id, keys=only_bruno)
    db.session.commit()
    app.extensions["pkip.counts"].clear()  # kept for two seconds
    page = search_page(browser)
    assert bar_count(page) == 0 and "1 jauns" not in page
    put("Jauns ceļš", object_id=entry("Jauns ceļš").object_id, keys=("role:clerk",))
    db.session.commit()
    opened = browser.get(f"/search/saved/{saved_row().id}")
    assert opened.status_code == 303 and "q=ce" in opened.location
    assert bar_count(search_page(browser)) == 0
    assert as_client("bruno").get(f"/search/saved/{saved_row().id}").status_code == 404

    # who wants no mail gets none; who wants no news has none
    preferences.set_notices(anna, set())
    clock_at("2026-11-24 11:00")
    put("Vēl viens ceļš")
    run_jobs()
    look_for_news()
    db.session.commit()
    run_jobs()
    assert len(sent) == 1 and bar_count(search_page(browser)) == 1
    browser.post(f"/search/saved/{saved_row().id}/tell", data={"tells": "0"})
    assert bar_count(search_page(browser)) == 0
    browser.post(f"/search/saved/{saved_row().id}/drop")
    assert db.session.scalar(sa.select(SavedSearch.id)) is None


@pytest.mark.req("15.2")
def test_words_that_mean_the_same_find_each_other_at_once(put, as_client):
    put("Bērnudārza remonts")
    put("Par pirmsskolas izglītības iestādēm")
    put("Par skolas izglītību")
    index()
    clerk, worker = as_client("anna"), as_client("pauls")
    assert "1 rezultāts" in search_page(worker, "bērnudārzi")
    assert worker.get("/search/synonyms").status_code == 403
    assert clerk.post("/search/synonyms", data={"words": "bērnudārzs"}).status_code == 422
    kept = clerk.post("/search/synonyms", data={"words": "bērnudārzs = pirmsskolas izglītības iestāde\nPII"})
    assert kept.status_code == 303
    for query in ("bērnudārzi", "bernudarzs", "pirmsskolas izglītības iestādes", '"pirmsskolas izglītības iestādē"',
                  "PII", "par VAI bērnudārzam"):  # fmt: skip
        page = search_page(worker, query)
        assert "2 rezultāti" in page or (query.startswith("par") and "3 rezultāti" in page), query
        assert "arī:" in page, query
    for query in ('="bērnudārza"', "bērnudār*", "nosaukums:bērnudārzs", "remonts -pii"):
        assert "1 rezultāts" in search_page(worker, query), query
    assert "1 rezultāts" in search_page(worker, "bērnudārzs remonts")
    group = re.search(r"/search/synonyms/([0-9a-f-]{36})\"", clerk.get("/search/synonyms").text)[1]
    version = re.search(r'name="version"[^>]*value="(\d+)"', clerk.get(f"/search/synonyms/{group}").text)[1]
    changed = {"words": "bērnudārzs\nskola", "version": version}
    assert clerk.post(f"/search/synonyms/{group}", data=changed).status_code == 303
    assert clerk.post(f"/search/synonyms/{group}", data=changed).status_code == 409
    assert "2 rezultāti" in search_page(worker, "bērnudārzs")
    clerk.post(f"/search/synonyms/{group}/remove")
    assert "1 rezultāts" in search_page(worker, "bērnudārzi")
    actions = db.session.scalars(sa.select(AuditRecord.action).where(AuditRecord.action.like("synonyms.%"))).all()
    assert sorted(actions) == ["synonyms.removed", "synonyms.saved", "synonyms.saved"]


@pytest.mark.req("15.2")
def test_what_is_offered_remembered_and_exported_is_what_one_may_see(put, as_client, cast, run_jobs):
    put("Ceļa plāns", number="1.2/26-33", text="Par ceļu")
    put(SECRET, number="1.2/26-34", keys=(f"person:{cast.bruno.id}",))
    put("=HYPERLINK(1) ceļš")
    index()
    bruno, pauls = as_client("bruno"), as_client("pauls")
    for typed, seen in (("ceļ", 3), ("1.2/26-3", 2), ("celi pl", 1), ("slep", 1), ("x", 0), ("", 0), ("ceļa ", 0)):
        offered = bruno.get("/search/offers", query_string={"q": typed}).text
        assert offered.count('role="option"') == seen, typed
        offered = pauls.get("/search/offers", query_string={"q": typed}).text
        assert "Slepena" not in offered and "26-34" not in offered
        assert offered.count('role="option"') == seen - ("Slepena" in bruno.get(
            "/search/offers", query_string={"q": typed}).text), typed  # fmt: skip
    assert 'id="offers"' in pauls.get("/").text

    for query in ("ceļš", "plāns", "ceļš"):
        search_page(pauls, query)
    page = search_page(pauls)
    assert page.index('q=ce%C4%BC%C5%A1"') < page.index('q=pl%C4%81ns"')
    assert "q=ce%C4%BC" not in search_page(bruno)
    pauls.post("/search/recent/forget")
    assert "q=pl%C4%81ns" not in search_page(pauls)

    table = pauls.get("/search/export.csv?q=ceļš").text
    assert "1.2/26-33" in table and "Slepena" not in table and "\r\n" in table and ";'=HYPERLINK" in table
    assert "Slepena" in bruno.get("/search/export.csv?q=ceļš").text
    asked = pauls.post("/search/export.xlsx?q=ceļš")
    run_jobs()
    ready = pauls.get(f"{asked.location}/file")
    assert ready.status_code == 200 and ready.data[:2] == b"PK"


@pytest.mark.req("15.2")
def test_each_facet_speaks_only_of_what_one_may_see(put, as_client, cast):
    put("Ceļš viens", class_name="Līgums", status="document.done", unit=cast.units["2"].id)
    put(SECRET, keys=(f"person:{cast.bruno.id}",), class_name="Slepens rīkojums", status="document.in_work",
        level="document.confidential", kind="draft", author="Slepens autors", unit="Slepenā nodaļa")  # fmt: skip
    index()
    pauls = as_client("pauls")
    alone = {}
    for query in ("ceļš", "slepena VAI ceļš", "statuss:izpildē VAI ceļš", "klase:rīkojums VAI ceļš", "gads:2026 -xyz",
                  "autors:autors VAI ceļš", "pieejamība:slēgta VAI ceļš", "ceļš veids:projekts"):  # fmt: skip
        results = shown(pauls, query)
        alone[query] = results
        assert "Slepen" not in results and "(2)" not in results and "Izpildē" not in results, query
    db.session.delete(entry(SECRET))
    db.session.commit()
    search.rebuild()
    for query, results in alone.items():
        assert shown(pauls, query) == results, query


@pytest.mark.req("15.2")
def test_a_saved_search_that_fails_stops_no_other(put, as_client, anna, bruno, run_jobs):
    for name in ("anna", "bruno"):
        as_client(name).post("/search/save", data={"q": "ceļš", "name": "Ceļi", "tells": "on"})
    broken, whole = db.session.scalars(sa.select(SavedSearch).order_by(SavedSearch.id)).all()
    assert (broken.person_id, whole.person_id) == (anna.person_id, bruno.person_id)
    broken.filters = {"colour": "red"}  # as a filter that a later version has no more
    db.session.commit()
    put("Jauns ceļš")
    run_jobs()
    with pytest.raises(ExceptionGroup):  # the job's record says what went wrong
        look_for_news()
    db.session.rollback()
    assert search.count_news(bruno) == 1


@pytest.mark.req("15.2")
def test_more_changes_than_one_run_looks_at_hide_no_news(put, as_client, anna, run_jobs, monkeypatch):
    monkeypatch.setattr("portal.search.service.saved._MOST_CHANGED", 2)
    as_client("anna").post("/search/save", data={"q": "ceļš", "name": "Ceļi", "tells": "on"})
    for title in ("Viens tilts", "Otrs tilts", "Jauns ceļš"):
        put(title)
    run_jobs()
    look_for_news()
    db.session.commit()
    assert search.count_news(anna) == 1


@pytest.mark.req("15.2")
def test_a_hand_made_version_of_a_group_is_answered_as_a_conflict(as_client):
    clerk = as_client("anna")
    clerk.post("/search/synonyms", data={"words": "bērnudārzs = pirmsskola"})
    group = re.search(r"/search/synonyms/([0-9a-f-]{36})\"", clerk.get("/search/synonyms").text)[1]
    for version in ("x", "²", "", "-1", "7"):
        answer = clerk.post(f"/search/synonyms/{group}", data={"words": "bērnudārzs\nskola", "version": version})
        assert answer.status_code == 409, version
