"""What joins minutes after signing: members' written opinions in time (LAW-55), and corrections of mistakes."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.models import AdditionKind, MinutesAddition, PaperState, Session
from portal.council.service import bodies
from portal.council.service.minutes import get_minutes
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, ensure
from portal.kernel.i18n import _, date_short
from portal.kernel.live import publish

LONGEST = 20000


def additions_of(minutes_id):
    """All that joined these minutes, in the order of filing."""
    found = sa.select(MinutesAddition).where(MinutesAddition.minutes_id == minutes_id)
    return list(db.session.scalars(found.order_by(MinutesAddition.filed_at, MinutesAddition.id)))


def opinion_by(minutes):
    """Last day for a member's written opinion, or None before the minutes are signed (LAW-55)."""
    return rules.opinion_by(clock.local(minutes.signed_at).date()) if minutes.signed_at else None


def add_opinion(actor, minutes_id, matter_n, text, person_id=None):
    """A member's written opinion on a matter, within five working days after signing; the secretary enters one that
    came on paper (person_id). Raises Forbidden, Conflict before signing and after the term, Invalid."""
    minutes, matter = _signed(actor, minutes_id, matter_n)
    session = db.session.get_one(Session, minutes.session_id)
    who = person_id or actor.person_id
    if who != actor.person_id:
        ensure(policy.can_prepare(actor))
    if not bodies.sits_in(session, who):
        raise Forbidden(_("An opinion is filed by a member of the body."))
    if clock.today() > opinion_by(minutes):
        raise Conflict(
            _(
                "The term for opinions ended on %(day)s (Local Government Law, section 38(5)).",
                day=date_short(opinion_by(minutes)),
            )
        )
    if matter is None:
        raise Invalid(_("Choose the matter"), field="matter")
    return _add(actor, minutes, AdditionKind.OPINION, matter_n, who, text)


def add_correction(actor, minutes_id, text, matter_n=None):
    """A mistake found after signing: an entry of its own beside the signed text."""
    minutes, _matter = _signed(actor, minutes_id, matter_n)
    ensure(policy.can_prepare(actor))
    return _add(actor, minutes, AdditionKind.CORRECTION, matter_n, actor.person_id, text)


def _signed(actor, minutes_id, matter_n):
    minutes = get_minutes(actor, minutes_id)
    if minutes.state != PaperState.SIGNED:
        raise Conflict(_("The minutes are not signed yet; complete them instead."))
    matter = next((one for one in minutes.body["matters"] if one["n"] == matter_n), None)
    if matter_n is not None and matter is None:
        raise Invalid(_("Choose the matter"), field="matter")
    return minutes, matter


def _add(actor, minutes, kind, matter_n, person_id, text):
    text = (text or "").strip()[:LONGEST]
    if not text:
        raise Invalid(_("Write the text"), field="text")
    row = MinutesAddition(
        minutes_id=minutes.id,
        kind=kind,
        matter_n=matter_n,
        person_id=person_id,
        name=identity.get_person(actor, person_id).name[:160] if person_id else actor.name[:160],
        text=text,
        filed_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "council.minutes_added", minutes, new={"kind": str(kind), "n": matter_n, "text": text[:500]})
    publish(f"session:{minutes.session_id}", "minutes")
    return row


def is_member(actor, session_id):
    """Whether the actor sat in the body of this session on its day."""
    session = db.session.get_one(Session, session_id)
    return bodies.sits_in(session, actor.person_id)
