"""How much an application may keep: set by IT staff, counted as things come and go, refused with the numbers (14.1)."""

import io
import json
import uuid

import pytest

from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.storage import service as storage

pytestmark = pytest.mark.req("14.1")
TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


def _counted(a):
    db.session.rollback()
    room = storage.room_of(a.id)
    return room.items, room.kept_bytes, room.waiting_bytes


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
