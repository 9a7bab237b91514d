"""Templates of letters, a draft answer in two versions, a scan that waits, a restricted letter."""

import io

import sqlalchemy as sa

from portal.documents import service as documents
from portal.documents.models import Direction, Document, DocumentState
from portal.documents.service import Upload
from portal.kernel import clock
from portal.kernel.access import keys_of
from portal.kernel.db import db
from portal.signing import service as signing
from portal.storage import service as storage

_TOP = ("{{ iestade }}", "Reģ. Nr. {{ iestades_numurs }}", "", "{{ adresats }}", "")
_END = (
    "",
    "{{ parakstitaja_amats }}          {{ parakstitajs }}",
    "",
    "{{ sagatavotajs }}{% if sagatavotaja_talrunis %}, {{ sagatavotaja_talrunis }}{% endif %}, "
    "{{ sagatavotaja_epasts }}",
    "DOKUMENTS PARAKSTĪTS AR DROŠU ELEKTRONISKO PARAKSTU UN SATUR LAIKA ZĪMOGU",
)
_TEMPLATES = (
    (
        "Atbildes vēstule",
        "outgoing",
        True,
        (
            *_TOP,
            "{% if atbild_numurs %}Uz Jūsu {{ atbild_datums }} vēstuli Nr. {{ atbild_numurs }}"
            "{% else %}Uz Jūsu iesniegumu, kas reģistrēts ar Nr. {{ mes_numurs }}{% endif %}",
            "",
            "Par: {{ nosaukums }}",
            "",
            "{{ saturs }}",
            *_END,
        ),
    ),
    ("Vēstule", "outgoing", False, (*_TOP, "Par: {{ nosaukums }}", "", "{{ saturs }}", *_END)),
    (
        "Dienesta ziņojums",
        "internal",
        False,
        ("{{ iestade }}", "{{ struktura }}", "", "DIENESTA ZIŅOJUMS", "{{ nosaukums }}", "", "{{ saturs }}", *_END),
    ),
)
_SCAN = """Ozolpils novada pašvaldībai

IESNIEGUMS

Lūdzu atļaut nocirst bīstamo ozolu pie kapsētas
žoga Upmalē, jo tas apdraud gājējus un žogu.

Velta Ozola"""
_FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def prepare(town):
    """Three templates, one draft that answers a letter, a scanned page, and a letter that few see."""
    clerk = town.actors["anna"]
    for name, kind, for_answers, paragraphs in _TEMPLATES:
        made = documents.add_template(clerk, name, kind, for_answers, _kept(clerk, "veidne.docx", _word(paragraphs)))
        documents.publish_template(clerk, made.id, 1)
    _answer(clerk, [town.actors["bruno"], town.actors["sarma"]])
    documents.receive_pages(clerk, [_kept(clerk, "skens-2026-11.jpg", _page())])
    _restrict(clerk, town.actors["sarma"])
    db.session.commit()


def _restrict(clerk, asker):
    """A letter about a child, seen by few until spring; somebody asks for access."""
    register = next(one for one in documents.list_registers(clerk) if one.code == "sanemtie")
    letter = documents.register(
        clerk,
        register.id,
        "Par asistenta pakalpojumu bērnam",
        clock.today(),
        author="Bāriņtiesa",
        author_number="1-7/12",
    )
    until = clock.today() + clock.timedelta(days=120)
    basis = "Informācijas atklātības likuma 8. pants"
    documents.restrict(clerk, letter.id, ground="private_life", basis=basis, until=until)
    documents.ask_access(asker, letter.id, "Gatavoju izziņu par asistentu pakalpojumiem")


def _answer(clerk, approvers):
    letter = db.session.scalar(
        sa.select(Document)
        .where(Document.direction == Direction.INCOMING, Document.state == DocumentState.IN_WORK)
        .order_by(Document.registered_at.desc(), Document.id)
    )
    if letter is None:
        return
    template = documents.list_templates(clerk, "outgoing", for_answers=True)[0]
    signer = documents.usual_signer(clerk)
    draft = documents.create_draft(
        clerk,
        title=letter.title,
        kind="outgoing",
        addressee=letter.author,
        template_id=template.id,
        text="Jūsu iesniegums ir izskatīts. Darbus paredzēts veikt līdz gada beigām.",
        answers_id=letter.id,
        signer_id=signer.id if signer else None,
    )
    version = documents.latest_version(draft)
    text = [line for line in version.text.splitlines() if line.strip()]
    changed = [line.replace("līdz gada beigām", "līdz 2027. gada 1. martam") for line in text]
    documents.check_in(clerk, draft.id, _kept(clerk, version.name, _word(changed)), "Precizēts termiņš")
    _approval(clerk, approvers, documents.get_draft(clerk, draft.id))


def _approval(clerk, approvers, draft):
    """Two are asked about the newest version; the first approves with a remark."""
    version = documents.latest_version(draft)
    found = signing.ask_approval(
        clerk,
        about_kind="draft",
        about_id=draft.id,
        title=draft.title,
        file=(version.name, version.mime, version.sha256),
        approvers=[one.person_id for one in approvers],
        access_keys=keys_of(draft.access_set_id),
    )
    remarks = [("līdz 2027. gada 1. martam", "Lūdzu norādīt arī, kurš par darbiem atbild.")]
    signing.answer_approval(approvers[0], found.id, "with_remarks", remarks=remarks)


def _word(paragraphs):
    import docx

    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _page():
    """A page as a scanner makes it, a little askew."""
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("L", (1654, 2339), 255)
    ImageDraw.Draw(page).multiline_text((180, 240), _SCAN, font=ImageFont.truetype(_FONT, 40), fill=25, spacing=20)
    out = io.BytesIO()
    page.rotate(1.2, fillcolor=255, resample=Image.Resampling.BICUBIC).save(out, "JPEG", quality=75, dpi=(200, 200))
    return out.getvalue()


def _kept(actor, name, data):
    blob = storage.put(actor, data, name=name)
    return Upload(name, blob.mime, blob.sha256, blob.size_bytes)
