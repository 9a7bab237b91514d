"""The sandbox's other application and its mailbox."""

import html

import pytest
import requests

from portal.kernel import mail
from portal.kernel.db import db
from portal.workplace import service as workplace
from tests.workplace.test_look import LOOK, picture

pytestmark = pytest.mark.alike


@pytest.mark.req("2.1")
def test_the_other_application_takes_the_bar_from_the_portal_under_a_strict_policy(sandbox):
    answer = requests.get(f"{sandbox.url}/telpas", timeout=10)
    assert '<script src="http://127.0.0.1:8000/nav/pkip-nav.js" defer></script>' in answer.text
    assert "<pkip-nav></pkip-nav>" in answer.text
    assert "script-src http://127.0.0.1:8000;" in answer.headers["Content-Security-Policy"]


@pytest.mark.req("2.1")
def test_what_the_portal_sent_is_read_with_its_logo_and_without_its_scripts(sandbox, edgars, cast, run_jobs):
    assert "nav nevienas" in requests.get(f"{sandbox.url}/pasts", timeout=10).text
    workplace.save_look(edgars, 0, **{**LOOK, "mail_head": "Pils iela 1"}, logo=picture())
    workplace.ask_mail(edgars, cast.anna.id, "Par <sēdi>", ["Labdien!"])
    db.session.commit()
    run_jobs()
    listed = requests.get(f"{sandbox.url}/pasts", timeout=10).text
    assert "Par <sēdi>" in html.unescape(listed) and "Par <sēdi>" not in listed and cast.anna.email in listed
    address = listed.split('href="/pasts/')[1].split('"')[0]
    letter = requests.get(f"{sandbox.url}/pasts/{address}", timeout=10)
    assert "Pils iela 1" in letter.text and 'src="data:image/png;base64,' in letter.text
    assert letter.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize("key", ["..%2Fsecret", "nekas", "a" * 65])
def test_only_letters_are_read(sandbox, app, key):
    mail.send(mail.Mail("k1", "A", "a@a.example", "S", "t", "<p>t</p>"))
    (app.extensions["pkip.settings"].var / "secret.eml").write_text("x")
    assert requests.get(f"{sandbox.url}/pasts/{key}", timeout=10).status_code == 404
