"""Drafts: templates with fields, versions, taking and bringing back, comparing, to signing and registration (12.1)."""

import io
import re

import pytest
import sqlalchemy as sa

from portal.documents import service as documents
from portal.documents.drafting import compare
from portal.documents.drafting.cleaning import clean
from portal.documents.models import Direction, Document, Draft, DraftState, DraftVersion
from portal.documents.service.files import Upload
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden
from portal.signing import service as signing
from portal.storage import service as storage
from portal.workflow.models import Task

LETTER = (
    "{{ iestade }}",
    "{{ adresats }}",
    "{% if atbild_numurs %}Uz Jūsu {{ atbild_datums }} vēstuli Nr. {{ atbild_numurs }}{% endif %}",
    "{{ saturs }}",
    "{{ parakstitaja_amats }} {{ parakstitajs }}",
)


def word_file(*paragraphs):
    """Bytes of a DOCX with these paragraphs."""
    import docx

    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def publish_template(actor, *paragraphs, name="Atbildes vēstule", for_answers=True):
    """A published template of outgoing letters."""
    blob = storage.put(actor, word_file(*(paragraphs or LETTER)), name="veidne.docx")
    upload = Upload("veidne.docx", blob.mime, blob.sha256, blob.size_bytes)
    made = documents.add_template(actor, name, "outgoing", for_answers, upload)
    documents.publish_template(actor, made.id, 1)
    db.session.commit()
    return made


def _file(*paragraphs, name="atbilde.docx"):
    return io.BytesIO(word_file(*paragraphs)), name


@pytest.mark.req("12.1")
def test_templates_are_checked_before_they_are_published_and_keep_their_versions(registers, as_client):
    browser = as_client("anna")
    form = {"name": "Vēstule", "kind": "outgoing", "file": _file("Labdien, {{ vards }}!", "{{ saturs }}")}
    made = browser.post("/drafts/templates", data=form)
    page = browser.get(made.location).get_data(as_text=True)
    assert "Nezināmi lauki: vards" in page and f"{made.location}/publish/1" not in page
    assert browser.post(f"{made.location}/publish/1").status_code == 422
    wrong = browser.post(made.location, data={"file": (io.BytesIO(b"teksts"), "a.txt")})
    assert wrong.status_code == 422 and "Veidne ir Word datne" in wrong.get_data(as_text=True)
    browser.post(made.location, data={"file": _file("{% if saturs %}nav beigu")})
    page = browser.get(made.location).get_data(as_text=True)
    assert "Veidnes lauks ir uzrakstīts nepareizi" in page
    for evil in ("{{ saturs.__class__.__mro__ }}", "{{ adresats }}"):
        browser.post(made.location, data={"file": _file(evil)})
    assert browser.post(f"{made.location}/publish/4").status_code == 303
    template = documents.list_templates(SYSTEM)[0]
    assert (template.published, len(documents.template_versions(SYSTEM, template.id))) == (4, 4)
    assert browser.post(f"{made.location}/close").status_code == 303
    assert "Pašlaik netiek piedāvāta" in browser.get("/drafts/templates").get_data(as_text=True)
    assert as_client("pauls").get("/drafts/templates").status_code == 403


@pytest.mark.req("12.1", "LAW-82", "LAW-85")
def test_a_letter_is_answered_from_a_template_changed_by_two_people_signed_and_registered(
    registers, as_client, anna, bruno, cast, make_document, run_jobs, sandbox
):
    publish_template(anna)
    came = make_document(
        title="Par ceļa remontu",
        code="sanemtie",
        author="SIA „Ceļš & tilts” <info@cels.example>",
        author_number="5-1/77",
        author_date=clock.today(),
        unit_id=cast.bruno.unit_id,
    )
    browser = as_client("anna")
    assert f"/drafts/new?answers={came.id}" in browser.get(f"/documents/{came.id}").get_data(as_text=True)
    page = browser.get(f"/drafts/new?answers={came.id}").get_data(as_text=True)
    assert 'value="Par ceļa remontu"' in page and "SIA „Ceļš &amp; tilts”" in page
    signer, template_id = cast.bruno, documents.list_templates(SYSTEM)[0].id
    form = {
        "answers": str(came.id),
        "template_id": str(template_id),
        "title": "Par ceļa remontu",
        "kind": "outgoing",
        "addressee": "SIA „Ceļš & tilts”",
        "text": "Ceļu remontēs maijā.\n\nAr cieņu",
        "signer_id": str(signer.id),
    }
    seen = browser.post("/drafts/new", data=form | {"preview": "1"}).get_data(as_text=True)
    assert "Uz Jūsu" in seen and "vēstuli Nr. 5-1/77" in seen and "Ceļš &amp; tilts" in seen
    assert "Ceļu remontēs maijā.<br><br>Ar cieņu" in seen and signer.name in seen
    assert db.session.scalar(sa.select(sa.func.count(Draft.id))) == 0
    made = browser.post("/drafts/new", data=form)
    assert made.status_code == 303
    draft = db.session.scalar(sa.select(Draft))
    assert (draft.answers_id, draft.addressee, draft.latest) == (came.id, "SIA „Ceļš & tilts”", 1)
    assert draft.access_set_id != came.access_set_id

    asked = {"file": documents.latest_version(draft).sha256, "due_days": "3", "people-0": str(signer.id)}
    assert browser.post(f"/signing/ask-approval/draft/{draft.id}", data=asked).status_code == 303

    # two people: one takes it, the other waits, frees it with a reason; a new version is compared with the first
    assert browser.post(f"{made.location}/check-out").status_code == 303
    other = as_client("bruno")
    assert "Anna Liepiņa" in other.get(made.location).get_data(as_text=True)
    refused = other.post(f"{made.location}/check-in", data={"file": _file("Cits")})
    assert refused.status_code == 409 and "Anna Liepiņa" in refused.get_data(as_text=True)
    assert other.post(f"{made.location}/send", data={"signers": str(signer.id)}).status_code == 409
    assert other.post(f"{made.location}/free", data={"reason": " "}).status_code == 422
    assert other.post(f"{made.location}/free", data={"reason": "Atvaļinājumā"}).status_code == 303
    text = ("SIA „Ceļš & tilts”", "Ceļu un tiltu remontēs jūnijā.")
    changed = other.post(f"{made.location}/check-in", data={"file": _file(*text), "comment": "Termiņš mainīts"})
    assert changed.status_code == 303
    page = other.get(f"{made.location}/compare").get_data(as_text=True)
    assert re.search(r"<del>.*?maijā.*?</del>", page, re.S) and re.search(r"<ins>.*?jūnijā", page, re.S)
    page = other.get(made.location).get_data(as_text=True)
    assert "Termiņš mainīts" in page and "Ceļu un tiltu remontēs jūnijā." in page
    again = other.post(f"{made.location}/check-in", data={"file": (io.BytesIO(_bytes_of(draft, 2)), "b.docx")})
    assert again.status_code == 422 and "tā pati datne" in again.get_data(as_text=True)
    stranger = as_client("pauls")
    assert stranger.get(made.location).status_code == 404 and "Par ceļa" not in stranger.get("/drafts").text

    # the new version is asked about again; only when it is approved it goes to signing
    round_ = signing.latest_round("draft", draft.id)
    assert (round_.number, round_.sha256) == (2, documents.latest_version(draft).sha256)
    refused = browser.post(f"{made.location}/send", data={"signers": str(signer.id)})
    assert refused.status_code == 409 and "vēl tiek saskaņots" in refused.get_data(as_text=True)
    signing.answer_approval(bruno, round_.id, "approved")
    db.session.commit()

    # to signing: it cannot be changed meanwhile; when signed it is a registered answer
    assert browser.post(f"{made.location}/send", data={"signers": str(signer.id)}).status_code == 303
    assert browser.post(f"{made.location}/check-out").status_code == 403
    task = db.session.scalar(sa.select(Task).where(Task.kind == "signing.sign"))
    run_jobs()
    assert other.post(f"/signing/{task.about_id}/sign", data={"pin": "1234"}).status_code == 303
    run_jobs()
    draft = db.session.scalar(sa.select(Draft))
    document = db.session.get(Document, draft.document_id)
    assert draft.state == DraftState.REGISTERED and document.direction == Direction.OUTGOING
    assert (document.answers_id, document.addressee, document.received_on) == (
        came.id,
        "SIA „Ceļš & tilts”",
        clock.today(),
    )
    names = [file.name for file in documents.files_of(document.id)]
    assert names[0].endswith(".asice") and "atbilde.docx" in names
    page = browser.get(made.location).get_data(as_text=True)
    assert f"/documents/{document.id}" in page and "Nosūtīt parakstīšanai" not in page


def _bytes_of(draft, number):
    version = db.session.scalar(
        sa.select(DraftVersion).where(DraftVersion.draft_id == draft.id, DraftVersion.number == number)
    )
    return storage.read(version.sha256)


@pytest.mark.req("12.1")
def test_a_file_that_is_written_already_is_a_draft_too_and_can_be_given_up(registers, as_client):
    browser = as_client("liga")
    form = {"title": "Dienesta ziņojums", "kind": "internal", "template_id": "", "signer_id": ""}
    assert "Izvēlieties veidni" in browser.post("/drafts/new", data=form).get_data(as_text=True)
    made = browser.post("/drafts/new", data=form | {"file": _file("Ziņoju par krājumiem")})
    assert made.status_code == 303 and "Ziņoju par krājumiem" in browser.get(made.location).get_data(as_text=True)
    saved = browser.get(f"{made.location}/versions/1/file")
    assert saved.data.startswith(b"PK") and "attachment" in saved.headers["Content-Disposition"]
    assert browser.get(f"{made.location}/versions/7/file").status_code == 404
    assert browser.post(f"{made.location}/cancel", data={"reason": "Vairs nevajag"}).status_code == 303
    assert "Dienesta ziņojums" not in browser.get("/drafts").text
    assert "Vairs nevajag" in browser.get(made.location).text
    assert as_client("dace").get("/drafts/new").status_code == 403


def test_the_preview_holds_no_code_and_the_comparison_finds_what_moved():
    evil = (
        "<h1 onclick='x()'>A</h1><script>alert(1)</script><a href='javascript:x()'>b</a><iframe src=x>c</iframe>"
        "<img src='http://x/y.png'><img src='data:image/svg+xml;base64,AA'><p style='x'>d<b>e</p>"
        "<table><tr><td colspan='2'>"
    )
    assert clean(evil) == '<h3>A</h3>b<p>de</p><table><tr><td colspan="2"></td></tr></table>'
    told = compare("Viens\nDivi vārdi te\nTrīs", "Viens\nDivi citi vārdi te\nPavisam cits\nTrīs")
    assert [paragraph.state for paragraph in told] == ["same", "changed", "in", "same"]
    assert ("in", "citi ") in told[1].pieces or ("in", " citi") in told[1].pieces
    assert compare("", "") == [] and compare("a", "")[0].state == "out"


@pytest.mark.parametrize("meanwhile", [{"locked": True}, {"state": DraftState.CANCELLED}])
def test_what_happened_while_a_version_was_read_counts(registers, anna, bruno, monkeypatch, meanwhile):
    first, second = documents.receive_uploads(anna, [("a.txt", io.BytesIO(b"Viens")), ("b.txt", io.BytesIO(b"Divi"))])[
        0
    ]
    draft = documents.create_draft(anna, title="Vēstule", kind="outgoing", upload=first)
    db.session.commit()
    values = {"locked_by_id": bruno.person_id} if "locked" in meanwhile else meanwhile
    extract = storage.extract_text

    def slow(*args):
        with db.engine.begin() as other:
            other.execute(sa.update(Draft.__table__).where(Draft.__table__.c.id == draft.id).values(**values))
        return extract(*args)

    monkeypatch.setattr(storage, "extract_text", slow)
    with pytest.raises(Conflict if "locked" in meanwhile else Forbidden):
        documents.check_in(anna, draft.id, second)
    db.session.rollback()
    db.session.refresh(draft)
    assert draft.latest == 1 and draft.locked_by_id == values.get("locked_by_id")


def test_a_draft_whose_file_cannot_be_read_is_not_begun(registers, anna, monkeypatch):
    upload = documents.receive_uploads(anna, [("a.txt", io.BytesIO(b"Viens"))])[0][0]

    def broken(*_args):
        raise OSError("nav vietas")

    monkeypatch.setattr(storage, "extract_text", broken)
    with pytest.raises(OSError):
        documents.create_draft(anna, title="Vēstule", kind="outgoing", upload=upload)
    db.session.rollback()
    assert db.session.scalar(sa.select(Draft.id)) is None
