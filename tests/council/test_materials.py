"""The materials of a session as one PDF: what stands where, and in whose file."""

import io

import pikepdf
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from portal.council import service as council
from portal.council.service import bodies
from portal.kernel.access import SYSTEM, set_of
from portal.kernel.db import db
from portal.storage import service as storage
from tests.council import factories as make
from tests.council.test_views import dome

__all__ = ["dome"]  # a fixture


def attach(matter, name, data):
    blob = storage.put(SYSTEM, data, name=name)
    council.add_file(SYSTEM, matter.id, name, storage.sniff(data[:4096], name), blob.sha256, blob.size_bytes)


def pdf_of(*pages):
    out = io.BytesIO()
    canvas = Canvas(out)
    for text in pages:
        canvas.drawString(100, 700, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def picture():
    out = io.BytesIO()
    Image.new("RGBA", (30, 20), "red").save(out, "PNG")
    return out.getvalue()


@pytest.mark.req("13.1", "LAW-3", "LAW-17")
def test_materials_are_one_file_with_bookmarks_and_closed_matters_only_for_those_who_may(dome, as_client, run_jobs):
    """LAW-3: all that deputies get before a session; LAW-17: who may not see a closed matter has a file without it."""
    session = make.planned(dome)
    street, secret = make.matter(dome, "Par ielu", session), make.matter(dome, "Par bērna lietu", session)
    council.set_line(dome.secretary, secret.id, "", "children")
    street.access_set_id = set_of("role:clerk", base=street.access_set_id)  # a case of the clerk's
    secret.access_set_id = set_of(*bodies.MATTER_KEYS)
    attach(street, "tāme.pdf", pdf_of("first", "second"))
    attach(street, "karte.png", picture())
    attach(street, "bojāts.pdf", b"%PDF-1.7 nothing else")
    attach(street, "piezīmes.txt", b"Ielas platums ir 6 m")
    council.invite(dome.secretary, session.id)
    db.session.commit()
    address = f"/council/sessions/{session.id}/materials"

    member, clerk = as_client("dace"), as_client("anna")
    assert member.get(f"{address}.pdf").status_code == 404
    assert member.post(address).status_code == 303
    assert "Tiek veidots" in member.get(address).get_data(as_text=True)
    run_jobs()
    page = member.get(address).get_data(as_text=True)
    assert "Atvērt materiālus" in page
    assert "data-file" in member.get(f"/council/sessions/{session.id}/papers").get_data(as_text=True)
    data = member.get(f"{address}.pdf").data
    with pikepdf.open(io.BytesIO(data)) as pdf, pdf.open_outline() as outline:
        marks = [(one.title, [inner.title for inner in one.children]) for one in outline.root]
        assert marks[0] == ("Darba kārtība", []) and marks[2][0] == "2. Par bērna lietu"
        assert marks[1] == (
            "1. Par ielu",
            ["Lēmuma projekts", "Pielikumi", "tāme.pdf", "karte.png", "bojāts.pdf", "piezīmes.txt"],
        )
        assert set(pdf.attachments) == {"bojāts.pdf", "piezīmes.txt"}
        assert len(pdf.pages) == 1 + 1 + 2 + 1 + 1 + 1 + 1
    words = text_of(data)
    assert "2 / 8" in words[1] and "2. lpp." in words[0] and "second" in words[3] and "ir bojāta" in words[5]
    assert "Ielas platums ir 6 m" in words[6] and "Slēgts jautājums" in words[7]

    assert as_client("janis").get(f"{address}.pdf").data == data  # made once for all who may see the same
    assert clerk.get(f"{address}.pdf").status_code == 404
    clerk.post(address)
    run_jobs()
    words = text_of(clerk.get(f"{address}.pdf").data)
    assert "Par ielu" in words[0] and "bērna" not in "".join(words)

    council.edit_matter(dome.secretary, street.id, draft_text="Nolemj: izbūvēt ielu.")
    db.session.commit()
    assert "Izveidot materiālus" in member.get(address).get_data(as_text=True)
    assert member.get(f"{address}.pdf").status_code == 404


def text_of(data):
    import pypdfium2

    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(data)]
