"""Search for other systems: what they may see, and their own items in it."""

import pytest

from portal.identity.service import clients
from portal.kernel.access import SYSTEM, set_of
from portal.kernel.db import db, new_id
from portal.search import service as search
from tests.store.conftest import Caller

PERMIT = {"title": "Būvatļauja Skolas ielai 5", "url": "https://gis.example/atlaujas/7", "number": "BA-7/2026",
          "text": "Atļauts nojaukt šķūni.", "date": "2026-03-01"}  # fmt: skip


def system(app, client_id, name, host):
    """An application that lives at a host and may put its items into the index."""
    made = Caller(app, client_id, name, scopes=["search:read", "search:write"])
    clients.change(SYSTEM, made.client_id, post_logout_uris=[f"https://{host}/sveiki"])
    db.session.commit()
    return made


@pytest.fixture
def gis(app):
    return system(app, "gis", "Ģeoportāls", "gis.example")


@pytest.fixture
def tax(app):
    return system(app, "nodokli", "Nodokļi", "nodokli.example")


def found(caller, query, **more):
    return caller.ask("GET", "/search", query_string={"q": query, **more}).json


@pytest.mark.req("15.2")
def test_a_system_finds_what_it_may_see_with_counts_marks_and_pages(gis, tax, run_jobs):
    for number in range(5):
        search.put("store_item", new_id(), f"Ceļa līgums {number}", f"L-{number}", "Par ceļiem.", None, "", "/x",
                   set_of("client:gis"), class_name="Līgums")  # fmt: skip
    search.put("document", new_id(), "Ceļa noslēpums", "D-1", "", None, "", "/d", set_of("role:clerk"))
    run_jobs()
    first = found(gis, "celi klase:līgums", limit=2)
    assert first["total"] == 5 and len(first["hits"]) == 2 and first["query"][1]["said"] == "klase: līgums"
    hit = first["hits"][0]
    mark = hit["passage"]["marks"][0]
    assert hit["passage"]["text"][mark["start"] : mark["end"]] == "ceļiem" and hit["url"].startswith("http")
    assert first["facets"]["class"] == [{"value": "Līgums", "label": "Līgums", "count": 5}]
    assert first["facets"]["kind"] == [{"value": "store_item", "label": "Dokumentu glabātavas vienība", "count": 5}]
    rest, cursor = [*first["hits"]], first["next"]
    while cursor:
        page = found(gis, "celi klase:līgums", limit=2, cursor=cursor)
        rest, cursor = rest + page["hits"], page["next"]
    assert len({one["id"] for one in rest}) == 5
    gis.ask("GET", "/search", 422, query_string={"q": "cits", "limit": 2, "cursor": first["next"]})
    gis.ask("GET", "/search", 422, query_string={"q": "cits", "cursor": "!"})

    # another system: neither hits, nor counts, nor a better spelling
    assert found(tax, "celi")["total"] == 0 and not any(found(tax, "celi")["facets"].values())
    assert found(tax, "noslēpms") == found(tax, "xqzws") | {"query": found(tax, "noslēpms")["query"]}
    assert found(gis, "noslēpums")["total"] == 0


@pytest.mark.req("15.2")
def test_a_system_puts_its_own_items_and_nobody_else_touches_them(gis, tax, run_jobs, cast, as_client):
    unit = str(cast.units["2"].id)
    item = PERMIT | {"readers": [f"unit:{unit}", "client:nodokli"], "unit": unit}
    assert gis.ask("PUT", "/search/items/permit/7", 201, json=item).json["readers"] == [
        "client:nodokli",
        f"unit:{unit}",
    ]
    run_jobs()
    assert found(gis, "šķūņi")["hits"][0]["application"] == "Ģeoportāls"
    assert found(tax, "numurs:BA-7")["total"] == 1
    insider = next(name for name in vars(cast) if name != "units" and getattr(cast, name).unit_id == cast.units["2"].id)
    page = as_client(insider).get("/search?q=ielas").text
    assert "https://gis.example/atlaujas/7" in page and "Ģeoportāls" in page and "Attīstības nodaļa" in page
    outsider = next(name for name in ("pauls", "sarma", "anna") if getattr(cast, name).unit_id != cast.units["2"].id)
    assert "gis.example" not in as_client(outsider).get("/search?q=ielas").text

    # changed and removed by its owner only; the other system's item of that name is another one
    tax.ask("GET", "/search/items/permit/7", 404)
    tax.ask("DELETE", "/search/items/permit/7", 404)
    tax.ask(
        "PUT", "/search/items/permit/7", 201, json=PERMIT | {"url": "https://nodokli.example/7", "title": "Nodoklis"}
    )
    gis.ask("PUT", "/search/items/permit/7", 200, json=PERMIT | {"text": "Atļauts celt pirti."})
    run_jobs()
    assert found(gis, "šķūnis")["total"] == 0 and found(gis, "pirts")["total"] == 1
    assert found(tax, "pirts")["total"] == 0, "readers were taken away with the change"
    assert gis.ask("GET", "/search/items/permit/7").json["title"] == PERMIT["title"]
    gis.ask("DELETE", "/search/items/permit/7", 204)
    assert found(gis, "pirts")["total"] == 0
    gis.ask("DELETE", "/search/items/permit/7", 404)


@pytest.mark.req("15.2")
def test_what_leads_elsewhere_or_names_nobody_is_refused(gis, cast, monkeypatch):
    def blamed(**changed):
        """The field that the refusal names."""
        problem = gis.ask("PUT", "/search/items/permit/1", 422, json=PERMIT | changed).json
        return problem["errors"][0]["pointer"].split("/")[1]

    for url in ("https://evil.example/", "https://gis.example@evil.example/", "http://gis.example/",
                "javascript:alert(1)", "//gis.example/x", "https://gis.example:444/",
                "https://gis.example\\@evil.example/"):  # fmt: skip
        assert blamed(url=url) == "url"
    for reader in (f"unit:{new_id()}", "unit:x", "role:nav", "client:nav", "person:x", "can:admin"):
        assert blamed(readers=[reader]) == "readers"
    assert blamed(unit=str(new_id())) == "unit"
    gis.ask("PUT", "/search/items/Permit!/1", 422, json=PERMIT)
    monkeypatch.setattr("portal.search.service.outside.MOST_ITEMS", 1)
    gis.ask("PUT", "/search/items/permit/1", 201, json=PERMIT)
    gis.ask("PUT", "/search/items/permit/1", 200, json=PERMIT)
    gis.ask("PUT", "/search/items/permit/2", 409, json=PERMIT)
    monkeypatch.setattr("portal.search.service.outside.MOST_CHARS", 40)
    gis.ask("PUT", "/search/items/permit/1", 409, json=PERMIT)
