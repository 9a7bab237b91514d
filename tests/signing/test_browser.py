"""Signing in a real browser: the page fills itself, no accessibility violation, and every width works."""

import threading
import uuid
from pathlib import Path

import pytest

from portal.kernel import jobs
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.signing import service as signing
from portal.storage import service as storage
from tests.conftest import PASSWORD, serving

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def page(app, cast):
    playwright = pytest.importorskip("playwright.sync_api")
    with serving(app) as url, playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(base_url=url, bypass_csp=True)  # only so that axe can be put into the page
        page.goto("/sign-in")
        page.fill("input[name=username]", "janis")
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit], main form button")
        page.wait_for_url(lambda address: "sign-in" not in address)
        yield page
        browser.close()


@pytest.fixture
def worker(app):
    """Does the jobs that are due, as a worker process does, until the test ends."""
    stop = threading.Event()

    def work():
        while not stop.wait(0.2):
            with app.app_context():
                for entry in jobs.due():
                    jobs.perform(entry)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join()


def _violations(page):
    """In what this area draws; the shell around it has tests of its own."""
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run('#main', {resultTypes: ['violations']})")["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.mark.browser
@pytest.mark.req("3.1")
def test_chair_signs_in_the_browser_after_a_wrong_pin(app, sandbox, cast, page, worker):
    blob = storage.put(SYSTEM, b"%PDF-1.7 paper")
    found = signing.request(
        SYSTEM,
        about_kind="trial",
        about_id=uuid.uuid4(),
        title="Lēmums Nr. 12 „Par ceļu”",
        files=[("Lēmums Nr. 12.pdf", "application/pdf", blob.sha256)],
        signers=[cast.janis.id],
    )
    db.session.commit()
    page.goto(f"/signing/{found.id}")
    for width in (390, 820, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert _violations(page) == []
    page.fill("input[name=pin]", "9999")
    page.click("button.btn-primary")
    page.wait_for_selector("#signing-panel .alert-danger", timeout=30000)
    assert page.input_value("input[name=pin]") == ""
    page.fill("input[name=pin]", "1234")
    page.click("button.btn-primary")
    page.wait_for_selector("#signing-panel .alert-success", timeout=30000)
    assert _violations(page) == []
    with page.expect_download() as download:
        page.click("#signing-panel .alert-success a")
    container = Path(download.value.path())
    assert signing.verify(container.read_bytes(), "x.asice").verdict is signing.Verdict.VALID

    page.goto("/signing/check")
    assert _violations(page) == []
    page.set_input_files(
        "input[type=file]", {"name": "lēmums.asice", "mimeType": "application/zip", "buffer": container.read_bytes()}
    )
    page.click("main button.btn-primary")
    page.wait_for_selector("#signature-report .state-ok", timeout=30000)
    assert "JĀNIS VĪTOLS" in page.inner_text("#signature-report")
    for width in (390, 820, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert _violations(page) == []
    page.screenshot(path=str(Path(app.extensions["pkip.settings"].var) / "check.png"), full_page=True)
