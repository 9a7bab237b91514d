"""An index lies in its files, not in the memory of each process that asks it."""

import random
import tracemalloc
import uuid

from portal.search.backends import Entry, Wanted
from portal.search.backends.whoosh_backend import WhooshBackend
from portal.search.query import parse


def test_opening_an_index_copies_no_part_of_it(tmp_path):
    chance = random.Random(7)
    words = [f"vards{number}" for number in range(2000)]
    entries = [
        Entry(str(uuid.uuid4()), "document", "1", None, "a", "Vēstule", "", " ".join(chance.choices(words, k=300)))
        for _number in range(400)
    ]
    WhooshBackend(tmp_path / "index").update(entries, [])
    size = sum(file.stat().st_size for file in (tmp_path / "index").rglob("*.seg"))
    wanted = Wanted(parse("vards7"), None)
    WhooshBackend(tmp_path / "other").search(wanted)  # loads what loads once
    tracemalloc.start()
    try:
        found = WhooshBackend(tmp_path / "index").search(wanted)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.total > 0 and size > 1_000_000
    assert taken < size / 2, (taken, size)
