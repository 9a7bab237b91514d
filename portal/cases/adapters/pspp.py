"""PSPP through the VISS gateway: REST with a bearer token, which a client assertion signed with our key obtains."""

import base64
import json
import threading
import time
import uuid
from datetime import datetime
from http import HTTPStatus

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from portal.cases.ports import Change, Record
from portal.kernel import clock, http
from portal.kernel.config import settings
from portal.kernel.errors import ExternalRefused, ExternalUnavailable
from portal.kernel.i18n import _

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE_S = 300
TOKEN_SPARE_S = 60
THROTTLED_WAIT_S = 30
LONGEST_TEXT = 1000

_tokens: dict[tuple[str, str], tuple[str, float]] = {}  # (token URL, client) -> (token, end by time.monotonic)
_lock = threading.Lock()


class Pspp:
    """The port `ServiceRecord` over contract 8.2."""

    def put(self, record: Record, key) -> int:
        own = settings()
        body = {
            "instanceId": str(record.case_id),
            "instanceUrn": f"URN:IVIS:100001:EP-{record.service_code}-v1-0-TR-{record.case_id}",
            "serviceCode": record.service_code,
            "serviceName": record.service_name,
            "holderRegNo": own.registration_number,
            "providerRegNo": own.registration_number,
            "providerUnit": record.unit_name,
            "caseNumber": record.number,
            "channel": record.channel,
            "assisted": False,
            "client": {
                "type": record.client.kind,
                "code": record.client.code,
                "name": record.client.name,
                "codeType": "PK" if record.client.kind == "natural" else "UR",
            },
            "requestedAt": _time(record.requested_at),
            "dueAt": record.due_on and _time(clock.at_local(record.due_on, 23, 59)),
            "status": record.status,
            "statusAt": _time(record.status_at),
            "milestoneId": record.status[:15],
            "version": record.version,
        }
        if record.completed_at:
            body["completedAt"] = _time(record.completed_at)
            body["result"] = {"type": "document", "documentNumber": record.result_number}
        body = {name: value for name, value in body.items() if value is not None}
        return _call("PUT", f"/service-instances/{record.case_id}", body, key)["version"]

    def add(self, change: Change) -> str:
        body = {
            "eventId": str(change.id),
            "status": change.status,
            "statusAt": _time(change.status_at),
            "milestoneId": change.status[:15],
            "textForClient": change.text[:LONGEST_TEXT],
            "actorUnit": change.unit_name,
            "documents": [{"title": t, "number": n, "date": d.isoformat()} for t, n, d in change.documents],
        }
        return _call("POST", f"/service-instances/{change.case_id}/events", body, change.id)["eventId"]

    def read(self, case_id):
        answer = _call("GET", f"/service-instances/{case_id}", allow=(HTTPStatus.NOT_FOUND,))
        if answer is None:
            return None
        return {
            "status": answer["status"],
            "version": answer["version"],
            "events": [event["eventId"] for event in answer["events"]],
        }


def _call(method, path, body=None, key=None, allow=()):
    """One call, with one repeat under a fresh token when the old one is refused."""
    response = _send(method, path, body, key)
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        _forget_token()
        response = _send(method, path, body, key)
    if response.ok:
        return response.json()
    if response.status_code in allow:
        return None
    code, text = _reason(response)
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        # a token that was just issued is refused: their side is being set up or broken, ours has nothing to change
        raise ExternalUnavailable(_("PSPP does not accept our token (%(reason)s)", reason=text))
    raise ExternalRefused(_("PSPP refused (%(code)s): %(reason)s", code=code, reason=text), code=code)


def _send(method, path, body, key):
    headers = {"Authorization": f"Bearer {_token()}", "Accept": "application/json"}
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json; charset=utf-8"
        data = json.dumps(body, ensure_ascii=False).encode()
    if key is not None:
        headers["Idempotency-Key"] = str(key)
    try:
        return http.request(method, settings().pspp_url + path, data=data, headers=headers, cert=_client_certificate())
    except ExternalUnavailable as error:
        raise ExternalUnavailable(error.message, error.retry_after_s or THROTTLED_WAIT_S) from error


def _token():
    """The bearer token, kept until a minute before its end."""
    own = settings()
    place = (own.pspp_token_url, own.pspp_client_id)
    with _lock:
        value, end = _tokens.get(place, ("", 0.0))
        if time.monotonic() < end:
            return value
        answer = http.request(
            "POST",
            own.pspp_token_url,
            headers={"Accept": "application/json"},
            cert=_client_certificate(),
            data={
                "grant_type": "client_credentials",
                "client_id": own.pspp_client_id,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": _assertion(own),
            },
        )
        if not answer.ok:
            _code, text = _reason(answer)
            raise ExternalRefused(_("VISS gave no token: %(reason)s", reason=text), code="TOKEN")
        issued = answer.json()
        life = max(0, int(issued.get("expires_in", 0)) - TOKEN_SPARE_S)
        _tokens[place] = (issued["access_token"], time.monotonic() + life)
        return issued["access_token"]


def _forget_token():
    own = settings()
    with _lock:
        _tokens.pop((own.pspp_token_url, own.pspp_client_id), None)


def _assertion(own):
    """The signed statement of who we are (6.1). By the machine's clock: the movable one is for terms of days."""
    key = serialization.load_pem_private_key(own.pspp_client_key.read_bytes(), None)
    certificate = x509.load_pem_x509_certificate(own.pspp_cert.read_bytes())
    der = certificate.public_bytes(serialization.Encoding.DER)
    header = {"alg": "RS256", "typ": "JWT", "x5c": [base64.b64encode(der).decode()]}
    now = int(clock.real_now().timestamp())
    claims = {
        "iss": own.pspp_client_id,
        "sub": own.pspp_client_id,
        "aud": own.pspp_audience or own.pspp_token_url,
        "jti": uuid.uuid4().hex,
        "nbf": now,
        "iat": now,
        "exp": now + ASSERTION_LIFE_S,
    }
    text = f"{_part(json.dumps(header).encode())}.{_part(json.dumps(claims).encode())}"
    return f"{text}.{_part(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _client_certificate():
    """VISS asks for the institution's certificate on the TLS layer too; plain HTTP (the sandbox) has none."""
    own = settings()
    return (str(own.pspp_cert), str(own.pspp_client_key)) if own.pspp_url.startswith("https://") else None


def _part(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _time(moment: datetime) -> str:
    return clock.local(moment).isoformat(timespec="seconds")


def _reason(response):
    """Their code and words from the error bodies of PSPP, WSO2 and OAuth2."""
    try:
        body = response.json()
    except ValueError:
        body = {}
    if "fault" in body:
        return str(body["fault"].get("code", response.status_code)), str(body["fault"].get("message", ""))
    code = body.get("code") or body.get("error") or str(response.status_code)
    text = body.get("message") or body.get("error_description") or response.reason
    return str(code), f"{text} ({body['field']})" if body.get("field") else str(text)
