"""Registers, their numbers, and how many documents the reader sees in each."""

import re

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.models import (
    Direction,
    DocumentKind,
    Dossier,
    FilingPlan,
    PlanState,
    Register,
    RegisterCounter,
    RegisterTally,
)
from portal.documents.service.kinds import install_kinds
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import visible_to
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.i18n import _

# What a new instance starts with; afterwards they are rows that IT staff change. The first register that takes a
# kind is the one a document of that kind goes to by itself.
_STARTING = (
    ("iesniegumi", "Iesniegumi", "2-1", Direction.INCOMING, [DocumentKind.APPLICATION], ["role:clerk"]),
    ("sanemtie", "Saņemtie dokumenti", "2-2", Direction.INCOMING, [DocumentKind.LETTER], ["role:clerk"]),
    ("nosutitie", "Nosūtītie dokumenti", "2-3", Direction.OUTGOING, [DocumentKind.OUTGOING], ["role:clerk"]),
    (
        "lemumi",
        "Domes un komiteju lēmumi",
        "1-1",
        Direction.INTERNAL,
        [DocumentKind.DECISION],
        ["role:clerk", "role:secretary", "role:chair"],
    ),
    (
        "protokoli",
        "Protokoli un izraksti",
        "1-2",
        Direction.INTERNAL,
        [DocumentKind.MINUTES, DocumentKind.EXTRACT],
        ["role:clerk", "role:secretary", "role:chair"],
    ),
    ("ieksejie", "Iekšējie dokumenti", "1-3", Direction.INTERNAL, [DocumentKind.INTERNAL], ["role:clerk"]),
    ("rikojumi", "Rīkojumi", "1-4", Direction.INTERNAL, [DocumentKind.ORDER], ["role:clerk"]),
    ("ligumi", "Līgumi", "3-1", Direction.INTERNAL, [DocumentKind.CONTRACT], ["role:clerk"]),
)


def install_registers():
    """Put the registers and kinds of registration a new instance starts with into the database; leaves those that are
    there."""
    there = set(db.session.scalars(sa.select(Register.code)))
    for place, (code, name, index, direction, kinds, keys) in enumerate(_STARTING):
        if code not in there:
            db.session.add(
                Register(
                    code=code,
                    name=name,
                    index=index,
                    direction=direction,
                    kinds=list(kinds),
                    default_keys=keys,
                    place=place,
                    number_format="{index}/{year}/{seq}",
                )
            )
    db.session.flush()
    install_kinds()


def add_register(
    actor,
    code,
    name,
    index,
    direction,
    kinds,
    *,
    number_format="{index}/{year}/{seq}",
    suffix="",
    dossier_index="",
    unit_id=None,
    default_keys=("role:clerk",),
):
    """A new register. number_format: text with {seq}, padded as {seq:04}, and, if wished, {index}, {year}, {yy},
    {unit}, {suffix} (LAW-79). Raises Forbidden, Invalid naming the field."""
    ensure(policy.can_manage_registers(actor))
    values = _checked(name, index, number_format, suffix, dossier_index)
    if not re.fullmatch(r"[a-z0-9_]{1,40}", code or ""):
        raise Invalid(_("Small letters, digits and underscores only"), field="code")
    if db.session.scalar(sa.select(Register.id).where(Register.code == code)):
        raise Invalid(_("There is a register with this code"), field="code")
    last = db.session.scalar(sa.select(sa.func.max(Register.place)))
    register = Register(
        code=code,
        direction=Direction(direction),
        kinds=[DocumentKind(kind) for kind in kinds],
        unit_id=unit_id,
        default_keys=list(default_keys),
        place=(last or 0) + 1,
        **values,
    )
    db.session.add(register)
    db.session.flush()
    audit.record(actor, "register.added", register, new={"code": code, "index": index, "format": number_format})
    return register


MOST_WITHIN_DAYS = 30


def change_register(
    actor,
    register_id,
    *,
    name,
    index,
    number_format,
    suffix="",
    dossier_index="",
    closed=False,
    asks_purpose=False,
    within_days=None,
):
    """How a register is called and numbers from now on; numbers already given stay as they are. within_days: the time
    of LAW-90, None to leave it.
    Raises Forbidden, Invalid naming the field."""
    ensure(policy.can_manage_registers(actor))
    register = get_register(actor, register_id)
    values = _checked(name, index, number_format, suffix, dossier_index) | {
        "closed": bool(closed),
        "asks_purpose": bool(asks_purpose),
        "within_days": register.within_days if within_days is None else within_days,
    }
    if not 0 <= values["within_days"] <= MOST_WITHIN_DAYS:
        raise Invalid(_("Between 0 and %(most)s working days", most=MOST_WITHIN_DAYS), field="within_days")
    old = {field: getattr(register, field) for field, value in values.items() if getattr(register, field) != value}
    if not old:
        return register
    for field in old:
        setattr(register, field, values[field])
    db.session.flush()
    audit.record(actor, "register.changed", register, old=old, new={field: values[field] for field in old})
    return register


def _checked(name, index, number_format, suffix, dossier_index):
    values = {
        field: " ".join((text or "").split())
        for field, text in (
            ("name", name),
            ("index", index),
            ("number_format", number_format),
            ("suffix", suffix),
            ("dossier_index", dossier_index),
        )
    }
    for field in ("name", "index"):
        if not values[field]:
            raise Invalid(_("Fill in this field"), field=field)
    try:
        example = Register(**values).number_of(clock.today().year, 10**6, "1-1")
    except ValueError as error:
        raise Invalid(
            _("A number format holds {seq} and may hold {index}, {year}, {yy}, {unit} and {suffix}"),
            field="number_format",
        ) from error
    if len(example) > 70:
        raise Invalid(_("The number would become too long"), field="number_format")
    return values


def list_registers(actor):
    """All registers in their order. Registers themselves are no secret; what is in them is."""
    return list(db.session.scalars(sa.select(Register).order_by(Register.place, Register.code)))


def registers_open_to(actor):
    """The registers in which the actor may register by hand."""
    return [register for register in list_registers(actor) if policy.can_register(actor, register)]


def get_register(actor, register_id):
    """Raises NotFound."""
    register = db.session.get(Register, register_id)
    if register is None:
        raise NotFound(_("There is no such register"))
    return register


def id_of(code):
    """Id of the register with the code, None when there is none."""
    return db.session.scalar(sa.select(Register.id).where(Register.code == code))


def register_for(kind, code=None):
    """The register of that code, or the first open one that takes the kind. Raises Invalid when there is none."""
    query = sa.select(Register).where(Register.closed.is_(False)).order_by(Register.place, Register.code)
    if code:
        query = query.where(Register.code == code)
    for register in db.session.scalars(query):
        if code or kind in register.kinds:
            return register
    raise Invalid(
        _("There is no open register for this kind of document; ask IT staff to add one"), field="register_id"
    )


def take_number(register, year, count=1):
    """The next sequence number of the register in the year (the last of `count`): one statement, so that two never get
    the same one. A transaction that is rolled back gives its numbers back."""
    table = RegisterCounter.__table__
    if db.engine.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    statement = insert(table).values(register_id=register.id, year=year, last=count)
    return db.session.scalar(
        statement.on_conflict_do_update(
            index_elements=[table.c.register_id, table.c.year], set_={"last": table.c.last + count}
        ).returning(table.c.last)
    )


def number_of(register, year, seq, unit_id):
    """The registration number as people see it; the unit's index is looked up only when the format asks for it."""
    unit = identity.get_unit(unit_id).index if unit_id and "{unit" in register.number_format else ""
    return register.number_of(year, seq, unit)


def dossier_for(register, kind, year):
    """Id of the dossier of the year into which a document of the register goes by itself: the kind of registration
    says it, else the register (LAW-93). None without one, or when it takes no documents any more."""
    index = (kind and kind.dossier_index) or register.dossier_index
    return index and db.session.scalar(
        sa.select(Dossier.id)
        .join(FilingPlan, FilingPlan.id == Dossier.plan_id)
        .where(
            FilingPlan.year == year,
            FilingPlan.state == PlanState.IN_FORCE,
            Dossier.index == index,
            Dossier.is_level.is_(False),
            Dossier.closed_on.is_(None),
        )
    )


def counts(actor):
    """{register id: how many of its documents the actor may see}, in one query over tallies, not over documents."""
    rows = db.session.execute(
        sa.select(RegisterTally.register_id, sa.func.sum(RegisterTally.documents))
        .where(visible_to(actor, RegisterTally))
        .group_by(RegisterTally.register_id)
    )
    return {register_id: int(number) for register_id, number in rows}


def recount():
    """Make the tallies anew from the documents: after rows were written past the models."""
    from portal.documents.models import Document

    db.session.execute(sa.delete(RegisterTally))
    db.session.execute(
        sa.insert(RegisterTally).from_select(
            ["register_id", "access_set_id", "documents"],
            sa.select(Document.register_id, Document.access_set_id, sa.func.count()).group_by(
                Document.register_id, Document.access_set_id
            ),
        )
    )
