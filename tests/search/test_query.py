"""The query language: how a typed query is understood, and that both kinds of index find the same by it."""

import re
from datetime import date

import pytest

from jobs.search import index_pending
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.search import service as search
from portal.search import words
from portal.search.query import Days, Match, understand

PLACES = {
    "road": dict(title="Lēmums par Skolas ielas remontu", text="Dome piešķir līdzekļus ceļa segumam.",
                 number="2.4/26-7", kind="decision", day=date(2026, 3, 1), author="SIA „Ceļu būve”",
                 class_name="Lēmums"),
    "bridge": dict(title="Tilta remonts", text="Par upi un ceļu pie tilta.", number="2.4/26-17", day=date(2025, 12, 31),
                   author="Jānis Bērziņš", status="document.done", class_name="Iesniegums"),
    "school": dict(title="Skolas jumts", text="Jumta remontam vajag dakstiņus.", number="5-7", day=date(2026, 7, 15),
                   status="document.in_work", level="document.restricted", class_name="Iesniegums"),
    "undated": dict(title="Bez datuma", text="Ceļam nav dienas.", day=None),
}  # fmt: skip
ASKED = {
    "ceļš": "road bridge undated",
    "ceļš UN remonts": "road bridge",
    "ceļš remonts": "road bridge",
    "tilti VAI jumti": "bridge school",
    "remonts (tilts VAI jumts)": "bridge school",
    "remonts NE tilts": "road school",
    "remonts -(tilts VAI jumts)": "road",
    "remonts NE (tilts VAI jumts)": "road",
    "-tilts remonts": "road school",
    "(skola UN jumts) VAI upe": "bridge school",
    "numurs:2.4/26-7": "road",
    "nr:2.4/26": "road bridge",
    "numurs: 5-7": "school",
    "numurs:2.4/26-1*": "bridge",
    "number:7": "road school",
    "nosaukums:remonts": "road bridge",
    "autors:berzins": "bridge",
    "no:Bērziņu": "bridge",
    "autors:ceļi": "road",
    'autors:"ceļu būve"': "road",
    "veids:lēmums": "road",
    "veids:dokuments remonts": "bridge school",
    "kind:decision": "road",
    "-veids:lēmums remonts": "bridge school",
    "klase:iesniegumi": "bridge school",
    "statuss:izpildīts": "bridge",
    "status:done": "bridge",
    "pieejamība:ierobežota": "school",
    "vienība:attīstības": "bridge",
    "gads:2026": "road school",
    "pēc:2026-03-01": "road school",
    "pēc:2026": "road school",
    "pirms:2026": "bridge",
    "pirms:01.03.2026": "bridge",
    "līdz:01.03.2026": "road bridge",
    "līdz:2026-03": "road bridge",
    "kopš:15.7.2026": "school",
    "ceļš -pēc:2026": "bridge undated",
    "(gads:2025 VAI numurs:5-7)": "bridge school",
    '="remontu"': "road",
    "remont*": "road bridge school",
    "gads:abc": "",
    "neesošs:lauks": "",
    "ceļš VAI": "road bridge undated",
    "VAI ceļš": "road bridge undated",
    "ceļš )": "road bridge undated",
    "((((((((((ceļš": "road bridge undated",
    "()": "",
}


@pytest.mark.req("15.2")
def test_each_query_finds_the_same_on_every_kind_of_index(put, cast):
    units = {"bridge": cast.units["2"].id}
    ids = {name: put(**entry, unit=units.get(name, "")) for name, entry in PLACES.items()}
    names = {object_id: name for name, object_id in ids.items()}
    index_pending()
    db.session.commit()
    for query, expected in ASKED.items():
        found = {names[hit.object_id] for hit in search.find(SYSTEM, query).hits}
        assert found == set(expected.split()), query
        by_age = [names[hit.object_id] for hit in search.find(SYSTEM, query, search.Filters(order="oldest")).hits]
        assert by_age == [one for one in ("bridge", "road", "school", "undated") if one in found], query
    titles = [names[hit.object_id] for hit in search.find(SYSTEM, "ceļš", search.Filters(order="title")).hits]
    assert titles == ["undated", "road", "bridge"]
    facets = search.find(SYSTEM, "remonts").facets
    counts = {name: {facet.label: facet.number for facet in values} for name, values in facets.items()}
    assert counts["class"] == {"Iesniegums": 2, "Lēmums": 1}
    assert counts["status"] == {"Izpildīts": 1, "Izpildē": 1} and counts["level"] == {"Ierobežota pieejamība": 1}
    narrowed = search.find(SYSTEM, "remonts", search.Filters(status="document.done", class_name="Iesniegums"))
    assert [hit.object_id for hit in narrowed.hits] == [ids["bridge"]]


def said(query):
    return [
        words.part_said(part) for part in understand(query, lambda facet, text: words.values_called(facet, text)).parts
    ]


def test_a_query_says_how_it_was_understood_and_gives_up_any_part(app):
    query = understand('ceļš "ielas remonts" -tilts pēc:01.03.2026 numurs:2.4/26*')
    assert [words.part_said(part) for part in query.parts] == [
        "ceļš", "„ielas remonts”", "bez: tilts", "no 01.03.2026", "numurs: 2.4/26*",
    ]  # fmt: skip
    assert query.parts[2].rest == 'ceļš "ielas remonts" pēc:01.03.2026 numurs:2.4/26*'
    assert isinstance(query.clauses[3], Days) and query.clauses[1].match is Match.WORDS
    either = understand("a VAI b UN c VAI (d e)")
    assert either.either and [part.rest for part in either.parts] == ["b UN c VAI (d e)", "a VAI (d e)", "a VAI b UN c"]
    assert said("veids:lieta statuss:izpildīts") == ["veids: Lieta", "stāvoklis: Izpildīts"]
    (plain,) = understand("veids:ābols").parts
    assert plain.plain and words.said(plain.node) == "„veids ābols”"


@pytest.mark.alike
def test_no_query_is_an_error(app):
    pieces = ["(", ")", "-", '"', "=", "*", ":", "numurs:", "pēc:", "pēc:99.99.2026", "UN", "VAI", "NE", "ceļš",
              "gads:", "veids:", "„", "”", "0000-13", "-(", "kopš:9999", "pirms:0001"]  # fmt: skip
    for first in pieces:
        for second in pieces:
            for third in ("", "(", "ceļš", "VAI", '"', "-"):
                for between in ("", " "):
                    query = understand(between.join((first, second, third)))
                    assert len(query.parts) <= 20 and all(words.part_said(part) for part in query.parts)


def test_the_page_shows_the_parts_and_groups_by_area(put, as_client):
    for name in ("road", "bridge"):
        put(**PLACES[name])
    index_pending()
    db.session.commit()
    browser = as_client("anna")
    page = browser.get("/search", query_string={"q": "remonts -jumts"}).get_data(as_text=True)
    assert re.search(r'class="chip">bez: jumts<a href="/search\?q=remonts"', page)
    assert page.index('id="area-documents"') < page.index('id="area-council"')
    assert "(2)" in page and "Tilta" in page and "Skolas" in page
    one = browser.get("/search", query_string={"q": "remonts", "area": "council"}).get_data(as_text=True)
    assert "Skolas" in one and "Tilta" not in one and re.search(r"Dokumenti <span[^>]*>\(1\)", one)
