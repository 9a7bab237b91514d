"""Flows in a real browser: one is drawn, published and run; the six ready ones go from their beginning to their end."""

import io
import threading

import pytest
import sqlalchemy as sa
from lxml import etree

from portal.council import service as council
from portal.council.models import Matter
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock, jobs
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.workflow import engine, ready
from portal.workflow.models import FlowRun
from tests.conftest import PASSWORD, serving
from tests.test_screens import SHOTS, violations

pytestmark = pytest.mark.browser


@pytest.fixture
def people(app, cast, sandbox):
    """`people("anna")`: her page, signed in; all that the pages said in their consoles is kept in `people.said`."""
    playwright = pytest.importorskip("playwright.sync_api")
    with serving(app) as url, playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        known = {}

        def person(username):
            if username not in known:
                page = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900}).new_page()
                page.on("console", lambda message: _note(person.said, message))
                page.on("pageerror", lambda error: person.said.append(str(error)))
                page.goto("/sign-in")
                page.fill("input[name=username]", username)
                page.fill("input[name=password]", PASSWORD)
                page.click("main form button")
                page.wait_for_url(lambda address: "sign-in" not in address)
                known[username] = page
            return known[username]

        person.said = []
        yield person
        browser.close()


def _note(said, message):
    if message.type in ("error", "warning") and "422" not in message.text:
        said.append(message.text)


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


def letter(anna, title, summary="", code="sanemtie"):
    """A document with a file, registered by the clerk."""
    register = next(one for one in documents.list_registers(anna) if one.code == code)
    uploads, _problems = documents.receive_uploads(anna, [("teksts.txt", io.BytesIO(f"{title}.".encode()))])
    found = documents.register(anna, register.id, title, clock.today(), summary=summary, uploads=uploads)
    document_id = found.id
    db.session.commit()
    return document_id


def begin(page, document_id, name):
    """Begin a flow on the document's own page."""
    page.goto(f"/documents/{document_id}", wait_until="domcontentloaded")
    page.click(".tabs a:has-text('Plūsma')")
    page.select_option("#flow", label=name)
    page.click("main form button.btn-primary")
    page.wait_for_selector("[data-flow-diagram][data-shown=yes]")


def act(page, step, answer="Izpildīts", note=""):
    """Do a step from „Mans darbs”: two clicks."""
    page.goto("/", wait_until="domcontentloaded")
    page.wait_for_selector(f"#work-list a:has-text('{step}')", timeout=30_000)
    page.click(f"#work-list a:has-text('{step}')")
    if note:
        page.fill("#note", note)
    page.click(f"main form button:has-text('{answer}')")
    page.wait_for_url("**/", wait_until="commit")


def sign(page, title):
    """Sign what waits in „Mans darbs”."""
    _until(page, lambda: page.locator(f"#work-list a:has-text('{title}')").count(), "/")
    page.click(f"#work-list a:has-text('{title}')")
    page.fill("input[name=pin]", "1234")
    page.click("#signing-panel button.btn-primary, main button.btn-primary")
    page.wait_for_selector("#signing-panel .alert-success", timeout=60_000)


def _until(page, seen, path, tries=100):
    """Look again until it is there: a job makes it."""
    for _try in range(tries):
        page.goto(path, wait_until="domcontentloaded")
        if seen():
            return
        page.wait_for_timeout(300)
    raise AssertionError(f"{path} never showed what was waited for")


def ended(document_id):
    """Has the document's flow come to its end? The test holds no transaction afterwards, so nobody waits for it."""
    run = sa.select(FlowRun.done_at, FlowRun.closed_reason).where(FlowRun.about_id == document_id)
    done_at, closed_reason = db.session.execute(run.order_by(FlowRun.id.desc()).limit(1)).one()
    db.session.rollback()
    return done_at is not None and closed_reason is None


def sit(cast, body_id, title):
    """The body sits over the one matter and supports it."""
    sarma, janis = identity.actor_for(cast.sarma.id), identity.actor_for(cast.janis.id)
    session = council.create_session(
        sarma, body_id, "regular", clock.now() + clock.timedelta(days=6), "Sēžu zāle", template=False
    )
    matter = db.session.scalar(sa.select(Matter).where(Matter.body_id == body_id, Matter.title == title))
    council.place(sarma, session.id, matter.id)
    council.invite(sarma, session.id)
    for member in council.members_of(body_id):
        council.check_in(identity.actor_for(member.id), session.id)
    council.open_session(janis, session.id)
    council.open_matter(janis, matter.id)
    ballot = council.open_ballot(janis, matter.id)
    for member in council.members_of(body_id):
        council.cast_vote(identity.actor_for(member.id), ballot.id, "par")
    council.close_ballot(janis, ballot.id)
    db.session.commit()


@pytest.mark.req("12.3", "7.2")
def test_the_six_ready_flows_go_from_their_beginning_to_their_end(app, cast, anna, people, worker):
    documents.install_registers()
    dome = council.add_body(SYSTEM, "council", "Ozolpils novada dome", "Dome", 3, chair_id=cast.janis.id)
    finance = council.add_body(SYSTEM, "committee", "Finanšu komiteja", "FK", 3, chair_id=cast.janis.id,
                               is_finance=True)  # fmt: skip
    for body in (dome, finance):
        for name in ("janis", "dace", "pauls"):
            council.add_member(SYSTEM, body.id, getattr(cast, name).id)
    identity.give_role(SYSTEM, cast.pauls.id, "member")
    bodies, liga_id = {"FK": finance.id, "Dome": dome.id}, cast.liga.id
    db.session.commit()
    clerk, head, chair, specialist = people("anna"), people("bruno"), people("janis"), people("liga")
    names = {key: flow.name for key, flow in ready.FLOWS.items()}

    came = letter(anna, "Iesniegums par ceļu")
    begin(clerk, came, names["incoming"])
    assert violations(clerk) == []
    clerk.screenshot(path=SHOTS / "flow-of-document.png", full_page=True)
    db.session.expire_all()
    documents.assign(anna, came, liga_id)
    db.session.commit()
    act(head, "Nodot izpildei", "Nodot izpildei")
    act(specialist, "Sagatavot atbildi")
    act(head, "Saskaņot atbildi", "Atgriezt", "Trūkst pielikuma")
    act(head, "Nodot izpildei", "Nodot izpildei")
    act(specialist, "Sagatavot atbildi")
    act(head, "Saskaņot atbildi", "Saskaņot")
    act(clerk, "Nosūtīt atbildi")
    assert ended(came)

    sent = letter(anna, "Atbilde par ceļu")
    begin(clerk, sent, names["outgoing"])
    act(clerk, "Sagatavot vēstuli")
    act(head, "Saskaņot vēstuli", "Saskaņot")
    act(clerk, "Pārbaudīt noformējumu", "Noformēts pareizi")
    sign(chair, "Atbilde par ceļu")
    act(clerk, "Nosūtīt vēstuli")
    assert ended(sent)

    order = letter(anna, "Rīkojums par arhīvu")
    begin(clerk, order, names["order"])
    act(clerk, "Sagatavot rīkojumu")
    act(head, "Pārbaudīt rīkojumu", "Saskaņot")
    sign(chair, "Rīkojums par arhīvu")
    _until(head, lambda: head.locator("#work-list a:has-text('Rīkojums par arhīvu')").count(), "/")
    assert ended(order)

    contract = letter(anna, "Līgums par remontu")
    begin(clerk, contract, names["contract"])
    act(clerk, "Sagatavot līgumu")
    act(clerk, "Pārbaudīt rekvizītus", "Saskaņot")
    act(head, "Saskaņot līguma saturu", "Saskaņot")
    sign(chair, "Līgums par remontu")
    _until(clerk, lambda: clerk.locator("#work-list a:has-text('Līgums par remontu')").count(), "/")
    assert ended(contract)

    bill = letter(anna, "Rēķins par elektrību")
    begin(clerk, bill, names["invoice"])
    act(clerk, "Pārbaudīt rēķinu", "Preces vai pakalpojums saņemts")
    act(head, "Akceptēt rēķinu", "Akceptēt")
    act(clerk, "Nodot apmaksai")
    assert ended(bill)

    draft = letter(anna, "Par ceļa remontu", "Dome nolemj: remontēt ceļu.")
    begin(clerk, draft, names["draft_decision"])
    act(clerk, "Sagatavot lēmuma projektu")
    act(head, "Saskaņot lēmuma projektu", "Saskaņot")
    secretary = people("sarma")
    for name, body_id in bodies.items():
        asked = secretary.locator(f"#work-list a:has-text('{name}')")
        _until(secretary, asked.count, "/")
        sit(cast, body_id, "Par ceļa remontu")
    _until(clerk, lambda: clerk.locator("#work-list a:has-text('Par ceļa remontu')").count(), "/")
    assert ended(draft)
    assert people.said == []


def _choose(board, element):
    """Choose a shape or an arrow on the drawing board; a click on what is chosen would let go of it."""
    if not board.locator(f"[data-element-id={element}].selected").count():
        hit = board.locator(f"[data-element-id={element}] .djs-hit").first
        hit.dispatch_event("click", {"bubbles": True, "button": 0})


def _append(board, element, action, prefix):
    """Add a shape behind another by the pad beside it; returns its id."""
    _choose(board, element)
    board.click(f".djs-context-pad [data-action='{action}']")
    board.keyboard.press("Escape")  # the name is written in the panel
    return board.evaluate(
        "(prefix) => [...document.querySelectorAll(`[data-element-id^=${prefix}]`)]"
        ".map((one) => one.dataset.elementId).filter((one) => !one.endsWith('_label')).at(-1)",
        prefix,
    )


@pytest.mark.req("12.3")
def test_a_flow_is_drawn_in_the_browser_published_and_run(app, cast, anna, edgars, people, worker):
    documents.install_registers()
    db.session.commit()
    board = people("edgars")
    board.goto("/flows/kinds")
    board.fill("#name", "Zīmēta plūsma")
    board.check("input[value=drawing]")
    board.click("main form button.btn-primary")
    board.wait_for_selector("#flow-form[data-ready=yes]")
    assert board.locator(".bjs-powered-by").is_visible()  # the mark that the licence asks for

    SHOTS.mkdir(parents=True, exist_ok=True)
    _choose(board, "s1")
    board.fill("#flow-name", "Pārbaudīt")
    board.select_option("#flow-who", label="Lietvedis")
    board.fill("#flow-term", "2")
    board.fill("#flow-outcomes", "Der\nNeder")
    # instead of the end: a gateway, a second step with its end, another end, all by the pads beside the shapes
    _choose(board, "finish")
    board.click(".djs-context-pad [data-action=delete]")
    gateway = _append(board, "s1", "append.gateway", "Gateway_")
    second = _append(board, gateway, "append.append-task", "Activity_")
    board.fill("#flow-name", "Novērst trūkumus")
    board.select_option("#flow-who", "starter")
    _append(board, second, "append.end-event", "Event_")
    finish = _append(board, gateway, "append.end-event", "Event_")
    board.click("text=Saglabāt un pārbaudīt")
    board.wait_for_selector(".alert-warning li:has-text('nav nosacījuma')")
    board.wait_for_selector("#flow-form[data-ready=yes]")
    board.screenshot(path=SHOTS / "flow-drawing.png", full_page=True)
    ways = etree.fromstring(board.input_value("textarea[name=xml]").encode()).iter(f"{{{engine.BPMN}}}sequenceFlow")
    ends = {way.get("targetRef"): way.get("id") for way in ways if way.get("sourceRef") == gateway}
    _choose(board, ends[finish])
    board.check("#flow-default")
    _choose(board, ends[second])
    board.select_option("#flow-field", "s1")
    board.fill("#flow-value", "Neder")
    board.click("text=Ielikt nosacījumā")
    assert board.input_value("#flow-condition") == "s1 == 'Neder'"
    board.click("text=Saglabāt un pārbaudīt")
    board.wait_for_selector("#flow-form[data-ready=yes]")
    assert "Pārbaudes neatrod" in board.inner_text("main"), board.inner_text("main")[:600]
    board.screenshot(path=SHOTS / "flow-drawn.png", full_page=True)
    board.click("text=Saglabāt un publicēt")
    board.wait_for_url("**/flows/kinds/zimeta_plusma")
    board.wait_for_selector("[data-flow-diagram][data-shown=yes]")
    assert "Versija 1 ir publicēta" in board.inner_text("main")
    assert violations(board) == []

    clerk = people("anna")
    document = letter(anna, "Pārbaudāms dokuments")
    begin(clerk, document, "Zīmēta plūsma")
    act(clerk, "Pārbaudīt", "Neder", "Trūkst paraksta")
    act(clerk, "Novērst trūkumus")
    assert ended(document)
    assert people.said == []
