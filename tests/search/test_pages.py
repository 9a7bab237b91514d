"""The search page over HTTP, on both kinds of index."""

import re
from datetime import date

import pytest

from jobs.search import index_pending
from portal.kernel.db import db
from portal.search import service as search
from portal.search.backends import whoosh_snapshot

ROAD = ("Lēmums par Skolas ielas remontu", "Dome nolēma piešķirt līdzekļus ceļa seguma atjaunošanai Ķekavā.")


@pytest.fixture
def read(as_client, index):
    """`read("anna", "words", kind=…)`: the page as text, after the index has caught up."""

    browsers = {}

    def get(who, query, **arguments):
        index_pending()
        db.session.commit()
        browser = browsers.get(who) or browsers.setdefault(who, as_client(who))
        response = browser.get("/search", query_string={"q": query, **arguments})
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.get_data(as_text=True)

    return get


def total(page):
    return int(re.search(r'class="search-count"[^>]*>\s*(\d+)', page)[1])


FINDING = (
    "ceļi", "celi", "CEĻIEM", "kekava", "nolemt", "remonts skola", '"ielu remonts"', '="remontu"', "atjaunoš*",
    "2.4/26-7", "remonts -tilts", "„ielas remonti”",
)  # fmt: skip
MISSING = (
    "tilti", '"remonts ielas"', '="remonts"', "ceļš -ielu", "remontēt", '"lēmums dome"', "2.4/26-8", "-ceļš", "(*"
)  # fmt: skip


@pytest.mark.req("15.2")
def test_a_word_in_another_form_or_without_diacritics_finds_the_decision(put, read):
    put(*ROAD, number="2.4/26-7")
    put("Protokols", "Par ko citu", number="2.4/26-9")
    for query in FINDING:
        page = read("anna", query)
        assert total(page) == 1, query
        assert "/documents/" in page


def test_what_does_not_meet_the_query_is_not_found(put, read):
    put(*ROAD, number="2.4/26-7")
    for query in MISSING:
        page = read("anna", query)
        assert total(page) == 0, query
        assert "/documents/" not in page


@pytest.mark.req("15.2")
def test_the_found_form_is_marked_in_title_and_passage(put, read):
    put(*ROAD)
    page = read("anna", "ceļš iela")
    assert "<mark>ielas</mark>" in page
    assert "<mark>ceļa</mark>" in page


def test_text_of_a_document_never_becomes_markup(put, read):
    put("<script>alert(1)</script> ceļš", "<b onclick=x>ceļu</b>")
    page = read("anna", "ceļš <i>")
    assert "<script>alert" not in page
    page = read("anna", "ceļš")
    assert "<script>alert" not in page
    assert "&lt;b onclick" in page


@pytest.mark.req("15.2")
def test_a_person_without_rights_sees_neither_hit_nor_count_nor_suggestion(put, read, cast):
    put(*ROAD, keys=(f"person:{cast.bruno.id}",), unit="Slepenā nodaļa")
    assert total(read("bruno", "ceļi")) == 1
    stranger = read("pauls", "ceļi")
    assert total(stranger) == 0
    assert "Skolas" not in stranger and "Slepenā" not in stranger and "(1)" not in stranger
    assert "atjaunosanei" in read("pauls", "atjaunosanei") and "atjaunošanai" not in read("pauls", "atjaunosanei")


@pytest.mark.req("15.2")
def test_rights_taken_away_count_at_once_though_the_index_lags(put, as_client, cast):
    shared = put(*ROAD, keys=("role:employee",))
    index_pending()
    db.session.commit()
    assert total(as_client("pauls").get("/search?q=ceļi").get_data(as_text=True)) == 1
    put(*ROAD, keys=(f"person:{cast.bruno.id}",), object_id=shared)
    page = as_client("pauls").get("/search?q=ceļi").get_data(as_text=True)
    assert total(page) == 0
    assert "Skolas" not in page and "(1)" not in page


def test_a_removed_object_is_not_found_from_that_moment_on(put, as_client):
    gone = put(*ROAD)
    index_pending()
    search.remove("document", gone)
    db.session.commit()
    assert total(as_client("anna").get("/search?q=ceļi").get_data(as_text=True)) == 0
    index_pending()
    db.session.commit()
    assert total(as_client("anna").get("/search?q=ceļi").get_data(as_text=True)) == 0


@pytest.mark.req("15.2")
def test_facets_count_and_narrow_and_keep_the_other_values_open(put, read, cast):
    for year, kind in ((2025, "document"), (2026, "document"), (2026, "case")):
        put("Ceļa remonts", kind=kind, day=date(year, 3, 1), unit=cast.units["2"].id)
    page = read("anna", "ceļi")
    assert total(page) == 3
    assert re.search(r"2026 <span[^>]*>\(2\)", page) and re.search(r"2025 <span[^>]*>\(1\)", page)
    assert re.search(r"Attīstības nodaļa <span[^>]*>\(3\)", page)
    page = read("anna", "ceļi", year="2026", kind="case")
    assert total(page) == 1
    assert re.search(r"2026 <span[^>]*>\(1\)", page)
    assert re.search(r"2025 <span", page) is None  # no case of 2025
    assert page.count('aria-current="true"') == 2


def test_the_title_weighs_more_and_newest_first_turns_the_order(put, read):
    put("Cits dokuments", "Par ceļu un ceļa malu, ceļi.", day=date(2026, 5, 1))
    put("Ceļa remonts", "Īss teksts", day=date(2024, 5, 1))
    page = read("anna", "ceļš")
    assert page.index("Īss teksts") < page.index("malu")
    page = read("anna", "ceļš", sort="newest")
    assert page.index("malu") < page.index("Īss teksts")


def test_common_words_are_ranked_by_title_and_form_and_paged_by_age(put, read, monkeypatch, index):
    if index != "files":
        pytest.skip("PostgreSQL weighs the newest hits itself")
    monkeypatch.setattr(whoosh_snapshot, "_WEIGHED", 0)
    monkeypatch.setattr(whoosh_snapshot, "_SORTED", 0)
    put("Cits", "ceļiem zīme1", day=date(2026, 9, 1))
    put("Cits", "ceļš zīme2", day=date(2026, 1, 1))
    put("Ceļu remonts", "zīme3", day=date(2020, 1, 1))
    put("Ceļš", "zīme4", day=date(2019, 1, 1))
    put("Cits", "ceļam zīme5", day=date(2026, 10, 1))
    page = re.sub("</?mark>", "", read("anna", "ceļš"))
    assert re.findall(r"zīme(\d)", page) == list("43251")
    page = re.sub("</?mark>", "", read("anna", "ceļš", sort="newest"))
    assert re.findall(r"zīme(\d)", page) == list("51234")


def test_pages_follow_each_other_without_gap_or_repetition(put, read):
    for number in range(45):
        put("Ceļa remonts", number=f"N-{number:03}", day=date(2026, 1, 1 + number % 28))
    seen = [re.findall(r"N-(\d{3})", re.sub("</?mark>", "", read("anna", "ceļš", page=page))) for page in (1, 2, 3)]
    assert [len(page) for page in seen] == [20, 20, 5]
    assert sorted(sum(seen, [])) == [f"{number:03}" for number in range(45)]
    assert 'rel="next"' not in read("anna", "ceļš", page=3)


@pytest.mark.req("15.2")
def test_a_slip_of_the_keyboard_gets_a_suggestion_that_finds(put, read):
    put(*ROAD)
    page = read("anna", "remotnu")
    assert total(page) == 0
    assert re.search(r'search-suggestion.*<a href="/search\?q=remontu">remontu</a>', page)


def test_typing_fetches_only_the_results(put, as_client):
    put(*ROAD)
    index_pending()
    db.session.commit()
    page = as_client("anna").get("/search?q=ceļi", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert page.lstrip().startswith('<section id="results"')
    assert "<html" not in page


def test_the_page_without_a_query_says_what_to_do_and_strangers_are_asked_to_sign_in(index, as_client, client):
    assert 'id="q"' in as_client("anna").get("/search").get_data(as_text=True)
    assert client.get("/search?q=x").status_code == 302


def test_no_typed_text_breaks_the_page(put, read):
    put(*ROAD)
    odd = ("'", '"', "\\", "a' | 'b", "=" * 50, "%s{}", "*", "-", "ā" * 2000, "x:*&!")
    for query in odd:
        read("anna", query)  # asserts 200
        read("anna", f'"{query}"')


def test_the_page_number_may_be_anything(put, read):
    put(*ROAD)
    for page in ("0", "-3", "abc", "99999999999999999999"):
        assert "1 rezultāts" in read("anna", "ceļi", page=page)
