"""Letters of a case: the text is kept in the act, the document is made by a job, and goes to the client's e-address."""

from portal.audit import service as audit
from portal.cases import policy
from portal.cases.events import LetterWritten
from portal.cases.models import Case, CaseLetter, LetterKind
from portal.cases.service import deciding
from portal.cases.service.reading import get_case
from portal.cases.service.timeline import add_step, follow_flow
from portal.documents import service as documents
from portal.exchange import service as exchange
from portal.identity import service as identity
from portal.kernel import clock, pdf
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, in_language
from portal.storage import service as storage
from portal.workflow import service as workflow


def write(actor, case, kind, text):
    """Keep the text of a letter; its document follows by a job."""
    letter = CaseLetter(case_id=case.id, kind=kind, text=text, by_id=actor.person_id, created_at=clock.now())
    db.session.add(letter)
    db.session.flush()
    audit.record(actor, "case.letter_written", case, new={"kind": kind})
    announce(actor, LetterWritten(letter_id=letter.id))
    return letter


def refuse_application(actor, case_id, text):
    """Answer the client that the council did not grant the request, with the reasons and where to appeal (LAW-109).
    Raises Forbidden; Invalid("text")."""
    case = get_case(actor, case_id)
    ensure(policy.can_refuse(actor, case))
    text = (text or "").strip()
    if not text:
        raise Invalid(_("Fill in this field"), field="text")
    write(actor, case, LetterKind.REFUSAL, text)
    add_step(actor, case, "refusal_written", note=text)
    workflow.complete_for(actor, "case", case.id, "case.refuse", {"granted": False})
    follow_flow(case)
    return case


def make_letter(actor, letter_id):
    """Make the letter's document and queue its delivery. Runs in a job; a second run finds the document and stops."""
    letter = db.session.get(CaseLetter, letter_id)
    if letter is None:
        raise NotFound(_("There is no such letter"))
    if letter.document_id is not None:
        return
    case = db.session.get_one(Case, letter.case_id)
    with in_language("lv"):  # official letters are in the state language
        title = {
            LetterKind.REFUSAL: _("Answer to the application %(number)s", number=case.number),
            LetterKind.QUESTION: _("Request for information in the case %(number)s", number=case.number),
            LetterKind.FORWARDING: _("Forwarding of the application %(number)s", number=case.number),
        }[letter.kind]
        author = identity.names_of([letter.by_id] if letter.by_id else []).get(letter.by_id, "")
        data = pdf.render(
            "cases/pdf/letter.html",
            title=title,
            case=case,
            letter=letter,
            today=clock.today(),
            municipality=settings().municipality,
            author=author,
        )
    blob = storage.put(actor, data)
    name = f"{case.number.replace('/', '-')}-{letter.kind}.pdf"
    files = [(name, "application/pdf", blob.sha256, blob.size_bytes)]
    document = documents.create(
        actor,
        kind=documents.DocumentKind.OUTGOING,
        title=title,
        files=files,
        case_id=case.id,
        unit_id=case.unit_id,
        answers_id=case.document_id,
        addressee=case.client_name,
        access_keys=[f"unit:{case.unit_id}", "role:clerk"],
    )
    letter.document_id = document.id
    if letter.kind == LetterKind.REFUSAL:
        deciding.letter_sent(actor, letter, document)
        return
    delivery = exchange.queue_delivery(
        actor,
        document_id=document.id,
        recipient=case.client_address,
        recipient_name=case.client_name,
        title=title,
        files=files,
        case_id=case.id,
    )
    letter.delivery_id = delivery.id
    add_step(actor, case, "letter_sent", note=title, document_id=document.id, delivery_id=delivery.id)
