"""A certified relying-party library (openid-client of npm) signs in, refreshes, asks and signs out over HTTP (1.3)."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from joserfc import jwk

from portal.audit.models import AuditRecord
from portal.identity.service import clients
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from tests.conftest import PASSWORD, serving

SCRIPT = Path(__file__).with_name("openid_client.mjs")
BACK, BYE = "http://127.0.0.1:9/callback", "http://127.0.0.1:9/bye"
SCOPE = "openid profile email"


@pytest.fixture
def portal(app):
    """The instance over real HTTP, forms protected as in production."""
    app.config["WTF_CSRF_ENABLED"] = True
    with serving(app) as url:
        app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], base_url=url)
        yield url


def register(method, **fields):
    """An application that proves itself this way; what the script needs to know of it."""
    name = method.replace("_", "-")
    key = jwk.ECKey.generate_key("P-256", {"kid": "k1"}) if method == "private_key_jwt" else None
    signs_in = {"grant_types": ["authorization_code", "refresh_token"], "redirect_uris": [BACK]}
    given = {
        "name": name,
        "auth_method": method,
        "post_logout_uris": [BYE],
        "scopes": [*SCOPE.split(), "documents.read"],
        "jwks": {"keys": [key.as_dict(private=False)]} if key else None,
        **signs_in,
        **fields,
    }
    _client, secret = clients.register(SYSTEM, name, **given)
    return {"id": name, "secret": secret, "method": method, "scope": SCOPE, "jwk": key and key.as_dict(private=True)}


def run(issuer, described):
    db.session.commit()
    given = {
        "issuer": issuer,
        "username": "anna",
        "password": PASSWORD,
        "redirect_uri": BACK,
        "post_logout_uri": BYE,
        "clients": described,
    }
    done = subprocess.run(["node", SCRIPT, json.dumps(given)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.req("1.3")
def test_openid_client_signs_in_refreshes_asks_and_signs_out(portal, cast):
    described = {
        "basic": {**register("client_secret_basic"), "misuse": True},
        "post": register("client_secret_post"),
        "public": register("none"),
        "key": {**register("private_key_jwt"), "sign_out": True},
    }
    found = run(portal, described)
    assert found["basic"]["asked_to_sign_in"] and not found["post"]["asked_to_sign_in"]  # signed in once for all
    for name, step in found.items():
        assert step["issuer"] == portal and step["rotated"], name
        assert step["claims"]["sub"] == str(cast.anna.id) and step["claims"]["iss"] == portal
        assert step["userinfo"]["name"] == "Anna Liepiņa" and step["userinfo"]["email"] == "anna@ozolpils.example"
        assert step.get("introspected", {"active": True, "username": "anna"}) == {"active": True, "username": "anna"}
    assert found["basic"]["refused"] == {
        "refresh_twice": "invalid_grant",
        "refresh_after_theft": "invalid_grant",
        "userinfo_after_theft": found["basic"]["refused"]["userinfo_after_reuse"],
        "wrong_verifier": "invalid_grant",
        "code_twice": "invalid_grant",
        "userinfo_after_reuse": "OAUTH_WWW_AUTHENTICATE_CHALLENGE",
        "without_pkce": "invalid_request",
        "open_redirect": "stayed",
    }
    assert found["key"]["signed_out_to"] == f"{BYE}?state=bye"
    assert found["key"]["silent_afterwards"] == "login_required"
    assert found["key"]["refresh_after_sign_out"] == "invalid_grant"
    reasons = db.session.scalars(sa.select(AuditRecord.reason).where(AuditRecord.result == "refused")).all()
    for said in ("used before", "Code challenge failed", "PKCE", "not registered"):
        assert any(said in reason for reason in reasons), said


@pytest.mark.req("1.3")
def test_openid_client_acts_for_an_application_itself(portal, cast):
    machine = {"grant_types": ["client_credentials"], "redirect_uris": []}
    wish = {"grant": "client_credentials", "scope": "documents.read"}
    described = {
        "basic": register("client_secret_basic", **machine) | wish,
        "key": register("private_key_jwt", **machine) | wish,
    }
    for step in run(portal, described).values():
        assert step["scope"] == "documents.read" and step["active"] and not step["active_after_revocation"]
