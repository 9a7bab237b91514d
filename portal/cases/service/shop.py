"""Applications of the one-stop shops (VPVKAC): taken in whole, then confirmed; status and answer go back (11.1)."""

import contextlib
import json
from datetime import datetime

import sqlalchemy as sa
import structlog

from portal.audit import service as audit
from portal.cases import policy
from portal.cases.adapters.vpvkac import Vpvkac, flat
from portal.cases.events import ShopAsked, ShopWaits
from portal.cases.models import ENDS, Case, PsppEvent, Service, ShopApplication, ShopState
from portal.cases.ports import ArrivedFile, Change, ResultFile, WrongApplication
from portal.cases.service import catalogue
from portal.cases.service.opening import open_application
from portal.cases.service.timeline import add_step, index
from portal.documents import service as documents
from portal.kernel import clock, pdf
from portal.kernel.access import SYSTEM, set_of, visible_to
from portal.kernel.db import db, new_id, released
from portal.kernel.errors import Conflict, ExternalRefused, ExternalUnavailable, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, _l, in_language
from portal.kernel.web import cursor_page
from portal.storage import service as storage
from portal.workflow import service as workflow

log = structlog.get_logger()
TRIES = 5  # by itself, of an application that cannot be taken in; afterwards when a person asks
RESULT_BYTES = 20 * 1024 * 1024
ON_THE_WAY = (ShopState.TAKEN, ShopState.REFUSING)
ANSWERS = {
    "EADRESE": _l("by e-address"),
    "KLATIENE": _l("in person at the centre"),
    "PASTS": _l("by post"),
    "EPASTS": _l("by e-mail"),
}


# --- taking in --------------------------------------------------------------------------------------------------------


def take_applications(actor, shop=None):
    """Take in all that waits at the one-stop shops, and confirm what an earlier run could not.
    shop: the port, by default VPVKAC IS. Raises ExternalUnavailable: everything waits until the next time.
    """
    shop = shop or Vpvkac()
    after = ""
    while True:
        with released():
            headers, after = shop.waiting(after)
        for header in headers:
            _take(actor, shop, header)
        if not after:
            break
    unanswered = sa.select(ShopApplication).where(
        ShopApplication.state.in_(ON_THE_WAY), ShopApplication.problem_code.is_(None)
    )
    for application in db.session.scalars(unanswered.order_by(ShopApplication.id)).all():
        _answer(actor, shop, application)


def _take(actor, shop, header):
    known = _known(header.application_id)
    is_news = known is None or header.version > known.version
    if not is_news and (known.problem_code is not None and known.tries >= TRIES):
        return  # a person has to look
    if not is_news and known.state != ShopState.STUCK:
        _answer(actor, shop, known)  # they have not heard of our answer, or lost it
        return
    application, problem, staged = None, None, []
    with released():
        try:
            application = shop.fetch(header.application_id)
            staged = [(file, storage.stage(file.data, name=file.name)) for file in application.files]
        except (WrongApplication, ExternalRefused) as error:
            problem = error
    if application is not None:
        try:
            service = _service(known, application)
            with released():
                staged.insert(0, _paper(application, service.name))
        except WrongApplication as error:
            problem = error
    known = _known(header.application_id) or _new(header)
    _note(known, application.content if application else getattr(problem, "content", None))
    if problem is None:
        problem = _keep(actor, known, application, service, staged)
    if problem is not None:
        known.state, known.tries = ShopState.STUCK, known.tries + 1
        known.version = max(known.version, header.version)
        known.problem_code, known.problem = problem.code or "DATA_INVALID", problem.message
        audit.record(actor, "shop_application.stuck", known, result="failed", reason=problem.message)
        with released():
            return
    _answer(actor, shop, known)


def _known(application_id):
    return db.session.scalar(
        sa.select(ShopApplication)
        .where(ShopApplication.application_id == application_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _new(header):
    application = ShopApplication(
        id=new_id(),
        application_id=header.application_id,
        version=0,
        state=ShopState.STUCK,
        seen_at=clock.now(),
        access_set_id=set_of("role:clerk", "role:it"),
        tries=0,
    )
    db.session.add(application)
    db.session.flush()
    return application


def _note(known, content):
    """What the list shows of it, also while it cannot be taken in. content: as it came, or None."""
    if content is None:
        return

    def text(part, name, longest):
        return str((part if isinstance(part, dict) else {}).get(name) or "").strip()[:longest]

    known.client_name = text(content.get("client"), "name", 200)
    known.operator_name = text(content.get("operator"), "name", 200)
    known.service_code, known.centre_code = text(content, "serviceCode", 40), text(content, "centreCode", 40)
    known.answer_channel = text(content, "answerChannel", 20)
    known.content = json.dumps(content, ensure_ascii=False)
    with contextlib.suppress(ValueError):
        moment = datetime.fromisoformat(text(content, "submittedAt", 40))
        known.submitted_at = moment if moment.tzinfo else None


def _service(known, application):
    code = (known and known.chosen_service) or application.service_code
    service = db.session.scalar(sa.select(Service).where(Service.code == code, Service.active))
    if service is None:
        raise WrongApplication(
            _("The municipality has no service with the code %(code)s", code=code), "UNKNOWN_SERVICE"
        )
    return service


def _paper(application, service_name):
    """The filled form as a paper that everybody can read, staged."""
    with in_language("lv"):
        data = pdf.render(
            "cases/pdf/application.html",
            application=application,
            service_name=service_name,
            answer=ANSWERS[application.answer_channel],
        )
    return ArrivedFile("pieteikums.pdf", "application/pdf", data), storage.stage(data, name="pieteikums.pdf")


def _keep(actor, known, application, service, staged):
    """Make its case, or add the correction to the case that it has. Returns the problem when that cannot be done:
    one application that fails must not stop those behind it."""
    try:
        with db.session.begin_nested():
            kept = [(file, storage.keep(actor, part)) for file, part in staged]
            files = [(file.name, file.mime, blob.sha256, blob.size_bytes) for file, blob in kept]
            if known.case_id is None:
                known.case_id = _open(actor, known, application, service, files).id
            else:
                _correct(actor, known, application, files)
            known.state, known.version, known.tries = ShopState.TAKEN, application.version, 0
            known.problem_code = known.problem = None
            db.session.flush()
    except Exception as error:
        log.exception(
            "one-stop shop: an application could not be taken in", application=str(application.application_id)
        )
        return WrongApplication(getattr(error, "message", "") or type(error).__name__, "UNREGISTERED")
    with released():  # their list lets it go only after this
        return None


def _open(actor, known, application, service, files):
    client = application.client
    document = _register(actor, application, service.name, files)
    case = open_application(
        actor,
        document,
        service,
        requested_at=application.submitted_at,
        client=client,
        address=f"_PRIVATE@{client.code}" if _to_eaddress(application) else "",
    )
    audit.record(
        actor,
        "shop_application.taken",
        known,
        new={"case": case.number, "service": service.code},
        personal={"client": client.name},
    )
    return case


def _to_eaddress(application):
    """The law puts the e-address before every other way when the account is active (LAW-125)."""
    return application.client.code and (application.answer_channel == "EADRESE" or application.client.has_eaddress)


def _register(actor, application, title, files, case_id=None):
    return documents.register_application(
        actor,
        title=title,
        author=application.client.name,
        received_on=clock.local(application.submitted_at).date(),
        summary="\n".join(f"{name}: {answer}" for name, answer in application.answers),
        way="VPVKAC",
        files=files,
        case_id=case_id,
    )


def _correct(actor, known, application, files):
    """A higher version of an application that has its case: its papers join the case, and who works on it is told."""
    case = db.session.get_one(Case, known.case_id)
    document = _register(actor, application, case.service.name, files, case_id=case.id)
    documents.share(SYSTEM, document.id, f"unit:{case.unit_id}")
    add_step(
        actor,
        case,
        "corrected",
        text=_l("Your correction of the application is received"),
        note=_("Version %(number)s of the application, from the one-stop shop", number=application.version),
        document_id=document.id,
    )
    case.client_name = application.client.name[:200]
    index(case)
    workflow.add_task(
        actor,
        "case.correction",
        "case",
        case.id,
        f"{case.number} {case.title}",
        person_id=case.responsible_id,
        unit_id=None if case.responsible_id else case.unit_id,
        due_on=case.due_on,
    )
    audit.record(actor, "shop_application.corrected", known, new={"version": application.version, "case": case.number})


def _answer(actor, shop, application):
    """Tell them what became of it. A repeat is harmless."""
    problem, number = None, None
    refuses = application.state in (ShopState.REFUSING, ShopState.REFUSED)
    if not refuses:
        number = db.session.scalar(sa.select(Case.number).where(Case.id == application.case_id))
    with released():
        try:
            if refuses:
                shop.reject(application.application_id, application.refusal_code, application.refusal)
            else:
                shop.accept(application.application_id, number, application.seen_at)
        except ExternalRefused as error:
            problem = error
    if application.state not in ON_THE_WAY:
        if problem is not None:
            log.warning("one-stop shop: a repeated answer was refused", code=problem.code)
    elif problem is not None:
        application.tries = TRIES
        application.problem_code, application.problem = problem.code, problem.message
        audit.record(actor, "shop_application.stuck", application, result="refused", reason=problem.message)
    else:
        application.state = ShopState.REFUSED if refuses else ShopState.CONFIRMED
        application.confirmed_at, application.tries = clock.now(), 0
        application.problem_code = application.problem = None
        audit.record(actor, "shop_application.answered", application, new={"state": application.state.value})
        if not refuses:
            announce(actor, ShopAsked(case_id=application.case_id))
    with released():
        pass


# --- giving back ------------------------------------------------------------------------------------------------------


def tell_shop(actor, case_id, shop=None):
    """Give back what the one-stop shop does not know yet of the case: statuses in their order, and the answer before
    the last of them. Stops at a refusal, so that it blocks only its own case. Raises ExternalUnavailable (try later).
    """
    application = db.session.scalar(sa.select(ShopApplication).where(ShopApplication.case_id == case_id))
    if application is None or application.state != ShopState.CONFIRMED or application.problem_code:
        return
    shop = shop or Vpvkac()
    for event in db.session.scalars(
        sa.select(PsppEvent).where(PsppEvent.case_id == case_id, PsppEvent.n > application.told_n).order_by(PsppEvent.n)
    ).all():
        case = db.session.get_one(Case, case_id)
        change = Change(event.id, case_id, event.status, event.status_at, event.text)
        result = _result(case) if event.status in ENDS and not application.result_given else None
        try:
            with released():
                if result:
                    shop.give_result(application.application_id, event.id, *result)
                shop.tell(application.application_id, change)
        except ExternalUnavailable as error:
            application.problem = error.message
            with released():  # kept, although the job that called us fails and is rolled back
                raise
        except ExternalRefused as error:
            application.problem_code, application.problem = error.code, error.message
            audit.record(actor, "shop_application.status_refused", application, result="refused", reason=error.message)
            with released():
                return
        application.told_n, application.problem = event.n, None
        application.result_given = application.result_given or result is not None
        audit.record(
            actor, "shop_application.told", application, new={"status": event.status.value, "case": case.number}
        )
        with released():
            pass  # what they know is written down before the next goes


def _result(case):
    """Number, date, way and files of the answer, or None when the case ended without one."""
    if case.result_document_id is None:
        return None
    document = documents.get_document(SYSTEM, case.result_document_id)
    files = [file for file in documents.files_of(document.id) if not file.depth]
    signed = [file for file in files if file.role == documents.FileRole.CONTAINER][-1:] or files
    if sum(file.size_bytes for file in signed) > RESULT_BYTES:
        signed = []  # they take no more; the number says where it is
    way = "EADRESE" if case.delivery_id else "KLATIENE"
    return (
        document.number,
        document.received_on,
        way,
        [ResultFile(file.name, file.mime, storage.read(file.sha256)) for file in signed],
    )


def shop_cases_waiting(limit=200):
    """Ids of cases of which the one-stop shop does not know the last status: what a lost job would have told."""
    last = sa.select(PsppEvent.case_id, sa.func.max(PsppEvent.n).label("n")).group_by(PsppEvent.case_id).subquery()
    return list(
        db.session.scalars(
            sa.select(ShopApplication.case_id)
            .join(last, last.c.case_id == ShopApplication.case_id)
            .where(
                ShopApplication.state == ShopState.CONFIRMED,
                ShopApplication.problem_code.is_(None),
                ShopApplication.told_n < last.c.n,
            )
            .order_by(ShopApplication.id)
            .limit(limit)
        )
    )


# --- by a person ------------------------------------------------------------------------------------------------------


def list_shop_applications(actor, state="", after=None, size=50):
    """Applications of the one-stop shops, newest first, by key. state: a ShopState, "problem", or "" for all."""
    ensure(policy.can_see_shop(actor))
    query = sa.select(ShopApplication).where(visible_to(actor, ShopApplication))
    if state == "problem":
        query = query.where(ShopApplication.problem_code.is_not(None))
    elif state:
        query = query.where(ShopApplication.state == ShopState(state))
    return cursor_page(query, (ShopApplication.seen_at.desc(), ShopApplication.id.desc()), size=size, cursor=after)


def get_shop_application(actor, application_id) -> ShopApplication:
    """One of them. Raises Forbidden, NotFound."""
    ensure(policy.can_see_shop(actor))
    application = db.session.scalar(
        sa.select(ShopApplication).where(ShopApplication.id == application_id, visible_to(actor, ShopApplication))
    )
    if application is None:
        raise NotFound(_("There is no such application"))
    return application


def shop_application_of(case) -> ShopApplication | None:
    """The application that a case, which the caller has shown to the actor, came by; None when another way."""
    return db.session.scalar(sa.select(ShopApplication).where(ShopApplication.case_id == case.id))


def case_numbers(case_ids) -> dict:
    """Numbers by id, of cases that the caller has already shown to the actor."""
    return dict(db.session.execute(sa.select(Case.id, Case.number).where(Case.id.in_(case_ids))).all())


def shop_content(application) -> dict:
    """What the operator filled in: `answers` (name, answer), `client` and `centre` as lines of words, `files` (name,
    size in bytes). Personal codes show their first six digits only."""
    try:
        body = json.loads(application.content or "{}")
    except ValueError:
        body = {}
    client, named = body.get("client") or {}, body.get("representative") or {}
    code = str(client.get("code") or "")
    if client.get("type") != "legal" and len(code) > 6:
        code = f"{code[:6]}•••••"
    return {
        "answers": list(flat(body.get("data") or {})),
        "client": [code, *(str(client.get(key) or "") for key in ("address", "phone", "email"))],
        "representative": ", ".join(str(named[key]) for key in ("name", "basis") if named.get(key)),
        "files": [(str(file.get("name") or ""), int(file.get("size") or 0)) for file in body.get("files") or ()],
    }


def retry_shop_application(actor, application_id, service_code=""):
    """Try again what is stuck. service_code: of ours, when the application names one that we do not have.
    Raises Forbidden, NotFound, Conflict."""
    application = get_shop_application(actor, application_id)
    ensure(policy.can_mend_shop(actor))
    if not application.problem_code:
        raise Conflict(_("There is nothing to mend here"))
    if service_code:
        application.chosen_service = catalogue.get_service(actor, service_code).code
    application.tries = 0
    application.problem_code = application.problem = None
    audit.record(actor, "shop_application.retried", application, new={"service": service_code or None})
    announce(actor, ShopWaits())
    if application.case_id:
        announce(actor, ShopAsked(case_id=application.case_id))
    return application


def refuse_shop_application(actor, application_id, code, text):
    """Do not examine an application that is stuck; the one-stop shop is told why.
    code: one of REFUSALS. Raises Forbidden, NotFound, Conflict; Invalid for a missing code or text."""
    application = get_shop_application(actor, application_id)
    ensure(policy.can_mend_shop(actor))
    if application.state != ShopState.STUCK or application.case_id:
        raise Conflict(_("The application has its case already; withdraw or forward it there"))
    if code not in policy.REFUSALS:
        raise Invalid(_("Choose from the list"), field="code")
    if not (text or "").strip():
        raise Invalid(_("Say why: the client reads it"), field="text")
    application.state, application.refusal_code, application.refusal = ShopState.REFUSING, code, text.strip()
    application.problem_code = application.problem = None
    audit.record(actor, "shop_application.refused", application, new={"code": code}, reason=text.strip())
    announce(actor, ShopWaits())
    return application
