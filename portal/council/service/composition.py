"""Who sits in a body, with which office and in which faction: today, earlier and from a coming day on."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.models import Body, BodyKind, BodyMember, Convocation, Faction, FactionMember, Office, OfficeHeld
from portal.council.service import bodies
from portal.council.shapes import Mark, Named
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _

LEADING = (Office.CHAIR, Office.DEPUTY_CHAIR)
KEPT = {Office.CHAIR: "chair_id", Office.DEPUTY_CHAIR: "deputy_chair_id", Office.MINUTE_TAKER: "minute_taker_id"}


@dataclass(frozen=True)
class Seat:
    """One seat of a body on a day, or in the history with all its days."""

    person: Named
    since: date
    until: date | None
    offices: list[Office] = field(default_factory=list)
    faction: str = ""
    replaces: str = ""
    reason: str = ""


def composition_of(body_id, on=None):
    """The seats of a body on a day (today), chair and deputy first, then by family name; in three queries."""
    on = on or clock.today()
    rows = list(db.session.scalars(sa.select(BodyMember).where(BodyMember.body_id == body_id, BodyMember.held_on(on))))
    offices = list(
        db.session.scalars(sa.select(OfficeHeld).where(OfficeHeld.body_id == body_id, OfficeHeld.held_on(on)))
    )
    names = identity.names_of({row.person_id for row in [*rows, *offices]} | {row.replaces_id for row in rows})
    factions = factions_on(on)
    held: dict = {}
    for one in offices:
        held.setdefault(one.person_id, []).append(one.office)
    seats = [
        Seat(
            person=Named(row.person_id, names.get(row.person_id, "")),
            since=row.since,
            until=row.until,
            offices=[office for office in Office if office in held.get(row.person_id, ())],
            faction=factions.get(row.person_id, ""),
            replaces=names.get(row.replaces_id, ""),
        )
        for row in rows
    ]
    return sorted(
        seats,
        key=lambda seat: (
            Office.CHAIR not in seat.offices,
            Office.DEPUTY_CHAIR not in seat.offices,
            bodies.by_family_name(seat.person.name),
        ),
    )


def staff_of(body_id, on=None):
    """Secretary and minute-taker of a body on a day: (office, Named)."""
    rows = list(
        db.session.scalars(
            sa.select(OfficeHeld).where(
                OfficeHeld.body_id == body_id,
                OfficeHeld.office.not_in(LEADING),
                OfficeHeld.held_on(on or clock.today()),
            )
        )
    )
    names = identity.names_of(row.person_id for row in rows)
    return sorted((row.office, Named(row.person_id, names.get(row.person_id, ""))) for row in rows)


def history_of(body_id):
    """Every seat and office of a body with its days, newest first: (seats, [(office, Named, since, until)])."""
    rows = list(
        db.session.scalars(
            sa.select(BodyMember)
            .where(BodyMember.body_id == body_id)
            .order_by(BodyMember.since.desc(), BodyMember.id)
            .limit(1000)
        )
    )
    offices = list(
        db.session.scalars(
            sa.select(OfficeHeld).where(OfficeHeld.body_id == body_id).order_by(OfficeHeld.since.desc(), OfficeHeld.id)
        )
    )
    names = identity.names_of({row.person_id for row in [*rows, *offices]} | {row.replaces_id for row in rows})
    seats = [
        Seat(
            person=Named(row.person_id, names.get(row.person_id, "")),
            since=row.since,
            until=row.until,
            replaces=names.get(row.replaces_id, ""),
            reason=row.end_reason or "",
        )
        for row in rows
    ]
    seats.sort(key=lambda seat: (-seat.since.toordinal(), bodies.by_family_name(seat.person.name)))
    named = [(row.office, Named(row.person_id, names.get(row.person_id, "")), row.since, row.until) for row in offices]
    return seats, named


def convocations_of(body_id):
    """The convocations of the council, newest first."""
    return list(
        db.session.scalars(
            sa.select(Convocation).where(Convocation.body_id == body_id).order_by(Convocation.since.desc())
        )
    )


def factions_on(day=None):
    """person_id -> name of the faction on a day (today), in one query."""
    day = day or clock.today()
    rows = db.session.execute(
        sa.select(FactionMember.person_id, Faction.name)
        .join(Faction, Faction.id == FactionMember.faction_id)
        .where(FactionMember.held_on(day))
    )
    return {row.person_id: row.name for row in rows}


def list_factions(on=None):
    """The factions of a day (today), by name."""
    return list(
        db.session.scalars(sa.select(Faction).where(Faction.held_on(on or clock.today())).order_by(Faction.name))
    )


# ── Changing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def seat(actor, body_id, person_id, since=None, replaces_id=None):
    """Seat a person, in place of another when so said. Raises Forbidden, Conflict (sits there), Invalid (no seat)."""
    ensure(policy.can_prepare(actor))
    body, since = bodies.get_body(actor, body_id), since or clock.today()
    taken = db.session.scalar(
        sa.select(sa.func.count()).where(BodyMember.body_id == body.id, BodyMember.held_on(since))
    )
    if taken >= body.seats:
        raise Invalid(
            _("All %(seats)s seats are taken on this day; end a seat first", seats=body.seats), field="person"
        )
    member = bodies.add_member(actor, body.id, person_id, since=since)
    member.replaces_id = replaces_id
    db.session.flush()
    return member


def end_seat(actor, body_id, person_id, last_day, reason):
    """A person's seat ends with this day, and with it the offices in the body; in the council the faction too.
    The history keeps them. Raises Forbidden, Conflict (no such seat), Invalid("last_day" or "reason")."""
    ensure(policy.can_prepare(actor))
    body = bodies.get_body(actor, body_id)
    if not (reason or "").strip():
        raise Invalid(_("Say why the seat ends"), field="reason")
    if last_day is None:
        raise Invalid(_("Fill in this field"), field="last_day")
    row = db.session.scalar(
        sa.select(BodyMember).where(
            BodyMember.body_id == body.id, BodyMember.person_id == person_id, BodyMember.held_on(last_day)
        )
    )
    if row is None:
        raise Conflict(_("This person has no seat in the body on this day."))
    row.until, row.end_reason = last_day, reason.strip()[:200]
    _end(OfficeHeld, last_day, OfficeHeld.body_id == body.id, OfficeHeld.person_id == person_id)
    if not body.is_committee:
        _end(FactionMember, last_day, FactionMember.person_id == person_id)
    db.session.flush()
    audit.record(
        actor, "council.seat_ended", body, reason=row.end_reason,
        new={"person": str(person_id), "last_day": last_day.isoformat()},
    )  # fmt: skip
    settle()
    return row


def set_office(actor, body_id, office, person_id, since=None):
    """Who holds an office of a body from a day (today) on; None: nobody.

    Raises Forbidden and Invalid("person") with the rule: chairs are members, the council's chair leads the finance
    committee, and nobody chairs more than two committees (LAW-61)."""
    ensure(policy.can_prepare(actor))
    body, office, since = bodies.get_body(actor, body_id), Office(office), since or clock.today()
    if person_id is not None and office in LEADING:
        if not bodies.is_member(body.id, person_id, since):
            raise Invalid(_("The chair and the deputy chair are members of the body"), field="person")
        if office == Office.CHAIR and body.kind == BodyKind.COMMITTEE:
            refusal = rules.may_chair_committee(
                finance=body.is_finance,
                council_chair=_holder(bodies.council_of(actor).id, Office.CHAIR, since) == person_id,
                chairs=_chaired(person_id, since, but=body.id),
            )
            if not refusal:
                raise Invalid(refusal.reason, field="person")
    _end(OfficeHeld, since - timedelta(days=1), OfficeHeld.body_id == body.id, OfficeHeld.office == office)
    if person_id is not None:
        db.session.add(OfficeHeld(body_id=body.id, person_id=person_id, office=office, since=since))
    db.session.flush()
    audit.record(
        actor, "council.office_set", body,
        new={"office": str(office), "person": str(person_id or ""), "since": since.isoformat()},
    )  # fmt: skip
    settle()


def _holder(body_id, office, day):
    return db.session.scalar(
        sa.select(OfficeHeld.person_id).where(
            OfficeHeld.body_id == body_id, OfficeHeld.office == office, OfficeHeld.held_on(day)
        )
    )


def _chaired(person_id, day, but):
    """How many other committees a person chairs on a day."""
    return db.session.scalar(
        sa.select(sa.func.count())
        .select_from(OfficeHeld)
        .join(Body, Body.id == OfficeHeld.body_id)
        .where(
            Body.kind == BodyKind.COMMITTEE,
            Body.id != but,
            OfficeHeld.office == Office.CHAIR,
            OfficeHeld.person_id == person_id,
            OfficeHeld.held_on(day),
        )
    )


def _end(table, last_day, *where):
    """Let rows that hold after this day end with it; what would begin later is taken back."""
    for row in db.session.scalars(
        sa.select(table).where(*where, sa.or_(table.until.is_(None), table.until > last_day))
    ):
        if row.since > last_day:
            db.session.delete(row)
        else:
            row.until = last_day
    db.session.flush()


def add_faction(actor, name, since=None):
    """A new faction. Raises Forbidden, Invalid("name")."""
    ensure(policy.can_prepare(actor))
    name, since = (name or "").strip()[:120], since or clock.today()
    if not name:
        raise Invalid(_("The faction needs a name"), field="name")
    if any(one.name.casefold() == name.casefold() for one in list_factions(since)):
        raise Invalid(_("There is such a faction already"), field="name")
    faction = Faction(name=name, since=since)
    db.session.add(faction)
    db.session.flush()
    audit.record(actor, "council.faction_added", faction, new={"since": since.isoformat()})
    return faction


def join_faction(actor, person_id, faction_id=None, since=None):
    """A deputy belongs to a faction from a day (today) on and leaves the one before; None: to none.
    Raises Forbidden, NotFound, Conflict for somebody who is no deputy."""
    ensure(policy.can_prepare(actor))
    since = since or clock.today()
    council = bodies.council_of(actor)
    if not bodies.is_member(council.id, person_id, since):
        raise Conflict(_("Only deputies belong to factions."))
    faction = db.session.get(Faction, faction_id) if faction_id else None
    if faction_id and faction is None:
        raise NotFound(_("There is no such faction"))
    _end(FactionMember, since - timedelta(days=1), FactionMember.person_id == person_id)
    if faction is not None:
        db.session.add(FactionMember(faction_id=faction.id, person_id=person_id, since=since))
        db.session.flush()
    audit.record(
        actor, "council.faction_joined", council,
        new={"person": str(person_id), "faction": faction.name if faction else "", "since": since.isoformat()},
    )  # fmt: skip


# ── What the day says ─────────────────────────────────────────────────────────────────────────────────────────────


def settle():
    """Bring what bodies say of their offices and seats, and who may lead sessions, to what holds today."""
    today = clock.today()
    held: dict = {}
    for row in db.session.scalars(sa.select(OfficeHeld).where(OfficeHeld.held_on(today))):
        held[row.body_id, row.office] = row.person_id
    known = {row for row in db.session.scalars(sa.select(OfficeHeld.body_id).distinct())}
    seats = dict(
        db.session.execute(sa.select(Convocation.body_id, Convocation.seats).where(Convocation.held_on(today))).all()
    )
    for body in db.session.scalars(sa.select(Body)):
        if body.id in known:
            for office, column in KEPT.items():
                if getattr(body, column) != held.get((body.id, office)):
                    setattr(body, column, held.get((body.id, office)))
        if seats.get(body.id, body.seats) != body.seats:
            body.seats = seats[body.id]
    _give_leading({person_id for (_body, office), person_id in held.items() if office in LEADING})
    db.session.flush()


def _give_leading(leaders):
    """Chairs and deputy chairs may lead sessions; who was one and is no more may not."""
    ever = set(db.session.scalars(sa.select(OfficeHeld.person_id).where(OfficeHeld.office.in_(LEADING))))
    holders = {one.id for one in identity.people_with_role("chair")}
    for person_id in leaders - holders:
        if not any(one.role_key == "chair" and one.until is None for one, _name in identity.assignments_of(person_id)):
            identity.give_role(SYSTEM, person_id, "chair")
    for person_id in (ever & holders) - leaders:
        take_role(person_id, "chair")


def take_role(person_id, role, last_day=None):
    """Let a role of a person end with a day (now)."""
    last_day = last_day or clock.today() - timedelta(days=1)
    for assignment, _name in identity.assignments_of(person_id):
        if assignment.role_key == role and (assignment.until is None or assignment.until > last_day):
            identity.take_role(SYSTEM, assignment.id, last_day)


def lacking(actor):
    """What the council's bodies lack by law, as Marks (LAW-59, 61)."""
    every = bodies.list_bodies(actor)
    marks = []
    law = _("Local Government Law, section 39(2)")
    committees = [one for one in every if one.kind == BodyKind.COMMITTEE]
    finance = next((one for one in committees if one.is_finance), None)
    council = next((one for one in every if not one.is_committee), None)
    if council is None:
        return []
    if finance is None:
        marks.append(Mark("finance", "warn", _("There is no finance committee."), law))
    elif council.chair_id and finance.chair_id != council.chair_id:
        marks.append(
            Mark(
                "finance",
                "warn",
                _("The finance committee is led by the chair of the council."),
                _("Local Government Law, section 40(1)"),
            )
        )
    if len(committees) < 2:
        others = _("The council also has committees for development, social, education and culture matters.")
        marks.append(Mark("committees", "warn", others, law))
    return marks
