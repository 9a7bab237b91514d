"""`make bench`: one line per measure (name, value, unit, ratio to the reference) over BENCH_N documents (10 000)."""

import os
import subprocess
import sys

NUMBER = os.environ.get("BENCH_N", "10000")
MEASURES = (
    ["tests.bench.bench_start"],
    ["tests.bench.bench_lists", NUMBER],
    ["tests.bench.bench_latvian"],
    ["tests.bench.bench_search", NUMBER],
    ["tests.bench.bench_inside"],
    ["tests.bench.bench_audit", NUMBER],
    ["tests.bench.bench_upload", os.environ.get("BENCH_UPLOAD_MIB", "2048")],
    ["tests.bench.bench_sign_on"],
    ["tests.bench.bench_people", os.environ.get("BENCH_PEOPLE", "20000")],
    ["tests.bench.bench_directory", os.environ.get("BENCH_PEOPLE", "20000")],
)

failed = [module for module, *args in MEASURES if subprocess.call([sys.executable, "-m", module, *args])]
votes = subprocess.call([sys.executable, "-m", "pytest", "-q", "-s", "tests/bench/bench_votes.py"])
sys.exit(bool(failed) or votes)
