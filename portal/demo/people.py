"""Units, employees and council members of Ozolpils novads."""

from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from flask import current_app

from portal.demo.accounts import ACCOUNTS, PASSWORD
from portal.identity import service as identity
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings

UNITS = (  # index, name, index of the unit above
    ("0", "Ozolpils novada pašvaldība", None), ("1", "Centrālā administrācija", "0"), ("1-1", "Kanceleja", "1"),
    ("2", "Attīstības nodaļa", "0"), ("3", "Būvvalde", "0"), ("4", "Finanšu nodaļa", "0"),
    ("4-1", "Nodokļu daļa", "4"), ("5", "Sociālais dienests", "0"), ("6", "Izglītības pārvalde", "0"),
    ("7", "Īpašumu nodaļa", "0"), ("8", "Informātikas nodaļa", "0"), ("9", "Komunālā nodaļa", "0"),
)  # fmt: skip
POSITIONS = ("speciālists", "vecākais speciālists", "galvenais speciālists", "referents", "jurists", "inženieris")


@dataclass
class Town:
    """Those who act in the demonstration: units by index, actors by user name, the members of the council."""

    units: dict = field(default_factory=dict)
    actors: dict = field(default_factory=dict)
    members: list = field(default_factory=list)


def settle(writer, count):
    """Units and people; count: employees besides the cast and the council. Returns the Town."""
    with _quick_hashing():
        return _settle(writer, count)


@contextmanager
def _quick_hashing():
    """The password is public: to hash it sixty times at full strength would take long and guard nothing."""
    instance, before = current_app._get_current_object(), settings()
    instance.extensions["pkip.settings"] = replace(before, argon2_memory_kib=1024, argon2_passes=1, weak_passwords=True)
    try:
        yield
    finally:
        instance.extensions["pkip.settings"] = before


def _settle(writer, count):
    town = Town()
    for index, name, above in UNITS:
        town.units[index] = identity.add_unit(SYSTEM, name, index, town.units[above].id if above else None)
    for account in ACCOUNTS:
        _add(town, account.username, account.given_name, account.family_name, account.position,
             town.units[account.unit] if account.unit else None, account.roles)  # fmt: skip
    identity.set_head(SYSTEM, town.units["2"].id, town.actors["bruno"].person_id)
    town.members = [town.actors["janis"], town.actors["dace"]]
    names = _names(writer)
    for number in range(1, 14):
        town.members.append(_add(town, f"deputats{number}", *next(names), "domes deputāts", None, ("member",)))
    headed = {"2"}
    places = [unit for index, unit in town.units.items() if index != "0"]
    for number in range(count):
        unit = places[number % len(places)]
        head = unit.index not in headed
        headed.add(unit.index)
        position = f"{unit.name}: vadītājs" if head else POSITIONS[number % len(POSITIONS)]
        actor = _add(town, f"darbinieks{number + 1}", *next(names), position, unit,
                     ("employee", "head") if head else ("employee",))  # fmt: skip
        if head:
            identity.set_head(SYSTEM, unit.id, actor.person_id)
    return town


def _names(writer):
    seen = {account.name for account in ACCOUNTS}
    while True:
        name = writer.person().nominative
        if name not in seen:
            seen.add(name)
            yield name.split(" ", 1)


def _add(town, username, given_name, family_name, position, unit, roles):
    person = identity.add_person(SYSTEM, given_name, family_name, f"{username}@ozolpils.example", position,
                                 unit.id if unit else None, username, PASSWORD)  # fmt: skip
    for role in roles:
        identity.give_role(SYSTEM, person.id, role)
    town.actors[username] = identity.actor_for(person.id)
    return town.actors[username]
