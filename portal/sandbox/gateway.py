"""The other side of VISS: the API manager's gateway. Hands out bearer tokens for a signed client assertion
(specification 6.1) and guards what lies behind it. Shares no code with the portal's adapters.

Real time is used throughout, not the sandbox's movable clock: a token lives by the clock of the machines.
"""

import base64
import hashlib
import json
import secrets
import time
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from flask import Blueprint, current_app, g, jsonify, request

from portal.sandbox.store import store

bp = Blueprint("gateway", __name__)

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SKEW_S = 60
LONGEST_ASSERTION_S = 3600
DEFAULT_TOKEN_LIFE_S = 3600


class Refused(Exception):
    """An assertion or a token that is not good; the text goes into the error answer."""


@bp.post("/gateway/token")
def token():
    """`client_credentials` with a `private_key_jwt` assertion: algorithm, certificate, audience, times, jti checked."""
    form = request.form
    if form.get("grant_type") != "client_credentials":
        return _token_error("unsupported_grant_type", "only client_credentials is supported")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        return _token_error("invalid_request", "client_assertion_type is wrong or missing")
    client = form.get("client_id", "")
    if client.startswith("urn:oauth2:"):
        return _token_error("invalid_client", "client_id must come without urn:oauth2:")
    if store().setting("gateway.fault", "") == "down":
        return jsonify(error="temporarily_unavailable"), 503
    try:
        claims = _checked_assertion(form.get("client_assertion", ""), client)
    except Refused as refusal:
        return _token_error("invalid_client", str(refusal), 401)
    if not store().add("gateway.jti", _short(claims["jti"]), {"exp": claims["exp"], "client": client}):
        return _token_error("invalid_client", "jti was used before", 401)
    life = int(store().setting("gateway.token_life_s", DEFAULT_TOKEN_LIFE_S))
    value = secrets.token_urlsafe(32)
    store().put("gateway.token", _short(value), {"client": client, "expires": time.time() + life})
    return jsonify(access_token=value, token_type="Bearer", expires_in=life, scope="default")  # noqa: S106


def bearer_problem():
    """None when the request carries a living token, else the answer to give (WSO2's error body)."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer" or not value:
        return fault(401, 900902, "Missing Credentials")
    known = store().get("gateway.token", _short(value))
    if known is None or known["expires"] <= time.time():
        return fault(401, 900901, "Invalid Credentials")
    if known["client"] in store().setting("gateway.unsubscribed", []):
        return fault(403, 900908, "Resource forbidden: no subscription")
    return None


class Wrong(Exception):
    """A request that a system refuses: code, text, field, HTTP status."""

    def __init__(self, code, message, field=None, status=422):
        super().__init__(message)
        self.code, self.message, self.field, self.status = code, message, field, status


def stand_before(blueprint, system):
    """Let the addresses `/<system>/v1` of a blueprint answer as what lies behind the gateway does: only with a token,
    its refusals as JSON, and with the faults of its switch (store setting `<system>.fault`): `down` 503, `slow` waits
    `<system>.slow_s`, `unauthorised` 401, `forbidden` 403, `throttled` 429, `garbage` answers what is no JSON, `lost`
    does the work and then answers 504. `<system>.fault_times`: how many requests it lasts (none: until switched off).
    """

    @blueprint.errorhandler(Wrong)
    def wrong(error):
        body = {"code": error.code, "message": error.message}
        return jsonify(body | ({"field": error.field} if error.field else {})), error.status

    @blueprint.before_request
    def guard():
        g.fault = ""
        if not request.path.startswith(f"/{system}/v1"):
            return None
        g.fault = _fault_of(system)
        if g.fault == "slow":
            time.sleep(float(store().setting(f"{system}.slow_s", 2)))
        if g.fault == "down":
            return jsonify(code="UNAVAILABLE", message="the system is being maintained"), 503
        if g.fault == "unauthorised":
            return fault(401, 900901, "Invalid Credentials")
        if g.fault == "forbidden":
            return fault(403, 900908, "Resource forbidden: no subscription")
        if g.fault == "throttled":
            wait = {"Retry-After": str(int(store().setting(f"{system}.retry_after_s", 7)))}
            return fault(429, 900802, "Message throttled out", wait)
        return bearer_problem()

    @blueprint.after_request
    def spoil(response):
        if response.status_code < 300 and g.get("fault") == "lost":
            response = jsonify(code="TIMEOUT", message="the gateway did not wait for the answer")
            response.status_code = 504
        elif response.status_code < 300 and g.get("fault") == "garbage":
            response.set_data(b"<html>Service temporarily")
        return response


def _fault_of(system):
    found, left = store().setting(f"{system}.fault", ""), store().setting(f"{system}.fault_times", None)
    if found and left is not None:
        if left <= 0:
            return ""
        store().set_setting(f"{system}.fault_times", left - 1)
    return found


def json_body():
    """The object that was sent. Raises Wrong."""
    try:
        body = json.loads(request.get_data())
    except ValueError as error:
        raise Wrong("JSON_INVALID", "the body is not JSON", status=400) from error
    if not isinstance(body, dict):
        raise Wrong("JSON_INVALID", "the body must be an object", status=400)
    return body


def ensure_time(body, name):
    """Raises Wrong when the field is not an ISO 8601 time with an offset."""
    try:
        moment = datetime.fromisoformat(body.get(name) or "")
    except ValueError as error:
        raise Wrong("FIELD_INVALID", f"{name} is not an ISO 8601 time", name) from error
    if moment.tzinfo is None:
        raise Wrong("FIELD_INVALID", f"{name} needs an offset", name)


def _checked_assertion(assertion, client):
    try:
        head, body, signature = assertion.split(".")
        header, claims = json.loads(_decoded(head)), json.loads(_decoded(body))
        signature = _decoded(signature)
    except ValueError as error:
        raise Refused("client_assertion is not a JWT") from error
    if header.get("alg") != "RS256":
        raise Refused(f"alg must be RS256, not {header.get('alg')}")
    certificate = _certificate(header)
    try:
        certificate.public_key().verify(signature, f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, AttributeError, TypeError) as error:
        raise Refused("the signature of client_assertion does not verify") from error
    _check_claims(claims, client)
    return claims


def _check_claims(claims, client):
    now = time.time()
    if not client or claims.get("iss") != client or claims.get("sub") != client:
        raise Refused("iss and sub must be the client_id")
    audience = store().setting("gateway.audience", "") or request.base_url
    if claims.get("aud") != audience:
        raise Refused(f"aud must be {audience}")
    if not isinstance(claims.get("exp"), int) or claims["exp"] < now - SKEW_S:
        raise Refused("the assertion has expired")
    if claims["exp"] > now + LONGEST_ASSERTION_S + SKEW_S:
        raise Refused("exp lies too far ahead")
    if claims.get("nbf", now) > now + SKEW_S or claims.get("iat", now) > now + SKEW_S:
        raise Refused("the assertion is not valid yet")
    if not claims.get("jti"):
        raise Refused("jti is missing")


def _certificate(header):
    """The certificate in x5c, when our authority issued it and it is valid today."""
    chain = header.get("x5c")
    first = chain if isinstance(chain, str) else (chain or [""])[0]
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(first, validate=True))
    except ValueError as error:
        raise Refused("x5c holds no certificate") from error
    root = x509.load_pem_x509_certificate(current_app.extensions["sandbox.pki"].ca.read_bytes())
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise Refused("ID4058: the certificate is not one of this environment") from error
    if not certificate.not_valid_before_utc.timestamp() <= time.time() <= certificate.not_valid_after_utc.timestamp():
        raise Refused("ID4058: the certificate has expired")
    return certificate


def _decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _short(value):
    """A key for the store, so that neither tokens nor long ids lie there in the clear."""
    return hashlib.sha256(value.encode()).hexdigest()[:40]


def _token_error(code, text, status=400):
    return jsonify(error=code, error_description=text), status


def fault(status, code, text, headers=None):
    """WSO2's error body."""
    body = {"fault": {"code": code, "message": text, "description": text}}
    return jsonify(body), status, headers or {}
