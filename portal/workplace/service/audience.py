"""Whom an item or a banner is for: roles, units with all below them, and days."""

from datetime import date
from uuid import UUID

from portal.identity import service as identity
from portal.kernel import clock


class Reader:
    """Somebody before the bar, now or on another day; the units above theirs are asked for once, when they matter."""

    def __init__(self, actor, on: date | None = None):
        self.actor, self.on = actor, on or clock.today()
        self._units: set[UUID] | None = None

    @property
    def units(self) -> set[UUID]:
        if self._units is None:
            above = {unit.id: unit.parent_id for unit in identity.list_units(self.actor)}
            self._units = units = set()
            for unit_id in self.actor.unit_ids:
                while unit_id and unit_id not in units:
                    units.add(unit_id)
                    unit_id = above.get(unit_id)
        return self._units

    def is_meant(self, entry: dict) -> bool:
        """Does the entry's audience include this reader today? No roles and no units mean everyone."""
        since, until = day(entry.get("since")), day(entry.get("until"))
        if (since and self.on < since) or (until and self.on > until):
            return False
        roles, units = entry.get("roles") or [], entry.get("units") or []
        if not roles and not units:
            return True
        if any(self.actor.has_role(role) for role in roles):
            return True
        return bool(units) and not self.units.isdisjoint(UUID(unit) for unit in units)


def day(text) -> date | None:
    """A date from its kept form."""
    return date.fromisoformat(text) if text else None


def kept_day(value: date | None):
    """A date's form in a version."""
    return value.isoformat() if value else None
