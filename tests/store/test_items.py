"""An item's life through the API: kept, read, changed, locked, versioned, deleted, restored, exported (14.1, 14.2)."""

import base64
import hashlib
import io
import json
import zipfile

import pytest
import sqlalchemy as sa

from blueprints.api import bodies
from portal.audit.models import AuditRecord
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.search import service as search
from portal.storage.models import Blob, ScanState
from portal.store import service as store

TEXT = ("Līgums par ceļu remontu. " * 9000).encode()  # more than one piece of 64 KiB


@pytest.mark.req("14.1")
def test_an_item_is_kept_read_changed_locked_versioned_deleted_and_restored(a, contracts):
    files = [("līgums.txt", TEXT), ("../pielikums.csv", b"a;b"), (f"{'g' * 300}.pdf", b"x")]
    made = a.keep(files=files, **{"class": "contract"}, level="restricted", external_id="L-1",
                  metadata={"creator": ["SIA Ceļi"], "date": "2026-11-02"})  # fmt: skip
    path, etag = f"/items/{made['id']}", {"If-Match": f'"{made["revision"]}"'}
    assert [file["name"] for file in made["files"]] == ["līgums.txt", "pielikums.csv", f"{'g' * 251}.pdf"]
    assert a.ask("GET", path).json["metadata"] == {
        "title": "Līgums par ceļu", "creator": ["SIA Ceļi"], "date": "2026-11-02", "language": "lv",
    }  # fmt: skip
    assert a.ask("GET", path, 304, {"If-None-Match": etag["If-Match"]}).data == b""
    a.keep(external_id="L-1", status=409)

    assert a.ask("PATCH", path, 428, json={"level": "internal"}).json["title"]
    changed = a.ask("PATCH", path, headers=etag, json={"metadata": {"subject": ["ceļi"]}, "level": "internal"})
    assert changed.json["metadata"]["subject"] == ["ceļi"] and changed.headers["ETag"] != etag["If-Match"]
    assert a.ask("PATCH", path, 412, etag, json={"level": "open"}).json["detail"].startswith("Kopš nolasījāt")
    assert a.ask("GET", f"{path}/changes").json["changes"][0]["old"] == {"subject": None, "level": "restricted"}
    now = {"If-Match": changed.headers["ETag"]}

    lock = a.ask("POST", f"{path}/lock", headers=now, json={"minutes": 5})
    held = {"If-Match": lock.headers["ETag"]}
    a.ask("PATCH", path, 423, held, json={"level": "open"})
    token = {"Lock-Token": lock.json["lock_token"]}
    same = {"sha256": made["files"][0]["sha256"], "name": "jauns.txt"}
    version = a.ask("POST", f"{path}/versions", 201, held | token, json={"files": [same], "note": "Otrā"})
    assert version.json["version"] == 2 and version.json["files"][0]["name"] == "jauns.txt"
    a.ask("DELETE", f"{path}/lock", 423)
    a.ask("DELETE", f"{path}/lock", 204, token)
    told = a.ask("GET", f"{path}?expand=versions").json["versions"]
    assert [(one["version"], len(one["files"]), one["metadata"]["level"]) for one in told] == [
        (1, 3, "restricted"), (2, 1, "internal"),
    ]  # fmt: skip

    a.ask("DELETE", path, 422, {"If-Match": "*"})
    a.ask("DELETE", f"{path}?reason=K%C4%BC%C5%ABda", 204, {"If-Match": "*"})
    assert a.ask("GET", "/items").json["items"] == [] and a.ask("GET", path).json["state"] == "deleted"
    assert len(a.ask("GET", "/items?state=deleted").json["items"]) == 1
    a.ask("GET", made["files"][0]["url"].removeprefix("/api/v1"), 409)
    a.ask("POST", f"{path}/restore", headers={"If-Match": "*"})
    assert len(a.ask("GET", "/items?class=contract&expand=files,relations").json["items"]) == 1
    db.session.expire_all()
    actions = db.session.scalars(sa.select(AuditRecord.action).where(AuditRecord.object_id == made["id"])).all()
    assert {"store.item_created", "store.item_read", "store.item_changed", "store.item_locked", "store.version_added",
            "store.item_unlocked", "store.item_deleted", "store.item_restored"} <= set(actions)  # fmt: skip


@pytest.mark.req("14.1")
def test_bytes_come_whole_or_in_part_and_by_conditions(a):
    file = a.keep(files=[("līgums.txt", TEXT)])["files"][0]
    path, etag = file["url"].removeprefix("/api/v1"), f'"{hashlib.sha256(TEXT).hexdigest()}"'
    whole = a.ask("GET", path)
    assert whole.data == TEXT and whole.headers["ETag"] == etag
    assert whole.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(hashlib.sha256(TEXT).digest()).decode()}:"
    assert "filename*=UTF-8''l%C4%ABgums.txt" in whole.headers["Content-Disposition"]
    part = a.ask("GET", path, 206, {"Range": "bytes=65530-65545", "If-Range": etag})
    assert part.data == TEXT[65530:65546] and part.headers["Content-Range"] == f"bytes 65530-65545/{len(TEXT)}"
    assert a.ask("GET", path, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).data == TEXT
    assert a.ask("GET", path, 206, {"Range": "bytes=-5"}).data == TEXT[-5:]
    assert a.ask("GET", path, 206, {"Range": f"bytes=-{10**9}"}).data == TEXT
    head = a.ask("HEAD", path)
    assert head.data == b"" and head.headers["Content-Length"] == str(len(TEXT))
    a.ask("GET", path, 304, {"If-None-Match": etag})
    a.ask("GET", path, 412, {"If-Match": '"other"'})
    beyond = a.http.get(file["url"], headers={"Authorization": f"Bearer {a.token}", "Range": "bytes=9999999-"})
    assert beyond.status_code == 416 and beyond.headers["Content-Range"] == f"bytes */{len(TEXT)}"


@pytest.mark.req("14.2")
def test_properties_are_checked_against_the_set_and_old_items_keep_their_version(a, app):
    field = {"key": "amount", "name": "Summa", "type": "decimal", "required": True}
    store.save_property_set(SYSTEM, "contract", "Līgums", [field])
    db.session.commit()
    wrong = a.keep(property_set="contract", properties={"amount": "daudz", "other": 1}, status=422)
    assert {one["pointer"] for one in wrong["errors"]} == {"/properties/amount", "/properties/other"}
    old = a.keep(property_set="contract", properties={"amount": "12.50"}, external_id="K-7")
    more = {"key": "party", "name": "Puse", "type": "choice", "required": True, "choices": ["SIA", "AS"]}
    store.save_property_set(SYSTEM, "contract", "Līgums", [field, more])
    db.session.commit()

    a.keep(property_set="contract", properties={"amount": "1"}, status=422)
    path = f"/items/{old['id']}"
    kept = a.ask("PATCH", path, headers={"If-Match": "*"}, json={"properties": {"amount": 13}}).json
    assert kept["property_set"] == {"code": "contract", "version": 1} and kept["properties"] == {"amount": "13"}
    both = {"property_set": "contract", "properties": {"amount": 13, "party": "SIA"}}
    assert a.ask("PATCH", path, headers={"If-Match": "*"}, json=both).json["property_set"]["version"] == 2
    assert [one["version"] for one in a.ask("GET", "/property-sets").json["property_sets"]] == [2]


@pytest.mark.req("14.2")
def test_metadata_and_properties_are_found_in_any_form(a, run_jobs):
    store.save_property_set(SYSTEM, "p", "P", [{"key": "place", "name": "Vieta", "type": "text"}])
    db.session.commit()
    told = {"metadata": {"creator": ["Ozoliņa Baiba"]}, "property_set": "p", "properties": {"place": "kapsēta"}}
    a.keep("Līgums par ceļu", [("a.txt", "Tāme par bruģi".encode())], **told)
    run_jobs()
    for query in ("ceļiem", "kapsētas", "baiba", "bruģim"):
        assert search.find(SYSTEM, query).total == 1, query


@pytest.mark.req("14.1")
def test_a_request_that_comes_twice_is_done_once(a):
    key = {"Idempotency-Key": "k-1"}
    item = {"metadata": {"title": "Rēķins"}}
    first = a.ask("POST", "/items", 201, key, json=item)
    again = a.ask("POST", "/items", 201, key, json=item)
    assert first.json == again.json and again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["ETag"] == first.headers["ETag"] and again.headers["Location"] == first.headers["Location"]
    a.ask("POST", "/items", 409, key, json={"metadata": {"title": "Cits"}})
    assert len(a.ask("GET", "/items").json["items"]) == 1
    # what was refused is not kept: it may be put right and sent again
    a.ask("POST", "/items", 422, {"Idempotency-Key": "k-2"}, json={"metadata": {"title": "X"}, "class": "nav"})
    a.ask("POST", "/items", 201, {"Idempotency-Key": "k-2"}, json={"metadata": {"title": "X"}})


@pytest.mark.req("14.1")
def test_a_form_with_files_that_comes_twice_at_once_is_done_once(a, monkeypatch):
    key, stage, others = {"Idempotency-Key": "k-1"}, bodies.store.stage_entries, []

    def stage_late(files):
        if not others:  # while the files of the first are read, the second comes and is done
            others.append(None)
            others[0] = a.keep("Rēķins", [("r.txt", b"viens")], headers=key)
        return stage(files)

    monkeypatch.setattr(bodies.store, "stage_entries", stage_late)
    assert a.keep("Rēķins", [("r.txt", b"viens")], headers=key)["id"] == others[0]["id"]
    assert len(a.ask("GET", "/items").json["items"]) == 1
    a.keep("Rēķins", [("r.txt", b"divi!")], headers=key, status=409)  # as long, but other bytes


@pytest.mark.req("14.1")
def test_identifiers_are_reserved_items_related_and_exported(a, b):
    ids = a.ask("POST", "/reservations", 201, json={"count": 2}).json["ids"]
    first = a.keep("Pirmais", id=ids[0], files=[("a.txt", b"viens")])
    b.keep("Svešs", id=ids[1], status=422)
    a.keep("Vēlreiz", id=ids[0], status=422)
    second = a.keep("Otrais", id=ids[1], relations=[{"kind": "isPartOf", "id": first["id"]}])
    assert a.ask("GET", f"/items/{second['id']}?expand=relations").json["relations"][0]["title"] == "Pirmais"
    answer = a.ask("POST", "/exports", json={"ids": ids})
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert archive.read(f"{ids[0]}/001-a.txt") == b"viens"
        assert json.loads(archive.read(f"{ids[1]}/item.json"))["relations"] == [{"kind": "isPartOf", "id": ids[0]}]
    db.session.get_one(Blob, first["files"][0]["sha256"]).scan = ScanState.QUARANTINED
    db.session.commit()
    a.ask("POST", "/exports", 409, json={"ids": ids})
    assert [one["id"] for one in a.ask("GET", "/items?limit=1").json["items"]] == [max(ids)]


@pytest.mark.req("14.1")
def test_wrong_requests_are_told_what_is_wrong_in_the_callers_language(a):
    assert a.ask("POST", "/items", 415, data="x", content_type="text/plain").json["status"] == 415
    assert a.ask("POST", "/items", 400, data="{", content_type="application/json")
    told = a.ask("POST", "/items", 422, {"Accept-Language": "en"}, json={"metadata": {}, "x": 1}).json
    assert {one["pointer"]: one["detail"] for one in told["errors"]} == {
        "/metadata/title": "This field must be filled in", "/x": "There is no such field",
    }  # fmt: skip
    assert a.ask("GET", "/items?limit=0", 422).json["errors"][0]["pointer"] == "/query/limit"
    a.ask("GET", "/items?cursor=zzz", 422)
    a.ask("GET", "/items?owner=%00", 400)
    a.ask("POST", "/items", 400, data="[" * 100_000, content_type="application/json")
    made = a.keep("Vārds")
    for value in ("\ud800", "a" * 300_000 + "\0", "\0"):
        a.ask("PATCH", f"/items/{made['id']}", 422, {"If-Match": "*"}, json={"metadata": {"title": value}})
    for mime in ("tēksts/ā", "text/plain\n"):  # goes into a header of every answer
        a.ask("POST", "/items", 422, json={"metadata": {"title": "X"}, "files": [{"sha256": "0" * 64, "mime": mime}]})
    a.ask("GET", "/items?changed_after=0001-01-01T00:00:00%2B14:00", 422)
