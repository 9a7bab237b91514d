"""The person's own pages: look, picture, news, who looked; and which passwords are taken."""

import io
from datetime import datetime, time

import pytest
import sqlalchemy as sa
from PIL import Image

from portal.audit import service as audit
from portal.identity import service as identity
from portal.identity.models import Person
from portal.identity.service import passwords, preferences
from portal.kernel.clock import RIGA
from portal.kernel.db import db
from portal.storage import service as storage
from tests.conftest import PASSWORD


def picture(kind="PNG", size=(600, 400), **extra):
    target = io.BytesIO()
    Image.new("RGB", size, "navy").save(target, kind, **extra)
    return target.getvalue()


def send_picture(browser, data, name="es.png"):
    return browser.post("/profile/picture", data={"picture": (io.BytesIO(data), name)})


# --- look ------------------------------------------------------------------------------------------------------------


@pytest.mark.req("2.2")
def test_the_look_holds_in_every_browser_and_after_signing_out(as_client, app):
    here, there = as_client("anna"), as_client("anna")
    assert 'data-bs-theme="light"' in here.get("/").get_data(as_text=True)
    saved = here.post("/profile/look", data={"theme": "dark", "size": "large", "language": "en"})
    assert saved.status_code == 303
    for browser in (here, there):
        page = browser.get("/profile").get_data(as_text=True)
        assert 'data-bs-theme="dark"' in page and 'data-letters="large"' in page and "themes.css" in page
        assert 'lang="en"' in page
    here.post("/sign-out")
    assert 'data-bs-theme="dark"' in here.get("/sign-in").get_data(as_text=True)
    here.post("/sign-in", data={"username": "bruno", "password": PASSWORD})
    assert 'data-bs-theme="light"' in here.get("/").get_data(as_text=True), "a colleague's look is the colleague's"
    there.post("/profile/look", data={"theme": "contrast", "size": "normal", "language": "lv"})
    assert 'data-contrast="more"' in there.get("/").get_data(as_text=True)
    assert there.post("/profile/look", data={"theme": "pink", "size": "large", "language": "lv"}).status_code == 422


# --- picture ---------------------------------------------------------------------------------------------------------


@pytest.mark.req("2.2")
def test_a_picture_is_drawn_anew_so_that_nothing_else_of_the_file_stays(as_client, cast):
    browser = as_client("anna")
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    hidden = picture("JPEG", exif=exif) + b"<script>alert(1)</script>"
    assert send_picture(browser, hidden, "es.jpg").status_code == 303
    answer = as_client("pauls").get(f"/people/{cast.anna.id}/picture")
    assert answer.mimetype == "image/jpeg"
    assert b"secret" not in answer.data and b"script" not in answer.data
    assert Image.open(io.BytesIO(answer.data)).size == (256, 256)
    assert browser.post("/profile/picture/remove").status_code == 303
    assert as_client("pauls").get(f"/people/{cast.anna.id}/picture").status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        picture()[:200],
        picture("GIF"),
        b"\0" * 1_048_577,
    ],
    ids=["empty", "svg", "pdf", "cut", "gif", "large"],
)
def test_what_is_no_picture_or_too_large_is_refused(as_client, cast, data):
    assert send_picture(as_client("anna"), data).status_code == 422
    assert db.session.get(Person, cast.anna.id).picture_sha256 is None


def test_a_picture_that_unpacks_to_too_much_is_refused(as_client):
    bomb = picture(size=(12_000, 9_000))
    assert len(bomb) < preferences.PICTURE_BYTES
    assert send_picture(as_client("anna"), bomb).status_code == 422


# --- news ------------------------------------------------------------------------------------------------------------


def mails(app):
    return [path.read_text() for path in sorted((app.extensions["pkip.settings"].var / "outbox").glob("*.eml"))]


@pytest.mark.req("2.2")
def test_news_of_the_account_come_by_mail_as_the_person_chose(as_client, app, cast, run_jobs):
    browser = as_client("anna")
    strange = {"User-Agent": "Lynx/2.9"}
    sign_in = {"username": "anna", "password": PASSWORD}
    app.test_client().post("/sign-in", data=sign_in, headers=strange)
    run_jobs()
    assert len(mails(app)) == 1 and "Lynx/2.9" in mails(app)[0]
    app.test_client().post("/sign-in", data=sign_in, headers=strange)
    run_jobs()
    assert len(mails(app)) == 1, "a browser is new once"

    assert browser.post("/profile/notices", data={}).status_code == 303
    app.test_client().post("/sign-in", data=sign_in, headers={"User-Agent": "Links"})
    run_jobs()
    assert len(mails(app)) == 1, "not wanted"
    browser.post("/profile/password", data={"old_password": PASSWORD, "new_password": "cits garš teikums 7"})
    run_jobs()
    assert len(mails(app)) == 2, "news that guard the account come always"


@pytest.mark.req("2.2")
def test_quiet_hours_hold_back_what_can_wait(as_client, app, cast, anna, run_jobs, clock_at):
    browser = as_client("anna")
    form = {"wanted": "sign_in mail", "quiet_since": "22:00", "quiet_until": "06:30"}
    assert browser.post("/profile/notices", data=form).status_code == 303
    assert browser.post("/profile/notices", data=form | {"quiet_until": ""}).status_code == 422
    page = browser.get("/profile/notices").get_data(as_text=True)
    assert 'value="22:00' in page and "checked" in page
    clock_at("2026-12-01 23:10")
    assert preferences.wait_s(cast.anna.id, "sign_in") in range(7 * 3600, 7 * 3600 + 20 * 60 + 1)
    assert preferences.wait_s(cast.anna.id, "password") == 0
    app.test_client().post("/sign-in", data={"username": "anna", "password": PASSWORD}, headers={"User-Agent": "Links"})
    run_jobs()
    assert mails(app) == []


@pytest.mark.parametrize(
    ("now", "seconds"),
    [("21:59", 0), ("22:00", 8.5 * 3600), ("23:30", 7 * 3600), ("06:29", 60), ("06:30", 0), ("12:00", 0)],
)
def test_quiet_hours_may_pass_midnight(now, seconds):
    at = datetime.fromisoformat(f"2026-12-01 {now}").replace(tzinfo=RIGA)
    assert preferences.seconds_to_end(time(22), time(6, 30), at) == seconds


def test_only_channels_that_exist_are_offered(as_client, app, monkeypatch):
    assert "sign_in mail" in as_client("anna").get("/profile/notices").get_data(as_text=True)
    monkeypatch.setattr(preferences, "channels", dict)
    assert "sign_in mail" not in as_client("anna").get("/profile/notices").get_data(as_text=True)


# --- who looked ------------------------------------------------------------------------------------------------------


@pytest.mark.req("2.2")
def test_law_158_a_person_sees_when_and_by_which_unit_their_data_were_seen(as_client, cast, anna, edgars):
    audit.record(edgars, "person.code_shown", cast.anna, purpose="Darba līguma sagatavošana")
    audit.record(anna, "person.code_shown", cast.anna)
    audit.record(edgars, "person.code_shown", cast.bruno, purpose="Cits")
    db.session.commit()
    assert as_client("edgars").get(f"/people/{cast.anna.id}").status_code == 200
    page = as_client("anna").get("/profile/viewers").get_data(as_text=True)
    assert "Lietotāju reģistra uzturēšana" in page
    assert page.count("Darba līguma sagatavošana") == 1 and "Informātikas nodaļa" in page and "Cits" not in page
    assert "Edgars Zariņš" not in page, "names only where the municipality weighed it"


# --- passwords -------------------------------------------------------------------------------------------------------


@pytest.mark.req("1.3")
@pytest.mark.parametrize(
    "guessed",
    [
        "short", "parole123", "Parole2026!", "P@r0le!!", "Manaparole1", "password", "correcthorsebatterystaple",
        "qwertyuiop", "QWERTY123456", "asdfghjkl1234", "12345678", "87654321", "aaaaaaaaaaaa", "abababababab",
        "Latvija1", "ozolpils", "Ozolpils2026", "ozolpils.novads", "Lāčplēsis", "zvaigznīte1", "1q2w3e4r5t",
        "sveiks123", "anna.liepina1", "Liepiņa2026", "annaliepa99!", "anna@ozolpils",
    ],
)  # fmt: skip
def test_passwords_that_are_guessed_first_are_refused(app, guessed):
    words = ("annaliepa", "Anna", "Liepiņa", "anna.liepina")
    assert passwords.fault(guessed, words, "Ozolpils novada pašvaldība")


@pytest.mark.parametrize(
    "good",
    ["zils autobuss brauc lēni", "Kāpēc mēness smaida?", "korāļu-tramvajs-77", "vjx8!kqzp2", "sarkana pūce dzied rītos",
     "Annas brūnais vilciens", "ķirbju zupa piektdienās"],
)  # fmt: skip
def test_long_passwords_of_any_letters_are_taken(app, good):
    assert passwords.fault(good, ("anna", "Anna", "Liepiņa"), "Ozolpils novada pašvaldība") == ""


def test_the_same_letters_typed_on_another_system_are_the_same_password(app, cast, client):
    identity.set_password(cast.anna, "m\u0113ness gaisma 9")
    db.session.commit()
    typed = "me\u0304ness gaisma 9"
    assert client.post("/sign-in", data={"username": "anna", "password": typed}).status_code == 303


def test_the_reason_stands_beside_the_new_password(app, as_client):
    from dataclasses import replace

    browser = as_client("anna")
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], weak_passwords=False)
    answer = browser.post("/profile/password", data={"old_password": PASSWORD, "new_password": "Ozolpils2026"})
    assert answer.status_code == 422 and 'id="new_password-error"' in answer.get_data(as_text=True)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(storage.Blob)) == 0


def test_the_list_of_common_passwords_is_a_few_hundred_long_and_knows_latvian():
    assert len(passwords.common()) > 500
    assert {"parole", "labdien", "qwertz"} & passwords.common() >= {"parole", "labdien"}
