"""The sandbox's remote signing service, as the Cloud Signature Consortium's API 2.0 words it (explicit PIN, signHash).

Every person who asks has a card: it is made when somebody first asks for it, with the name that the caller sends along
as clientData. The account itself owns the municipality's seal, which needs no PIN. Shares no code with the portal.

Settings: `csc.pin` (PIN of everyone, "1234"), `csc.fault`: "down" (503), "slow" (waits `csc.slow_s`), "refuses"
(access_denied), "garbage" (a value that is no signature). Five wrong PINs lock a card until `unlock` is called.
"""

import base64
import hashlib
import re
import secrets
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from flask import Blueprint, Response, current_app, jsonify, request

from portal.sandbox import pki
from portal.sandbox.store import store

bp = Blueprint("csc", __name__, url_prefix="/csc/v2")

DEFAULT_PIN = "1234"
USER, PASSWORD = "pkip", "sandbox"
MOST_TRIES = 5
SEAL = "seal"
_LIFE_S = 300
_SHA256_OID = "2.16.840.1.101.3.4.2.1"
_ECDSA_SHA256_OID = "1.2.840.10045.4.3.2"


class Refused(Exception):
    """An answer of 4xx in the words of the API."""

    def __init__(self, error: str, description: str, status: int = 400):
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


@bp.errorhandler(Refused)
def refused(refusal):
    """The API's error body."""
    return jsonify(error=refusal.error, error_description=refusal.description), refusal.status


@bp.before_request
def _faults():
    fault = store().setting("csc.fault", "")
    if fault == "slow":
        time.sleep(float(store().setting("csc.slow_s", 3)))
    if fault == "down":
        return Response("the signing service is down", 503)
    if fault == "refuses" and not request.path.endswith("/info"):
        raise Refused("access_denied", "The service refuses this account", 403)
    return None


def unlock(of_store, credential_id: str | None = None) -> None:
    """Forget wrong PINs, of one card or of all."""
    for known, _tries in of_store.list("csc.tries"):
        if credential_id in (None, known):
            of_store.delete("csc.tries", known)


@bp.post("/info")
def info():
    """What this service is and can do."""
    return jsonify(
        specs="2.0.0.0",
        name="PKIP sandbox signing",
        logo="",
        region="LV",
        lang="lv-LV",
        description="Remote signing for trials only",
        authType=["basic"],
        methods=["auth/login", "credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash"],
    )


@bp.post("/auth/login")
def login():
    """Basic authentication in, bearer token out."""
    given = request.authorization
    if given is None or given.type != "basic" or (given.username, given.password) != (USER, PASSWORD):
        raise Refused("authentication_error", "An error occurred during authentication process", 401)
    token = secrets.token_urlsafe(24)
    store().put("csc.token", _hidden(token), {"until": time.time() + 3600})
    return jsonify(access_token=token, token_type="Bearer", expires_in=3600)  # noqa: S106


@bp.post("/credentials/list")
def list_credentials():
    """The cards of a user; without userID, those of the account itself: the seal."""
    asked = _asked()
    user = asked.get("userID")
    if not user:
        return jsonify(credentialIDs=[SEAL])
    if not isinstance(user, str) or not re.fullmatch(r"[0-9A-Za-z-]{1,64}", user):
        raise Refused("invalid_request", "Invalid parameter userID")
    credential = f"person-{user}"
    name = asked.get("clientData")
    if store().get("csc.person", credential) is None:
        if not name:
            return jsonify(credentialIDs=[])
        store().add("csc.person", credential, {"name": str(name)[:200], "user": user})
    return jsonify(credentialIDs=[credential])


@bp.post("/credentials/info")
def credential_info():
    """The certificate of a card, and how its use is authorised."""
    asked = _asked()
    credential = _credential(asked)
    certificate = x509.load_pem_x509_certificate(_pair(credential)[0])
    root = x509.load_pem_x509_certificate(current_app.extensions["sandbox.pki"].ca.read_bytes())
    chain = {"none": [], "single": [certificate], "chain": [certificate, root]}.get(asked.get("certificates", "single"))
    if chain is None:
        raise Refused("invalid_request", "Invalid parameter certificates")
    auth = {"mode": "implicit", "expression": "", "objects": []}
    if credential != SEAL:
        auth = {
            "mode": "explicit",
            "expression": "PIN",
            "objects": [{"type": "Password", "id": "PIN", "format": "N", "label": "PIN"}],
        }
    return jsonify(
        description="Sandbox card",
        signatureQualifier="eu_eidas_qes" if credential != SEAL else "eu_eidas_qeseal",
        key={"status": "enabled", "algo": [_ECDSA_SHA256_OID], "len": 256, "curve": "1.2.840.10045.3.1.7"},
        cert={
            "status": "valid",
            "certificates": [
                base64.b64encode(item.public_bytes(serialization.Encoding.DER)).decode() for item in chain
            ],
            "issuerDN": certificate.issuer.rfc4514_string(),
            "serialNumber": f"{certificate.serial_number:X}",
            "subjectDN": certificate.subject.rfc4514_string(),
            "validFrom": f"{certificate.not_valid_before_utc:%Y%m%d%H%M%SZ}",
            "validTo": f"{certificate.not_valid_after_utc:%Y%m%d%H%M%SZ}",
        },
        auth=auth,
        SCAL="2",
        multisign=1,
        lang="lv-LV",
    )


@bp.post("/credentials/authorize")
def authorize():
    """The PIN in, an authorisation for exactly the hashes that were named out."""
    asked = _asked()
    credential = _credential(asked)
    named = asked.get("hashes")
    if asked.get("numSignatures") != 1 or not isinstance(named, list) or len(named) != 1:
        raise Refused("invalid_request", "Exactly one hash can be authorised at once")
    if credential != SEAL:
        _check_pin(credential, asked.get("authData"))
    sad = secrets.token_urlsafe(24)
    store().put("csc.sad", _hidden(sad), {"credential": credential, "hash": named[0], "until": time.time() + _LIFE_S})
    return jsonify(SAD=sad, expiresIn=_LIFE_S)


@bp.post("/signatures/signHash")
def sign_hash():
    """Sign the one hash that the authorisation was given for; an authorisation serves once."""
    asked = _asked()
    credential = _credential(asked)
    key = _hidden(str(asked.get("SAD", "")))
    granted = store().get("csc.sad", key)
    if granted is None or granted["credential"] != credential or granted["until"] < time.time():
        raise Refused("invalid_request", "Invalid parameter SAD")
    if asked.get("hashes") != [granted["hash"]]:
        raise Refused("hash_not_authorized", "Hash is not authorized by the SAD")
    if asked.get("hashAlgorithmOID") != _SHA256_OID or asked.get("signAlgo") != _ECDSA_SHA256_OID:
        raise Refused("invalid_request", "Invalid parameter signAlgo or hashAlgorithmOID")
    digest = _decoded(granted["hash"])
    store().delete("csc.sad", key)
    if store().setting("csc.fault", "") == "garbage":
        value = secrets.token_bytes(64)
    else:
        private = serialization.load_pem_private_key(_pair(credential)[1], None)
        value = private.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))
    store().put("csc.signed", str(store().counter("csc.signed")), {"credential": credential, "hash": granted["hash"]})
    return jsonify(signatures=[base64.b64encode(value).decode()])


def _asked() -> dict:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    known = store().get("csc.token", _hidden(token)) if kind == "Bearer" else None
    if known is None or known["until"] < time.time():
        raise Refused("invalid_token", "The access token is not valid", 401)
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        raise Refused("invalid_request", "The body must be a JSON object")
    return asked


def _credential(asked: dict) -> str:
    credential = asked.get("credentialID")
    if credential == SEAL or (isinstance(credential, str) and store().get("csc.person", credential)):
        return credential
    raise Refused("invalid_request", "Invalid parameter credentialID")


def _pair(credential: str) -> tuple[bytes, bytes]:
    made = current_app.extensions["sandbox.pki"]
    if credential == SEAL:
        return made.seal_cert.read_bytes(), made.seal_key.read_bytes()
    person = store().get("csc.person", credential) or {}  # _credential has seen it
    given, _, family = person["name"].rpartition(" ")
    number = int(hashlib.sha256(person["user"].encode()).hexdigest(), 16)
    # codes that begin with 32 carry no date of birth and belong to nobody's calendar
    return pki.person_credential(made, given or family, family, f"32{number % 10**4:04}-{number // 10**4 % 10**5:05}")


def _check_pin(credential: str, auth_data) -> None:
    tries = (store().get("csc.tries", credential) or {"wrong": 0})["wrong"]
    if tries >= MOST_TRIES:
        raise Refused("invalid_pin", "The credential is locked after too many wrong PINs")
    pins = [item.get("value") for item in auth_data or [] if isinstance(item, dict) and item.get("id") == "PIN"]
    wanted = str(store().setting("csc.pin", DEFAULT_PIN))
    if len(pins) == 1 and secrets.compare_digest(str(pins[0]).encode(), wanted.encode()):
        store().delete("csc.tries", credential)
        return
    store().put("csc.tries", credential, {"wrong": tries + 1})
    left = MOST_TRIES - tries - 1
    if left == 0:
        raise Refused("invalid_pin", "The credential is locked after too many wrong PINs")
    raise Refused("invalid_pin", f"Invalid PIN, {left} attempts left")


def _decoded(text) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except (ValueError, TypeError) as error:
        raise Refused("invalid_request", "Invalid Base64 hashes string parameter") from error
    if len(digest) != 32:
        raise Refused("invalid_request", "Invalid digest value length")
    return digest


def _hidden(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
