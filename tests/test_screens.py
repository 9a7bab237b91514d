"""Every page of the portal in a real browser, over the demonstration municipality: no accessibility violation, nothing
over the edge at 1280, 820 and 390 px, no error in the console, one heading.

With PKIP_PICTURES=1 pictures of all pages are kept under var/screens, to be looked at."""

import io
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from portal.admin import service as admin
from portal.admin.models import IncidentKind
from portal.audit import service as audit
from portal.audit.models import AuditRecord
from portal.cases import service as cases
from portal.cases.models import Case, ShopApplication
from portal.council import service as council
from portal.council.models import (
    ActKind,
    Amendment,
    AmendmentState,
    Ballot,
    BallotWay,
    Decision,
    Matter,
    Minutes,
    OpenObject,
    Regulation,
    Session,
    SessionKind,
    SessionState,
    Statement,
)
from portal.demo import accounts, casework, load
from portal.documents import service as documents
from portal.documents.models import AccessRequest, Document, DocumentFile, Draft, Restriction, Template
from portal.exchange import service as exchange
from portal.exchange.models import Message
from portal.identity import service as identity
from portal.identity.models import DirectoryRun, FederationProvider, Person, RunState
from portal.identity.service import clients, directory, factors, tokens
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db, new_id
from portal.sandbox import vus
from portal.search import service as search
from portal.signing import service as signing
from portal.signing.models import TrustList
from portal.storage import service as storage
from portal.store.models import StoreItem
from portal.workflow import service as workflow
from portal.workflow.models import Task, TaskState
from portal.workplace import service as workplace
from portal.workplace.models import Board
from tests.conftest import PASSWORD, serving

ROOT = Path(__file__).resolve().parents[1]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
SHOTS = ROOT / "var" / "screens"
PICTURES = bool(os.environ.get("PKIP_PICTURES"))  # they take time, and a check needs none
SIZES = {"wide": (1280, 800), "tablet": (820, 1180), "phone": (390, 844)}
DRAFT = """Pamatojoties uz Pašvaldību likuma 10. panta pirmās daļas 21. punktu, dome nolemj:

1. Atjaunot Upes ielas apgaismojumu Upmalē 2027. gadā, izmantojot pašvaldības budžeta līdzekļus 18 400,00 € apmērā.
2. Uzdot Komunālajai nodaļai līdz 1. martam sagatavot iepirkuma dokumentus."""
AWAY = "_PRIVATE@32000000099"  # a recipient without an e-address account

# how an application asks for somebody's sign-in
ASKS = {
    "response_type": "code",
    "client_id": "gis",
    "redirect_uri": "https://gis.example/callback",
    "scope": "openid profile email org documents.read offline_access",
    "code_challenge": "c" * 43,
    "code_challenge_method": "S256",
}

# what answers a GET with something else than a page
NOT_PAGES = {
    "live.public_stream",
    "store.file",
    "store.preview",
    "docs.try_api",  # Swagger UI as it comes; the same is told by docs.api
    "identity.person_picture",
    "identity.step",  # only at the door: tests/identity/test_passkeys.py
    "people.act_for_menu",
    "people.export",
    "search.export",
    "search.offers",
    "search.open_saved",
    "people.suggest",
    "static",
    "live.stream",
    "archive.inventory",
    "archive.package",
    "audit.export",
    "audit.object_proof",
    "audit.proof",
    "audit.public_key",
    "audit.verifier_script",
    "cases.export",
    "control.export",
    "control.feed",
    "control.term",
    "directory.certificate",
    "council.matter_file",
    "council.materials_file",
    "council.session_calendar",
    "council.recording_file",
    "council.minutes_word",
    "oparl.bodies",
    "oparl.body",
    "oparl.meetings_of",
    "oparl.objects",
    "oparl.one",
    "oparl.system",
    "public.calendar",
    "public.file",
    "public.recording",
    "public.rss",
    "council.health",  # a part of the desk
    "council.my_tablet",  # leads to the tablet of the session that goes on
    "council.my_votes_table",
    "council.roll_call",
    "council.tablet_manifest",
    "council.tablet_worker",
    "council.year_calendar",
    "documents.export",
    "documents.export_plan",
    "documents.inside",
    "documents.preview",
    "documents.preview_picture",
    "documents.ready_file",
    "documents.file",
    "documents.draft_file",
    "documents.template_file",
    "documents.scan_pages",
    "documents.separators_pdf",
    "federation.callback",
    "federation.finish",  # only on the way back from a provider: tests/identity/test_federation.py
    "federation.keys",
    "federation.metadata",
    "federation.slo",
    "federation.start",
    "workplace.bar",
    "workplace.bar_stream",
    "workplace.elements_css",
    "workplace.fresh",
    "workplace.logo",
    "workplace.look_css",
    "workplace.script",
    "sign_on.discovery",
    "sign_on.keys",
    "sign_on.oauth_metadata",
    "sign_on.userinfo",
    "signing.approval_file",
    "signing.container",
    "signing.file",
}

pytestmark = pytest.mark.browser


# --- the municipality -------------------------------------------------------------------------------------------------


@pytest.fixture
def town(app, sandbox, run_jobs):
    """The demonstration municipality, a little further on: an application came by e-address and its decision is
    signed, another was rejected, one delivery failed, the council sits and votes. Gives one object of every kind."""
    load(lambda text: None, scale=0.02)
    casework.post(sandbox.store)
    casework.ask_at_centre(sandbox.store)
    run_jobs(periodic=True)
    who = {account.username: _actor(account.username) for account in accounts.ACCOUNTS}
    liga, oskars = who["liga"], who["oskars"]
    granted = _some(Case, Case.channel == "EADRESE")[-1]
    rejected, waiting, preparing, refused = [_open_case(who["anna"], number) for number in range(4)]
    cases.assign(who["bruno"], preparing.id, liga.person_id)
    committee = next(body for body in council.list_bodies(SYSTEM) if body.is_committee)
    dome = council.council_of(SYSTEM)
    for case in (granted, rejected, refused):
        cases.assign(who["bruno"], case.id, liga.person_id)
        cases.submit_draft(liga, case.id, case.title, "Nolemj: iznomāt zemesgabalu.", committee.id)
    _sit(who, committee, {granted.id: "par", rejected.id: "par", refused.id: "par"})
    held = _sit(who, dome, {granted.id: "par", rejected.id: "pret", refused.id: "pret"})
    run_jobs()
    cases.refuse_application(liga, refused.id, "Zemesgabals ir rezervēts bērnudārza paplašināšanai.")
    decided = _one(Decision, Decision.matter_id.in_(sa.select(Matter.id).where(Matter.case_id == granted.id)))
    signature = _one(signing.SignatureRequest, signing.SignatureRequest.about_id == decided.id)
    signing.sign(who["janis"], signature.id, accounts.PIN)
    run_jobs()
    title = "Par Upes ielas apgaismojuma atjaunošanu Upmalē"
    council.propose(who["sarma"], title=title, draft_text=DRAFT, kind=ActKind.INDIVIDUAL, body_id=dome.id)
    running = _sit(who, dome, None)
    planned = _one(Session, Session.state == SessionState.PLANNED, Session.body_id == dome.id)
    asked = _ask_to_sign(who["janis"])
    together = signing.sign_many(who["janis"], [_ask_to_sign(who["janis"]).id], accounts.PIN)
    approval = _ask_to_approve(who)
    container = signing.get_container(who["janis"], signature.id)
    report = signing.request_check(who["anna"], container.container_name, storage.open(container.container_sha256))
    verification = audit.request_verification(oskars)
    vus.script(sandbox.store, AWAY, "no_account")
    delivery = _send(liga, granted)
    flow = workflow.start_action(who["anna"], "incoming", "Sagatavot atbildi par bērnu laukumu", "Zvanīja iedzīvotāja")
    workflow.add_flow_rule(who["edgars"], "invoice", keyword="rēķins")
    flow_task = _one(Task, Task.run_id == flow.id)
    synonyms = search.list_synonyms(who["anna"])[0]
    run_jobs()
    return SimpleNamespace(**locals())


def _open_case(clerk, number):
    """A paper application for land, registered today."""
    register = next(one for one in documents.list_registers(clerk) if one.code == "iesniegumi")
    name = ("Andris Zvirbulis", "Marta Egle", "Juris Liepa", "Velta Ozola")[number]
    came = documents.register(clerk, register.id, f"Iesniegums par zemes nomu: {name}", clock.today(), author=name)
    return cases.open_case(clerk, came.id, "PA-1001-001", client_name=name, without_code=True)


def _actor(username):
    return identity.actor_for(_one(Person, Person.username == username).id)


def _some(model, *conditions):
    return list(db.session.scalars(sa.select(model).where(*conditions).order_by(model.id)))


def _one(model, *conditions):
    return _some(model, *conditions)[0]


def _sit(who, body, votes):
    """A session of the body over the matters of these cases; everyone votes as said, then it is closed.
    votes: None for a session that goes on, a vote open and half given. Returns the session."""
    sarma, janis = who["sarma"], who["janis"]
    members = [identity.actor_for(one.id) for one in council.members_of(body.id)]
    when = clock.now() + clock.timedelta(days=6)
    session = council.create_session(sarma, body.id, SessionKind.REGULAR, when, "Domes sēžu zāle", template=False)
    pool = council.pool(sarma, body.id)
    for matter in pool:
        if votes is None or matter.case_id in votes:
            council.place(sarma, session.id, matter.id)
    council.invite(sarma, session.id)
    for member in members[: 9 if votes is None else None]:
        council.check_in(member, session.id)
    if votes is None:
        council.check_in(who["dace"], session.id)
    council.open_session(janis, session.id)
    for matter in _some(Matter, Matter.session_id == session.id):
        council.open_matter(janis, matter.id)
        by_hands = votes is not None and not body.is_committee and votes[matter.case_id] == "par"
        tellers = [who["sarma"], who["dace"]] if by_hands else []
        ballot = council.open_ballot(
            janis, matter.id, way=BallotWay.HANDS if by_hands else BallotWay.TABLET,
            tellers=[one.person_id for one in tellers],
        )  # fmt: skip
        for teller in tellers:
            council.enter_sheet(teller, ballot.id, {str(one.person_id): votes[matter.case_id] for one in members})
        if votes is None:
            for member in [one for one in members[:9] if one.person_id not in (janis.person_id, who["dace"].person_id)]:
                council.cast_vote(member, ballot.id, "par")
            break
        for member in [] if by_hands else members:
            council.cast_vote(member, ballot.id, votes[matter.case_id])
        council.close_ballot(janis, ballot.id)
    if votes is not None:
        council.close_session(janis, session.id)
        council.draft_minutes(sarma, session.id)
    db.session.commit()
    return session


def _ask_to_sign(signer):
    """A paper that waits for this person's signature."""
    paper = storage.put(SYSTEM, b"Pilnvara")
    files = [("pilnvara.txt", "text/plain", paper.sha256)]
    return signing.request(
        SYSTEM, about_kind="trial", about_id=new_id(), title="Pilnvara Nr. 7", files=files, signers=[signer.person_id]
    )


def _ask_to_approve(who):
    """A letter that one has approved with a remark and another has still to approve."""
    letter = storage.put(SYSTEM, "Ceļu remontēs maijā.".encode())
    found = signing.ask_approval(
        who["anna"],
        about_kind="trial",
        about_id=new_id(),
        title="Atbilde par ceļu",
        file=("atbilde.txt", "text/plain", letter.sha256),
        approvers=[who["bruno"].person_id, who["janis"].person_id],
    )
    remarks = [("remontēs maijā", "Jāsaka, kurā gadā.")]
    return signing.answer_approval(who["bruno"], found.id, "with_remarks", remarks=remarks)


def _send(actor, case):
    """Queue a letter to somebody without an e-address account."""
    blob = storage.put(SYSTEM, b"Atbilde")
    files = [("atbilde.txt", "text/plain", blob.sha256, blob.size_bytes)]
    found = exchange.queue_delivery(
        actor, document_id=case.document_id, case_id=case.id, title="Atbilde par zemes nomu", files=files,
        recipient=AWAY, recipient_name="Ilze Avotiņa",
    )  # fmt: skip
    db.session.commit()
    return found


def incident_pages(actor):
    """The journal with one entry of yesterday."""
    incident = admin.enter_incident(
        actor, "Pikšķerēšanas vēstule kancelejā", IncidentKind.MALWARE, clock.now() - clock.timedelta(hours=20),
        "Vēstule ar viltotu rēķinu; pielikums netika atvērts.", personal_data=True,
    )  # fmt: skip
    admin.note_incident(actor, incident.id, "Sūtītājs bloķēts, darbinieki brīdināti.")
    db.session.commit()
    return [
        ("incidents", "edgars", "admin.incidents", {}),
        ("incident-new", "edgars", "admin.new_incident", {}),
        ("incident", "edgars", "admin.incident", {"incident_id": incident.id}),
    ]


def archive_pages(clerk):
    """Files of a year long ago: one whose term has ended stands in an act, one is handed over, one is kept back."""
    plan = documents.make_plan(clerk, 2015)
    kept = {"retention": "years", "retention_years": 5, "carrier": "paper"}
    letters, _invoices = (
        documents.save_dossier(clerk, plan.id, index=index, title=title, **kept)
        for index, title in (("2.1", "Sarakste ar ministrijām"), ("2.2", "Sarakste ar uzņēmumiem"))
    )
    decisions = documents.save_dossier(clerk, plan.id, index="1.1", title="Domes lēmumi", retention="permanent")
    contracts = documents.save_dossier(
        clerk, plan.id, index="3.1", title="Nomas līgumi", retention="event", retention_years=10,
        retention_event="līguma izbeigšana",
    )  # fmt: skip
    for state in ("agreed", "in_force", "closed"):
        documents.move_plan(clerk, plan.id, state, agreed_note="LNA lēmums Nr. 12")
    documents.place_hold(clerk, contracts.id, "Tiesvedība lietā C30112326")
    act = documents.make_act(clerk, [letters.id])
    handover = documents.ask_handover(clerk, [decisions.id])
    documents.make_package(handover.id)
    db.session.commit()
    return [
        ("archive", "anna", "archive.files", {}),
        ("archive-permanent", "anna", "archive.files", {"what": "permanent"}),
        ("archive-file", "anna", "archive.file", {"dossier_id": contracts.id}),
        ("archive-acts", "anna", "archive.acts", {}),
        ("archive-act", "anna", "archive.act", {"act_id": act.id}),
        ("archive-handovers", "anna", "archive.handovers", {}),
        ("archive-handover", "anna", "archive.handover", {"handover_id": handover.id}),
    ]


def _application(actor):
    """An application that signs people in and asks each for consent."""
    scopes = ["openid", "profile", "email", "org", "documents.read", "offline_access"]
    made, _secret = clients.register(
        actor, "gis", name="Ģeotelpiskās informācijas sistēma", auth_method="client_secret_basic", scopes=scopes,
        grant_types=["authorization_code", "refresh_token"], redirect_uris=[ASKS["redirect_uri"]],
        logout_uri="https://gis.example/sign-out-notices", asks_consent=True,
    )  # fmt: skip
    return made


def drafting_pages(anna):
    """Drafts and templates: the demonstration's draft has two versions."""
    draft, template, held = _one(Draft), _one(Template), {"document_id": _one(Restriction).document_id}
    return [
        ("document-before", "anna", "documents.before", held),
        ("document-restricted", "anna", "documents.access", held),
        ("document-restrict", "anna", "documents.restrict", held),
        ("document-access-request", "anna", "documents.access_request", {"request_id": _one(AccessRequest).id}),
        ("document-why", "liga", "documents.why", held),
        ("documents-restricted", "anna", "documents.restricted", {}),
        ("documents-levels", "edgars", "documents.levels", {}),
        ("drafts", "anna", "documents.drafts", {}),
        ("drafts-none", "anna", "documents.drafts", {"state": "cancelled"}),
        ("draft", "anna", "documents.draft", {"draft_id": draft.id}),
        ("draft-compare", "anna", "documents.draft_compare", {"draft_id": draft.id}),
        ("draft-answer", "anna", "documents.new_draft", {"answers": draft.answers_id}),
        ("draft-new", "liga", "documents.new_draft", {}),
        ("templates", "anna", "documents.templates", {}),
        ("template", "anna", "documents.template", {"template_id": template.id}),
    ]


def draft_pages(town):
    """Drafts on their way, one with an amendment that has to be put into the text, and regulations in force."""
    sarma = town.who["sarma"]
    amendment = _one(Amendment)
    council.propose_amendment(
        sarma, amendment.matter_id, author_id=town.who["dace"].person_id, new_text="Paziņot ļaudīm."
    )
    free = _some(Amendment)[-1]
    free.state = AmendmentState.ACCEPTED
    asked = _one(Regulation)
    matter = council.propose(
        sarma, title="Par kapsētām", draft_text="Kapsētas ir koptas.", kind=ActKind.EXTERNAL_REGULATION,
        body_id=town.dome.id,
    )  # fmt: skip
    valid = council.begin_regulation(sarma, matter.id, "other")
    yesterday = clock.today() - clock.timedelta(days=1)
    valid.number, valid.text, valid.gazette_number = "1/2026", "Kapsētas ir koptas.", "2026/12.3"
    valid.signed_on = valid.gazette_on = valid.published_on = valid.in_force_on = yesterday
    template = council.list_templates()[0]
    council.add_check(sarma, "Tiesiskums", town.who["bruno"].person_id)
    db.session.commit()
    return [
        ("matters", "sarma", "council.matters", {}),
        ("matters-none", "dace", "council.matters", {"q": "nekā tāda nav"}),
        ("matter-amended", "sarma", "council.matter", {"matter_id": amendment.matter_id}),
        ("matter-versions", "dace", "council.matter_versions", {"matter_id": amendment.matter_id}),
        ("matter-merge", "sarma", "council.merge_amendments", {"matter_id": amendment.matter_id}),
        ("drafts-settings", "sarma", "council.draft_settings", {}),
        ("draft-template-new", "sarma", "council.new_template", {}),
        ("draft-template", "sarma", "council.edit_template", {"template_id": template.id}),
        ("regulations", "sarma", "council.regulations", {}),
        ("regulation", "sarma", "council.regulation", {"regulation_id": asked.id}),
        ("public-regulations", None, "public.regulations", {}),
        ("public-regulation", None, "public.regulation", {"regulation_id": valid.id}),
        ("public-consultation", None, "public.consultation", {"regulation_id": asked.id}),
    ]


def public_pages(town):
    """A signed decision is published with a name covered; the session's recording is there and public."""
    sarma = town.who["sarma"]
    decision = _one(Decision, Decision.signed_at.is_not(None))
    session = _one(Session, Session.id == decision.session_id)
    minutes = _one(Minutes, Minutes.session_id == town.held.id)
    council.update_minutes(sarma, minutes.id, {"other": "Sēdi pārraidīja tiešraidē."})
    covers = [{"text": decision.title.split()[-1], "reason": "personas dati"}]
    council.approve_covers(SYSTEM, council.mark_covers(sarma, "decision", decision.id, covers).id)
    published = council.publish_paper(sarma, "decision", decision.id)
    sound = storage.put(SYSTEM, b"OggS" + bytes(100), name="sede.ogg")
    council.set_recording(sarma, session.id, name="sede.ogg", sha256=sound.sha256, size=sound.size_bytes)
    council.publish_recording(sarma, session.id)
    council.make_published(published.id)
    drafts = [line.matter.id for line in council.drafts_for_public(sarma, town.running.id)[1]]
    council.publish_drafts(sarma, town.running.id, {matter_id: [] for matter_id in drafts})
    council.refresh_all()
    db.session.commit()
    return [
        ("public-paper", "sarma", "council.public_paper", {"kind": "decision", "paper_id": decision.id}),
        ("recording", "sarma", "council.recording", {"session_id": session.id}),
        ("public-drafts-set", "sarma", "council.open_drafts", {"session_id": town.running.id}),
        ("public-drafts", None, "public.drafts", {}),
        (
            "public-draft",
            None,
            "public.draft",
            {"paper_id": _one(OpenObject, OpenObject.find_text.contains("@draft")).id},
        ),
        ("decision", "sarma", "council.decision", {"decision_id": decision.id}),
        ("minutes-versions", "sarma", "council.minutes_versions", {"minutes_id": minutes.id}),
        ("public-sessions", None, "public.sessions", {}),
        ("public-sessions-none", None, "public.sessions", {"q": "nekā tāda nav"}),
        ("public-session", None, "public.session", {"session_id": session.id}),
        ("public-decisions", None, "public.decisions", {}),
        ("public-decision", None, "public.decision", {"decision_id": decision.id}),
    ]


def pages(town):
    """Every page: (name of its picture, who opens it, endpoint, its parameters)."""
    document = _one(Document, Document.id == town.granted.result_document_id)
    came = _one(Document, Document.id == town.granted.document_id)
    plain = _one(
        Document, Document.id.in_(sa.select(DocumentFile.document_id).where(DocumentFile.name == "teksts.txt"))
    )
    message = _one(Message)
    record = _one(AuditRecord, AuditRecord.action == "council.decision_numbered")
    done = _one(Task, Task.state == TaskState.DONE, Task.done_by_id == town.who["bruno"].person_id)
    minutes = _one(Minutes, Minutes.session_id == town.held.id)
    heard = _one(Matter, Matter.session_id == town.held.id)
    pooled = _one(Matter, Matter.session_id.is_(None))
    application = _application(town.who["edgars"])
    tokens.consent(town.who["liga"], application, "openid profile")
    early = (clock.today() - clock.timedelta(days=60)).isoformat()
    return [
        ("work-clerk", "anna", "workplace.home", {}),
        ("work-head", "bruno", "workplace.home", {}),
        ("work-specialist", "liga", "workplace.home", {}),
        ("work-chair", "janis", "workplace.home", {}),
        ("work-nothing", "edgars", "workplace.home", {}),
        ("help", "anna", "workplace.help_page", {}),
        *own_pages(town.who["anna"]),
        *workplace_pages(town.who["edgars"]),
        ("documents", "anna", "documents.list", {}),
        ("documents-none", "anna", "documents.list", {"q": "nekā tāda nav"}),
        ("document-decision", "liga", "documents.show", {"document_id": document.id}),
        ("document-application", "liga", "documents.show", {"document_id": came.id}),
        ("document-plain", "anna", "documents.show", {"document_id": plain.id}),
        ("document-access", "anna", "documents.access", {"document_id": plain.id}),
        ("document-history", "anna", "documents.history", {"document_id": came.id}),
        ("document-edit", "anna", "documents.edit", {"document_id": plain.id}),
        ("document-annul", "anna", "documents.annul", {"document_id": plain.id}),
        *resolution_pages(town),
        ("document-register", "anna", "documents.register", {}),
        ("document-scans", "anna", "documents.scans", {}),
        *drafting_pages(town.who["anna"]),
        ("document-separators", "anna", "documents.separators", {}),
        *registry_setup(town.who["anna"]),
        ("search-empty", "anna", "search.results", {}),
        ("search", "anna", "search.results", {"q": "iesniegums"}),
        ("search-none", "anna", "search.results", {"q": "kokteilbārs"}),
        ("search-parts", "anna", "search.results", {"q": "(iela VAI ceļš) -tilts pēc:2025 veids:ābols"}),
        ("search-list", "anna", "search.results", {"q": "iela", "sort": "title", "kind": "document"}),
        ("search-help", "anna", "search.help_page", {}),
        ("search-synonyms", "anna", "search.synonyms", {}),
        ("search-synonym-group", "anna", "search.synonym_group", {"group_id": town.synonyms.id}),
        ("cases", "bruno", "cases.list", {}),
        ("case", "anna", "cases.show", {"case_id": town.granted.id}),
        ("case-assign", "bruno", "cases.assign", {"case_id": town.waiting.id}),
        ("case-prepare", "liga", "cases.draft", {"case_id": town.preparing.id}),
        ("case-deliver", "liga", "cases.deliver", {"case_id": town.granted.id}),
        ("case-refuse", "liga", "cases.refuse", {"case_id": town.rejected.id}),
        ("case-hand-over", "liga", "cases.hand_over", {"case_id": town.refused.id}),
        ("case-shop", "anna", "cases.show", {"case_id": _some(Case, Case.channel == "VPVKAC")[-1].id}),
        ("shop", "anna", "cases.shop", {}),
        (
            "shop-application",
            "anna",
            "cases.shop_application",
            {"application_id": _some(ShopApplication, ShopApplication.problem_code.is_not(None))[-1].id},
        ),
        ("case-new", "anna", "cases.new", {"document": plain.id}),
        ("services", "bruno", "cases.services", {}),
        ("service", "bruno", "cases.service", {"code": "PA-1001-001"}),
        ("task", "bruno", "workflow.task", {"task_id": done.id}),
        ("flows", "anna", "flows.home", {}),
        ("flows-of-it", "edgars", "flows.list", {}),
        ("flow-kind", "anna", "flows.show", {"key": "contract"}),
        ("flow-list", "anna", "flows.edit", {"key": "contract"}),
        ("flow-drawing", "edgars", "flows.draw", {"key": "application"}),
        ("flow-trial", "anna", "flows.trial", {"key": "incoming", "a": ["incoming.s1~Nodot izpildei"]}),
        ("flow-rules", "anna", "flows.rules", {"document": plain.id}),
        ("flow-begin", "liga", "flows.begin", {}),
        ("flow-document", "anna", "flows.of_document", {"document_id": plain.id}),
        ("flow-run", "anna", "flows.run", {"run_id": town.flow.id}),
        ("flow-step", "bruno", "flows.step", {"task_id": town.flow_task.id}),
        ("council-secretary", "sarma", "council.home", {}),
        ("council-member", "dace", "council.home", {}),
        ("council-body", "sarma", "council.body", {"body_id": town.dome.id}),
        ("council-body-edit", "sarma", "council.edit_body", {"body_id": town.dome.id}),
        ("council-body-new", "sarma", "council.new_body", {}),
        ("council-year", "sarma", "council.year", {}),
        ("council-year-plan", "sarma", "council.plan_year", {"body_id": town.dome.id, "year": clock.today().year + 1}),
        ("council-interests", "sarma", "council.interests", {}),
        ("council-interests-own", "dace", "council.interests", {}),
        ("council-statements", "sarma", "council.statements", {"body_id": town.dome.id}),
        ("council-statement-count", "sarma", "council.count_statement", {"body_id": town.dome.id, "since": early}),
        ("council-statement", "janis", "council.statement", {"statement_id": _one(Statement).id}),
        ("council-history", "dace", "council.body_history", {"body_id": town.dome.id}),
        ("council-convocation", "sarma", "council.convocation", {}),
        ("council-decisions", "dace", "council.decisions", {}),
        ("session-new", "sarma", "council.new_session", {}),
        ("session-planned", "sarma", "council.session", {"session_id": town.planned.id}),
        ("session-running", "sarma", "council.session", {"session_id": town.running.id}),
        ("session-held", "dace", "council.session", {"session_id": town.held.id}),
        ("session-materials", "sarma", "council.materials", {"session_id": town.planned.id}),
        ("session-pool", "sarma", "council.pool", {"session_id": town.planned.id}),
        ("session-attendance", "sarma", "council.attendance", {"session_id": town.running.id}),
        ("session-desk", "janis", "council.desk", {"session_id": town.running.id}),
        ("session-count", "sarma", "council.count", {"ballot_id": _one(Ballot, Ballot.way == BallotWay.HANDS).id}),
        ("session-acts", "janis", "council.acts", {"session_id": town.running.id}),
        ("procedure", "sarma", "council.procedure", {}),
        ("session-tablet", "dace", "council.tablet", {"session_id": town.running.id}),
        ("session-tablet-interest", "dace", "council.tablet", {"session_id": town.running.id, "interest": 1}),
        ("session-papers", "dace", "council.papers", {"session_id": town.running.id}),
        ("my-votes", "dace", "council.my_votes", {}),
        ("public-live", None, "public.live", {}),
        ("session-hall", "sarma", "council.hall", {"session_id": town.running.id}),
        ("session-hall-white", "sarma", "council.hall", {"session_id": town.running.id, "theme": "white"}),
        ("matter", "dace", "council.matter", {"matter_id": heard.id}),
        *draft_pages(town),
        *public_pages(town),
        ("matter-edit", "sarma", "council.edit_matter", {"matter_id": pooled.id}),
        ("matter-new", "sarma", "council.new_matter", {}),
        ("minutes", "sarma", "council.minutes", {"minutes_id": minutes.id}),
        ("signing-signed", "janis", "signing.show", {"request_id": town.signature.id}),
        ("signing-check", "anna", "signing.check", {}),
        ("signing-checked", "anna", "signing.checked", {"report_id": town.report.id}),
        ("documents-send", "anna", "documents.send_out", {"document_id": town.preparing.document_id}),
        ("signing-approve", "janis", "signing.approval", {"round_id": town.approval.id}),
        ("signing-approval", "anna", "signing.approval", {"round_id": town.approval.id}),
        ("signing-sheet", "anna", "signing.approval_sheet", {"round_id": town.approval.id}),
        (
            "signing-ask-approval",
            "anna",
            "signing.ask_approval",
            {"kind": "document", "thing_id": town.preparing.document_id},
        ),
        ("signing-ask", "anna", "signing.ask_signature", {"kind": "document", "thing_id": town.preparing.document_id}),
        ("signing-lists", "edgars", "signing.trust_lists", {}),
        ("signing-list", "edgars", "signing.trust_list", {"list_id": _one(TrustList).id}),
        ("signing-many", "janis", "signing.many", {}),
        ("signing-together", "janis", "signing.together", {"batch_id": town.together}),
        ("signing-open", "janis", "signing.show", {"request_id": town.asked.id}),
        ("exchange-out", "anna", "exchange.desk", {}),
        ("exchange-in", "anna", "exchange.desk", {"direction": "in"}),
        ("exchange-delivery", "anna", "exchange.delivery", {"delivery_id": town.delivery.id}),
        ("exchange-delivery-raw", "edgars", "exchange.raw_delivery", {"delivery_id": town.delivery.id}),
        ("exchange-message", "anna", "exchange.message", {"message_id": message.id}),
        ("exchange-message-raw", "edgars", "exchange.raw_message", {"message_id": message.id}),
        ("audit", "oskars", "audit.index", {}),
        ("audit-record", "oskars", "audit.show", {"record_id": record.id}),
        ("audit-seal", "oskars", "audit.seal", {}),
        ("audit-verification", "oskars", "audit.verification", {"verification_id": town.verification.id}),
        *register_of_users(town.who["edgars"]),
        ("admin-state", "edgars", "admin.state", {}),
        ("admin-storage", "edgars", "storage.home", {}),
        ("admin-files", "edgars", "admin.files", {}),
        ("admin-search-index", "edgars", "admin.search_index", {}),
        *incident_pages(town.who["edgars"]),
        *archive_pages(town.who["anna"]),
        ("directory", "edgars", "directory.show", {}),
        ("directory-run", "edgars", "directory.run", {"run_id": _compared().id}),
        ("applications", "edgars", "sign_on.list", {}),
        ("application-new", "edgars", "sign_on.new", {}),
        ("application", "edgars", "sign_on.show", {"client_id": application.id}),
        ("application-edit", "edgars", "sign_on.edit", {"client_id": application.id}),
        ("applications-mine", "liga", "sign_on.mine", {}),
        ("application-consent", "anna", "sign_on.authorize", ASKS),
        ("application-sign-out", "anna", "sign_on.logout", {"client_id": "gis"}),
        ("providers", "edgars", "federation.providers", {}),
        ("provider-new", "edgars", "federation.new", {}),
        ("provider", "edgars", "federation.show", {"provider_id": _one(FederationProvider).id}),
        ("provider-edit", "edgars", "federation.edit", {"provider_id": _one(FederationProvider).id}),
        ("identities-mine", "liga", "federation.links", {}),
        ("left", None, "federation.left", {}),
        ("docs", "edgars", "docs.page", {}),
        *store_pages(),
        ("docs-api", "edgars", "docs.api", {}),
        ("docs-traceability", "edgars", "docs.page", {"name": "traceability"}),
        ("sign-in", None, "identity.sign_in", {}),
    ]


TABLE = "indekss;nosaukums;glabāšanas termiņš\n3-5;Nomas līgumi;10 gadi pēc: līguma izbeigšanas\n3-6;Bez termiņa;drīz\n"


def registry_setup(anna):
    """Registers and what is asked at registration: numbers kept back and explained, a kind with fields of each type."""
    register = next(one for one in documents.list_registers(anna) if one.code == "sanemtie")
    kept = documents.reserve(anna, register.id, 5, "Vēlēšanu iecirkņa papīra dokumenti")
    documents.explain(anna, register.id, kept.year, kept.first, kept.first + 1, "Veidlapas sabojātas")
    one = {"register_id": register.id}
    plan = next(found for found in documents.list_plans() if found.state == "in_force")
    following = documents.plan_of(plan.year + 1)
    row = {"dossier_id": documents.rows_of(following.id)[3].id}
    documents.save_view(anna, "Kavētie iesniegumi", documents.DocumentFilters(register="iesniegumi", late=True), True)
    upload, _problems = documents.receive_uploads(anna, [("shēma.csv", io.BytesIO(TABLE.encode()))])
    table = documents.ask_import(anna, following.id, upload[0])
    documents.read_import(SYSTEM, table.id)
    asked = documents.ask_file(anna, "labels.pdf", "uzlīmes.pdf", {"ids": []})
    document = _some(Document, Document.register_id == register.id)[0]
    return [
        (
            "documents-columns",
            "anna",
            "documents.list",
            {"columns": "author.unit.dossier.extra", "since": "01.01.2026"},
        ),
        ("document-into-dossier", "anna", "documents.put_into", {"document_id": document.id}),
        ("document-ready", "anna", "documents.ready", {"file_id": asked.id}),
        ("plans", "anna", "documents.plans", {}),
        ("plan", "anna", "documents.plan", {"plan_id": plan.id}),
        ("plan-differences", "anna", "documents.plan_differences", {"plan_id": following.id}),
        ("plan-row", "anna", "documents.edit_dossier", row),
        ("plan-row-new", "anna", "documents.new_dossier", {"plan_id": following.id}),
        ("plan-import-new", "anna", "documents.import_plan", {"plan_id": following.id}),
        ("plan-import", "anna", "documents.plan_import", {"import_id": table.id}),
        ("document-register-contract", "anna", "documents.register", {"registration": "contract"}),
        ("registers", "anna", "documents.registers", {}),
        ("register-numbers", "anna", "documents.numbers", one),
        ("register-edit", "anna", "documents.edit_register", one),
        ("register-new", "anna", "documents.new_register", {}),
        ("registration-kinds", "anna", "documents.kinds", {}),
        ("registration-kind", "anna", "documents.edit_kind", {"key": "contract"}),
        ("registration-kind-new", "anna", "documents.new_kind", {}),
    ]


def register_of_users(it):
    """The pages of people, with one of each kind of thing: a unit under another, a group with roles and a member, a
    person with a past and a future, a double, an import with every kind of row; Līga stands in for Bruno."""
    today, day = clock.today(), clock.timedelta(days=1)
    who = {one.username: one for one in identity.list_people(it)}
    unit_id, liga = who["liga"].unit_id, who["liga"]
    group = identity.add_group(it, "krize", "Krīzes vadības grupa", until=today + 90 * day, roles=["clerk"])
    identity.add_member(it, group.id, liga.id, until=today + 30 * day)
    below = identity.add_unit(it, "Projektu grupa", "2-1", unit_id)
    identity.set_head(it, below.id, liga.id)
    identity.move(it, liga.id, below.id, "projektu vadītāja", today + 7 * day, give=["clerk"])
    identity.change_person(it, liga.id, personal_code="32000000017", phone="+371 67000000")
    identity.add_person(it, "Līga", "Ozola", "liga2@ozolpils.example", "", None, "liga2", None)
    bruno = who["bruno"]
    identity.add_substitution(it, bruno.id, liga.id, today, today + 14 * day, "atvaļinājums")
    task = workflow.add_task(SYSTEM, "document.read", "document", new_id(), "Iepazīties ar budžetu", person_id=bruno.id)
    suspended = identity.add_person(it, "Bijušais", "Darbinieks", "b@ozolpils.example", "", None, "bijusais", None)
    identity.suspend(it, suspended.id, "līgums izbeigts")
    rows = ("lietotājvārds;vārds;uzvārds;e-pasts;amats", "jauns;Jauns;Cilvēks;j@x.example;lietvedis",
            "liga;;;;vadītāja", "x!;;;;")  # fmt: skip
    plan = identity.plan_import(it, "personāls.csv", identity.read_table("\n".join(rows).encode()))
    person = {"person_id": liga.id}
    return [
        ("people", "edgars", "people.list", {}),
        ("people-none", "edgars", "people.list", {"q": "nekā tāda nav"}),
        ("people-suspended", "edgars", "people.list", {"state": "suspended"}),
        ("person", "edgars", "people.show", person),
        ("person-suspended", "edgars", "people.show", {"person_id": suspended.id}),
        ("person-edit", "edgars", "people.edit", person),
        ("person-join", "edgars", "people.join", {}),
        ("person-move", "edgars", "people.move", person),
        ("person-leave", "edgars", "people.leave", person),
        ("person-access", "edgars", "people.access", person),
        ("person-substitutes", "edgars", "people.substitutes_of", {"person_id": bruno.id}),
        ("units", "edgars", "people.units", {}),
        ("unit", "edgars", "people.unit", {"unit_id": below.id}),
        ("unit-new", "edgars", "people.new_unit", {}),
        ("groups", "edgars", "people.groups", {}),
        ("group", "edgars", "people.group", {"group_id": group.id}),
        ("rights", "edgars", "people.rights", {"permission": "documents.register"}),
        ("imports", "edgars", "people.imports", {}),
        ("import", "edgars", "people.import_page", {"import_id": plan.id}),
        ("doubles", "edgars", "people.doubles", {}),
        ("substitutes", "liga", "people.substitutes", {}),
        ("work-substitute", "liga", "workplace.home", {"for": "bruno"}),
        ("task-of-another", "liga", "workflow.task", {"task_id": task.id}),
    ]


def resolution_pages(town):
    """A resolution with executors, and one given on under it whose executor asks for more time."""
    clerk, people = town.who["anna"], {one.username: one.id for one in identity.list_people(SYSTEM)}
    register = next(one for one in documents.list_registers(clerk) if one.code == "sanemtie")
    title = "Par Upes ielas apgaismojuma projekta saskaņošanu"
    document = documents.register(clerk, register.id, title, clock.today(), author="SIA „Gaisma”")
    workflow.write_resolution(clerk, document.id, "Sagatavot atbildi un saskaņot ar Būvvaldi", people["bruno"],
                              [people["pauls"]], days=10)  # fmt: skip
    given = workflow.write_resolution(town.who["bruno"], document.id, "Sagatavot projektu", people["liga"], days=3)
    workflow.ask_extension(town.who["liga"], given.id, clock.add_working_days(given.due_on, 3), "Gaida zemes plānu")
    workflow.put_under_control(clerk, document.id, "Domes uzdevums")
    workflow.renew_feed(town.who["liga"])
    db.session.commit()
    return [
        ("resolution-new", "anna", "control.write", {"document_id": document.id}),
        ("resolution-author", "bruno", "control.resolution", {"resolution_id": given.id}),
        ("resolution-executor", "liga", "control.resolution", {"resolution_id": given.id}),
        ("resolution-phrases", "anna", "control.phrases", {}),
        ("control-settings", "anna", "control.settings", {}),
        ("control-radar", "bruno", "control.radar", {"within": "month"}),
        ("control-radar-none", "edgars", "control.radar", {}),
        ("control-card", "anna", "control.card", {"document_id": document.id}),
        ("control-calendar", "liga", "control.calendar", {}),
        ("resolution-document", "bruno", "documents.show", {"document_id": document.id}),
        ("resolution-work", "bruno", "workplace.home", {"resolutions": 1}),
    ]


def _compared():
    """A comparison of the directory that found each kind of difference; an application reads, and the page names both
    directories."""
    from flask import current_app

    own = current_app.extensions["pkip.settings"]
    named = replace(own.ldap, url="ldap://127.0.0.1:9", outside_url="ldap://127.0.0.1:9")
    current_app.extensions["pkip.settings"] = replace(own, ldap=named)
    directory.add_account(SYSTEM, "wiki", "Darbinieku zināšanu krātuve", ["contacts", "groups"])
    at = f"ou=people,{own.ldap.base}"
    found = [
        {"act": "add", "dn": f"uid=jauns,{at}", "values": {}},
        {"act": "change", "dn": f"uid=anna,{at}", "values": {"title": [["lietvede"], ["vecākā lietvede"]]}},
        {"act": "rename", "dn": f"uid=a,{at}", "values": {}, "new": f"uid=b,{at}"},
        {"act": "remove", "dn": f"uid=bijis,{at}", "values": {}, "problem": "Server is busy"},
    ]
    now = clock.real_now()
    counts = {"entries": 40, "added": 1, "changed": 1, "renamed": 1, "removed": 1, "took_ms": 310}
    run = DirectoryRun(
        state=RunState.DONE, reason="daily", dry=True, asked_at=now, finished_at=now, differences=found, **counts
    )
    db.session.add(run)
    db.session.commit()
    return run


def store_pages():
    """The document store, as IT staff and as who was given access see it."""
    item = _one(StoreItem, StoreItem.external_id == "IEP-2026/1")
    closed = _one(StoreItem, StoreItem.external_id == "IEP-2026/3")
    return [
        ("store", "edgars", "store.list", {}),
        ("store-given", "liga", "store.list", {}),
        ("store-nothing", "anna", "store.list", {}),
        ("store-item", "liga", "store.show", {"item_id": item.id}),
        ("store-item-closed", "edgars", "store.show", {"item_id": closed.id}),
        ("store-grants", "edgars", "store.grants", {}),
        ("store-setup", "edgars", "store.setup", {}),
        ("store-set", "edgars", "store.property_set", {"code": "contract"}),
    ]


def own_pages(anna):
    """A person's own pages, and those on which IT staff set how people sign in."""
    factors.begin_device(anna)
    return [
        ("profile", "anna", "identity.profile", {}),
        ("profile-security", "anna", "identity.security", {}),
        ("profile-code-device", "anna", "identity.code_device", {}),
        ("profile-notices", "anna", "identity.notices", {}),
        ("profile-viewers", "anna", "identity.viewers", {}),
        ("confirm", "anna", "identity.confirm", {}),
        ("terms", "anna", "identity.terms_page", {}),
        ("sign-in-rules", "edgars", "identity.sign_in_rules", {}),
        ("sign-in-person", "edgars", "identity.person_sign_in", {"person_id": anna.person_id}),
        ("terms-edit", "edgars", "identity.edit_terms", {}),
    ]


def workplace_pages(edgars):
    """The pages on which IT staff configure the bar, the look and banners; with versions to go back to and a draft."""
    plain = {"label_en": "", "roles": [], "units": [], "since": None, "until": None, "badge": "", "note_en": ""}
    link = {**plain, "label_lv": "Ozolpils karte", "url": "https://karte.example.lv/", "icon": "map-2"}
    workplace.save_line(edgars, None, **link, note_lv="Jauns")
    workplace.publish_draft(edgars, Board.NAVIGATION)
    line = workplace.save_line(edgars, None, **{**link, "label_lv": "Vecā karte", "roles": ["clerk"]}, note_lv="")
    workplace.show_line(edgars, "signing.check", False)
    texts = {"mail_head": "Pils iela 1, Ozolpils", "mail_foot": "Uz šo vēstuli atbildēt nevar.", "paper_head": ""}
    workplace.save_look(edgars, 0, **workplace.COLOURS, name="", **texts, paper_logo=True, logo=_picture())
    told = {"text_lv": "Sestdien portāls nestrādās no plkst. 8.00 līdz 10.00.", "text_en": "", "roles": [], "units": []}
    days = {"since": clock.today(), "until": clock.today() + clock.timedelta(days=2)}
    workplace.save_banner(edgars, None, 0, **told, level="warning", **days)
    workplace.add_origin(edgars, "https://veikals.example.lv", "Pašvaldības veikals")
    banner = workplace.list_banners(edgars)[0][0]
    return [
        ("workplace-navigation", "edgars", "workplace.navigation", {"role": "clerk"}),
        ("workplace-link", "edgars", "workplace.edit_line", {"line_id": line["id"]}),
        ("workplace-place", "edgars", "workplace.edit_line", {"line_id": "cases.list"}),
        ("workplace-link-new", "edgars", "workplace.new_link", {}),
        ("workplace-look", "edgars", "workplace.edit_look", {}),
        ("workplace-banners", "edgars", "workplace.banners", {}),
        ("workplace-banner", "edgars", "workplace.edit_banner", {"banner_id": banner["id"]}),
        ("workplace-banner-new", "edgars", "workplace.new_banner", {}),
        ("workplace-embedding", "edgars", "workplace.embedding", {}),
        ("workplace-elements", "edgars", "workplace.elements", {}),
        ("workplace-told", "anna", "workplace.help_page", {}),
    ]


def _picture():
    from PIL import Image

    target = io.BytesIO()
    Image.new("RGB", (60, 60), (31, 78, 121)).save(target, "PNG")
    return target.getvalue()


# --- the walk ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def chromium(app):
    """Chromium and the portal: `.person(username, **options)` gives a page in which they have signed in."""
    playwright = pytest.importorskip("playwright.sync_api")
    with serving(app) as url, playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--lang=lv"])

        def person(username, password=accounts.PASSWORD, **options):
            context = browser.new_context(base_url=url, locale="lv-LV", **options)
            page = context.new_page()
            if username:
                page.goto("/sign-in")
                page.fill("#username", username)
                page.fill("#password", password)
                page.click("main button.btn-primary")
                page.wait_for_url(lambda address: "sign-in" not in address)
            return page

        yield SimpleNamespace(url=url, person=person)
        browser.close()


@pytest.fixture
def address(app):
    """`address(endpoint, values)`: the page's path."""

    def make(endpoint, values):
        with app.test_request_context():
            from flask import url_for

            return url_for(endpoint, **values)

    return make


FAULTS = """() => {
  const told = (element) => element.outerHTML.slice(0, 120);
  const scrolled = ".table-responsive, .viewer-text, pre, svg, .visually-hidden";
  const over = document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(scrolled)).slice(0, 3).map(told);
  const touched = "button, .btn, select, summary, textarea, input:not([type=hidden])";
  const small = [...document.querySelectorAll(touched)].filter((e) => {
    const box = (e.closest("label") || e).getBoundingClientRect();
    return e.checkVisibility() && box.width > 1 && box.height < (e.matches(".cn-mark summary") ? 24 : 43.5)
      && !(e.matches("[type=checkbox], [type=radio]") && e.labels.length);
  }).slice(0, 3).map(told);
  const heads = document.querySelectorAll("h1").length;
  return [...over.map((e) => "runs over the edge: " + e), ...small.map((e) => "lower than 44 px: " + e),
    ...(heads === 1 ? [] : [heads + " h1"]), ...(document.title.trim() ? [] : ["no title"])];
}"""


def violations(page):
    """What axe finds in the page as it stands. The debugger puts it in, so the page's own policy stays in force."""
    if not page.evaluate("!!window.axe"):
        page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{one['id']}: " + " ".join(node["html"][:120] for node in one["nodes"][:3]) for one in found]


def look(page, name, faults):
    """The page as it stands: faults of layout at each width; at the widest and the narrowest axe too."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        faults += [f"{name} at {width}: {fault}" for fault in page.evaluate(FAULTS)]
        if size != "tablet":
            picture(page, f"{name}-{size}")
            faults += [f"{name} at {width}: {violation}" for violation in violations(page)]


def picture(page, name):
    """Keep a picture of the whole page, when pictures are wanted."""
    if PICTURES:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def _listen(page, said):
    """Write down what goes wrong in the page: errors of the console and of scripts, answers of 400 or more."""
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("response", lambda answer: said.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)


def _settle(page):
    """Wait for what the page fetches for itself."""
    page.wait_for_load_state("load")
    page.wait_for_timeout(150)
    page.wait_for_function("!document.querySelector('.htmx-request')")


def test_every_page_is_accessible_and_fits_every_width(app, town, chromium, address, sandbox):
    every = pages(town)
    db.session.commit()
    gets = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and not rule.endpoint.startswith("api.")
    }
    assert gets - NOT_PAGES - {endpoint for _name, _who, endpoint, _values in every} == set(), (
        "pages without an example"
    )
    walk = [(name, who, address(endpoint, values), 200) for name, who, endpoint, values in every]
    walk += [
        ("error-403", "dace", "/people", 403),
        ("error-404", "anna", "/nekas", 404),
        ("sandbox", None, f"{sandbox.url}/", 200),
        ("sandbox-shop", None, f"{sandbox.url}/vpvkac", 200),
    ]
    faults = []
    for username in dict.fromkeys(who for _name, who, _target, _status in walk):
        page, said = chromium.person(username), []
        _listen(page, said)
        for name, _who, target, status in [one for one in walk if one[1] == username]:
            said.clear()
            answer = page.goto(target)
            _settle(page)
            if answer.status != status:
                faults.append(f"{name}: {answer.status} {target}")
            look(page, name, faults)
            if status == 200:
                faults += [f"{name}: {text}" for text in said]
        page.context.close()
    assert faults == [], "\n".join(faults)


# --- without JavaScript (the vote: tests/council/test_browser.py) ----------------------------------------------------


def test_the_day_of_a_clerk_and_a_head_works_without_javascript(cast, anna, chromium, run_jobs):
    documents.install_registers()
    cases.save_service(SYSTEM, "PA-1", index="ZN", name="Zemes noma", unit_id=cast.units["2"].id, term_months=1)
    register = next(one for one in documents.list_registers(anna) if one.code == "iesniegumi")
    for number in range(52):
        came = documents.register(anna, register.id, f"Iesniegums par ceļu {number:02}", clock.today())
    cases.open_case(anna, came.id, "PA-1", client_name="Ilze Avotiņa", without_code=True)
    liga_id = str(cast.liga.id)
    db.session.commit()

    page = chromium.person("anna", PASSWORD, java_script_enabled=False)
    assert page.inner_text("h1") == "Mans darbs"
    page.click(".sidebar a:has-text('Dokumenti')")
    assert page.locator("#rows tr[data-row]").count() == 50
    page.click("#rows .load-more a")
    assert page.locator("#rows tr[data-row]").count() == 2
    page.fill("#filter-text", "ceļu 07")
    page.click("form.filters button")
    page.click("#rows a:has-text('Iesniegums par ceļu 07')")
    assert "Iesniegums par ceļu 07" in page.inner_text("h1")
    page.click("a:has-text('Atvērt šim dokumentam lietu')")
    assert page.inner_text("h1") == "Atvērt lietu"

    page.goto("/documents/register")
    page.set_input_files("#files", {"name": "žogs.txt", "mimeType": "text/plain", "buffer": "Žogs Upmalē".encode()})
    page.fill("#title", "Iesniegums par kapsētas žogu")
    page.click("main form button.btn-primary")
    assert "Iesniegums par kapsētas žogu" in page.inner_text("h1") and "žogs.txt" in page.inner_text("#document-files")
    run_jobs(periodic=True)
    page.fill("#topsearch", "žogiem")
    page.press("#topsearch", "Enter")
    assert "Iesniegums par kapsētas žogu" in page.inner_text(".search-hits")

    page = chromium.person("bruno", PASSWORD, java_script_enabled=False)
    page.click("#work-list a")
    page.select_option("#responsible_id", liga_id)
    page.click("#act button.btn-primary")
    assert "Līga Ozola" in page.inner_text(".next-step")
