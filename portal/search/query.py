"""What a person typed, understood: words in any form, "phrases" in any form, ="exact" forms, begin*, -not."""

import re
from dataclasses import dataclass
from enum import StrEnum

from portal.search import latvian

_PIECE = re.compile(
    r'(?P<minus>-(?=[\w="„“”]))?(?:(?P<equals>=)?["„“”](?P<quoted>[^"„“”]*)["„“”]?|(?P<bare>[^\s"„“”]+))'
)
_MOST_CLAUSES = 20
LONGEST_QUERY = 300


class Match(StrEnum):
    """How a clause is met."""

    WORDS = "words"  # one word in any form, or several next to each other
    EXACT = "exact"  # the same, each also in the form written
    BEGINS = "begins"  # words that begin so
    ANY = "any"  # any of the forms; used for suggestions


@dataclass(frozen=True)
class Word:
    """A word as typed (lower case), and the keys that any form of it may have in the index."""

    surface: str
    keys: frozenset[str]


@dataclass(frozen=True)
class Clause:
    """One demand of a query; an object must meet all of them, and none of the negated ones."""

    words: tuple[Word, ...]
    match: Match = Match.WORDS
    negated: bool = False


def parse(text: str) -> tuple[Clause, ...]:
    """Clauses of a typed query. Never fails: what cannot be understood is taken as plain words."""
    clauses = []
    for piece in _PIECE.finditer(text[:LONGEST_QUERY]):
        negated = bool(piece["minus"])
        if piece["quoted"] is not None:
            words, match = _words(piece["quoted"]), Match.EXACT if piece["equals"] else Match.WORDS
        else:
            bare = piece["bare"]
            exact = bare.startswith("=") and len(bare) > 1
            words = _words(bare)
            match = Match.EXACT if exact else Match.WORDS
            if bare.endswith("*") and len(words) == 1 and len(words[0].surface) > 1:
                match = Match.BEGINS
        if words:
            clauses.append(Clause(words, match, negated))
    return tuple(clauses[:_MOST_CLAUSES])


def _words(text: str) -> tuple[Word, ...]:
    return tuple(
        Word(latvian.normal(word), latvian.query_keys(word)) for word in latvian.WORD.findall(text) if len(word) <= 64
    )


def nearly(surface: str) -> frozenset[str]:
    """Words one slip of the keyboard away from a folded word: a letter missing, added, changed, or two swapped."""
    word = latvian.fold(surface)
    letters = "abcdefghijklmnoprstuvz"
    splits = [(word[:cut], word[cut:]) for cut in range(len(word) + 1)]
    found = {a + b[1:] for a, b in splits if b}
    found |= {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
    found |= {a + letter + b[1:] for a, b in splits if b for letter in letters}
    found |= {a + letter + b for a, b in splits for letter in letters}
    return frozenset(found - {word, ""})
