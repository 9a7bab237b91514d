"""Bodies with members, sessions that are open and matters on their agendas, made through the services."""

import uuid
from types import SimpleNamespace

from portal.council import service as council
from portal.council.models import ActKind, BodyKind, SessionKind
from portal.identity import service as identity
from portal.identity.service import refresh_keys
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db

FAMILY = (
    "Ābele",
    "Balodis",
    "Cīrulis",
    "Dzenis",
    "Egle",
    "Freimanis",
    "Grava",
    "Irbe",
    "Jansons",
    "Kļava",
    "Lācis",
    "Mežs",
    "Ņikitins",
    "Ozols",
    "Priede",
    "Roze",
    "Strazds",
    "Šmits",
    "Tauriņš",
    "Upītis",
    "Vilks",
    "Zīle",
    "Žagars",
)


def people(count, roles=("member",)):
    """That many people with roles; they do not sign in, so hashing their passwords is spared."""
    from portal.identity.models import Person, RoleAssignment

    made = []
    for number in range(count):
        person = Person(
            given_name="Deputāts",
            family_name=f"{FAMILY[number % len(FAMILY)]}-{number + 1:03}",
            email=f"d{number + 1}@ozolpils.example",
            position="deputāts",
            username=f"deputats{number + 1}-{uuid.uuid4().hex[:6]}",
        )
        db.session.add(person)
        made.append(person)
    db.session.flush()
    for person in made:
        for role in roles:
            db.session.add(RoleAssignment(person_id=person.id, role_key=role, since=clock.today()))
    db.session.flush()
    for person in made:
        refresh_keys([person.id])
    return [identity.actor_for(person.id) for person in made]


def body(kind=BodyKind.COUNCIL, members=9, seats=None, name=None):
    """A body with its members; the first is the chair. Returns body, chair, secretary, members (all Actors)."""
    actors = people(members)
    secretary = people(1, roles=("employee", "secretary"))[0]
    name = name or ("Ozolpils novada dome" if kind == BodyKind.COUNCIL else f"Komiteja {uuid.uuid4().hex[:6]}")
    made = council.add_body(
        SYSTEM,
        kind,
        name,
        "Dome" if kind == BodyKind.COUNCIL else "Komiteja",
        seats or members,
        chair_id=actors[0].person_id,
        minute_taker_id=secretary.person_id,
    )
    for actor in actors:
        council.add_member(SYSTEM, made.id, actor.person_id)
    return SimpleNamespace(body=made, chair=actors[0], secretary=secretary, members=actors)


def matter(where, title="Par zemes gabala nomu", session=None, **fields):
    """A matter in the body's pool, or on the agenda of a session."""
    made = council.propose(
        where.secretary,
        title=title,
        draft_text="Nolemj: iznomāt zemes gabalu.",
        kind=fields.pop("kind", ActKind.INDIVIDUAL),
        body_id=where.body.id,
        **fields,
    )
    return council.place(where.secretary, session.id, made.id) if session else made


def planned(where, kind=SessionKind.REGULAR, days=10, **fields):
    """A session with nothing on its agenda."""
    when = clock.now() + clock.timedelta(days=days)
    return council.create_session(where.secretary, where.body.id, kind, when, "Domes zāle", **fields)


def opened(where, matters=1, present=None, kind=SessionKind.REGULAR, **fields):
    """An open session with matters on its agenda; `present` of the members (all) are in the room.
    Returns the session and its matters."""
    session = planned(where, kind, **({"urgency": "Steidzami"} if kind == SessionKind.EXTRAORDINARY else {}))
    placed = [matter(where, f"Par {n}. jautājumu", session, **fields) for n in range(1, matters + 1)]
    council.invite(where.secretary, session.id)
    for actor in where.members[:present]:
        council.check_in(actor, session.id)
    council.open_session(where.chair, session.id)
    return session, placed


def ballot(where, one):
    """An open ballot on a matter."""
    council.open_matter(where.chair, one.id)
    return council.open_ballot(where.chair, one.id)


def vote(where, ballot_id, par=(), pret=(), atturas=()):
    """The members at these positions vote."""
    for choice, positions in (("par", par), ("pret", pret), ("atturas", atturas)):
        for position in positions:
            council.cast_vote(where.members[position], ballot_id, choice)
