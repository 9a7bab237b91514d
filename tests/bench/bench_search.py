"""How quickly search answers, with rights, facets and marked passages. Lines: name value unit ratio.

Ratio: the measure against its budget (p95: rare word 50 ms, common word and phrase 300 ms, at 100,000 documents);
below 1 is within. The first answer to each query is told apart from those that find it remembered. Run:
`python -m tests.bench.bench_search 100000`; with PKIP_TEST_BACKEND=server over PostgreSQL.
"""

import re
import resource
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path

import sqlalchemy as sa

from portal.app import create_app
from portal.identity import service as identity
from portal.kernel.access import AccessSet, actor_with, set_of
from portal.kernel.config import Settings
from portal.kernel.db import db
from portal.search import backends
from portal.search import service as search
from portal.search.models import SearchEntry
from tests import servers
from tests.bench.latvian_text import documents

_RARE_MS = 50
_CHANGED = 1_000  # documents that the index takes in anew after the rebuild
_QUERIES = {
    "common word": (["komiteja", "lemt", "iesniedzēji", "pasvaldiba", "dokumenti", "novads", "līgums"], 300),
    "two words": (["komiteja ceļš", "deputāti tāmes", "dome transports", "budžets izskatīt"], 300),
    "phrase": (['"zemes ierīcības projekts"', '"ceļu segums"', '"darba dienas laiks"', '"komitejas atzinumi"'], 300),
}


def measure_search(number: int):
    """Lines of the measure over `number` documents in a fresh instance with 50 access groups, 20 of them seen."""
    with tempfile.TemporaryDirectory() as folder:
        servers_of, drop = servers.fresh_backend() if servers.wanted() else ({}, lambda: None)
        label = f"{'postgresql' if servers_of else 'whoosh'}_{number}"
        app = create_app(Settings.for_tests(Path(folder), **servers_of))
        with app.app_context():
            db.create_all()
            identity.install_roles()
            actor, rare = _fill(number)
            yield f"search_memory_before_{label} {_peak_mib():.0f} MiB -"
            begun = time.perf_counter()
            search.rebuild()
            took_s = time.perf_counter() - begun
            yield f"search_rebuild_{label} {number / took_s:.0f} documents/s -"
            yield f"search_memory_peak_rebuild_{label} {_peak_mib():.0f} MiB -"
            yield f"search_index_size_{label} {_size_mib(app, number):.0f} MiB -"
            taken, begun = 0, time.perf_counter()
            while done := search.index_pending(batches=1):
                taken += done
                db.session.commit()
            yield f"search_catch_up_{label} {taken / (time.perf_counter() - begun):.0f} documents/s -"
            yield from _questions(actor, label, rare)
            yield f"search_memory_peak_{label} {_peak_mib():.0f} MiB -"
            db.session.remove()
            db.engine.dispose()
            if servers_of:
                backends.current().engine.dispose()
        drop()


def _peak_mib():
    """Of this process; PostgreSQL's own processes are not in it."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _size_mib(app, number):
    if servers.wanted():
        sizes = "SELECT pg_total_relation_size('search_index') + pg_total_relation_size('search_index_part')"
        return db.session.scalar(sa.text(sizes)) / 2**20
    folder = app.extensions["pkip.settings"].var / "index"
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20


def _fill(number):
    sets = [set_of(f"unit:{uuid.uuid4()}", f"role:group{group}") for group in range(50)]
    assert db.session.query(AccessSet).count() >= 50
    rows, names = [], Counter()
    for place, (title, code, text, day, kind, unit, group) in enumerate(documents(number)):
        names.update(re.findall(r"(\w+)\.", text))
        rows.append(
            {"id": uuid.uuid4(), "kind": kind, "object_id": uuid.uuid4(), "title": title, "number": code, "text": text,
             "date": day, "unit": f"Nodaļa {unit}", "url": "/", "access_set_id": sets[group], "revision": 1,
             "pending": place < _CHANGED, "removed": False}
        )  # fmt: skip
        if len(rows) == 5_000:
            db.session.execute(SearchEntry.__table__.insert(), rows)
            rows = []
    if rows:
        db.session.execute(SearchEntry.__table__.insert(), rows)
    db.session.commit()
    rare = [name for name, seen in names.items() if 2 <= seen <= 6][:20]
    actor = actor_with({"can:search.use"} | {f"role:group{group}" for group in range(20)}, person_id=uuid.uuid4())
    return actor, rare


def _questions(actor, label, rare, rounds=6):
    search.find(actor, "dome")  # opens the index
    for name, (queries, budget_ms) in {"rare word": (rare, _RARE_MS), **_QUERIES}.items():
        times, hits = [], []
        for _round in range(rounds):
            for query in queries:
                begun = time.perf_counter()
                hits.append(search.find(actor, query).total)
                times.append((time.perf_counter() - begun) * 1000)
                db.session.rollback()
        measure = f"search_{name.replace(' ', '_')}_{label}"
        figures = {
            "p50": statistics.median(times),
            "p95": statistics.quantiles(times, n=20)[18],
            "first_max": max(times[: len(queries)]),
        }
        for figure, took_ms in figures.items():
            yield f"{measure}_{figure} {took_ms:.1f} ms {took_ms / budget_ms:.2f}"
        yield f"{measure}_hits {statistics.median(hits):.0f} documents -"


if __name__ == "__main__":
    for line in measure_search(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000):
        print(line, flush=True)
