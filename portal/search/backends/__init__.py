"""What every index can do, in our words; one module per kind of index. The tokens they hold are the same."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Protocol

from portal.kernel.config import settings
from portal.search.query import Clause

FACETS = ("kind", "year", "unit")


@dataclass(frozen=True)
class Entry:
    """What is put into the index. access: id of the access set, as text."""

    id: str
    kind: str
    unit: str
    date: date | None
    access: str
    title: str
    number: str
    text: str

    @property
    def year(self) -> str:
        return str(self.date.year) if self.date else ""


@dataclass(frozen=True)
class Wanted:
    """A question to the index. access: ids of the sets that may be seen, None for all; without: ids to leave out."""

    clauses: tuple[Clause, ...]
    access: frozenset[str] | None
    chosen: dict[str, str] = field(default_factory=dict)  # facet → value
    without: frozenset[str] = frozenset()
    newest_first: bool = False
    start: int = 0
    size: int = 20


@dataclass(frozen=True)
class Found:
    """ids of the entries on the page, best first; total of all; facet → value → count, each counted as if that facet
    were not chosen.
    """

    ids: list[str]
    total: int
    facets: dict[str, dict[str, int]]


class Backend(Protocol):
    """An index. Changes come from one job at a time; searching goes on meanwhile."""

    def update(self, entries: list[Entry], gone: list[str]) -> bool:
        """Take in entries (new or changed) and forget ids, all or nothing, lasting when it returns.
        False when somebody else is writing: try later.
        """

    def search(self, wanted: Wanted) -> Found:
        """Answer from the index as it is now."""

    def rebuild(self, batches: Iterable[list[Entry]]) -> int:
        """Build anew from all entries beside the old index, then switch. Returns the number of entries.
        Raises Conflict when somebody else is writing.
        """


def current() -> Backend:
    """The index of the instance at hand."""
    own = settings()
    return _backend(str(own.var), own.search_url, own.database_url)


@lru_cache(maxsize=64)
def _backend(var: str, search_url: str, database_url: str) -> Backend:
    from pathlib import Path

    if search_url.startswith("postgresql") or (search_url == "database" and database_url.startswith("postgresql")):
        from portal.search.backends.postgresql import PostgresqlBackend

        url = database_url if search_url == "database" else search_url
        return PostgresqlBackend(url.replace("postgresql://", "postgresql+psycopg://", 1))
    from portal.search.backends.whoosh_backend import WhooshBackend

    return WhooshBackend(Path(var) / "index")
