"""Who looked at a person's data (LAW-158): date, purpose and unit; names only where the municipality weighed it."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity.models import Person, Unit
from portal.identity.service.people import get_person
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.i18n import _

KEPT = timedelta(days=731)  # two years: FPDAL 27(3)


@dataclass(frozen=True)
class View:
    """A look at somebody's data, or a change of them. who: the unit, and the name where names are shown."""

    at: datetime
    action: str
    who: str
    purpose: str


def read_card(actor, person_id) -> Person:
    """The person whose page somebody opens; who it was is kept for the person to see. Raises NotFound."""
    person = get_person(actor, person_id)
    if actor.person_id != person.id:
        audit.record_reading(actor, "person.read", person, purpose=_("Keeping the register of users"))
    return person


def about_me(actor) -> list[View]:
    """What others saw or changed of the actor's data in the last two years, newest first, at most 200."""
    rows = audit.about_person(actor, clock.now() - KEPT)
    ids = {uuid.UUID(row.person_id) for row in rows}
    units = dict(
        db.session.execute(
            sa.select(Person.id, Unit.name).join(Unit, Unit.id == Person.unit_id).where(Person.id.in_(ids))
        )
        .tuples()
        .all()
        if ids
        else []
    )
    return [
        View(row.at, row.action, _who(row, units.get(uuid.UUID(row.person_id), "")), row.purpose or "") for row in rows
    ]


def _who(row, unit):
    return ", ".join(part for part in (unit, row.person_name if settings().viewers_names else "") if part)
