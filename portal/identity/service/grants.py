"""The OAuth 2.1 / OpenID Connect server itself, on Authlib: what it lets applications ask and how it answers (1.3).

Knows no web framework: a request comes in as a `SignOnRequest`, an answer goes out as (status, body, headers)."""

import time
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlencode, urlsplit

from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidGrantError, InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749 import grants as rfc6749
from authlib.oauth2.rfc6749.requests import OAuth2Payload
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oidc.core.grants import OpenIDToken
from authlib.oidc.core.grants.util import create_half_hash
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from portal.audit import service as audit
from portal.identity.service import clients, keys, tokens
from portal.kernel.access import Actor
from portal.kernel.config import settings
from portal.kernel.db import db, reading
from portal.kernel.errors import Forbidden

AUTH_METHODS = ["private_key_jwt", "client_secret_basic", "client_secret_post", "none"]
CONFIDENTIAL = AUTH_METHODS[:-1]
ASSERTION_ALGORITHMS = ["RS256", "PS256", "ES256"]
ASSERTION_LIFE_S = 600  # longer ones would have to be remembered for longer


class _Fields(OAuth2Payload):
    def __init__(self, fields):
        self._fields = fields

    @property
    def data(self):
        return self._fields

    @property
    def datalist(self):
        return defaultdict(list, {name: self._fields.getlist(name) for name in self._fields})


class SignOnRequest(OAuth2Request):
    """A request to the server. fields: a multi-dict of what came in the body (or in the address, at the authorization
    endpoint): nothing secret is ever read from an address."""

    def __init__(self, method, path, headers, fields, address=""):
        super().__init__(method, f"{settings().base_url}{path}", headers=headers)
        self.payload = _Fields(fields)
        self.address = address
        self.assertion = self.spent_code_id = self.reused_grant_id = self.grant = None

    @property
    def args(self):
        return self.payload.data

    @property
    def form(self):
        return self.payload.data


# --- proving which application asks ----------------------------------------------------------------------------------


class _Assertion(JWTBearerClientAssertion):
    """private_key_jwt (RFC 7523): signed by a registered key, for us, short-lived, used once."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self, request):
        super().__init__(validate_jti=True)
        self.request = request

    def resolve_client_public_key(self, client):
        if not client.jwks:
            raise InvalidClientError(description="The client has no registered key")
        return jwk.KeySet.import_key_set(client.jwks)

    def get_audiences(self):
        return [settings().base_url, f"{settings().base_url}/oauth/token"]

    def process_assertion_claims(self, assertion, resolve_key):
        try:
            claims = jwt.decode(assertion, resolve_key, ASSERTION_ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            raise InvalidClientError(description="The assertion is not signed by a registered key") from error
        if not isinstance(claims.get("exp"), int) or claims["exp"] > time.time() + ASSERTION_LIFE_S:
            raise InvalidClientError(description="The assertion lives too long")
        self.verify_claims(claims)
        return claims

    def validate_jti(self, claims, jti):
        client, expires_at = self.request.client, datetime.fromtimestamp(claims["exp"] + self.leeway, UTC)
        first = tokens.remember_assertion(client.id, str(jti), expires_at)
        if first:
            self.request.assertion = (client.id, str(jti), expires_at)
        return first


# --- what may be asked for -------------------------------------------------------------------------------------------


class _Pkce(CodeChallenge):
    """S256 from every client, also those with a secret (OAuth 2.1, 4.1.1): Authlib by itself asks public ones only."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant, redirect_uri):
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with code_challenge_method S256 is required")
        super().validate_code_challenge(grant, redirect_uri)


class _OpenId(OpenIDToken):
    """The id_token beside the access token."""

    def encode_id_token(self, token, request):
        grant, client = request.grant, request.client
        now = int(time.time())
        person = tokens.person_for(grant.person_id, grant.session_id, grant.offline)
        claims = {
            "iss": settings().base_url,
            "aud": client.client_id,
            "iat": now,
            "exp": now + int(tokens.ACCESS_LIFE.total_seconds()),
            "auth_time": int(grant.signed_in_at.timestamp()),
            "acr": grant.acr,
            "amr": grant.amr,
            "sid": str(grant.session_id),
            "at_hash": create_half_hash(token["access_token"], keys.ALGORITHM).decode(),
            **clients.claims_about(client, person, token["scope"], everything=False),
        }
        if request.authorization_code and request.authorization_code.nonce:
            claims["nonce"] = request.authorization_code.nonce
        return keys.sign(claims)


class CodeGrant(rfc6749.AuthorizationCodeGrant):
    """Signing a person in: code with PKCE."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def save_authorization_code(self, code, request):
        raise NotImplementedError  # codes are given by `authorize`, which knows the audience

    def query_authorization_code(self, code, client):
        self.request.client = client
        try:
            row = tokens.spend_code(code, client)
        except tokens.UsedTwice as error:
            self.request.reused_grant_id = error.grant_id
            raise InvalidGrantError("The code was used before") from error
        if row is not None:
            self.request.spent_code_id = row.id
        return row

    def authenticate_user(self, code):
        person = tokens.person_for(code.person_id, code.session_id, offline=False)
        if person is not None:
            self.request.grant = tokens.begin_grant(code)
        return person

    def delete_authorization_code(self, authorization_code):
        """Kept, spent: its second use must be noticed."""


class RefreshGrant(rfc6749.RefreshTokenGrant):
    """A new pair of tokens for a refresh token, which is spent by it."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        try:
            row = tokens.find_refresh(refresh_token, self.request.client)
            if row is not None:
                tokens.spend_refresh(row)
        except tokens.UsedTwice as error:
            self.request.reused_grant_id = error.grant_id
            raise InvalidGrantError("The refresh token was used before") from error
        if row is not None:
            self.request.grant = tokens.grant_of(row)
        return row

    def authenticate_user(self, refresh_token):
        grant = self.request.grant
        return tokens.person_for(grant.person_id, grant.session_id, grant.offline)

    def revoke_old_credential(self, refresh_token):
        """Spent already."""


class ClientGrant(rfc6749.ClientCredentialsGrant):
    """An application acting by itself."""

    TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL

    def validate_token_request(self):
        super().validate_token_request()
        client, wished = self.request.client, (self.request.payload.scope or "").split()
        allowed = [one for one in client.scopes if one not in clients.SCOPES]
        if set(wished) - set(allowed):
            raise InvalidScopeError()
        self.request.scope = " ".join(wished or allowed)


class _Introspection(IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = CONFIDENTIAL

    def query_token(self, token_string, token_type_hint):
        return tokens.introspection_of(token_string)

    def check_permission(self, token, client, request):
        """The application whose token it is, and the API that it was given for."""
        row, _answer = token
        return row is not None and (row.client_id == client.id or (client.resource and row.audience == client.resource))

    def create_introspection_payload(self, token):
        return {"active": False} if not token else {"active": True, **token[1]}


class _Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = AUTH_METHODS

    def query_token(self, token_string, token_type_hint):
        return tokens.token_behind(token_string)

    def revoke_token(self, token, request):
        tokens.end_token(_asking(request), request.client, token)


# --- the server ------------------------------------------------------------------------------------------------------


class _Server(AuthorizationServer):
    def __init__(self):
        super().__init__()
        self.register_grant(CodeGrant, [_Pkce(required=True), _OpenId()])
        self.register_grant(RefreshGrant, [_OpenId()])
        self.register_grant(ClientGrant)
        self.register_endpoint(_Introspection)
        self.register_endpoint(_Revocation)
        self.register_token_generator("default", _shape)
        self.register_client_auth_method("private_key_jwt", lambda query, request: _Assertion(request)(query, request))

    def query_client(self, client_id):
        return clients.active_client(client_id)

    def send_signal(self, name, *args, **kwargs):
        """Nobody listens."""

    def create_oauth2_request(self, request):
        return request

    def handle_response(self, status, body, headers):
        return status, body, headers

    def save_token(self, token, request):
        """Make the tokens and their rows; recorded once for each answer."""
        client, grant = request.client, request.grant
        wished = token.get("scope") or request.scope or ""
        scope = token["scope"] = " ".join(one for one in wished.split() if one in client.scopes)
        audience = grant.audience if grant else audience_for(client, request.payload.data.get("resource"))
        token["access_token"], token["expires_in"] = tokens.give_access(client, scope, audience, grant)
        if token.pop("renewable") and grant is not None:
            token["refresh_token"] = tokens.give_refresh(client, grant)
        new = {"grant": request.payload.grant_type, "scope": scope, "audience": audience}
        if grant is not None:
            new["person"] = str(grant.person_id)
        audit.record(_asking(request), "token.issued", client, new=new)

    def handle_error_response(self, request, error):
        _refused(request, error)
        return super().handle_error_response(request, error)


def _shape(grant_type, client, user=None, scope=None, expires_in=None, include_refresh_token=True):
    """The answer without its tokens, which `save_token` makes."""
    return {"token_type": "Bearer", "scope": scope, "renewable": include_refresh_token}


@lru_cache
def server() -> _Server:
    """The one server of this process; it holds no state of any instance."""
    return _Server()


def audience_for(client, wished=None) -> str:
    """Which API a token is for: one that the application may call (RFC 8707), by default the portal's own."""
    known = [tokens.own_audience(), *client.audiences]
    if wished and wished not in known:
        raise OAuth2Error(error="invalid_target", description="The application may not call this API")
    return wished or (client.audiences[0] if client.audiences else known[0])


def token(request: SignOnRequest):
    """Answer the token endpoint."""
    return _answered(request, lambda: server().create_token_response(request))


def introspect(request: SignOnRequest):
    """Answer the introspection endpoint (RFC 7662)."""
    return _answered(request, lambda: server().create_endpoint_response("introspection", request))


def revoke(request: SignOnRequest):
    """Answer the revocation endpoint (RFC 7009)."""
    return _answered(request, lambda: server().create_endpoint_response("revocation", request))


def _answered(request, ask):
    repeated = [name for name, values in request.payload.datalist.items() if len(values) > 1]
    if repeated:
        return server().handle_error_response(request, InvalidRequestError("A parameter is repeated"))
    try:
        return ask()
    except OAuth2Error as error:
        return server().handle_error_response(request, error)
    except ValueError:  # Authlib puts what came in into its sentences, which must be plain ASCII
        return server().handle_error_response(request, InvalidRequestError())


def ask(request: SignOnRequest):
    """Look at an authorization request. Returns (OAuthClient, redirect address, scope).
    Raises OAuth2Error: with `redirect_uri` when the application may be told, without when nothing about it is sure."""
    data = request.payload.data
    client = clients.active_client(data.get("client_id") or "")
    if client is None:
        raise InvalidClientError(description="The application is not registered or is disabled")
    redirect_uri = data.get("redirect_uri") or ""
    if not client.check_redirect_uri(redirect_uri) or len(request.payload.datalist["redirect_uri"]) > 1:
        raise InvalidRequestError("The address to return to is not registered")
    problem = None
    if any(len(values) > 1 for values in request.payload.datalist.values()):
        problem = InvalidRequestError("A parameter is repeated")
    elif data.get("response_type") != "code":
        problem = OAuth2Error(error="unsupported_response_type")
    elif data.get("response_mode", "query") != "query":
        problem = InvalidRequestError("Only response_mode query is known")
    elif data.get("request") or data.get("request_uri"):
        problem = OAuth2Error(error="request_uri_not_supported" if data.get("request_uri") else "request_not_supported")
    elif len(data.get("nonce") or "") > 500 or len(data.get("state") or "") > 2000:
        problem = InvalidRequestError("nonce or state is too long")
    if problem is None:
        try:
            server().get_consent_grant(request)
            audience_for(client, data.get("resource"))
        except OAuth2Error as error:
            problem = error
        except ValueError:
            problem = InvalidRequestError()
    if problem is not None:
        problem.redirect_uri, problem.state = redirect_uri, data.get("state")
        raise problem
    return client, redirect_uri, request.scope


def authorize(actor, request: SignOnRequest, client, redirect_uri, scope) -> str:
    """Give the code. Returns the address that carries it to the application."""
    data = request.payload.data
    code = tokens.give_code(
        actor,
        client,
        redirect_uri=redirect_uri,
        scope=scope,
        audience=audience_for(client, data.get("resource")),
        nonce=data.get("nonce"),
        challenge=data["code_challenge"],
    )
    return _with(redirect_uri, code=code, state=data.get("state"))


def refusal_address(error: OAuth2Error) -> str:
    """Where the application hears of a refusal (RFC 6749, 4.1.2.1; RFC 9207)."""
    return _with(error.redirect_uri, error=error.error, error_description=error.description, state=error.state)


def refuse(actor, request, error):
    """Record a refused authorization request; its transaction is let go."""
    _refused(request, error, actor)


def _with(uri, **values):
    pairs = {name: value for name, value in {**values, "iss": settings().base_url}.items() if value}
    return f"{uri}{'&' if urlsplit(uri).query else '?'}{urlencode(pairs)}"


def _asking(request) -> Actor:
    """The application that asks, or that says so."""
    client = request.client
    name = client.client_id if client else _said_name(request)
    return Actor(name=client.name if client else name, client=name, address=request.address)


def _said_name(request):
    try:
        said = request.payload.client_id or extract_basic_authorization(request.headers)[0]
    except ValueError:
        said = None
    return str(said or "?")[:80]


def _refused(request, error, actor=None):
    """A refusal undoes the request; what must hold nevertheless is kept in transactions of its own."""
    asking = actor or _asking(request)
    client = request.client
    label = client.name if client else _said_name(request)
    key = client.id if client else None
    db.session.rollback()
    if request.reused_grant_id or request.spent_code_id or request.assertion:
        tokens.keep_after_refusal(
            grant_id=request.reused_grant_id, code_id=request.spent_code_id, assertion=request.assertion
        )
    reason = error.description or error.get_error_description() or error.error
    with reading(), suppress(Forbidden):
        audit.record(
            asking,
            "token.stolen" if request.reused_grant_id else "sign_on.refused",
            object_kind="oauth_client",
            object_id=key,
            label=label,
            result="refused",
            reason=f"{error.error}: {reason}",
        )


def discovery() -> dict:
    """What this server can do (OpenID Connect Discovery 1.0, RFC 8414)."""
    base = settings().base_url
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "introspection_endpoint": f"{base}/oauth/introspect",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "userinfo_endpoint": f"{base}/oauth/userinfo",
        "end_session_endpoint": f"{base}/oauth/logout",
        "jwks_uri": f"{base}/oauth/jwks",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [keys.ALGORITHM],
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "token_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "introspection_endpoint_auth_methods_supported": CONFIDENTIAL,
        "introspection_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": [*clients.SCOPES, *clients.SERVICE_SCOPES],
        "claims_supported": [
            *("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"),
            *sorted({claim for claims in clients.CLAIMS_OF.values() for claim in claims}),
        ],
        "acr_values_supported": ["urn:pkip:acr:basic", "urn:pkip:acr:strong"],
        "ui_locales_supported": ["lv", "en"],
        "prompt_values_supported": ["none", "login", "consent"],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }
