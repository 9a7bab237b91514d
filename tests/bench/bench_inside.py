"""How quickly the hits inside a document of 300 pages are found. Lines: name value unit ratio.

Ratio: the measure against its budget (50 ms of the processor, whatever else runs); below 1 is within. first: a text
whose words were not looked at before. Run: `python -m tests.bench.bench_inside`.
"""

import time

from portal.search.inside import around, spots_inside
from portal.search.query import parse
from tests.bench.latvian_text import documents

BUDGET_MS = 50
CHARS = 300 * 2_000
TEXT_BEFORE = "Ceļu iela."


def text():
    """300 pages."""
    made, size = [], 0
    for document in documents(5_000):
        made.append(str(document))
        size += len(made[-1])
        if size > CHARS:
            break
    return "\n".join(made)[:CHARS]


def measure():
    """Yields the lines."""
    whole = text()
    spots_inside(TEXT_BEFORE, parse("celi iela"))  # the dictionary is in memory
    for name, query in (("word", "zeme"), ("phrase", '"ielas remonts"'), ("two", "komiteja līgums"), ("again", "zeme")):
        began = time.process_time()
        spots = spots_inside(whole, parse(query), "bench")
        around(whole, spots, 200)
        took = (time.process_time() - began) * 1000
        label = f"inside_300_pages_{name}" + ("_first" if name == "word" else "")
        yield f"{label} {took:.1f} ms {took / BUDGET_MS:.2f}"
        yield f"{label}_hits {len(spots)} hits -"


if __name__ == "__main__":
    for line in measure():
        print(line)
