"""What search is told of people and units: whoever may open their pages finds them."""

import sqlalchemy as sa

from portal.identity.models import AccountKind, Person, RolePermission
from portal.kernel import clock
from portal.kernel.access import set_of
from portal.kernel.db import db
from portal.kernel.found import Found


def roles_that_may(permission):
    """Access keys of the roles that carry a permission."""
    roles = db.session.scalars(sa.select(RolePermission.role_key).where(RolePermission.permission == permission))
    return sorted(f"role:{role}" for role in roles)


def found_person(person):
    """Name, post, unit and addresses; not of those who left."""
    if not person.active or person.account != AccountKind.ORDINARY or person.merged_into_id:
        return None
    if person.until is not None and person.until < clock.today():
        return None
    unit = person.unit.name if person.unit_id and person.unit else ""
    return Found(
        person.name,
        f"/people/{person.id}",
        set_of(*roles_that_may("admin.people")),
        text="\n".join(filter(None, (person.position, unit, person.email, person.username))),
        unit=person.unit_id or "",
    )


def found_unit(unit):
    """Its name and index."""
    if unit.until is not None and unit.until < clock.today():
        return None
    keys = roles_that_may("admin.people")
    return Found(unit.name, f"/people/units/{unit.id}", set_of(*keys), number=unit.index, unit=unit.id)


def people_in(unit):
    """Those who are found by the unit's name."""
    return db.session.scalars(sa.select(Person).where(Person.unit_id == unit.id)).all()
