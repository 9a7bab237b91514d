"""How many records the audit log takes in a second, and how quickly the whole of it is verified.

Lines: name value unit ratio. Ratio: the measure against its budget (in: 2 000 records/s; verification: 30 s for
1 000 000 records); above 1 is within for records/s, below 1 for seconds.
Run: `python -m tests.bench.bench_audit 100000`.
"""

import sys
import tempfile
import time
from pathlib import Path

from portal.app import create_app
from portal.audit import service as audit
from portal.kernel.access import SYSTEM
from portal.kernel.config import Settings
from portal.kernel.db import db

IN_BUDGET = 2000
VERIFY_BUDGET_S = 30
PER_TRANSACTION = 10  # an act of a clerk leaves a few records, not thousands


def measure_audit(number: int = 100_000):
    """Lines of the measure with `number` records in a fresh instance, one in ten with personal data."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.for_tests(Path(folder)))
        with app.app_context():
            db.create_all()
            db.session.commit()
            taken_s = _timed(lambda: _write(number))
            sealed_s = _timed(lambda: audit.seal(SYSTEM))
            report = []
            verified_s = _timed(lambda: report.append(audit.verify()))
            assert report[0].is_intact and report[0].records == number
            rate, whole = number / taken_s, verified_s * 1_000_000 / number
            yield f"audit_records_in {rate:.0f} records/s {rate / IN_BUDGET:.2f}"
            yield f"audit_sealing {number / sealed_s:.0f} records/s -"
            yield f"audit_verify_{number} {verified_s:.2f} s -"
            yield f"audit_verify_per_million {whole:.1f} s {whole / VERIFY_BUDGET_S:.2f}"
            db.session.remove()
            db.engine.dispose()


def _write(number):
    for n in range(number):
        audit.record(SYSTEM, "document.read", object_kind="document", object_id=str(n),
                     label=f"1.2/2026/{n} Iesniegums", new={"n": n}, purpose="iesnieguma izskatīšana",
                     personal={"name": "Ilze Avotiņa"} if n % 10 == 0 else None)  # fmt: skip
        if n % PER_TRANSACTION == PER_TRANSACTION - 1:
            db.session.commit()
    db.session.commit()


def _timed(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def main():
    for line in measure_audit(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000):
        print(line, flush=True)


if __name__ == "__main__":
    main()
