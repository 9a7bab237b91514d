"""What a person typed, understood.

Words in any form, "phrases" in any form, ="exact" forms, begin*; fields (numurs: autors: veids: pēc: …), UN, VAI, NE,
-not and parentheses. Never an error: what cannot be understood is searched as words.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from portal.search import latvian

LONGEST_QUERY = 300
_MOST_CLAUSES = 20
_DEEPEST = 8
_PIECE = re.compile(
    r'(?P<minus>-(?=[\w="„“”]))?(?:(?P<field>[^\W\d_]+):)?'
    r'(?:(?P<equals>=)?["„“”](?P<quoted>[^"„“”]*)["„“”]?|(?P<bare>[^\s"„“”]+)|(?P<end>(?=\s|$)))'
)
_OPERATORS = {"UN": "and", "AND": "and", "VAI": "or", "OR": "or", "NE": "not", "NOT": "not"}
_FIELD_WORDS = {
    "number": "numurs nr number",
    "title": "nosaukums virsraksts title",
    "author": "autors no author from",
    "class": "klase class",
    "kind": "veids kind type",
    "status": "statuss stavoklis status",
    "level": "pieejamiba level",
    "unit": "vieniba strukturvieniba unit",
    "year": "gads year",
    "since": "pec kops after since",
    "until": "lidz until",
    "before": "pirms before",
}
FIELDS = {word: name for name, words in _FIELD_WORDS.items() for word in words.split()}
# the words of these fields stand in the index once more, marked with a letter
MARKS = {"number": "n", "title": "t", "author": "a", "class": "c"}
_VALUES = ("kind", "status", "level", "unit", "year")


class Match(StrEnum):
    """How a clause is met."""

    WORDS = "words"  # one word in any form, or several next to each other
    EXACT = "exact"  # the same, each also in the form written
    BEGINS = "begins"  # words that begin so
    ANY = "any"  # any of the forms; used for suggestions


@dataclass(frozen=True)
class Word:
    """A word as typed (lower case), and the keys that any form of it may have in the index; of a field, marked."""

    surface: str
    keys: frozenset[str]

    @property
    def plain(self) -> str:
        """The word without the mark of its field."""
        return self.surface.rpartition("|")[2]


@dataclass(frozen=True)
class Clause:
    """A demand made in words: anywhere, or in one field (a name of MARKS)."""

    words: tuple[Word, ...]
    match: Match = Match.WORDS
    negated: bool = False
    field: str = ""


@dataclass(frozen=True)
class Value:
    """A facet has one of the values; with no values nothing meets it."""

    name: str
    values: frozenset[str]
    negated: bool = False


@dataclass(frozen=True)
class Days:
    """The day lies between these, both inclusive; either may be open."""

    since: date | None = None
    until: date | None = None
    negated: bool = False


@dataclass(frozen=True)
class Group:
    """Several demands: all of them, or `any`."""

    parts: "tuple[Node, ...]"
    any: bool = False
    negated: bool = False


Node = Clause | Value | Days | Group


@dataclass(frozen=True)
class Part:
    """A part of the query that can be taken out by itself. rest: the query without it; text: it as typed; plain: it
    looked like a field, but was searched as words; also: what staff have said means the same."""

    node: Node
    rest: str
    text: str
    plain: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Query:
    """A typed query. clauses: an object must meet all of them. either: the parts are alternatives."""

    clauses: tuple[Node, ...] = ()
    parts: tuple[Part, ...] = ()
    either: bool = False

    def __bool__(self):
        return any(asks(node) for node in self.clauses)


Resolve = Callable[[str, str], frozenset[str] | None]


def _nothing_known(_name, _text):
    return None


def understand(text: str, resolve: Resolve = _nothing_known) -> Query:
    """The query as understood. resolve(facet, text): the values that are called so, None when nothing is."""
    return _Reader(text[:LONGEST_QUERY], resolve).read()


def parse(text: str) -> tuple[Node, ...]:
    """Demands of a typed query, without names of kinds, units and states."""
    return understand(text).clauses


def asks(node: Node) -> bool:
    """Does it ask for something, rather than leave out?"""
    if node.negated:
        return False
    return any(asks(part) for part in node.parts) if isinstance(node, Group) else True


def leaves(nodes) -> Iterator[Clause]:
    """The clauses in words that are asked for, wherever they stand."""
    for node in nodes:
        if node.negated:
            continue
        if isinstance(node, Group):
            yield from leaves(node.parts)
        elif isinstance(node, Clause):
            yield node


def word_of(text: str, field: str = "") -> Word:
    """A typed word, of a field marked as the index holds it."""
    surface, keys = latvian.normal(text), latvian.query_keys(text)
    if not field:
        return Word(surface, keys)
    mark = MARKS[field]
    return Word(f"{mark}|{surface}", frozenset(f"{mark}|{key}" for key in keys))


def words_in(text: str, field: str = "") -> tuple[Word, ...]:
    """The words of a typed text."""
    return tuple(word_of(word, field) for word in latvian.WORD.findall(text) if len(word) <= 64)


@dataclass
class _Token:
    what: str  # "(", ")", "and", "or", "not", "word"
    start: int
    end: int
    piece: re.Match | None = None
    bare: str = ""


@dataclass
class _Found:
    """A node with the text it came from."""

    node: Node
    text: str
    plain: bool = False
    inner: tuple["_Found", ...] = ()


class _Reader:
    """Reads one query, from left to right."""

    def __init__(self, text, resolve):
        self.text, self.resolve = text, resolve
        self.tokens = list(self._split())
        self.place, self.clauses = 0, 0

    def read(self) -> Query:
        found: list[_Found] = []
        while self.place < len(self.tokens):
            one = self._either(0)
            found += one.inner if one and self._is_all(one) else [one] if one else []
            self.place += 1  # a bracket that closes nothing
        if not found and self.tokens and all(token.what in ("and", "or", "not") for token in self.tokens):
            found = [_Found(Clause(words_in(self.text)), self.text)]
        if len(found) == 1 and self._is_any(found[0]):
            return Query((found[0].node,), _parts(found[0].inner, " VAI "), either=True)
        return Query(tuple(one.node for one in found), _parts(found, " "))

    @staticmethod
    def _is_all(found):
        return bool(found.inner) and not found.node.any and not found.node.negated

    @staticmethod
    def _is_any(found):
        return bool(found.inner) and found.node.any and not found.node.negated

    def _split(self):
        place = 0
        while place < len(self.text):
            if self.text[place].isspace():
                place += 1
                continue
            bracket = re.compile(r"-?\(|\)").match(self.text, place)
            if bracket:
                if bracket[0][0] == "-":
                    yield _Token("not", place, place + 1)
                yield _Token(bracket[0][-1], bracket.end() - 1, bracket.end())
                place = bracket.end()
                continue
            piece = _PIECE.match(self.text, place)
            if piece is None or piece.end() == place:
                place += 1
                continue
            end, bare = piece.end(), piece["bare"] or ""
            while bare.endswith(")") and bare.count("(") < bare.count(")"):
                bare, end = bare[:-1], end - 1
            what = _OPERATORS.get(bare, "word") if not piece["minus"] and not piece["field"] else "word"
            yield _Token(what, place, end, piece, bare)
            place = end

    def _next(self):
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def _either(self, depth):
        """Alternatives: demands with VAI between them."""
        begin, found = self.place, []
        while True:
            one = self._all(depth)
            if one:
                found.append(one)
            token = self._next()
            if token is None or token.what != "or":
                break
            self.place += 1
        return self._joined(found, begin, any=True)

    def _all(self, depth):
        """Demands beside each other, with or without UN."""
        begin, found = self.place, []
        while (token := self._next()) is not None and token.what not in ("or", ")"):
            if token.what == "and":
                self.place += 1
                continue
            one = self._one(depth)
            if one:
                found.append(one)
        return self._joined(found, begin, any=False)

    def _joined(self, found, begin, any):
        if len(found) < 2:
            return found[0] if found else None
        text = self.text[self.tokens[begin].start : self.tokens[self.place - 1].end]
        return _Found(Group(tuple(one.node for one in found), any), text, inner=tuple(found))

    def _one(self, depth):
        token = self.tokens[self.place]
        self.place += 1
        if token.what == "not":
            after = self._next()
            if after is None or after.what in ("or", "and", ")"):
                return None
            one = self._one(depth)
            return one and _Found(
                replace(one.node, negated=not one.node.negated), self.text[token.start : self._end()], one.plain
            )
        if token.what == "(":
            if depth >= _DEEPEST:
                return None
            one = self._either(depth + 1)
            if (after := self._next()) is not None and after.what == ")":
                self.place += 1
            if one and isinstance(one.node, Group):
                return _Found(one.node, self.text[token.start : self._end()], one.plain, one.inner)
            return one
        return self._piece(token)

    def _end(self):
        return self.tokens[self.place - 1].end

    def _piece(self, token):
        if self.clauses >= _MOST_CLAUSES:
            return None
        piece, start = token.piece, token.start
        quoted, bare = piece["quoted"], token.bare
        field = FIELDS.get(latvian.fold((piece["field"] or "").lower()), "")
        if field and piece["end"] is not None:  # "numurs: 5": the value stands after a space
            after = self._next()
            if after is None or after.what != "word" or after.piece["field"] or after.piece["minus"]:
                return None
            self.place += 1
            quoted, bare = after.piece["quoted"], after.bare
        source = self.text[start : self._end()]
        equals = bool(piece["equals"]) or (quoted is None and bare.startswith("=") and len(bare) > 1)
        value = (bare if quoted is None else quoted).strip()
        negated = bool(piece["minus"])
        node = self._field(field, value, quoted is not None, equals) if field else None
        plain = node is None and bool(field)
        if node is None:
            typed = source.removeprefix("-") if piece["field"] else value
            node = self._in_words(typed, "", quoted is not None and not piece["field"], equals)
        if node is None:
            return None
        self.clauses += 1
        return _Found(replace(node, negated=negated), source, plain)

    def _field(self, name, value, quoted, equals):
        if name in MARKS:
            return self._in_words(value, name, quoted, equals)
        if name in ("since", "until", "before"):
            span = _span(value)
            if span is None:
                return None
            if name == "since":
                return Days(since=span[0])
            return Days(until=span[1] if name == "until" else span[0] - timedelta(days=1))
        if name == "year":
            return Value("year", frozenset((value,))) if re.fullmatch(r"\d{4}", value) else None
        values = self.resolve(name, value) if name in _VALUES and value else None
        return None if values is None else Value(name, values)

    @staticmethod
    def _in_words(text, field, quoted, equals):
        words = words_in(text, field)
        if not words:
            return None
        if not quoted and text.endswith("*") and (len(words[-1].plain) > 1 or (field and len(words) > 1)):
            begins = Clause(words[-1:], Match.BEGINS, field=field)
            return begins if len(words) == 1 else Group((Clause(words[:-1], field=field), begins))
        return Clause(words, Match.EXACT if equals else Match.WORDS, field=field)


def _parts(found, between):
    return tuple(
        Part(one.node, between.join(other.text for other in found if other is not one), one.text, one.plain)
        for one in found
    )


def _span(text):
    """First and last day of a typed day, month or year; None when it is none."""
    text = text.strip().rstrip(".")
    for pattern, order in ((r"([12]\d{3})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", (1, 2, 3)),
                           (r"(\d{1,2})\.(\d{1,2})\.([12]\d{3})", (3, 2, 1))):  # fmt: skip
        if found := re.fullmatch(pattern, text):
            year, month, day = (found[place] for place in order)
            try:
                first = date(int(year), int(month or 1), int(day or 1))
                if day:
                    return first, first
                following = date(first.year + (not month or first.month == 12), first.month % 12 + 1 if month else 1, 1)
                return first, following - timedelta(days=1)
            except (ValueError, OverflowError):
                return None
    return None


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
