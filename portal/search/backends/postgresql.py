"""The index as a table of PostgreSQL: our keys as a tsvector with a GIN index. Any number of web machines share it.

The table is made when first needed and lives in the instance's database, or in one of its own (PKIP_SEARCH_URL).
"""

from collections.abc import Callable
from contextlib import contextmanager

import sqlalchemy as sa

from portal.kernel.errors import Conflict
from portal.kernel.i18n import _
from portal.search import backends
from portal.search.backends import FACETS, Found, Wanted
from portal.search.query import Clause, Days, Group, Match, Value, leaves
from portal.search.tokens import tokens_of_entry

_LOCK = 0x504B4950  # advisory lock of the writer: "PKIP"
_MAKING = _LOCK + 1  # of whoever makes the tables
_RANKED = 2_000  # of more hits only the newest are weighed
_RANKED_IN_GROUP = 300
_RANK = (
    "ts_rank('{0.1, 0.1, 0.3, 1.0}', keys, CAST(:weights AS tsquery), 1)"
    " + 0.5 * ts_rank(surface, CAST(:forms AS tsquery)) DESC, day DESC NULLS LAST, id DESC"
)
_LAST_POSITION, _MOST_POSITIONS = 16_383, 255  # PostgreSQL's own limits: the last of a row, the number of a word's
_LONGEST_PHRASE = 150  # words; the texts of two parts overlap by as many
_TABLE = """
CREATE TABLE IF NOT EXISTS {table} (
  id uuid PRIMARY KEY, kind text NOT NULL, unit text NOT NULL, year text NOT NULL, day date, access uuid NOT NULL,
  keys tsvector NOT NULL, surface tsvector NOT NULL, status text NOT NULL DEFAULT '', "class" text NOT NULL DEFAULT '',
  level text NOT NULL DEFAULT '', title text COLLATE "C" NOT NULL DEFAULT '')
WITH (toast_tuple_target = 128)"""  # the words of a text lie apart: facets are read from a tenth of the pages
# texts too long for the positions that one row can hold: phrases are looked for in their parts
_PARTS = "CREATE TABLE IF NOT EXISTS {table}_part (id uuid NOT NULL, keys tsvector NOT NULL)"
# what has come since the first version of the table
_ADDED = (
    _PARTS,
    *(f"ALTER TABLE {{table}} ADD COLUMN IF NOT EXISTS {name} text NOT NULL DEFAULT ''" for name in
      ("status", '"class"', "level")),
    "ALTER TABLE {table} ADD COLUMN IF NOT EXISTS title text COLLATE \"C\" NOT NULL DEFAULT ''",
)  # fmt: skip
_INDEXES = {
    "{table}_keys": "CREATE INDEX IF NOT EXISTS {table}_keys ON {table} USING gin (keys)",
    "{table}_surface": "CREATE INDEX IF NOT EXISTS {table}_surface ON {table} USING gin (surface)",
    "{table}_access": "CREATE INDEX IF NOT EXISTS {table}_access ON {table} (access)",
    "{table}_part_id": "CREATE INDEX IF NOT EXISTS {table}_part_id ON {table}_part (id)",
    "{table}_part_keys": "CREATE INDEX IF NOT EXISTS {table}_part_keys ON {table}_part USING gin (keys)",
}
_COLUMNS = ("id", "kind", "unit", "year", "day", "access", "keys", "surface", "status", "class", "level", "title")
_INSERT = "INSERT INTO {{table}} ({}) VALUES ({}) ON CONFLICT (id) DO UPDATE SET {}".format(  # noqa: S608
    ", ".join(f'"{name}"' for name in _COLUMNS),
    ", ".join(f"CAST(:{name} AS tsvector)" if name in ("keys", "surface") else f":{name}" for name in _COLUMNS),
    ", ".join(f'"{name}" = excluded."{name}"' for name in _COLUMNS[1:]),
)
_INSERT_PART = "INSERT INTO {table}_part (id, keys) VALUES (:id, CAST(:keys AS tsvector))"
_FORGET = "DELETE FROM {table} WHERE id = ANY(CAST(:ids AS uuid[]))"
_ORDER_BY = {"newest": "day DESC NULLS LAST, id DESC", "oldest": "day ASC NULLS LAST, id", "title": "title, id"}


class PostgresqlBackend:
    """See Backend."""

    def __init__(self, url: str):
        self.engine = sa.create_engine(url, pool_size=4, max_overflow=20, pool_pre_ping=True)
        self._ready = False

    def update(self, entries, gone):
        self._make_once()
        with self._alone() as connection:
            if connection is None:
                return False
            ids = [*gone, *(entry.id for entry in entries)]
            connection.execute(_said(_FORGET, "search_index_part"), {"ids": ids})
            if gone:
                connection.execute(_said(_FORGET, "search_index"), {"ids": list(gone)})
            _insert(connection, "search_index", entries)
            return True

    def rebuild(self, batches):
        with self._alone() as connection:
            if connection is None:
                raise Conflict(_("The index is being written; try again in a minute"))
            connection.execute(sa.text("DROP TABLE IF EXISTS search_index_new, search_index_new_part"))
            for statement in (_TABLE, _PARTS):
                connection.execute(_said(statement, "search_index_new"))
            total = 0
            for entries in batches:
                _insert(connection, "search_index_new", entries)
                total += len(entries)
            for statement in _INDEXES.values():
                connection.execute(_said(statement, "search_index_new"))
            connection.execute(sa.text("ANALYZE search_index_new, search_index_new_part"))
            # from here on questions wait until this transaction commits, which is at once
            connection.execute(sa.text("DROP TABLE IF EXISTS search_index, search_index_part"))
            connection.execute(sa.text("ALTER TABLE search_index_new RENAME TO search_index"))
            connection.execute(sa.text("ALTER TABLE search_index_new_part RENAME TO search_index_part"))
            for name in ("{table}_pkey", *_INDEXES):
                new, old = name.format(table="search_index_new"), name.format(table="search_index")
                connection.execute(sa.text(f"ALTER INDEX {new} RENAME TO {old}"))
            _mark(connection)
            return total

    def size_bytes(self):
        self._make_once()
        with self.engine.connect() as connection:
            return connection.scalar(
                sa.text("SELECT pg_total_relation_size('search_index') + pg_total_relation_size('search_index_part')")
            )

    def outdated(self):
        self._make_once()
        with self.engine.connect() as connection:
            mark = sa.text("SELECT obj_description(to_regclass('search_index'), 'pg_class')")
            return connection.execute(mark).scalar() != str(backends.FORMAT)

    def search(self, wanted: Wanted) -> Found:
        self._make_once()
        chosen = {name: value for name, value in wanted.chosen.items() if name in FACETS}
        own = {name: f'"{name}" = ANY(:chosen_{name})' for name in chosen}
        with self.engine.connect() as connection:
            source, conditions, values = _conditions(wanted, lambda phrase: _long_texts(connection, phrase))
            if source != "search_index":
                connection.execute(sa.text("SET LOCAL enable_seqscan = off"))  # see _conditions
            values |= {f"chosen_{name}": sorted(value) for name, value in chosen.items()}
            every = [*conditions, *own.values()]
            facets, total = self._facets(connection, source, conditions, own, values)
            groups = tuple(self._groups(connection, source, every, values, wanted)) if wanted.groups and total else ()
            ids = self._page(connection, source, every, values, wanted) if total and not wanted.groups else []
        return Found(ids, total, facets, groups or tuple([] for _kinds in wanted.groups))

    def _facets(self, connection, source, conditions, own, values):
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
            f"WITH hits AS MATERIALIZED (SELECT {columns}, {flags} FROM {source}"  # noqa: S608
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

    def _page(self, connection, source, conditions, values, wanted):
        where = " AND ".join(conditions)
        values = {**values, "start": wanted.start, "size": wanted.size}
        if wanted.order != "best" or "weights" not in values:
            order = _ORDER_BY.get(wanted.order, _ORDER_BY["newest"])
            statement = f"SELECT id FROM {source} WHERE {where} ORDER BY {order} OFFSET :start LIMIT :size"  # noqa: S608
        else:
            statement = (
                f"WITH best AS (SELECT id, day, keys, surface FROM {source} WHERE {where}"  # noqa: S608
                f" ORDER BY {_ORDER_BY['newest']} LIMIT {_RANKED + 1})"
                f" SELECT id FROM best ORDER BY {_RANK} OFFSET :start LIMIT :size"
            )
        return [str(row[0]) for row in connection.execute(sa.text(statement), values)]

    def _groups(self, connection, source, conditions, values, wanted):
        """The best of each group of kinds, weighed among the newest of it."""
        ranked = wanted.order == "best" and "weights" in values
        order = _RANK if ranked else _ORDER_BY.get(wanted.order, _ORDER_BY["newest"])
        within = _ORDER_BY["newest"] if ranked else order
        cases = " ".join(f"WHEN kind = ANY(:kinds{place}) THEN {place}" for place in range(len(wanted.groups)))
        values = {**values, "size": wanted.size, "weighed": _RANKED_IN_GROUP if ranked else wanted.size}
        values |= {f"kinds{place}": sorted(kinds) for place, kinds in enumerate(wanted.groups)}
        statement = (
            f"WITH hits AS (SELECT id, day, title, CASE {cases} END AS part FROM {source}"  # noqa: S608
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
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MAKING})
                if not _fits(connection):
                    new = connection.execute(sa.text("SELECT to_regclass('search_index') IS NULL")).scalar()
                    for statement in (_TABLE, *_ADDED, *_INDEXES.values()):
                        connection.execute(_said(statement, "search_index"))
                    if new:
                        _mark(connection)
            self._ready = True


def _mark(connection):
    connection.execute(sa.text(f"COMMENT ON TABLE search_index IS '{int(backends.FORMAT)}'"))


def _said(statement, table):
    return sa.text(statement.format(table=table))


def _fits(connection) -> bool:
    """Are the tables there, with all that this version keeps in them?"""
    columns = sa.text("SELECT count(*) FROM pg_attribute WHERE attrelid IN (to_regclass('search_index'),"
                      " to_regclass('search_index_part')) AND attnum > 0 AND NOT attisdropped")  # fmt: skip
    return connection.execute(columns).scalar() == len(_COLUMNS) + 2


def _insert(connection, table, entries):
    rows, parts = [], []
    for entry in entries:
        tokens = tokens_of_entry(entry)
        own = _parts(tokens.keys)
        rows.append(
            {"id": entry.id, "kind": entry.kind, "unit": entry.unit, "year": entry.year, "day": entry.date,
             "access": entry.access, "status": entry.status, "class": entry.class_name, "level": entry.level,
             "title": entry.title_key,
             "keys": _vector(own[0] if len(own) == 1 else dict.fromkeys(tokens.keys, ()), tokens.title),
             "surface": _vector(dict.fromkeys(tokens.surface, ()))}
        )  # fmt: skip
        if len(own) > 1:
            parts += [{"id": entry.id, "keys": _vector(part)} for part in own]
    if rows:
        connection.execute(_said(_INSERT, table), rows)
    if parts:
        connection.execute(_said(_INSERT_PART, table), parts)


def _parts(keys: dict[str, list[int]]) -> list[dict[str, list[int]]]:
    """The keys as they are, or spread over parts that each keep within the limits of a row. A part repeats the end of
    the one before it, so that no phrase falls between two.
    """
    if all(len(places) <= _MOST_POSITIONS and places[-1] <= _LAST_POSITION for places in keys.values()):
        return [keys]
    by_place: dict[int, list[str]] = {}
    for key, places in keys.items():
        for place in places:
            by_place.setdefault(place, []).append(key)
    parts: list[dict[str, list[int]]] = []
    order = sorted(by_place)
    begun = 0
    while True:
        part: dict[str, list[int]] = {}
        for number in range(begun, len(order)):
            local, here = order[number] - order[begun] + 1, by_place[order[number]]
            if local > _LAST_POSITION or any(len(part.get(key, ())) == _MOST_POSITIONS for key in here):
                break
            for key in here:
                part.setdefault(key, []).append(local)
        else:
            return [*parts, part]
        parts.append(part)
        begun = max(begun + 1, number - _LONGEST_PHRASE)


def _vector(keys, title=frozenset()) -> str:
    """Words and their positions as PostgreSQL reads a tsvector; those of the title carry a weight."""
    parts = []
    for key, places in keys.items():
        first, *others = places or ((1,) if key in title else (None,))
        weight = "A" if key in title else ""
        parts.append(_quoted(key) + ("" if first is None else f":{first}{weight}" + "".join(f",{n}" for n in others)))
    return " ".join(parts)


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _either(words) -> str:
    return "(" + " | ".join(_quoted(word) for word in sorted(words)) + ")"


def _long_texts(connection, phrase: str) -> list[str]:
    """Ids of the texts kept in parts that hold the phrase."""
    statement = "SELECT DISTINCT id FROM search_index_part WHERE keys @@ CAST(:phrase AS tsquery)"
    return [str(row[0]) for row in connection.execute(sa.text(statement), {"phrase": phrase})]


def _conditions(wanted: Wanted, long_texts: Callable[[str], list[str]]):
    """What is read, SQL conditions (joined by AND) and their values. long_texts: ids of the texts in parts that hold a
    phrase. Single words are looked for before all else, and by their index: the planner does not know how dear it is
    to unpack the words of each text that the person may see. A phrase has to unpack them: rights come first."""
    conditions: list[str] = ["true"]
    texts: list[str] = []
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
    for node in wanted.clauses:
        by_index = isinstance(node, Clause) and not node.negated and wanted.among is None and not _is_phrase(node)
        (texts if by_index else conditions).append(_condition(node, values, long_texts))
    source = "search_index"
    if texts:
        source = f"(SELECT * FROM search_index WHERE {' AND '.join(texts)} OFFSET 0) AS search_index"  # noqa: S608
    asked = list(leaves(wanted.clauses))
    weights = [
        _either(word.keys) for clause in asked for word in clause.words if clause.match in (Match.WORDS, Match.EXACT)
    ]
    if weights:
        forms = [_quoted(word.surface) for clause in asked for word in clause.words]
        values |= {"weights": " | ".join(weights), "forms": " | ".join(forms)}
    return source, conditions, values


def _condition(node, values, long_texts) -> str:
    """SQL that says the demand; what it compares with is put into `values`."""
    if isinstance(node, Group):
        parts = [_condition(part, values, long_texts) for part in node.parts]
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
        parts = []
        for field, asked in _asked(node):
            part = f"{field} @@ CAST(:{_named(asked, values)} AS tsquery)"
            if " <-> " in asked and (ids := long_texts(asked)):
                part = f"({part} OR id = ANY(CAST(:{_named(ids, values)} AS uuid[])))"
            parts.append(part)
        met = " AND ".join(parts)
    return f"NOT ({met})" if node.negated else f"({met})"


def _is_phrase(clause) -> bool:
    return len(clause.words) > 1 and clause.match is not Match.ANY


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
