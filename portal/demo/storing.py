"""Two systems of the municipality that keep documents in the store, and what they let others read."""

import io
from datetime import timedelta

from portal.identity.service import clients
from portal.kernel import clock
from portal.kernel.access import SYSTEM, actor_with
from portal.store import service as store

SYSTEMS = {"iepirkumi": "Iepirkumu sistēma", "nekustamie-ipasumi": "Nekustamo īpašumu uzskaite"}
SCOPES = ["store:read", "store:write", "search:read"]
FIELDS = [
    {"key": "amount", "name": "Līguma summa, EUR", "type": "decimal", "required": True},
    {"key": "partner", "name": "Līguma puse", "type": "text", "required": True},
    {"key": "procedure", "name": "Procedūra", "type": "choice", "choices": ["Atklāts konkurss", "Cenu aptauja"]},
]
CONTRACTS = [
    ("Līgums par Upmales ceļa seguma atjaunošanu", "SIA Ceļi un tilti", "48200.00", "internal"),
    ("Līgums par skolas ēdināšanu", "SIA Garšīgi", "112750.00", "open"),
    ("Līgums par sociālās aprūpes mājās pakalpojumu", "Biedrība Rūpe", "23900.50", "restricted"),
]


def offer(town):
    """Register the systems, keep some items of theirs, and let the development unit read the contracts."""
    for key, name in SYSTEMS.items():
        clients.register(
            SYSTEM, key, name=name, auth_method="client_secret_basic", grant_types=["client_credentials"], scopes=SCOPES
        )
    store.save_class(SYSTEM, "contract", "Līgumi")
    store.save_class(SYSTEM, "property-file", "Nekustamā īpašuma lietas")
    store.save_property_set(SYSTEM, "contract", "Līguma dati", FIELDS)
    buyer = actor_with({"client:iepirkumi", "scope:store:write"}, client="iepirkumi", name=SYSTEMS["iepirkumi"])
    today = clock.today()
    for n, (title, partner, amount, level) in enumerate(CONTRACTS):
        text = f"{title}.\n\nPuses: Ozolpils novada pašvaldība un {partner}. Summa: {amount} EUR.".encode()
        item = store.create_item(
            buyer, title=title, class_code="contract", level=level, external_id=f"IEP-2026/{n + 1}",
            facts={"creator": [partner], "subject": ["līgums"], "rights": "Ozolpils novada pašvaldība"},
            date=today - timedelta(days=20 * n + 5), retain_until=today + timedelta(days=3650),
            property_set="contract", properties={"amount": amount, "partner": partner, "procedure": "Cenu aptauja"},
            files=store.stage_entries([("līgums.txt", io.BytesIO(text))]),
        )  # fmt: skip
    store.change_item(buyer, item.id, None, {"facts": {"description": "Pakalpojums novada iedzīvotājiem"}})
    unit = town.actors["liga"].unit_ids
    for unit_id in sorted(unit):
        store.give_grant(SYSTEM, "iepirkumi", f"unit:{unit_id}", class_code="contract", up_to_level="internal",
                         until=today + timedelta(days=180), reason="Līgumu izpildes uzraudzība")  # fmt: skip
    store.give_grant(SYSTEM, "iepirkumi", "client:nekustamie-ipasumi", item_id=item.id, reason="Īpašuma uzturēšana")
