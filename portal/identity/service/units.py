"""Units: the tree of the administration."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.events import UnitChanged
from portal.identity.models import Person, Unit
from portal.identity.service import held
from portal.identity.service.roles import get_or_404
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _


@dataclass(frozen=True)
class TreeLine:
    """A unit in the tree. depth: 0 at the top; people: how many work in it today, units below it not counted."""

    unit: Unit
    depth: int
    people: int
    head: str


def add_unit(actor, name, index, parent_id=None, since=None, until=None):
    """A new unit. Returns the Unit; Invalid("index") when the index is taken."""
    ensure(policy.can_manage_people(actor))
    _ensure_index_free(index)
    _ensure_order(since, until)
    if parent_id:
        get_unit(parent_id)
    unit = Unit(name=name, index=index, parent_id=parent_id, since=since, until=until)
    db.session.add(unit)
    db.session.flush()
    audit.record(actor, "unit.added", unit, new={"name": name, "index": index})
    announce(actor, UnitChanged(unit_id=unit.id))
    return unit


def change_unit(actor, unit_id, *, name, index, parent_id, since, until):
    """Rename or move a unit, or set its dates. Raises Invalid: the index is taken, the tree would bite its own tail,
    or people still work in a unit that is to end."""
    ensure(policy.can_manage_people(actor))
    unit = get_unit(unit_id)
    _ensure_index_free(index, unit_id)
    _ensure_order(since, until)
    if parent_id in units_under(unit_id):
        raise Invalid(_("A unit cannot stand under itself"), field="parent_id")
    if parent_id:
        get_unit(parent_id)
    if until:
        staying = db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Person)
            .where(Person.unit_id == unit_id, Person.active, sa.or_(Person.until.is_(None), Person.until > until))
        )
        if staying:
            raise Invalid(
                _("%(count)s people would still work in the unit after this day; move them first", count=staying),
                field="until",
            )
    new = {"name": name, "index": index, "parent_id": parent_id, "since": since, "until": until}
    changed = {field: value for field, value in new.items() if getattr(unit, field) != value}
    if not changed:
        return unit
    old = {field: str(getattr(unit, field) or "") for field in changed}
    for field, value in changed.items():
        setattr(unit, field, value)
    db.session.flush()
    audit.record(
        actor, "unit.changed", unit, old=old, new={field: str(value or "") for field, value in changed.items()}
    )
    announce(actor, UnitChanged(unit_id=unit_id))
    return unit


def set_head(actor, unit_id, person_id):
    """Make a person the head of a unit; None leaves it without one."""
    ensure(policy.can_manage_people(actor))
    unit = get_unit(unit_id)
    if person_id:
        get_or_404(person_id)
    old = unit.head_id
    if old == person_id:
        return
    unit.head_id = person_id
    db.session.flush()
    audit.record(actor, "unit.head_set", unit, old={"head": str(old or "")}, new={"head": str(person_id or "")})
    announce(actor, UnitChanged(unit_id=unit_id))


def get_unit(unit_id) -> Unit:
    """A unit. Raises NotFound."""
    unit = db.session.get(Unit, unit_id)
    if unit is None:
        raise NotFound(_("There is no such unit"))
    return unit


def unit_names(ids) -> dict[uuid.UUID, str]:
    """Names of these units."""
    return {row[0]: row[1] for row in db.session.execute(sa.select(Unit.id, Unit.name).where(Unit.id.in_(list(ids))))}


def list_units(actor) -> list[Unit]:
    """All units, by index."""
    return list(db.session.scalars(sa.select(Unit).order_by(Unit.index)))


def unit_tree(actor) -> list[TreeLine]:
    """All units in the order of the tree, with their people counted; two queries."""
    head = sa.orm.aliased(Person)
    rows = db.session.execute(
        sa.select(Unit, head.given_name, head.family_name).outerjoin(head, head.id == Unit.head_id).order_by(Unit.index)
    ).all()
    counts = dict(
        db.session.execute(
            sa.select(Person.unit_id, sa.func.count()).where(held.account_open()).group_by(Person.unit_id)
        ).all()
    )
    known = {row.Unit.id for row in rows}
    below: dict = {}
    for row in rows:
        below.setdefault(row.Unit.parent_id if row.Unit.parent_id in known else None, []).append(row)
    lines = []

    def walk(parent_id, depth):
        for row in below.get(parent_id, ()):
            name = f"{row.given_name} {row.family_name}" if row.given_name else ""
            lines.append(TreeLine(row.Unit, depth, counts.get(row.Unit.id, 0), name))
            walk(row.Unit.id, depth + 1)

    walk(None, 0)
    return lines


def units_under(unit_id) -> set[uuid.UUID]:
    """A unit and all below it, in one query."""
    tree = sa.select(Unit.id).where(Unit.id == unit_id).cte(recursive=True)
    tree = tree.union(sa.select(Unit.id).join(tree, Unit.parent_id == tree.c.id))
    return set(db.session.scalars(sa.select(tree.c.id)))


def head_of(unit_id) -> Person | None:
    """The head of a unit, or of the nearest unit above that has one."""
    unit = db.session.get(Unit, unit_id) if unit_id else None
    while unit is not None:
        if unit.head_id:
            return db.session.get(Person, unit.head_id)
        unit = db.session.get(Unit, unit.parent_id) if unit.parent_id else None
    return None


def units_headed_by(person_id) -> list[Unit]:
    """The units that a person is the head of."""
    return list(db.session.scalars(sa.select(Unit).where(Unit.head_id == person_id).order_by(Unit.index)))


def unit_columns():
    """The table of units, for another area's one query over what waits for whom."""
    return Unit.__table__.alias()


def _ensure_index_free(index, unit_id=None):
    if db.session.scalar(sa.select(Unit.id).where(Unit.index == index, Unit.id != unit_id).limit(1)):
        raise Invalid(_("There is a unit with this index"), field="index")


def _ensure_order(since, until):
    if since and until and until < since:
        raise Invalid(_("The last day lies before the first"), field="until")
