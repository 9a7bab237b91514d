"""The other side of PSPP: the state's record of public services delivered (specification 8.2), behind the gateway.

Besides the gateway's faults it has `refuse`: 422 for every record.
"""

import re
import uuid

from flask import Blueprint, g, jsonify, request

from portal.sandbox import gateway
from portal.sandbox.gateway import Wrong, ensure_time, json_body
from portal.sandbox.store import store

bp = Blueprint("pspp", __name__, url_prefix="/pspp/v1")

LARGEST_BYTES = 1024 * 1024
LONGEST_TEXT = 1000
NEXT = {
    "REGISTRETS": {"APSTRADE", "ATSAUKTS"},
    "APSTRADE": {"PAPILDINF", "APTURETS", "SNIEGTS", "ATTEIKTS", "ATSAUKTS", "PARSUTITS"},
    "PAPILDINF": {"APSTRADE", "ATSAUKTS", "ATTEIKTS"},
    "APTURETS": {"APSTRADE", "ATSAUKTS"},
    "SNIEGTS": set(),
    "ATTEIKTS": set(),
    "ATSAUKTS": set(),
    "PARSUTITS": set(),
}
CHANNELS = {"KLATIENE", "VPVKAC", "E_PAKALPOJUMS", "EADRESE", "EPASTS", "TALRUNIS", "PASTS", "PORTALS", "CITS"}


gateway.stand_before(bp, "pspp")


@bp.before_request
def _guard():
    if request.content_length and request.content_length > LARGEST_BYTES:
        raise Wrong("TOO_LARGE", "at most 1 MB a request", status=413)
    if g.fault == "refuse":
        raise Wrong("SERVICE_UNKNOWN", "serviceCode is not in the catalogue", "serviceCode")


@bp.put("/service-instances/<uuid:instance_id>")
def put_instance(instance_id):
    """Create or replace a record. `version` must grow; a status other than the present one must be allowed next."""
    body, key = json_body(), _idempotency_key()
    known = _known_answer(key, body)
    if known:
        return known
    _check_record(body, instance_id)
    old = store().get("pspp.instance", str(instance_id))
    if old:
        if body["version"] <= old["record"]["version"]:
            raise Wrong("VERSION_OLD", f"version must be above {old['record']['version']}", "version", 409)
        if body["status"] != old["record"]["status"]:
            _check_move(old["record"]["status"], body["status"])
    elif body["status"] != "REGISTRETS":
        raise Wrong("STATUS_TRANSITION", "a record begins with REGISTRETS", "status")
    events = old["events"] if old else []
    if not old:
        events = [{"eventId": key, "status": body["status"], "statusAt": body["statusAt"]}]
    store().put("pspp.instance", str(instance_id), {"record": body, "events": events})
    answer = {"instanceId": str(instance_id), "version": body["version"]}
    return _remember(key, body, answer, 200 if old else 201)


@bp.post("/service-instances/<uuid:instance_id>/events")
def add_event(instance_id):
    """Add one state change; the same Idempotency-Key answers 200 with the same eventId and adds nothing."""
    body, key = json_body(), _idempotency_key()
    known = _known_answer(key, body)
    if known:
        return known
    instance = store().get("pspp.instance", str(instance_id))
    if instance is None:
        raise Wrong("INSTANCE_UNKNOWN", "there is no such record", status=404)
    if body.get("eventId") != key:
        raise Wrong("FIELD_INVALID", "eventId must be the Idempotency-Key", "eventId")
    if len(body.get("textForClient") or "") > LONGEST_TEXT:
        raise Wrong("FIELD_INVALID", f"textForClient: at most {LONGEST_TEXT} characters", "textForClient")
    ensure_time(body, "statusAt")
    _check_move(instance["record"]["status"], body.get("status"))
    instance["record"]["status"], instance["record"]["statusAt"] = body["status"], body["statusAt"]
    instance["events"].append(body)
    store().put("pspp.instance", str(instance_id), instance)
    return _remember(key, body, {"eventId": key}, 201)


@bp.get("/service-instances/<uuid:instance_id>")
def get_instance(instance_id):
    """Read a record back, with its state changes."""
    instance = store().get("pspp.instance", str(instance_id))
    if instance is None:
        raise Wrong("INSTANCE_UNKNOWN", "there is no such record", status=404)
    return jsonify({**instance["record"], "events": instance["events"]})


def _idempotency_key():
    key = request.headers.get("Idempotency-Key", "")
    try:
        return str(uuid.UUID(key))
    except ValueError as error:
        raise Wrong("IDEMPOTENCY_KEY", "Idempotency-Key must be a UUID", status=400) from error


def _known_answer(key, body):
    """What this key was answered before; the same key with another body is a conflict."""
    before = store().get("pspp.key", key)
    if before is None:
        return None
    if before["body"] != body:
        raise Wrong("IDEMPOTENCY_KEY", "the key was used with another body", status=409)
    return jsonify(before["answer"]), 200


def _remember(key, body, answer, status):
    store().put("pspp.key", key, {"body": body, "answer": answer})
    return jsonify(answer), status


def _check_move(now, wanted):
    if wanted not in NEXT:
        raise Wrong("STATUS_TRANSITION", f"unknown status {wanted}", "status")
    if wanted not in NEXT[now]:
        raise Wrong("STATUS_TRANSITION", f"{now} cannot become {wanted}", "status")


def _check_record(body, instance_id):
    required = (
        "instanceId",
        "serviceCode",
        "serviceName",
        "holderRegNo",
        "providerRegNo",
        "caseNumber",
        "channel",
        "assisted",
        "client",
        "requestedAt",
        "status",
        "statusAt",
        "version",
        "instanceUrn",
    )
    for name in required:
        if body.get(name) in (None, ""):
            raise Wrong("FIELD_MISSING", f"{name} is missing", name)
    if body["instanceId"] != str(instance_id):
        raise Wrong("FIELD_INVALID", "instanceId differs from the address", "instanceId")
    if body["channel"] not in CHANNELS:
        raise Wrong("FIELD_INVALID", f"unknown channel {body['channel']}", "channel")
    if not isinstance(body["version"], int):
        raise Wrong("FIELD_INVALID", "version must be a whole number", "version")
    urn = f"URN:IVIS:100001:EP-{body['serviceCode']}-v1-0-TR-{instance_id}"
    if body["instanceUrn"] != urn:
        raise Wrong("FIELD_INVALID", f"instanceUrn must be {urn}", "instanceUrn")
    client = body["client"] if isinstance(body["client"], dict) else {}
    if client.get("type") not in ("natural", "legal", "unit"):
        raise Wrong("FIELD_INVALID", "client.type is unknown", "client.type")
    if client.get("codeType") in ("PK", "UR") and not re.fullmatch(r"\d{11}", client.get("code") or ""):
        raise Wrong("CLIENT_CODE_INVALID", "client.code must have 11 digits", "client.code")
    ensure_time(body, "requestedAt")
    ensure_time(body, "statusAt")
