"""The gateway of VISS: REST with a bearer token, which a client assertion signed with our key obtains (6.1)."""

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

from portal.kernel import clock, http
from portal.kernel.config import settings
from portal.kernel.errors import ExternalRefused, ExternalUnavailable
from portal.kernel.i18n import _

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE_S = 300
TOKEN_SPARE_S = 60
THROTTLED_WAIT_S = 30

_tokens: dict[tuple[str, str], tuple[str, float]] = {}  # (token URL, client) -> (token, end by time.monotonic)
_lock = threading.Lock()


class Gateway:
    """The calls to one system behind it. name: of the system, as people know it; base: its address."""

    def __init__(self, name, base):
        self.name, self.base = name, base

    def call(self, method, path, body=None, key=None, allow=()):
        """Send JSON, get JSON. key: makes a repeat harmless. allow: answers of this status give None.
        Raises ExternalUnavailable (try later), ExternalRefused with their code (a person must look)."""
        response = self._answer(method, path, self._json(body), key, "application/json")
        return None if self._is_allowed(response, allow) else self._object(response)

    def fetch(self, path, most_bytes):
        """Bytes and the headers of the answer. Raises as `call` does."""
        response = self._answer("GET", path, (None, {}), None, "*/*", most_bytes)
        self._is_allowed(response, ())
        return response.content, response.headers

    def send(self, method, path, data, content_type, key, **headers):
        """Send bytes, get JSON. Raises as `call` does."""
        response = self._answer(
            method, path, (data, {"Content-Type": content_type, **headers}), key, "application/json"
        )
        self._is_allowed(response, ())
        return self._object(response)

    def _object(self, response):
        """The JSON object of an answer; anything else is a sign that something in between answered for them."""
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise ExternalUnavailable(
                _("%(system)s answered with what is not JSON", system=self.name), THROTTLED_WAIT_S
            )
        return body

    def _json(self, body):
        if body is None:
            return None, {}
        return json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json; charset=utf-8"}

    def _answer(self, method, path, sent, key, accept, most_bytes=None):
        """One call, with one repeat under a fresh token when the old one is refused."""
        response = self._send(method, path, sent, key, accept, most_bytes)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            _forget_token()
            response = self._send(method, path, sent, key, accept, most_bytes)
        return response

    def _send(self, method, path, sent, key, accept, most_bytes):
        data, headers = sent
        headers = {"Authorization": f"Bearer {_token()}", "Accept": accept, **headers}
        if key is not None:
            headers["Idempotency-Key"] = str(key)
        try:
            return http.request(
                method,
                self.base + path,
                data=data,
                headers=headers,
                cert=_client_certificate(self.base),
                most_bytes=most_bytes,
            )
        except ExternalUnavailable as error:
            raise ExternalUnavailable(error.message, error.retry_after_s or THROTTLED_WAIT_S) from error

    def _is_allowed(self, response, allow):
        """Is it one of the refusals that the caller reckons with? Raises for the others."""
        if response.ok:
            return False
        if response.status_code in allow:
            return True
        code, text = _reason(response)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            # a token that was just issued is refused: their side is being set up or broken, ours has nothing to change
            raise ExternalUnavailable(
                _("%(system)s does not accept our token (%(reason)s)", system=self.name, reason=text)
            )
        raise ExternalRefused(
            _("%(system)s refused (%(code)s): %(reason)s", system=self.name, code=code, reason=text), code=code
        )


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
            cert=_client_certificate(own.pspp_token_url),
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


def _client_certificate(address):
    """VISS asks for the institution's certificate on the TLS layer too; plain HTTP (the sandbox) has none."""
    own = settings()
    return (str(own.pspp_cert), str(own.pspp_client_key)) if address.startswith("https://") else None


def _part(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def stamp(moment: datetime) -> str:
    """A moment as the systems of VISS write it: local time with its offset."""
    return clock.local(moment).isoformat(timespec="seconds")


def _reason(response):
    """Their code and words from the error bodies of PSPP, VPVKAC, WSO2 and OAuth2."""
    try:
        body = response.json()
    except ValueError:
        body = {}
    if "fault" in body:
        return str(body["fault"].get("code", response.status_code)), str(body["fault"].get("message", ""))
    code = body.get("code") or body.get("error") or str(response.status_code)
    text = body.get("message") or body.get("error_description") or response.reason
    return str(code), f"{text} ({body['field']})" if body.get("field") else str(text)
