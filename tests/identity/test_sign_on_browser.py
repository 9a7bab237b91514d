"""Signing in to another application in a real browser: the portal's form, consent, and back to the application."""

import base64
import hashlib
from urllib.parse import parse_qs, urlencode

import pytest

from portal.identity.service import clients
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from tests.conftest import PASSWORD, serving
from tests.test_screens import chromium, look  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 50).digest()).rstrip(b"=").decode()


@pytest.fixture
def application():
    """Another application, at an origin of its own: says what came back to it."""
    came = []

    def answer(environ, start):
        came.append((environ["PATH_INFO"], parse_qs(environ.get("QUERY_STRING", ""))))
        start("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [b"<!doctype html><title>GIS</title><h1>Karte</h1>"]

    with serving(answer) as url:
        yield url, came


@pytest.mark.req("1.3")
def test_a_person_signs_in_consents_and_comes_back(app, cast, chromium, application):  # noqa: F811
    url, came = application
    clients.register(
        SYSTEM, "gis", name="Ģeoportāls", auth_method="none", grant_types=["authorization_code"],
        redirect_uris=[f"{url}/callback"], post_logout_uris=[f"{url}/bye"], asks_consent=True,
        scopes=["openid", "profile", "email"],
    )  # fmt: skip
    db.session.commit()
    asks = {
        "response_type": "code", "client_id": "gis", "redirect_uri": f"{url}/callback", "scope": "openid profile email",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256", "state": "s",
    }  # fmt: skip
    page, said, faults = chromium.person(None), [], []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(f"/oauth/authorize?{urlencode(asks)}")
    page.fill("#username", "anna")
    page.fill("#password", PASSWORD)
    page.click("main button.btn-primary")
    page.wait_for_selector("text=Vai Ģeoportāls drīkst to zināt?")
    look(page, "application-consent-asked", faults)
    page.click("button[value=allow]")
    page.wait_for_url(f"{url}/callback?**")
    assert page.inner_text("h1") == "Karte" and "code" in came[0][1] and came[0][1]["state"] == ["s"]
    page.goto(f"/oauth/authorize?{urlencode(asks)}")  # signed in and consented: no page of ours
    page.wait_for_url(f"{url}/callback?**")
    page.goto(f"/oauth/logout?{urlencode({'client_id': 'gis', 'post_logout_redirect_uri': f'{url}/bye'})}")
    look(page, "application-sign-out-asked", faults)
    page.click("main button.btn-primary")
    page.wait_for_url(f"{url}/bye**")
    page.goto("/profile")
    assert "/sign-in" in page.url
    assert said == [one for one in said if "favicon" in one] and faults == []
