"""Passkeys in Chromium, with its virtual authenticator: added, used to sign in, as a second factor, to confirm; and
what an attacker would send instead, refused."""

import json
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import sqlalchemy as sa
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from portal.audit.models import AuditRecord
from portal.identity.models import Ceremony, Passkey, SignInSession
from portal.identity.service import factors, passkeys
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Invalid
from tests.conftest import PASSWORD, serving

AXE = (Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text()
pytestmark = pytest.mark.browser


class Device:
    """Chromium's virtual authenticator in one page: a laptop with a fingerprint reader."""

    def __init__(self, page):
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def keys(self):
        """What the device holds."""
        return self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def hold(self, keys):
        """Copy keys of another device into this one."""
        for key in keys:
            self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": key})

    def verified(self, flag):
        """Does the finger on the reader belong to the person?"""
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": flag})


@pytest.fixture
def site(app, cast):
    """The portal at a name, as passkeys need it, and Chromium; `.page()` gives a fresh browser with a device."""
    playwright = pytest.importorskip("playwright.sync_api")
    with serving(app) as url, playwright.sync_playwright() as driver:
        named = url.replace("127.0.0.1", "localhost")
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--lang=lv"])

        def page(**options):
            made = browser.new_context(base_url=named, locale="lv-LV", **options).new_page()
            made.device = Device(made)
            return made

        yield page
        browser.close()


def give_password(page, username="anna"):
    page.goto("/sign-in")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.click("main button.btn-primary")
    page.wait_for_load_state()


def add_passkey(page, name="Darba dators"):
    """Add a passkey on the page of signing in; returns the recovery codes shown."""
    page.goto("/profile/security")
    page.fill("form[data-passkey] input[name=name]", name)
    with page.expect_navigation():
        page.click("form[data-passkey=create] button")
    return page.locator(".recovery-codes code").all_inner_texts()


@contextmanager
def faults_of(page):
    """No error in the console while these acts run."""
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    yield
    assert said == []


def check_page(page):
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found] == []


@pytest.mark.req("1.3", "2.2")
def test_a_passkey_is_added_and_signs_in_without_a_password(site, cast):
    page = site()
    give_password(page)
    with faults_of(page):
        codes = add_passkey(page)
        assert len(codes) == 10 and len(page.device.keys()) == 1
        check_page(page)
        page.click("main a.btn-primary")
        assert "Darba dators" in page.inner_text("main")
        check_page(page)
        page.context.clear_cookies()
        page.goto("/sign-in?next=/help")
        check_page(page)
        with page.expect_navigation(url="**/help"):
            page.click("form[data-passkey=get] button")
    row = db.session.scalars(sa.select(SignInSession).order_by(SignInSession.started_at.desc())).first()
    assert (row.person_id, row.method, row.waits_for) == (cast.anna.id, "passkey", "") and row.strong_at


@pytest.mark.req("1.3")
def test_a_passkey_is_the_second_factor_and_confirms(site, app, cast):
    page = site()
    give_password(page)
    add_passkey(page)
    page.context.clear_cookies()
    give_password(page)
    assert "/sign-in/step" in page.url
    check_page(page)
    with page.expect_navigation(url=lambda url: "step" not in url):
        page.click("form[data-passkey=get] button")
    assert page.inner_text("h1") == "Mans darbs"

    db.session.execute(sa.update(SignInSession).values(strong_at=clock.real_now() - clock.timedelta(hours=1)))
    db.session.commit()
    page.goto("/profile/security")
    page.click("form[action$='/profile/recovery-codes'] button")
    assert "/confirm" in page.url
    check_page(page)
    with page.expect_navigation(url="**/profile/security"):
        page.click("form[data-passkey=get] button")
    page.click("form[action$='/profile/recovery-codes'] button")
    assert page.locator(".recovery-codes code").count() == 10


@pytest.mark.req("1.3")
def test_a_role_that_must_sets_a_passkey_up_at_the_door(site, cast):
    factors.set_rule(SYSTEM, "clerk", clock.today())
    db.session.commit()
    page = site()
    give_password(page)
    assert "/sign-in/step" in page.url
    check_page(page)
    with page.expect_navigation():
        page.click("form[data-passkey=create] button")
    with page.expect_navigation():
        page.click("main a.btn-primary")
    assert page.inner_text("h1") == "Mans darbs"


def test_a_finger_of_somebody_else_signs_nobody_in(site, cast):
    page = site()
    give_password(page)
    add_passkey(page)
    page.context.clear_cookies()
    page.device.verified(False)
    page.goto("/sign-in")
    page.click("form[data-passkey=get] button")
    page.wait_for_selector("form[data-passkey] .invalid-feedback.d-block")
    assert "/sign-in" in page.url


def test_a_copied_key_is_found_by_its_counter(site, cast):
    page = site()
    give_password(page)
    add_passkey(page)
    copy = page.device.keys()
    db.session.execute(sa.update(Passkey).values(sign_count=40))
    db.session.commit()
    other = site()
    other.device.hold(copy)
    other.goto("/sign-in")
    with other.expect_navigation():
        other.click("form[data-passkey=get] button")
    assert other.locator("[role=alert]").first.is_visible() and "/sign-in/passkey" in other.url
    actions = list(db.session.scalars(sa.select(AuditRecord.action).where(AuditRecord.result == "refused")))
    assert "sign_in.failed" in actions


@pytest.mark.req("1.3")
def test_an_answer_is_taken_once_for_its_purpose_and_at_its_address_only(site, app, client, cast):
    page = site()
    give_password(page)
    add_passkey(page)
    page.context.clear_cookies()
    sent = []
    page.on("request", lambda request: sent.append(request.post_data) if request.url.endswith("/passkey") else None)
    page.goto("/sign-in")
    with page.expect_navigation(url=lambda url: "sign-in" not in url):
        page.click("form[data-passkey=get] button")
    answer = parse_qs(sent[-1])["credential"][0]
    origin = page.evaluate("location.origin")
    client_data = json.loads(base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"]))
    asked = base64url_to_bytes(client_data["challenge"])

    def use(purpose=passkeys.SIGN_IN, credential=answer, at=origin, person_id=None, given=None):
        ceremony_id, _options = passkeys.begin_use(given or purpose, at, person_id)
        db.session.get(Ceremony, ceremony_id).challenge = asked
        db.session.flush()
        return passkeys.finish_use(purpose, ceremony_id, credential, at, person_id)

    db.session.execute(sa.update(Passkey).values(sign_count=0))
    assert use().person_id == cast.anna.id, "the same challenge and an older counter: only these guard it"
    for wrong in (
        {"at": "https://evil.example"},
        {"given": passkeys.CONFIRM},
        {"person_id": cast.bruno.id},
        {"credential": _altered(answer, "authenticatorData")},
        {"credential": _altered(answer, "signature")},
        {"credential": "{}"},
        {"credential": "nonsense"},
    ):
        db.session.execute(sa.update(Passkey).values(sign_count=0))
        with pytest.raises(Invalid):
            use(**wrong)
    ceremony_id, _options = passkeys.begin_use(passkeys.SIGN_IN, origin)
    with pytest.raises(Invalid):
        passkeys.finish_use(passkeys.SIGN_IN, ceremony_id, answer, origin)  # a fresh challenge, an old answer
    with pytest.raises(Invalid):
        passkeys.finish_use(passkeys.SIGN_IN, ceremony_id, answer, origin)  # the challenge is gone


def _altered(answer, part):
    """The answer with one bit of a part turned."""
    whole = json.loads(answer)
    data = bytearray(base64url_to_bytes(whole["response"][part]))
    data[-1] ^= 1
    whole["response"][part] = bytes_to_base64url(bytes(data))
    return json.dumps(whole)


def test_passkeys_belong_to_the_portals_own_name(app, cast):
    def party(origin, **changes):
        app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], **changes)
        return passkeys.relying_party(origin)

    assert party("http://localhost:8000") == "localhost"
    assert party("http://127.0.0.1:8000") is None, "browsers make none for digits"
    assert passkeys.named_origin("http://127.0.0.1:8000") == "http://localhost:8000"
    own = {"base_url": "https://pkip.novads.lv"}
    assert party("https://pkip.novads.lv", **own) == "pkip.novads.lv"
    for elsewhere in ("https://pkip.novads.lv.evil.example", "http://pkip.novads.lv", "http://localhost:8000"):
        assert party(elsewhere, **own) is None
