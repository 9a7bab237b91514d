"""The daily jobs in Chromium, counted from the start page: clicks, and key presses that confirm; typing is free."""

import re

import pytest
import sqlalchemy as sa

from portal.documents import scanning
from portal.documents import service as documents
from portal.documents.models import Document, Draft
from portal.exchange import service as exchange
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.signing import service as signing
from portal.workflow import service as workflow
from portal.workflow.models import Extension, Resolution, Task, TaskState
from tests.conftest import PASSWORD
from tests.documents.test_drafts import publish_template
from tests.documents.test_intake import letter
from tests.documents.test_lists import a_pdf
from tests.documents.test_scans import scanned
from tests.documents.test_sending import a_letter, an_answer
from tests.test_screens import chromium, picture

__all__ = ["chromium"]

pytestmark = pytest.mark.browser


class Counted:
    """A page on which acts are counted. Each job begins at the start page."""

    def __init__(self, page):
        self.page, self.acts = page, 0

    def begin(self):
        self.page.goto("/")
        self.acts = 0
        return self

    def click(self, selector):
        self.acts += 1
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state("load")

    def choose(self, selector, name, mime, data):
        """Choosing or dropping a file is one act."""
        self.acts += 1
        self.page.set_input_files(selector, {"name": name, "mimeType": mime, "buffer": data})

    def confirm(self, key="Enter"):
        self.acts += 1
        self.page.keyboard.press(key)
        self.page.wait_for_load_state("load")

    def type(self, text):
        self.page.keyboard.type(text)

    def go_on(self, times=1):
        """Tab: to the next field."""
        for _time in range(times):
            self.page.keyboard.press("Tab")


@pytest.fixture
def at_work(chromium):
    """`at_work("anna")`: their browser, counting."""
    return lambda username: Counted(chromium.person(username, PASSWORD))


def kept(column, *conditions):
    """Values of a column; the test's transaction is let go, so that the portal can write."""
    values = list(db.session.scalars(sa.select(column).where(*conditions)))
    db.session.commit()
    return values


@pytest.mark.req("12.5")
def test_resolutions_and_terms_take_few_acts(make_document, cast, anna, bruno, liga, at_work):
    """Assign with a term ≤ 4; extend a term with reason ≤ 4; several tasks at once by keyboard."""
    asked = make_document(title="Iesniegums par ceļu", unit_id=cast.units["2"].id)
    workflow.ask_resolution(anna, asked.id, cast.bruno.id)
    make_document(title="Vēstule par žogu", code="sanemtie")
    db.session.commit()

    head = at_work("bruno").begin()
    head.click("#work-list a:has-text('Iesniegums par ceļu')")
    _give(head, "Līga", "Sagatavot atbildi", "3")
    assert head.acts == 2, "assign with a term, from the head's work list"
    assert "Sagatavot atbildi" in head.page.inner_text(".resolutions")

    clerk = at_work("anna").begin()
    clerk.click(".sidebar a:has-text('Dokumenti')")
    clerk.click("#rows a:has-text('Vēstule par žogu')")
    clerk.click("main a:has-text('Uzrakstīt rezolūciju')")
    _give(clerk, "Līga", "Noskaidrot", "5")
    assert clerk.acts <= 4, "assign with a term, from the registry"
    assert "Līga Ozola" in clerk.page.inner_text(".resolutions")

    assert kept(Resolution.due_on, Resolution.document_id == asked.id) == [clock.add_working_days(clock.today(), 3)]
    later = clock.add_working_days(clock.today(), 6)
    executor = at_work("liga").begin()
    executor.click("#work-list a:has-text('Iesniegums par ceļu')")
    executor.click("#due_on")
    executor.type(f"{later:%d.%m.%Y}")
    executor.go_on()
    executor.type("Gaida plānu")
    executor.confirm()
    executor.page.wait_for_selector("text=Lūgts")
    assert executor.acts <= 4, "extend a term with reason"
    assert kept(Extension.due_on) == [later]

    executor.begin()
    assert not executor.page.locator("#work-picks").is_visible()
    executor.page.keyboard.press("j")
    executor.page.keyboard.press("x")
    executor.page.keyboard.press("j")
    executor.page.keyboard.press("x")
    assert re.search(r"Atzīmēti: 2", executor.page.inner_text("#work-picks"))
    executor.click("#work-picks button:has-text('Izpildīts')")
    executor.page.wait_for_selector("text=Izpildīti 2 uzdevumi")
    assert executor.acts == 1
    assert sorted(kept(Task.kind, Task.state == TaskState.OPEN)) == [
        "resolution.accept",
        "resolution.accept",
        "resolution.extend",
    ]

    head.begin()
    head.click("#work-list button:has-text('Pieņemt'):not(#work-picks *)")
    head.page.wait_for_selector("text=Pieņemta")
    assert head.acts == 1 and kept(Document.state, Document.id == asked.id) == ["done"]


def _give(at, name, text, days):
    """Fill in the form of a resolution by keyboard alone; the executor's list has the focus."""
    at.page.wait_for_selector("#responsible_id:focus")
    at.type(name)
    at.go_on(2)
    at.type(text)
    at.go_on()
    at.type(days)
    at.confirm()
    at.page.wait_for_selector(".resolutions")


@pytest.mark.req("12.4")
def test_approving_signing_and_sending_take_few_acts(sandbox, cast, anna, at_work, run_jobs):
    """Approve ≤ 2; sign ≤ 3; send out ≤ 2: each is a line of the work list."""
    answer = an_answer(anna, a_letter(sandbox, anna, run_jobs).id)
    file = documents.files_of(answer.id)[0]
    signed = (file.name, file.mime, file.sha256)
    about = {"about_kind": "document", "about_id": answer.id, "title": str(answer)}
    signing.ask_approval(anna, **about, file=signed, approvers=[cast.bruno.id])
    db.session.commit()
    head = at_work("bruno").begin()
    head.click("#work-list a:has-text('Atbilde par ceļu')")
    head.click("main button.btn-primary:has-text('Saskaņot')")
    head.page.wait_for_selector("main .state-ok:has-text('Saskaņots')")
    db.session.expire_all()  # what the browser did
    assert head.acts <= 2 and signing.is_approved("document", answer.id, file.sha256)
    db.session.commit()

    signing.request(anna, **about, files=[signed], signers=[cast.janis.id])
    run_jobs()
    chair = at_work("janis").begin()
    chair.click("#work-list a:has-text('Atbilde par ceļu')")
    chair.click("#pin")
    chair.type("1234")
    chair.confirm()
    chair.page.wait_for_selector("#signing-panel .alert-info")
    assert chair.acts <= 3
    run_jobs()
    chair.page.wait_for_selector("#signing-panel .alert-success", timeout=60000)

    clerk = at_work("anna").begin()
    clerk.click("#work-list a:has-text('Atbilde par ceļu')")
    clerk.click("main button.btn-primary:has-text('Nosūtīt')")
    clerk.page.wait_for_selector("main h2:has-text('Nosūtīšana')")
    assert clerk.acts <= 2
    assert len(exchange.deliveries_of(answer.id)) == 1


@pytest.mark.req("12.1")
def test_letters_by_mail_and_from_the_scanner_are_registered_and_answered_in_few_acts(
    registers, anna, cast, at_work, run_jobs, monkeypatch
):
    """Register a letter that came by e-mail ≤ 6, a scanned one ≤ 6; answer from a template to signing ≤ 8."""
    monkeypatch.setattr(scanning, "recognise", lambda data, tell: (data, "Vēstule"))  # the real one: test_scans.py
    identity.set_head(SYSTEM, cast.anna.unit_id, cast.bruno.id)
    publish_template(anna)
    clerk = at_work("anna").begin()
    clerk.click(".sidebar a:has-text('Dokumenti')")
    clerk.click("main a:has-text('Reģistrēt dokumentu')")
    clerk.choose("#files", "vēstule.eml", "message/rfc822", letter("Par žoga krāsu"))
    clerk.page.wait_for_selector("text=Saņemtas, atkārtoti nav jāizvēlas")
    assert clerk.page.input_value("#title") == "Par žoga krāsu"
    assert "Andris Zvirbulis" in clerk.page.input_value("#author")
    clerk.click("main form button.btn-primary")
    clerk.page.wait_for_selector("h1:has-text('Par žoga krāsu')")
    assert clerk.acts <= 6, "register a letter that came by e-mail"
    run_jobs()

    clerk.begin()
    clerk.click(".sidebar a:has-text('Dokumenti')")
    clerk.click("main a:has-text('Skenētie')")
    clerk.choose("#pages", "lapa.jpg", "image/jpeg", scanned("Vēstule", dots=100))
    clerk.click("main button:has-text('Saņemt lapas')")
    run_jobs()
    clerk.click("#scans a:has-text('Reģistrēt')")
    clerk.page.focus("#title")
    clerk.type("Skenēta vēstule")
    clerk.confirm()
    clerk.page.wait_for_selector("h1:has-text('Skenēta vēstule')")
    assert clerk.acts <= 6, "register a scanned letter"

    clerk.begin()
    clerk.click(".sidebar a:has-text('Dokumenti')")
    clerk.click("#rows a:has-text('Par žoga krāsu')")
    clerk.click("main a:has-text('Atbildēt')")
    clerk.page.focus("#text")
    clerk.type("Žogs būs zaļš.")
    clerk.click("main button:has-text('Izveidot projektu')")
    clerk.click(".page-actions summary:has-text('Nosūtīt parakstīšanai')")
    clerk.click(".page-actions button:has-text('Nosūtīt 1. versiju')")
    clerk.page.wait_for_selector("text=Nosūtīts parakstīšanai")
    assert clerk.acts <= 8, "answer a letter from a template to signing"
    assert kept(Draft.state) == ["signing"] and len(kept(Task.id, Task.kind == "signing.sign")) == 1


@pytest.mark.req("12.2")
def test_finding_a_letter_and_printing_the_register_take_few_acts(make_document, at_work, clock_at, run_jobs):
    """Find last year's letter from a firm ≤ 3; print the day's register ≤ 3; choose, look and change by keyboard."""
    clock_at("2025-10-06 10:00")
    make_document(title="Par ceļu remontu", code="sanemtie", author="SIA „Ceļinieks”", author_number="7-1/12")
    clock_at("2026-11-24 09:00")
    make_document(title="Par sniega tīrīšanu", code="sanemtie", author="SIA „Ceļinieks”")
    letter = make_document(title="Par kokiem", files=[("koki.pdf", a_pdf("Koki"))])
    letter_id, number = letter.id, letter.number
    run_jobs(periodic=True)

    clerk = at_work("anna").begin()
    clerk.page.keyboard.press("/")
    clerk.type("ceļinieks 2025")
    clerk.confirm()
    clerk.click(".search-hits a:has-text('Par ceļu remontu')")
    assert clerk.acts <= 3 and "SIA „Ceļinieks”" in clerk.page.inner_text(".document-side")

    clerk.begin()
    clerk.click(".sidebar a:has-text('Dokumenti')")
    clerk.click("button:has-text('Drukāt šodienas reģistru')")
    run_jobs()
    clerk.page.wait_for_selector("text=Atvērt drukāšanai")
    address = clerk.page.get_attribute("a:has-text('Atvērt drukāšanai')", "href")
    assert clerk.acts + 1 <= 3 and clerk.page.request.get(address).headers["content-type"] == "application/pdf"

    # by keyboard: j selects, x chooses, p shows the first page beside the list, Enter opens
    clerk.begin()
    clerk.click(".sidebar a:has-text('Dokumenti')")
    assert not clerk.page.locator(".selection-bar").is_visible()
    for key in ("j", "x", "p"):
        clerk.page.keyboard.press(key)
    assert "Izvēlēti: 1" in clerk.page.inner_text(".selection-bar")
    clerk.page.wait_for_selector("#preview img.preview-picture")
    assert number in clerk.page.inner_text("#preview")
    picture(clerk.page, "documents-preview")
    clerk.click(".selection-bar button[value=finish]")
    clerk.page.click("main form button.btn-primary")
    clerk.page.wait_for_selector("button:has-text('Atsaukt')")
    assert kept(Document.state, Document.id == letter_id) == ["done"]
    clerk.page.click("button:has-text('Atsaukt')")
    clerk.page.wait_for_selector("text=Atsaukts 1 dokumentam")
    assert kept(Document.state, Document.id == letter_id) == ["registered"]
    clerk.page.keyboard.press("j")
    clerk.page.keyboard.press("Enter")
    clerk.page.wait_for_selector("h1:has-text('Par kokiem')")
