"""OpenID Connect, our side as a client: the authorization code with PKCE, and signing out. Calls of theirs are made by
jobs only; what a request of the web needs of them is kept with the provider."""

import json
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from portal.identity.adapters import state_claims
from portal.identity.ports import Identity, NotAccepted
from portal.kernel import http
from portal.kernel.errors import ExternalUnavailable

SKEW_S = 60
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"]  # signatures only, never HMAC
TIMEOUT_S = (5, 10)
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True)
class Ours:
    """Our side of one provider. key_pem, kid: what proves us when token_auth is private_key_jwt."""

    client_id: str
    redirect_uri: str
    left_uri: str
    token_auth: str
    secret: str = ""
    key_pem: str = ""
    kid: str = ""


@dataclass(frozen=True)
class Accepted:
    """A believed sign-in."""

    identity: Identity
    id_token: str
    their_session: str


@dataclass(frozen=True)
class LogoutCall:
    """A provider's word through the back channel. Either may be empty, not both."""

    id: str
    subject: str
    their_session: str
    until_s: int


def fetch_metadata(issuer) -> str:
    """Discovery and keys as one JSON text. Raises NotAccepted("metadata"), ExternalUnavailable."""
    issuer = issuer.rstrip("/")
    found = _json(http.request("GET", f"{issuer}/.well-known/openid-configuration", timeout=TIMEOUT_S))
    if str(found.get("issuer", "")).rstrip("/") != issuer:
        raise NotAccepted("metadata", f"the issuer calls itself {found.get('issuer')}")
    missing = [name for name in ("authorization_endpoint", "token_endpoint", "jwks_uri") if not found.get(name)]
    if missing:
        raise NotAccepted("metadata", f"without {', '.join(missing)}")
    keys = _json(http.request("GET", found["jwks_uri"], timeout=TIMEOUT_S))
    text = json.dumps({"discovery": found, "keys": keys})
    _keys(text)
    return text


def sign_on_url(ours: Ours, metadata, state, scope) -> tuple[str, dict]:
    """Where to send the browser, and what to keep for its return (verifier, nonce)."""
    kept = {"verifier": secrets.token_urlsafe(48), "nonce": secrets.token_urlsafe(24)}
    asked = {
        "response_type": "code",
        "client_id": ours.client_id,
        "redirect_uri": ours.redirect_uri,
        "scope": scope,
        "state": state,
        "nonce": kept["nonce"],
        "code_challenge": create_s256_code_challenge(kept["verifier"]),
        "code_challenge_method": "S256",
    }
    return _with(_discovery(metadata)["authorization_endpoint"], asked), kept


def check_answer(metadata, issuer_named):
    """The issuer that the answer names must be the one that was asked (RFC 9207)."""
    found = _discovery(metadata)
    if issuer_named:
        if issuer_named != found["issuer"]:
            raise NotAccepted("issuer", f"the answer names {issuer_named[:200]}")
    elif found.get("authorization_response_iss_parameter_supported"):
        raise NotAccepted("issuer", "the answer names none")


def exchange(ours: Ours, metadata, code, verifier, nonce) -> Accepted:
    """Give the code for tokens and believe them, or raise NotAccepted; ExternalUnavailable when nobody answers."""
    found = _discovery(metadata)
    data = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": ours.redirect_uri,
        "code_verifier": verifier,
    }
    auth = None
    if ours.token_auth == "client_secret_basic":  # noqa: S105 - the method's name
        auth = (ours.client_id, ours.secret)
    elif ours.token_auth == "private_key_jwt":  # noqa: S105
        data |= {
            "client_id": ours.client_id,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": _assertion(ours, found),
        }
    else:
        data["client_id"] = ours.client_id
    answer = http.request("POST", found["token_endpoint"], data=data, auth=auth, timeout=TIMEOUT_S)
    tokens = _json(answer, "their_refusal")
    id_token = tokens.get("id_token") or ""
    claims = _believed(metadata, id_token)
    _check_id_token(claims, ours, nonce)
    if found.get("userinfo_endpoint") and tokens.get("access_token"):
        more = _user_data(found["userinfo_endpoint"], tokens["access_token"])
        if more.get("sub") != claims["sub"]:
            raise NotAccepted("signature", "the user's data are somebody else's")
        claims = {**more, **claims}
    return Accepted(state_claims.from_oidc(claims, found["issuer"]), id_token, str(claims.get("sid") or ""))


def sign_out_url(ours: Ours, metadata, id_token, state) -> str:
    """Where to send the browser to be signed out there too, or nothing when they have no such address."""
    address = _discovery(metadata).get("end_session_endpoint")
    if not address:
        return ""
    return _with(
        address,
        {
            "id_token_hint": id_token,
            "client_id": ours.client_id,
            "post_logout_redirect_uri": ours.left_uri,
            "state": state,
        },
    )


def read_logout_token(ours: Ours, metadata, token) -> LogoutCall:
    """Raises NotAccepted (OpenID Connect Back-Channel Logout, 2.6)."""
    claims = _believed(metadata, token)
    _check_common(claims, ours)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT_EVENT), dict) or "nonce" in claims:
        raise NotAccepted("invalid", "not a logout token")
    subject, session = str(claims.get("sub") or ""), str(claims.get("sid") or "")
    if not claims.get("jti") or not (subject or session):
        raise NotAccepted("invalid", "without jti, or without sub and sid")
    until = claims.get("exp") or claims["iat"] + 300
    return LogoutCall(str(claims["jti"]), subject, session, int(until) + SKEW_S)


def _check_id_token(claims, ours, nonce):
    _check_common(claims, ours)
    if not isinstance(claims.get("exp"), int) or not claims.get("sub"):
        raise NotAccepted("invalid", "without exp or sub")
    if not secrets.compare_digest(str(claims.get("nonce") or ""), nonce):
        raise NotAccepted("unsolicited", "another nonce")


def _check_common(claims, ours):
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if ours.client_id not in named or claims.get("azp", ours.client_id) != ours.client_id:
        raise NotAccepted("audience", f"{named}")
    if len(named) > 1 and "azp" not in claims:
        raise NotAccepted("audience", "several, and no azp")
    now = time.time()
    if not isinstance(claims.get("iat"), int) or claims["iat"] > now + SKEW_S:
        raise NotAccepted("expired", "not made yet")
    if claims["iat"] < now - 600 or ("exp" in claims and claims["exp"] < now - SKEW_S):
        raise NotAccepted("expired", "")


def _believed(metadata, token):
    """The claims of a token that one of the provider's keys signed for its issuer."""
    try:
        decoded = jwt.decode(token, _keys(metadata), algorithms=ALGORITHMS)
    except (JoseError, ValueError) as error:
        raise NotAccepted("signature", f"{type(error).__name__}: {error}"[:300]) from error
    claims = dict(decoded.claims)
    if claims.get("iss") != _discovery(metadata)["issuer"]:
        raise NotAccepted("issuer", f"{claims.get('iss')}")
    return claims


def _user_data(address, access_token):
    answer = http.request("GET", address, headers={"Authorization": f"Bearer {access_token}"}, timeout=TIMEOUT_S)
    return _json(answer, "their_refusal")


def _assertion(ours, found):
    """RFC 7523, 2.2: for the issuer, as OAuth 2.1 asks, and for one minute."""
    now = int(time.time())
    claims = {
        "iss": ours.client_id,
        "sub": ours.client_id,
        "aud": found["issuer"],
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + 60,
    }
    return jwt.encode({"alg": "RS256", "kid": ours.kid}, claims, RSAKey.import_key(ours.key_pem))


def _discovery(metadata):
    return json.loads(metadata)["discovery"]


def _keys(metadata):
    """Their signing keys; symmetric ones and those for encryption are left out."""
    found = [
        key
        for key in json.loads(metadata)["keys"].get("keys", [])
        if key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig"
    ]
    if not found:
        raise NotAccepted("metadata", "no key that signs")
    return KeySet.import_key_set({"keys": found})


def _json(answer, kind="metadata"):
    try:
        found = answer.json()
    except ValueError as error:
        raise ExternalUnavailable(f"{answer.url.partition('?')[0]}: {answer.status_code}, no JSON") from error
    if answer.status_code != 200 or not isinstance(found, dict):
        said = found.get("error") if isinstance(found, dict) else ""
        raise NotAccepted(kind, f"{answer.status_code} {said}")
    return found


def _with(address, fields):
    return f"{address}{'&' if '?' in address else '?'}{urlencode(fields)}"
