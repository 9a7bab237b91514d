"""Finding: what a person may see of what meets a query."""

import uuid
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import ClassVar

import sqlalchemy as sa

from portal.identity import service as identity
from portal.identity.service import clients
from portal.kernel.access import SYSTEM, visible_sets, visible_to
from portal.kernel.db import db
from portal.kernel.errors import ensure
from portal.kernel.latvian import sort_key
from portal.search import backends, latvian, policy, words
from portal.search.backends import Wanted
from portal.search.models import SearchEntry
from portal.search.passages import Piece, marked, passage
from portal.search.query import Clause, Match, Query, Value, Word, leaves, nearly, understand
from portal.search.service import synonyms

PAGE_SIZE = 20
IN_GROUP = 4  # of each area, when results of several are shown
LAST_PAGE = 50  # nobody reads further; a narrower query is the answer
_veils: dict = {}
_closed_levels = None


@dataclass(frozen=True)
class Filters:
    """What narrows a search. kind, year, unit, status, class_name, level: a facet value as in Results.facets; area: a
    name of words.AREAS; empty for all. order: one of backends.ORDERS."""

    IN_ADDRESS: ClassVar = {"class_name": "class", "order": "sort"}  # what a URL calls otherwise

    kind: str = ""
    year: str = ""
    unit: str = ""
    status: str = ""
    class_name: str = ""
    level: str = ""
    area: str = ""
    order: str = "best"

    @classmethod
    def from_query(cls, args):
        """Filters out of a URL, whatever else it says."""
        asked = {one.name: args.get(cls.IN_ADDRESS.get(one.name, one.name)) for one in fields(cls)}
        return cls(**{name: value[:200] for name, value in asked.items() if value})

    def to_query(self) -> dict[str, str]:
        """The URL's arguments, without what is usual."""
        return {
            self.IN_ADDRESS.get(one.name, one.name): getattr(self, one.name)
            for one in fields(self)
            if getattr(self, one.name) != one.default
        }

    def chosen(self) -> dict[str, frozenset[str]]:
        """Facet → values."""
        values = {
            "kind": self.kind, "year": self.year, "unit": self.unit, "status": self.status, "class": self.class_name,
            "level": self.level,
        }  # fmt: skip
        found = {name: frozenset((value,)) for name, value in values.items() if value}
        if self.area and not self.kind:
            found["kind"] = frozenset(dict((name, kinds) for name, _words, kinds in words.AREAS).get(self.area, ()))
        return found


@dataclass(frozen=True)
class Hit:
    """One found object as people remember it."""

    kind: str
    object_id: uuid.UUID
    number: list[Piece]
    title: list[Piece]
    date: date | None
    unit: str
    url: str
    passage: list[Piece]
    veiled: bool = False  # may be opened once something was said or confirmed; until then only its number is told
    status: str = ""  # as a facet value
    author: str = ""
    client: str = ""  # the name of the application whose item it is


@dataclass(frozen=True)
class Facet:
    """A value of a facet: how it is called, and how many hits the person would see with it."""

    value: str
    label: str
    number: int


@dataclass(frozen=True)
class Area:
    """An area with hits: name, their number, and, when results are shown by area, the best of them."""

    name: str
    number: int
    hits: tuple[Hit, ...] = ()


@dataclass(frozen=True)
class Results:
    """Hits of one page, the number of all, facets by name, whether more pages follow, and a better spelling, if any.
    query: as understood. areas: those with hits; with `grouped`, each with its best and `hits` empty. by_number_only:
    there are things that may be found by their numbers alone yet."""

    hits: list[Hit]
    total: int
    facets: dict[str, list[Facet]]
    more: bool
    suggestion: str = ""
    query: Query = field(default_factory=Query)
    areas: tuple[Area, ...] = ()
    grouped: bool = False
    by_number_only: bool = False


def wire(veils, closed_levels, names):
    """Take in the tables of `wiring.py`. veils: pairs (kind, function of the actor and the ids of found objects that
    answers with the ids of those of which nothing but the number may be told yet); closed_levels: function of the actor
    that answers with the levels of which the same holds; names: what states and levels are called."""
    global _closed_levels
    _veils.clear()
    _veils.update(veils)
    _closed_levels = closed_levels
    words.wire(names)


def read_query(text: str) -> Query:
    """A typed query as it is understood, with what staff have said means the same."""
    return synonyms.expanded(understand(text, _values_called))


def _values_called(facet, text):
    if facet != "unit":
        return words.values_called(facet, text)
    typed = latvian.fold(latvian.normal(text))
    found = set()
    for unit in identity.list_units(SYSTEM):
        name = latvian.fold(latvian.normal(unit.name))
        if name.startswith(typed) or f" {typed}" in name or unit.index == text:
            found |= {str(unit.id), unit.name}
    return frozenset(found) or None


def find(actor, query: str, filters: Filters = Filters(), page: int = 1, grouped: bool = False,
         size: int = PAGE_SIZE) -> Results:  # fmt: skip
    """Objects that meet the query and that the actor may see; neither hits nor counts speak of others.
    page: from 1 to 50. grouped: the best of each area, when more than one has hits. Raises Forbidden.
    """
    ensure(policy.can_search(actor))
    understood = read_query(query)
    if not understood:
        return Results([], 0, {}, more=False, query=understood)
    page = min(max(page, 1), LAST_PAGE)
    chosen = filters.chosen()
    grouped = grouped and page == 1 and "kind" not in chosen
    wanted = replace(
        wanted_by(actor, understood.clauses),
        chosen=chosen,
        order=filters.order if filters.order in backends.ORDERS else "best",
        start=(page - 1) * size,
        size=size,
        groups=tuple(frozenset(kinds) for _name, _words, kinds in words.AREAS) if grouped else (),
    )
    found = backends.current().search(wanted)
    counts = _by_area(found.facets.get("kind", {}))
    known = {kind for _name, _words, kinds in words.AREAS for kind in kinds}
    if grouped and not set(found.facets.get("kind", ())) <= known:
        grouped = False
        found = backends.current().search(replace(wanted, groups=()))
    several = grouped and len(counts) > 1
    ids = found.ids if not grouped else [one for part in found.groups for one in part[: IN_GROUP if several else None]]
    by_id = hits_of(actor, ids, understood.clauses)
    hits = [by_id[entry_id] for entry_id in ids if entry_id in by_id]
    by_number = veiled_with_number(actor, query) if page == 1 and not chosen else []
    areas = tuple(
        Area(name, counts[name], tuple(hit for hit in hits if several and words.area_of(hit.kind) == name))
        for name, _words, _kinds in words.AREAS
        if name in counts
    )
    total = found.total + len(by_number)
    return Results(
        by_number + ([] if several else hits),
        total,
        _labelled(found.facets),
        page < LAST_PAGE and found.total > page * size,
        suggestion=_suggestion(actor, query, understood) if not total else "",
        query=understood,
        areas=areas,
        grouped=several,
        by_number_only=_any_closed(actor),
    )


def _any_closed(actor) -> bool:
    """Is there anything of which the actor may be told the number alone?"""
    closed = closed_levels(actor)
    some = sa.select(SearchEntry.id).where(_at_level(closed), sa.not_(SearchEntry.removed))
    return bool(closed) and db.session.scalar(some.where(visible_to(actor, SearchEntry)).limit(1)) is not None


def _at_level(levels):
    """Condition: the entry has one of the levels. SQLite takes the index of entries with a level only when told so."""
    return sa.and_(SearchEntry.level != "", SearchEntry.level.in_(levels))


def _by_area(kinds):
    counts: dict[str, int] = {}
    for kind, number in kinds.items():
        counts[words.area_of(kind)] = counts.get(words.area_of(kind), 0) + number
    return counts


def closed_levels(actor) -> frozenset[str]:
    """The levels of confidentiality of which the actor is told nothing but numbers, until they confirm something."""
    return frozenset(_closed_levels(actor)) if _closed_levels and not actor.is_system else frozenset()


def wanted_by(actor, clauses) -> Wanted:
    """A question to the index that finds nothing but what the actor may see."""
    access = None if actor.is_system else frozenset(str(key) for key in db.session.scalars(visible_sets(actor)))
    closed = closed_levels(actor)
    # the index may lag behind: what was removed or closed to this person a moment ago counts no more
    stale = sa.select(SearchEntry.id).where(
        SearchEntry.pending,
        SearchEntry.revision > 1,
        sa.or_(SearchEntry.removed, sa.not_(visible_to(actor, SearchEntry)), SearchEntry.level.in_(closed)),
    )
    return Wanted(
        # whether its words meet the query would tell of its content
        clauses=(*clauses, Value("level", closed, negated=True)) if closed else tuple(clauses),
        access=access,
        without=frozenset(str(entry_id) for entry_id in db.session.scalars(stale)),
        size=PAGE_SIZE,
    )


def visible_entries(actor):
    """SELECT of the entries of which the actor may be told everything; what VEILS say is to be asked besides."""
    query = sa.select(SearchEntry).where(sa.not_(SearchEntry.removed), visible_to(actor, SearchEntry))
    closed = closed_levels(actor)
    return query.where(SearchEntry.level.not_in(closed)) if closed else query


def told_of(actor, entries) -> list[SearchEntry]:
    """Of the entries those of which everything may be told."""
    entries = list(entries)
    veiled = _veiled(actor, entries)
    return [entry for entry in entries if entry.id not in veiled]


def veiled_with_number(actor, text) -> list[Hit]:
    """Of what only the number may be told: the hits for exactly this number."""
    closed = closed_levels(actor)
    number = text.strip().removeprefix("=").strip('"„“”')
    if not closed or not number or len(number) > 120:
        return []
    rows = db.session.scalars(
        sa.select(SearchEntry)
        .where(SearchEntry.number == number, _at_level(closed))
        .where(sa.not_(SearchEntry.removed), visible_to(actor, SearchEntry))
        .limit(5)
    )
    return [_veiled_hit(entry) for entry in rows]


def hits_of(actor, ids, clauses) -> dict[str, Hit]:
    """Hits by the ids of their entries, with what the clauses ask for marked."""
    rows = db.session.scalars(
        sa.select(SearchEntry).where(
            SearchEntry.id.in_([uuid.UUID(entry_id) for entry_id in ids]),
            sa.not_(SearchEntry.removed),
            visible_to(actor, SearchEntry),
        )
    )
    entries = {str(entry.id): entry for entry in rows}
    veiled = _veiled(actor, entries.values())
    units = unit_names({entry.unit for entry in entries.values()})
    asked = {entry.client for entry in entries.values() if entry.client}
    owners = clients.client_names(asked) if asked else {}
    return {
        entry_id: _veiled_hit(entry)
        if entry.id in veiled
        else Hit(
            kind=entry.kind,
            object_id=entry.object_id,
            number=marked(entry.number, clauses, "number"),
            title=marked(entry.title, clauses, "title"),
            date=entry.date,
            unit=units.get(entry.unit, entry.unit),
            url=entry.url,
            passage=passage(entry.text, clauses),
            status=entry.status,
            author=entry.author,
            client=owners.get(entry.client, entry.client),
        )
        for entry_id, entry in entries.items()
    }


def _veiled_hit(entry):
    return Hit(
        kind=entry.kind,
        object_id=entry.object_id,
        number=[Piece(entry.number)] if entry.number else [],
        title=[],
        date=None,
        unit="",
        url=entry.url,
        passage=[],
        veiled=True,
    )


def _veiled(actor, entries):
    """Ids of the entries of which nothing but the number may be told to the actor."""
    asked: dict = {}
    for entry in entries:
        if entry.kind in _veils:
            asked.setdefault(entry.kind, {})[entry.object_id] = entry.id
    return {ids[one] for kind, ids in asked.items() for one in _veils[kind](actor, list(ids))}


def _labelled(facets):
    units = unit_names(set(facets.get("unit", ())))
    made = {
        name: [
            Facet(value, units.get(value, value) if name == "unit" else words.value_words(name, value), number)
            for value, number in counts.items()
        ]
        for name, counts in facets.items()
    }
    for name, values in made.items():
        if name == "year":
            values.sort(key=lambda facet: facet.value, reverse=True)
        else:
            values.sort(key=lambda facet: (-facet.number, sort_key(facet.label)))
    return made


def unit_names(values) -> dict[str, str]:
    """Names of the units among the values that are ids."""
    ids = set()
    for value in values:
        with suppress(ValueError):
            ids.add(uuid.UUID(value))
    return {str(unit_id): name for unit_id, name in identity.unit_names(ids).items()} if ids else {}


def _suggestion(actor, text, understood) -> str:
    """The query with each word that finds nothing replaced by one a slip away, taken from what the person may see."""
    made = text
    for clause in leaves(understood.clauses):
        if clause.match is not Match.WORDS or clause.field:
            continue
        for word in clause.words:
            if len(word.surface) < 4 or backends.current().search(wanted_by(actor, (Clause((word,)),))).total:
                continue
            better = _nearest(actor, word.surface)
            if not better:
                return ""
            made = _replaced(made, word.surface, better)
    return made if made != text else ""


def _replaced(text, old, new):
    place = text.lower().find(old)
    return text if place < 0 else text[:place] + new + text[place + len(old) :]


def _nearest(actor, surface) -> str:
    """The commonest form, in the first entries the person may see, that is one slip away from the word; or nothing."""
    near = nearly(surface)
    clause = Clause(tuple(Word(form, frozenset()) for form in sorted(near)), Match.ANY)
    found = backends.current().search(wanted_by(actor, (clause,)))
    rows = db.session.scalars(
        visible_entries(actor).where(SearchEntry.id.in_([uuid.UUID(entry_id) for entry_id in found.ids]))
    )
    counts: dict[str, int] = {}
    for entry in told_of(actor, rows):
        for word in latvian.WORD.findall(f"{entry.title} {entry.text[:50_000]}"):
            lower = latvian.normal(word)
            if latvian.fold(lower) in near:
                counts[lower] = counts.get(lower, 0) + 1
    return max(counts, key=lambda form: (counts[form], form), default="")
