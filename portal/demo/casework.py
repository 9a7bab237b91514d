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
from portal.demo import words
from portal.demo.outside import sandbox_folder, work_off
from portal.demo.texts import Name
from portal.demo.time import at
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.sandbox import pki, vpvkac
from portal.sandbox.vus import post as post_office
from portal.signing import asice
from portal.signing.adapters.tsa import HttpTimeStamper
from portal.signing.asice import container
from portal.signing.asice.build import value_bytes

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


PLAN = (  # days ago, what became of it, from a company, does the application name a code
    (1, "new", False, True), (2, "assign", False, True), (3, "new", True, True), (4, "ask", False, True),
    (6, "new", False, False), (8, "suspend", True, True), (9, "forward", False, True), (12, "withdraw", False, True),
    (20, "draft", False, True), (24, "suspend", False, True), (33, "assign", False, True), (40, "ask", False, True),
    (45, "assign", True, True), (60, "withdraw", False, True),
)  # fmt: skip
NEIGHBOUR = ("Liepkalna novada pašvaldība", "_DEFAULT@90000000002")


def work(town, writer):
    """Applications on paper: some still wait for their responsible person, some run late, some wait or have ended."""
    clerk = town.actors["anna"]
    register = next(one for one in documents.list_registers(SYSTEM) if one.code == "iesniegumi")
    for turn, (ago, act, of_company, named) in enumerate(PLAN):
        service = SERVICES[1:][turn % 11]
        who, code, address = _client(writer, of_company) if named else (writer.person(), "", "")
        day = min(clock.next_working_day(clock.today() - timedelta(days=ago)), clock.today())
        with at(min(clock.at_local(day, 9, 30), clock.now())):
            document = documents.register(
                clerk, register.id, f"{service[2]}: {who.genitive} iesniegums", day,
                author=who.nominative, summary=writer.application().text)  # fmt: skip
            case = cases.open_case(clerk, document.id, service[0], client_name=who.nominative, client_code=code,
                                   without_code=not code, client_address=address)  # fmt: skip
        if act != "new":
            with at(min(clock.at_local(day, 15), clock.now())):
                responsible = assign(town, case)
            following = clock.at_local(clock.next_working_day(day + timedelta(days=1)), 11)
            with at(min(following, clock.now())):
                _go_on(responsible, case, act, writer)
                work_off()
    work_off()


def _client(writer, of_company):
    if of_company:
        name, number = writer.random.choice(list(zip(words.COMPANIES, words.COMPANY_NUMBERS, strict=True)))
        return Name(name, name, name), number, f"_DEFAULT@{number}"
    code = writer.code()
    return writer.person(), code, f"_PRIVATE@{code}"


def assign(town, case):
    """The head of the unit names the responsible employee, Līga where she works. Returns their actor."""
    staff = [person for person in identity.people_of_unit(case.unit_id) if person.active]
    person = next((p for p in staff if p.id == town.actors["liga"].person_id), staff[-1])
    cases.assign(identity.actor_for(identity.head_of(case.unit_id).id), case.id, person.id)
    return identity.actor_for(person.id)


def _go_on(responsible, case, act, writer):
    if act == "ask":
        cases.request_information(responsible, case.id, "Lūdzu, iesniedziet zemesgabala robežu plānu.")
    elif act == "suspend":
        cases.suspend(responsible, case.id, "Gaida valsts iestādes atzinumu.")
    elif act == "withdraw":
        cases.withdraw(responsible, case.id, "Iesniedzējs iesniegumu atsauca.")
    elif act == "forward":
        cases.forward(responsible, case.id, *NEIGHBOUR, "Īpašums atrodas kaimiņu novada teritorijā.")
    elif act == "draft":
        letter = writer.decision()
        cases.save_draft(responsible, case.id, letter.title, letter.text)


def post(store):
    """Put one message with a signed container and a PDF into the sandbox's post office; returns its id.
    Needs the outside systems to answer: the signature carries a time stamp."""
    text = ("Ozolpils novada pašvaldībai\n\nLūdzu iznomāt zemesgabalu Upes ielā 7, Upmalē, 0,12 ha platībā, sakņu "
            "dārzam uz pieciem gadiem.\n\nIlze Avotiņa\n")  # fmt: skip
    application = signed(pki.ensure(sandbox_folder() / "pki"), text, "Ilze", "Avotiņa", "320000-00012")
    return post_office.deliver(
        store, sender="_PRIVATE@32000000012", sender_name="Ilze Avotiņa",
        title="Iesniegums par zemes nomu Upmalē",
        description="Lūdzu iznomāt pašvaldības zemesgabalu Upes ielā 7, Upmalē, sakņu dārzam. Iesniegums pielikumā.",
        files=[("iesniegums.asice", "application/vnd.etsi.asic-e+zip", application),
               ("zemesgabala-plans.pdf", "application/pdf", plan_pdf())],
        service_code="PA-1001-001", personal={"given_name": "Ilze", "surname": "Avotiņa"},
    )  # fmt: skip


def ask_at_centre(store):
    """Two applications filled in at the one-stop shop: one for a service of ours, one for a service of nobody."""
    client = {"type": "natural", "code": "32000000025", "codeType": "PK", "name": "Juris Ozoliņš", "phone": "29000000"}
    own = vpvkac.fill_in(
        store, service_code="PA-1001-008", client=client, answer_channel="KLATIENE",
        data={"Zemes vienība": "Kalniņi, kadastra Nr. 42000010077", "Koki": "trīs bērzi", "Iemesls": "apdraud ēku"},
        files=[("zemesgabala-plans.pdf", "application/pdf", plan_pdf())],
    )  # fmt: skip
    company = {"type": "legal", "code": "40003000017", "codeType": "UR", "name": "SIA Upmales maize",
               "eaddressActive": True}  # fmt: skip
    return own, vpvkac.fill_in(
        store, service_code="PA-2002-001", client=company, answer_channel="EADRESE",
        data={"Tirdzniecības vieta": "Upmales tirgus laukums", "Datums": "2026-12-12"},
    )  # fmt: skip


def signed(issuer, text, given_name, family_name, code):
    """An ASiC-E with an application as text, signed by an invented resident's certificate and time-stamped."""
    data = text.encode()
    certificate_pem, key_pem = pki.person_credential(issuer, given_name, family_name, code)
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    chain = [x509.load_pem_x509_certificate(issuer.ca.read_bytes())]
    moment = clock.now()
    files = [asice.DataFile("iesniegums.txt", "text/plain", hashlib.sha256(data).digest())]
    prepared = asice.prepare(files, certificate, chain, moment)
    key = load_pem_private_key(key_pem, None)
    size = (key.curve.key_size + 7) // 8
    r, s = decode_dss_signature(key.sign(prepared.signed, ec.ECDSA(hashes.SHA256())))
    value = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    token = HttpTimeStamper().stamp(value_bytes(prepared.xml, value))
    signature = asice.complete(prepared.xml, value, token)
    target = io.BytesIO()
    container.write(target, [("iesniegums.txt", "text/plain", io.BytesIO(data))], [signature], moment)
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
