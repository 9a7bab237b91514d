"""Resolutions as they stand on a working day: one to be written, one late, one to be accepted, one given on, one whose
executor asks for more time."""

from datetime import timedelta

from portal.demo.time import at
from portal.documents import service as documents
from portal.kernel import clock
from portal.workflow import service as workflow

LETTERS = {  # what it is called by below: working days ago, title, author
    "late": (9, "Par gājēju celiņa remontu Skolas ielā", "SIA „Ceļi un tilti”"),
    "reported": (6, "Par datu sniegšanu tūrisma pārskatam", "Centrālā statistikas pārvalde"),
    "given_on": (3, "Par Upmales parka labiekārtošanas projektu", "Biedrība „Upmales attīstībai”"),
    "asked": (4, "Par apgaismojuma plānu Upes ielā", "AS „Ozolpils tīkli”"),
    "to_write": (1, "Par sadarbību atklātās vides konkursā", "Kurzemes plānošanas reģions"),
}


def give(town):
    """Register the letters and give the resolutions, each on its day."""
    anna, bruno, liga = (town.actors[name] for name in ("anna", "bruno", "liga"))
    came = {key: letter(town, *values) for key, values in LETTERS.items()}

    with at(_day(9, 12)):
        workflow.write_resolution(bruno, came["late"], "Apsekot vietu un sagatavot atbildi", liga.person_id,
                                         days=4)  # fmt: skip
        workflow.put_under_control(anna, came["late"], "Domes priekšsēdētāja uzdevums")
    with at(_day(6, 12)):
        reported = workflow.write_resolution(bruno, came["reported"], "Apkopot datus", liga.person_id, days=8)
    with at(_day(1, 15)):
        workflow.report(liga, reported.responsible.id, "Dati apkopoti un nosūtīti 12 lappusēs")
    with at(_day(4, 13)):
        asked = workflow.write_resolution(bruno, came["asked"], "Sniegt atzinumu", liga.person_id, days=6)
    with at(_day(1, 16)):
        workflow.ask_extension(liga, asked.id, asked.due_on + timedelta(days=7), "Gaida tīklu īpašnieka datus")
    with at(_day(3, 13)):
        workflow.write_resolution(anna, came["given_on"], "Izskatīt un sagatavot priekšlikumus", bruno.person_id,
                                  [town.actors["pauls"].person_id], days=10)  # fmt: skip
    with at(_day(2, 10)):
        workflow.write_resolution(bruno, came["given_on"], "Sagatavot priekšlikumu projektu", liga.person_id, days=5)
        workflow.ask_resolution(anna, came["to_write"], bruno.person_id)


def letter(town, ago, title, author):
    clerk = town.actors["anna"]
    register = next(one for one in documents.list_registers(clerk) if one.code == "sanemtie")
    with at(_day(ago, 9)):
        return documents.register(clerk, register.id, title, clock.today(), author=author,
                                  unit_id=town.units["2"].id).id  # fmt: skip


def _day(ago, hour):
    """So many working days ago at an hour."""
    return clock.at_local(clock.add_working_days(clock.today(), -ago), hour)
