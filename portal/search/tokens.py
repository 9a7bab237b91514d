"""The words of an entry as both kinds of index hold them."""

from collections import defaultdict
from dataclasses import dataclass

from portal.search import latvian

_LONGEST_WORD = 64
_MOST_WORDS = 100_000  # of one entry; what lies behind is not found (PostgreSQL takes 1 MB of words a row)
_GAP = 50  # positions between title and text, so that no phrase spans them


@dataclass
class Tokens:
    """keys: key → positions, growing; title: keys of title and number; surface: words as written, lower case, and
    without diacritics.
    """

    keys: dict[str, list[int]]
    title: set[str]
    surface: set[str]


def words_of(text: str):
    """(start, end, word) of each word, in order."""
    return ((match.start(), match.end(), match[0]) for match in latvian.WORD.finditer(text))


def tokens_of(title: str, number: str, text: str) -> Tokens:
    """All words of an entry. Every key of an ambiguous word stands at the same position."""
    found = Tokens(defaultdict(list), set(), set())
    position = 0
    for part in (title, number, text):
        for _start, _end, word in words_of(part):
            if position > _MOST_WORDS:
                return found
            position += 1
            if len(word) > _LONGEST_WORD:
                continue
            lower = latvian.normal(word)
            found.surface.add(lower)
            found.surface.add(latvian.fold(lower))
            for key in latvian.keys(word):
                found.keys[key].append(position)
                if part is not text:
                    found.title.add(key)
        position += _GAP
    return found
