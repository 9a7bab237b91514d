"""Searching by keyboard in a real browser: the box of every page, and from hit to hit in a document."""

import io
import os
from datetime import date
from pathlib import Path

import pytest

from jobs.search import index_pending
from portal.documents import service as documents
from portal.kernel.access import set_of
from portal.kernel.db import db, new_id
from portal.search import service as search
from tests.conftest import PASSWORD, serving

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
PICTURES = os.environ.get("PKIP_PICTURES")


def fill(anna):
    """A document with a text file, and some things of other areas."""
    documents.install_registers()
    register = next(one for one in documents.list_registers(anna) if one.code == "sanemtie")
    text = "\n\n".join(
        f"{number}. punkts. Par ceļiem un ielām, {'ceļu remonts' * (number % 2)}." for number in range(60)
    )
    uploads, _problems = documents.receive_uploads(anna, [("plans.txt", io.BytesIO(text.encode()))])
    document = documents.register(anna, register.id, "Ceļu uzturēšanas plāns", date(2026, 3, 1), author="SIA „Ceļi”",
                                  uploads=uploads)  # fmt: skip
    for number in range(6):
        search.put("case", new_id(), f"Ceļa servitūts Nr. {number}", f"PA-{number}/2026", "Par ceļu pie ezera.",
                   date(2026, 2, 1 + number), "", f"/cases/{new_id()}", set_of("role:employee", "role:clerk"),
                   status="case.APSTRADE", class_name="Zemes nomas līgums", author="Jānis Ozols")  # fmt: skip
    where = f"/documents/{document.id}"
    db.session.commit()
    return where


@pytest.mark.browser
@pytest.mark.req("15.2")
def test_the_box_offers_and_hits_are_walked_by_keyboard(app, cast, anna, run_jobs):
    playwright = pytest.importorskip("playwright.sync_api")
    where = fill(anna)
    search.save_synonyms(anna, "ceļš\nautoceļš")
    search.save_search(anna, "Servitūti", "servitūts", search.Filters())
    db.session.commit()
    run_jobs()
    index_pending()
    db.session.commit()
    with serving(app) as url, playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--lang=lv"])
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        faults = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto(f"{url}/sign-in")
        page.fill("#username", "anna")
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")

        # any page: slash, typing, arrow, Enter
        page.wait_for_selector("#topsearch")
        page.keyboard.press("/")
        page.keyboard.type("ceļu uzt")
        page.wait_for_selector("#offers [role=option]")
        assert page.get_attribute("#topsearch", "aria-expanded") == "true"
        check(page, "offers")
        page.keyboard.press("ArrowDown")
        assert page.get_attribute("#topsearch", "aria-activedescendant") == "offer-1"
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{where}")

        # the page of results, by areas; a hit opens the document with the words marked
        page.keyboard.press("Control+k")
        page.fill("#topsearch", "ceļš -tilts pēc:2026")
        page.keyboard.press("Enter")
        page.wait_for_selector(".search-area")
        for width, name in ((1280, "wide"), (820, "tablet"), (390, "phone")):
            page.set_viewport_size({"width": width, "height": 900})
            check(page, f"results-{name}")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.click("text=Ceļu uzturēšanas plāns")
        page.wait_for_selector("mark.is-current")
        assert page.inner_text(".inside-count").startswith("1 no ")
        check(page, "inside")
        page.keyboard.press("F3")
        assert page.get_attribute("mark.is-current", "id") == "hit-2"
        page.keyboard.press("Shift+F3")
        page.keyboard.press("Shift+F3")
        last = page.get_attribute("mark.is-current", "id")
        assert last == page.locator("mark[data-hit]").last.get_attribute("id") != "hit-1"
        page.fill("#find", "remonti")
        page.press("#find", "Enter")
        page.wait_for_selector(".inside-count:has-text('1 no 30 atradumi')")
        page.press("#find", "Enter")
        assert page.get_attribute("mark.is-current", "id") == "hit-2"
        page.set_viewport_size({"width": 390, "height": 844})
        check(page, "inside-phone")
        page.goto(f"{url}/search")
        check(page, "before-phone")
        page.set_viewport_size({"width": 1280, "height": 900})
        for path in ("search", "search/help", "search/synonyms"):
            page.goto(f"{url}/{path}")
            check(page, path.replace("/", "-"))
        assert PICTURES or faults == []  # taking a picture puts a style of its own into the page
        chromium.close()


def check(page, name):
    """Nothing over the edge, no accessibility violation; a picture when somebody wants to look."""
    if PICTURES:
        (ROOT / "var" / "screens").mkdir(parents=True, exist_ok=True)
        page.screenshot(path=ROOT / "var" / "screens" / f"find-{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), name
    page.evaluate(AXE)
    found = page.evaluate("axe.run().then((all) => all.violations.map((one) => [one.id, one.nodes[0].html]))")
    assert found == [], name
