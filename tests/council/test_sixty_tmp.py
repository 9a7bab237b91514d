from tests.council.test_browser import *
from tests.council import test_browser as tb
def test_sixty(cast, janis, sarma, browser):
    made = factories.body(members=59, seats=60)
    council.add_member(SYSTEM, made.body.id, janis.person_id); made.body.chair_id = janis.person_id; db.session.commit()
    d = SimpleNamespace(body=made.body, chair=janis, secretary=sarma, members=[janis, *made.members])
    s, p = factories.opened(d); council.open_matter(janis, p[0].id); b = council.open_ballot(janis, p[0].id)
    factories.vote(d, b.id, par=range(30), pret=range(30, 44), atturas=range(44, 55)); council.close_ballot(janis, b.id); db.session.commit()
    page = browser("sarma"); page.goto(f"/council/sessions/{s.id}/hall")
    for w, h in ((1280, 720), (1920, 1080)):
        page.set_viewport_size({"width": w, "height": h}); page.screenshot(path=f"/tmp/sixty-{w}.png")
        print("\nH", w, page.evaluate("document.documentElement.scrollHeight"), page.evaluate("[...document.querySelectorAll('.cn-seat')].filter(e => e.scrollHeight > e.clientHeight + 1).length"))
@pytest.mark.parametrize("i", range(6))
def test_dragging(dome, browser, i):
    session = factories.planned(dome)
    made = [factories.matter(dome, f"Par {word}", session) for word in ("ielu", "skolu", "tiltu")]
    factories.matter(dome, "Par parku")
    db.session.commit()
    page = browser("sarma")
    page.goto(f"/council/sessions/{session.id}")
    page.wait_for_selector("#pool .cn-agenda")
    page.evaluate("""() => { window.evs=[]; for (const t of ['pointerdown','pointerup','pointercancel','dragstart','drop','dragend','submit','live','htmx:afterSwap','htmx:beforeSwap']) document.addEventListener(t, e => window.evs.push(t+':'+(e.target.id||e.target.className||e.target.tagName)+Math.round(performance.now())), true) }""")
    page.focus(f"#matter-{made[2].id} a")
    page.keyboard.press("Alt+ArrowUp")
    page.wait_for_function(f"document.getElementById('matter-{made[2].id}').dataset.n === '2'")
    page.drag_and_drop(f"#matter-{made[0].id} .cn-agenda-n", f"#matter-{made[1].id} .cn-agenda-n")
    try: page.wait_for_function(f"document.getElementById('matter-{made[0].id}').dataset.n === '3'", timeout=3000)
    except Exception: print("\nBAD", page.evaluate("window.evs"), page.evaluate("[...document.querySelectorAll('[data-reorder] > li')].map(e=>e.id.slice(-4)+e.dataset.n)"), [str(m.id)[-4:] for m in made])
