"""Signing in through a provider on another site, in Chromium: cookies, policies of pages, steps that go on alone."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from portal.identity.models import FederationLink, Person, PersonField, ProviderKind, RuleAction
from portal.identity.service import federation
from portal.kernel import crypto
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from tests.conftest import PASSWORD, point_to_sandbox, serving

pytestmark = [pytest.mark.browser, pytest.mark.req("1.4")]
CODE = "32000000021"


@pytest.fixture
def town(app, cast, sandbox, run_jobs):
    """The portal on 127.0.0.1 and the providers on localhost: for a browser another site, so cookies stay at home."""
    point_to_sandbox(app, sandbox.url.replace("127.0.0.1", "localhost"))
    app.config["WTF_CSRF_ENABLED"] = True
    anna = db.session.get(Person, cast.anna.id)
    anna.personal_code, anna.personal_code_hash = CODE, crypto.lookup_hash(CODE)
    for key, name, kind, address, client_id in (
        ("latvija", "latvija.lv", ProviderKind.SAML, "sandbox:/sign-on/saml/metadata", ""),
        ("vpvkac", "VPVKAC IS", ProviderKind.OIDC, "sandbox:/sign-on/oidc", "pkip"),
    ):
        provider = federation.save_provider(SYSTEM, key=key, name=name, kind=kind, address=address, client_id=client_id)
        federation.add_rule(SYSTEM, provider.id, action=RuleAction.MATCH, person_field=PersonField.PERSONAL_CODE)
    db.session.commit()
    with serving(app) as url:
        app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], base_url=url)
        run_jobs()
        yield url


@pytest.fixture
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--lang=lv"])
        yield found
        found.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_anna_signs_in_with_latvija_lv_and_out_everywhere(town, browser, sandbox, scripts):
    page = browser.new_context(java_script_enabled=scripts).new_page()
    page.goto(f"{town}/sign-in?next=/profile")
    page.click("text=latvija.lv")
    page.click("button:has-text('Anna Liepiņa')")
    if not scripts:
        page.click("button:has-text('Turpināt')")  # from the provider's page
        page.click("main button.btn-primary")  # and from ours
    page.wait_for_url(f"{town}/profile")
    assert page.inner_text("h1") == "Anna Liepiņa"
    if not scripts:
        page.click(".person-menu summary")
    page.locator("form[action='/sign-out'] button").first.evaluate("button => button.form.submit()")
    page.wait_for_url(f"{town}/federation/left**")
    assert "šeit un pie sniedzēja" in page.inner_text("main")
    assert sandbox.store.list("sign_on.session") == []


def test_anna_signs_in_with_vpvkac_while_the_page_waits(town, browser, run_jobs):
    page = browser.new_page()
    page.goto(f"{town}/sign-in?next=/profile")
    page.click("text=VPVKAC IS")
    page.click("button:has-text('Anna Liepiņa')")
    page.wait_for_url(f"{town}/federation/finish")
    assert "Gaidām" in page.inner_text("main")
    run_jobs()
    page.wait_for_url(f"{town}/profile")
    page.locator("form[action='/sign-out'] button").first.evaluate("button => button.form.submit()")
    page.wait_for_url(f"{town}/federation/left**")


def test_linking_asks_first(town, browser, cast):
    page = browser.new_page()
    page.goto(f"{town}/sign-in")
    page.fill("#username", "bruno")
    page.fill("#password", PASSWORD)
    page.click("main button.btn-primary")
    page.goto(f"{town}/profile/federation")
    page.click("button:has-text('latvija.lv')")
    page.click("button:has-text('Bruno Kalniņš')")
    page.wait_for_url(f"{town}/federation/finish")
    assert "Bruno Kalniņš" in page.inner_text("#finish")
    assert db.session.scalar(sa.select(sa.func.count(FederationLink.id))) == 0
    db.session.commit()
    page.click("#finish button.btn-primary")
    page.wait_for_url(f"{town}/profile/federation")
    assert "latvija.lv" in page.inner_text("main .plain-list")
