"""What members get before a session: materials as one PDF, the invitation by mail with a calendar entry, a reminder."""

import email
import io
from email import policy

import pikepdf
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from jobs.council import remind_of_sessions
from portal.council import service as council
from portal.council.service import bodies
from portal.identity.models import Person
from portal.identity.service import preferences
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
def test_materials_are_one_file_with_bookmarks_and_closed_matters_only_for_those_who_may(
    dome, as_client, run_jobs, count_queries
):
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
    with count_queries() as queries:
        page = member.get(address).get_data(as_text=True)
    assert "Atvērt materiālus" in page
    assert len([one for one in queries if one.startswith("SELECT")]) <= 12, queries
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


@pytest.mark.req("13.1", "LAW-18")
def test_invitations_and_reminders_come_by_mail_with_a_calendar_entry_to_those_who_want_them(
    dome, as_client, dace, janis, app, run_jobs, clock_at
):
    """Each once, as the member chose; LAW-18: a closed matter is not named in what leaves the portal."""
    clock_at("2026-11-24 10:00")
    session = make.planned(dome, days=3)
    make.matter(dome, "Par ielu", session)
    secret = make.matter(dome, "Par bērna lietu", session)
    council.set_line(dome.secretary, secret.id, "", "children")
    preferences.set_notices(janis, [])  # Jānis wants no news at all
    council.invite(dome.secretary, session.id)
    run_jobs()
    (mine,) = outbox(app, dace)
    (entry,) = [part for part in mine.iter_attachments()]
    calendar = entry.get_content().replace("\r\n", "\n").replace("\n ", "")
    assert entry.get_content_type() == "text/calendar" and entry.get_filename() == "sede.ics"
    assert f"UID:{session.id}@" in calendar and "Par ielu" in calendar
    assert "DTSTART:20261127T0800" in calendar and "bērna" not in calendar and "Slēgts jautājums" in calendar
    assert f"/council/sessions/{session.id}" in mine.get_body(("plain",)).get_content()
    assert not outbox(app, janis)
    member = as_client("dace")
    assert "Pievienot kalendāram" in member.get(f"/council/sessions/{session.id}").get_data(as_text=True)
    assert "bērna" not in member.get(f"/council/sessions/{session.id}/calendar.ics").get_data(as_text=True)

    absent = dome.members[3]
    council.answer_invitation(dace, session.id, "Piedalīšos")
    council.answer_invitation(absent, session.id, "Nepiedalīšos")
    clock_at("2026-11-25 10:00")
    assert council.take_reminders() == []
    clock_at("2026-11-26 12:00")
    remind_of_sessions()
    remind_of_sessions()
    run_jobs()
    assert [one["Subject"].split(":")[0] for one in outbox(app, dace)] == ["Atgādinājums", "Uzaicinājums"]
    assert len(outbox(app, absent)) == 1 and not outbox(app, janis)
    page = as_client("sarma").get(f"/council/sessions/{session.id}/attendance").get_data(as_text=True)
    assert "atbildējuši: 2 no 9" in page


def outbox(app, actor):
    """The mails to a person, by subject."""
    address = db.session.get(Person, actor.person_id).email
    folder = app.extensions["pkip.settings"].var / "outbox"
    mails = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in folder.glob("*.eml")]
    return sorted((one for one in mails if one["To"].addresses[0].addr_spec == address), key=lambda one: one["Subject"])
