"""Words by what they look like. A dict with a key for every look would cost more memory than the words themselves."""

from array import array
from collections.abc import Callable, Iterable


class LookAlikes:
    """Which words look like this one? A word's place is found by the hash of its looks (open addressing, at most half
    full); it holds the word's number, counted from 1, and 0 is empty."""

    def __init__(self, words: Iterable[str], looks_of: Callable[[str], str]):
        self._words = list(words)
        self._looks_of = looks_of
        self._places = array("I", bytes(4 << max(1, (2 * len(self._words) - 1).bit_length())))
        for number, word in enumerate(self._words, 1):
            at = hash(looks_of(word)) & (len(self._places) - 1)
            while self._places[at]:
                at = (at + 1) & (len(self._places) - 1)
            self._places[at] = number

    def get(self, looks: str) -> list[str]:
        """All words that look so."""
        places, found = self._places, []
        at = hash(looks) & (len(places) - 1)
        while number := places[at]:
            word = self._words[number - 1]
            if self._looks_of(word) == looks:
                found.append(word)
            at = (at + 1) & (len(places) - 1)
        return found
