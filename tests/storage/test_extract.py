"""Text and inner files of all types, and files made to harm."""

import io
import zipfile
from email.message import EmailMessage

import pytest

from portal.storage import service as storage
from portal.storage.extract import Limits, extract_text
from portal.storage.extract.sniffing import ASICE, DOCX, EML, ODT, PDF, TEXT

SENTENCE = "Iesniegums par ceļa remontu Ķekavā, lūdzu izskatīt šonedēļ"


def _zip(entries, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def _pdf():
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    pdfmetrics.registerFont(TTFont("DejaVu", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"))
    canvas = Canvas(out)
    canvas.setFont("DejaVu", 11)
    canvas.drawString(50, 700, SENTENCE)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _docx():
    import docx

    document = docx.Document()
    document.add_paragraph(SENTENCE)
    document.add_table(1, 1).cell(0, 0).text = "Tabulas šūna"
    document.sections[0].header.paragraphs[0].text = "Galvene"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _odt():
    from odf.opendocument import OpenDocumentText
    from odf.text import P, Span

    document = OpenDocumentText()
    paragraph = P(text=SENTENCE[:20])
    paragraph.addElement(Span(text=SENTENCE[20:]))
    document.text.addElement(paragraph)
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "name, make, mime",
    [
        ("a.pdf", _pdf, PDF),
        ("a.docx", _docx, DOCX),
        ("a.odt", _odt, ODT),
        ("a.txt", lambda: SENTENCE.encode(), TEXT),
        ("a.txt", lambda: SENTENCE.encode("cp1257"), TEXT),
        ("a.txt", lambda: SENTENCE.encode("utf-16"), TEXT),
        ("a.html", lambda: f"<html><script>x()</script><p>{SENTENCE}</p></html>".encode(), "text/html"),
    ],
)
@pytest.mark.req("15.1")
def test_the_words_of_a_file_are_read(app, name, make, mime):
    result = extract_text(name, "", make())
    assert result.problem == ""
    assert result.mime == mime
    assert SENTENCE in " ".join(result.text.split())
    assert "x()" not in result.text


def test_tables_and_headers_of_a_word_document_are_read_too(app):
    text = extract_text("a.docx", "", _docx()).text
    assert "Tabulas šūna" in text and "Galvene" in text


@pytest.mark.req("15.1")
def test_a_message_gives_its_words_and_its_attachments(app):
    message = EmailMessage()
    message["From"], message["Subject"] = "ilze@example.org", "Iesniegums šodien"
    message.set_content(SENTENCE)
    message.add_attachment(_pdf(), maintype="application", subtype="pdf", filename="pielikums ā.pdf")
    result = extract_text("m.eml", "", message.as_bytes())
    assert result.mime == EML and SENTENCE in result.text and "Iesniegums šodien" in result.text
    assert [(i.name, i.mime) for i in result.inner] == [("pielikums ā.pdf", PDF)]


@pytest.mark.req("15.1")
def test_files_inside_a_container_are_listed_without_its_signatures(app):
    data = _zip(
        {
            "mimetype": ASICE,
            "Iesniegums.pdf": _pdf(),
            "META-INF/signatures0.xml": b"<x/>",
            "META-INF/manifest.xml": b"<x/>",
        },
        zipfile.ZIP_STORED,
    )
    result = extract_text("i.edoc", "", data)
    assert result.mime == ASICE
    assert [(i.name, i.mime) for i in result.inner] == [("Iesniegums.pdf", PDF)]
    assert SENTENCE in extract_text(*result.inner[0]).text


def test_real_containers_and_a_real_pdf_are_read(app, shared_data):
    found = {}
    for path in sorted((shared_data / "signed").iterdir()):
        result = extract_text(path.name, "", path.read_bytes())
        assert result.problem == ""
        found[path.name] = [i.name for i in result.inner] or result.text
    assert found["bdoc_tm_valid_2_signatures.asice"] == ["test.txt"]
    assert found["hellopades-pades-lt-sha256-sign.pdf"] == "Hello PAdES"


def _many():
    return _zip({f"{i}.txt": b"" for i in range(1500)})


def _lying_directory():
    """The directory says 10 bytes, the content unpacks to 30 MB."""
    data = bytearray(_zip({"a.txt": b"0" * 30_000_000}))
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")
    return bytes(data)


def _huge_directory():
    data = bytearray(_zip({"a.txt": b"x"}))
    end = data.rfind(b"PK\x05\x06")
    data[end + 12 : end + 16] = (50_000_000).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize(
    "data, words",
    [
        (lambda: _zip({"a.txt": b"0" * 30_000_000}), "zip bumba"),
        (_lying_directory, "bojāt"),
        (_many, "vairāk nekā 1000"),
        (_huge_directory, "vairāk nekā 1000"),
        (lambda: b"PK\x03\x04" + b"\0" * 100, "bojāt"),
        (lambda: _zip({"a.txt": b"hello"})[:-30], "bojāt"),
    ],
)
@pytest.mark.req("15.1")
def test_an_archive_made_to_harm_is_refused_with_a_latvian_reason(app, data, words):
    result = extract_text("a.zip", "", data())
    assert words in result.problem
    assert result.inner == [] or sum(len(i.data) for i in result.inner) < 100


def test_the_sum_of_unpacked_files_is_limited(app):
    import os

    data = _zip({f"{i}.bin": os.urandom(100_000) for i in range(5)}, zipfile.ZIP_STORED)
    result = extract_text("a.zip", "", data, Limits(unpacked_bytes=250_000))
    assert "zip bumba" in result.problem


@pytest.mark.parametrize(
    "name, data, words",
    [
        ("a.pdf", b"this is no pdf", "nav tas"),
        ("a.pdf", b"%PDF-1.7 and then nothing", "bojāt"),
        ("a.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x">]><a>&b;</a>', "entītij"),
        ("a.docx", _zip({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<w:broken"}), "bojāt"),
    ],
)
def test_a_file_that_is_not_what_it_says_has_a_problem_and_no_crash(app, name, data, words):
    assert words in extract_text(name, "", data).problem


def test_reading_a_pdf_stops_when_its_time_is_over(app, monkeypatch):
    import subprocess

    def late(*args, **kwargs):
        raise subprocess.TimeoutExpired("pdf", 1)

    monkeypatch.setattr("portal.storage.extract.pdf.subprocess.run", late)
    assert "pārāk ilgi" in extract_text("a.pdf", "", _pdf()).problem


def test_an_entity_in_a_word_document_is_never_expanded(app):
    xml = (
        b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        b'<w:document xmlns:w="w"><w:p><w:t>&e;</w:t></w:p></w:document>'
    )
    result = extract_text("a.docx", "", _zip({"[Content_Types].xml": b"<x/>", "word/document.xml": xml}))
    assert "root:" not in result.text and result.problem


def test_path_tricks_in_names_are_only_names(app):
    result = extract_text("a.zip", "", _zip({"../../etc/cron.d/x": b"1", "C:\\windows\\y.txt": b"2"}))
    assert [i.name for i in result.inner] == ["x", "y.txt"]


def test_heavy_libraries_stay_out_of_the_web_process(app):
    import subprocess
    import sys
    from pathlib import Path

    heavy = ("pdfminer", "lxml", "boto3", "docx")
    code = f"import portal.storage.service, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_the_quick_check_of_an_upload_says_the_same(app):
    assert storage.check_archive(io.BytesIO(_zip({"a.txt": b"x"}))) == ""
    assert "zip bumba" in storage.check_archive(io.BytesIO(_zip({"a.txt": b"0" * 30_000_000})))
