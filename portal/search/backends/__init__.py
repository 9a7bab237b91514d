"""What every index can do, in our words; one module per kind of index. The tokens they hold are the same."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Protocol

from portal.kernel.config import settings
from portal.kernel.latvian import sort_key
from portal.search.query import Node

FACETS = ("kind", "year", "unit", "status", "class", "level")
FORMAT = 2  # rises whenever the keys of words or the fields of an index change; an older index is built anew
ORDERS = ("best", "newest", "oldest", "title")


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
    author: str = ""
    status: str = ""
    class_name: str = ""
    level: str = ""

    @property
    def year(self) -> str:
        return str(self.date.year) if self.date else ""

    @property
    def title_key(self) -> str:
        """What the title is sorted by; enough of it to tell titles apart."""
        return sort_key(self.title.lstrip("„“”\"' "))[:80]


@dataclass(frozen=True)
class Wanted:
    """A question to the index. access: ids of the sets that may be seen, None for all; without: ids to leave out;
    among: the only ids of interest; groups: sets of kinds of each of which the best `size` are wanted, instead of a
    page of all.
    """

    clauses: tuple[Node, ...]
    access: frozenset[str] | None
    chosen: dict[str, frozenset[str]] = field(default_factory=dict)  # facet → any of these values
    without: frozenset[str] = frozenset()
    among: frozenset[str] | None = None
    order: str = "best"  # one of ORDERS
    start: int = 0
    size: int = 20
    groups: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class Found:
    """ids of the entries on the page, best first; total of all; facet → value → count, each counted as if that facet
    were not chosen. groups: ids for each group that was asked for.
    """

    ids: list[str]
    total: int
    facets: dict[str, dict[str, int]]
    groups: tuple[list[str], ...] = ()


class Backend(Protocol):
    """An index. Changes come from one job at a time; searching goes on meanwhile."""

    def update(self, entries: list[Entry], gone: list[str]) -> bool:
        """Take in entries (new or changed) and forget ids, all or nothing, lasting when it returns.
        False when somebody else is writing: try later.
        """

    def search(self, wanted: Wanted) -> Found:
        """Answer from the index as it is now."""

    def size_bytes(self) -> int:
        """How much room the index takes."""

    def rebuild(self, batches: Iterable[list[Entry]]) -> int:
        """Build anew from all entries beside the old index, then switch. Returns the number of entries.
        Raises Conflict when somebody else is writing.
        """

    def outdated(self) -> bool:
        """Was the index built with another FORMAT?"""


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
