"""Whom a step waits for, as a flow says it: `starter`, `head`, `head:<unit>`, `role:<key>`, `unit:<id>`, `person:<id>`,
`field:<name of the datum that holds a person>`."""

from dataclasses import dataclass
from uuid import UUID

from portal.identity import service as identity
from portal.kernel.errors import NotFound
from portal.kernel.i18n import _


@dataclass(frozen=True)
class Somebody:
    """Whose list a step goes to; why: why nobody could be found."""

    person_id: UUID | None = None
    role: str | None = None
    unit_id: UUID | None = None
    why: str = ""

    def __bool__(self):
        return bool(self.person_id or self.role or self.unit_id)

    @property
    def keys(self):
        """The access keys of those it may come to."""
        found = (("person", self.person_id), ("role", self.role), ("unit", self.unit_id))
        return [f"{kind}:{value}" for kind, value in found if value]


def find(step, data):
    """Somebody for a step, by the data of its run."""
    if not step.who:  # as the flow of cases says it
        person_id = as_uuid(data.get(step.person))
        found = Somebody(person_id) if person_id else Somebody(None, step.role or None, as_uuid(data.get(step.unit)))
        return found if found else Somebody(why=_("The step does not say who does it"))
    kind, _sep, value = step.who.partition(":")
    match kind:
        case "role":
            return Somebody(role=value)
        case "unit":
            return Somebody(unit_id=as_uuid(value)) if as_uuid(value) else _nobody(step)
        case "person":
            return _person(step, as_uuid(value))
        case "starter":
            return _person(step, as_uuid(data.get("starter_id")))
        case "field":
            person_id = as_uuid(data.get(value))
            if person_id is None:
                return Somebody(why=_("The field that names who does the step is empty"))
            return _person(step, person_id)
        case "head":
            unit_id = as_uuid(value or data.get("unit_id") or data.get("starter_unit_id"))
            head = identity.head_of(unit_id) if unit_id else None
            return Somebody(head.id) if head else Somebody(why=_("The unit has no head"))
    return _nobody(step)


def _person(step, person_id):
    if person_id is None:
        return _nobody(step)
    try:
        person = identity.get_person(None, person_id)
    except NotFound:
        return _nobody(step)
    if not person.active:
        return Somebody(why=_("The account of %(name)s is closed", name=person.name))
    return Somebody(person_id)


def _nobody(_step):
    return Somebody(why=_("The step does not say who does it"))


def words(who, roles=None, units=None, people=None):
    """Whom a flow means, in words. roles, units, people: names by key or id, as far as they are known."""
    kind, _sep, value = who.partition(":")
    match kind:
        case "starter":
            return _("who started the flow")
        case "head" if not value:
            return _("the head of the unit")
        case "head":
            return _("the head of %(unit)s", unit=(units or {}).get(value, _("a unit that is not there")))
        case "role":
            return (roles or {}).get(value, value)
        case "unit":
            return (units or {}).get(value, _("a unit that is not there"))
        case "person":
            return (people or {}).get(value, _("a person who is not there"))
        case "field":
            return _("the person responsible") if value == "responsible_id" else value
    return _("not said")


def as_uuid(text):
    """The id in a datum, None when it is empty or no id."""
    if isinstance(text, UUID) or not text:
        return text or None
    try:
        return UUID(str(text))
    except ValueError:
        return None
