"""How much an application may keep: set by IT staff, counted as things come and go, refused with the numbers (14.1)."""

import io
import json
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.storage import service as storage
from portal.store.models import StoreItem

pytestmark = pytest.mark.req("14.1")
TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


def _counted(a):
    db.session.rollback()
    room = storage.room_of(a.id)
    return room.items, room.kept_bytes, room.waiting_bytes


def test_a_destroyed_item_gives_its_room_back_and_leaves_no_bytes_of_its_own(a, b, run_jobs, clock_at):
    for_good = {"If-Match": "*"}
    day = clock.today() + timedelta(days=60)
    kept = a.keep("Karte", [("karte.txt", b"savi"), ("kopa.txt", b"abiem")], retain_until=day.isoformat(),
                  metadata={"creator": ["SIA Ceļi"]})  # fmt: skip
    a.ask("POST", f"/items/{kept['id']}/versions", 201, for_good,
          json={"files": [{"sha256": kept["files"][0]["sha256"], "name": "vēlreiz.txt"}]})  # fmt: skip
    b.keep("Cita", [("kopa.txt", b"abiem")])
    own, both = (file["sha256"] for file in kept["files"])
    assert _counted(a) == (1, 13, 0)

    def destroy(status=200, caller=a):
        return caller.ask("POST", f"/items/{kept['id']}/destroy", status, for_good)

    destroy(409)  # it is not deleted
    a.ask("DELETE", f"/items/{kept['id']}?reason=veca", 204, for_good)
    destroy(404, b)
    assert "jāglabā līdz" in destroy(409).json["detail"]
    db.session.get(StoreItem, uuid.UUID(kept["id"])).retain_until = None
    db.session.commit()
    assert "varēs iznīcināt" in destroy(409).json["detail"]
    clock_at(f"{clock.today() + timedelta(days=31)} 12:00")
    db.session.get(StoreItem, uuid.UUID(kept["id"])).held_until = clock.today()
    db.session.commit()
    assert "jāpaliek" in destroy(409).json["detail"]
    clock_at(f"{clock.today() + timedelta(days=1)} 12:00")

    told = destroy().json
    assert (told["state"], told["metadata"]["title"], told["files"]) == ("destroyed", "Karte", [])
    assert "creator" not in told["metadata"] and _counted(a) == (0, 0, 0)
    destroy(409)
    a.ask("POST", f"/items/{kept['id']}/restore", 409, for_good)
    events = a.ask("GET", "/events").get_data(as_text=True)
    assert "lv.pkip.store.item.destroyed" in events
    run_jobs()
    assert storage.get_blob(own).erased_at and not storage.get_blob(both).erased_at
    record = db.session.scalars(sa.select(AuditRecord).where(AuditRecord.action == "store.item_destroyed")).one()
    assert (record.client, record.object_id) == (a.id, kept["id"])


def test_an_application_keeps_as_much_as_it_staff_let_it(a, b, cast, as_client, run_jobs):
    it, page = as_client("edgars"), f"/admin/applications/{a.client_id}"
    assert it.post(f"{page}/room", data={"most_items": "divi"}).status_code == 422
    limits = {"most_items": "3", "most_mb": "2", "most_waiting_mb": "1"}
    assert it.post(f"{page}/room", data=limits).status_code == 303
    assert as_client("liga").post(f"{page}/room", data=limits).status_code == 403

    # an upload is refused when it begins, with the numbers
    def begin(size, status=201):
        return a.ask("POST", "/uploads", status, {**TUS, "Upload-Length": str(size)}, data=b"")

    assert begin(1_000_001, 413).json["quota"] == {"of": "upload_bytes", "most": 1_000_000, "used": 0,
                                                   "asked": 1_000_001}  # fmt: skip
    url = begin(600_000).headers["Location"].partition("/api/v1")[2]
    told = begin(500_000, 507).json
    assert told["quota"] == {"of": "upload_bytes", "most": 1_000_000, "used": 600_000, "asked": 500_000}
    assert "1000000" in told["detail"] and "600000" in told["detail"] and "500000" in told["detail"]
    a.ask("DELETE", begin(400_000).headers["Location"].partition("/api/v1")[2], 204, TUS)
    a.ask("PATCH", url, 204, {**TUS, "Upload-Offset": "0"}, data=bytes(600_000))
    run_jobs()
    assert _counted(a) == (0, 0, 600_000)

    # used, it counts as kept; each version does, and what is deleted too
    upload = url.rpartition("/")[2]
    item = {"metadata": {"title": "Karte"}, "files": [{"upload": upload}]}
    kept = a.ask("POST", "/items", 201, json=item).json
    assert _counted(a) == (1, 600_000, 0)
    version = {"item": json.dumps({}), "files": [(io.BytesIO(bytes(900_000)), "karte.bin")]}
    a.ask("POST", f"/items/{kept['id']}/versions", 201, {"If-Match": "*"}, data=version)
    a.ask("DELETE", f"/items/{kept['id']}?reason=veca", 204, {"If-Match": "*"})
    assert _counted(a) == (1, 1_500_000, 0)

    # bytes, then items; what was refused counts for nothing and leaves no bytes
    assert a.keep("Par daudz", [("x", bytes(500_001))], status=507)["quota"]["of"] == "bytes"
    assert a.keep("Par lielu", [("x", bytes(2_000_001))], status=413)["quota"]["most"] == 2_000_000
    assert begin(500_001, 507).json["quota"] == {"of": "bytes", "most": 2_000_000, "used": 1_500_000, "asked": 500_001}
    a.keep("Otrais", [("y", b"yy")])

    # an import keeps what there is room for
    rows = [{"external_id": f"i-{n}", "metadata": {"title": f"Rinda {n}"}} for n in range(3)]
    lines = "\n".join(map(json.dumps, rows))
    asked = a.ask("POST", "/imports", 202, data=lines, content_type="application/jsonl").json
    run_jobs()
    results = a.ask("GET", f"/imports/{asked['id']}/rows").json["rows"]
    assert [row["result"] for row in results] == ["created", "refused", "refused"] and "3" in results[1]["why"]
    assert _counted(a) == (3, 1_500_002, 0) and _counted(b) == (0, 0, 0)
    b.keep("Cita")  # without a limit

    shown = it.get(page).text
    assert "3 no 3" in shown and "Pilns" in shown and "1,5\u00a0MB no 2,0\u00a0MB" in shown
    assert "3 no 3" in it.get("/store/grants").text and "3 no 3" in it.get(f"/store/items/{kept['id']}").text
    assert storage.room_of(str(uuid.uuid4())).items == 0 and storage.room_of("portal").items == 0
    storage.use_room("portal", items=10**9)
    assert len(storage.list_rooms(SYSTEM)) == 2
