"""The golden thread in Chromium over a whole installation of real processes: the clerk, the chair, the secretary, three
members at tablets and the hall screen each in a browser of their own. Pictures of every step are kept in var/thread."""

import re
import sqlite3
from datetime import date, timedelta

import pytest

from portal.demo.accounts import PASSWORD
from tests.thread.driver import Person
from tests.thread.town import ROOT
from tests.thread.walk import COMMITTEE, DOME, PIN, TITLE

playwright = pytest.importorskip("playwright.sync_api")

SHOTS = ROOT / "var" / "thread"
TABLETS = ("dace", "deputats1", "deputats2")
SIZES = {"desk": (1280, 800), "tablet": (820, 1180), "hall": (1920, 1080), "phone": (390, 844)}
THROUGH = {"bruno": ("latvija.lv", "Bruno Kalniņš"), "liga": ("VPVKAC IS", "Līga Ozola")}  # SAML 2.0, OpenID Connect
WORDS = {"par": "Par", "pret": "Pret", "atturas": "Atturas"}


class People:
    """Browsers by name, each with its own cookies; pictures numbered in the order they were taken."""

    def __init__(self, chromium, url):
        self.chromium, self._url = chromium, url
        self.pages, self._taken = {}, 0

    def page(self, username, size="desk", screen=""):
        """The browser in which the person has signed in. screen: a second browser of the same person."""
        key = username + screen
        if key not in self.pages:
            width, height = SIZES[size]
            context = self.chromium.new_context(
                base_url=self._url, locale="lv-LV", viewport={"width": width, "height": height}
            )
            page = self.pages[key] = context.new_page()
            page.mistakes = []
            page.on("pageerror", lambda error: page.mistakes.append(str(error)))
            page.on(
                "response",
                lambda answer: answer.status >= 400 and page.mistakes.append(f"{answer.status} {answer.url}"),
            )
            self._sign_in(page, username)
        return self.pages[key]

    def _sign_in(self, page, username):
        """By password, or through the service that recognises the person."""
        page.goto("/sign-in")
        if username in THROUGH:
            service, name = THROUGH[username]
            until(page, "/sign-in", f".sign-in-ways a:has-text('{service}')").click()
            page.locator("button[name=person]", has_text=name).click()
        else:
            page.fill("input[name=username]", username)
            page.fill("input[name=password]", PASSWORD)
            page.click("main form button")
        page.wait_for_url(f"{self._url}/")

    def picture(self, page, name):
        """Keep what the page shows now."""
        self._taken += 1
        page.screenshot(path=SHOTS / f"{self._taken:02}-{name}.png", full_page=True)

    def mistakes(self):
        """Script errors and refused requests, by browser."""
        return {key: page.mistakes for key, page in self.pages.items() if page.mistakes}


@pytest.fixture
def people(running_town):
    """Opens browsers."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for old in SHOTS.glob("*.png"):
        old.unlink()
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        playwright.expect.set_options(timeout=20_000)
        opened = People(chromium, running_town.url)
        yield opened
        for key, page in opened.pages.items():
            page.screenshot(path=SHOTS / f"last-of-{key}.png")
        chromium.close()


def until(page, address, selector, seconds=30):
    """Load the page until it shows the selector, as one who waits for somebody else's work does."""
    for _try in range(seconds * 2):
        page.goto(address)
        if page.locator(selector).count():
            return page.locator(selector).first
        page.wait_for_timeout(500)
    raise AssertionError(f"{address} never showed {selector}")


def choose(page, name, words):
    """Choose the option that says these words."""
    field = page.locator(f"select[name={name}]")
    field.select_option(field.locator("option", has_text=words).first.get_attribute("value"))


def submit(page, action):
    """Press the main button of the form that is sent to an address ending so."""
    page.locator(f'main form[action*="{action}"] button.btn-primary').first.click()


@pytest.mark.browser
@pytest.mark.thread
@pytest.mark.req("3.1", "3.2", "7.2", "7.3", "8.1", "8.2", "9", "12.2", "12.4", "13.1", "13.2", "13.3", "15.2", "6.1")
def test_an_application_walks_the_whole_thread_in_browsers(running_town, people):
    town = running_town
    resident_writes(town, people)
    clerk_sees_it_registered(people)
    case = head_and_employee_prepare(people)
    for body, choices in ((COMMITTEE, ("par", "par", "par")), (DOME, ("par", "pret", "atturas"))):
        session = secretary_prepares_the_session(people, body)
        members_decide(town, people, session, body, choices)
    papers_are_signed(people, session)
    decision_is_delivered(people, case)
    everyone_finds_what_they_may(people)
    the_log_is_whole(town, people)
    assert people.mistakes() == {}


def resident_writes(town, people):
    page = people.chromium.new_page(viewport={"width": 1280, "height": 800})
    page.goto(town.sandbox_url)
    form = page.locator("form[action$='/send']")
    for name, value in {
        "sender": "_PRIVATE@32000000012",
        "sender_name": "Ilze Avotiņa",
        "title": TITLE,
        "description": "Lūdzu iznomāt zemesgabalu Upmalē.",
        "service_code": "PA-1001-001",
    }.items():
        form.locator(f"[name={name}]").fill(value)
    form.locator("[name=files]").set_input_files(
        [{"name": "iesniegums.txt", "mimeType": "text/plain", "buffer": "Lūdzu iznomāt zemi Upes ielā 7".encode()}]
    )
    people.picture(page, "resident-writes")
    form.locator("button").first.click()
    page.close()


def clerk_sees_it_registered(people):
    anna = people.page("anna")
    until(anna, "/documents", f"main a:has-text('{TITLE}')").click()
    playwright.expect(anna.locator("h1")).to_contain_text(TITLE)
    playwright.expect(anna.locator("main")).to_contain_text("iesniegums.txt")
    people.picture(anna, "registered-document")


def head_and_employee_prepare(people):
    """Returns the address of the case."""
    bruno, liga = people.page("bruno"), people.page("liga")
    until(bruno, "/", f"#work-list a:has-text('{TITLE}')")
    people.picture(bruno, "my-work-of-the-head")
    bruno.locator(f"#work-list a:has-text('{TITLE}')").first.click()
    choose(bruno, "responsible_id", "Līga Ozola")
    people.picture(bruno, "head-assigns")
    submit(bruno, "/assign")
    playwright.expect(bruno.locator("dl.facts dd", has_text="Līga Ozola").first).to_be_visible()

    until(liga, "/", f"#work-list a:has-text('{TITLE}')").click()
    liga.fill("input[name=title]", TITLE)
    liga.fill("textarea[name=draft_text]", "Nolemj iznomāt zemesgabalu Upmalē uz pieciem gadiem.")
    choose(liga, "committee_id", COMMITTEE)
    playwright.expect(liga.locator("#draft-saved")).to_contain_text("saglabāts")
    people.picture(liga, "employee-prepares")
    case = re.match(r".*/cases/[0-9a-f-]{36}", liga.url).group()
    submit(liga, "/prepare")
    playwright.expect(liga.locator(".next-step")).to_contain_text("Komiteja izskata")
    people.picture(liga, "case-before-the-committee")
    return case


def secretary_prepares_the_session(people, body):
    """Returns the address of the session, whose agenda and invitations are made."""
    sarma = people.page("sarma")
    sarma.goto("/council/sessions/new")
    choose(sarma, "body_id", body)
    sarma.fill("input[name=day]", f"{date.today() + timedelta(days=7):%d.%m.%Y}")
    sarma.fill("input[name=hour]", "10:00")
    sarma.fill("input[name=place]", "Sēžu zāle")
    sarma.uncheck("input[name=template]")
    submit(sarma, "/sessions/new")
    sarma.wait_for_url(re.compile(r"/council/sessions/[0-9a-f-]{36}$"))
    sarma.locator("#pool form button", has_text=TITLE).click()
    playwright.expect(sarma.locator("ol .cn-agenda-title", has_text=TITLE)).to_be_visible()
    people.picture(sarma, "agenda")
    sarma.locator("form[action$='/invite'] button").click()
    playwright.expect(sarma.locator("form[action$='/invite']")).to_have_count(0)
    return sarma.url.split("?")[0]


def members_decide(town, people, session, body, choices):
    """The chair leads at the desk; tablets and hall follow by themselves; who sits at none votes over plain HTTP."""
    adopted = "Atbalstīts" if body == COMMITTEE else "Pieņemts"
    janis = people.page("janis")
    tablets = [people.page(name, "tablet") for name in TABLETS]
    hall = people.page("sarma", "hall", screen="-hall")
    hall.goto(f"{session}/hall")
    janis.goto(f"{session}/desk")
    seated = []
    for tablet in tablets:
        tablet.goto(f"{session}/tablet")
        if tablet.locator("#check-in").count():
            tablet.click("#check-in")
            playwright.expect(tablet.locator("#check-in")).to_have_count(0)
            seated.append(tablet)
    others = others_of(town, session)
    janis.goto(f"{session}/tablet")
    janis.click("#check-in")
    playwright.expect(janis.locator("#check-in")).to_have_count(0)
    janis.goto(f"{session}/desk")
    janis.click("#open")
    janis.click("#next-matter")
    for tablet in seated:
        playwright.expect(tablet.locator("h1")).to_contain_text(TITLE)  # without a touch
    janis.click("#open-ballot")
    for number, (tablet, choice) in enumerate(zip(seated, choices, strict=False)):
        playwright.expect(tablet.locator("#vote-par")).to_be_visible()
        if not number:
            people.picture(tablet, "tablet-votes")
        tablet.click(f"#vote-{choice}")
        playwright.expect(tablet.locator(".cn-saved")).to_contain_text(f"„{WORDS[choice]}” ir saglabāta")
    people.picture(seated[0], "tablet-stored")
    playwright.expect(hall.locator(".is-voted")).to_have_count(len(seated))
    assert not hall.locator(".is-for, .is-against, .is-abstained").count()  # no choice is shown before closing
    people.picture(hall, "hall-while-voting")
    for person in others:
        person.press(f"{session}/tablet", "/vote", choice="par")
    janis_tablet = people.page("janis", "phone", screen="-phone")
    janis_tablet.goto(f"{session}/tablet")
    janis_tablet.click("#vote-par")
    playwright.expect(janis_tablet.locator(".cn-saved")).to_be_visible()
    people.picture(janis, "chair-while-voting")
    janis.click("#close-ballot")
    result = janis.locator(".cn-result")
    playwright.expect(result).to_contain_text(adopted)
    given = [*choices[: len(seated)], *["par"] * (len(others) + 1)]
    playwright.expect(result).to_contain_text(
        f"par {given.count('par')}, pret {given.count('pret')}, atturas {given.count('atturas')}"
    )
    playwright.expect(hall.locator(".is-for")).to_have_count(given.count("par"))
    playwright.expect(seated[-1].locator(".cn-result")).to_contain_text(adopted)
    people.picture(hall, "hall-with-result")
    people.picture(seated[-1], "tablet-with-result")
    people.picture(janis, "chair-with-result")
    janis.click("#close")
    playwright.expect(janis.locator("h1")).to_contain_text("slēgta")
    assert body == COMMITTEE or len(seated) == len(TABLETS)


def others_of(town, session):
    """Members who have no browser here: they check in with a program of their own. Returns them."""
    present = []
    for number in range(3, 14):
        person = Person(town.url, f"deputats{number}")
        person.sign_in(PASSWORD)
        if person.get(f"{session}/tablet").form("/check-in") is not None:
            person.press(f"{session}/tablet", "/check-in")
            present.append(person)
    return present


def papers_are_signed(people, session):
    janis, sarma = people.page("janis"), people.page("sarma")
    sign(people, janis, "decision")
    sarma.goto(session)
    sarma.locator("form[action$='/minutes'] button").click()
    sarma.wait_for_url(re.compile("/council/minutes/"))
    people.picture(sarma, "minutes")
    sarma.locator("form[action$='/finalise'] button").first.click()
    playwright.expect(sarma.locator("form[action$='/finalise']")).to_have_count(0)
    sign(people, janis, "minutes-chair")
    sign(people, sarma, "minutes-secretary")


def sign(people, page, name):
    """Go from the work list to the paper, look at it, give the PIN."""
    until(page, "/", "#work-list li:has-text('Parakstīt') a").click()
    page.wait_for_url(re.compile("/signing/"))
    people.picture(page, f"{name}-before-signing")
    page.fill("input[name=pin]", PIN)
    submit(page, "/sign")
    playwright.expect(page.locator("#signing-panel .alert-success")).to_be_visible()
    people.picture(page, f"{name}-signed")


def decision_is_delivered(people, case):
    liga = people.page("liga")
    until(liga, case, "main form[action*='/deliver']")
    liga.check("input[name=granted][value=yes]")
    liga.check("input[name=confirmed]")
    people.picture(liga, "employee-delivers")
    submit(liga, "/deliver")
    until(liga, case, ".next-step:has-text('Slēgta')", seconds=60)
    playwright.expect(liga.locator("#pspp > li", has_text="Nosūtīts")).to_have_count(3)
    people.picture(liga, "case-closed")


def everyone_finds_what_they_may(people):
    """The decision by another inflection and without diacritics; nothing for one without the right, not its count."""
    liga = people.page("liga")
    for words in ("zemesgabaliem", "upmale", "iznomata zemesgabala"):
        until(liga, f"/search?q={words}", f"main a:has-text('{TITLE}')")
    people.picture(liga, "search")
    edgars = people.page("edgars")
    edgars.goto("/search?q=zemesgabaliem")
    playwright.expect(edgars.locator("main")).not_to_contain_text(TITLE)
    playwright.expect(edgars.locator("main")).to_contain_text("nekas nav atrasts")
    people.picture(edgars, "search-without-the-right")


def the_log_is_whole(town, people):
    """Intact as it stands; a byte changed in a row and one in a stored file are each named, to IT and on the page."""
    assert town.pkip("audit", "verify", check=False).returncode == 0
    oskars = people.page("oskars")
    oskars.goto("/audit")
    verify = oskars.locator("form[action$='/audit/verify'] button")
    verify.click()
    playwright.expect(oskars.locator("#seal")).to_contain_text("Žurnāls ir neskarts")
    people.picture(oskars, "auditor")

    instance = town.var / "ozolpils"
    with sqlite3.connect(instance / "pkip.db", timeout=30) as database:
        row = "select id, label from audit_record where leaf_index = 7"
        record, label = database.execute(row).fetchone()
        database.execute("update audit_record set label = ? where id = ?", (f"{label}.", record))
    blob = next(path for path in sorted((instance / "blobs").rglob("*")) if path.is_file())
    blob.write_bytes(blob.read_bytes()[:-1] + bytes([blob.read_bytes()[-1] ^ 1]))
    checked = town.pkip("audit", "verify", check=False)
    assert checked.returncode == 1 and f"{label}." in checked.stdout and blob.name[:12] in checked.stdout
    verify.click()
    playwright.expect(oskars.locator("#seal")).to_contain_text("Žurnāls ir bojāts")
    playwright.expect(oskars.locator("#seal li")).to_have_count(2)
    people.picture(oskars, "auditor-finds-damage")
