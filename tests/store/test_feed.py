"""What other systems follow and replay, many items at once, and items that nobody may change yet (14.1)."""

import hashlib
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict
from portal.store import service as store

pytestmark = pytest.mark.req("14.1")
LINES = {"Content-Type": "application/jsonl"}


def _events(caller, after=0):
    answer = caller.ask("GET", f"/events?after={after}")
    assert answer.content_type == "application/cloudevents-batch+json"
    batch = json.loads(answer.get_data())
    assert all(one["specversion"] == "1.0" and one["source"] and one["time"] for one in batch)
    return [(one["type"].removeprefix("lv.pkip.store."), one.get("subject")) for one in batch], answer.headers[
        "Next-Cursor"
    ]


def test_a_system_follows_what_it_may_read_from_where_it_was(a, b, contracts):
    kept = a.keep("Līgums")
    assert _events(a)[0] == [("item.created", kept["id"])] and _events(b)[0] == []
    item = f"/items/{kept['id']}"
    a.ask("PATCH", item, json={"metadata": {"title": "Cits"}}, headers={"If-Match": "*"})
    _seen, cursor = _events(a)
    grant = a.ask("POST", "/grants", 201, json={"holder": b.key, "item": kept["id"]}).json
    assert [kind for kind, _id in _events(a, cursor)[0]] == ["grant.given"]
    assert [kind for kind, _id in _events(b)[0]] == ["item.created", "item.changed", "grant.given"]
    a.ask("DELETE", f"/grants/{grant['id']}", 204)
    assert [kind for kind, _id in _events(b)[0]] == ["grant.given", "grant.ended"]  # of the item itself nothing now
    a.ask("DELETE", f"{item}?reason=lieks", 204, headers={"If-Match": "*"})
    assert _events(a)[0][-1] == ("item.deleted", kept["id"])
    db.session.commit()
    clock.set_offset(91 * 24 * 3600)
    store.forget_old_events()
    left = store.list_events(SYSTEM)
    assert len(left) == 1  # the last, from which the numbers go on: no cursor runs ahead of them
    a.ask("POST", "/items", 201, json={"metadata": {"title": "Jauns"}})
    assert [one.kind for one in store.list_events(SYSTEM, left[0].n)] == ["item.created"]


def test_an_import_is_checked_whole_done_by_a_job_and_repeated_without_doubling(a, b, contracts, run_jobs):
    hers = b.keep("Svešs", [("s.txt", b"not for a")])
    own = a.keep("Savs", [("savs.txt", b"own bytes")])
    digest = {name: hashlib.sha256(data).hexdigest() for name, data in (("a", b"own bytes"), ("b", b"not for a"))}
    rows = [
        {
            "external_id": "x1",
            "metadata": {"title": "Pirmais", "date": "2026-05-04"},
            "files": [{"sha256": digest["a"]}],
        },
        {"external_id": "x2", "metadata": {"title": "Otrais\u2028teikums"}, "files": [{"sha256": digest["b"]}]},
    ]
    manifest = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    wrong = manifest + '\n{"external_id": "x1", "metadata": {}}'
    problem = a.ask("POST", "/imports", 422, LINES, data=wrong).json
    assert {one["pointer"] for one in problem["errors"]} >= {"/3/metadata/title"}
    a.ask("POST", "/imports", 400, LINES, data="{")
    a.ask("POST", "/imports", 400, LINES, data="[" * 100_000)
    half = json.dumps({"external_id": "x", "metadata": {"title": "X"}, "properties": {"x": "\ud800"}})
    a.ask("POST", "/imports", 400, LINES, data=half)  # the job could not keep it
    a.ask("POST", "/imports", 422, LINES, data=half.replace("ud800", "u0000"))
    a.ask("POST", "/imports", 415, {"Content-Type": "text/plain"}, data="x")

    def done(data, kind):
        answer = a.ask("POST", "/imports", 202, {"Content-Type": kind}, data=data)
        run_jobs()
        told = a.ask("GET", f"/imports/{answer.json['id']}").json
        assert told["finished_at"] and told["done"] == told["total"]
        b.ask("GET", f"/imports/{answer.json['id']}", 404)
        return told["results"], a.ask("GET", f"/imports/{answer.json['id']}/rows").json["rows"]

    results, report = done(manifest, "application/jsonl")
    assert results == {"created": 1, "refused": 1} and report[1]["why"] and report[1]["item_id"] is None
    tried = sa.select(AuditRecord.client).where(AuditRecord.action == "store.bytes_refused")
    assert db.session.scalars(tried.where(AuditRecord.object_id == digest["b"])).all() == [a.id]
    made = a.ask("GET", f"/items/{report[0]['item_id']}").json
    assert made["metadata"]["date"] == "2026-05-04" and made["files"][0]["sha256"] == digest["a"]
    results, report = done(manifest, "application/jsonl")
    assert results == {"same": 1, "refused": 1} and report[0]["item_id"] == made["id"]
    table = f"external_id,title,creator,sha256\nx1,Cits nosaukums,,\nx3,Trešais,Anna|Bruno,{digest['a']}\n"
    results, report = done(table, "text/csv")
    assert results == {"created": 1, "refused": 1} and report[0]["result"] == "refused"
    assert a.ask("GET", f"/items/{report[1]['item_id']}").json["metadata"]["creator"] == ["Anna", "Bruno"]
    assert hers["id"] != own["id"]


def test_what_is_held_stays_as_it_is_for_everybody(a, contracts):
    kept = a.keep("Protokols", [("p.txt", b"text")])
    item, day = f"/items/{kept['id']}", clock.today() + timedelta(days=30)
    a.ask("PUT", f"{item}/hold", 422, json={"until": clock.today().isoformat()})
    assert a.ask("PUT", f"{item}/hold", json={"until": day.isoformat()}).json["held_until"] == day.isoformat()
    a.ask("PUT", f"{item}/hold", 422, json={"until": (day - timedelta(days=1)).isoformat()})
    any_revision = {"If-Match": "*"}
    a.ask("PATCH", item, 409, json={"metadata": {"title": "Cits"}}, headers=any_revision)
    a.ask("DELETE", f"{item}?reason=x", 409, headers=any_revision)
    a.ask("POST", f"{item}/versions", 409, json={"files": []}, headers=any_revision)
    own = store.keep_own("doc-1", class_code="contract", class_name="Līgumi", level="internal", title="D", facts={},
                         date=None, files=[])  # fmt: skip
    own.held_until = day
    with pytest.raises(Conflict, match="jāpaliek"):
        store.destroy_own("doc-1")
    db.session.commit()
    clock.set_offset(31 * 24 * 3600)
    db.session.expire_all()
    store.destroy_own("doc-1")
    assert own.state == "destroyed"


def test_forgetting_where_nothing_has_happened_yet_is_nothing(app):
    store.forget_old_events()
    assert store.list_events(SYSTEM) == []
