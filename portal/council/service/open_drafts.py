"""Draft decisions for everybody, three working days before a regular session (LAW-5): looked through on one page by
the secretary and published together. Closed matters are never among them (LAW-17, 18)."""

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.events import PublicChanged
from portal.council.models import Matter, Proposal, Publication, Redaction, SessionKind, SessionState
from portal.council.models.sessions import local_day
from portal.council.service import publishing, redaction
from portal.council.service.reading import agenda_of, get_matter, get_session, locked_session
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, in_language
from portal.kernel.live import publish
from portal.workflow import service as workflow

KIND = "draft"
TASK = "council.publish_drafts"
MOST = 500


@dataclass(frozen=True)
class DraftLine:
    """A matter of the agenda as the public may have it. closed: on what ground it may not; covers: the words that are
    covered, as published or as suggested; text, note: without them; changed: the draft is another one by now."""

    matter: Matter
    closed: str | None
    covers: list[str]
    title: str
    text: str
    note: str
    publication: Publication | None
    changed: bool

    @property
    def is_public(self):
        return self.publication is not None and self.publication.removed_at is None


def drafts_for_public(actor, session_id, typed=None):
    """(Session, a DraftLine for each matter with a draft). typed: matter id -> words to look how it would be.
    Raises Forbidden, NotFound."""
    session = get_session(actor, session_id)
    ensure(policy.can_prepare(actor))
    agenda = [matter for matter in agenda_of(session.id) if matter.draft_text]
    closed, notes = publishing.closed_matters(session, agenda), _notes(agenda)
    rows = _rows(agenda)
    marked = redaction.covers_of_matters([matter.id for matter in agenda])
    names = redaction.clients_of(agenda)
    lines = []
    for matter in agenda:
        words = _words(matter, notes)
        if typed is not None and matter.id in typed:
            covers = typed[matter.id]
        elif matter.id in marked:
            covers = [one["text"] for one in marked[matter.id]]
        else:
            covers = [one["text"] for one in redaction.suggested(words, names.get(matter.id, ()))]
        cover = [{"text": one} for one in covers]
        row = rows.get(matter.id)
        lines.append(
            DraftLine(
                matter=matter,
                closed=closed.get(matter.id),
                covers=covers,
                title=redaction.covered(matter.title, cover),
                text=redaction.covered(matter.draft_text, cover),
                note=redaction.covered(notes.get(matter.id, ""), cover),
                publication=row,
                changed=row is not None and row.removed_at is None and row.body.get("of") != _digest(words),
            )
        )
    return session, lines


def publish_drafts(actor, session_id, chosen):
    """Put drafts on the public pages, or put their newest text there. chosen: matter id -> words to cover.

    The agenda is public from the invitation on, so drafts are not public before it. Raises Forbidden, Conflict,
    Invalid(str(matter id)) for words that are not in the draft. Returns how many are published."""
    session = locked_session(actor, session_id)
    ensure(policy.can_prepare(actor))
    if session.state == SessionState.PLANNED:
        raise Conflict(_("Invite the members first: the drafts become public together with the agenda."))
    if session.is_closed:
        raise Conflict(_("The session is closed."))
    agenda = [matter for matter in agenda_of(session.id) if matter.draft_text and matter.id in chosen]
    if not agenda:
        raise Conflict(_("Choose the drafts to be published."))
    closed, notes, rows = publishing.closed_matters(session, agenda), _notes(agenda), _rows(agenda)
    due_on = rules.notice_by(local_day(session)) if must_be_public(session) else None
    for matter in agenda:
        if matter.id in closed:
            raise Conflict(_("A closed matter is not published (Local Government Law, section 28(4)): %(title)s",
                             title=matter.title))  # fmt: skip
        words = _words(matter, notes)
        mark = _marked(actor, matter, words, chosen[matter.id])
        row = rows.get(matter.id)
        if row is None:
            row = Publication(about_kind=KIND, about_id=matter.id)
            db.session.add(row)
        row.session_id, row.redaction_id, row.due_on = session.id, mark.id, due_on
        row.title = redaction.covered(matter.title, mark.covers)[:500]
        row.body = {
            "text": redaction.covered(matter.draft_text, mark.covers),
            "note": redaction.covered(notes.get(matter.id, ""), mark.covers),
            "version": matter.text_version,
            "of": _digest(words),
        }
        row.published_at, row.published_by_id = clock.now(), actor.person_id
        row.sha256 = row.size_bytes = row.removed_at = row.removed_reason = None
    session.drafts_public_at = session.drafts_public_at or clock.now()
    db.session.flush()
    audit.record(actor, "council.drafts_published", session, new={"matters": [matter.n for matter in agenda]})
    workflow.complete_for(actor, "council_session", session.id, TASK)
    announce(actor, PublicChanged(session_id=session.id))
    publish(f"session:{session.id}", "public")
    return len(agenda)


def withdraw_draft(actor, matter_id, reason):
    """Take a draft off the public pages. Raises Forbidden, Conflict, Invalid("reason"), NotFound."""
    matter = get_matter(actor, matter_id)
    ensure(policy.can_prepare(actor))
    row = publishing.publication_of(KIND, matter.id)
    if row is None or row.removed_at is not None:
        raise Conflict(_("The paper is not public."))
    if not (reason or "").strip():
        raise Invalid(_("Say why"), field="reason")
    publishing.take_off(row, reason)
    audit.record(actor, "council.public_draft_withdrawn", matter, reason=row.removed_reason)
    announce(actor, PublicChanged(session_id=row.session_id))
    return row


def must_be_public(session):
    """Whether the law wants the drafts of this session public before it: of regular sessions of the council (LAW-5)."""
    return not session.body.is_committee and not session.extraordinary and session.kind == SessionKind.REGULAR


def waiting(session, agenda):
    """Whether drafts of this agenda must still become public."""
    return (
        must_be_public(session)
        and session.drafts_public_at is None
        and session.open_to_public
        and any(matter.draft_text and not matter.closed_ground for matter in agenda)
    )


def ask_to_publish(actor, session, agenda):
    """The members are invited: the term to publish the drafts stands in the secretary's list (LAW-5)."""
    if not waiting(session, agenda):
        return
    with in_language("lv"):
        title = _("Publish the drafts of %(session)s", session=str(session))
    workflow.add_task(
        actor,
        TASK,
        "council_session",
        session.id,
        title,
        role="secretary",
        due_on=rules.notice_by(local_day(session)),
        detail=_("Local Government Law, section 28(4)"),
    )


def _marked(actor, matter, words, covers):
    """What is covered in this draft, kept with who decided it: three working days leave no time for a second pair of
    eyes, so the system suggests and the secretary decides alone."""
    clean = list(dict.fromkeys(one.strip() for one in covers if one.strip()))
    if len(clean) > MOST:
        raise Invalid(_("At most %(most)s places", most=MOST), field=str(matter.id))
    for one in clean:
        if one not in words:
            raise Invalid(_("The paper does not have the words “%(words)s”", words=one[:80]), field=str(matter.id))
    last = redaction.redactions_of(KIND, matter.id)
    if last and [one["text"] for one in last[0].covers] == clean:
        return last[0]
    now = clock.now()
    with in_language("lv"):
        reason = _("personal data")
    mark = Redaction(
        about_kind=KIND,
        about_id=matter.id,
        number=(last[0].number if last else 0) + 1,
        covers=[{"text": one, "reason": reason} for one in clean],
        made_by_id=actor.person_id,
        made_at=now,
        approved_by_id=actor.person_id,
        approved_at=now,
    )
    db.session.add(mark)
    db.session.flush()
    return mark


def _words(matter, notes):
    return "\n\n".join((matter.title, matter.draft_text, notes.get(matter.id, "")))


def _digest(words):
    return hashlib.sha256(words.encode()).hexdigest()


def _notes(agenda):
    """matter id -> the explanatory note and the legal basis."""
    ids = {matter.proposal_id for matter in agenda if matter.proposal_id}
    found = {one.id: one for one in db.session.scalars(sa.select(Proposal).where(Proposal.id.in_(ids)))}
    notes = {}
    for matter in agenda:
        if one := found.get(matter.proposal_id):
            notes[matter.id] = "\n\n".join(part.strip() for part in (one.note, one.legal_basis) if part.strip())
    return notes


def _rows(agenda):
    query = sa.select(Publication).where(
        Publication.about_kind == KIND, Publication.about_id.in_([matter.id for matter in agenda])
    )
    return {row.about_id: row for row in db.session.scalars(query)}
