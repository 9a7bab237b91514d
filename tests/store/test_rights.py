"""Who may read what, through each of the six ways, and that refusals are on record (14.1)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.search import service as search
from portal.store import service as store

pytestmark = pytest.mark.req("14.1")


def ways(caller, item, sha256):
    """By which of the six ways the caller gets at the item: each is tried."""
    found = set()
    if _reads(caller, "GET", f"/items/{item}"):
        found.add("get")
    if any(one["id"] == item for one in caller.ask("GET", "/items?owner=pirkumi").json["items"]):
        found.add("list")
    own = caller.keep("Savs")  # a relation that was made while the item was open stays when it is closed
    db.session.execute(
        sa.text("INSERT INTO store_relation (item_id, kind, target_id) VALUES (:own, 'references', :item)"),
        {"own": _key(own["id"]), "item": _key(item)},
    )
    db.session.commit()
    if caller.ask("GET", f"/items/{own['id']}?expand=relations").json["relations"]:
        found.add("expand")
    hits = search.find(_searcher(caller), "noslēpums").hits
    if any(str(hit.object_id) == item for hit in hits):
        found.add("search")
    if _reads(caller, "POST", "/exports", json={"ids": [item]}):
        found.add("export")
    answer = caller.http.post(
        "/api/v1/items", json={"metadata": {"title": "Kopija"}, "files": [{"sha256": sha256}]},
        headers={"Authorization": f"Bearer {caller.token}"},
    )  # fmt: skip
    assert answer.status_code in (201, 422)
    if answer.status_code == 201:
        found.add("import")
    return found


def _key(text):
    import uuid

    return uuid.UUID(text).hex if db.engine.dialect.name == "sqlite" else uuid.UUID(text)


def _searcher(caller):
    from dataclasses import replace

    actor = caller.actor
    return replace(actor, keys=actor.keys | {"can:search.use"})


def _reads(caller, method, path, **kwargs):
    answer = caller.http.open(
        f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {caller.token}"}, **kwargs
    )
    assert answer.status_code in (200, 404)
    return answer.status_code == 200


ALL = {"get", "list", "expand", "search", "export", "import"}


def test_another_systems_item_is_seen_by_grant_only_in_each_of_the_six_ways(a, b, contracts, run_jobs, clock_at):
    made = b.keep("Noslēpums", [("n.txt", b"slepens")], **{"class": "contract"}, level="restricted")
    item, sha256 = made["id"], made["files"][0]["sha256"]
    run_jobs()
    assert ways(b, item, sha256) >= {"get", "list", "search", "export", "import"}

    # without a grant: refused in each way, in the words for what is not there, and on record
    assert ways(a, item, sha256) == set()
    records = db.session.execute(
        sa.select(AuditRecord.action, AuditRecord.client).where(
            AuditRecord.result == "refused", AuditRecord.object_id.in_([item, sha256])
        )
    ).all()
    assert len([one for one in records if one == ("store.refused", a.id)]) == 4  # get, list, expand, export
    assert ("store.bytes_refused", a.id) in records
    unknown = a.ask("GET", "/items/00000000-0000-7000-8000-000000000000", 404).json
    assert a.ask("GET", f"/items/{item}", 404).json["detail"] == unknown["detail"]
    nobody = a.keep(status=422, **{"relations": [{"kind": "references", "id": item}]})
    assert "Starp vienībām" in nobody["errors"][0]["detail"]
    a.ask("POST", "/grants", 404, json={"holder": b.key, "item": item})
    a.ask("GET", f"/items/{item}/readers", 404)
    a.ask("DELETE", f"/items/{item}?reason=x", 404, {"If-Match": "*"})

    def granted(**what):
        return b.ask("POST", "/grants", 201, json={"holder": a.key, **what}).json["id"]

    # a class, but up to too low a level; another class
    too_low = granted(**{"class": "contract"}, up_to_level="internal")
    granted(**{"class": "invoice"}, up_to_level="confidential")
    assert ways(a, item, sha256) == set()
    b.ask("DELETE", f"/grants/{too_low}", 204)

    # one item: at once in each way, until it is ended
    grant = granted(item=item)
    run_jobs()  # what is opened is found once the index has followed; what is closed is gone at once
    assert ways(a, item, sha256) == ALL
    a.ask("PATCH", f"/items/{item}", 403, {"If-Match": "*"}, json={"level": "open"})
    b.ask("DELETE", f"/grants/{grant}", 204)
    # what it has copied meanwhile is its own; the item is not
    assert ways(a, item, sha256) - {"import"} == set()

    run_jobs()
    # a class up to the level, until a day; deletion closes it at once too
    today = clock.today()
    granted(**{"class": "contract"}, up_to_level="restricted", until=today.isoformat())
    assert ways(a, item, sha256) == ALL
    readers = b.ask("GET", f"/items/{item}/readers").json["readers"]
    assert [(one["holder"], one["why"], one["until"]) for one in readers] == [
        (b.key, "owner", None), (a.key, "class", today.isoformat()),
    ]  # fmt: skip
    b.ask("PATCH", f"/items/{item}", headers={"If-Match": "*"}, json={"level": "confidential"})
    assert not _reads(a, "GET", f"/items/{item}")
    b.ask("PATCH", f"/items/{item}", headers={"If-Match": "*"}, json={"level": "open"})
    assert _reads(a, "GET", f"/items/{item}")
    b.ask("DELETE", f"/items/{item}?reason=x", 204, {"If-Match": "*"})
    assert ways(a, item, sha256) - {"import"} == set()
    b.ask("POST", f"/items/{item}/restore", headers={"If-Match": "*"})
    assert _reads(a, "GET", f"/items/{item}")
    assert a.actor.keys >= {store.class_key("pirkumi", "contract", "open")}
    clock_at(f"{today + timedelta(days=1)} 08:00")
    assert store.class_key("pirkumi", "contract", "open") not in a.actor.keys


def test_a_unit_that_is_granted_reads_until_the_grant_ends(b, cast, contracts, run_jobs):
    item = b.keep("Iepirkuma līgums", **{"class": "contract"})["id"]
    run_jobs()
    unit = cast.units["2"]
    people = {name: lambda name=name: identity.actor_for(getattr(cast, name).id) for name in ("liga", "pauls")}
    assert not search.find(people["liga"](), "iepirkumi").hits
    given = b.ask("POST", "/grants", 201, json={"holder": f"unit:{unit.id}", "class": "*"}).json
    assert [str(hit.object_id) for hit in search.find(people["liga"](), "iepirkumi").hits] == [item]
    assert store.get_item(people["liga"](), item).title == "Iepirkuma līgums"
    assert not search.find(people["pauls"](), "iepirkumi").hits
    assert b.ask("GET", f"/items/{item}/readers").json["readers"][1]["name"] == unit.name
    b.ask("DELETE", f"/grants/{given['id']}", 204)
    assert not search.find(people["liga"](), "iepirkumi").hits
    b.ask("DELETE", f"/grants/{given['id']}", 409)


def test_a_wrong_grant_is_refused_with_its_reason(a, b, contracts):
    item = b.keep()["id"]
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    for wrong, field in [
        ({"holder": "client:nav-tadas", "item": item}, "holder"),
        ({"holder": b.key, "item": item}, "holder"),
        ({"holder": "unit:x", "item": item}, "holder"),
        ({"holder": a.key, "item": item, "class": "contract"}, "class"),
        ({"holder": a.key}, "class"),
        ({"holder": a.key, "class": "nav"}, "class"),
        ({"holder": a.key, "item": item, "until": yesterday}, "until"),
    ]:
        assert b.ask("POST", "/grants", 422, json=wrong).json["errors"][0]["pointer"] == f"/{field}"
    assert b.ask("GET", "/grants").json["grants"] == []


def test_the_portals_own_name_belongs_to_no_application(app):
    from portal.identity.service import clients
    from portal.kernel.errors import Invalid

    with pytest.raises(Invalid):
        clients.register(SYSTEM, "portal", name="Es")
