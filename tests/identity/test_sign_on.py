"""Sign-on for other applications over HTTP: codes, tokens, their refusal and their end (1.3)."""

import base64
import hashlib
import json
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from joserfc import jwk, jwt

from portal.audit.models import AuditRecord
from portal.identity import service as identity
from portal.identity.models import OAuthGrant, OAuthToken
from portal.identity.service import clients, keys, tokens
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Forbidden, Invalid

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
    return exchange(
        http, client, grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=VERIFIER
    )


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
