"""What the public does not see of decisions and minutes: suggested, marked with reasons, approved by a second person.

What is covered is covered wherever it stands in the paper; the published text never contained it."""

import re
import uuid

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy
from portal.council.events import PublicChanged
from portal.council.models import Decision, Matter, Redaction
from portal.council.service import additions, procedure
from portal.council.service.decisions import get_decision
from portal.council.service.minutes import get_minutes
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _

COVER = "[…]"
MOST = 500
_STREET = r"(?:iel|prospekt|bulvār|laukum|gatv|šosej|aleja|alej|līnij)[a-zāčēģīķļņšūž]*"
PATTERNS = (
    ("code", re.compile(r"(?<!\d)\d{6}[-– ]?\d{5}(?!\d)")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("phone", re.compile(r"(?<!\d)(?:\+371[ ]?)?[26]\d{3}[ ]?\d{4}(?!\d)")),
    ("address", re.compile(rf"[A-ZĀČĒĢĪĶĻŅŠŪŽ]\w+(?: \w+)? {_STREET} \d+[a-zA-Z]?(?:(?:[-–/]| k-)\d+)*")),
)
# parts of minutes that are free words; names in lists of votes and attendance are public by law (LAW-53)
_FREE = {"title", "draft_text", "discussion", "text", "old", "new", "reason", "question", "other", "repeat_reason"}


def paper_of(actor, kind, about_id):
    """The Decision or the Minutes. Raises NotFound."""
    if kind == "decision":
        return get_decision(actor, about_id)
    if kind == "minutes":
        return get_minutes(actor, about_id)
    raise NotFound(_("There is no such page"))


def words_of(paper):
    """The free words of a paper, as one text."""
    if isinstance(paper, Decision):
        return f"{paper.title}\n\n{paper.text}"
    found = []
    _walk(paper.body, found.append)
    found += [one.text for one in additions.additions_of(paper.id)]
    return "\n".join(found)


def _walk(value, take, free=False):
    if isinstance(value, dict):
        for key, part in value.items():
            _walk(part, take, key in _FREE)
    elif isinstance(value, list):
        for part in value:
            _walk(part, take)
    elif free and isinstance(value, str) and value:
        take(value)


def suggest(actor, kind, about_id):
    """What probably is personal data: [{"text", "reason"}], by pattern and by the applicant of the matter's case."""
    paper = paper_of(actor, kind, about_id)
    ensure(policy.can_prepare(actor))
    text = words_of(paper)
    found = suggested(text, _clients(paper))
    if isinstance(paper, Decision):  # what was covered in the draft is offered again
        known = {one["text"] for one in found}
        earlier = covers_of_matters([paper.matter_id]).get(paper.matter_id, ())
        found += [one for one in earlier if one["text"] in text and one["text"] not in known]
    return found


def suggested(text, names=()):
    """The same from a text and people's names; forms of a name in any case of grammar are found."""
    words = {
        "code": _("personal code"),
        "email": _("e-mail address"),
        "phone": _("telephone number"),
        "address": _("address"),
    }
    found = {hit.strip(): words[kind] for kind, pattern in PATTERNS for hit in pattern.findall(text)}
    for name in names:
        found |= dict.fromkeys(_forms(name).findall(text), _("name of a party to the case"))
    return [{"text": hit, "reason": reason} for hit, reason in found.items()]


def _forms(name):
    stems = [re.escape(re.sub(r"(?:[aāeēiīuū]?s|[aāeēiīuūšo])$", "", word) or word) for word in name.split()]
    return re.compile(r"\b" + r"\s+".join(rf"{stem}\w{{0,4}}" for stem in stems) + r"\b")


def _clients(paper):
    session = None if isinstance(paper, Decision) else paper.session_id
    query = sa.select(Matter.case_id).where(Matter.case_id.is_not(None))
    query = query.where(Matter.session_id == session) if session else query.where(Matter.id == paper.matter_id)
    return list(_client_names(db.session.scalars(query)).values())


def _client_names(case_ids):
    """case id -> name of the natural person who applied."""
    from portal.cases import service as cases  # which reads matters of ours

    return cases.natural_clients(SYSTEM, list(case_ids))


def clients_of(agenda):
    """matter id -> [name of the natural person who applied]."""
    names = _client_names([one.case_id for one in agenda if one.case_id])
    return {one.id: [names[one.case_id]] for one in agenda if one.case_id in names}


def covered(value, covers, free=True):
    """The text, or the body of minutes, without the covered words."""
    if isinstance(value, dict):
        return {key: covered(part, covers, key in _FREE) for key, part in value.items()}
    if isinstance(value, list):
        return [covered(part, covers, False) for part in value]
    if not free or not isinstance(value, str):
        return value
    for one in sorted(covers, key=lambda cover: -len(cover["text"])):
        value = value.replace(one["text"], COVER)
    return value


def covering(agenda):
    """A function (matter, words) -> the words on this matter as the public may have them: without what is covered in
    its public draft and in the decision on the same draft, also where a committee hears it, and without the names of
    those who applied."""
    covers = covers_of_drafts([one.proposal_id for one in agenda if one.proposal_id])
    own, names = covers_of_matters([one.id for one in agenda]), clients_of(agenda)

    def cover(matter, words):
        marked = [*covers.get(matter.proposal_id, ()), *own.get(matter.id, ())]
        return covered(words, [*marked, *suggested(words or "", names.get(matter.id, ()))])

    return cover


# ── Marking and approving ─────────────────────────────────────────────────────────────────────────────────────────


def redactions_of(kind, about_id):
    """All markings of a paper, the newest first."""
    found = sa.select(Redaction).where(Redaction.about_kind == kind, Redaction.about_id == about_id)
    return list(db.session.scalars(found.order_by(Redaction.number.desc())))


def approved(kind, about_id):
    """The newest approved marking, or None."""
    return next((one for one in redactions_of(kind, about_id) if one.approved_at), None)


def mark_covers(actor, kind, about_id, covers):
    """Propose what is covered: [{"text", "reason"}], none for a paper that has nothing to hide.
    Returns the Redaction; it waits for a second person unless the rules of procedure let one do both."""
    paper = paper_of(actor, kind, about_id)
    ensure(policy.can_prepare(actor))
    text, clean = words_of(paper), {}
    if len(covers) > MOST:
        raise Invalid(_("At most %(most)s places", most=MOST), field="covers")
    for one in covers:
        hit, reason = (one.get("text") or "").strip(), (one.get("reason") or "").strip()
        if not hit:
            continue
        if hit not in text:
            raise Invalid(_("The paper does not have the words “%(words)s”", words=hit[:80]), field="covers")
        if not reason:
            raise Invalid(_("Say why “%(words)s” is covered", words=hit[:80]), field="covers")
        clean[hit] = {"text": hit, "reason": reason[:200]}
    last = redactions_of(kind, about_id)
    for one in last:
        if one.approved_at is None and one.refused_reason is None:
            one.refused_reason = _("replaced by a newer marking")
    row = Redaction(
        about_kind=kind,
        about_id=paper.id,
        number=(last[0].number if last else 0) + 1,
        covers=list(clean.values()),
        made_by_id=actor.person_id,
        made_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    reasons = [one["reason"] for one in row.covers]  # the words themselves stay out of the log
    audit.record(actor, "council.redaction_made", paper, new={"number": row.number, "reasons": reasons})
    if procedure.choices().own_redaction:
        _approve(actor, row, paper)
    return row


def approve_covers(actor, redaction_id):
    """A second person agrees. Raises Forbidden for the one who marked, Conflict when it is settled."""
    row, paper = _waiting(actor, redaction_id)
    if row.made_by_id == actor.person_id and not procedure.choices().own_redaction:
        raise Forbidden(_("Another person approves what you have marked."))
    return _approve(actor, row, paper)


def refuse_covers(actor, redaction_id, reason):
    """A second person does not agree, and says why."""
    row, paper = _waiting(actor, redaction_id)
    if not (reason or "").strip():
        raise Invalid(_("Say why"), field="reason")
    row.refused_reason = reason.strip()[:500]
    db.session.flush()
    audit.record(actor, "council.redaction_refused", paper, new={"number": row.number}, reason=row.refused_reason)
    return row


def _approve(actor, row, paper):
    row.approved_by_id, row.approved_at = actor.person_id, clock.now()
    db.session.flush()
    audit.record(actor, "council.redaction_approved", paper, new={"number": row.number})
    for session_id in _heard_in(paper):
        announce(actor, PublicChanged(session_id=session_id))
    return row


def _heard_in(paper):
    """The sessions whose public agenda names the draft: the council's and those of its committees."""
    if not isinstance(paper, Decision):
        return {paper.session_id}
    draft = sa.select(Matter.proposal_id).where(Matter.id == paper.matter_id).scalar_subquery()
    return {paper.session_id} | set(
        db.session.scalars(
            sa.select(Matter.session_id).where(Matter.proposal_id == draft, Matter.session_id.is_not(None))
        )
    )


def _waiting(actor, redaction_id: uuid.UUID):
    row = db.session.get(Redaction, redaction_id)
    if row is None:
        raise NotFound(_("There is no such page"))
    paper = paper_of(actor, row.about_kind, row.about_id)
    ensure(policy.can_prepare(actor))
    if row.approved_at is not None or row.refused_reason is not None:
        raise Conflict(_("This is settled already."))
    return row, paper


def decision_covers(session_id):
    """What is covered in the decisions of a session: the minutes cover it too."""
    ids = list(db.session.scalars(sa.select(Decision.id).where(Decision.session_id == session_id)))
    return [cover for covers in _approved_covers(ids).values() for cover in covers]


def covers_of_drafts(proposal_ids):
    """proposal id -> what is covered in the decision on it."""
    found = dict(
        db.session.execute(
            sa.select(Decision.id, Matter.proposal_id)
            .join(Matter, Matter.id == Decision.matter_id)
            .where(Matter.proposal_id.in_(proposal_ids))
        ).all()
    )
    return {found[decision_id]: covers for decision_id, covers in _approved_covers(list(found)).items()}


def covers_of_matters(matter_ids):
    """matter id -> what is covered in its draft that is public before the session."""
    return _approved_covers(matter_ids, "draft")


def _approved_covers(about_ids, kind="decision"):
    rows = sa.select(Redaction).where(
        Redaction.about_kind == kind, Redaction.about_id.in_(about_ids), Redaction.approved_at.is_not(None)
    )
    return {row.about_id: row.covers for row in db.session.scalars(rows.order_by(Redaction.number))}


def names_in(history):
    """person id -> name of who marked and approved."""
    return identity.names_of({one.made_by_id for one in history} | {one.approved_by_id for one in history} - {None})
