"""What a word outside the dictionary may be near of: a noun of which it is a name, a compound with a known end.

Names follow the noun they are made of with another gender or declension than it: ozols, (a man) Ozols, (a woman)
Ozola, Ozolas, Ozolai; egle, Eglītis, Eglīša. Part of their forms read as forms of the noun, so all must meet there.
"""

from collections.abc import Callable

from portal.search.latvian.letters import fold
from portal.search.latvian.stem import hardened

_CASES = (
    "iem", "as", "ai", "am", "ām", "us", "um", "is", "im", "īm", "os", "es", "ei", "em", "ēm", "a", "ā", "u", "i", "ī",
    "e", "ē", "s", "š",
)  # fmt: skip
_FIRST = ("s", "š", "is", "a", "e", "i")
_SHORTEST_HEAD, _SHORTEST_END, _SHORTEST_COMPOUND = 3, 5, 9


def nouns(word: str, named: Callable[[str], set[str]], typed: bool = False) -> set[str]:
    """Keys of the nouns of which the word may be a case as a name.
    named: gives the keys of a word as the first form of a noun; typed: the word is without diacritics.
    """
    for ending in _CASES:
        rest = word.removesuffix(ending)
        if rest is word or len(rest) < 3:
            continue
        found: set[str] = set()
        for stem in hardened(rest, typed):
            for first in _FIRST:
                found |= named(stem + first)
        if found:
            return found
    return set()


def compound(word: str, known: Callable[[str], set[str]]) -> set[str]:
    """Keys of the word as its first part and the headword of its longest known end (kiber + uzbrukums)."""
    if len(word) < _SHORTEST_COMPOUND:
        return set()
    for cut in range(_SHORTEST_HEAD, len(word) - _SHORTEST_END + 1):
        found = known(word[cut:])
        if found:
            return {f"~{fold(word[:cut])}+{key}" for key in found}
    return set()
