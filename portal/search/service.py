"""Everything search can do for other areas: take objects in, forget them, find them."""

import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from portal.identity import service as identity
from portal.kernel.access import SYSTEM, visible_sets, visible_to
from portal.kernel.db import db
from portal.kernel.errors import NotFound, ensure
from portal.kernel.events import announce
from portal.search import backends, latvian, policy
from portal.search.backends import Wanted
from portal.search.events import SearchChanged
from portal.search.indexing import index_pending, rebuild
from portal.search.models import SearchEntry
from portal.search.passages import Piece, marked, passage
from portal.search.query import Clause, Match, Word, nearly, parse

__all__ = ["Filters", "Hit", "Results", "find", "index_pending", "put", "rebuild", "remove", "wire"]

PAGE_SIZE = 20
_veils: dict = {}
LAST_PAGE = 50  # nobody reads further; a narrower query is the answer


@dataclass(frozen=True)
class Filters:
    """What narrows a search. kind, year, unit: a facet value as in Results.facets; empty for all."""

    kind: str = ""
    year: str = ""
    unit: str = ""
    newest_first: bool = False


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


@dataclass(frozen=True)
class Facet:
    """A value of a facet: how it is called, and how many hits the person would see with it."""

    value: str
    label: str
    number: int


@dataclass(frozen=True)
class Results:
    """Hits of one page, the number of all, facets by name, whether more pages follow, and a better spelling, if any."""

    hits: list[Hit]
    total: int
    facets: dict[str, list[Facet]]
    more: bool
    suggestion: str = ""


def wire(veils):
    """Take in the table of `wiring.py`: pairs (kind, function of the actor and the ids of found objects that answers
    with the ids of those of which nothing but the number may be told yet)."""
    _veils.clear()
    _veils.update(veils)


def put(kind, id, title, number, text, date, unit, url, access_set_id, extra_text=""):
    """Store what is found of an object, in the transaction of its change; the index follows within seconds.
    kind: word for the sort of object (document, case …); unit: id or name; text, extra_text: plain text of any length;
    date: the day people remember it by.
    """
    entry = _entry(kind, id)
    values = {
        "title": title or "", "number": number or "", "text": "\n".join(filter(None, (text, extra_text))), "date": date,
        "unit": str(unit or ""), "url": url, "access_set_id": access_set_id, "removed": False,
    }  # fmt: skip
    if entry is None:
        entry = SearchEntry(kind=kind, object_id=id, **values)
        db.session.add(entry)
        db.session.flush()
    elif all(getattr(entry, name) == value for name, value in values.items()):
        return entry
    else:
        for name, value in values.items():
            setattr(entry, name, value)
        _changed(entry)
    _announce_once(entry)
    return entry


def remove(kind, id):
    """Forget an object; it is not found from this transaction on."""
    entry = _entry(kind, id)
    if entry is not None and not entry.removed:
        entry.removed, entry.title, entry.number, entry.text = True, "", "", ""
        _changed(entry)
        _announce_once(entry)


def _announce_once(entry):
    """One run of the job takes all that waits, so a transaction that changes a thousand objects asks for it once."""
    transaction = db.session().get_transaction()
    if db.session.info.get("search_announced_in") is not transaction:
        db.session.info["search_announced_in"] = transaction
        announce(SYSTEM, SearchChanged(entry_id=entry.id))


def _entry(kind, object_id):
    return db.session.scalar(sa.select(SearchEntry).where(SearchEntry.kind == kind, SearchEntry.object_id == object_id))


def _changed(entry):
    # in SQL, so that two changes at once count as two
    entry.revision = SearchEntry.revision + 1
    entry.pending = True
    db.session.flush()


def find(actor, query: str, filters: Filters = Filters(), page: int = 1) -> Results:
    """Objects that meet the query and that the actor may see; neither hits nor counts speak of others.
    page: from 1 to 50. Raises Forbidden.
    """
    ensure(policy.can_search(actor))
    clauses = parse(query)
    if not any(not clause.negated for clause in clauses):
        return Results([], 0, {}, more=False)
    page = min(max(page, 1), LAST_PAGE)
    wanted = _wanted(actor, clauses, filters, page)
    found = backends.current().search(wanted)
    hits = _hits(actor, found.ids, clauses)
    return Results(
        hits, found.total, _labelled(found.facets), page < LAST_PAGE and found.total > page * PAGE_SIZE,
        suggestion=_suggestion(actor, query, clauses) if not found.total else "",
    )  # fmt: skip


def _wanted(actor, clauses, filters=Filters(), page=1):
    access = None if actor.is_system else frozenset(str(key) for key in db.session.scalars(visible_sets(actor)))
    # the index may lag behind: what was removed or closed to this person a moment ago counts no more
    stale = sa.select(SearchEntry.id).where(
        SearchEntry.pending,
        SearchEntry.revision > 1,
        sa.or_(SearchEntry.removed, sa.not_(visible_to(actor, SearchEntry))),
    )
    return Wanted(
        clauses=clauses,
        access=access,
        chosen={name: getattr(filters, name) for name in backends.FACETS if getattr(filters, name)},
        without=frozenset(str(entry_id) for entry_id in db.session.scalars(stale)),
        newest_first=filters.newest_first,
        start=(page - 1) * PAGE_SIZE,
        size=PAGE_SIZE,
    )


def _hits(actor, ids, clauses):
    wanted = [uuid.UUID(entry_id) for entry_id in ids]
    rows = db.session.scalars(
        sa.select(SearchEntry).where(
            SearchEntry.id.in_(wanted), sa.not_(SearchEntry.removed), visible_to(actor, SearchEntry)
        )
    )
    entries = {entry.id: entry for entry in rows}
    veiled = _veiled(actor, entries.values())
    units = _unit_names({entry.unit for entry in entries.values()})
    return [
        Hit(
            kind=entry.kind,
            object_id=entry.object_id,
            number=[Piece(entry.number)] if entry.number else [],
            title=[],
            date=entry.date,
            unit="",
            url=entry.url,
            passage=[],
            veiled=True,
        )
        if entry.id in veiled
        else Hit(
            kind=entry.kind,
            object_id=entry.object_id,
            number=marked(entry.number, clauses),
            title=marked(entry.title, clauses),
            date=entry.date,
            unit=units.get(entry.unit, entry.unit),
            url=entry.url,
            passage=passage(entry.text, clauses),
        )
        for entry in (entries[entry_id] for entry_id in wanted if entry_id in entries)
    ]


def _veiled(actor, entries):
    """Ids of the entries of which nothing but the number may be told to the actor."""
    asked: dict = {}
    for entry in entries:
        if entry.kind in _veils:
            asked.setdefault(entry.kind, {})[entry.object_id] = entry.id
    return {ids[one] for kind, ids in asked.items() for one in _veils[kind](actor, list(ids))}


def _labelled(facets):
    units = _unit_names(set(facets.get("unit", ())))
    made = {
        name: [
            Facet(value, units.get(value, value) if name == "unit" else value, number)
            for value, number in counts.items()
        ]
        for name, counts in facets.items()
    }
    for name, values in made.items():
        values.sort(key=lambda facet: facet.value if name == "year" else facet.number, reverse=True)
    return made


def _unit_names(values) -> dict[str, str]:
    """Names of the units among the values that are ids."""
    names = {}
    for value in values:
        try:
            unit = identity.get_unit(uuid.UUID(value))
        except (ValueError, NotFound):
            continue
        names[value] = unit.name
    return names


def _suggestion(actor, query, clauses) -> str:
    """The query with each word that finds nothing replaced by one a slip away, taken from what the person may see."""
    made = query
    for clause in clauses:
        if clause.negated or clause.match is not Match.WORDS:
            continue
        for word in clause.words:
            if len(word.surface) < 4 or backends.current().search(_wanted(actor, (Clause((word,)),))).total:
                continue
            better = _nearest(actor, word.surface)
            if not better:
                return ""
            made = _replaced(made, word.surface, better)
    return made if made != query else ""


def _replaced(text, old, new):
    place = text.lower().find(old)
    return text if place < 0 else text[:place] + new + text[place + len(old) :]


def _nearest(actor, surface) -> str:
    """The commonest form, in the first entries the person may see, that is one slip away from the word; or nothing."""
    near = nearly(surface)
    clause = Clause(tuple(Word(form, frozenset()) for form in sorted(near)), Match.ANY)
    found = backends.current().search(_wanted(actor, (clause,)))
    rows = db.session.scalars(
        sa.select(SearchEntry).where(
            SearchEntry.id.in_([uuid.UUID(entry_id) for entry_id in found.ids]), visible_to(actor, SearchEntry)
        )
    ).all()
    veiled = _veiled(actor, rows)
    counts: dict[str, int] = {}
    for entry in rows:
        if entry.id in veiled:
            continue
        for word in latvian.WORD.findall(f"{entry.title} {entry.text[:50_000]}"):
            lower = latvian.normal(word)
            if latvian.fold(lower) in near:
                counts[lower] = counts.get(lower, 0) + 1
    return max(counts, key=lambda form: (counts[form], form), default="")
