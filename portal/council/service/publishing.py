"""Papers for the public: decisions and minutes, three working days after signing (LAW-56, 67), without what is covered.

A matter that was heard without the public keeps only its essence (LAW-18). What was taken back keeps its trace here."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy
from portal.council.events import PublicChanged
from portal.council.models import ClosedPart, PaperState, Publication, Session
from portal.council.service import additions, redaction
from portal.council.service.reading import agenda_of
from portal.kernel import clock, pdf
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.db import db, released
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, in_language
from portal.kernel.live import publish
from portal.storage import service as storage
from portal.workflow import service as workflow

_TASKS = {"decision": "council.publish", "minutes": "council.publish_minutes"}


def closed_matters(session, agenda):
    """matter id -> why the public was not there: of those that are closed, and of those heard in a closed part, whether
    it was begun for them or they were opened while it lasted (LAW-17)."""
    parts = list(db.session.scalars(sa.select(ClosedPart).where(ClosedPart.session_id == session.id)))
    whole = None if session.open_to_public else session.closed_ground or "other_law"
    found = {}
    for matter in agenda:
        heard = next(
            (part.ground for part in parts if part.matter_id == matter.id or part.covers(matter.opened_at)), None
        )
        if why := matter.closed_ground or whole or heard:
            found[matter.id] = why
    return found


def publish_paper(actor, kind, about_id):
    """Put a signed paper on the public pages. Raises Forbidden, Conflict before it is signed or its covers approved."""
    paper = redaction.paper_of(actor, kind, about_id)
    ensure(policy.can_prepare(actor))
    if paper.state != PaperState.SIGNED:
        raise Conflict(_("The paper is published when it is signed."))
    marked = redaction.approved(kind, paper.id)
    if marked is None:
        raise Conflict(_("First mark what the public does not see, and have it approved."))
    with in_language("lv"):
        title, body = _public(kind, paper, marked.covers)
    row = publication_of(kind, paper.id)
    if row is None:
        row = Publication(about_kind=kind, about_id=paper.id, session_id=paper.session_id)
        db.session.add(row)
    row.redaction_id, row.title, row.body, row.due_on = marked.id, title[:500], body, paper.publish_by_on
    row.published_at, row.published_by_id = clock.now(), actor.person_id
    row.sha256 = row.size_bytes = row.removed_at = row.removed_reason = None
    db.session.flush()
    audit.record(actor, "council.paper_published", paper, new={"redaction": marked.number})
    workflow.complete_for(actor, kind, paper.id, _TASKS[kind])
    announce(actor, PublicChanged(session_id=paper.session_id))
    publish(f"session:{paper.session_id}", "public")
    return row


def withdraw_paper(actor, kind, about_id, reason):
    """Take a published paper off the public pages, for example because something was not covered."""
    paper = redaction.paper_of(actor, kind, about_id)
    ensure(policy.can_prepare(actor))
    row = publication_of(kind, paper.id)
    if row is None or row.removed_at is not None:
        raise Conflict(_("The paper is not public."))
    if not (reason or "").strip():
        raise Invalid(_("Say why"), field="reason")
    take_off(row, reason)
    audit.record(actor, "council.paper_withdrawn", paper, reason=row.removed_reason)
    announce(actor, PublicChanged(session_id=paper.session_id))
    return row


def take_off(row, reason):
    """A publication keeps its trace, and no word of what was public."""
    row.removed_at, row.removed_reason = clock.now(), reason.strip()[:500]
    row.body, row.sha256, row.size_bytes = {}, None, None
    db.session.flush()


def publication_of(kind, about_id):
    """The publication of a paper, taken back or not, or None."""
    found = sa.select(Publication).where(Publication.about_kind == kind, Publication.about_id == about_id)
    return db.session.scalar(found)


def publications_of(session_id):
    """(kind, paper's id) -> Publication of what is public of a session now."""
    found = sa.select(Publication).where(Publication.session_id == session_id, Publication.removed_at.is_(None))
    return {(one.about_kind, one.about_id): one for one in db.session.scalars(found)}


def _public(kind, paper, covers):
    """Title and body as the public gets them."""
    session = db.session.get_one(Session, paper.session_id)
    agenda = agenda_of(session.id)
    closed = closed_matters(session, agenda)
    if kind == "decision":
        if paper.matter_id in closed:
            return _("Closed matter"), {"number": paper.number, "text": "", "closed": closed[paper.matter_id]}
        text = redaction.covered(paper.text, covers)
        return redaction.covered(paper.title, covers), {"number": paper.number, "text": text}
    hidden = {matter.n for matter in agenda if matter.id in closed}
    covers = [*covers, *redaction.decision_covers(session.id)]
    body = redaction.covered(_without_closed(paper.body, hidden), covers)
    added = [
        {"kind": str(one.kind), "n": one.matter_n, "name": one.name, "text": redaction.covered(one.text, covers)}
        for one in additions.additions_of(paper.id)
        if one.matter_n not in hidden
    ]
    return _("Minutes No. %(number)s", number=paper.number), {**body, "additions": added}


def _without_closed(body, closed):
    """Of matters heard without the public only the number, the essence and the result (LAW-18)."""
    name = _("Closed matter")
    matters = [
        {"n": one["n"], "title": name, "outcome": one["outcome"], "draft_text": "", "ballots": [], "proposals": [],
         "motives": [], "opinions": []} if one["n"] in closed else one
        for one in body["matters"]
    ]  # fmt: skip
    agenda = [{**one, "title": name} if one["n"] in closed else one for one in body["agenda"]]
    absent = [{**one, "reason": None} for one in body["absent"]]  # an illness is nobody's business but the council's
    return {**body, "matters": matters, "agenda": agenda, "absent": absent}


def make_published(publication_id):
    """Draw the public file from the public text alone, so that nothing covered can be in it. May run twice."""
    from portal.council.service.papers import MIME, _time

    row = db.session.get(Publication, publication_id)
    if row is None or row.removed_at is not None or row.sha256 is not None:
        return
    session, at = db.session.get_one(Session, row.session_id), row.published_at
    context = dict(
        municipality=settings().municipality,
        registration_number=settings().registration_number,
        publication=row,
        body=row.body,
        session=session,
        at=_time,
        minutes={"number": row.body.get("number") or f"{session.number}/{session.year}"},
    )
    with released():
        data = pdf.render(f"council/pdf/public_{row.about_kind}.html", **context)
    row = db.session.get_one(Publication, publication_id, populate_existing=True)
    if row.removed_at is not None or row.published_at != at:
        return
    blob = storage.put(SYSTEM, data, mime=MIME)
    row.sha256, row.size_bytes = blob.sha256, blob.size_bytes
    db.session.flush()
    announce(SYSTEM, PublicChanged(session_id=row.session_id))


def undrawn(session_id):
    """Ids of publications of a session whose file is still to be drawn."""
    found = sa.select(Publication.id).where(
        Publication.session_id == session_id, Publication.removed_at.is_(None), Publication.sha256.is_(None)
    )
    return list(db.session.scalars(found))


def ask_to_publish(actor, kind, paper):
    """Signed: the term to publish runs, and stands in the secretary's list (LAW-56, 67)."""
    with in_language("lv"):
        title = (
            _("Publish decision No. %(number)s", number=paper.number)
            if kind == "decision"
            else _("Publish minutes No. %(number)s", number=paper.number)
        )
    workflow.add_task(
        actor,
        _TASKS[kind],
        kind,
        paper.id,
        title,
        role="secretary",
        due_on=paper.publish_by_on,
        detail=_("Local Government Law, sections 38(6), 41(8)"),
    )
