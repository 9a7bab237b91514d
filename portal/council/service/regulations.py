"""Binding regulations: the note, the public's opinions, the ministry, Latvijas Vēstnesis, entry into force."""

import hashlib
import hmac
from datetime import timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy
from portal.council import regulations as law
from portal.council.models import (
    ActKind,
    Decision,
    Matter,
    OpinionOutcome,
    PaperState,
    PublicOpinion,
    Regulation,
    Subject,
)
from portal.council.service import bodies, matters, proposals
from portal.council.service.reading import get_matter
from portal.documents import service as documents
from portal.exchange import service as exchange
from portal.kernel import clock
from portal.kernel.access import SYSTEM, visible_to
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ensure
from portal.kernel.i18n import _, date_short, in_language
from portal.kernel.web import cursor_page
from portal.workflow import service as workflow

OPINIONS_AN_HOUR = 5  # of one address
OPINIONS_A_DAY = 300  # of one draft, from everywhere
AREAS = {Subject.BUDGET: law.Area.BUDGET, Subject.STATUTE: law.Area.STATUTE, Subject.PLANNING: law.Area.PLANNING}


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────────


def regulation_of(matter):
    """The regulations that a matter's draft becomes, or None."""
    if matter.proposal_id is None or matter.act_kind != ActKind.EXTERNAL_REGULATION:
        return None
    return db.session.scalar(sa.select(Regulation).where(Regulation.proposal_id == matter.proposal_id))


def get_regulation(actor, regulation_id):
    """Regulations whose matter the actor may see. Raises NotFound."""
    seen = sa.select(Matter.proposal_id).where(visible_to(actor, Matter))
    found = db.session.scalar(
        sa.select(Regulation).where(Regulation.id == regulation_id, Regulation.proposal_id.in_(seen))
    )
    if found is None:
        raise NotFound(_("There are no such regulations"))
    return found


def list_regulations(actor, after=None, size=50):
    """A page of all regulations on their way or in force, newest first."""
    seen = sa.select(Matter.proposal_id).where(visible_to(actor, Matter))
    query = sa.select(Regulation).where(Regulation.proposal_id.in_(seen))
    return cursor_page(query, (Regulation.made_at.desc(), Regulation.id.desc()), size=size, cursor=after)


def matter_of(regulation):
    """The newest matter of the regulations' draft, the council's once it is there."""
    return db.session.scalar(
        sa.select(Matter)
        .where(Matter.proposal_id == regulation.proposal_id)
        .order_by(Matter.added_at.desc(), Matter.id.desc())
        .limit(1)
    )


def opinions_on(regulation):
    """What the public wrote, oldest first."""
    query = sa.select(PublicOpinion).where(PublicOpinion.regulation_id == regulation.id)
    return list(db.session.scalars(query.order_by(PublicOpinion.sent_at, PublicOpinion.id)))


# ── Note and consultation ─────────────────────────────────────────────────────────────────────────────────────────


def begin_regulation(actor, matter_id, area=None):
    """A draft becomes binding regulations with their own way. Returns the Regulation, the same when it is there."""
    matter = get_matter(actor, matter_id)
    ensure(matters.can_edit(actor, matter))
    if matter.act_kind != ActKind.EXTERNAL_REGULATION:
        raise Conflict(_("The kind of act of this matter is not binding regulations."))
    if (found := regulation_of(matter)) is not None:
        return found
    regulation = Regulation(
        proposal_id=matter.proposal_id,
        title=matter.title,
        area=_area(area) if area else AREAS.get(matter.subject, law.Area.MUNICIPAL),
        made_at=clock.now(),
    )
    db.session.add(regulation)
    db.session.flush()
    audit.record(actor, "council.regulation_begun", regulation, new={"area": str(regulation.area)})
    return regulation


def _area(name):
    if name not in set(law.Area):
        raise Invalid(_("Choose from the list"), field="area")
    return law.Area(name)


def save_note(actor, regulation_id, note, area=None):
    """Keep sections of the explanatory note (LAW-71), and what the regulations are about."""
    regulation = _to_prepare(actor, regulation_id)
    if area and regulation.since is None:
        regulation.area = _area(area)
    kept = {key: (note.get(key) or "").strip()[:20000] for key in law.NOTE if key in note}
    regulation.note = {**regulation.note, **kept}
    db.session.flush()
    audit.record(actor, "council.regulation_note_saved", regulation, new={"sections": sorted(kept)})
    return regulation


def publish_draft(actor, regulation_id, until):
    """Publish draft and note for opinions, from today until the day given, at least two weeks (LAW-72)."""
    regulation = _to_prepare(actor, regulation_id)
    ensure(policy.can_prepare(actor))
    if regulation.area in law.EXEMPT:
        raise Conflict(
            _(
                "Budget and planning drafts are not published for opinions this way (Local Government Law, section "
                "46(4))."
            )
        )
    if left := law.missing(regulation.area, regulation.note, before="consultations"):
        names = ", ".join(str(law.NOTE[key]) for key in left)
        raise Conflict(_("Fill in the note first: %(names)s", names=names))
    today = clock.today()
    if until < law.earliest_end(today):
        raise Invalid(
            _(
                "Opinions are gathered for at least two weeks, until %(day)s or later (Local Government Law, section "
                "46(3))",
                day=date_short(law.earliest_end(today)),
            ),
            field="until",
        )
    matter = matter_of(regulation)
    regulation.since, regulation.until, regulation.draft_text = today, until, matter.draft_text
    regulation.title = matter.title
    db.session.flush()
    audit.record(actor, "council.regulation_published", regulation, new={"until": until.isoformat()})
    _task(actor, regulation, _("Put the public's opinions into the note: %(title)s"), until)
    return regulation


def open_consultations():
    """Drafts on which the public may give opinions today. For everybody."""
    today = clock.today()
    query = sa.select(Regulation).where(Regulation.since <= today, Regulation.until >= today)
    return list(db.session.scalars(query.order_by(Regulation.until, Regulation.id).limit(100)))


def get_consultation(regulation_id):
    """A draft that was published for opinions. For everybody. Raises NotFound."""
    found = db.session.get(Regulation, regulation_id)
    if found is None or found.since is None:
        raise NotFound(_("There is no such draft"))
    return found


def send_opinion(regulation_id, name, text, address):
    """Somebody's opinion on a draft. address: from where it comes, kept only as a keyed hash of the day.
    Raises Conflict after the term, Invalid naming the field, Forbidden when too many come."""
    regulation = get_consultation(regulation_id)
    if not regulation.since <= clock.today() <= regulation.until:
        raise Conflict(_("Opinions were gathered until %(day)s.", day=date_short(regulation.until)))
    name, text = " ".join((name or "").split()), (text or "").strip()
    if not name:
        raise Invalid(_("Write your name"), field="name")
    if len(text) < 10:
        raise Invalid(_("Write your opinion"), field="text")
    if len(text) > 10000 or text.lower().count("http") > 3:
        raise Invalid(_("The opinion has at most 10 000 characters and three links"), field="text")
    now = clock.now()
    mark = _mark_of(address)
    recent = _count(PublicOpinion.from_hash == mark, PublicOpinion.sent_at > now - timedelta(hours=1))
    of_day = _count(PublicOpinion.regulation_id == regulation.id, PublicOpinion.sent_at > now - timedelta(days=1))
    if recent >= OPINIONS_AN_HOUR or of_day >= OPINIONS_A_DAY:
        raise Forbidden(_("Too many opinions came at once; try again in an hour."))
    opinion = PublicOpinion(regulation_id=regulation.id, name=name[:160], text=text, sent_at=now, from_hash=mark)
    db.session.add(opinion)
    db.session.flush()
    audit.record(SYSTEM, "council.opinion_received", regulation)
    return opinion


def _count(*conditions):
    return db.session.scalar(sa.select(sa.func.count(PublicOpinion.id)).where(*conditions))


def _mark_of(address):
    key = settings().instance_key
    return hmac.new(key, f"opinion|{clock.today()}|{address}".encode(), hashlib.sha256).hexdigest()


def answer_opinion(actor, opinion_id, outcome, answer):
    """Say what became of an opinion and why. Raises Forbidden, NotFound, Invalid."""
    opinion, regulation = _opinion(actor, opinion_id)
    answer = (answer or "").strip()
    if outcome not in set(OpinionOutcome):
        raise Invalid(_("Choose from the list"), field="outcome")
    if not answer:
        raise Invalid(_("Say why"), field="answer")
    opinion.outcome, opinion.answer = OpinionOutcome(outcome), answer[:5000]
    opinion.answered_at, opinion.answered_by_id = clock.now(), actor.person_id
    db.session.flush()
    audit.record(actor, "council.opinion_answered", regulation, new={"outcome": str(outcome)})
    return opinion


def hide_opinion(actor, opinion_id):
    """What came is no opinion (advertising): it does not go into the note. Kept, and may be shown again."""
    opinion, regulation = _opinion(actor, opinion_id)
    opinion.hidden = not opinion.hidden
    db.session.flush()
    audit.record(actor, "council.opinion_hidden", regulation, new={"hidden": opinion.hidden})
    return opinion


def _opinion(actor, opinion_id):
    opinion = db.session.get(PublicOpinion, opinion_id)
    if opinion is None:
        raise NotFound(_("There is no such opinion"))
    return opinion, _to_prepare(actor, opinion.regulation_id)


def collect_opinions(actor, regulation_id):
    """Put the public's opinions with their answers into the note (LAW-72); names stay out of it.
    Raises Conflict while the term runs or an opinion has no answer."""
    regulation = _to_prepare(actor, regulation_id)
    if regulation.until is None or clock.today() <= regulation.until:
        raise Conflict(_("Opinions are gathered until %(day)s.", day=date_short(regulation.until)))
    opinions = [one for one in opinions_on(regulation) if not one.hidden]
    if any(one.answered_at is None for one in opinions):
        raise Conflict(_("Answer each opinion first."))
    with in_language("lv"):
        words = {
            OpinionOutcome.TAKEN: _("taken into account"),
            OpinionOutcome.PARTLY: _("taken into account in part"),
            OpinionOutcome.NOT_TAKEN: _("not taken into account"),
        }
        lines = [
            _(
                "Opinions of the public were gathered on the website from %(since)s to %(until)s. Received: %(count)s.",
                since=date_short(regulation.since),
                until=date_short(regulation.until),
                count=len(opinions),
            )
        ]
        lines += [f"{n}. {one.text}\n– {words[one.outcome]}: {one.answer}" for n, one in enumerate(opinions, start=1)]
    regulation.note = {**regulation.note, "consultations": "\n".join(lines)}
    db.session.flush()
    workflow.complete_for(actor, "regulation", regulation.id, "council.regulation")
    audit.record(actor, "council.regulation_opinions_collected", regulation, new={"count": len(opinions)})
    return regulation


def _to_prepare(actor, regulation_id):
    """Regulations that are not adopted yet, for their author or the secretary."""
    regulation = get_regulation(actor, regulation_id)
    matter = matter_of(regulation)
    if not actor.can("council.prepare"):
        ensure(matters.can_edit(actor, matter))
    if regulation.signed_on is not None:
        raise Conflict(_("The regulations are adopted; they are not changed any more."))
    return regulation


def ensure_ready(matter):
    """Draft regulations reach the council with a complete note and after the public's opinions (LAW-71 … 73)."""
    if (regulation := regulation_of(matter)) is not None:
        ensure(law.may_reach_council(regulation.facts, clock.today()))


# ── After adoption ────────────────────────────────────────────────────────────────────────────────────────────────


def regulation_adopted(actor, decision_id, matter_id):
    """The decision on regulations is signed (DecisionSigned): they get their number, and the terms begin."""
    matter, decision = db.session.get_one(Matter, matter_id), db.session.get_one(Decision, decision_id)
    regulation = regulation_of(matter)
    if regulation is None or regulation.signed_on is not None:
        return
    day = clock.local(decision.signed_at).date()
    if regulation.number is None:
        last = db.session.scalar(sa.select(sa.func.max(Regulation.seq)).where(Regulation.year == day.year)) or 0
        regulation.year, regulation.seq, regulation.number = day.year, last + 1, f"{last + 1}/{day.year}"
    regulation.text, regulation.decision_id, regulation.signed_on = decision.text, decision.id, day
    regulation.title = decision.title
    db.session.flush()
    audit.record(SYSTEM, "council.regulation_adopted", regulation, new={"number": regulation.number})
    with in_language("lv"):
        if regulation.area in law.NEEDS_OPINION:
            _task(SYSTEM, regulation, _("Send the regulations to the ministry: %(title)s"), law.send_by(day))
        else:
            _task(SYSTEM, regulation, _("Send the regulations to Latvijas Vēstnesis: %(title)s"), law.send_by(day))


def _task(actor, regulation, title, due_on):
    """The secretary's one task about the next term of these regulations."""
    workflow.complete_for(actor, "regulation", regulation.id, "council.regulation")
    workflow.add_task(
        actor,
        "council.regulation",
        "regulation",
        regulation.id,
        title % {"title": regulation.title},
        role="secretary",
        due_on=due_on,
    )


def _adopted(actor, regulation_id):
    regulation = get_regulation(actor, regulation_id)
    ensure(policy.can_prepare(actor))
    if regulation.signed_on is None:
        raise Conflict(_("The regulations are not adopted and signed yet."))
    return regulation


def send_to_ministry(actor, regulation_id, ministry, address=""):
    """Send the signed regulations to the ministry by e-address; without an address note that they were sent by hand.
    LAW-74 for an opinion, LAW-169 for information. Raises Forbidden, Conflict, Invalid."""
    regulation = _adopted(actor, regulation_id)
    if regulation.area not in law.NEEDS_OPINION | law.INFORMED:
        raise Conflict(_("These regulations are not sent to a ministry."))
    if regulation.sent_on is not None:
        raise Conflict(_("The regulations were sent already."))
    ministry, address = (ministry or "").strip(), (address or "").strip()
    if not ministry:
        raise Invalid(_("Name the ministry"), field="ministry")
    regulation.ministry, regulation.address, regulation.sent_on = ministry[:300], address[:100] or None, clock.today()
    if address:
        regulation.delivery_id = _deliver(actor, regulation).id
    else:
        regulation.received_on = regulation.sent_on
    db.session.flush()
    audit.record(actor, "council.regulation_sent", regulation, new={"ministry": ministry, "by_hand": not address})
    if regulation.area in law.NEEDS_OPINION:
        due = law.answer_by(regulation.sent_on)
        _task(actor, regulation, _("Enter the ministry's opinion on the regulations: %(title)s"), due)
    return regulation


def _deliver(actor, regulation):
    decision = db.session.get_one(Decision, regulation.decision_id)
    files = documents.files_of(decision.document_id)
    containers = [one for one in files if one.role == documents.FileRole.CONTAINER and not one.depth]
    if not containers:
        raise Conflict(_("The decision has no signed container yet"))
    last = containers[-1]
    title = _("Binding regulations No. %(number)s: %(title)s", number=regulation.number, title=regulation.title)
    return exchange.queue_delivery(
        actor,
        document_id=decision.document_id,
        recipient=regulation.address,
        recipient_name=regulation.ministry,
        title=title[:240],
        files=[(last.name, last.mime, last.sha256, last.size_bytes)],
    )


def regulation_delivered(actor, delivery_id, state):
    """The ministry has received the regulations (exchange.DeliveryChanged): its month begins (LAW-74)."""
    if str(state) != "delivered":
        return
    found = db.session.scalar(sa.select(Regulation).where(Regulation.delivery_id == delivery_id))
    if found is not None and found.received_on is None:
        found.received_on = clock.today()
        db.session.flush()
        audit.record(SYSTEM, "council.regulation_received", found)


def note_ministry_opinion(actor, regulation_id, on, objections, text=""):
    """Enter the ministry's opinion. Raises Forbidden, Conflict, Invalid("on")."""
    regulation = _adopted(actor, regulation_id)
    if regulation.sent_on is None:
        raise Conflict(_("The regulations were not sent to the ministry yet."))
    if not regulation.sent_on <= on <= clock.today():
        raise Invalid(_("The day lies between the sending and today"), field="on")
    regulation.opinion_on, regulation.objections = on, bool(objections)
    regulation.opinion_text = (text or "").strip() or None
    regulation.received_on = regulation.received_on or regulation.sent_on
    db.session.flush()
    audit.record(actor, "council.regulation_opinion", regulation, new={"on": on.isoformat(), "objections": objections})
    if objections:
        _task(actor, regulation, _("Answer the ministry's objections: %(title)s"), law.reason_by(on))
    else:
        _task(actor, regulation, _("Send the regulations to Latvijas Vēstnesis: %(title)s"), law.send_by(on))
    return regulation


def insist(actor, regulation_id, number):
    """The council keeps its text by a reasoned decision, named by its number (LAW-77). Raises Forbidden, Invalid."""
    regulation = _adopted(actor, regulation_id)
    ensure(law.may_answer_objections(regulation.facts, clock.today()))
    decision = db.session.scalar(sa.select(Decision).where(Decision.number == (number or "").strip()))
    if decision is None or decision.state != PaperState.SIGNED:
        raise Invalid(_("There is no signed decision with this number"), field="number")
    day = clock.local(decision.signed_at).date()
    adopted_on = decision.adopted_on
    if adopted_on < regulation.opinion_on or adopted_on > law.reason_by(regulation.opinion_on):
        raise Invalid(_("The decision is adopted within two months after the opinion"), field="number")
    regulation.kept_on, regulation.kept_by = day, decision.number
    db.session.flush()
    audit.record(actor, "council.regulation_kept", regulation, new={"decision": decision.number})
    _task(actor, regulation, _("Send the regulations to Latvijas Vēstnesis: %(title)s"), law.send_by(day))
    return regulation


def correct(actor, regulation_id):
    """The council corrects its text after objections (LAW-77): a new draft for the council, after whose signing the
    regulations go to the ministry again. Returns the new matter."""
    regulation = _adopted(actor, regulation_id)
    ensure(law.may_answer_objections(regulation.facts, clock.today()))
    old = matter_of(regulation)
    made = proposals.propose(
        actor,
        title=old.title,
        draft_text=regulation.text,
        kind=ActKind.EXTERNAL_REGULATION,
        body_id=bodies.council_of(actor).id,
        subject=old.subject,
        previous_id=old.proposal_id,
        prepare=True,
    )
    done = ("signed_on", "sent_on", "received_on", "opinion_on", "opinion_text", "decision_id")
    regulation.earlier = [*regulation.earlier, {name: str(getattr(regulation, name) or "") for name in done}]
    for name in (*done, "delivery_id", "kept_on", "kept_by"):
        setattr(regulation, name, None)
    regulation.objections, regulation.proposal_id = False, made.proposal_id
    db.session.flush()
    workflow.complete_for(actor, "regulation", regulation.id, "council.regulation")
    audit.record(actor, "council.regulation_corrected", regulation, new={"matter": str(made.id)})
    return made


def send_to_gazette(actor, regulation_id):
    """Note that the regulations went to Latvijas Vēstnesis today; refused before the way is open and after the terms
    of LAW-77."""
    regulation = _adopted(actor, regulation_id)
    if regulation.gazette_on is not None:
        raise Conflict(_("The regulations were sent already."))
    ensure(law.may_send_to_gazette(regulation.facts, clock.today()))
    regulation.gazette_on = clock.today()
    db.session.flush()
    audit.record(actor, "council.regulation_to_gazette", regulation)
    _task(
        actor,
        regulation,
        _("Enter the publication of the regulations: %(title)s"),
        clock.add_working_days(clock.today(), 5),
    )
    return regulation


def note_publication(actor, regulation_id, on, number, url="", set_on=None):
    """Enter the publication in Latvijas Vēstnesis; from it the day of entry into force follows (LAW-78).
    set_on: the day that the regulations themselves set. Raises Forbidden, Conflict, Invalid."""
    regulation = _adopted(actor, regulation_id)
    if regulation.gazette_on is None:
        raise Conflict(_("The regulations were not sent to Latvijas Vēstnesis yet."))
    if not regulation.gazette_on <= on <= clock.today():
        raise Invalid(_("The day lies between the sending and today"), field="on")
    if not (number or "").strip():
        raise Invalid(_("Enter the number of the publication, for example 2026/123.4"), field="number")
    if url and not url.startswith("https://"):
        raise Invalid(_("The address begins with https://"), field="url")
    if set_on and set_on <= on:
        raise Invalid(_("The day lies after the publication"), field="set_on")
    regulation.published_on, regulation.gazette_number = on, number.strip()[:60]
    regulation.gazette_url, regulation.set_on = (url or "").strip()[:300] or None, set_on
    regulation.in_force_on = law.in_force_on(regulation.facts)
    db.session.flush()
    workflow.complete_for(actor, "regulation", regulation.id, "council.regulation")
    audit.record(actor, "council.regulation_in_force", regulation, new={"from": regulation.in_force_on.isoformat()})
    return regulation


def repeal(actor, regulation_id, on):
    """The regulations are no longer in force from this day on."""
    regulation = _adopted(actor, regulation_id)
    if regulation.in_force_on is None or on < regulation.in_force_on:
        raise Invalid(_("The regulations were not in force on this day"), field="on")
    regulation.repealed_on = on
    db.session.flush()
    audit.record(actor, "council.regulation_repealed", regulation, new={"on": on.isoformat()})
    return regulation


def regulations_in_force(words="", after=None, size=50):
    """A page of regulations in force today, newest first. For everybody."""
    today = clock.today()
    query = sa.select(Regulation).where(
        Regulation.in_force_on <= today, sa.or_(Regulation.repealed_on.is_(None), Regulation.repealed_on > today)
    )
    for word in (words or "").split()[:10]:
        query = query.where(
            sa.or_(Regulation.title.icontains(word, autoescape=True), Regulation.number.contains(word, autoescape=True))
        )
    return cursor_page(query, (Regulation.in_force_on.desc(), Regulation.id.desc()), size=size, cursor=after)


def published_regulation(regulation_id):
    """Regulations that were published. For everybody. Raises NotFound."""
    found = db.session.get(Regulation, regulation_id)
    if found is None or found.published_on is None:
        raise NotFound(_("There are no such regulations"))
    return found
