"""The index as a table of PostgreSQL: our keys as a tsvector with a GIN index. Any number of web machines share it.

The table is made when first needed and lives in the instance's database, or in one of its own (PKIP_SEARCH_URL).
"""

from contextlib import contextmanager

import sqlalchemy as sa

from portal.kernel.errors import Conflict
from portal.kernel.i18n import _
from portal.search.backends import FACETS, Found, Wanted
from portal.search.query import Clause, Match
from portal.search.tokens import tokens_of

_LOCK = 0x504B4950  # advisory lock of the writer: "PKIP"
_RANKED = 2_000  # of more hits only the newest are weighed
_LAST_POSITION = 16_383  # PostgreSQL's own limit; phrases behind it are not told apart
_TABLE = """
CREATE TABLE IF NOT EXISTS {table} (
  id uuid PRIMARY KEY, kind text NOT NULL, unit text NOT NULL, year text NOT NULL, day date, access uuid NOT NULL,
  keys tsvector NOT NULL, surface tsvector NOT NULL)"""
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS {table}_keys ON {table} USING gin (keys)",
    "CREATE INDEX IF NOT EXISTS {table}_surface ON {table} USING gin (surface)",
    "CREATE INDEX IF NOT EXISTS {table}_access ON {table} (access)",
)
_INSERT = sa.text(
    """
INSERT INTO {table} (id, kind, unit, year, day, access, keys, surface)
VALUES (:id, :kind, :unit, :year, :day, :access, CAST(:keys AS tsvector), CAST(:surface AS tsvector))
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, unit = excluded.unit, year = excluded.year, day = excluded.day,
  access = excluded.access, keys = excluded.keys, surface = excluded.surface""".replace("{table}", "search_index")
)


class PostgresqlBackend:
    """See Backend."""

    def __init__(self, url: str):
        self.engine = sa.create_engine(url, pool_size=4, max_overflow=20, pool_pre_ping=True)
        self._ready = False

    def update(self, entries, gone):
        with self._alone() as connection:
            if connection is None:
                return False
            _make(connection, "search_index")
            if gone:
                connection.execute(
                    sa.text("DELETE FROM search_index WHERE id = ANY(CAST(:gone AS uuid[]))"), {"gone": list(gone)}
                )
            if entries:
                connection.execute(_INSERT, [_row(entry) for entry in entries])
            return True

    def rebuild(self, batches):
        with self._alone() as connection:
            if connection is None:
                raise Conflict(_("The index is being written; try again in a minute"))
            connection.execute(sa.text("DROP TABLE IF EXISTS search_index_new"))
            connection.execute(sa.text(_TABLE.format(table="search_index_new")))
            insert, total = sa.text(str(_INSERT).replace("INTO search_index", "INTO search_index_new")), 0
            for entries in batches:
                if entries:
                    connection.execute(insert, [_row(entry) for entry in entries])
                total += len(entries)
            # in this transaction: questions see the old table until it commits
            connection.execute(sa.text("DROP TABLE IF EXISTS search_index"))
            connection.execute(sa.text("ALTER TABLE search_index_new RENAME TO search_index"))
            _make(connection, "search_index")
            return total

    def search(self, wanted: Wanted) -> Found:
        self._make_once()
        conditions, values = _conditions(wanted)
        chosen = {name: value for name, value in wanted.chosen.items() if name in FACETS}
        values |= {f"chosen_{name}": value for name, value in chosen.items()}
        own = {name: f"{name} = :chosen_{name}" for name in chosen}
        with self.engine.connect() as connection:
            counted = self._facets(connection, conditions, own, values)
            ids = self._page(connection, [*conditions, *own.values()], values, wanted) if counted[1] else []
        return Found(ids, counted[1], counted[0])

    def _facets(self, connection, conditions, own, values):
        """The facets and the total, in one reading of the hits."""
        flags = ", ".join(f"({own.get(name, 'true')}) AS {name}_chosen" for name in FACETS)
        every = " AND ".join(f"{name}_chosen" for name in FACETS)
        parts = [
            f"SELECT '{name}' AS facet, {name} AS value, count(*) AS number FROM hits WHERE "  # noqa: S608
            + (" AND ".join(f"{other}_chosen" for other in FACETS if other != name))
            + f" GROUP BY {name}"
            for name in FACETS
        ]
        statement = (
            f"WITH hits AS MATERIALIZED (SELECT kind, unit, year, {flags} FROM search_index"  # noqa: S608
            f" WHERE {' AND '.join(conditions)}) {' UNION ALL '.join(parts)}"
            f" UNION ALL SELECT 'total', '', count(*) FROM hits WHERE {every}"
        )
        facets: dict[str, dict[str, int]] = {name: {} for name in FACETS}
        total = 0
        for facet, value, number in connection.execute(sa.text(statement), values):
            if facet == "total":
                total = number
            elif value:
                facets[facet][value] = number
        return facets, total

    def _page(self, connection, conditions, values, wanted):
        where = " AND ".join(conditions)
        values = {**values, "start": wanted.start, "size": wanted.size}
        newest = "day DESC NULLS LAST, id DESC"
        if wanted.newest_first or "weights" not in values:
            statement = f"SELECT id FROM search_index WHERE {where} ORDER BY {newest} OFFSET :start LIMIT :size"  # noqa: S608
        else:
            statement = (
                f"WITH best AS (SELECT id, day, keys, surface FROM search_index WHERE {where}"  # noqa: S608
                f" ORDER BY {newest} LIMIT {_RANKED + 1})"
                " SELECT id FROM best ORDER BY ts_rank('{0.1, 0.1, 0.3, 1.0}', keys, CAST(:weights AS tsquery), 1)"
                " + 0.5 * ts_rank(surface, CAST(:forms AS tsquery)) DESC, day DESC NULLS LAST, id DESC"
                " OFFSET :start LIMIT :size"
            )
        return [str(row[0]) for row in connection.execute(sa.text(statement), values)]

    @contextmanager
    def _alone(self):
        """A transaction of the only writer, or None when somebody else is writing."""
        with self.engine.begin() as connection:
            mine = connection.execute(sa.text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar()
            yield connection if mine else None

    def _make_once(self):
        if not self._ready:
            with self.engine.begin() as connection:
                if connection.execute(sa.text("SELECT to_regclass('search_index')")).scalar() is None:
                    _make(connection, "search_index")
            self._ready = True


def _make(connection, table):
    for statement in (_TABLE, *_INDEXES):
        connection.execute(sa.text(statement.format(table=table)))


def _row(entry) -> dict:
    tokens = tokens_of(entry.title, entry.number, entry.text)
    keys = " ".join(
        _quoted(key)
        + ":"
        + ",".join(
            f"{min(place, _LAST_POSITION)}{'A' if key in tokens.title and not nth else ''}"
            for nth, place in enumerate(places[:255])
        )
        for key, places in tokens.keys.items()
    )
    return {
        "id": entry.id, "kind": entry.kind, "unit": entry.unit, "year": entry.year, "day": entry.date,
        "access": entry.access, "keys": keys, "surface": " ".join(_quoted(word) for word in tokens.surface),
    }  # fmt: skip


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _either(words) -> str:
    return "(" + " | ".join(_quoted(word) for word in sorted(words)) + ")"


def _conditions(wanted: Wanted):
    """SQL conditions (joined by AND) and their values."""
    conditions = ["true"]
    values: dict[str, str | list[str]] = {}
    if wanted.access is not None:
        conditions.append("access = ANY(CAST(:access AS uuid[]))")
        values["access"] = sorted(wanted.access)
    if wanted.without:
        conditions.append("id <> ALL(CAST(:without AS uuid[]))")
        values["without"] = sorted(wanted.without)
    weights, forms = [], []
    for place, clause in enumerate(wanted.clauses):
        parts = []
        for field, asked in _asked(clause):
            parts.append(f"{field} @@ CAST(:{field}{place} AS tsquery)")
            values[f"{field}{place}"] = asked
        met = " AND ".join(parts)
        conditions.append(f"NOT ({met})" if clause.negated else f"({met})")
        if not clause.negated:
            weights += [_either(word.keys) for word in clause.words if clause.match in (Match.WORDS, Match.EXACT)]
            forms += [_quoted(word.surface) for word in clause.words]
    if forms and weights:
        values |= {"weights": " | ".join(weights), "forms": " | ".join(forms)}
    return conditions, values


def _asked(clause: Clause):
    """(column, tsquery) pairs that together say the clause."""
    if clause.match is Match.BEGINS:
        return [("surface", _quoted(clause.words[0].surface) + ":*")]
    if clause.match is Match.ANY:
        return [("surface", _either({word.surface for word in clause.words}))]
    asked = [("keys", " <-> ".join(_either(word.keys) for word in clause.words))]
    if clause.match is Match.EXACT:
        asked.append(("surface", " & ".join(_quoted(word.surface) for word in clause.words)))
    return asked
