"""The piece of a text that is shown with a hit, with the found forms marked."""

from dataclasses import dataclass

from portal.search import latvian
from portal.search.query import Clause, Match
from portal.search.tokens import words_of

_READ_CHARS = 200_000  # of a long text; a hit behind that shows the beginning
_LENGTH = 240


@dataclass(frozen=True)
class Piece:
    """Part of a passage; marked when it is a found form."""

    text: str
    marked: bool = False


def passage(text: str, clauses: tuple[Clause, ...], length: int = _LENGTH) -> list[Piece]:
    """About `length` characters around the densest found forms; the beginning when nothing is found in the text."""
    text = text[:_READ_CHARS]
    spots = _spots(text, clauses)
    start, end = _window(text, spots, length)
    pieces = _pieces(text, start, end, [spot for spot in spots if start <= spot[0] and spot[1] <= end])
    if start > 0:
        pieces.insert(0, Piece("… "))
    if end < len(text):
        pieces.append(Piece(" …"))
    return pieces


def marked(text: str, clauses: tuple[Clause, ...]) -> list[Piece]:
    """The whole text, found forms marked; for titles and numbers."""
    return _pieces(text, 0, len(text), _spots(text, clauses))


def _spots(text, clauses) -> list[tuple[int, int]]:
    """(start, end) of each word that a clause asks for."""
    asked = [clause for clause in clauses if not clause.negated]
    keys = frozenset(
        key for clause in asked if clause.match is Match.WORDS for word in clause.words for key in word.keys
    )
    forms = {word.surface for clause in asked if clause.match is not Match.WORDS for word in clause.words}
    begins = tuple(clause.words[0].surface for clause in asked if clause.match is Match.BEGINS)
    found = []
    for start, end, word in words_of(text):
        lower = latvian.normal(word)
        alike = {lower, latvian.fold(lower)}
        if (
            (keys and not keys.isdisjoint(latvian.keys(word)))
            or (forms and not forms.isdisjoint(alike))
            or (begins and any(form.startswith(begins) for form in alike))
        ):
            found.append((start, end))
    return found


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
