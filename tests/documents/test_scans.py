"""Paper becomes searchable documents: watched folder, browser page, separator sheets, broken scans (12.1)."""

import io
import os
import random
import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from portal.documents import service as documents
from portal.documents.models import Document, Scan, ScanState
from portal.kernel import clock, live
from portal.kernel.access import SYSTEM
from portal.kernel.db import db

TEXT = """Ozolpils novada pašvaldībai

IESNIEGUMS

Lūdzu atļaut nocirst bīstamo ozolu pie
kapsētas žoga, jo tas apdraud gājējus.

Dzintra Šķēle"""


def scanned(text=TEXT, angle=1.5, dots=200):
    """A JPEG as a scanner makes it: printed text a little askew, with dust."""
    image_module = pytest.importorskip("PIL.Image")
    from PIL import ImageDraw, ImageFont

    width, height = int(8.27 * dots), int(11.69 * dots)
    page = image_module.new("L", (width, height), 255)
    font = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 42)
    ImageDraw.Draw(page).multiline_text((200, 250), text, font=font, fill=25, spacing=22)
    page = page.rotate(angle, fillcolor=255, resample=image_module.Resampling.BICUBIC)
    dust = image_module.frombytes("L", (width, height), random.Random(7).randbytes(width * height))
    page.paste(120, mask=dust.point(lambda value: 255 if value < 1 else 0))
    out = io.BytesIO()
    page.save(out, "JPEG", quality=80, dpi=(dots, dots))
    return out.getvalue()


@pytest.fixture
def folder(app, tmp_path):
    """The watched folder; `put(name, data)` leaves a finished file there."""
    place = tmp_path / "scanner"
    place.mkdir()
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], scan_folder=place)

    def put(name, data, finished=True):
        (place / name).write_bytes(data)
        if finished:
            os.utime(place / name, (1_700_000_000, 1_700_000_000))
        return place / name

    return put


def _scans():
    return db.session.scalars(sa.select(Scan).order_by(Scan.id)).all()


@pytest.mark.req("12.1")
def test_a_scanned_latvian_page_is_registered_and_found_by_its_words(registers, folder, as_client, run_jobs):
    came, growing = folder("skens1.jpg", scanned()), folder("aug.pdf", b"%PDF-1.4", finished=False)
    assert documents.collect_scans(SYSTEM) == 1 and not came.exists() and growing.exists()
    db.session.commit()
    scan = _scans()[0]
    browser = as_client("anna")
    page = browser.get("/documents/scans").get_data(as_text=True)
    assert "skens1.jpg" in page and "Gaida lasīšanu" in page and 'capture="environment"' in page
    run_jobs()
    db.session.refresh(scan)
    assert (scan.state, scan.pages, scan.pages_done, scan.problem) == (ScanState.READY, 1, 1, "")
    told = set(db.session.scalars(sa.select(live.LiveEvent.name).where(live.LiveEvent.topic == documents.SCANS_TOPIC)))
    assert not told or {"added", "reading", "page", "read"} <= told  # with Redis nothing is kept
    form = browser.get(f"/documents/register?scan={scan.id}").get_data(as_text=True)
    assert "skens1.jpg" in form
    done = browser.post(
        "/documents/register",
        data={
            "kept": re.search(r'name="kept"[^>]*value="([^"]+)"', form)[1],
            "scan": str(scan.id),
            "register_id": str(registers["iesniegumi"].id),
            "kind": "",
            "title": "Par koku",
            "received_on": f"{clock.today():%d.%m.%Y}",
        },
    )
    assert done.status_code == 303
    run_jobs()
    document = db.session.scalar(sa.select(Document))
    files = {(file.role.value, file.name, file.mime) for file in documents.files_of(document.id)}
    assert files == {("original", "skens1.jpg", "image/jpeg"), ("copy", "skens1, ar tekstu.pdf", "application/pdf")}
    assert "Par koku" in browser.get("/search?q=ozoliem").get_data(as_text=True)
    assert "skens1" not in browser.get("/documents/scans").get_data(as_text=True)


@pytest.mark.req("12.1")
def test_a_pile_is_parted_at_its_sheets_and_a_broken_scan_is_kept_and_tried_again(
    registers, folder, as_client, run_jobs, monkeypatch
):
    import pikepdf

    from portal.documents import scanning

    monkeypatch.setattr(scanning, "recognise", lambda data, tell: (data, "teksts"))  # the real one: the test above
    browser = as_client("anna")
    assert 'name="register"' in browser.get("/documents/scans/separators").get_data(as_text=True)
    sheet = browser.get("/documents/scans/separators.pdf?register=iesniegumi").data
    page, pile = scanning.make_pages([("a.jpg", scanned("Lapa"))])[0].data, pikepdf.new()
    for piece in (page, sheet, page, page, sheet, page):
        pile.pages.extend(pikepdf.open(io.BytesIO(piece)).pages)
    out = io.BytesIO()
    pile.save(out)
    folder("kaudze.pdf", out.getvalue())
    folder("salauzts.pdf", b"%PDF-1.7\nnekas")
    answer = browser.post("/documents/scans", data={"pages": (io.BytesIO(b"Nav skens"), "teksts.txt")})
    assert answer.status_code == 422 and "nav ne PDF, ne attēls" in answer.get_data(as_text=True)
    browser.post(
        "/documents/scans", data={"pages": [(io.BytesIO(scanned("A")), "1.jpg"), (io.BytesIO(sheet), "2.pdf")]}
    )
    run_jobs(periodic=True)
    found = {(scan.name, scan.state.value, scan.pages, scan.register_code, scan.kind) for scan in _scans()}
    assert found == {
        ("kaudze.pdf", "parted", 0, "", ""),
        ("kaudze.pdf (1/3)", "ready", 1, "", ""),
        ("kaudze.pdf (2/3)", "ready", 2, "iesniegumi", "application"),
        ("kaudze.pdf (3/3)", "ready", 1, "iesniegumi", "application"),
        ("salauzts.pdf", "failed", 0, "", ""),
        ("Skenētās lapas", "ready", 1, "", ""),
    }
    second = next(scan for scan in _scans() if scan.name == "kaudze.pdf (2/3)")
    form = browser.get(f"/documents/register?scan={second.id}").get_data(as_text=True)
    assert re.search(rf'<option selected value="{registers["iesniegumi"].id}"', form)
    broken = next(scan for scan in _scans() if scan.state == ScanState.FAILED)
    page = browser.get("/documents/scans").get_data(as_text=True)
    assert "datne ir bojāta" in page and f"/documents/scans/{broken.id}/again" in page
    assert browser.get(f"/documents/scans/{broken.id}/pages").data == b"%PDF-1.7\nnekas"
    assert browser.post(f"/documents/scans/{broken.id}/again").status_code == 303
    run_jobs()
    db.session.refresh(broken)
    assert broken.state == ScanState.FAILED and "bojāta" in broken.problem
    assert browser.post(f"/documents/scans/{broken.id}/discard").status_code == 303
    assert browser.post(f"/documents/scans/{broken.id}/discard").status_code == 409
    own = next(scan for scan in _scans() if scan.added_by_id)
    other = as_client("bruno")
    assert "Skenētās lapas" not in other.get("/documents/scans").get_data(as_text=True)
    assert other.get(f"/documents/scans/{own.id}/pages").status_code == 404
