"""Who can see and do what, and why a person can: the reports over access keys and permissions."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.models import ActorKey, Group, Person, Role, RolePermission, Unit
from portal.identity.service import held
from portal.identity.service.roles import get_or_404
from portal.identity.words import kind_words, permission_words
from portal.kernel import clock
from portal.kernel.access import AccessSetKey, Level, actor_with, visible_sets
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.i18n import _, date_short
from portal.kernel.web import cursor_page

MOST_COUNTED = 10_000  # more rows than this are “more than”: counting a million would take seconds
PEOPLE_NAMED = 100
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_INNER = {"search_entry"}  # copies of the rights of a thing that has its own row


@dataclass
class Right:
    """Something a person may do or a key they hold, in words, with every reason for it."""

    name: str
    words: str
    reasons: list[str] = field(default_factory=list)


@dataclass
class Explained:
    """Why a person can. rights: what they may do; keys: what opens rows to them; reach: rows by kind."""

    person: Person
    open_now: bool
    rights: list[Right]
    opens: list[Right]
    reach: list[tuple[str, int]]


@dataclass(frozen=True)
class OpenedBy:
    """A key of a thing: words, reading or changing too, until when, whether the person holds it, how many people do."""

    words: str
    level: Level
    until: date | None
    held: bool
    people: int
    reasons: tuple[str, ...] = ()


@dataclass
class Sight:
    """Whether a person sees a thing and why; and who else does."""

    kind: str
    thing_id: uuid.UUID
    sees: bool
    changes: bool
    keys: list[OpenedBy]
    people: list[tuple[uuid.UUID, str]]
    more: bool


def explain(actor, person_id) -> Explained:
    """Everything a person may do and see today, each with its reasons."""
    ensure(policy.can_manage_people(actor))
    person = get_or_404(person_id)
    reasons = held.reasons_of([person_id]).get(person_id, [])
    words = _Words(reasons)
    rights: dict[str, Right] = {}
    keys: dict[str, Right] = {}
    for one in reasons:
        if one.name.startswith("can:"):
            right = rights.setdefault(one.name, Right(one.name[4:], permission_words(one.name[4:])))
        else:
            right = keys.setdefault(one.name, Right(one.name, words.of_key(one.name)))
        right.reasons.append(words.of_reason(one))
    audit.record(actor, "person.access_explained", person)
    reach = _reach(actor_with([one.name for one in reasons], person_id=person_id))
    return Explained(
        person,
        person.works_on(clock.today()),
        sorted(rights.values(), key=lambda right: right.words),
        list(keys.values()),
        reach,
    )


def who_can(actor, permission, after=None):
    """A page of the people who hold a permission today, in order of names: (Page of Person, reasons by person)."""
    ensure(policy.can_manage_people(actor))
    query = (
        sa.select(Person)
        .options(sa.orm.joinedload(Person.unit))
        .where(held.account_open(), Person.id.in_(_holders([f"can:{permission}"])))
    )
    page = cursor_page(query, (Person.order_key, Person.id), cursor=after)
    reasons = held.reasons_of([person.id for person in page.rows]) if page.rows else {}
    words = _Words([one for group in reasons.values() for one in group])
    return page, {
        person_id: [words.of_reason(one) for one in group if one.name == f"can:{permission}"]
        for person_id, group in reasons.items()
    }


def known_permissions() -> list[tuple[str, str]]:
    """(permission, words) of all that any role carries, by words."""
    names = db.session.scalars(sa.select(RolePermission.permission).distinct())
    return sorted(((name, permission_words(name)) for name in names), key=lambda item: item[1])


def count_holders() -> dict[str, int]:
    """How many people with an open account hold each permission and role today; one query."""
    rows = db.session.execute(
        sa.select(ActorKey.name, sa.func.count())
        .join(Person, Person.id == ActorKey.person_id)
        .where(held.account_open(), _in_force(), sa.or_(ActorKey.name.like("can:%"), ActorKey.name.like("role:%")))
        .group_by(ActorKey.name)
    )
    return {name: number for name, number in rows}


def why_sees(actor, person_id, address) -> Sight:
    """Whether and why a person sees the thing whose address (or id) was pasted; and who else does.
    Its title is not told: who manages people need not see it. Raises Invalid("address"), NotFound."""
    ensure(policy.can_manage_people(actor))
    person = get_or_404(person_id)
    table, thing_id, set_id = _thing(address)
    rows = db.session.scalars(
        sa.select(AccessSetKey).where(AccessSetKey.set_id == set_id).order_by(AccessSetKey.name)
    ).all()
    reasons = held.reasons_of([person_id]).get(person_id, [])
    today = clock.today()
    works = person.works_on(today)
    mine = {one.name for one in reasons} if works else set()
    words = _Words(reasons, [row.name for row in rows])
    names = [row.name for row in rows if row.until is None or row.until >= today]
    counts = dict(
        db.session.execute(
            sa.select(ActorKey.name, sa.func.count())
            .join(Person, Person.id == ActorKey.person_id)
            .where(held.account_open(), _in_force(), ActorKey.name.in_(names))
            .group_by(ActorKey.name)
        ).all()
    )
    keys = [
        OpenedBy(
            words.of_key(row.name),
            Level(row.level),
            row.until,
            row.name in mine and row.name in names,
            counts.get(row.name, 0),
            tuple(words.of_reason(one) for one in reasons if one.name == row.name and works),
        )
        for row in rows
    ]
    people = db.session.execute(
        sa.select(Person.id, Person.given_name, Person.family_name)
        .where(held.account_open(), Person.id.in_(_holders(names)))
        .order_by(Person.order_key, Person.id)
        .limit(PEOPLE_NAMED + 1)
    ).all()
    audit.record(actor, "person.access_explained", person, new={"kind": table, "id": str(thing_id)})
    return Sight(
        kind_words(table),
        thing_id,
        any(key.held for key in keys),
        any(key.held and key.level >= Level.WRITE for key in keys),
        keys,
        [(row.id, f"{row.given_name} {row.family_name}") for row in people[:PEOPLE_NAMED]],
        len(people) > PEOPLE_NAMED,
    )


# --- inside ---------------------------------------------------------------------------------------------------------


class _Words:
    """Names of the units, groups, roles and accounts that reasons and keys speak of, in four queries at most."""

    def __init__(self, reasons, more=()):
        names = [one.name for one in reasons] + list(more)
        ids = {kind: self._ids(names, kind) for kind in ("unit", "group", "person")}
        ids["group"] |= {one.group_id for one in reasons if one.group_id}
        self.units = self._names(Unit, ids["unit"])
        self.groups = self._names(Group, ids["group"])
        self.people = {}
        if ids["person"]:
            rows = db.session.scalars(sa.select(Person).where(Person.id.in_(ids["person"])))
            self.people = {person.id: person.name for person in rows}
        self.roles = {role.key: role.name for role in db.session.scalars(sa.select(Role))}

    @staticmethod
    def _ids(names, kind):
        return {uuid.UUID(name.partition(":")[2]) for name in names if name.startswith(f"{kind}:")}

    @staticmethod
    def _names(model, ids):
        if not ids:
            return {}
        return dict(db.session.execute(sa.select(model.id, model.name).where(model.id.in_(ids))).all())

    def of_key(self, name):
        """A key in words."""
        kind, _colon, value = name.partition(":")
        if kind == "role":
            return _("role: %(name)s", name=self.roles.get(value, value))
        if kind == "unit":
            return _("unit: %(name)s", name=self.units.get(uuid.UUID(value), value))
        if kind == "group":
            return _("group: %(name)s", name=self.groups.get(uuid.UUID(value), value))
        if kind == "person":
            return _("by name: %(name)s", name=self.people.get(uuid.UUID(value), value))
        return name

    def of_reason(self, one):
        """Why somebody holds a key, in words."""
        if one.via == "self":
            return _("it is the person’s own")
        if one.via == "merged":
            return _("a merged account’s own")
        if one.via == "unit":
            return _("works in the unit")
        role, until = self.roles.get(one.of, one.of), ""
        if one.until:
            until = " " + _("until %(date)s", date=date_short(one.until))
        if one.via == "group":
            group = self.groups.get(one.group_id, "")
            if one.of:
                return _("role “%(role)s” through the group “%(group)s”", role=role, group=group) + until
            return _("member of the group “%(group)s”", group=group) + until
        return _("role “%(role)s”", role=role) + until


def _in_force():
    return sa.or_(ActorKey.until.is_(None), ActorKey.until >= clock.today())


def _holders(names):
    return sa.select(ActorKey.person_id).where(ActorKey.name.in_(names), _in_force())


def _protected():
    """(name of the table, table) of everything that has access keys of its own."""
    for mapper in db.Model.registry.mappers:
        table = mapper.local_table
        if "access_set_id" in table.columns and "id" in table.columns and table.name not in _INNER:
            yield table.name, table


def _reach(seer):
    """(kind, number) of the rows that somebody with these keys sees; counted up to a limit."""
    found = []
    for name, table in sorted(_protected(), key=lambda item: item[0]):
        some = (
            sa.select(sa.literal(1))
            .select_from(table)
            .where(table.c.access_set_id.in_(visible_sets(seer)))
            .limit(MOST_COUNTED + 1)
        )
        found.append((kind_words(name), db.session.scalar(sa.select(sa.func.count()).select_from(some.subquery()))))
    return [(words, number) for words, number in found if number]


def _thing(address):
    """(table, id, set of keys) of the first thing of which the pasted text names the id."""
    ids = [uuid.UUID(text) for text in _UUID.findall(address or "")]
    if not ids:
        raise Invalid(_("Paste the address of the page of a document, case or the like"), field="address")
    for name, table in _protected():
        row = db.session.execute(sa.select(table.c.id, table.c.access_set_id).where(table.c.id.in_(ids))).first()
        if row is not None:
            return name, row.id, row.access_set_id
    raise NotFound(_("Nothing with access keys has this address"))
