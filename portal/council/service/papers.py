"""Papers of a session as PDF: decision, minutes, extract, agenda; each registered as a document and sent for signing.

Called by jobs. The page is drawn while no transaction is open, because it takes a second and votes must not wait."""

from datetime import date, datetime

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council.models import (
    Ballot,
    Decision,
    Matter,
    MatterState,
    Minutes,
    PaperState,
    Session,
    Statement,
    StatementState,
)
from portal.council.models.sessions import local_day
from portal.council.service import bodies, results
from portal.council.service.decisions import number_decision
from portal.council.service.minutes import written
from portal.council.service.reading import agenda_of
from portal.council.service.statements import came
from portal.documents import service as documents
from portal.documents.service import DocumentKind
from portal.identity import service as identity
from portal.kernel import clock, pdf
from portal.kernel.access import SYSTEM, keys_of
from portal.kernel.config import settings
from portal.kernel.db import db, released
from portal.kernel.i18n import _, date_short
from portal.kernel.live import publish
from portal.storage import service as storage

MIME = "application/pdf"


def make_decision(matter_id):
    """Number the decision of an adopted matter, draw it, register it and ask the presiding chair to sign (LAW-50)."""
    decision = number_decision(matter_id)
    if decision is None or decision.document_id is not None:
        return
    matter, session = db.session.get_one(Matter, matter_id), db.session.get_one(Session, decision.session_id)
    data = drawn(
        "council/pdf/decision.html",
        decision=decision,
        matter=matter,
        session=session,
        result=_result(matter, session),
        chair=_officer(session.chair_id),
    )
    decision = db.session.get_one(Decision, decision.id, populate_existing=True)
    if decision.document_id is not None:
        return
    title = _("Decision No. %(number)s: %(title)s", number=decision.number, title=decision.title)
    document, files = _registered(
        DocumentKind.DECISION,
        title,
        f"lemums-{_plain(decision.number)}.pdf",
        data,
        dated_on=decision.adopted_on,
        case_id=matter.case_id,
        keys=_keys(matter.access_set_id),
    )
    request = _ask_to_sign(
        about_kind="decision",
        about_id=decision.id,
        title=title,
        files=files,
        signers=[session.chair_id],
        due_on=decision.sign_by_on,
    )
    decision.document_id, decision.signature_request_id = document.id, request.id
    decision.state = PaperState.SIGNING
    db.session.flush()
    audit.record(SYSTEM, "council.decision_made", decision, new={"document": str(document.id)})
    publish(f"session:{session.id}", "decision")


def make_minutes(minutes_id):
    """Draw the final minutes, register them and ask chair and minute-taker to sign (LAW-54, 65)."""
    minutes = db.session.get_one(Minutes, minutes_id)
    if minutes.document_id is not None or minutes.state == PaperState.DRAFT:
        return
    session = db.session.get_one(Session, minutes.session_id)
    data = minutes_pdf(minutes, session)
    minutes = db.session.get_one(Minutes, minutes_id, populate_existing=True)
    if minutes.document_id is not None:
        return
    title = _(
        "Minutes No. %(number)s of %(body)s, %(day)s",
        number=minutes.number,
        body=session.body.name,
        day=date_short(local_day(session)),
    )
    document, files = _registered(
        DocumentKind.MINUTES,
        title,
        f"protokols-{_plain(minutes.number)}.pdf",
        data,
        dated_on=local_day(session),
        keys=bodies.MATTER_KEYS,
    )
    signers = list(dict.fromkeys(who for who in (session.chair_id, session.minute_taker_id) if who))
    request = _ask_to_sign(
        about_kind="minutes", about_id=minutes.id, title=title, files=files, signers=signers, due_on=minutes.sign_by_on
    )
    minutes.document_id, minutes.signature_request_id = document.id, request.id
    minutes.state = PaperState.SIGNING
    db.session.flush()
    audit.record(SYSTEM, "council.minutes_made", minutes, new={"document": str(document.id)})
    publish(f"session:{session.id}", "minutes")


def minutes_pdf(minutes, session):
    """The minutes as PDF bytes. Commits what was done so far."""
    return drawn("council/pdf/minutes.html", minutes=minutes, body=minutes.body, session=session, at=_time)


def make_extract_paper(matter_id):
    """Draw the extract of the minutes on one matter, register it and seal it with the instance's seal."""
    matter = db.session.get_one(Matter, matter_id)
    decision = db.session.scalar(sa.select(Decision).where(Decision.matter_id == matter_id))
    if matter.state != MatterState.DECIDED or decision is None or decision.extract_document_id is not None:
        return
    session = db.session.get_one(Session, matter.session_id)
    body = written(session)
    part = next(one for one in body["matters"] if one["n"] == matter.n)
    data = drawn("council/pdf/extract.html", decision=decision, session=session, body=body, part=part, at=_time)
    decision = db.session.get_one(Decision, decision.id, populate_existing=True)
    if decision.extract_document_id is not None:
        return
    title = _("Extract: decision No. %(number)s, %(title)s", number=decision.number, title=decision.title)
    document, files = _registered(
        DocumentKind.EXTRACT,
        title,
        f"izraksts-{_plain(decision.number)}.pdf",
        data,
        dated_on=clock.today(),
        case_id=matter.case_id,
        keys=_keys(matter.access_set_id),
    )
    request = _ask_to_sign(about_kind="extract", about_id=decision.id, title=title, files=files, signers=[], seal=True)
    decision.extract_document_id, decision.extract_request_id = document.id, request.id
    db.session.flush()
    audit.record(SYSTEM, "council.extract_made", decision, new={"document": str(document.id)})


def make_agenda_paper(session_id):
    """Draw the notice with agenda, time and place (LAW-4) and register it; made anew each time it is asked for."""
    session = db.session.get_one(Session, session_id)
    if session.agenda_document_id is not None:
        return
    data = drawn(
        "council/pdf/agenda.html",
        session=session,
        agenda=agenda_of(session.id),
        names=identity.names_of({matter.rapporteur_id for matter in agenda_of(session.id)}),
        chair=_officer(session.chair_id),
        invited_on=clock.local(session.invited_at or clock.now()).date(),
    )
    session = db.session.get_one(Session, session_id, populate_existing=True)
    if session.agenda_document_id is not None:
        return
    title = _("Agenda: %(session)s, %(day)s", session=str(session), day=date_short(local_day(session)))
    document, _files = _registered(
        DocumentKind.INTERNAL,
        title,
        f"darba-kartiba-{session.number}-{session.year}.pdf",
        data,
        dated_on=clock.today(),
        keys=bodies.SESSION_KEYS,
    )
    session.agenda_document_id = document.id
    db.session.flush()
    audit.record(SYSTEM, "council.agenda_made", session, new={"document": str(document.id)})


def make_statement(statement_id):
    """Draw an approved statement of attendance and pay and register it."""
    statement = db.session.get_one(Statement, statement_id)
    if statement.document_id is not None or statement.state != StatementState.APPROVED:
        return
    data = statement_pdf(statement.content, statement)
    statement = db.session.get_one(Statement, statement_id, populate_existing=True)
    if statement.document_id is not None:
        return
    document, _files = _registered(
        DocumentKind.INTERNAL,
        _("Statement of attendance: %(statement)s", statement=str(statement)),
        f"apmeklejums-{statement.since:%Y-%m-%d}.pdf",
        data,
        dated_on=clock.local(statement.settled_at).date(),
        keys=("role:secretary", "role:chair"),
    )
    statement.document_id = document.id
    db.session.flush()
    audit.record(SYSTEM, "council.statement_made", statement, new={"document": str(document.id)})


def statement_pdf(content, statement=None):
    """A statement as PDF bytes, with who approved it, once it is approved. Commits what was done so far."""
    approved = statement is not None and statement.state == StatementState.APPROVED
    return drawn(
        "council/pdf/statement.html",
        content=content,
        approver=_officer(statement.settled_by_id) if approved else None,
        approved_on=clock.local(statement.settled_at).date() if approved else None,
        at=_time,
        day=date.fromisoformat,
        came=came,
    )


# ── Shared ────────────────────────────────────────────────────────────────────────────────────────────────────────


def drawn(template, **context):
    context["municipality"] = settings().municipality
    context["registration_number"] = settings().registration_number
    with released():
        return pdf.render(template, **context)


def _registered(kind, title, name, data, *, dated_on, case_id=None, keys=()):
    """Keep the bytes, register the document. Returns (Document, files as signing wants them)."""
    blob = storage.put(SYSTEM, data)
    document = documents.create(
        SYSTEM,
        kind,
        title,
        files=[(name, MIME, blob.sha256, blob.size_bytes)],
        case_id=case_id,
        dated_on=dated_on,
        access_keys=list(keys),
    )
    return document, [(name, MIME, blob.sha256)]


def _ask_to_sign(*, about_kind, about_id, title, files, signers, seal=False, due_on=None):
    """A request for signatures of these people by a day (LAW-50, 54), or for the instance's seal."""
    from portal.signing import service as signing  # loads certificate libraries that only jobs need

    kind = signing.SignatureKind.SEAL if seal else signing.SignatureKind.PERSONAL
    return signing.request(
        SYSTEM,
        about_kind=about_kind,
        about_id=about_id,
        title=title,
        files=files,
        signers=signers,
        kind=kind,
        due_on=due_on,
    )


def _result(matter, session):
    """The result of the last ballot that has one."""
    ballot = db.session.scalar(
        sa.select(Ballot)
        .where(Ballot.matter_id == matter.id, Ballot.adopted.is_not(None))
        .order_by(Ballot.round.desc())
        .limit(1)
    )
    return results.result_of(ballot, session, matter)


def _officer(person_id):
    if person_id is None:
        return None
    person = identity.get_person(SYSTEM, person_id)
    return {"name": person.name, "office": person.position}


def _keys(access_set_id):
    return [key.name for key in keys_of(access_set_id)]


def _time(text):
    """A time of the minutes' body, or None."""
    return datetime.fromisoformat(text) if text else None


def _plain(number):
    return number.replace("/", "-")
