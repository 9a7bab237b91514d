"""The other side of VPVKAC IS, the one-stop shops' system (specification 8.4), behind the gateway; and a page to be an
operator who fills in applications for clients.

Besides the gateway's faults it has `corrupt`, which spoils files, and `repeat`, which lists what was taken once more.
"""

import base64
import hashlib
import json
import re
import uuid
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, abort, flash, g, jsonify, redirect, render_template, request, url_for

from portal.sandbox import gateway
from portal.sandbox.gateway import Wrong, ensure_time, json_body
from portal.sandbox.store import store

bp = Blueprint("vpvkac", __name__)

API = "/vpvkac/v1"
NEXT = {
    None: {"REGISTRETS"},
    "REGISTRETS": {"APSTRADE", "ATSAUKTS"},
    "APSTRADE": {"PAPILDINF", "APTURETS", "SNIEGTS", "ATTEIKTS", "ATSAUKTS", "PARSUTITS"},
    "PAPILDINF": {"APSTRADE", "ATSAUKTS", "ATTEIKTS"},
    "APTURETS": {"APSTRADE", "ATSAUKTS"},
}
REFUSALS = {"WRONG_AUTHORITY", "UNKNOWN_SERVICE", "DATA_INVALID", "DUPLICATE"}
LARGEST_RESULT_BYTES = 20 * 1024 * 1024
PART_BYTES = 4 * 1024 * 1024


gateway.stand_before(bp, "vpvkac")


# --- what the municipality calls --------------------------------------------------------------------------------------


@bp.get(f"{API}/applications")
def waiting():
    """Pages of those that nobody has taken yet, oldest first."""
    if request.args.get("state") != "new":
        raise Wrong("FIELD_INVALID", "state must be new", "state")
    limit = min(int(request.args.get("limit") or 50), 50)
    listed = [
        (id, one)
        for id, one in store().list("vpvkac.application")
        if one["state"] == "new" or (g.fault == "repeat" and one["state"] == "acknowledged")
    ]
    after = request.args.get("after", "")
    start = next((n + 1 for n, (id, _one) in enumerate(listed) if id == after), 0)
    page = listed[start : start + limit]
    items = [
        {key: one["content"][key] for key in ("applicationId", "serviceCode", "submittedAt", "version")}
        for _id, one in page
    ]
    return jsonify(items=items, next=page[-1][0] if start + limit < len(listed) else None)


@bp.get(f"{API}/applications/<uuid:application_id>")
def application(application_id):
    """One whole application."""
    return jsonify(_get(application_id)["content"])


@bp.get(f"{API}/applications/<uuid:application_id>/files/<file_id>")
def file(application_id, file_id):
    """Bytes, with their digest in the header."""
    found = next((one for one in _get(application_id)["content"]["files"] if one["fileId"] == file_id), None)
    if found is None:
        raise Wrong("FILE_UNKNOWN", "there is no such file", status=404)
    data = store().blob_get(found["sha256"])
    if g.fault == "corrupt":
        data = data[:-1] + b"?"
    digest = base64.b64encode(bytes.fromhex(found["sha256"])).decode()
    return Response(data, content_type=found["mimeType"], headers={"Digest": f"sha-256={digest}"})


@bp.post(f"{API}/applications/<uuid:application_id>/ack")
def acknowledge(application_id):
    """The municipality has it, under this number; a repeat changes nothing."""
    one, body = _get(application_id), json_body()
    if not body.get("caseNumber"):
        raise Wrong("FIELD_MISSING", "caseNumber is missing", "caseNumber")
    if one["case_number"] and one["case_number"] != body["caseNumber"]:
        raise Wrong("CASE_NUMBER", f"it is known as {one['case_number']}", "caseNumber", 409)
    ensure_time(body, "receivedAt")
    one["state"], one["case_number"] = "acknowledged", body["caseNumber"]
    return _kept(application_id, one)


@bp.post(f"{API}/applications/<uuid:application_id>/reject")
def reject(application_id):
    """The municipality will not examine it."""
    one, body = _get(application_id), json_body()
    if body.get("code") not in REFUSALS or not body.get("text"):
        raise Wrong("FIELD_INVALID", "code and text say why", "code")
    if one["case_number"]:
        raise Wrong("STATUS_TRANSITION", "it has a case already", status=409)
    one["state"], one["refusal"] = "rejected", {"code": body["code"], "text": body["text"]}
    return _kept(application_id, one)


@bp.post(f"{API}/applications/<uuid:application_id>/status")
def status(application_id):
    """A new status; the same event changes nothing."""
    one, body = _get(application_id), json_body()
    if any(event["eventId"] == body.get("eventId") for event in one["events"]):
        return jsonify(eventId=body["eventId"]), 200
    if body.get("eventId") != request.headers.get("Idempotency-Key"):
        raise Wrong("FIELD_INVALID", "eventId must be the Idempotency-Key", "eventId")
    if not one["case_number"]:
        raise Wrong("STATUS_TRANSITION", "it was not acknowledged", status=409)
    now = one["events"][-1]["status"] if one["events"] else None
    if body.get("status") not in NEXT.get(now, set()):
        raise Wrong("STATUS_TRANSITION", f"{now} cannot become {body.get('status')}", "status")
    ensure_time(body, "statusAt")
    one["events"].append(body)
    _kept(application_id, one)
    return jsonify(eventId=body["eventId"]), 201


@bp.put(f"{API}/applications/<uuid:application_id>/result/files/<uuid:file_id>")
def result_part(application_id, file_id):
    """A part of at most 4 MB of a file of the result; a repeated part is the same part."""
    _get(application_id)
    span = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", request.headers.get("Content-Range", ""))
    data = request.get_data()
    if span is None or int(span[2]) - int(span[1]) + 1 != len(data) or len(data) > PART_BYTES:
        raise Wrong("FIELD_INVALID", "Content-Range does not fit the part", "Content-Range", 400)
    key = f"{application_id}/{file_id}"
    parts = store().get("vpvkac.part", key) or {"parts": {}, "size": int(span[3])}
    parts["parts"][span[1]] = store().blob_put(data)
    store().put("vpvkac.part", key, parts)
    return jsonify(received=len(data)), 201


@bp.post(f"{API}/applications/<uuid:application_id>/result")
def result(application_id):
    """The answer: what it is, and its files, here or in parts sent before; a repeat is the same answer."""
    one = _get(application_id)
    try:
        about = json.loads(request.files["result"].read() if "result" in request.files else request.form["result"])
    except (KeyError, ValueError) as error:
        raise Wrong("JSON_INVALID", "the part result is not JSON", status=400) from error
    for name in ("type", "number", "date", "deliveredVia"):
        if not about.get(name):
            raise Wrong("FIELD_MISSING", f"{name} is missing", name)
    files = [
        {"name": file.filename, "sha": store().blob_put(data), "size": len(data)}
        for file in request.files.getlist("file")
        for data in [file.read()]
    ]
    for wanted in about.get("files") or ():
        parts = store().get("vpvkac.part", f"{application_id}/{wanted['fileId']}") or {"parts": {}}
        data = b"".join(store().blob_get(parts["parts"][start]) for start in sorted(parts["parts"], key=int))
        if hashlib.sha256(data).hexdigest() != wanted["sha256"]:
            raise Wrong("DIGEST", f"{wanted['name']} did not arrive whole", "files")
        files.append({"name": wanted["name"], "sha": store().blob_put(data), "size": len(data)})
    if sum(file["size"] for file in files) > LARGEST_RESULT_BYTES:
        raise Wrong("TOO_LARGE", "at most 20 MB", status=413)
    one["result"] = {key: about[key] for key in ("type", "number", "date", "deliveredVia")} | {"files": files}
    return _kept(application_id, one)


def _get(application_id):
    one = store().get("vpvkac.application", str(application_id))
    if one is None:
        raise Wrong("APPLICATION_UNKNOWN", "there is no such application", status=404)
    return one


def _kept(application_id, one):
    store().put("vpvkac.application", str(application_id), one)
    return jsonify(applicationId=str(application_id), state=one["state"])


# --- what the operator does -------------------------------------------------------------------------------------------


def fill_in(s, *, service_code, client, data, files=(), answer_channel="EADRESE", centre="VPVKAC-OZP", replaces=None):
    """Fill in an application, or correct the one named by `replaces`. client: as the contract has it; files: (name,
    mime, bytes). Returns its id."""
    old = s.get("vpvkac.application", replaces) if replaces else None
    id = replaces or str(uuid.uuid4())
    moment = datetime.now(UTC) + timedelta(seconds=s.setting("clock_offset_s", 0) or 0)
    content = {
        "applicationId": id,
        "version": old["content"]["version"] + 1 if old else 1,
        "serviceCode": service_code,
        "formCode": f"{service_code}-F",
        "formVersion": 1,
        "submittedAt": moment.isoformat(timespec="seconds"),
        "centreCode": centre,
        "operator": {"name": "Vija Centra", "personCodeHash": hashlib.sha256(b"operators").hexdigest()},
        "client": client,
        "identityCheck": {"method": "PASE"},
        "answerChannel": answer_channel,
        "data": data,
        "files": [
            {"fileId": str(n), "name": name, "mimeType": mime, "size": len(content), "sha256": s.blob_put(content),
             "signed": name.endswith((".asice", ".edoc"))}
            for n, (name, mime, content) in enumerate(files)
        ],
    }  # fmt: skip
    kept = {"content": content, "state": "new", "case_number": old["case_number"] if old else None,
            "refusal": None, "events": old["events"] if old else [],
            "result": old["result"] if old else None}  # fmt: skip
    s.put("vpvkac.application", id, kept)
    return id


@bp.get("/vpvkac")
def page():
    """Fill in an application for a client; see what became of the others."""
    return _page()


def _page(error="", status=200):
    return render_template(
        "sandbox/vpvkac.html",
        error=error,
        typed=request.form,
        applications=list(reversed(store().list("vpvkac.application")))[:50],
    ), status


@bp.post("/vpvkac")
def operator():
    """Send what the operator filled in."""
    form = request.form
    code, name = form.get("code", "").strip(), form.get("name", "").strip()
    if not re.fullmatch(r"\d{11}", code) or not name:
        return _page("Vajadzīgs klienta vārds un 11 ciparu kods", 422)
    lines = [line.partition(":") for line in form.get("data", "").splitlines() if line.strip()]
    if not lines or any(not separator for _name, separator, _value in lines):
        return _page("Veidlapas laukus raksta pa vienam rindā: nosaukums: vērtība", 422)
    is_legal = code[0] in "459"
    replaces = form.get("replaces") or None
    if replaces and store().get("vpvkac.application", replaces) is None:
        return _page("Labojamais pieteikums nav atrodams", 422)
    id = fill_in(
        store(),
        service_code=form.get("service_code", "").strip(),
        client={
            "type": "legal" if is_legal else "natural",
            "code": code,
            "codeType": "UR" if is_legal else "PK",
            "name": name,
            "phone": form.get("phone", "").strip(),
            "eaddressActive": "eaddress" in form,
        },
        data={name.strip(): value.strip() for name, _separator, value in lines},
        files=[(f.filename, f.mimetype, f.read()) for f in request.files.getlist("files") if f.filename],
        answer_channel=form.get("answer_channel") or "KLATIENE",
        replaces=replaces,
    )
    flash(f"Pieteikums {id} gaida pašvaldību")
    return redirect(url_for("vpvkac.page"), 303)


@bp.get("/vpvkac/<uuid:application_id>/result/<int:n>")
def result_file(application_id, n):
    """A file of the answer."""
    one = store().get("vpvkac.application", str(application_id))
    if one is None or not one["result"] or n >= len(one["result"]["files"]):
        abort(404)
    entry = one["result"]["files"][n]
    response = Response(store().blob_get(entry["sha"]), content_type="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=entry["name"])
    return response
