"""The filing plans of the demonstration municipality: last year's, this year's in force, next year's begun. Terms as
law names them or as the municipality has settled them (LAW-96)."""

from datetime import timedelta

from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.access import SYSTEM

ROWS = (  # index, title, term in years (0: permanently; None: a level), after what, index of the unit, notes
    ("1", "Dome un pārvalde", None, "", "1", ""),
    ("1-1", "Domes un komiteju lēmumi", 0, "", "1", ""),
    ("1-2", "Domes un komiteju sēžu protokoli un izraksti", 0, "", "1", ""),
    ("1-3", "Iekšējie dokumenti", 5, "", "1", ""),
    ("1-4", "Rīkojumi pamatdarbības jautājumos", 0, "", "1", ""),
    ("1-5", "Saistošie noteikumi", 0, "", "1", ""),
    ("1-6", "Darbinieku personas lietas", 75, "darba tiesisko attiecību izbeigšanas", "1", ""),
    ("2", "Sarakste un iesniegumi", None, "", "1-1", ""),
    ("2-1", "Iedzīvotāju un juridisko personu iesniegumi un atbildes", 5, "", "1-1", ""),
    ("2-2", "Saņemtie dokumenti: sarakste ar iestādēm", 5, "", "1-1", "EK"),
    ("2-3", "Nosūtītie dokumenti: sarakste ar iestādēm", 5, "", "1-1", "EK"),
    ("3", "Līgumi un finanses", None, "", "4", ""),
    ("3-1", "Saimnieciskie līgumi", 10, "līguma saistību izpildes", "4", ""),
    ("3-2", "Grāmatvedības attaisnojuma dokumenti", 5, "", "4", ""),
    ("3-3", "Gada pārskati", 0, "", "4", ""),
)
GOES_ON = {"1-6", "3-1"}


def draw_up(town, days):
    """Plans for every year that the registry reaches back to; returns {(register code, year): dossier id}."""
    today = clock.today()
    clerk = town.actors["anna"]
    for register in documents.list_registers(SYSTEM):
        documents.change_register(
            SYSTEM, register.id, name=register.name, index=register.index, number_format=register.number_format,
            suffix=register.suffix, dossier_index=register.index, closed=register.closed,
        )  # fmt: skip
    first = (today - timedelta(days=days)).year
    plan = documents.make_plan(clerk, first)
    for index, title, years, event, unit, mark in ROWS:
        kept = "permanent" if years == 0 else "event" if event else "years"
        documents.save_dossier(
            clerk, plan.id, index=index, title=title, is_level=years is None, retention=None if years is None else kept,
            retention_years=years or None, retention_event=event, review=mark, unit_id=town.units[unit].id,
            carrier=None if years is None else "electronic", system="" if years is None else "PKIP",
            runs_on=index in GOES_ON,
        )  # fmt: skip
    found = {}
    for year in range(first, today.year + 1):
        if year > first:
            ended, plan = plan, documents.copy_plan(clerk, plan.id)
            documents.move_plan(clerk, ended.id, "closed")
        note = "Saskaņota ar Latvijas Nacionālo arhīvu" if year == first else "Glabāšanas termiņi nav mainīti"
        documents.move_plan(clerk, plan.id, "agreed", agreed_note=note)
        documents.move_plan(clerk, plan.id, "in_force")
        dossiers = {row.index: row.id for row in documents.rows_of(plan.id)}
        for register in documents.list_registers(SYSTEM):
            found[register.code, year] = dossiers.get(register.index)
    following = documents.copy_plan(clerk, plan.id)
    documents.save_dossier(
        clerk, following.id, index="3-4", title="Iepirkumu lietas", retention="years", retention_years=10,
        unit_id=town.units["4"].id, carrier="electronic", system="PKIP",
    )  # fmt: skip
    return found
