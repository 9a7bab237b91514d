"""What the box in the header offers while somebody types."""

import uuid
from dataclasses import dataclass

from portal.kernel.db import db
from portal.kernel.errors import ensure
from portal.search import backends, policy
from portal.search.backends import Wanted
from portal.search.models import SearchEntry
from portal.search.query import Clause, Group, Match, words_in
from portal.search.service import finding

_MOST = 8


@dataclass(frozen=True)
class Offer:
    """Something that can be opened at once."""

    kind: str
    number: str
    title: str
    url: str
    date: object


def offers(actor, text: str) -> list[Offer]:
    """Things whose title or number has the words typed, the last one as the beginning of a word. Raises Forbidden."""
    ensure(policy.can_search(actor))
    typed = text[:100]
    if not words_in(typed) or not typed[-1:].strip():
        return []
    clauses = tuple(
        Group(tuple(Clause((word,), match, field=field) for field, word, match in each), any=True)
        for each in _by_word(typed)
    )
    wanted: Wanted = finding.wanted_by(actor, clauses)
    found = [uuid.UUID(entry_id) for entry_id in backends.current().search(wanted).ids[:_MOST]]
    rows = {
        entry.id: entry
        for entry in finding.told_of(
            actor, db.session.scalars(finding.visible_entries(actor).where(SearchEntry.id.in_(found)))
        )
    }
    return [
        Offer(entry.kind, entry.number, entry.title, entry.url, entry.date)
        for entry in (rows[entry_id] for entry_id in found if entry_id in rows)
    ]


def _by_word(typed):
    in_title, in_number = words_in(typed, "title"), words_in(typed, "number")
    last = len(in_title) - 1
    for place, (title, number) in enumerate(zip(in_title, in_number, strict=True)):
        match = Match.BEGINS if place == last and (place or len(title.plain) > 1) else Match.WORDS
        yield ("title", title, match), ("number", number, match)
