"""Signing in a real browser: the page fills itself, also after a wrong PIN."""

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
from tests.test_screens import violations


@pytest.fixture
def page(app, cast):
    playwright = pytest.importorskip("playwright.sync_api")
    with serving(app) as url, playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(base_url=url)
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
    page.fill("input[name=pin]", "9999")
    page.click("button.btn-primary")
    page.wait_for_selector("#signing-panel .alert-danger", timeout=30000)
    assert page.input_value("input[name=pin]") == "" and violations(page) == []
    page.fill("input[name=pin]", "1234")
    page.click("button.btn-primary")
    page.wait_for_selector("#signing-panel .alert-success", timeout=30000)
    with page.expect_download() as download:
        page.click("#signing-panel .alert-success a")
    container = Path(download.value.path())
    assert signing.verify(container.read_bytes(), "x.asice").verdict is signing.Verdict.VALID
    db.session.commit()  # it has read the trust lists; the portal must be able to write meanwhile

    page.goto("/signing/check")
    page.set_input_files(
        "input[type=file]", {"name": "lēmums.asice", "mimeType": "application/zip", "buffer": container.read_bytes()}
    )
    page.click("main button.btn-primary")
    page.wait_for_selector("#signature-report .state-ok", timeout=30000)
    assert "JĀNIS VĪTOLS" in page.inner_text("#signature-report")
