"""Documents from uploads, many at once, and from e-mails (12.1)."""

import io
from dataclasses import replace
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from portal.documents import service as documents
from portal.documents.models import Document, DocumentFile
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Invalid
from portal.search import service as search
from tests.storage import samples

HTMX = {"HX-Request": "true"}


def letter(subject="Re: Par žoga atjaunošanu", attachments=(("plāns.txt", "Žoga plāns Upmalē"),)):
    """Bytes of an e-mail with attachments."""
    message = EmailMessage()
    message["From"] = "Andris Zvirbulis <andris@zvirbulis.example>"
    message["To"] = "dome@ozolpils.example"
    message["Subject"] = subject
    message["Date"] = "Thu, 26 Nov 2026 23:30:00 +0000"  # in Riga it is the next day already
    message.set_content("Labdien!\n\nLūdzu atjaunot žogu pie kapsētas.\n\n> iepriekšējā vēstule\n")
    for name, text in attachments:
        message.add_attachment(text.encode(), maintype="text", subtype="plain", filename=name)
    return message.as_bytes()


def _kept(page):
    return page.split('name="kept"')[1].split('value="')[1].split('"')[0]


@pytest.mark.req("12.1")
def test_an_email_fills_in_the_form_and_becomes_a_document_with_its_attachments(registers, as_client, run_jobs):
    browser, sent = as_client("anna"), letter()
    page = browser.post(
        "/documents/register", data={"files": (io.BytesIO(sent), "vēstule.eml"), "read": "1"}, headers=HTMX
    )
    text = page.get_data(as_text=True)
    assert page.status_code == 200 and "<html" not in text
    for value in (
        'value="Par žoga atjaunošanu"',
        'value="Andris Zvirbulis &lt;andris@zvirbulis.example&gt;"',
        'value="27.11.2026"',
        "Lūdzu atjaunot žogu pie kapsētas.",
    ):
        assert value in text, value
    assert "iepriekšējā vēstule" not in text and db.session.scalar(sa.select(sa.func.count(Document.id))) == 0
    done = browser.post(
        "/documents/register",
        data={
            "kept": _kept(text),
            "register_id": str(registers["sanemtie"].id),
            "kind": "",
            "title": "Par žoga atjaunošanu",
            "received_on": f"{clock.today():%d.%m.%Y}",
        },
    )
    assert done.status_code == 303
    run_jobs()
    document = db.session.scalar(sa.select(Document))
    files = documents.files_of(document.id)
    assert [(f.name, f.depth, f.mime) for f in files] == [
        ("vēstule.eml", 0, "message/rfc822"),
        ("plāns.txt", 1, "text/plain"),
    ]
    assert b"".join(documents.read_range(files[0], 0, files[0].size_bytes)) == sent


@pytest.mark.req("12.1")
def test_many_files_become_one_document_or_one_each_and_a_wrong_one_is_left_out(registers, as_client, anna):
    browser = as_client("anna")
    sent = [
        (io.BytesIO(b"Pirmais"), "Pirmais_iesniegums.txt"),
        (io.BytesIO(b"Lieks"), "lieks.txt"),
        (io.BytesIO(letter("Par ceļu")), "otrais.eml"),
    ]
    page = browser.post("/documents/register", data={"files": sent, "read": "1"}).get_data(as_text=True)
    assert 'name="each"' in page and 'value="Par ceļu"' in page
    page = browser.post("/documents/register", data={"kept": _kept(page), "drop": "1"}).get_data(as_text=True)
    assert "lieks.txt" not in page and "Pirmais_iesniegums.txt" in page
    answer = browser.post(
        "/documents/register",
        data={
            "kept": _kept(page),
            "each": "y",
            "kind": "",
            "register_id": str(registers["iesniegumi"].id),
            "received_on": f"{clock.today():%d.%m.%Y}",
        },
    )
    assert answer.status_code == 303 and answer.location.endswith("register=iesniegumi")
    made = db.session.scalars(sa.select(Document).order_by(Document.seq)).all()
    assert [(d.title, d.author) for d in made] == [
        ("Pirmais iesniegums", ""),
        ("Par ceļu", "Andris Zvirbulis <andris@zvirbulis.example>"),
    ]
    assert db.session.scalar(sa.select(sa.func.count(DocumentFile.id))) == 2

    # three, of which the last has no title that could be written down: none is registered
    letters = [(f"{place}.eml", io.BytesIO(letter(title))) for place, title in enumerate(("Par skolu", "Par tiltu"))]
    uploads, _problems = documents.receive_uploads(anna, letters)
    nameless = replace(uploads[0], name="\x00", mime="text/plain")
    db.session.commit()
    with pytest.raises(Invalid, match="Aizpildiet"):
        documents.register_each(anna, registers["iesniegumi"].id, clock.today(), uploads=[*uploads, nameless])
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Document.id))) == 2


@pytest.mark.req("12.1")
def test_outlooks_own_form_is_taken_in_and_found_and_broken_mail_harms_nobody(registers, anna, run_jobs):
    uploads, problems = documents.receive_uploads(anna, [("vēstule.msg", io.BytesIO(samples.msg()))])
    assert problems == []
    title = documents.suggest(uploads)["title"]
    documents.register(anna, registers["iesniegumi"].id, title, clock.today(), uploads=uploads)
    run_jobs()
    assert [hit.kind for hit in search.find(anna, "ceļš remonts").hits] == ["document"]
    assert "pielikums ā.txt" in [file.name for file in db.session.scalars(sa.select(DocumentFile))]
    broken = b"From: =?utf-8?q?=FF?= <\nDate: never\nSubject: =?x-none?b?!!?=\nContent-Type: multipart/mixed\n\n\x00"
    uploads, problems = documents.receive_uploads(anna, [("slikta.eml", io.BytesIO(broken))])
    assert problems == [] and documents.suggest(uploads)["title"]
    assert documents.list_registers(SYSTEM)
