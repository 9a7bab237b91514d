"""Searching inside a document: where its files say what is asked for."""

from dataclasses import dataclass

from portal.search import service as search
from portal.storage import service as storage

MOST_HITS = 200  # shown of one file
SHOWN_CHARS = 400_000  # of a text that is shown whole


@dataclass(frozen=True)
class Hit:
    """A found form, the page, sheet or slide it stands on in words, and the page's number in a PDF, or nothing."""

    number: int
    before: str
    form: str
    after: str
    place: str
    page: str


@dataclass(frozen=True)
class Look:
    """A file's text with its hits: the first of them with their places; the text in pieces, a hit's number with each
    that is one."""

    total: int
    hits: list[Hit]
    pieces: list[tuple[str, int]]
    whole: bool


def find_inside(files, query) -> dict:
    """File id -> (start, end) of each found form in its text. Two queries, however many files."""
    texts = storage.texts_of({file.sha256 for file in files})
    clauses = search.read_query(query).clauses
    return {
        file.id: search.spots_inside(texts[file.sha256], clauses, file.sha256) for file in files if file.sha256 in texts
    }


def inside_of(file, spots) -> Look:
    """The hits of one file, as they are shown."""
    known = storage.text_of(file.sha256)
    hits = []
    at: dict = {}
    places = iter(sorted(known.places, key=lambda place: place.offset))
    following = next(places, None)
    for one in search.around(known.text, spots, MOST_HITS):
        while following is not None and following.offset <= one.start:
            at[following.kind] = following
            following = next(places, None)
        words = ", ".join(storage.place_words(at[kind]) for kind in ("file", "sheet", "slide", "page") if kind in at)
        page = at["page"].name if "page" in at else ""
        hits.append(Hit(one.number, one.before, one.form, one.after, words, page))
    return Look(len(spots), hits, list(_pieces(known.text, spots)), len(known.text) <= SHOWN_CHARS)


def _pieces(text, spots):
    """The text up to the longest that is shown: (piece, number of the hit, 0 between them)."""
    at = 0
    for number, (start, end) in enumerate(spots, 1):
        if end > SHOWN_CHARS:
            break
        if start > at:
            yield text[at:start], 0
        yield text[start:end], number
        at = end
    if at < min(len(text), SHOWN_CHARS):
        yield text[at:SHOWN_CHARS], 0
