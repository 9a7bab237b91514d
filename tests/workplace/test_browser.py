"""The bar in another application's page, and shared elements changed by IT staff, in a real browser."""

import email
import io
import re
from email import policy
from types import SimpleNamespace

import pytest

from portal.kernel import clock, pdf
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.workflow import service as workflow
from portal.workplace import service as workplace
from portal.workplace.models import Board
from tests.conftest import PASSWORD, serving
from tests.test_screens import violations
from tests.workplace.test_look import picture
from tests.workplace.test_navigation import PLAIN

pytestmark = [pytest.mark.browser, pytest.mark.req("2.1")]

PAGE = """<!doctype html><html lang="lv"><head><meta charset="utf-8"><title>Veikals</title>
<script src="{portal}/nav/pkip-nav.js" defer></script></head>
<body><pkip-nav></pkip-nav><main><h1>Veikals</h1></main></body></html>"""
POLICY = "default-src 'self'; script-src {0}; connect-src {0}; img-src {0}; style-src 'none'"


@pytest.fixture
def world(app):
    """The portal, another application beside it, and a browser: `.person(name)` is a page of a signed-in person."""
    playwright = pytest.importorskip("playwright.sync_api")

    def shop(environ, start):
        policy_ = POLICY.format(shop.portal)
        headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", policy_)]
        start("200 OK", headers)
        return [PAGE.format(portal=shop.portal).encode()]

    with serving(app) as portal, serving(shop) as other, playwright.sync_playwright() as driver:
        shop.portal = portal
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--lang=lv"])

        def person(username, **options):
            page = browser.new_context(locale="lv-LV", **options).new_page()
            page.set_default_timeout(15_000)
            if username:
                page.goto(f"{portal}/sign-in")
                page.fill("#username", username)
                page.fill("#password", PASSWORD)
                page.click("main button.btn-primary")
                page.wait_for_url(lambda address: "sign-in" not in address)
            return page

        yield SimpleNamespace(portal=portal, shop=other, person=person)
        browser.close()


def _bar_colour(page, selector):
    return page.eval_on_selector(selector, "(element) => getComputedStyle(element).backgroundColor")


def test_another_applications_page_shows_the_bar_and_an_unregistered_one_nothing(world, edgars, cast, app):
    workplace.add_origin(edgars, world.shop, "Veikals")
    due = clock.today() - clock.timedelta(days=1)
    workflow.add_task(SYSTEM, "council.place", "case", cast.anna.id, "Vecs darbs", person_id=cast.anna.id, due_on=due)
    db.session.commit()
    page = world.person("anna", viewport={"width": 1280, "height": 700})
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(world.shop)
    page.wait_for_selector("pkip-nav #menu")
    assert said == []  # the application's own strict policy of content is kept to
    assert "Anna Liepiņa" in page.inner_text("pkip-nav #person") and "1" in page.inner_text("pkip-nav #work")
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 700})
    page.click("pkip-nav #work")
    assert "Vecs darbs" in page.inner_text("pkip-nav #work-panel")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
    page.set_viewport_size({"width": 1280, "height": 700})

    # by keyboard alone
    page.keyboard.press("Escape")
    assert page.is_hidden("pkip-nav #work-panel")
    page.focus("pkip-nav #menu")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('pkip-nav').shadowRoot.activeElement.textContent").startswith(
        "Mans darbs"
    )

    # what IT staff publish and what comes for the person is there without a reload
    link = {**PLAIN, "label_lv": "Karte", "url": "https://karte.example.lv/", "roles": ["clerk"]}
    workplace.save_line(edgars, None, **link)
    workplace.publish_draft(edgars, Board.NAVIGATION)
    db.session.commit()
    page.wait_for_selector("pkip-nav #menu-panel a[href='https://karte.example.lv/']")
    workflow.add_task(SYSTEM, "council.repeat", "case", cast.anna.id, "Jauns darbs", person_id=cast.anna.id)
    db.session.commit()
    page.wait_for_function(
        "() => document.querySelector('pkip-nav').shadowRoot.querySelector('#work').innerText.trim() === '2'"
    )

    # the same page under a name that nobody registered
    foreign = world.shop.replace("127.0.0.1", "localhost")
    with page.expect_event("requestfailed", lambda asked: "/nav/bar" in asked.url):
        page.goto(foreign)
    page.wait_for_timeout(300)
    assert page.evaluate("document.querySelector('pkip-nav').shadowRoot.childElementCount") == 0
    assert page.inner_text("body").strip() == "Veikals"

    # signing out there signs out here
    page.goto(world.shop)
    page.click("pkip-nav #person")
    page.click("pkip-nav #person-panel button")
    page.wait_for_url(f"{world.portal}/sign-in")
    page.goto(world.shop)
    page.wait_for_selector("pkip-nav a.go")
    assert page.inner_text("pkip-nav a.go").strip() == "Pieslēgties"


def test_what_it_staff_change_shows_in_portal_bar_mail_and_paper_and_is_taken_back(world, edgars, cast, app, run_jobs):
    workplace.add_origin(edgars, world.shop, "Veikals")
    db.session.commit()
    staff, clerk = world.person("edgars"), world.person("anna")
    clerk.goto(f"{world.portal}/help")
    shop = clerk.context.new_page()
    shop.goto(world.shop)
    shop.wait_for_selector("pkip-nav #menu")
    assert _bar_colour(clerk, ".topbar") == _bar_colour(shop, "pkip-nav .bar") == "rgb(31, 78, 121)"

    staff.goto(f"{world.portal}/admin/workplace/look")
    staff.fill("#brand", "#9ec5ea")
    staff.click("main form[enctype] button.btn-primary")
    assert "Kontrasts ir par mazu" in staff.inner_text("[role=alert]")
    staff.fill("#brand", "#14532d")
    staff.fill("#paper_head", "Pils iela 1, Ozolpils")
    staff.fill("#mail_head", "Dome un administrācija")
    staff.set_input_files("#logo", {"name": "l.png", "mimeType": "image/png", "buffer": picture()})
    staff.click("main form[enctype] button.btn-primary")
    assert "Izskats ir mainīts" in staff.inner_text("#messages")
    assert "Pils iela 1" in staff.inner_text(".paper-head") and violations(staff) == []

    # the clerk's page and the shop's were open all the while
    changed = "(selector) => getComputedStyle({}).backgroundColor === 'rgb(20, 83, 45)'"
    clerk.bring_to_front()
    clerk.wait_for_function(changed.format("document.querySelector(selector)"), arg=".topbar")
    clerk.wait_for_selector(".brand-logo")
    shop.bring_to_front()
    bar = "document.querySelector('pkip-nav').shadowRoot.querySelector(selector)"
    shop.wait_for_function(changed.format(bar), arg=".bar")
    assert "/nav/logo/" in shop.get_attribute("pkip-nav .brand img", "src")

    staff.goto(f"{world.portal}/admin/workplace/banners/new")
    staff.fill("#text_lv", "Sestdien portāls nestrādās")
    staff.select_option("#level", "urgent")
    staff.click("main form button.btn-primary")
    clerk.wait_for_selector(".banner-urgent")
    shop.wait_for_selector("pkip-nav .banner.urgent")

    staff.goto(f"{world.portal}/admin/workplace/look")
    staff.click("form[action$='trial-mail'] button")
    run_jobs()
    (file,) = (app.extensions["pkip.settings"].var / "outbox").glob("*.eml")
    html = email.message_from_bytes(file.read_bytes(), policy=policy.default).get_body(("html",)).get_content()
    assert "#14532d" in html and "Dome un administrācija" in html and "cid:logo" in html
    assert "Pils iela 1, Ozolpils" in _paper()

    staff.goto(f"{world.portal}/admin/workplace/look")
    staff.click("form[action$='take-back'] button >> nth=0")
    clerk.bring_to_front()
    clerk.wait_for_function(
        "() => getComputedStyle(document.querySelector('.topbar')).backgroundColor === 'rgb(31, 78, 121)'"
    )
    assert "Pils iela" not in _paper()
    staff.goto(f"{world.portal}/admin/workplace/banners")
    staff.click("form[action$='take-back'] button >> nth=0")
    clerk.wait_for_selector(".banner-urgent", state="detached")


def _paper():
    from pdfminer.high_level import extract_text

    bag = SimpleNamespace
    data = pdf.render("cases/pdf/letter.html", title="Atbilde", municipality="Ozolpils", today=clock.today(),
                      case=bag(number="1", client_name="J. Liepa"), letter=bag(text="Labdien!", kind="letter"),
                      author="A")  # fmt: skip
    db.session.rollback()
    return re.sub(r"\s+", " ", extract_text(io.BytesIO(data)))


def test_the_bar_is_configured_without_javascript(world, cast):
    page = world.person("edgars", java_script_enabled=False)
    page.click(".sidebar a:has-text('Darba vieta')")
    page.click("#line-documents\\.list [aria-label^='Uz augšu']")
    assert "melnraksts" in page.inner_text("main .alert-warning")
    page.select_option("#role", "clerk")
    page.click("main form[method=get] button")
    assert [text.strip() for text in page.locator("#preview li").all_inner_texts()][1] == "Dokumenti"
    page.click("text=Publicēt melnrakstu")
    assert [text.strip() for text in page.locator(".sidebar li").all_inner_texts()][0] == "Mans darbs"
    page.click("text=Atsaukt pēdējo izmaiņu")
    assert "Agrākā versija" in page.inner_text("#messages")
