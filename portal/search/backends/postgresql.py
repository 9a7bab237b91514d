"""The index as a table of PostgreSQL: our keys as a tsvector with a GIN index. Any number of web machines share it.

The table is made when first needed and lives in the instance's database, or in one of its own (PKIP_SEARCH_URL).
"""

from contextlib import contextmanager

import sqlalchemy as sa

from portal.kernel.errors import Conflict
from portal.kernel.i18n import _
from portal.search.backends import FACETS, Found, Wanted
from portal.search.query import Clause, Days, Group, Match, Value, leaves
from portal.search.tokens import tokens_of_entry

_LOCK = 0x504B4950  # advisory lock of the writer: "PKIP"
_RANKED = 2_000  # of more hits only the newest are weighed
_RANKED_IN_GROUP = 300
_RANK = (
    "ts_rank('{0.1, 0.1, 0.3, 1.0}', keys, CAST(:weights AS tsquery), 1)"
    " + 0.5 * ts_rank(surface, CAST(:forms AS tsquery)) DESC, day DESC NULLS LAST, id DESC"
)
_LAST_POSITION = 16_383  # PostgreSQL's own limit; phrases behind it are not told apart
_TABLE = """
CREATE TABLE IF NOT EXISTS {table} (
  id uuid PRIMARY KEY, kind text NOT NULL, unit text NOT NULL, year text NOT NULL, day date, access uuid NOT NULL,
  keys tsvector NOT NULL, surface tsvector NOT NULL, status text NOT NULL DEFAULT '', "class" text NOT NULL DEFAULT '',
  level text NOT NULL DEFAULT '', title text COLLATE "C" NOT NULL DEFAULT '')"""
# what has come since the first version of the table
_ADDED = (
    *(f"ALTER TABLE {{table}} ADD COLUMN IF NOT EXISTS {name} text NOT NULL DEFAULT ''" for name in
      ("status", '"class"', "level")),
    "ALTER TABLE {table} ADD COLUMN IF NOT EXISTS title text COLLATE \"C\" NOT NULL DEFAULT ''",
)  # fmt: skip
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS {table}_keys ON {table} USING gin (keys)",
    "CREATE INDEX IF NOT EXISTS {table}_surface ON {table} USING gin (surface)",
    "CREATE INDEX IF NOT EXISTS {table}_access ON {table} (access)",
)
_COLUMNS = ("id", "kind", "unit", "year", "day", "access", "keys", "surface", "status", "class", "level", "title")
_INSERT = "INSERT INTO {{table}} ({}) VALUES ({}) ON CONFLICT (id) DO UPDATE SET {}".format(  # noqa: S608
    ", ".join(f'"{name}"' for name in _COLUMNS),
    ", ".join(f"CAST(:{name} AS tsvector)" if name in ("keys", "surface") else f":{name}" for name in _COLUMNS),
    ", ".join(f'"{name}" = excluded."{name}"' for name in _COLUMNS[1:]),
)
_ORDER_BY = {"newest": "day DESC NULLS LAST, id DESC", "oldest": "day ASC NULLS LAST, id", "title": "title, id"}


class PostgresqlBackend:
    """See Backend."""

    def __init__(self, url: str):
        self.engine = sa.create_engine(url, pool_size=4, max_overflow=20, pool_pre_ping=True)
        self._ready = False

    def update(self, entries, gone):
        with self._alone() as connection:
            if connection is None:
                return False
            if not _fits(connection):
                _make(connection, "search_index")
            if gone:
                connection.execute(
                    sa.text("DELETE FROM search_index WHERE id = ANY(CAST(:gone AS uuid[]))"), {"gone": list(gone)}
                )
            if entries:
                connection.execute(sa.text(_INSERT.format(table="search_index")), [_row(entry) for entry in entries])
            return True

    def rebuild(self, batches):
        with self._alone() as connection:
            if connection is None:
                raise Conflict(_("The index is being written; try again in a minute"))
            connection.execute(sa.text("DROP TABLE IF EXISTS search_index_new"))
            connection.execute(sa.text(_TABLE.format(table="search_index_new")))
            insert, total = sa.text(_INSERT.format(table="search_index_new")), 0
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
        values |= {f"chosen_{name}": sorted(value) for name, value in chosen.items()}
        own = {name: f'"{name}" = ANY(:chosen_{name})' for name in chosen}
        every = [*conditions, *own.values()]
        with self.engine.connect() as connection:
            facets, total = self._facets(connection, conditions, own, values)
            groups = tuple(self._groups(connection, every, values, wanted)) if wanted.groups and total else ()
            ids = self._page(connection, every, values, wanted) if total and not wanted.groups else []
        return Found(ids, total, facets, groups or tuple([] for _kinds in wanted.groups))

    def _facets(self, connection, conditions, own, values):
        """The facets and the total, in one reading of the hits."""
        flags = ", ".join(f"({own.get(name, 'true')}) AS {name}_chosen" for name in FACETS)
        every = " AND ".join(f"{name}_chosen" for name in FACETS)
        columns = ", ".join(f'"{name}"' for name in FACETS)
        parts = [
            f"SELECT '{name}' AS facet, \"{name}\" AS value, count(*) AS number FROM hits WHERE "  # noqa: S608
            + (" AND ".join(f"{other}_chosen" for other in FACETS if other != name))
            + f' GROUP BY "{name}"'
            for name in FACETS
        ]
        statement = (
            f"WITH hits AS MATERIALIZED (SELECT {columns}, {flags} FROM search_index"  # noqa: S608
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
        if wanted.order != "best" or "weights" not in values:
            order = _ORDER_BY.get(wanted.order, _ORDER_BY["newest"])
            statement = f"SELECT id FROM search_index WHERE {where} ORDER BY {order} OFFSET :start LIMIT :size"  # noqa: S608
        else:
            statement = (
                f"WITH best AS (SELECT id, day, keys, surface FROM search_index WHERE {where}"  # noqa: S608
                f" ORDER BY {_ORDER_BY['newest']} LIMIT {_RANKED + 1})"
                f" SELECT id FROM best ORDER BY {_RANK} OFFSET :start LIMIT :size"
            )
        return [str(row[0]) for row in connection.execute(sa.text(statement), values)]

    def _groups(self, connection, conditions, values, wanted):
        """The best of each group of kinds, weighed among the newest of it."""
        ranked = wanted.order == "best" and "weights" in values
        order = _RANK if ranked else _ORDER_BY.get(wanted.order, _ORDER_BY["newest"])
        within = _ORDER_BY["newest"] if ranked else order
        cases = " ".join(f"WHEN kind = ANY(:kinds{place}) THEN {place}" for place in range(len(wanted.groups)))
        values = {**values, "size": wanted.size, "weighed": _RANKED_IN_GROUP if ranked else wanted.size}
        values |= {f"kinds{place}": sorted(kinds) for place, kinds in enumerate(wanted.groups)}
        statement = (
            f"WITH hits AS (SELECT id, day, title, CASE {cases} END AS part FROM search_index"  # noqa: S608
            f" WHERE {' AND '.join(conditions)}),"
            f" first AS (SELECT *, row_number() OVER (PARTITION BY part ORDER BY {within}) AS nth FROM hits"
            " WHERE part IS NOT NULL)"
            " SELECT part, id FROM (SELECT part, id, row_number() OVER"
            f" (PARTITION BY part ORDER BY {order}) AS nth FROM (SELECT first.part, whole.* FROM first"
            " JOIN search_index whole USING (id) WHERE first.nth <= :weighed) weighed) best"
            " WHERE nth <= :size ORDER BY part, nth"
        )
        found: list[list[str]] = [[] for _kinds in wanted.groups]
        for part, entry_id in connection.execute(sa.text(statement), values):
            found[part].append(str(entry_id))
        return found

    @contextmanager
    def _alone(self):
        """A transaction of the only writer, or None when somebody else is writing."""
        with self.engine.begin() as connection:
            mine = connection.execute(sa.text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar()
            yield connection if mine else None

    def _make_once(self):
        if not self._ready:
            with self.engine.begin() as connection:
                if not _fits(connection):
                    _make(connection, "search_index")
            self._ready = True


def _fits(connection) -> bool:
    """Is the table there, with all that this version keeps in it?"""
    columns = sa.text("SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('search_index') AND attnum > 0"
                      " AND NOT attisdropped")  # fmt: skip
    return connection.execute(columns).scalar() == len(_COLUMNS)


def _make(connection, table):
    for statement in (_TABLE, *_ADDED, *_INDEXES):
        connection.execute(sa.text(statement.format(table=table)))


def _row(entry) -> dict:
    tokens = tokens_of_entry(entry)
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
        "status": entry.status, "class": entry.class_name, "level": entry.level, "title": entry.title_key,
    }  # fmt: skip


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _either(words) -> str:
    return "(" + " | ".join(_quoted(word) for word in sorted(words)) + ")"


def _conditions(wanted: Wanted):
    """SQL conditions (joined by AND) and their values."""
    conditions = ["true"]
    values: dict = {}
    if wanted.access is not None:
        conditions.append("access = ANY(CAST(:access AS uuid[]))")
        values["access"] = sorted(wanted.access)
    if wanted.among is not None:
        conditions.append("id = ANY(CAST(:among AS uuid[]))")
        values["among"] = sorted(wanted.among)
    if wanted.without:
        conditions.append("id <> ALL(CAST(:without AS uuid[]))")
        values["without"] = sorted(wanted.without)
    conditions += [_condition(node, values) for node in wanted.clauses]
    asked = list(leaves(wanted.clauses))
    weights = [
        _either(word.keys) for clause in asked for word in clause.words if clause.match in (Match.WORDS, Match.EXACT)
    ]
    if weights:
        forms = [_quoted(word.surface) for clause in asked for word in clause.words]
        values |= {"weights": " | ".join(weights), "forms": " | ".join(forms)}
    return conditions, values


def _condition(node, values) -> str:
    """SQL that says the demand; what it compares with is put into `values`."""
    if isinstance(node, Group):
        parts = [_condition(part, values) for part in node.parts]
        met = (" OR " if node.any else " AND ").join(parts)
    elif isinstance(node, Value):
        met = f'"{node.name}" = ANY(:{_named(sorted(node.values), values)})'
    elif isinstance(node, Days):
        ends = [("day >= CAST(:{} AS date)", node.since), ("day <= CAST(:{} AS date)", node.until)]
        # COALESCE: "not" of a demand on an unknown day is true, as it is of any other demand that is not met
        met = " AND ".join(
            f"COALESCE({said.format(_named(day, values))}, false)" for said, day in ends if day is not None
        )
        met = met or "day IS NOT NULL"
    else:
        met = " AND ".join(f"{field} @@ CAST(:{_named(asked, values)} AS tsquery)" for field, asked in _asked(node))
    return f"NOT ({met})" if node.negated else f"({met})"


def _named(value, values) -> str:
    """Puts a value under a name of its own."""
    name = f"v{len(values)}"
    values[name] = value
    return name


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
