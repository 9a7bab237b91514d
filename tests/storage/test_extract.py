"""Text and inner files of all types, and files made to harm."""

import io
import resource
import sys
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from portal.storage import children
from portal.storage import service as storage
from portal.storage.extract import containers
from portal.storage.extract.limits import LIMITS, Limits, Unreadable
from portal.storage.extract.reading import extract_text, extracted
from portal.storage.extract.sniffing import ASICE, DOCX, EML, HTML, ODS, ODT, OUTLOOK, PDF, PPTX, RTF, SVG, TEXT, XLSX
from tests.storage import samples
from tests.storage.samples import SENTENCE


def _inner(name, data, limits=LIMITS):
    """(cause, {path: bytes}) of what is inside."""
    with extracted([data], len(data), name, limits) as found:
        return found.cause, {inner.path: inner.data for inner in found.inner}


@pytest.mark.parametrize(
    "name, make, mime",
    [
        ("a.pdf", samples.pdf, PDF),
        ("a.docx", samples.docx, DOCX),
        ("a.xlsx", samples.xlsx, XLSX),
        ("a.pptx", samples.pptx, PPTX),
        ("a.odt", samples.odt, ODT),
        ("a.ods", samples.ods, ODS),
        ("a.rtf", samples.rtf, RTF),
        ("a.rtf", lambda: samples.rtf().replace(b"1257", b"10000"), RTF),  # Word for Mac names its own code page
        ("a.eml", samples.eml, EML),
        ("a.msg", samples.msg, OUTLOOK),
        ("a.txt", lambda: SENTENCE.encode(), TEXT),
        ("a.txt", lambda: SENTENCE.encode("cp1257"), TEXT),
        ("a.txt", lambda: SENTENCE.encode("utf-16"), TEXT),
        ("a.txt", lambda: SENTENCE.encode("utf-16-be"), TEXT),
        ("a.csv", lambda: f"a;{SENTENCE}".encode("cp1257"), "text/csv"),
        ("a.html", lambda: f"<html><script>x()</script><p>{SENTENCE}</p></html>".encode(), HTML),
        ("a.xml", lambda: f'<?xml version="1.0"?><a><b>{SENTENCE}</b></a>'.encode(), "application/xml"),
        ("a.svg", samples.svg, SVG),
    ],
)
@pytest.mark.req("15.1")
def test_the_words_of_a_file_are_read(app, name, make, mime):
    result = extract_text(name, "", make())
    assert (result.problem, result.mime) == ("", mime)
    assert SENTENCE in " ".join(result.text.split())
    assert "x()" not in result.text and "alert" not in result.text and "Riched" not in result.text


@pytest.mark.req("15.1")
def test_pages_sheets_and_slides_are_places_in_the_text(app):
    def places(name, data):
        found = extract_text(name, "", data)
        ends = [place.offset for place in found.places[1:]] + [None]
        return {
            storage.place_words(place): found.text[place.offset : end]
            for place, end in zip(found.places, ends, strict=True)
        }

    pages = places("a.pdf", samples.pdf("Pirmā lapa", "Otrā lapa"))
    assert [text.split() for text in pages.values()] == [["Pirmā", "lapa"], ["Otrā", "lapa"]]
    assert list(pages) == ["1. lpp.", "2. lpp."]
    sheets = places("a.xlsx", samples.xlsx())
    assert list(sheets) == ["lapa „Budžets”", "lapa „Pielikums”"]
    assert "40003123456" in sheets["lapa „Budžets”"] and "12.5" not in sheets["lapa „Budžets”"]
    slides = places("a.pptx", samples.pptx())
    assert list(slides) == ["2. slaids", "10. slaids"]
    assert "Piezīme" in slides["2. slaids"] and "Desmitais" in slides["10. slaids"]
    assert list(places("a.ods", samples.ods())) == ["lapa „Pirmā”", "lapa „Otrā”"]
    text = extract_text("a.docx", "", samples.docx()).text
    assert "Tabulas šūna" in text and "Galvene" in text


@pytest.mark.req("15.1")
def test_an_invoice_is_read_as_people_read_it(app):
    text = extract_text("r.xml", "", samples.invoice()).text
    assert "Rēķins R-2026/17" in text and "Pārdevējs: SIA Ceļu būve, 40003123456" in text
    assert "Pircējs: Ozolpils novada pašvaldība" in text and "1. Grants šķembas 2 H87 × 50.00 = 100.00" in text
    assert "121.00 EUR" in text


@pytest.mark.req("15.1")
def test_messages_and_containers_give_their_files_with_their_paths(app):
    assert list(_inner("m.eml", samples.eml())[1]) == ["pielikums ā.pdf"]
    assert _inner("m.msg", samples.msg())[1].keys() == {"pielikums ā.txt"}
    data = samples.zipped(
        {
            "mimetype": ASICE,
            "Pielikumi/Iesniegums.pdf": samples.pdf(),
            "META-INF/signatures0.xml": b"<x/>",
            "META-INF/manifest.xml": b"<x/>",
        },
        zipfile.ZIP_STORED,
    )
    assert extract_text("i.edoc", "", data).mime == ASICE
    assert list(_inner("i.edoc", data)[1]) == ["Pielikumi/Iesniegums.pdf"]
    tricks = samples.zipped({"../../etc/cron.d/x": b"1", "C:\\windows\\y.txt": b"2"})
    assert list(_inner("a.zip", tricks)[1]) == ["etc/cron.d/x", "windows/y.txt"]


def test_real_containers_and_a_real_pdf_are_read(app, shared_data):
    found = {}
    for path in sorted((shared_data / "signed").iterdir()):
        cause, inner = _inner(path.name, path.read_bytes())
        assert cause == ""
        found[path.name] = list(inner)
    assert found["bdoc_tm_valid_2_signatures.asice"] == ["test.txt"]
    pdf = (shared_data / "signed" / "hellopades-pades-lt-sha256-sign.pdf").read_bytes()
    assert extract_text("a.pdf", "", pdf).text == "Hello PAdES"


@pytest.mark.parametrize(
    "name, make, cause, words",
    [
        ("a.zip", samples.bomb, "bomb_ratio", "zip bumba"),
        ("a.zip", samples.lying_directory, "inner_damaged", "bojāta"),
        ("a.zip", samples.many_entries, "entries", "vairāk nekā 1000"),
        ("a.zip", samples.huge_directory, "entries", "vairāk nekā 1000"),
        ("a.zip", samples.locked_zip, "inner_password", "aizsargāta ar paroli"),
        ("a.zip", lambda: b"PK\x03\x04" + b"\0" * 100, "container", "bojāts"),
        ("a.zip", lambda: samples.zipped({"a.txt": b"hello"})[:-30], "container", "bojāts"),
        ("a.xml", samples.laughs, "entities", "entītij"),
        ("a.xml", lambda: samples.laughs().decode().encode("utf-16"), "entities", "entītij"),
        ("a.xml", lambda: samples.outside("a", hidden=True), "entities", "entītij"),
        ("r.xml", lambda: samples.invoice('<!DOCTYPE Invoice SYSTEM "/x.dtd">'), "entities", "entītij"),
        ("a.svg", lambda: samples.outside("svg"), "entities", "entītij"),
        (
            "a.docx",
            lambda: samples.zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": samples.outside("document")}),
            "entities",
            "entītij",
        ),
        (
            "a.odt",
            lambda: samples.zipped({"mimetype": ODT, "content.xml": samples.outside("document")}, zipfile.ZIP_STORED),
            "entities",
            "entītij",
        ),
        (
            "a.docx",
            lambda: samples.zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<w:broken"}),
            "xml",
            "bojāta",
        ),
        ("a.docx", lambda: samples.ole({"EncryptedPackage": b"x" * 5000}), "password", "paroli"),
        ("a.png", samples.huge_png, "pixels", "150 megapikseļu"),
        ("a.png", lambda: samples.picture()[:-3000], "damaged", "bojāta"),
        ("a.pdf", lambda: samples.pdf(password="slepeni"), "password", "paroli"),
        ("a.pdf", lambda: samples.pdf()[:300], "damaged", "bojāta"),
        ("a.pdf", samples.loop_pdf, "damaged", "bojāta"),
        ("a.msg", lambda: samples.msg()[:1500], "damaged", "bojāta"),
    ],
)
@pytest.mark.req("15.1")
def test_a_file_made_to_harm_is_parked_with_a_latvian_cause(app, name, make, cause, words):
    result = extract_text(name, "", make())
    assert result.cause == cause and words in result.problem
    assert "root:" not in result.text and "haha" not in result.text


# runs the child and writes how much memory it took at most: what this process waited for before does not count
_MEASURED = """import resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
open(sys.argv[1], "a").write(f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}\\n")
sys.exit(status)"""


@pytest.mark.req("15.1")
def test_a_page_that_unpacks_without_end_stays_below_the_limit_of_its_process(app, tmp_path, monkeypatch):
    limits = Limits(memory_bytes=400 * 1024**2, time_s=20)
    peaks = tmp_path / "peaks"
    plain = children.command
    monkeypatch.setattr(
        children, "command",
        lambda script, asked: [sys.executable, "-I", "-c", _MEASURED, str(peaks), *plain(script, asked)],
    )  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = extract_text("a.pdf", "", samples.bomb_pdf(900), limits)
    assert result.cause or len(result.text) <= limits.text_chars
    assert 0 < max(int(line) for line in peaks.read_text().split()) * 1024 < LIMITS.memory_bytes
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 64 * 1024**2


def test_a_reader_that_hangs_or_bloats_is_stopped_by_the_system(app, tmp_path, monkeypatch):
    program = tmp_path / "child.py"
    monkeypatch.setattr("portal.storage.extract.reading._CHILD", program)
    for body, cause in (
        ("while True: pass", "time"),
        ("x = bytearray(2 * 1024**3)", "memory"),
        ("import os; os.abort()", "crash"),
        ("open('told.json', 'wb').write(b'x' * 9_000_000)", "memory"),
    ):
        program.write_text(body)
        found = extract_text("a.pdf", "", samples.pdf(), Limits(time_s=1, unpacked_bytes=8_000_000))
        assert found.cause in (cause, "crash"), body
        assert found.problem


def test_the_sum_of_unpacked_files_is_limited(app):
    data = samples.zipped({f"{i}.bin": samples.noise(i, 100_000) for i in range(5)}, zipfile.ZIP_STORED)
    cause, inner = _inner("a.zip", data, Limits(unpacked_bytes=250_000))
    assert cause == "bomb_size" and len(inner) <= 2


_ENDINGS = ["pdf", "docx", "xlsx", "pptx", "odt", "ods", "rtf", "html", "eml", "msg", "png", "jpg", "tif", "edoc",
            "zip", "xml", "svg", "csv"]  # fmt: skip
_BEGINNINGS = [b"", b"%PDF-1.7\n", b"PK\x03\x04", b"{\\rtf1 ", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html>",
               b"<?xml ", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"From: a\n"]  # fmt: skip


@pytest.mark.req("15.1")
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(ending=some.sampled_from(_ENDINGS), beginning=some.sampled_from(_BEGINNINGS), data=some.binary(max_size=3000))
def test_random_bytes_break_no_reader(app, ending, beginning, data):
    """In this process, so that many can be tried: what the child does between its limits."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from portal.storage.extract import child
    from portal.storage.extract.causes import CAUSES
    from portal.storage.extract.containers import Budget, Shelf
    from portal.storage.extract.limits import Full, Unreadable, Written

    with TemporaryDirectory() as name:
        file, out = Path(name) / "in", Written(LIMITS.text_chars)
        file.write_bytes(beginning + data)
        budget = Budget()
        try:
            mime = child.kind_of(file, f"a.{ending}")
            child._read(file, mime, budget, out, Shelf(Path(name), budget), dict.fromkeys(_WORDS, "x"))
        except Unreadable as error:
            assert error.cause in CAUSES
        except Full:
            pass
        out.text().encode()


_WORDS = ("invoice", "credit_note", "issued", "due", "reference", "seller", "buyer", "net", "gross", "payable", "tax",
          "account")  # fmt: skip


def test_heavy_libraries_stay_out_of_the_web_process(app):
    import subprocess
    import sys
    from pathlib import Path

    heavy = ("pdfminer", "pypdfium2", "PIL", "olefile", "lxml", "boto3", "docx")
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
    assert storage.check_archive(io.BytesIO(samples.zipped({"a.txt": b"x"}))) == ""
    assert "zip bumba" in storage.check_archive(io.BytesIO(samples.bomb()))


def test_a_directory_that_hides_its_size_is_weighed_all_the_same(app):
    data = bytearray(samples.zipped({f"{'n' * 200}{n}": b"" for n in range(50)}))
    end = data.rfind(b"PK\x05\x06")
    data[end + 4 : end + 8] = b"PK\x05\x06"  # another end, in fields that zipfile does not look at,
    data[end + 16 : end + 20] = bytes(4)  # of which this would be the size
    assert containers._directory_bytes(io.BytesIO(data)) > 10_000
    with pytest.raises(Unreadable):
        containers.open_archive(bytes(data), Limits(directory_bytes=10_000))
