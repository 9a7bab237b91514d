"""What the secretary sets about a coming session: headings and closed matters of the agenda, guests, why it is late."""

from datetime import date, timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy
from portal.council.events import PublicChanged
from portal.council.models import Guest, Matter, Session, SessionKind
from portal.council.rules import ClosedGround
from portal.council.service import bodies
from portal.council.service.matters import can_edit
from portal.council.service.reading import get_session, locked_matter, locked_session
from portal.council.shapes import Mark
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.live import publish


def set_line(actor, matter_id, section, closed_ground):
    """The heading under which a matter stands on the agenda, and the ground on which it is closed, if it is (LAW-17).
    Raises Forbidden, Conflict, Invalid("closed_ground")."""
    matter = locked_matter(actor, matter_id)
    ensure(policy.can_prepare(actor))
    ensure(can_edit(actor, matter))
    if matter.session_id is None:
        raise Conflict(_("The matter does not stand on an agenda yet."))
    if closed_ground and closed_ground not in set(ClosedGround):
        raise Invalid(_("Choose from the list"), field="closed_ground")
    old = {"section": matter.section, "closed_ground": matter.closed_ground}
    matter.section = " ".join((section or "").split())[:120] or None
    matter.closed_ground = str(ClosedGround(closed_ground)) if closed_ground else None
    db.session.flush()
    audit.record(
        actor,
        "council.line_set",
        matter,
        old=old,
        new={"section": matter.section, "closed_ground": matter.closed_ground},
    )
    if matter.closed_ground != old["closed_ground"]:
        announce(actor, PublicChanged(session_id=matter.session_id))
    publish(f"session:{matter.session_id}", "agenda")
    return matter


def add_guest(actor, session_id, name, office="", matter_id=None, asked_at=None):
    """Ask somebody from outside to a session. Raises Forbidden, Conflict, Invalid("name"), NotFound (the matter)."""
    session = locked_session(actor, session_id)
    ensure(policy.can_prepare(actor))
    if session.is_closed:
        raise Conflict(_("The session is closed."))
    name = " ".join((name or "").split())[:160]
    if not name:
        raise Invalid(_("Name the guest"), field="name")
    on_it = sa.select(Matter.id).where(Matter.id == matter_id, Matter.session_id == session.id)
    if matter_id is not None and db.session.scalar(on_it) is None:
        raise NotFound(_("There is no such matter"))
    guest = Guest(
        session_id=session.id, matter_id=matter_id, name=name, office=(office or "").strip()[:160], asked_at=asked_at
    )
    db.session.add(guest)
    db.session.flush()
    audit.record(actor, "council.guest_asked", session, personal={"guest": name})
    publish(f"session:{session.id}", "agenda")
    return guest


def remove_guest(actor, guest_id):
    """The guest is not expected any more. Raises Forbidden, NotFound. Returns the session's id."""
    ensure(policy.can_prepare(actor))
    guest = db.session.get(Guest, guest_id)
    if guest is None:
        raise NotFound(_("There is no such guest"))
    session = get_session(actor, guest.session_id)
    audit.record(actor, "council.guest_removed", session, personal={"guest": guest.name})
    db.session.delete(guest)
    db.session.flush()
    publish(f"session:{session.id}", "agenda")
    return session.id


def guests_of(session_id):
    """(Guest, number of the matter or None) of a session, in the order of the agenda."""
    rows = db.session.execute(
        sa.select(Guest, Matter.n)
        .outerjoin(Matter, sa.and_(Matter.id == Guest.matter_id, Matter.session_id == Guest.session_id))
        .where(Guest.session_id == session_id)
    )
    return sorted(((guest, n) for guest, n in rows), key=lambda line: (line[1] or 0, line[0].name))


def state_late_ground(actor, session_id, ground):
    """Why something of this session came after its term (LAW-3, 4, 5, 8). Raises Forbidden, Invalid("ground")."""
    session = locked_session(actor, session_id)
    ensure(policy.can_prepare(actor))
    ground = (ground or "").strip()[:500]
    if not ground:
        raise Invalid(_("Say why it is late"), field="ground")
    old, session.late_ground = session.late_ground, ground
    db.session.flush()
    audit.record(actor, "council.late_ground_stated", session, old={"ground": old}, reason=ground)
    publish(f"session:{session.id}", "session")
    return session


def months_without(actor):
    """Marks for this month and the next when the council has no regular session in them (LAW-1)."""
    council, today = bodies.council_of(actor), clock.today()
    first = today.replace(day=1)
    second = _next_month(first)
    held = db.session.scalars(
        sa.select(Session.planned_at).where(
            Session.body_id == council.id,
            Session.kind != SessionKind.EXTRAORDINARY,
            Session.planned_at >= clock.at_local(first),
            Session.planned_at < clock.at_local(_next_month(second)),
        )
    )
    covered = {clock.local(moment).date().replace(day=1) for moment in held}
    return [
        Mark(
            "month",
            "warn",
            _("No regular session of the council is planned in %(month)s.", month=f"{month:%m.%Y}"),
            _("Local Government Law, section 28(1)"),
        )
        for month in (first, second)
        if month not in covered
    ]


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
