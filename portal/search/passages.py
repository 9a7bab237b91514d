"""The piece of a text that is shown with a hit, with the found forms marked."""

from dataclasses import dataclass
from functools import lru_cache

from portal.search import latvian
from portal.search.query import Match, Node, leaves
from portal.search.tokens import words_of

_READ_CHARS = 200_000  # of a long text; a hit behind that shows the beginning
_LENGTH = 240
_MOST_SPOTS = 500  # of a text, when only a passage of it is wanted
_MOST_SEEN = 5_000  # words remembered while the hits of a page are read


@dataclass(frozen=True)
class Piece:
    """Part of a passage; marked when it is a found form."""

    text: str
    marked: bool = False


def passage(text: str, clauses: tuple[Node, ...], length: int = _LENGTH) -> list[Piece]:
    """About `length` characters around the densest found forms; the beginning when nothing is found in the text."""
    text = text[:_READ_CHARS]
    found = spots(text, clauses, most=_MOST_SPOTS)
    start, end = _window(text, found, length)
    pieces = _pieces(text, start, end, [spot for spot in found if start <= spot[0] and spot[1] <= end])
    if start > 0:
        pieces.insert(0, Piece("… "))
    if end < len(text):
        pieces.append(Piece(" …"))
    return pieces


def marked(text: str, clauses: tuple[Node, ...], field: str = "") -> list[Piece]:
    """The whole text, found forms marked; for titles and numbers (`field`)."""
    return _pieces(text, 0, len(text), spots(text, clauses, field))


def spots(text: str, clauses: tuple[Node, ...], field: str = "", most: int = 0) -> list[tuple[int, int]]:
    """(start, end) of each found form, in order; a phrase is one spot. field: of which field the text is, if any;
    most: stop after so many, 0 for all.
    """
    asked = _asked(clauses, field)
    found, run, seen = [], _Run(asked.phrases), asked.seen
    for start, end, word in words_of(text):
        told = seen.get(word)
        if told is None:
            told = asked.look_at(word)
        if told is _NOTHING:
            run.begun = []
            continue
        if told.found:
            found.append((start, end))
        if asked.phrases:
            found += run.go_on(start, end, told.keys, told.forms)
        if most and len(found) >= most:
            break
    return apart(found) if asked.phrases else found


@dataclass(frozen=True)
class _Told:
    """What a word of a text is to the clauses: found by itself; its keys and forms, for phrases."""

    found: bool
    keys: frozenset[str]
    forms: frozenset[str]


_NOTHING = _Told(False, frozenset(), frozenset())


class _Asked:
    """What the clauses ask of words; `seen` remembers them, since the texts of a page repeat theirs."""

    def __init__(self, clauses, field):
        asked = [clause for clause in leaves(clauses) if clause.words and clause.field in ("", field)]
        single = [clause for clause in asked if len(clause.words) == 1]
        self.keys = {_plain(key) for clause in single if clause.match is Match.WORDS for key in clause.words[0].keys}
        self.forms = {word.plain for clause in asked if clause.match is Match.ANY for word in clause.words}
        self.forms |= {clause.words[0].plain for clause in single if clause.match is Match.EXACT}
        self.begins = tuple(clause.words[0].plain for clause in single if clause.match is Match.BEGINS)
        self.phrases = [
            [
                (frozenset(map(_plain, word.keys)), word.plain if clause.match is Match.EXACT else "")
                for word in clause.words
            ]
            for clause in asked
            if len(clause.words) > 1 and clause.match is not Match.ANY
        ]
        self._in_phrases = {key for phrase in self.phrases for keys, _form in phrase for key in keys}
        self.seen: dict[str, _Told] = {}

    def look_at(self, word) -> _Told:
        lower, keys = latvian.normal(word), latvian.keys(word)
        forms = frozenset((lower, latvian.fold(lower)))
        found = (
            not self.keys.isdisjoint(keys)
            or not self.forms.isdisjoint(forms)
            or bool(self.begins and any(form.startswith(self.begins) for form in forms))
        )
        told = _Told(found, keys, forms) if found or not self._in_phrases.isdisjoint(keys) else _NOTHING
        if len(self.seen) >= _MOST_SEEN:
            self.seen.clear()
        self.seen[word] = told
        return told


_asked = lru_cache(maxsize=8)(_Asked)


def _plain(key):
    return key.rpartition("|")[2]


class _Run:
    """How far each phrase has come, word by word."""

    def __init__(self, phrases):
        self.phrases = phrases
        self.begun: list[tuple[int, int, list]] = []  # start, words met, phrase

    def go_on(self, start, end, keys, alike):
        ended, begun = [], []
        for first, met, phrase in [*self.begun, *((start, 0, phrase) for phrase in self.phrases)]:
            wanted, form = phrase[met]
            if wanted.isdisjoint(keys) or (form and form not in alike):
                continue
            if met + 1 == len(phrase):
                ended.append((first, end))
            else:
                begun.append((first, met + 1, phrase))
        self.begun = begun
        return ended


def apart(found) -> list[tuple[int, int]]:
    """Spots in order, those that overlap made one."""
    made: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if made and start < made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return made


def _window(text, spots, length):
    """Start and end of the passage, at word boundaries."""
    if len(text) <= length:
        return 0, len(text)
    if not spots:
        return 0, _boundary(text, length)
    best, most = spots[0][0], 0
    for place, (start, _end) in enumerate(spots[:2_000]):
        number = sum(1 for other in spots[place : place + 20] if other[1] <= start + length * 3 // 4)
        if number > most:
            best, most = start, number
    start = max(0, best - length // 4)
    if start:
        start = text.find(" ", start, best) + 1 or best
    return start, _boundary(text, max(start + length, next(end for begin, end in spots if begin == best)))


def _boundary(text, end):
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", max(0, end - 30), end)
    return space if space > 0 else end


def _pieces(text, start, end, spots):
    pieces, place = [], start
    for begin, stop in spots:
        if begin > place:
            pieces.append(Piece(text[place:begin]))
        pieces.append(Piece(text[begin:stop], marked=True))
        place = stop
    if place < end:
        pieces.append(Piece(text[place:end]))
    return pieces
