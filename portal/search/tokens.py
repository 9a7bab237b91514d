"""The words of an entry as both kinds of index hold them."""

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from portal.search import latvian
from portal.search.query import MARKS

_LONGEST_WORD = 64
_MOST_WORDS = 100_000  # of one entry; what lies behind is not found
_MOST_BYTES = 500_000  # of different words of one entry; the same (PostgreSQL takes 1 MB of them a row)
_SAID_ELSEWHERE = (2, 3)  # author and class: found without a field only when the text names them too
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


def tokens_of(title: str, number: str, text: str, author: str = "", class_name: str = "") -> Tokens:
    """All words of an entry. Every key of an ambiguous word stands at the same position. Words of fields that can be
    asked for by name stand there a second time, marked with the field's letter.
    """
    found = Tokens(defaultdict(list), set(), set())
    position, size = 0, 0
    parts = ((title, MARKS["title"]), (number, MARKS["number"]), (author, MARKS["author"]),
             (class_name, MARKS["class"]), (text, ""))  # fmt: skip
    for place, (part, mark) in enumerate(parts):
        for _start, _end, word in words_of(part):
            if position > _MOST_WORDS or size > _MOST_BYTES:
                return found
            position += 1
            if len(word) > _LONGEST_WORD:
                continue
            keys, surface, its_size = _analysed(word)
            if not found.surface.issuperset(surface):
                size += its_size
            if mark:
                for key in keys:
                    found.keys[f"{mark}|{key}"].append(position)
                found.surface.update(f"{mark}|{form}" for form in surface)
            if place in _SAID_ELSEWHERE:
                continue
            found.surface.update(surface)
            for key in keys:
                found.keys[key].append(position)
                if mark:
                    found.title.add(key)
        position += _GAP
    return found


@lru_cache(maxsize=30_000)
def _analysed(word: str) -> tuple[frozenset[str], tuple[str, ...], int]:
    """Keys of a word, its written forms, and about how many bytes they take in the index."""
    lower, keys = latvian.normal(word), latvian.keys(word)
    folded = latvian.fold(lower)
    return keys, (lower,) if folded == lower else (lower, folded), 2 * sum(len(each) + 4 for each in (lower, *keys))


def tokens_of_entry(entry) -> Tokens:
    """The same of an Entry."""
    return tokens_of(entry.title, entry.number, entry.text, entry.author, entry.class_name)
