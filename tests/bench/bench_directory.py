"""How quickly the directory follows the register, and answers. Lines: name value unit ratio.

Ratio: the measure against its budget (reconciliation 60 s, one change 5 s, search p95 50 ms at 20 000 people); below 1
is within. A bind is Argon2id at the cost of the portal, and has no budget.
Run: `python -m tests.bench.bench_directory 20000`.
"""

import random
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import ldap
import sqlalchemy as sa

from portal.app import create_app
from portal.identity import service as identity
from portal.identity.models import ActorKey, Person
from portal.identity.models.people import person_keys
from portal.identity.service import directory
from portal.identity.service.people import hasher
from portal.kernel import jobs
from portal.kernel.access import SYSTEM
from portal.kernel.config import Settings
from portal.kernel.db import db, new_id
from tests import servers

PASSWORD = "ozolpils-2026"
_UNIT_SIZE = 100
_GIVEN = ("Anna", "Jānis", "Līga", "Pēteris", "Žanete", "Ēriks", "Ilze", "Kārlis")
_FAMILY = ("Bērziņa", "Kalniņš", "Ozola", "Liepiņš", "Krūmiņa", "Zariņš", "Vītola", "Šmits")


def measure(number: int):
    """Lines of the measure over `number` people in units of a hundred."""
    with tempfile.TemporaryDirectory() as folder, servers.slapd(Path(folder) / "directory") as server:
        real_cost = {"argon2_memory_kib": 64 * 1024, "argon2_passes": 3}
        app = create_app(Settings.for_tests(Path(folder) / "var", **real_cost))
        own = app.extensions["pkip.settings"]
        ours = replace(own.ldap, url=f"ldap://127.0.0.1:{server.port}", password="writer", ca=server.ca)
        with app.app_context():
            db.create_all()
            identity.install_roles()
            _fill(number)
            app.extensions["pkip.settings"] = replace(own, ldap=ours)
            yield from _reconciliations(number)
            yield from _one_change(number)
            yield from _answers(server, number)
            db.session.remove()
            db.engine.dispose()


def _fill(number):
    units = [
        identity.add_unit(SYSTEM, f"{index}. nodaļa", str(index)).id
        for index in range(1, max(1, number // _UNIT_SIZE) + 1)
    ]
    hashed = hasher().hash(PASSWORD)
    people, keys = [], []
    for place in range(number):
        given, family = _GIVEN[place % 8], _FAMILY[place // 8 % 8]
        username, email = f"lietotajs{place}", f"lietotajs{place}@ozolpils.example"
        row = {
            "id": new_id(),
            "username": username,
            "given_name": given,
            "family_name": family,
            "email": email,
            "position": "speciālists",
            "unit_id": units[place % len(units)],
            "active": True,
            "password_hash": hashed,
            **person_keys(given, family, username, email, "speciālists"),
        }
        people.append(row)
        held = ["role:employee", f"unit:{row['unit_id']}"] + (["role:clerk"] if place % 10 == 0 else [])
        keys += [{"person_id": row["id"], "name": name} for name in held]
    for start in range(0, number, 5000):
        db.session.execute(sa.insert(Person), people[start : start + 5000])
    db.session.execute(sa.insert(ActorKey), keys)
    db.session.commit()


def _reconciliations(number):
    for name, prepare in (("first", _nothing), ("same", _nothing), ("tenth_changed", _change_a_tenth)):
        prepare()
        begun = time.perf_counter()
        run = directory.compare_now()
        took_s = time.perf_counter() - begun
        db.session.commit()
        assert run.state.value == "done" and not run.failed, run.problem or run.differences[:3]
        yield f"directory_reconcile_{name}_{number} {took_s:.1f} s {took_s / 60:.2f}"
        yield f"directory_reconcile_{name}_{number}_written {run.found} entries -"


def _nothing():
    """As it is."""


def _change_a_tenth():
    db.session.execute(
        sa.update(Person)
        .where(Person.username.like("%7"))
        .values(position="vecākais speciālists", phone="+371 67000000")
    )
    db.session.commit()


def _one_change(number, rounds=20):
    times = []
    for place in range(rounds):
        person = db.session.scalar(sa.select(Person).where(Person.username == f"lietotajs{place * 3}"))
        begun = time.perf_counter()
        identity.give_role(SYSTEM, person.id, "head")
        db.session.commit()
        for entry_id in jobs.due():
            jobs.perform(entry_id)
        times.append(time.perf_counter() - begun)
    for name, took_s in (("median", statistics.median(times)), ("slowest", max(times))):
        yield f"directory_one_change_{number}_{name} {took_s * 1000:.0f} ms {took_s / 5:.3f}"


def _connection(server):
    found = ldap.initialize(f"ldap://127.0.0.1:{server.port}")
    found.set_option(ldap.OPT_X_TLS_CACERTFILE, str(server.ca))
    found.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    found.start_tls_s()
    return found


def _answers(server, number, rounds=300):
    base = server.base
    _account, password = directory.add_account(SYSTEM, "meklet", "", ["contacts", "work", "groups"])
    db.session.commit()
    for entry_id in jobs.due():
        jobs.perform(entry_id)
    bound = _connection(server)
    bound.simple_bind_s(f"cn=meklet,ou=services,{base}", password)
    pick = random.Random(1)
    wanted = {
        "by_name": lambda: (f"(uid=lietotajs{pick.randrange(number)})", ["cn", "mail", "title", "memberOf"], 1),
        "by_mail": lambda: (f"(mail=lietotajs{pick.randrange(number)}@ozolpils.example)", ["uid", "cn", "ou"], 1),
        "in_unit": lambda: (f"(departmentNumber={pick.randrange(max(1, number // _UNIT_SIZE)) + 1})", ["uid", "cn"], 2),
    }
    for name, ask in wanted.items():
        times = []
        for _round in range(rounds):
            condition, attributes, least = ask()
            begun = time.perf_counter()
            found = bound.search_s(f"ou=people,{base}", ldap.SCOPE_SUBTREE, condition, attributes)
            times.append((time.perf_counter() - begun) * 1000)
            assert len(found) >= least, condition
        p95 = statistics.quantiles(times, n=20)[18]
        yield f"directory_search_{name}_{number}_p95 {p95:.1f} ms {p95 / 50:.2f}"
    times = []
    for place in range(20):
        mine = _connection(server)
        begun = time.perf_counter()
        mine.simple_bind_s(f"uid=lietotajs{place},ou=people,{base}", PASSWORD)
        times.append((time.perf_counter() - begun) * 1000)
        mine.unbind_s()
    yield f"directory_bind_{number}_median {statistics.median(times):.0f} ms -"


if __name__ == "__main__":
    for line in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000):
        print(line, flush=True)
