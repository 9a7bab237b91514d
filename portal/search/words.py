"""What kinds of found things, facets and orders are called; a query said in words."""

from portal.kernel.i18n import _, _l, date_short, in_language
from portal.search import latvian
from portal.search.query import FIELDS as TYPED
from portal.search.query import MARKS, Clause, Days, Group, Match, Value

KINDS = {
    "document": _l("Document"),
    "draft": _l("Draft"),
    "case": _l("Case"),
    "matter": _l("Matter of a session"),
    "session": _l("Session"),
    "decision": _l("Decision"),
    "message": _l("E-address message"),
    "person": _l("Person"),
    "unit": _l("Unit"),
    "dossier": _l("File of the plan"),
    "task": _l("Task"),
    "resolution": _l("Resolution"),
    "store_item": _l("Item of the document store"),
    "external": _l("In another system"),
}
# the areas that results are shown by: name, words, kinds; what has no kind here stands in the last one
AREAS = (
    ("documents", _l("Documents"), ("document", "draft", "dossier")),
    ("cases", _l("Cases"), ("case",)),
    ("council", _l("Council"), ("session", "matter", "decision")),
    ("work", _l("Tasks"), ("task", "resolution")),
    ("messages", _l("E-address"), ("message",)),
    ("people", _l("People and units"), ("person", "unit")),
    ("store", _l("Document store"), ("store_item",)),
    ("systems", _l("Other systems"), ("external",)),
)
FACETS = {
    "kind": _l("Kind"),
    "unit": _l("Unit"),
    "year": _l("Year"),
    "status": _l("Status"),
    "class": _l("Class"),
    "level": _l("Confidentiality"),
}
ORDERS = {
    "best": _l("Best match first"),
    "newest": _l("Newest first"),
    "oldest": _l("Oldest first"),
    "title": _l("By title"),
}
_FIELDS = {"number": _l("number"), "title": _l("title"), "author": _l("author"), "class": _l("class")}
_names: dict[str, dict] = {"status": {}, "level": {}}


def wire(names):
    """Take in what the areas call their states and levels: {"status": {value: words}, "level": {…}}."""
    _names.update(names)


def area_of(kind: str) -> str:
    """The area that a kind of thing is shown in."""
    return next((name for name, _words, kinds in AREAS if kind in kinds), AREAS[-1][0])


def value_words(facet: str, value: str) -> str:
    """What a value of a facet is called."""
    known = KINDS if facet == "kind" else _names.get(facet, {})
    return str(known.get(value, value))


def values_called(facet: str, text: str) -> frozenset[str] | None:
    """The values of a facet whose name, in either language, begins so; None when there is none."""
    typed = latvian.fold(latvian.normal(text))
    known = KINDS if facet == "kind" else _names.get(facet, {})
    found = {value for value in known if value.rpartition(".")[2] == typed}
    for code in ("lv", "en"):
        with in_language(code):
            found |= {
                value for value, words in known.items() if latvian.fold(latvian.normal(str(words))).startswith(typed)
            }
    return frozenset(found) or None


def part_said(part, units=None) -> str:
    """A part of a query in words; of a number, author … what was typed."""
    name, colon, typed = part.text.removeprefix("-").partition(":")
    field = TYPED.get(latvian.fold(name.lower()), "") if colon and not part.plain else ""
    if field not in MARKS:
        return said(part.node, units)
    words = f"{_FIELDS[field]}: {typed.strip()}"
    return _("without %(what)s", what=words) if part.node.negated else words


def said(node, units=None) -> str:
    """A demand in words. units: names of units by id."""
    words = _said(node, units or {})
    return _("without %(what)s", what=words) if node.negated else words


def _said(node, units):
    if isinstance(node, Group):
        between = _(" or ") if node.any else _(" and ")
        return "(" + between.join(said(part, units) for part in node.parts) + ")"
    if isinstance(node, Value):
        names = sorted({units.get(value) or value_words(node.name, value) for value in node.values})
        return f"{str(FACETS[node.name]).lower()}: {', '.join(names)}"
    if isinstance(node, Days):
        if node.since:
            return _("from %(day)s", day=date_short(node.since))
        return _("until %(day)s", day=date_short(node.until))
    return _in_words(node)


def _in_words(clause: Clause):
    text = " ".join(word.plain for word in clause.words)
    if clause.match is Match.EXACT:
        text = _("exactly “%(words)s”", words=text)
    elif clause.match is Match.BEGINS:
        text = f"{text}…"
    elif len(clause.words) > 1:
        text = f"„{text}”"
    return f"{_FIELDS[clause.field]}: {text}" if clause.field else text
