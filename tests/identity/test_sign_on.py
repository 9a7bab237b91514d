"""Sign-on for other applications over HTTP: codes, tokens, their refusal and their end (1.3)."""

import base64
import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import sqlalchemy as sa
from joserfc import jwk, jwt

from portal.audit.models import AuditRecord
from portal.identity import service as identity
from portal.identity.models import OAuthGrant, OAuthToken
from portal.identity.service import clients, keys, tokens
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Forbidden, Invalid
from tests.conftest import PASSWORD, serving

pytestmark = pytest.mark.req("1.3")

BACK = "https://gis.example/callback"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def gis(app, cast):
    """A registered application with a secret: signs people in, refreshes, acts by itself."""
    client, secret = clients.register(
        SYSTEM,
        "gis",
        name="Ģeoportāls",
        auth_method="client_secret_basic",
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        redirect_uris=[BACK],
        post_logout_uris=["https://gis.example/bye"],
        scopes=["openid", "profile", "email", "roles", "offline_access", "documents.read"],
    )
    db.session.commit()
    client.secret = secret
    return client


def ask(browser, **changes):
    """Send the browser to the authorization endpoint; returns the answer."""
    query = {
        "response_type": "code",
        "client_id": "gis",
        "redirect_uri": BACK,
        "scope": "openid profile documents.read",
        "state": "s-1",
        "nonce": "n-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return browser.get("/oauth/authorize", query_string={k: v for k, v in query.items() if v is not None})


def query_of(response):
    return {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}


def exchange(http, client, status=200, **form):
    """Call the token endpoint as the application."""
    response = http.post("/oauth/token", data=form, headers=basic(client))
    assert response.status_code == status, response.get_data(as_text=True)
    return response.json


def basic(client):
    return {"Authorization": "Basic " + base64.b64encode(f"{client.client_id}:{client.secret}".encode()).decode()}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def code_for(browser, **changes):
    return query_of(ask(browser, **changes))["code"]


def tokens_for(browser, http, client, **changes):
    code = code_for(browser, **changes)
    return exchange(http, client, grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=VERIFIER)


def refused(action="sign_on.refused"):
    """Why requests were refused, as the audit log has it, the latest first."""
    query = sa.select(AuditRecord.reason).where(AuditRecord.action == action).order_by(AuditRecord.id.desc())
    return list(db.session.scalars(query))


# --- the way that works ----------------------------------------------------------------------------------------------


def test_a_person_signs_in_to_an_application(as_client, client, gis, cast):
    answer = ask(as_client("anna"))
    assert answer.status_code == 303 and answer.location.startswith(BACK)
    came = query_of(answer)
    assert came["state"] == "s-1" and came["iss"] == "http://127.0.0.1:8000"
    got = exchange(
        client, gis, grant_type="authorization_code", code=came["code"], redirect_uri=BACK, code_verifier=VERIFIER
    )
    assert got["token_type"] == "Bearer" and got["expires_in"] == 600
    published = jwk.KeySet.import_key_set(client.get("/oauth/jwks").json)
    told = jwt.decode(got["id_token"], published, ["RS256"]).claims
    assert told["sub"] == str(cast.anna.id) and told["aud"] == "gis" and told["nonce"] == "n-1"
    assert told["name"] == "Anna Liepiņa" and "email" not in told
    assert client.get("/oauth/userinfo", headers=bearer(got["access_token"])).json["preferred_username"] == "anna"
    assert "d" not in client.get("/oauth/jwks").json["keys"][0]


def test_a_stranger_signs_in_first_and_comes_back(client, gis):
    answer = ask(client)
    assert answer.status_code == 302 and answer.location.startswith("/sign-in?next=/oauth/authorize")


def test_discovery_names_the_endpoints(client, app):
    for path in ("openid-configuration", "oauth-authorization-server"):
        found = client.get(f"/.well-known/{path}").json
        assert found["issuer"] == "http://127.0.0.1:8000"
        assert found["code_challenge_methods_supported"] == ["S256"]
        assert "none" not in found["id_token_signing_alg_values_supported"]


def test_a_refresh_token_gives_a_new_pair(as_client, client, gis):
    first = tokens_for(as_client("anna"), client, gis)
    second = exchange(client, gis, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"] and "id_token" in second
    assert client.get("/oauth/userinfo", headers=bearer(second["access_token"])).status_code == 200


def test_an_application_acts_by_itself(client, gis):
    got = exchange(client, gis, grant_type="client_credentials", scope="documents.read")
    assert "refresh_token" not in got and "id_token" not in got
    actor = identity.actor_for_token(got["access_token"])
    assert actor.person_id is None and actor.client == "gis" and actor.can("documents.read")
    assert not actor.can("documents.register") and "client:gis" in actor.keys


def test_a_persons_token_carries_only_what_its_scopes_name(as_client, client, gis, cast):
    got = tokens_for(as_client("anna"), client, gis)
    actor = identity.actor_for_token(got["access_token"])
    assert actor.person_id == cast.anna.id and actor.client == "gis"
    assert actor.can("documents.read") and not actor.can("documents.register")


# --- what is refused, and stands in the audit log --------------------------------------------------------------------


def test_a_code_works_once_and_its_second_use_ends_what_it_gave(as_client, client, gis):
    code = code_for(as_client("anna"))
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    first = exchange(client, gis, **form)
    assert exchange(client, gis, 400, **form)["error"] == "invalid_grant"
    assert client.get("/oauth/userinfo", headers=bearer(first["access_token"])).status_code == 401
    exchange(client, gis, 400, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert refused("token.stolen") == ["invalid_grant: The code was used before"]


def test_a_refresh_token_works_once_and_its_second_use_ends_the_family(as_client, client, gis):
    first = tokens_for(as_client("anna"), client, gis)
    second = exchange(client, gis, grant_type="refresh_token", refresh_token=first["refresh_token"])
    again = exchange(client, gis, 400, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert again["error"] == "invalid_grant"
    exchange(client, gis, 400, grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert client.get("/oauth/userinfo", headers=bearer(second["access_token"])).status_code == 401
    assert refused("token.stolen") == ["invalid_grant: The refresh token was used before"]


@pytest.mark.parametrize("what", ["code", "refresh_token"])
def test_of_four_uses_at_the_same_moment_one_wins(app, as_client, client, gis, what):
    browser = as_client("anna")
    if what == "code":
        form = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}
        form["code"] = code_for(browser)
    else:
        form = {"grant_type": what, what: tokens_for(browser, client, gis)[what]}
    proof = basic(gis)
    db.session.commit()  # the four need the write lock
    with serving(app) as url, ThreadPoolExecutor(4) as pool:
        calls = [
            pool.submit(requests.post, f"{url}/oauth/token", data=form, headers=proof, timeout=60)
            for _number in range(4)
        ]
        assert sorted(call.result().status_code for call in calls) == [200, 400, 400, 400]
    assert len(refused("token.stolen")) == 3


def test_a_wrong_verifier_spends_the_code(as_client, client, gis):
    code = code_for(as_client("anna"))
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    assert exchange(client, gis, 400, **form, code_verifier="w" * 50)["error"] == "invalid_grant"
    assert "Code challenge failed" in refused()[0]
    exchange(client, gis, 400, **form, code_verifier=VERIFIER)
    assert db.session.scalar(sa.select(sa.func.count(OAuthToken.id))) == 0


def test_a_missing_verifier_and_another_address_are_refused(as_client, client, gis):
    browser = as_client("anna")
    code = code_for(browser)
    exchange(client, gis, 400, grant_type="authorization_code", code=code, redirect_uri=BACK)
    code = code_for(browser)
    other = {"redirect_uri": "https://gis.example/other", "code_verifier": VERIFIER}
    exchange(client, gis, 400, grant_type="authorization_code", code=code, **other)
    assert db.session.scalar(sa.select(sa.func.count(OAuthToken.id))) == 0


def test_a_code_is_good_for_a_minute_and_for_its_own_application(as_client, client, gis):
    browser = as_client("anna")
    late = code_for(browser)
    db.session.execute(sa.text("UPDATE oauth_code SET expires_at = '2020-01-01 00:00:00'"))
    db.session.commit()
    form = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}
    assert exchange(client, gis, 400, code=late, **form)["error"] == "invalid_grant"
    other, secret = clients.register(
        SYSTEM, "other", name="Cita", auth_method="client_secret_basic", grant_types=["authorization_code"],
        redirect_uris=[BACK], scopes=["openid"],
    )  # fmt: skip
    db.session.commit()
    other.secret = secret
    foreign = code_for(browser)
    assert exchange(client, other, 400, code=foreign, **form)["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example/api"}, "invalid_target"),
        ({"request": "x.y.z"}, "request_not_supported"),
    ],
)
def test_a_wrong_request_is_answered_to_the_application(as_client, gis, changes, error):
    answer = query_of(ask(as_client("anna"), **changes))
    assert answer["error"] == error and answer["state"] == "s-1" and "code" not in answer
    assert refused()[0].startswith(error)


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "https://gis.example/callback/../x"},
        {"redirect_uri": "https://gis.example/callback?x=1"},
        {"redirect_uri": "https://gis.example/callback#x"},
        {"redirect_uri": 'https://gis.example/āē"<script>'},
        {"redirect_uri": None},
        {"client_id": "nobody"},
        {"client_id": None},
    ],
)
def test_nobody_is_led_to_an_address_that_is_not_registered(as_client, gis, changes):
    answer = ask(as_client("anna"), **changes)
    assert answer.status_code == 400 and "Location" not in answer.headers
    assert "<script>" not in answer.get_data(as_text=True)
    assert refused()


def test_a_second_address_in_the_request_is_refused(as_client, gis):
    answer = as_client("anna").get(
        f"/oauth/authorize?response_type=code&client_id=gis&redirect_uri={BACK}&redirect_uri=https://evil.example/"
        f"&scope=openid&code_challenge={CHALLENGE}&code_challenge_method=S256"
    )
    assert answer.status_code == 400 and "Location" not in answer.headers


def test_the_secret_must_be_right_and_in_its_place(client, gis):
    form = {"grant_type": "client_credentials"}
    wrong = client.post("/oauth/token", data=form, headers={"Authorization": "Basic " + "Z2lzOndyb25n"})
    assert wrong.status_code == 401 and wrong.json["error"] == "invalid_client"
    assert wrong.headers["WWW-Authenticate"].startswith("Basic")
    for data in ({"client_id": "gis", "client_secret": gis.secret}, {"client_id": "gis"}, {}):
        assert client.post("/oauth/token", data=form | data).json["error"] == "invalid_client"
    in_address = f"/oauth/token?client_id=gis&client_secret={gis.secret}&grant_type=client_credentials"
    assert client.post(in_address).status_code == 400
    record = db.session.scalars(sa.select(AuditRecord).where(AuditRecord.action == "sign_on.refused")).first()
    assert record.client == "gis" and record.result == "refused"


def test_odd_requests_are_refused_without_a_fault(client, gis):
    for form in ({}, {"grant_type": "password"}, {"grant_type": "ā\"'"}, {"grant_type": "authorization_code"}):
        assert client.post("/oauth/token", data=form, headers=basic(gis)).status_code in (400, 401)
    twice = client.post("/oauth/token", data="grant_type=client_credentials&scope=a&scope=b", headers=basic(gis),
                        content_type="application/x-www-form-urlencoded")  # fmt: skip
    assert twice.json["error"] == "invalid_request"
    assert exchange(client, gis, 400, grant_type="client_credentials", scope="openid")["error"] == "invalid_scope"


def forged(header, claims, signature="AAAA"):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part(header)}.{part(claims)}.{signature}"


def test_forged_tokens_open_nothing(as_client, client, gis):
    real = tokens_for(as_client("anna"), client, gis)["access_token"]
    claims = keys.read(real, "at+jwt")
    public = keys.published()["keys"][0]
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = (
        jwk.RSAKey.import_key(public).get_op_key("verify").public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    hs_header = {"alg": "HS256", "typ": "at+jwt", "kid": public["kid"]}
    import hmac

    body = forged(hs_header, claims).rpartition(".")[0]
    hs_sign = base64.urlsafe_b64encode(hmac.new(pem, body.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    own = jwk.RSAKey.generate_key(2048)
    head, _dot, signature = real.rpartition(".")
    tries = {
        "none": forged({"alg": "none", "typ": "at+jwt"}, claims, ""),
        "HS256 with the public key": f"{body}.{hs_sign}",
        "another key": jwt.encode({"alg": "RS256", "typ": "at+jwt"}, claims, own, ["RS256"]),
        "another key under our name": jwt.encode(
            {"alg": "RS256", "typ": "at+jwt", "kid": public["kid"]}, claims, own, ["RS256"]
        ),
        "a key it brings along": jwt.encode(
            {"alg": "RS256", "typ": "at+jwt", "jwk": own.as_dict(private=False)}, claims, own, ["RS256"]
        ),
        "changed": forged({"alg": "RS256", "typ": "at+jwt", "kid": public["kid"]}, claims | {"sub": "x"}, signature),
        "no token": "x",
    }
    for name, token in tries.items():
        answer = client.get("/oauth/userinfo", headers=bearer(token))
        assert answer.status_code == 401 and 'error="invalid_token"' in answer.headers["WWW-Authenticate"], name
        with pytest.raises(Forbidden):
            identity.actor_for_token(token)
    assert len(refused("access.refused")) == len(tries)


def test_a_token_of_another_kind_time_or_audience_opens_nothing(as_client, client, gis):
    got = tokens_for(as_client("anna"), client, gis)
    with pytest.raises(Forbidden):
        identity.actor_for_token(got["id_token"])
    with pytest.raises(Forbidden) as error:
        identity.actor_for_token(got["access_token"], audience="https://gis.novads.lv/api")
    assert "127.0.0.1:8000/api" in error.value.message
    claims = keys.read(got["access_token"], "at+jwt")
    for changes in ({"exp": int(time.time()) - 1}, {"aud": "https://elsewhere"}, {"iss": "https://elsewhere"},
                    {"jti": "x"}, {"exp": None}):  # fmt: skip
        with pytest.raises(Forbidden):
            identity.actor_for_token(keys.sign({**claims, **changes}, "at+jwt"))


def test_a_token_without_the_scope_reaches_less(client, gis):
    got = exchange(client, gis, grant_type="client_credentials")
    assert client.get("/oauth/userinfo", headers=bearer(got["access_token"])).status_code == 401  # not for userinfo
    assert client.get("/oauth/userinfo").headers["WWW-Authenticate"] == 'Bearer realm="localhost"'


# --- applications with a key of their own ----------------------------------------------------------------------------


@pytest.fixture
def register_app(app, cast):
    """An application that proves itself by private_key_jwt; with its key."""
    key = jwk.ECKey.generate_key("P-256", {"kid": "k1"})
    client, secret = clients.register(
        SYSTEM, "reg", name="Reģistrs", auth_method="private_key_jwt", grant_types=["client_credentials"],
        jwks={"keys": [key.as_dict(private=True)]}, scopes=["cases.read"],
    )  # fmt: skip
    db.session.commit()
    assert not secret and "d" not in client.jwks["keys"][0]
    client.key = key
    return client


def assertion(client, key=None, algorithm="ES256", **changes):
    now = int(time.time())
    claims = {"iss": "reg", "sub": "reg", "aud": "http://127.0.0.1:8000/oauth/token", "iat": now, "exp": now + 60,
              "jti": "j-1", **changes}  # fmt: skip
    header = {"alg": algorithm, "kid": "k1"}
    return jwt.encode(header, {k: v for k, v in claims.items() if v is not None}, key or client.key, [algorithm])


def prove(http, proof, **form):
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    form = {"grant_type": "client_credentials", "client_assertion_type": kind, "client_assertion": proof, **form}
    return http.post("/oauth/token", data=form)


def test_an_assertion_works_once(client, register_app):
    proof = assertion(register_app)
    assert prove(client, proof).status_code == 200
    again = prove(client, proof)
    assert again.status_code in (400, 401) and again.json["error"] == "invalid_client"
    assert "used before" in refused()[0]


def test_an_assertion_is_remembered_although_its_request_was_refused(client, register_app):
    proof = assertion(register_app)
    assert prove(client, proof, scope="documents.read").json["error"] == "invalid_scope"
    assert prove(client, proof).json["error"] == "invalid_client"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://elsewhere.example"},
        {"exp": int(time.time()) - 120},
        {"exp": int(time.time()) + 86400},
        {"exp": None},
        {"jti": None},
        {"iss": "other"},
        {"sub": "nobody", "iss": "nobody"},
    ],
)
def test_a_wrong_assertion_is_refused(client, register_app, changes):
    assert prove(client, assertion(register_app, **changes)).json["error"] == "invalid_client"


def test_an_assertion_signed_otherwise_is_refused(client, register_app):
    secret = jwk.OctKey.import_key(json.dumps(register_app.jwks))
    other = jwk.ECKey.generate_key("P-256", {"kid": "k1"})
    claims = jwt.decode(assertion(register_app), register_app.key, ["ES256"]).claims
    for proof in (
        assertion(register_app, key=other),
        assertion(register_app, key=secret, algorithm="HS256"),
        forged({"alg": "none"}, claims, ""),
        "x",
    ):
        assert prove(client, proof).json["error"] == "invalid_client"


# --- asking about tokens, ending them --------------------------------------------------------------------------------


def test_introspection_tells_those_concerned(as_client, client, gis, register_app):
    got = tokens_for(as_client("anna"), client, gis)
    told = client.post("/oauth/introspect", data={"token": got["access_token"]}, headers=basic(gis)).json
    assert told["active"] and told["username"] == "anna" and told["client_id"] == "gis"
    refresh = client.post("/oauth/introspect", data={"token": got["refresh_token"]}, headers=basic(gis)).json
    assert refresh["active"] and refresh["token_type"] == "refresh_token"
    foreign = {"token": got["access_token"], "client_assertion": assertion(register_app),
               "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}  # fmt: skip
    assert client.post("/oauth/introspect", data=foreign).json == {"active": False}
    assert client.post("/oauth/introspect", data={"token": "x"}, headers=basic(gis)).json == {"active": False}
    assert client.post("/oauth/introspect", data={"token": got["access_token"]}).status_code in (400, 401)


def test_the_api_that_a_token_is_for_may_ask_about_it(client, gis, register_app):
    clients.change(SYSTEM, gis.id, audiences=["https://reg.example/api"])
    clients.change(SYSTEM, register_app.id, resource="https://reg.example/api")
    db.session.commit()
    got = exchange(client, gis, grant_type="client_credentials", resource="https://reg.example/api")
    with pytest.raises(Forbidden):
        identity.actor_for_token(got["access_token"])
    ask_about = {"token": got["access_token"], "client_assertion": assertion(register_app),
                 "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}  # fmt: skip
    assert client.post("/oauth/introspect", data=ask_about).json["aud"] == "https://reg.example/api"


def test_a_revoked_token_is_dead(as_client, client, gis):
    got = tokens_for(as_client("anna"), client, gis)
    assert client.post("/oauth/revoke", data={"token": got["access_token"]}, headers=basic(gis)).status_code == 200
    assert client.get("/oauth/userinfo", headers=bearer(got["access_token"])).status_code == 401
    new = exchange(client, gis, grant_type="refresh_token", refresh_token=got["refresh_token"])
    client.post("/oauth/revoke", data={"token": new["refresh_token"]}, headers=basic(gis))
    assert client.get("/oauth/userinfo", headers=bearer(new["access_token"])).status_code == 401
    exchange(client, gis, 400, grant_type="refresh_token", refresh_token=new["refresh_token"])
    assert client.post("/oauth/revoke", data={"token": "unknown"}, headers=basic(gis)).status_code == 200


@pytest.mark.req("1.1")
def test_suspending_a_person_ends_tokens_at_once(as_client, client, gis, cast):
    got = tokens_for(as_client("pauls"), client, gis, scope="openid offline_access")
    start = time.perf_counter()
    identity.suspend(SYSTEM, cast.pauls.id, "aizgāja")
    db.session.commit()
    assert client.get("/oauth/userinfo", headers=bearer(got["access_token"])).status_code == 401
    assert time.perf_counter() - start < 1
    assert client.post("/oauth/introspect", data={"token": got["access_token"]}, headers=basic(gis)).json == {
        "active": False
    }
    exchange(client, gis, 400, grant_type="refresh_token", refresh_token=got["refresh_token"])


def test_signing_out_ends_tokens_unless_they_may_stay(as_client, client, gis):
    browser = as_client("anna")
    short, long = tokens_for(browser, client, gis), tokens_for(browser, client, gis, scope="openid offline_access")
    browser.post("/sign-out")
    assert client.get("/oauth/userinfo", headers=bearer(short["access_token"])).status_code == 401
    exchange(client, gis, 400, grant_type="refresh_token", refresh_token=short["refresh_token"])
    assert client.get("/oauth/userinfo", headers=bearer(long["access_token"])).status_code == 200
    exchange(client, gis, grant_type="refresh_token", refresh_token=long["refresh_token"])


def test_a_disabled_application_is_out(as_client, client, gis, edgars):
    got = tokens_for(as_client("anna"), client, gis)
    clients.disable(edgars, gis.id)
    db.session.commit()
    assert client.get("/oauth/userinfo", headers=bearer(got["access_token"])).status_code == 401
    assert ask(as_client("anna")).status_code == 400
    exchange(client, gis, 401, grant_type="client_credentials")
    clients.enable(edgars, gis.id)
    db.session.commit()
    exchange(client, gis, grant_type="client_credentials")


# --- prompts and consent ---------------------------------------------------------------------------------------------


def test_a_silent_request_is_answered_without_a_page(as_client, client, gis):
    assert query_of(ask(client, prompt="none"))["error"] == "login_required"
    browser = as_client("anna")
    assert "code" in query_of(ask(browser, prompt="none"))
    clients.change(SYSTEM, gis.id, asks_consent=True)
    db.session.commit()
    assert query_of(ask(browser, prompt="none"))["error"] == "consent_required"


def test_consent_is_asked_once_and_can_be_taken_back(as_client, client, gis):
    clients.change(SYSTEM, gis.id, asks_consent=True)
    db.session.commit()
    browser = as_client("anna")
    page = ask(browser)
    assert page.status_code == 200 and "Anna Liepiņa" in page.get_data(as_text=True)
    address = "/oauth/consent?" + urlsplit(page.request.url).query
    assert query_of(browser.post(address, data={"answer": "refuse"}))["error"] == "access_denied"
    code = query_of(browser.post(address, data={"answer": "allow"}))["code"]
    got = exchange(client, gis, grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=VERIFIER)
    assert "code" in query_of(ask(browser))
    assert ask(browser, scope="openid email").status_code == 200
    assert "Ģeoportāls" in browser.get("/profile/applications").get_data(as_text=True)
    assert browser.post(f"/profile/applications/{gis.id}/withdraw").status_code == 303
    assert client.get("/oauth/userinfo", headers=bearer(got["access_token"])).status_code == 401
    assert ask(browser).status_code == 200


def test_a_request_by_post_is_asked_again_by_get(as_client, gis):
    answer = as_client("anna").post("/oauth/authorize", data={"client_id": "gis", "state": "a b"})
    assert answer.status_code == 303 and answer.location == "/oauth/authorize?client_id=gis&state=a+b"


def test_from_our_own_form_a_page_leads_on(as_client, gis):
    browser = as_client("anna")
    browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    page = ask(browser)
    assert page.status_code == 200 and f'content="0;url={BACK}?code=' in page.get_data(as_text=True)


def test_an_application_may_wish_a_fresh_proof(as_client, gis):
    browser = as_client("anna")
    for wish in ({"prompt": "login"}, {"max_age": "0"}):
        answer = ask(browser, **wish)
        assert answer.status_code == 302 and answer.location.startswith("/confirm"), answer.location


def test_a_fresh_proof_leads_on(as_client, client, gis):
    browser = as_client("anna")
    way = ask(browser, prompt="login").location
    assert browser.get(way).status_code == 200
    back = browser.post(way, data={"password": PASSWORD})
    assert back.status_code == 303 and back.location.startswith("/oauth/authorize?")
    assert "code" in query_of(browser.get(back.location))
    assert ask(browser, prompt="login").location.startswith("/confirm")


def test_a_programme_in_a_browser_reads_its_answers(client, gis, edgars):
    clients.register(
        edgars, "spa", name="Karte", auth_method="none", grant_types=["authorization_code"], scopes=["openid"],
        redirect_uris=["https://karte.example/cb"],
    )  # fmt: skip
    db.session.commit()
    for origin, allowed in (("https://karte.example", True), ("https://gis.example", False), ("null", False)):
        answer = client.post("/oauth/token", data={}, headers={"Origin": origin})
        assert (answer.headers.get("Access-Control-Allow-Origin") == origin) == allowed
        asked = client.options("/oauth/userinfo", headers={"Origin": origin})
        assert ("Access-Control-Allow-Headers" in asked.headers) == allowed
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert client.get("/oauth/jwks").headers["Access-Control-Allow-Origin"] == "*"


def test_applications_are_registered_on_the_command_line(app):
    from click.testing import CliRunner

    from portal.identity.application_cli import group

    run = CliRunner().invoke
    made = run(group, ["add", "gis", "Karte", "--redirect-uri", BACK, "--json"])
    assert made.exit_code == 0, made.output
    told = json.loads(made.output)
    assert clients.active_client("gis").check_client_secret(told["client_secret"])
    assert run(group, ["add", "gis", "Karte", "--redirect-uri", BACK]).exit_code == 2
    assert json.loads(run(group, ["list", "--json"]).output)[0]["client_id"] == "gis"
    assert run(group, ["disable", "gis"]).exit_code == 0
    assert clients.active_client("gis") is None


def test_claims_are_cut_to_what_the_application_may_have(as_client, client, gis):
    clients.change(SYSTEM, gis.id, claims=["given_name", "roles"])
    db.session.commit()
    got = tokens_for(as_client("anna"), client, gis, scope="openid profile email roles")
    told = client.get("/oauth/userinfo", headers=bearer(got["access_token"])).json
    assert set(told) == {"sub", "given_name", "roles"} and told["roles"] == ["clerk", "employee"]


def test_handing_over_the_personal_code_is_recorded(as_client, client, gis, cast):
    cast.anna.personal_code = "01019012345"
    clients.change(SYSTEM, gis.id, scopes=["openid", "personal_code"])
    db.session.commit()
    got = tokens_for(as_client("anna"), client, gis, scope="openid personal_code")
    assert (
        "personal_code"
        not in jwt.decode(got["id_token"], jwk.KeySet.import_key_set(keys.published()), ["RS256"]).claims
    )
    assert client.get("/oauth/userinfo", headers=bearer(got["access_token"])).json["personal_code"] == "01019012345"
    shown = db.session.scalars(sa.select(AuditRecord).where(AuditRecord.action == "person.code_shown")).one()
    assert shown.client == "gis" and shown.purpose == "Ģeoportāls"


# --- signing out -----------------------------------------------------------------------------------------------------


def test_an_application_signs_the_person_out_with_its_proof(as_client, client, gis):
    browser = as_client("anna")
    got = tokens_for(browser, client, gis)
    back = "https://gis.example/bye"
    answer = browser.get(
        "/oauth/logout", query_string={"id_token_hint": got["id_token"], "post_logout_redirect_uri": back, "state": "z"}
    )
    assert answer.status_code == 303 and answer.location == f"{back}?state=z"
    assert browser.get("/profile").status_code == 302


def test_without_proof_the_person_is_asked(as_client, gis):
    browser = as_client("anna")
    page = browser.get("/oauth/logout?client_id=gis&post_logout_redirect_uri=https://gis.example/bye")
    assert page.status_code == 200 and browser.get("/profile").status_code == 200
    form = {"client_id": "gis", "post_logout_redirect_uri": "https://gis.example/bye"}
    assert browser.post("/oauth/logout/confirmed", data=form).location == "https://gis.example/bye"
    assert browser.get("/profile").status_code == 302


def test_signing_out_leads_to_no_foreign_address_and_takes_no_forged_proof(as_client, client, gis):
    browser = as_client("anna")
    got = tokens_for(browser, client, gis)
    for query in (
        {"post_logout_redirect_uri": "https://evil.example/", "id_token_hint": got["id_token"]},
        {"post_logout_redirect_uri": "https://gis.example/bye"},
        {"id_token_hint": forged({"alg": "none"}, {"sid": "x"}, "")},
        {"id_token_hint": got["access_token"]},
        {"id_token_hint": got["id_token"], "client_id": "other"},
    ):
        answer = browser.get("/oauth/logout", query_string=query)
        assert answer.status_code == 403 and "Location" not in answer.headers, query
    assert browser.get("/profile").status_code == 200
    assert refused("access.refused")


# --- keys ------------------------------------------------------------------------------------------------------------


def test_keys_are_renewed_in_good_time(app, cast):
    keys.sign({"iss": "x"})
    keys.renew(SYSTEM)
    assert len(keys.published()["keys"]) == 1
    db.session.execute(sa.text("UPDATE signing_key SET signs_from = '2020-01-01 00:00:00'"))
    keys.renew(SYSTEM)
    old, new = keys.published()["keys"]
    token = keys.sign({"iss": "http://127.0.0.1:8000"})
    assert jwt.decode(token, jwk.RSAKey.import_key(old), ["RS256"]).header["kid"] == old["kid"]
    db.session.execute(sa.text("UPDATE signing_key SET signs_from = '2021-01-01' WHERE kid = :kid"), new | {})
    db.session.expire_all()
    assert [key["kid"] for key in keys.published()["keys"]] == [new["kid"]]
    assert keys.read(token)  # what the old one signed is still ours


def test_replaced_keys_are_worthless(as_client, client, gis, edgars):
    got = tokens_for(as_client("anna"), client, gis)
    keys.replace(edgars)
    db.session.commit()
    assert client.get("/oauth/userinfo", headers=bearer(got["access_token"])).status_code == 401
    tokens_for(as_client("anna"), client, gis)


def test_the_private_key_lies_encrypted(app, cast):
    keys.sign({})
    stored = db.session.scalar(sa.text("SELECT private_pem FROM signing_key"))
    assert b"PRIVATE KEY" not in bytes(stored)


# --- registering -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("redirect_uris", ["http://gis.example/cb"]),
        ("redirect_uris", ["https://*.example/cb"]),
        ("redirect_uris", ["https://gis.example/cb#x"]),
        ("redirect_uris", ["https://user@gis.example/cb"]),
        ("redirect_uris", ["javascript:alert(1)"]),
        ("redirect_uris", ["lv.novads.app:/cb"]),
        ("redirect_uris", ["https:///cb"]),
        ("redirect_uris", []),
        ("post_logout_uris", ["//evil.example"]),
        ("logout_uri", "http://gis.example/out"),
        ("scopes", ["everything"]),
        ("grant_types", ["password"]),
        ("grant_types", []),
        ("auth_method", "client_secret_jwt"),
        ("name", " "),
        ("resource", "gis"),
    ],
)
def test_a_wrong_registration_names_the_field(gis, edgars, field, value):
    with pytest.raises(Invalid) as error:
        clients.change(edgars, gis.id, **{field: value})
    assert error.value.field == field
    db.session.rollback()


def test_only_it_staff_register_applications(as_client, gis, bruno):
    with pytest.raises(Forbidden):
        clients.list_clients(bruno)
    assert as_client("bruno").get("/admin/applications").status_code == 403


def test_it_staff_register_test_and_disable_an_application(as_client, client, gis):
    browser = as_client("edgars")
    assert browser.get("/admin/applications/new").status_code == 200
    form = {
        "name": "Lietu karte",
        "client_id": "lietu-karte",
        "grant_types": ["authorization_code", "client_credentials"],
        "auth_method": "client_secret_post",
        "redirect_uris": "https://karte.example/cb\r\n",
        "scopes": ["openid", "cases.read"],
    }
    wrong = browser.post("/admin/applications/new", data={**form, "redirect_uris": "http://karte.example/cb"})
    assert wrong.status_code == 422 and "karte.example/cb: " in wrong.get_data(as_text=True)
    page = browser.post("/admin/applications/new", data=form).get_data(as_text=True)
    secret = page.partition('id="secret">')[2].partition("<")[0]
    assert len(secret) > 40
    row = clients.active_client("lietu-karte")
    show = f"/admin/applications/{row.id}"
    assert secret not in browser.get(show).get_data(as_text=True)
    proof = {"grant_type": "client_credentials", "client_id": "lietu-karte", "client_secret": secret}
    assert client.post("/oauth/token", data=proof).status_code == 200
    page = browser.post(f"{show}/secret").get_data(as_text=True)
    assert client.post("/oauth/token", data=proof).status_code == 401
    fresh = page.partition('id="secret">')[2].partition("<")[0]
    assert client.post("/oauth/token", data=proof | {"client_secret": fresh}).status_code == 200
    assert browser.post(f"{show}/edit", data={**form, "name": "Karte"}).status_code == 303
    assert browser.post(f"{show}/disable").status_code == 303
    assert client.post("/oauth/token", data=proof | {"client_secret": fresh}).status_code == 400
    listed = browser.get("/admin/applications").get_data(as_text=True)
    assert "Karte" in listed and "Atslēgta" in listed
    assert browser.post("/admin/applications/keys/replace").status_code == 303


def test_it_staff_see_who_uses_an_application(as_client, client, gis, edgars):
    tokens_for(as_client("anna"), client, gis)
    assert [person.username for person, _begun, _used in clients.users(edgars, gis.id)] == ["anna"]
    assert "Anna Liepiņa" in as_client("edgars").get(f"/admin/applications/{gis.id}").get_data(as_text=True)


# --- telling applications --------------------------------------------------------------------------------------------


def test_applications_are_told_of_a_sign_out_until_they_take_it(app, as_client, client, gis, run_jobs, make_receiver):
    receiver = make_receiver(answers=[500, 200])
    clients.change(SYSTEM, gis.id, logout_uri=f"{receiver.url}/out")
    db.session.commit()
    browser = as_client("anna")
    got = tokens_for(browser, client, gis, scope="openid offline_access")
    sid = jwt.decode(got["id_token"], jwk.KeySet.import_key_set(keys.published()), ["RS256"]).claims["sid"]
    browser.post("/sign-out")
    run_jobs()
    assert len(receiver.came) == 1
    db.session.execute(sa.text("UPDATE outbox SET next_at = '2020-01-01 00:00:00' WHERE state = 'waiting'"))
    run_jobs()
    assert len(receiver.came) == 2
    run_jobs()
    assert len(receiver.came) == 2
    notice = jwt.decode(receiver.came[1], jwk.KeySet.import_key_set(keys.published()), ["RS256"])
    assert notice.header["typ"] == "logout+jwt" and notice.claims["aud"] == "gis" and notice.claims["sid"] == sid
    assert list(notice.claims["events"]) == ["http://schemas.openid.net/event/backchannel-logout"]
    assert "nonce" not in notice.claims
    db.session.refresh(gis)
    assert gis.logout_problem is None and gis.logout_told_at


def test_a_trial_notice_shows_what_came_of_it(as_client, gis, run_jobs, make_receiver):
    receiver = make_receiver(answers=[404, 204])
    clients.change(SYSTEM, gis.id, logout_uri=f"{receiver.url}/out")
    db.session.commit()
    browser = as_client("edgars")
    for problem in (True, False):
        assert browser.post(f"/admin/applications/{gis.id}/trial").status_code == 303
        run_jobs()
        db.session.refresh(gis)
        assert bool(gis.logout_problem) == problem


@pytest.fixture
def make_receiver():
    """An application's address for sign-out notices: keeps what came, answers as told."""
    from contextlib import ExitStack
    from types import SimpleNamespace

    from tests.conftest import serving

    with ExitStack() as stack:

        def make(answers):
            came, left = [], list(answers)

            def receive(environ, start):
                body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
                came.append(parse_qs(body)["logout_token"][0])
                start(f"{left.pop(0) if left else 200} x", [("Content-Length", "0")])
                return [b""]

            return SimpleNamespace(came=came, url=stack.enter_context(serving(receive)))

        yield make


def test_old_rows_are_forgotten(as_client, client, gis):
    tokens_for(as_client("anna"), client, gis)
    for table in ("oauth_token", "oauth_grant", "oauth_code"):
        db.session.execute(sa.text(f"UPDATE {table} SET expires_at = '2020-01-01 00:00:00'"))
    tokens.forget_old()
    assert db.session.scalar(sa.select(sa.func.count(OAuthGrant.id))) == 0
    assert db.session.scalar(sa.select(sa.func.count(OAuthToken.id))) == 0
