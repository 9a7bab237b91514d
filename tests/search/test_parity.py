"""Both kinds of index answer every question with the same set: one generated stock of entries, many queries.

To cover a new kind of clause, add queries to QUERIES: each is asked with every choice of FACETS_CHOSEN.
"""

import random
import uuid
from datetime import date, timedelta

import pytest

from portal.search.backends import Entry, Wanted
from portal.search.backends.postgresql import PostgresqlBackend
from portal.search.backends.whoosh_backend import WhooshBackend
from portal.search.query import Clause, Match, Word, nearly, parse
from tests import servers

WORDS = (
    "ceļš", "ceļa", "ceļu", "ceļam", "ceļi", "celt", "cēla", "celties", "iela", "ielas", "ielu", "remonts", "remontu",
    "lēmums", "lēmumu", "lēmumiem", "nolemt", "Ozols", "Ozola", "Ozolas", "Balode", "Balodis", "Eglītis", "Eglīša",
    "Ķekava", "Ķekavā", "dome", "domes", "un", "par", "kas", "skola", "skolas", "2024", "2025", "12a", "B-52",
    "e-pasts", "kāzas", "kaza", "marketing", "straße", "Иванов", "vērsušās", "piesakās", "pieteicās", "kiberuzbrukums",
    "2.4/26-7",
)  # fmt: skip
QUERIES = (
    # words
    "ceļš", "celi", "CEĻIEM", "ielas", "remonts ceļš", "lemums", "Ozolas", "ozola", "balodis", "eglite", "kekava",
    "12a", "2024", "2.4/26-7", "e-pasts", "иванов", "strasse", "kiberuzbrukumi", "pieteikties", "nav-tāda", "gars*",
    # phrases
    '"ceļa remonts"', '"ielas ceļš"', '"dome lemj"', '"Ozola iela"', '"un un"', '"un par ceļu"', '"un par kas un"',
    '"2.4/26-7"', '"gars beigas"', '"sākums gars"', '"un gars"', '"115000 115001"',
    # exact forms, beginnings
    '="remontu"', '="ceļš iela"', "=Ozola", "=celi", "cel*", "ce*", "rem*", "ķek*", "un*", "12*", "2*", "zzz*",
    # fields, days, either
    "autors:ozolas", "no:eglitis", "klase:ielas", 'klase:"ielu uzturēšana"', "numurs:2.4/26-7", "nosaukums:ceļi",
    "pēc:01.03.2025", "pirms:2025", "līdz:2024-12-31 dome", "gads:2025", "NE gads:2025 ceļš", "ceļš VAI iela",
    "(dome VAI skola) UN NE ceļš", '"un par" VAI autors:ozola', "-pēc:2025 dome", "autors:-ozola",
    # without
    "ceļš -iela", "-ceļš iela", 'dome -"dome lemj"', 'un -"un par"', "ceļš -cel*", "skola -=skolas", "-nekas dome",
)  # fmt: skip
FACETS_CHOSEN = (
    {}, {"unit": frozenset({"Nodaļa 2"}), "level": frozenset({"open"})},
    {"year": frozenset({"2025", "2024"}), "kind": frozenset({"document"}), "status": frozenset({"done"})},
)  # fmt: skip


def _entries(number, chance, sets):
    for place in range(number):
        words = chance.choices(WORDS, k=chance.randrange(0, 40))
        if place % 40 == 7:  # more positions than PostgreSQL keeps of a word, and of a row
            often = ["un", "par", "kas"] * chance.randrange(300, 500)
            rare = [str(n) for n in range(100_000, 117_000)] if place == 47 else []
            words = ["sākums", *words, "gars", *often, *rare, *words, "un", "gars", "beigas"]
        yield Entry(
            id=str(uuid.UUID(int=chance.getrandbits(128))), kind=chance.choice(["document", "case"]),
            unit=chance.choice(["", "Nodaļa 1", "Nodaļa 2"]), access=chance.choice(sets),
            date=chance.choice([None, date(2024, 1, 1) + timedelta(days=chance.randrange(800))]),
            title=" ".join(chance.choices(WORDS, k=3)), number=chance.choice(["", "2.4/26-7", f"D-{place}"]),
            text=" ".join(words), author=chance.choice(["", "Anna Ozola", "Jānis Eglītis"]),
            status=chance.choice(["", "done"]), level=chance.choice(["", "open", "closed"]),
            class_name=chance.choice(["", "2.4 Ielu uzturēšana", "Domes lēmumi"]),
        )  # fmt: skip


@pytest.mark.server
@pytest.mark.req("15.2")
def test_both_indexes_give_the_same_hits_counts_and_facets(tmp_path):
    chance = random.Random(20261127)
    sets = [str(uuid.UUID(int=chance.getrandbits(128))) for _set in range(6)]
    entries = list(_entries(160, chance, sets))
    name = f"t{uuid.uuid4().hex[:12]}"
    admin = servers.postgresql()
    servers._sql(admin, f'CREATE DATABASE "{name}"')
    tables = PostgresqlBackend(f"{admin.rpartition('/')[0]}/{name}".replace("postgresql://", "postgresql+psycopg://"))
    both = (WhooshBackend(tmp_path / "index"), tables)
    try:
        for backend in both:
            assert backend.update(entries[:60], [])
            assert backend.update(entries[60:], [])
            _same_changes(backend, entries)
        _compare(both, sets, entries, QUERIES)
        for backend in both:
            assert backend.rebuild([entries[:50], entries[50:]]) == len(entries)
        _compare(both, sets, entries, QUERIES[::4])
    finally:
        tables.engine.dispose()
        servers._sql(admin, f'DROP DATABASE "{name}" WITH (FORCE)')


def _same_changes(backend, entries):
    """Long texts become short ones and the other way round, a few are forgotten."""
    short = [entry for entry in entries if len(entry.text) < 1_000][:5]
    long = [entry for entry in entries if len(entry.text) > 1_000][:2]
    swapped = [
        Entry(**{**vars(entry), "text": other.text}) for entry, other in zip(short + long, long + short, strict=False)
    ]
    assert backend.update(swapped, [entry.id for entry in entries[-5:]])


def _compare(both, sets, entries, queries):
    met = 0
    for query in [*map(parse, queries), (_any("remotns"),), (_any("celj"),)]:
        for place, chosen in enumerate(FACETS_CHOSEN):
            wanted = Wanted(
                query, access=None if place == 0 else frozenset(sets[place:]), chosen=chosen,
                without=frozenset(entry.id for entry in entries[:: 9 + place]), size=len(entries),
            )  # fmt: skip
            one, other = (backend.search(wanted) for backend in both)
            assert set(one.ids) == set(other.ids), (query, chosen)
            assert one.total == other.total == len(one.ids), (query, chosen)
            assert one.facets == other.facets, (query, chosen)
            met += bool(one.ids)
    assert met > 2 * len(queries)  # they do find something


def _any(word):
    return Clause(tuple(Word(form, frozenset()) for form in sorted(nearly(word))), Match.ANY)
