"""Found forms in one long text, quickly: what is analysed is each different word once, not each place of it."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from portal.search import latvian
from portal.search.passages import apart
from portal.search.query import Match, Node, leaves

_MOST_KEPT = 8  # texts whose words are kept, the latest used
_PREFIXES = ("ne", "ja", "vis", "visne")  # folded
_ANY_LETTER = frozenset(("būt", "esošs", "iet", "ieties", "vajadzēt"))  # forms of these begin with other letters
_kept: OrderedDict[str, dict[str, str]] = OrderedDict()
_lock = Lock()


def spots_inside(text: str, clauses: tuple[Node, ...], name: str = "") -> list[tuple[int, int]]:
    """(start, end) of each found form of a text, in order; a phrase is one spot. The same as `passages.spots` of a text
    without a field. name: of the text, under which its words are kept for the next question."""
    asked = [clause for clause in leaves(clauses) if clause.words and not clause.field]
    if not asked:
        return []
    forms = _forms(text, name)
    found: set[tuple[int, int]] = set()
    for clause in asked:
        met = [_meeting(forms, word, clause.match) for word in clause.words]
        if len(met) == 1 or clause.match is Match.ANY:
            found.update(spot for each in met for form in each for spot in _places(text, form))
        elif all(met):
            found.update(_phrases(text, met))
    return apart(found)


def _forms(text, name) -> dict[str, str]:
    """The different words of a text, each with its small letters without diacritics."""
    with _lock:
        if name in _kept:
            _kept.move_to_end(name)
            return _kept[name]
    # no word has a space in it, and telling pieces apart is many times quicker than telling words apart
    different = set(latvian.WORD.findall(" ".join(set(text.split()))))
    forms = {form: latvian.fold(latvian.normal(form)) for form in different}
    if name:
        with _lock:
            _kept[name] = forms
            while len(_kept) > _MOST_KEPT:
                _kept.popitem(last=False)
    return forms


def _meeting(forms, word, match) -> set[str]:
    """Those of the forms that are the word asked for."""
    if match is Match.BEGINS:
        return {form for form in forms if any(one.startswith(word.plain) for one in _alike(form))}
    if match is Match.ANY:
        return {form for form in forms if word.plain in _alike(form)}
    likely = _beginnings(word)
    met = {
        form
        for form, plain in forms.items()
        if plain.startswith(likely) and not word.keys.isdisjoint(latvian.keys(form))
    }
    return {form for form in met if word.plain in _alike(form)} if match is Match.EXACT else met


def _alike(form):
    lower = latvian.normal(form)
    return {lower, latvian.fold(lower)}


def _beginnings(word) -> tuple[str, ...]:
    """What a form that shares a key may begin with, folded; analysing a form costs a hundred times this look."""
    if not word.keys.isdisjoint(_ANY_LETTER):
        return ("",)
    letters = {latvian.fold(key.lstrip("~"))[:1] for key in word.keys} | {latvian.fold(word.plain)[:1]}
    return tuple(prefix + letter for prefix in ("", *_PREFIXES) for letter in letters)


def _places(text, form):
    """Where the form stands as a whole word."""
    start = text.find(form)
    while start >= 0:
        end = start + len(form)
        if not (start and _in_word(text[start - 1])) and not (end < len(text) and _in_word(text[end])):
            yield start, end
        start = text.find(form, end)


def _in_word(letter) -> bool:
    return letter.isalnum() or letter == "_"


def _phrases(text, met):
    for form in met[0]:
        for start, end in _places(text, form):
            for following in met[1:]:
                word = latvian.WORD.search(text, end)
                if word is None or word[0] not in following:
                    break
                end = word.end()
            else:
                yield start, end


@dataclass(frozen=True)
class Found:
    """One found form: which of how many it is, with some text before and after. start: in characters."""

    number: int
    start: int
    before: str
    form: str
    after: str


def around(text: str, spots, most: int, length: int = 90) -> list[Found]:
    """The first `most` spots, each with the words around it."""
    made = []
    for number, (start, end) in enumerate(spots[:most], 1):
        first, last = max(0, start - length), min(len(text), end + length)
        if first:
            first = text.find(" ", first, start) + 1 or first
        if last < len(text):
            space = text.rfind(" ", end, last)
            last = space if space > 0 else last
        made.append(Found(number, start, text[first:start].replace("\n", " "), text[start:end],
                          text[end:last].replace("\n", " ")))  # fmt: skip
    return made
