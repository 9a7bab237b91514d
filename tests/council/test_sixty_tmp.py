from tests.council.test_browser import *
def test_sixty(cast, janis, sarma, browser):
    made = factories.body(members=59, seats=60)
    council.add_member(SYSTEM, made.body.id, janis.person_id); made.body.chair_id = janis.person_id; db.session.commit()
    d = SimpleNamespace(body=made.body, chair=janis, secretary=sarma, members=[janis, *made.members])
    s, p = factories.opened(d); council.open_matter(janis, p[0].id); b = council.open_ballot(janis, p[0].id)
    factories.vote(d, b.id, par=range(30), pret=range(30, 44), atturas=range(44, 55)); council.close_ballot(janis, b.id); db.session.commit()
    page = browser("sarma"); page.goto(f"/council/sessions/{s.id}/hall")
    for w, h in ((1280, 720), (1920, 1080)):
        page.set_viewport_size({"width": w, "height": h}); page.screenshot(path=f"/tmp/sixty-{w}.png")
        print("H", w, page.evaluate("document.documentElement.scrollHeight"))
    desk = browser("janis"); desk.goto(f"/council/sessions/{s.id}/desk"); desk.screenshot(path="/tmp/sixty-desk.png", full_page=True)
