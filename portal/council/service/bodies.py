"""Bodies and who sits in them."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy
from portal.council.models import Body, BodyKind, BodyMember, Office, OfficeHeld, SessionTemplate
from portal.council.models.sessions import local_day
from portal.council.shapes import Named
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import set_of, visible_to
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _
from portal.kernel.latvian import sort_key

# Sessions are open by default (LAW-16): everyone who works here sees that they take place. Their matters are narrower.
SESSION_KEYS = ("role:secretary", "role:chair", "role:member", "role:clerk", "role:head", "role:employee")
MOST_SEATS = 200
MATTER_KEYS = ("role:secretary", "role:chair", "role:member")


def add_body(
    actor,
    kind,
    name,
    short_name,
    seats,
    *,
    chair_id=None,
    deputy_chair_id=None,
    minute_taker_id=None,
    since=None,
    is_finance=False,
):
    """A new body. seats: the statutory number of members; since: from when those named hold their offices (today).
    Raises Forbidden, Invalid naming the field."""
    ensure(policy.can_prepare(actor))
    if not 1 <= seats <= MOST_SEATS:
        raise Invalid(_("A body has between 1 and %(most)s seats", most=MOST_SEATS), field="seats")
    if db.session.scalar(sa.select(Body.id).where(Body.name == name)):
        raise Invalid(_("There is a body with this name"), field="name")
    if is_finance and db.session.scalar(sa.select(Body.id).where(Body.is_finance)):
        raise Invalid(_("There is a finance committee already"), field="is_finance")
    body = Body(
        kind=BodyKind(kind),
        name=name,
        short_name=short_name,
        seats=seats,
        chair_id=chair_id,
        deputy_chair_id=deputy_chair_id,
        minute_taker_id=minute_taker_id,
        is_finance=is_finance,
        access_set_id=set_of(*SESSION_KEYS),
    )
    db.session.add(body)
    db.session.flush()
    offices = {Office.CHAIR: chair_id, Office.DEPUTY_CHAIR: deputy_chair_id, Office.MINUTE_TAKER: minute_taker_id}
    for office, person_id in offices.items():
        if person_id:
            held = OfficeHeld(body_id=body.id, person_id=person_id, office=office, since=since or clock.today())
            db.session.add(held)
    db.session.flush()
    audit.record(actor, "council.body_added", body, new={"kind": str(body.kind), "seats": seats})
    return body


def add_member(actor, body_id, person_id, since=None, until=None):
    """Seat a person in a body, from a day (today) on. Raises Conflict when the person sits there already."""
    ensure(policy.can_prepare(actor))
    body = get_body(actor, body_id)
    since = since or clock.today()
    sits = sa.select(BodyMember.id).where(
        BodyMember.body_id == body.id, BodyMember.person_id == person_id, BodyMember.sitting_on(since)
    )
    if db.session.scalar(sits):
        raise Conflict(_("This person is a member of the body already"))
    member = BodyMember(body_id=body.id, person_id=person_id, since=since, until=until)
    db.session.add(member)
    db.session.flush()
    audit.record(actor, "council.member_seated", body, new={"person": str(person_id), "since": since.isoformat()})
    return member


def set_template(actor, body_id, weekday, starts_at, place, standing_items):
    """How the body's usual session looks. weekday 0 is Monday; starts_at is Riga time; standing_items: titles."""
    ensure(policy.can_prepare(actor))
    body = get_body(actor, body_id)
    template = template_of(body.id) or SessionTemplate(body_id=body.id)
    template.weekday, template.starts_at, template.place = weekday, starts_at, place
    template.standing_items = list(standing_items)
    db.session.add(template)
    db.session.flush()
    audit.record(actor, "council.template_set", body, new={"weekday": weekday, "place": place})
    return template


def template_of(body_id):
    """The body's session template, or None."""
    return db.session.scalar(sa.select(SessionTemplate).where(SessionTemplate.body_id == body_id))


def list_bodies(actor):
    """The bodies the actor may see: the council first, then committees by name."""
    rows = db.session.scalars(sa.select(Body).where(visible_to(actor, Body)))
    return sorted(rows, key=lambda body: (body.is_committee, sort_key(body.name)))


def get_body(actor, body_id):
    """A body. Raises NotFound."""
    body = db.session.scalar(sa.select(Body).where(Body.id == body_id, visible_to(actor, Body)))
    if body is None:
        raise NotFound(_("There is no such body"))
    return body


def council_of(actor):
    """The council itself. Raises NotFound in an instance without one."""
    body = db.session.scalar(sa.select(Body).where(Body.kind == BodyKind.COUNCIL).order_by(Body.id).limit(1))
    if body is None:
        raise NotFound(_("There is no council yet"))
    return body


def members_of(body_id, on=None):
    """The members who sit in a body on a day (today), as Named, in Latvian order of family name."""
    ids = db.session.scalars(
        sa.select(BodyMember.person_id).where(BodyMember.body_id == body_id, BodyMember.sitting_on(on or clock.today()))
    )
    return named(ids)


def is_member(body_id, person_id, on=None):
    """Whether a person sits in the body on a day (today)."""
    return (
        person_id is not None
        and db.session.scalar(
            sa.select(BodyMember.id)
            .where(
                BodyMember.body_id == body_id,
                BodyMember.person_id == person_id,
                BodyMember.sitting_on(on or clock.today()),
            )
            .limit(1)
        )
        is not None
    )


def members_in(session):
    """The members who sit in a session: of all committees of a joint one, each once; in order of family name."""
    return named(member_ids(session))


def member_ids(session):
    """Their ids."""
    ids = [body.id for body in session.bodies]
    day = local_day(session)
    return set(
        db.session.scalars(
            sa.select(BodyMember.person_id).where(BodyMember.body_id.in_(ids), BodyMember.sitting_on(day))
        )
    )


def sits_in(session, person_id):
    """Whether a person sits in a body of this session on its day."""
    day = local_day(session)
    return any(is_member(body.id, person_id, day) for body in session.bodies)


def named(ids, names=None):
    """These people as Named, by family name. names: id -> name when known already, else asked in one query."""
    ids = {i for i in ids if i}
    names = identity.names_of(ids) if names is None else names
    return sorted((Named(i, names.get(i, "")) for i in ids), key=lambda person: by_family_name(person.name))


def by_family_name(name):
    """Sort key of "Vārds Uzvārds": the last word first."""
    given, _space, family = name.rpartition(" ")
    return sort_key(f"{family} {given}")
