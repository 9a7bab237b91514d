"""The other side of VISS: the API manager's gateway. Hands out bearer tokens for a signed client assertion
(specification 6.1) and guards what lies behind it. Shares no code with the portal's adapters.

Real time is used throughout, not the sandbox's movable clock: a token lives by the clock of the machines.
"""

import base64
import hashlib
import json
import secrets
import time

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from flask import Blueprint, current_app, jsonify, request

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


def throttled(retry_after_s):
    """The gateway's answer to one who asks too often."""
    return fault(429, 900802, "Message throttled out", {"Retry-After": str(retry_after_s)})


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
