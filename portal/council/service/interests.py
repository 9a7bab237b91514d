"""The register of interests: what members declare in general, and where a matter names it (LAW-49)."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import interests as matching
from portal.council import policy, rules
from portal.council.models import Interest, Recusal
from portal.council.models.sessions import local_day
from portal.council.shapes import InterestHint, Named
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.i18n import _, date_short
from portal.kernel.web import cursor_page


def add_interest(actor, subject, relation, number=None, person_id=None):
    """A member declares a tie; the secretary enters one that came on paper (person_id).
    Raises Forbidden, Invalid naming the field."""
    who = person_id or actor.person_id
    ensure(policy.can_declare(actor, own=who == actor.person_id))
    subject, relation = " ".join((subject or "").split()), " ".join((relation or "").split())
    if not subject:
        raise Invalid(_("Name the company, organisation or person"), field="subject")
    if not relation:
        raise Invalid(_("Say what ties the member to it"), field="relation")
    interest = Interest(
        person_id=who,
        subject=subject[:200],
        number=(number or "").strip()[:20] or None,
        relation=relation[:200],
        since=clock.today(),
        declared_by_id=actor.person_id,
    )
    db.session.add(interest)
    db.session.flush()
    audit.record(actor, "council.interest_added", interest, new={"member": str(who), "relation": interest.relation})
    return interest


def end_interest(actor, interest_id):
    """The tie is there no more; the register keeps it. Raises Forbidden, NotFound."""
    interest = db.session.get(Interest, interest_id)
    if interest is None:
        raise NotFound(_("There is no such declaration"))
    ensure(policy.can_declare(actor, own=interest.person_id == actor.person_id))
    if interest.until is None:
        interest.until = clock.today()
        db.session.flush()
        audit.record(actor, "council.interest_ended", interest, new={"until": date_short(interest.until)})
    return interest


def list_interests(actor, after=None, size=50):
    """A page of (Interest, name): of all members for who prepares or leads sessions, else one's own; newest first."""
    query = sa.select(Interest)
    if not policy.can_read_interests(actor):
        query = query.where(Interest.person_id == actor.person_id)
    page = cursor_page(query, (Interest.declared_at.desc(), Interest.id.desc()), size=size, cursor=after)
    held = identity.names_of({one.person_id for one in page.rows})
    page.rows = [(one, held.get(one.person_id, "")) for one in page.rows]
    return page


def hints_at(actor, view):
    """For who runs a session, a SessionView: whose declared ties the current matter names, though they said nothing."""
    if view.current is None or view.current.matter.is_decided or not view.can["run"]:
        return []
    return hints(view.session, view.current.matter, {one.id: one.name for one in view.members})


def hints(session, matter, people):
    """Where the matter names what these people, {id: name}, have in the register and have not declared in the matter
    itself, as InterestHints; in one query."""
    declared = sa.select(Recusal.member_id).where(Recusal.matter_id == matter.id, Recusal.withdrawn_at.is_(None))
    rows = sa.select(Interest).where(
        Interest.person_id.in_(people), Interest.held_on(local_day(session)), Interest.person_id.not_in(declared)
    )
    text = f"{matter.title}\n{matter.draft_text}"
    blocks = rules.interest_blocks(matter.act_kind)
    return [
        InterestHint(Named(one.person_id, people[one.person_id]), one.subject, one.relation, blocks)
        for one in db.session.scalars(rows.order_by(Interest.declared_at))
        if matching.names(text, one.subject, one.number)
    ]
