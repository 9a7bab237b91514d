"""The voting screens in a real browser: a member votes on a tablet, the chair leads, the hall follows by itself; no
accessibility violation, every width works, a lost connection is said, and all of it works without JavaScript."""

import re
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from portal.council import service as council
from portal.council.models import Choice, Vote
from portal.identity import service as identity
from portal.identity.models import Person
from portal.identity.service import terms
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from tests.conftest import PASSWORD, serving
from tests.council import factories
from tests.test_screens import SIZES, look

DRAFT = """Pamatojoties uz Pašvaldību likuma 10. panta pirmās daļas 16. punktu, dome nolemj:

1. Iznomāt zemes gabalu „Ozoliņi” 1,2 ha platībā uz pieciem gadiem.
2. Noteikt nomas maksu 1,5 % apmērā no kadastrālās vērtības gadā.
3. Uzdot Attīstības nodaļai sagatavot nomas līgumu mēneša laikā."""

pytestmark = [pytest.mark.browser, pytest.mark.req("13.2", "13.3")]


@pytest.fixture
def dome(cast, janis, sarma, dace):
    """A council of fifteen in which Jānis presides and Dace sits."""
    made = factories.body(members=13, seats=15)
    for actor in (janis, dace):
        council.add_member(SYSTEM, made.body.id, actor.person_id)
    made.body.chair_id, made.body.minute_taker_id = janis.person_id, sarma.person_id
    db.session.commit()
    return SimpleNamespace(body=made.body, chair=janis, secretary=sarma, members=[janis, dace, *made.members])


@pytest.fixture
def sitting(dome):
    """An open session with three matters; thirteen are in the hall, Dace has not checked in yet."""
    session = factories.planned(dome)
    placed = []
    for title in (
        "Par zemes gabala „Ozoliņi” nomu Ozolpils pagastā",
        "Par saistošo noteikumu projekta virzību",
        "Par izpilddirektores ziņojumu",
    ):
        one = council.propose(dome.secretary, title=title, draft_text=DRAFT, kind="individual", body_id=dome.body.id)
        placed.append(council.place(dome.secretary, session.id, one.id))
    council.invite(dome.secretary, session.id)
    for actor in [dome.members[0], *dome.members[2:14]]:
        council.check_in(actor, session.id)
    council.open_session(dome.chair, session.id)
    db.session.commit()
    return SimpleNamespace(id=session.id, matters=placed)


@pytest.fixture
def browser(app):
    """Chromium, and `person("dace")`: a page of a browser of their own in which they have signed in."""
    playwright = pytest.importorskip("playwright.sync_api")
    with serving(app) as url, playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])

        def person(username, size="wide", **options):  # None: a stranger
            width, height = SIZES[size]
            context = chromium.new_context(
                base_url=url, locale="lv-LV", viewport={"width": width, "height": height}, **options
            )
            page = context.new_page()
            page.mistakes = []
            page.on(
                "console",
                lambda message: (
                    page.mistakes.append(message.text)
                    if message.type == "error" and "409" not in message.text
                    else None
                ),
            )
            if username is None:
                return page
            page.goto("/sign-in")
            page.fill("input[name=username]", username)
            page.fill("input[name=password]", PASSWORD)
            page.click("main form button")
            page.wait_for_url(lambda address: "sign-in" not in address)
            return page

        yield person
        chromium.close()


def give_password(person_ids):
    """People made by the factories can sign in like the others."""
    quick = PasswordHasher(1, 8192, 1).hash(PASSWORD)
    db.session.execute(sa.update(Person).where(Person.id.in_(person_ids)).values(password_hash=quick))
    terms.confirm_for_all()


@contextmanager
def acting():
    """What another person does meanwhile, kept at once."""
    yield
    db.session.commit()


def looks_right(page, name):
    """A state that only an act brings about: nothing runs over the edge, axe finds nothing; pictures as of any page."""
    faults = []
    look(page, f"council-{name}", faults)
    assert faults == []


def test_a_member_votes_while_the_chair_leads_and_the_hall_follows(dome, sitting, browser):
    tablet, desk, hall = browser("dace", "tablet"), browser("janis"), browser("sarma")
    hall.goto(f"/council/sessions/{sitting.id}/hall")
    desk.goto(f"/council/sessions/{sitting.id}/desk")
    tablet.goto(f"/council/sessions/{sitting.id}/tablet")
    looks_right(tablet, "tablet-check-in")
    tablet.set_viewport_size({"width": 820, "height": 1180})
    tablet.click("#check-in")
    tablet.wait_for_selector("#check-in", state="detached")

    desk.click("#next-matter")
    desk.wait_for_selector("#open-ballot")
    tablet.wait_for_selector(f"#tablet h1:has-text('{sitting.matters[0].title}')")
    looks_right(desk, "desk-matter")
    desk.click("#open-ballot")
    tablet.wait_for_selector("#vote-par")
    for choice in ("par", "pret", "atturas"):
        box = tablet.locator(f"#vote-{choice}").bounding_box()
        assert box["height"] >= 64
    tablet.locator("#vote-par").press("Enter")
    tablet.wait_for_selector(".cn-saved")
    assert re.search(r"„Par” ir saglabāta \d\d:\d\d:\d\d", tablet.inner_text(".cn-saved"))
    tablet.wait_for_function("document.getElementById('announcer').textContent.includes('„Par” ir saglabāta')")
    looks_right(tablet, "tablet-saved")
    hall.wait_for_selector(".cn-seat.is-voted")
    assert hall.locator(".cn-seat.is-for, .cn-seat.is-against").count() == 0

    ballot = council.session_view(dome.chair, sitting.id).ballot
    with acting():
        factories.vote(dome, ballot.id, par=range(2, 10), pret=range(10, 13), atturas=[0])
    desk.wait_for_selector(".cn-voted li.is-in >> nth=12")
    hall.wait_for_function("document.querySelectorAll('.cn-seat.is-voted').length === 13")
    desk.click("#close-ballot")
    desk.wait_for_selector("#close-anyway")
    looks_right(desk, "desk-confirm")
    desk.click("#close-anyway")
    desk.wait_for_selector("#next-matter")
    looks_right(desk, "desk-result")
    hall.wait_for_selector(".cn-seat.is-for")
    assert "par 9, pret 3, atturas 1" in hall.inner_text(".cn-hall-result")
    looks_right(hall, "hall-result")
    tablet.wait_for_selector(".cn-result")
    assert "Dace Bērziņa" in tablet.inner_text("#tablet")
    looks_right(tablet, "tablet-result")
    assert (tablet.mistakes, desk.mistakes, hall.mistakes) == ([], [], [])


def test_a_lost_connection_is_said_and_no_vote_is_believed_stored(dome, sitting, browser):
    with acting():
        council.check_in(dome.members[1], sitting.id)
        council.open_matter(dome.chair, sitting.matters[0].id)
        ballot = council.open_ballot(dome.chair, sitting.matters[0].id)
    tablet = browser("dace", "phone")
    tablet.goto(f"/council/sessions/{sitting.id}/tablet")
    assert tablet.get_attribute(".cn-net", "data-state") == "up"
    tablet.context.set_offline(True)
    tablet.wait_for_selector(".cn-net[data-state=down]")
    tablet.click("#vote-par")
    tablet.wait_for_selector("#vote-state[data-state=unsent]")
    assert "NAV saglabāta" in tablet.inner_text("#vote-state")
    assert tablet.locator(".cn-saved").count() == 0
    looks_right(tablet, "tablet-unsent")
    assert council.tally(dome.chair, ballot.id).voted == []
    db.session.commit()
    tablet.click("#vote-pret")  # another mind while nothing has gone out
    tablet.wait_for_function("document.getElementById('vote-state').textContent.includes('„Pret”')")
    tablet.context.set_offline(False)
    tablet.wait_for_selector(".cn-saved")
    tablet.wait_for_selector("#vote-state", state="hidden")
    assert council.tablet_view(dome.members[1], sitting.id).my_vote == Choice.AGAINST
    assert tablet.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('pkip-vote')).length") == 0


def test_voting_works_without_javascript(dome, sitting, browser):
    with acting():
        council.open_matter(dome.chair, sitting.matters[0].id)
        council.open_ballot(dome.chair, sitting.matters[0].id)
    tablet = browser("dace", "tablet", java_script_enabled=False)
    tablet.goto(f"/council/sessions/{sitting.id}/tablet")
    tablet.click("#check-in")
    tablet.click("#interest-link")
    tablet.click("#interest-back")
    tablet.click("#vote-atturas")
    assert "„Atturas” ir saglabāta" in tablet.inner_text(".cn-saved") or "saglabāta" in tablet.inner_text(".cn-saved")
    assert council.tablet_view(dome.members[1], sitting.id).my_vote == Choice.ABSTAIN


def test_the_reason_being_typed_survives_what_others_do(dome, sitting, browser):
    with acting():
        council.check_in(dome.members[1], sitting.id)
        council.open_matter(dome.chair, sitting.matters[0].id)
    tablet = browser("dace", "tablet")
    tablet.goto(f"/council/sessions/{sitting.id}/tablet")
    tablet.click("#interest-link")
    tablet.fill("#interest-reason", "Iznomātājs ir mans brālis")
    with acting():
        council.open_ballot(dome.chair, sitting.matters[0].id)
    tablet.wait_for_selector("#interest-back:has-text('balsojuma')")
    assert tablet.input_value("#interest-reason") == "Iznomātājs ir mans brālis"
    tablet.click("#interest-send")
    tablet.wait_for_selector(".cn-saved")
    assert tablet.locator("#vote-par").count() == 0
    assert council.tablet_view(dome.members[1], sitting.id).recused


def test_secretary_moves_matters_with_the_keyboard(dome, browser):
    session = factories.planned(dome)
    made = [factories.matter(dome, f"Par {word}", session) for word in ("ielu", "skolu", "tiltu")]
    factories.matter(dome, "Par parku")
    db.session.commit()
    page = browser("sarma")
    page.goto(f"/council/sessions/{session.id}")
    page.wait_for_selector("#pool .cn-agenda")
    page.focus(f"#matter-{made[2].id} a")
    page.keyboard.press("Alt+ArrowUp")
    page.wait_for_selector(f"#matter-{made[2].id}[data-n='2']")
    assert page.evaluate("document.activeElement.id") == f"up-{made[2].id}"
    page.wait_for_timeout(800)  # the live event of the move refreshes the list once more; a person's hand is slower
    page.drag_and_drop(f"#matter-{made[0].id} .cn-agenda-n", f"#matter-{made[1].id} .cn-agenda-n")
    page.wait_for_selector(f"#matter-{made[0].id}[data-n='3']")
    assert [m.matter.title for m in council.session_view(dome.secretary, session.id).matters] == [
        "Par tiltu",
        "Par skolu",
        "Par ielu",
    ]


def test_a_change_that_comes_while_the_tablet_fetches_an_earlier_one_is_not_lost(app, dome, sitting, browser):
    tablet = browser("dace", "tablet")
    tablet.goto(f"/council/sessions/{sitting.id}/tablet")
    late = iter([sitting.matters[0].id])

    def slow(route):
        answer = route.fetch()
        for matter_id in late:  # the first time only: the answer is on its way and knows nothing of this
            with app.app_context(), acting():
                council.open_matter(dome.chair, matter_id)
            tablet.wait_for_timeout(500)
        route.fulfill(response=answer)

    tablet.route("**/tablet", slow)
    with acting():
        council.check_out(dome.members[2], sitting.id)
    tablet.wait_for_selector(f"#tablet h1:has-text('{sitting.matters[0].title}')", timeout=5000)


def test_twelve_tablets_by_keyboard_two_of_which_lose_their_network(dome, sitting, browser):
    """Twelve members, chair, secretary, hall and public, each in a browser of their own. One of two cut tablets comes
    back in time and its vote counts; the other comes too late and says so."""
    with acting():
        council.check_in(dome.members[1], sitting.id)
        council.open_matter(dome.chair, sitting.matters[0].id)
        ids = [member.person_id for member in dome.members[1:13]]
        give_password(ids)
        names = [identity.get_person(SYSTEM, one).username for one in ids]
    desk, secretary, hall, public = browser("janis"), browser("sarma"), browser("anna"), browser(None)
    tablets = [browser(name, ("wide", "tablet")[place % 2]) for place, name in enumerate(names)]
    for page, address in ((desk, "desk"), (secretary, "desk"), (hall, "hall")):
        page.goto(f"/council/sessions/{sitting.id}/{address}")
    public.goto("/public/council/live")
    part = "; ".join(public.locator("#live").aria_snapshot().splitlines())
    assert 'heading "Ozolpils novada dome' in part and 'img "Klāt' in part, part
    for place, tablet in enumerate(tablets):
        if place % 2:
            tablet.set_viewport_size({"width": 820, "height": 1180})
        tablet.goto(f"/council/sessions/{sitting.id}/tablet")
    desk.locator("#open-ballot").press("Enter")
    for tablet in tablets:
        tablet.wait_for_selector("#vote-par")
    tree = tablets[2].locator(".cn-area-vote").aria_snapshot()
    assert [f'button "{word}"' in tree for word in ("Par", "Pret", "Atturos")] == [True] * 3, tree
    cut, late = tablets[0], tablets[1]
    for tablet in (cut, late):
        tablet.context.set_offline(True)
    for place, tablet in enumerate(tablets):
        tablet.keyboard.press("123"[place % 3])
        assert tablet.evaluate("document.activeElement.value") == ("par", "pret", "atturas")[place % 3]
        tablet.keyboard.press("Enter")
    for tablet in (cut, late):
        tablet.wait_for_selector("#vote-state[data-state=unsent]")
        assert tablet.locator(".cn-saved").count() == 0
    for tablet in tablets[2:]:
        tablet.wait_for_selector("#saved")
    told = "document.getElementById('announcer').textContent.includes('ir saglabāta')"
    tablets[2].wait_for_function(told)
    assert "status: " in tablets[2].locator("body").aria_snapshot()
    hall.wait_for_function("document.querySelectorAll('.cn-seat.is-voted').length === 10")
    secretary.wait_for_function("document.querySelectorAll('#desk .cn-voted li.is-in').length === 10")
    assert secretary.locator("#health tbody tr").count() == 15
    cut.context.set_offline(False)
    cut.wait_for_selector("#saved")
    desk.wait_for_selector(".cn-voted li.is-in >> nth=10")
    desk.locator("#close-ballot").press("Enter")
    desk.locator("#close-anyway").press("Enter")
    hall.wait_for_selector(".cn-seat.is-for")
    assert "par 4, pret 3, atturas 4" in hall.inner_text(".cn-hall-result")
    late.context.set_offline(False)
    late.wait_for_selector("#vote-state[data-state=lost]")
    assert "netika ieskaitīta" in late.inner_text("#vote-state")
    public.wait_for_selector("text=par 4, pret 3, atturas 4", timeout=15000)
    assert [page.mistakes for page in (desk, hall, public)] == [[], [], []]
    ballots = db.session.query(Vote).count()
    assert ballots == 11
    with acting():  # a closed part: all screens know at once, sooner than they would ask
        council.begin_closed_part(dome.chair, sitting.id, "children")
    for page in (tablets[3], public, desk):
        page.wait_for_selector(".cn-closed", timeout=4000)
    hall.wait_for_selector("text=Sēdes slēgtā daļa", timeout=4000)


def test_the_hall_shows_sixty_members_without_scrolling(dome, sitting, browser):
    with acting():
        for actor in factories.people(45):
            council.add_member(SYSTEM, dome.body.id, actor.person_id)
        for name, places in (("Ozolpils nākotnei", range(7)), ("Darbs un zeme", range(7, 13))):
            faction = council.add_faction(dome.secretary, name)
            for place in places:
                council.join_faction(dome.secretary, dome.members[place].person_id, faction.id)
        council.open_matter(dome.chair, sitting.matters[0].id)
        ballot = council.open_ballot(dome.chair, sitting.matters[0].id)
        factories.vote(dome, ballot.id, par=range(2, 9), pret=range(9, 13))
        council.close_ballot(dome.chair, ballot.id)
    hall = browser("anna")
    hall.set_viewport_size({"width": 1920, "height": 1080})
    hall.goto(f"/council/sessions/{sitting.id}/hall")
    assert hall.locator(".cn-seat").count() == 60
    size = hall.evaluate(
        """() => {
            const names = [...document.querySelectorAll(".cn-seat-name")];
            const runs = (one) => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1;
            return {
                smallest: Math.min(...names.map((name) => parseFloat(getComputedStyle(name).fontSize))),
                page: [document.documentElement.scrollHeight, document.documentElement.scrollWidth],
                over: [...document.querySelectorAll(".cn-seat")].filter(runs).map((seat) => seat.textContent.trim()),
            };
        }"""
    )
    assert "Ozolpils nākotnei: par 5, pret 0, atturas 0" in hall.inner_text(".cn-hall-factions")
    assert size["smallest"] >= 24 and size["page"] == [1080, 1920] and size["over"] == [], size


def test_papers_and_notes_without_a_network_until_the_member_signs_out(dome, sitting, browser):
    tablet = browser("dace", "tablet")
    tablet.goto(f"/council/sessions/{sitting.id}/papers")
    looks_right(tablet, "papers")
    tablet.evaluate("navigator.serviceWorker.ready")
    tablet.wait_for_function("caches.match(location.href).then((found) => Boolean(found))")
    tablet.reload()  # from here the worker answers for the page
    tablet.wait_for_function("Boolean(navigator.serviceWorker.controller)")
    tablet.context.set_offline(True)
    tablet.reload()
    paper = tablet.locator(f"#paper-{sitting.matters[1].id}")
    paper.locator("summary").first.click()
    assert "dome nolemj" in paper.inner_text()
    paper.locator("textarea[name=text]").fill("Jautāt par termiņu")
    paper.locator("[data-note-state]:has-text('Glabājas šajā planšetē')").wait_for()
    paper.get_by_text("Iesniegt grozījumu").click()
    paper.locator(".cn-draft").first.select_text()
    paper.get_by_role("button", name="Ņemt projektā iezīmētos vārdus").click()
    paper.get_by_label("Jaunie vārdi").fill("Neatbalstīt.")
    paper.get_by_role("button", name="Iesniegt", exact=True).click()
    paper.locator("[data-amendment-state]:has-text('Glabājas šajā planšetē')").wait_for()
    looks_right(tablet, "papers-offline")
    tablet.context.set_offline(False)
    paper.locator("[data-amendment-state]:has-text('grozījums Nr. 1')").wait_for()
    paper.locator("[data-note-state]:has-text('saglabāta')").wait_for()
    (change,) = council.amendments_of(dome.members[1], sitting.matters[1].id)
    assert change.new_text == "Neatbalstīt." and "dome nolemj" in change.old_text
    kept = council.papers_of(dome.members[1], sitting.id)[1][1]
    assert kept.text == "Jautāt par termiņu"
    db.session.commit()
    tablet.goto("/council/my-votes")
    looks_right(tablet, "my-votes")
    tablet.click(".person-menu summary")
    tablet.click("form[action*='sign-out'] button")
    tablet.wait_for_function("caches.keys().then((names) => !names.some((name) => name.startsWith('pkip-tablet')))")
