"""How quickly people are found among many, imported, and shut out. Lines: name value unit ratio.

Ratio: the measure against its budget (a list p95 50 ms, suspension 1 s); below 1 is within. Importing has no budget; it
goes through the same comparison and the same short transactions as the page and its job.
Run: `python -m tests.bench.bench_people 20000`.
"""

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from portal.app import create_app
from portal.identity import service as identity
from portal.kernel.access import SYSTEM
from portal.kernel.config import Settings
from portal.kernel.db import db, reading

PASSWORD = "ozolpils-2026"
TIMES = 40
_GIVEN = ("Anna", "Jānis", "Līga", "Pēteris", "Žanete", "Ēriks", "Ilze", "Kārlis")
_FAMILY = ("Bērziņa", "Kalniņš", "Ozola", "Liepiņš", "Krūmiņa", "Zariņš", "Vītola", "Šmits")


def measure(number: int):
    """Lines of the measure over `number` people."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.for_tests(Path(folder) / "var"))
        app.config["WTF_CSRF_ENABLED"] = False
        with app.app_context():
            db.create_all()
            identity.install_roles()
            for index in range(100):
                identity.add_unit(SYSTEM, f"{index}. nodaļa", str(index))
            edgars = identity.add_person(SYSTEM, "Edgars", "Zariņš", "e@x.example", "", None, "edgars", PASSWORD)
            identity.give_role(SYSTEM, edgars.id, "it")
            db.session.commit()
            yield from _import(number)
        yield from _lists(app)
        yield from _suspension(app)


def _import(number):
    rows = [
        {
            "username": f"p{n:06}",
            "given_name": random.choice(_GIVEN),
            "family_name": f"{random.choice(_FAMILY)} {n % 977:03}",
            "email": f"p{n}@x.example",
            "unit": str(n % 100),
            "position": "speciālists",
            "roles": ["employee"],
        }
        for n in range(number)
    ]
    began = time.perf_counter()
    plan = identity.plan_import(SYSTEM, "personāls.csv", rows)
    db.session.commit()
    yield f"people_import_compared {number / (time.perf_counter() - began):.0f} rows/s -"
    began, longest = time.perf_counter(), 0.0
    finished = False
    while not finished:
        part = time.perf_counter()
        finished = identity.apply_import(SYSTEM, plan.id)
        db.session.commit()
        db.session.expunge_all()
        longest = max(longest, time.perf_counter() - part)
    yield f"people_import_applied {number / (time.perf_counter() - began):.0f} rows/s -"
    yield f"people_import_longest_transaction {longest:.2f} s -"


def _lists(app):
    browser = app.test_client()
    assert browser.post("/sign-in", data={"username": "edgars", "password": PASSWORD}).status_code == 303
    with app.app_context(), reading():
        cursor = identity.find_people(SYSTEM, {"q": "a"}).next
        unit = str(identity.list_units(SYSTEM)[7].id)
    addresses = {
        "first_page": "/people",
        "deep_page": f"/people?after={cursor}",
        "common_word": "/people?q=liga",
        "rare_word": "/people?q=p019999",
        "nobody": "/people?q=kokteilbars",
        "by_role": "/people?role=employee&q=ozola",
        "by_unit": f"/people?unit={unit}",
    }
    for name, address in addresses.items():
        times = []
        for _time in range(TIMES):
            began = time.perf_counter()
            assert browser.get(address, headers={"HX-Request": "true"}).status_code == 200
            times.append((time.perf_counter() - began) * 1000)
        p95 = statistics.quantiles(times, n=20)[-1]
        yield f"people_{name}_p95 {p95:.1f} ms {p95 / 50:.2f}"


def _suspension(app):
    staff, other = app.test_client(), app.test_client()
    staff.post("/sign-in", data={"username": "edgars", "password": PASSWORD})
    with app.app_context():
        person = identity.add_person(SYSTEM, "Pauls", "Siliņš", "p@x.example", "", None, "pauls", PASSWORD)
        db.session.commit()
        person_id = person.id
    other.post("/sign-in", data={"username": "pauls", "password": PASSWORD})
    assert other.get("/").status_code == 200
    began = time.perf_counter()
    assert staff.post(f"/people/{person_id}/suspend", data={"reason": "pārbaude"}).status_code == 303
    assert other.get("/").status_code == 302
    took = time.perf_counter() - began
    yield f"people_suspension_until_out {took:.3f} s {took:.2f}"


if __name__ == "__main__":
    for line in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000):
        print(line, flush=True)
