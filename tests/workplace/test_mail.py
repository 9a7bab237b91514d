"""Mail: in the municipality's look, into a folder in the sandbox, over SMTP outside it."""

import email
import socketserver
import threading
from dataclasses import replace
from email import policy

import pytest

from portal.kernel import mail
from portal.kernel.config import ConfigError, Settings
from portal.kernel.errors import ExternalRefused, ExternalUnavailable, Invalid
from portal.workplace import service as workplace
from tests.workplace.test_look import LOOK, picture

LETTER = mail.Mail("k1", "Anna Liepiņa", "anna@ozolpils.example", "Par sēdi", "Labdien!", "<p>Labdien!</p>")


def _outbox(app):
    folder = app.extensions["pkip.settings"].var / "outbox"
    return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in sorted(folder.glob("*.eml"))]


@pytest.mark.req("2.1")
def test_a_mail_bears_the_municipalitys_header_logo_and_footer(app, edgars, cast, run_jobs):
    workplace.save_look(edgars, 0, **{**LOOK, "brand": "#14532d", "mail_head": "Dome un administrācija",
                                      "mail_foot": "Pils iela 1, Ozolpils"}, logo=picture())  # fmt: skip
    workplace.ask_mail(edgars, cast.anna.id, "Par <sēdi>", ["Sēde sāksies 10.00."], "https://portals.example/")
    run_jobs()
    (sent,) = _outbox(app)
    assert sent["To"].addresses[0].addr_spec == cast.anna.email and sent["Subject"] == "Par <sēdi>"
    text, html = sent.get_body(("plain",)).get_content(), sent.get_body(("html",)).get_content()
    for part in (text, html):
        assert "Dome un administrācija" in part and "Sēde sāksies 10.00." in part and "Pils iela 1, Ozolpils" in part
    assert "background:#14532d" in html and "Par &lt;sēdi&gt;" in html and 'src="cid:logo"' in html
    assert [part.get_content_type() for part in sent.walk()].count("image/png") == 1


def test_a_second_try_is_the_same_message(app):
    mail.send(LETTER)
    mail.send(LETTER)
    (sent,) = _outbox(app)
    assert sent["Message-ID"] == "<k1@localhost>"


def test_headers_take_no_second_line_and_half_an_address_is_refused(app):
    mail.send(replace(LETTER, subject="Par sēdi\r\nBcc: x@example.lv"))
    assert _outbox(app)[0]["Bcc"] is None
    with pytest.raises(Invalid):
        mail.send(replace(LETTER, to_address="anna"))


def test_without_a_server_a_person_must_look(make_app):
    with make_app(sandbox_url="").app_context(), pytest.raises(ExternalRefused, match="PKIP_MAIL_URL"):
        mail.send(LETTER)


class _Server(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as one message takes; what the recipient is answered stands in `answer`."""

    got: list = []
    answer = "250 ok"

    def handle(self):
        self._say("220 here")
        data = False
        while line := self.rfile.readline().decode().rstrip("\r\n") or "-":
            if data:
                data = line != "."
                self.got.append(line)
                if not data:
                    self._say("250 taken")
            elif line == "-" or line.upper().startswith("QUIT"):
                return self._say("221 bye")
            elif line.upper().startswith("DATA"):
                data = True
                self._say("354 go on")
            else:
                self._say(self.answer if line.upper().startswith("RCPT") else "250 ok")

    def _say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def smtp(app):
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Server)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    url = f"smtp://127.0.0.1:{server.server_address[1]}"
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], mail_url=url)
    _Server.got, _Server.answer = [], "250 ok"
    yield _Server
    server.shutdown()
    server.server_close()


def test_mail_goes_over_smtp(smtp):
    mail.send(LETTER)
    assert any(line.startswith("Subject: ") for line in smtp.got) and "Labdien!" in smtp.got


@pytest.mark.parametrize("answer, error", [("550 nobody here", ExternalRefused), ("451 later", ExternalUnavailable)])
def test_a_refusal_for_good_is_told_from_one_for_now(smtp, answer, error):
    smtp.answer = answer
    with pytest.raises(error):
        mail.send(LETTER)


def test_a_server_that_is_away_is_tried_again(app):
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], mail_url="smtp://127.0.0.1:9")
    with pytest.raises(ExternalUnavailable):
        mail.send(LETTER)


def test_the_address_of_the_server_says_how_it_is_secured(tmp_path):
    with pytest.raises(ConfigError, match="PKIP_MAIL_URL"):
        Settings.from_env({"PKIP_VAR": str(tmp_path), "PKIP_MAIL_URL": "smtp://mail.example.lv"})
    assert Settings.from_env({"PKIP_VAR": str(tmp_path), "PKIP_MAIL_URL": "smtps://mail.example.lv"}).mail_url
