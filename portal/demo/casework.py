"""Service cards, cases in different states, and a message that waits in the sandbox's post office."""

import hashlib
import io
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from portal.cases import service as cases
from portal.demo.time import at
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings

SERVICES: tuple = (  # code, index, name, unit, working days, months, keywords, legal basis
    ("PA-0000-001", "IES", "Iesnieguma izskatīšana", "1", 10, None, [], "Iesniegumu likuma 5. panta trešā daļa", True),
    ("PA-1001-001", "ZN", "Zemes noma", "2", None, 1, ["zem nom"], "Administratīvā procesa likuma 64. pants", False),
    ("PA-1001-002", "CEĻ", "Ceļa un ielas remonta pieteikums", "2", 10, None, ["ceļ remont", "iel remont"],
     "Iesniegumu likuma 5. pants", False),
    ("PA-1001-003", "BŪV", "Būvniecības ieceres izskatīšana", "3", None, 1, ["būvniecīb iecer"],
     "Būvniecības likuma 12. pants", False),
    ("PA-1001-004", "NIN", "Nekustamā īpašuma nodokļa atvieglojums", "4-1", None, 1, ["nodokļ atvieglojum"],
     "Likuma „Par nekustamā īpašuma nodokli” 5. pants", False),
    ("PA-1001-005", "DZP", "Dzīvokļa pabalsts", "5", None, 1, ["pabalst dzīvokļ"],
     "Sociālo pakalpojumu un sociālās palīdzības likums", False),
    ("PA-1001-006", "PII", "Vieta pirmsskolas izglītības iestādē", "6", None, 1, ["bērnudārz"],
     "Izglītības likuma 17. pants", False),
    ("PA-1001-007", "ĪPA", "Pašvaldības īpašuma atsavināšana", "7", None, 1, ["atsavināšan"],
     "Publiskas personas mantas atsavināšanas likums", False),
    ("PA-1001-008", "KOK", "Atļauja koku ciršanai ārpus meža", "2", 10, None, ["kok ciršan"],
     "Meža likuma 8. pants", False),
    ("PA-1001-009", "PAS", "Publiska pasākuma atļauja", "1", 10, None, ["pasākum"],
     "Publisku izklaides un svētku pasākumu drošības likums", False),
    ("PA-1001-010", "KAP", "Kapavietas piešķiršana", "9", 10, None, ["kapaviet"],
     "Pašvaldības saistošie noteikumi", False),
    ("PA-1001-011", "APG", "Ielu apgaismojuma bojājumu pieteikums", "9", 10, None, ["apgaismojum"],
     "Iesniegumu likuma 5. pants", False),
)  # fmt: skip


def offer(town):
    """The twelve service cards."""
    for code, index, name, unit, days, months, keywords, basis, general in SERVICES:
        cases.save_service(
            SYSTEM, code, index=index, name=name, description=f"{name}: pieteikums pašvaldībai un tā izskatīšana.",
            unit_id=town.units[unit].id, term_working_days=days, term_months=months, keywords=keywords,
            legal_basis=basis, is_general=general, result_description="Lēmums vai atbilde oficiālajā e-adresē",
        )  # fmt: skip


def work(town, writer, days_ago):
    """Cases opened so many days ago: every third still waits for its responsible person, some run late, some ended."""
    clerk = town.actors["anna"]
    registers = {register.code: register for register in documents.list_registers(SYSTEM)}
    for turn, ago in enumerate(days_ago):
        service = SERVICES[1:][turn % 11]
        who, day = writer.person(), clock.next_working_day(clock.today() - timedelta(days=ago))
        if day > clock.today():
            day = clock.today()
        with at(min(clock.at_local(day, 9, 30), clock.now())):
            letter = writer.application()
            document = documents.register(
                clerk, registers["iesniegumi"].id, f"{service[2]}: {who.genitive} iesniegums", day,
                author=who.nominative, summary=letter.text)  # fmt: skip
            case = cases.open_case(clerk, document.id, service[0], client_name=who.nominative, channel="KLATIENE")
        if turn % 3:
            with at(min(clock.at_local(day, 15), clock.now())):
                _assign(town, case, turn)


def _assign(town, case, turn):
    head = identity.head_of(case.unit_id)
    staff = [person for person in identity.people_of_unit(case.unit_id) if person.active]
    if head is None or not staff:
        return
    actor = identity.actor_for(head.id)
    person = next((p for p in staff if p.id == town.actors["liga"].person_id), staff[turn % len(staff)])
    cases.assign(actor, case.id, person.id)
    responsible = identity.actor_for(person.id)
    if turn % 6 == 5:
        cases.withdraw(responsible, case.id, "Iesniedzējs iesniegumu atsauca")
    elif turn % 6 == 4:
        cases.suspend(responsible, case.id, "Gaida Valsts zemes dienesta atzinumu")


def post(folder):
    """Put one message with a signed container and a PDF into the sandbox's post office; returns its id."""
    from portal.sandbox import pki
    from portal.sandbox.store import Store
    from portal.sandbox.vus import post as post_office

    issuer = pki.ensure(folder / "pki")
    container = signed_application(issuer)
    return post_office.deliver(
        Store(folder), sender="_PRIVATE@32000000012", sender_name="Ilze Avotiņa",
        title="Iesniegums par zemes nomu Upmalē",
        description="Lūdzu iznomāt pašvaldības zemesgabalu Upes ielā 7, Upmalē, sakņu dārzam. Iesniegums pielikumā.",
        files=[("iesniegums.asice", "application/vnd.etsi.asic-e+zip", container),
               ("zemesgabala-plans.pdf", "application/pdf", plan_pdf())],
        service_code="PA-1001-001", personal={"given_name": "Ilze", "surname": "Avotiņa"},
    )  # fmt: skip


def signed_application(issuer):
    """An ASiC-E with the application as text, signed by an invented resident's certificate."""
    from portal.sandbox import pki
    from portal.signing import asice
    from portal.signing.asice import container

    text = ("Ozolpils novada pašvaldībai\n\nLūdzu iznomāt zemesgabalu Upes ielā 7, Upmalē, 0,12 ha platībā, sakņu "
            "dārzam uz pieciem gadiem.\n\nIlze Avotiņa\n").encode()  # fmt: skip
    certificate_pem, key_pem = pki.person_credential(issuer, "Ilze", "Avotiņa", "320000-00012")
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    chain = [x509.load_pem_x509_certificate(issuer.ca.read_bytes())]
    moment = clock.now()
    files = [asice.DataFile("iesniegums.txt", "text/plain", hashlib.sha256(text).digest())]
    prepared = asice.prepare(files, certificate, chain, moment)
    key = load_pem_private_key(key_pem, None)
    size = (key.curve.key_size + 7) // 8
    r, s = decode_dss_signature(key.sign(prepared.signed, ec.ECDSA(hashes.SHA256())))
    signature = asice.complete(prepared.xml, r.to_bytes(size, "big") + s.to_bytes(size, "big"))
    target = io.BytesIO()
    container.write(target, [("iesniegums.txt", "text/plain", io.BytesIO(text))], [signature], moment)
    return target.getvalue()


def plan_pdf():
    """A one-page PDF with a sketch of the plot."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4)
    canvas.setTitle("Zemesgabala plāns")
    canvas.drawString(72, 770, "Zemesgabala skice: Upes iela 7, Upmale, 0,12 ha")
    canvas.rect(120, 420, 300, 240)
    canvas.drawString(230, 535, "0,12 ha")
    canvas.save()
    return target.getvalue()


def sandbox_folder():
    """Where the sandbox of this installation keeps what it remembers."""
    return settings().var.parent / "sandbox"
