"""The bar in other applications' pages: registered origins get it, by cookie or token; anyone else gets nothing."""

from pathlib import Path

import pytest

from portal.identity import service as identity
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Forbidden, Invalid
from portal.workplace import service as workplace
from tests.conftest import PASSWORD
from tests.workplace.test_look import BANNER, LOOK

SHOP = "https://veikals.example.lv"
STRANGER = "https://veikals.example.lv.evil.example"
ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.req("2.1")


@pytest.fixture
def shop(edgars):
    row = workplace.add_origin(edgars, SHOP + "/", "Veikals")
    db.session.commit()
    return row


def ask(browser, origin=SHOP, **headers):
    return browser.get("/nav/bar", headers={**({"Origin": origin} if origin else {}), **headers})


def test_a_registered_origin_gets_the_persons_bar_with_credentials(shop, edgars, as_client):
    workplace.save_banner(edgars, None, 0, **BANNER)
    workplace.save_look(edgars, 0, **{**LOOK, "brand": "#14532d", "name": "Ozolpils"})
    answer = ask(as_client("anna"))
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in answer.headers["Vary"] and answer.headers["Cache-Control"] == "no-store"
    bar = answer.json
    assert bar["person"] == "Anna Liepiņa" and bar["name"] == "Ozolpils" and bar["colours"]["brand"] == "#14532d"
    assert [item["label"] for item in bar["items"]][:2] == ["Mans darbs", "Lietas"]
    assert bar["items"][1]["href"] == "http://localhost/cases" and bar["items"][1]["icon"][0][0] == "path"
    assert bar["banners"][0]["text"] == "Serviss nestrādās" and bar["work"] == {
        "work": 0, "late": 0, "href": "http://localhost/", "tasks": []}  # fmt: skip
    english = as_client("anna").get("/nav/bar?lang=en", headers={"Origin": SHOP}).json
    assert english["items"][0]["label"] == "My work"


@pytest.mark.parametrize("origin", [STRANGER, "null", "http://veikals.example.lv", "https://veikals.example.lv:444",
                                    "https://x.veikals.example.lv", SHOP.upper()])  # fmt: skip
def test_any_other_origin_gets_nothing(shop, as_client, origin):
    browser = as_client("anna")
    for answer in (
        ask(browser, origin),
        browser.options("/nav/bar", headers={"Origin": origin, "Access-Control-Request-Method": "GET"}),
        browser.get("/live/bar", headers={"Origin": origin}),
        browser.post("/nav/sign-out", headers={"Origin": origin}),
    ):
        assert answer.status_code == 403 and answer.data == b""
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert ask(browser).json["person"] == "Anna Liepiņa"  # and nobody was signed out


def test_what_a_foreign_page_merely_loads_gets_nothing(shop, as_client):
    browser = as_client("anna")
    for site in ("cross-site", "same-site"):
        assert ask(browser, None, **{"Sec-Fetch-Site": site}).status_code == 403
    assert ask(browser, None, **{"Sec-Fetch-Site": "same-origin"}).json["person"] == "Anna Liepiņa"
    assert browser.post("/nav/sign-out").status_code == 403


def test_an_ended_origin_gets_nothing_from_the_next_request_on(shop, edgars, as_client):
    workplace.end_origin(edgars, shop.id)
    assert ask(as_client("anna")).status_code == 403


def test_a_stranger_sees_the_name_and_the_way_to_sign_in(shop, client):
    bar = ask(client).json
    assert bar["person"] is None and "items" not in bar and "work" not in bar
    assert bar["signIn"] == "http://localhost/sign-in"


def test_before_a_token_is_sent_the_browser_is_allowed_to(shop, client):
    answer = client.options("/nav/bar", headers={"Origin": SHOP, "Access-Control-Request-Headers": "authorization"})
    assert answer.status_code == 204 and answer.headers["Access-Control-Allow-Headers"] == "Authorization"


def test_sign_out_in_another_applications_page_ends_the_session(shop, as_client):
    browser = as_client("anna")
    answer = browser.post("/nav/sign-out", headers={"Origin": SHOP})
    assert answer.json == {"location": "http://localhost/sign-in"}
    assert browser.get("/").status_code == 302 and ask(browser).json["person"] is None


def test_over_https_the_bar_has_a_cookie_that_opens_nothing_else(make_app):
    app = make_app(secure_cookies=True)
    with app.app_context():
        db.create_all()
        identity.install_roles()
        identity.add_person(SYSTEM, "Edgars", "Z", "e@z.example", "", None, "edgars", PASSWORD)
        identity.give_role(SYSTEM, identity.list_people(SYSTEM)[0].id, "it")
        edgars = identity.actor_for(identity.list_people(SYSTEM)[0].id)
        workplace.add_origin(edgars, SHOP, "Veikals")
        db.session.commit()
        here = {"base_url": "https://localhost"}
        browser = app.test_client()
        answer = browser.post("/sign-in", data={"username": "edgars", "password": PASSWORD}, **here)
        (made,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("pkip_ozolpils_bar=")]
        assert "Secure" in made and "HttpOnly" in made and "SameSite=None" in made
        assert any("SameSite=Lax" in c for c in answer.headers.getlist("Set-Cookie"))
        elsewhere = app.test_client()  # a foreign page's request bears this cookie and no other
        elsewhere.set_cookie("pkip_ozolpils_bar", made.split("=", 1)[1].split(";")[0], domain="localhost", secure=True)
        shown = elsewhere.get("/nav/bar", headers={"Origin": SHOP}, **here)
        assert shown.json["person"] == "Edgars Z"
        assert elsewhere.get("/", **here).status_code == 302 and elsewhere.get("/shell", **here).status_code == 302
        assert elsewhere.post("/nav/sign-out", headers={"Origin": SHOP}, **here).status_code == 200
        assert browser.get("/", **here).status_code == 302
        elsewhere.set_cookie("pkip_ozolpils_bar", "AAAA", domain="localhost", secure=True)
        assert elsewhere.get("/nav/bar", headers={"Origin": SHOP}, **here).json["person"] is None


def test_a_token_shows_the_bar_when_the_application_may_ask_for_it(shop, as_client, client, app, cast):
    from portal.identity.service import clients
    from tests.identity.test_sign_on import BACK, tokens_for

    row, secret = clients.register(
        SYSTEM, "gis", name="Ģeoportāls", auth_method="client_secret_basic", redirect_uris=[BACK],
        grant_types=["authorization_code"], scopes=["openid", "profile", "bar"],
    )  # fmt: skip
    db.session.commit()
    row.secret = secret
    for scope, person in (("openid bar", "Anna Liepiņa"), ("openid profile", None)):
        token = tokens_for(as_client("anna"), client, row, scope=scope)["access_token"]
        bar = ask(client, Authorization=f"Bearer {token}").json
        assert bar["person"] == person
        if person:
            assert "Lietas" in [item["label"] for item in bar["items"]]
            assert client.get("/cases", headers={"Authorization": f"Bearer {token}"}).status_code == 302
    assert ask(client, Authorization="Bearer nonsense").json["person"] is None


@pytest.mark.parametrize(
    "origin",
    ["http://veikals.example.lv", "https://*.example.lv", "https://veikals.example.lv/lapa", "veikals.example.lv",
     "https://a:b@veikals.example.lv", "https://veikals.example.lv?x", "null", ""],
)  # fmt: skip
def test_only_a_whole_safe_origin_is_registered(edgars, origin):
    with pytest.raises(Invalid) as refused:
        workplace.add_origin(edgars, origin, "Veikals")
    assert refused.value.field == "origin"


def test_origins_are_written_as_browsers_send_them(edgars, anna):
    assert workplace.add_origin(edgars, "HTTPS://Veikals.Example.LV:443/", "V").origin == SHOP
    assert workplace.add_origin(edgars, "http://localhost:8080", "V").origin == "http://localhost:8080"
    assert workplace.add_origin(edgars, "https://ķekava.example", "V").origin == "https://xn--ekava-n5a.example"
    with pytest.raises(Invalid):
        workplace.add_origin(edgars, SHOP, "Again")
    with pytest.raises(Forbidden):
        workplace.add_origin(anna, "https://cits.example.lv", "C")


def test_the_script_is_small_and_for_everyone(client):
    answer = client.get("/nav/pkip-nav.js")
    assert answer.mimetype == "text/javascript" and len(answer.data) < 15_000
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.data == (ROOT / "static/js/pkip-nav.js").read_bytes()


def test_the_page_of_origins(as_client):
    browser = as_client("edgars")
    assert browser.post("/admin/workplace/embedding", data={"name": "V", "origin": "http://v.lv"}).status_code == 422
    assert browser.post("/admin/workplace/embedding", data={"name": "V", "origin": SHOP}).status_code == 303
    page = browser.get("/admin/workplace/embedding").text
    assert SHOP in page and "/nav/pkip-nav.js&#34; defer" in page or '/nav/pkip-nav.js" defer' in page


def test_streams_of_bars_leave_room_for_screens(shop, as_client, app):
    broadcaster = app.extensions["pkip.live"]
    broadcaster.open = app.extensions["pkip.settings"].most_streams * 2 // 3
    browser = as_client("anna")
    assert browser.get("/live/bar", headers={"Origin": SHOP}).status_code == 503
