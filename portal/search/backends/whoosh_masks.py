"""Sets of documents as bits of a Python integer.

Access, facets, counts and the clauses of a query become `&`, `|` and `bit_count()` over a few kilobytes, which costs
microseconds where walking postings document by document costs hundreds of milliseconds. Postings are read once per
term and segment; a segment never changes (its deletions are a mask of their own), so a commit does not spoil them.
"""

from array import array
from collections import OrderedDict
from itertools import accumulate, chain
from sys import byteorder

_BITS = [[bit for bit in range(8) if byte >> bit & 1] for byte in range(256)]
from_bytes = int.from_bytes
_KEPT_BYTES = 8 * 1024 * 1024  # of masks per index; 600 terms at 100,000 documents


def mask_of(numbers, size: int) -> int:
    """The mask with these bits set; all below size."""
    bits = bytearray(size // 8 + 1)
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")


def numbers_of(mask: int) -> list[int]:
    """The numbers of the bits set, growing."""
    data = mask.to_bytes(mask.bit_length() // 64 * 8 + 8, "little")
    # eight bytes at a time: a rare word's mask is nearly all zeros
    words = [place * 8 for place, word in enumerate(memoryview(data).cast("Q")) if word]
    return [at * 8 + bit for start in words for at in range(start, start + 8) for bit in _BITS[data[at]]]


class Segment:
    """One segment of the index: masks of its terms, and the days of its documents."""

    def __init__(self, reader):
        self.reader = reader
        self.size = reader.doc_count_all()
        self._kept: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._most_kept = max(64, _KEPT_BYTES * 8 // max(1, self.size))
        self._values: dict[str, list[str]] = {}
        self._days: array | None = None
        self._titles: list[bytes] | None = None

    def renew(self, reader):
        """The reader of the same segment after a commit elsewhere."""
        self.reader = reader
        return self

    def matcher(self, field: str, text: str):
        """Postings of a term with deleted documents in it, or None. Whoosh's own call would leave them out one by one,
        which is what the mask of living documents is for.
        """
        reader = self.reader
        if (field, text) not in reader:
            return None
        return reader._terms.matcher(field, text.encode(), reader.schema[field].format)

    def term(self, field: str, text: str) -> int:
        """Documents with the term."""
        kept = self._kept.get((field, text))
        if kept is not None:
            self._kept.move_to_end((field, text))
            return kept
        matcher = self.matcher(field, text)
        mask = 0 if matcher is None else mask_of(chain.from_iterable(ids for ids, _v in _blocks(matcher)), self.size)
        return self._keep(field, text, mask)

    def _keep(self, field, text, mask):
        self._kept[(field, text)] = mask
        if len(self._kept) > self._most_kept:
            self._kept.popitem(last=False)
        return mask

    def begins(self, field: str, text: str) -> int:
        """Documents with a term that begins so."""
        kept = self._kept.get((field + "*", text))
        if kept is None:
            numbers: set[int] = set()
            for term in self.reader.expand_prefix(field, text):
                matcher = self.matcher(field, term.decode() if isinstance(term, bytes) else term)
                for ids, _values in _blocks(matcher) if matcher is not None else ():
                    numbers.update(ids)
            kept = self._keep(field + "*", text, mask_of(numbers, self.size))
        return kept

    def living(self) -> int:
        """Documents that are not deleted."""
        every = (1 << self.size) - 1
        deleted = self.reader.deleted_docs_set
        return every & ~mask_of(deleted, self.size) if deleted else every

    def values(self, field: str) -> list[str]:
        """Terms of a facet field."""
        if field not in self.reader.schema:
            return []  # of an index made before the field
        if field not in self._values:
            self._values[field] = [term.decode() for term in self.reader.lexicon(field)]
        return self._values[field]

    def weights(self, keys: list[str], candidates: int) -> dict[int, float]:
        """How much each candidate is about a word: more when it says it often, less when it is long (BM25)."""
        allowed = candidates.to_bytes(self.size // 8 + 1, "little")
        often: dict[int, int] = {}
        for key in keys:
            matcher = self.matcher("keys", key)
            for numbers, values in _blocks(matcher) if matcher is not None else ():
                wanted = [place for place, n in enumerate(numbers) if allowed[n >> 3] >> (n & 7) & 1]
                positions = values() if wanted else ()
                for place in wanted:
                    often[numbers[place]] = often.get(numbers[place], 0) + len(positions[place]) // 4
        length_of, usual = self.reader.doc_field_length, self.reader.field_length("keys") / max(1, self.size)
        return {
            number: 2.2 * times / (times + 0.3 + 0.9 * length_of(number, "keys") / max(1, usual))
            for number, times in often.items()
        }

    def phrase(self, words: list[list[str]], candidates: int) -> int:
        """Of the candidates, those in which keys of the words stand at consecutive positions.
        words: for each word the keys it may have.
        """
        alive: set[int] = set()
        for step, keys in enumerate(words):
            spots = self._spots(keys, candidates, step)
            alive = spots if step == 0 else alive & spots
            # the later words are looked for only where the earlier ones stand side by side
            candidates = mask_of({spot >> 32 for spot in alive}, self.size) if step else candidates
        return candidates

    def _spots(self, keys: list[str], candidates: int, step: int) -> set[int]:
        """Where the phrase would begin if one of the keys were its word number `step`, in candidates only: document
        and position in one number, so that a phrase is an intersection of sets."""
        allowed = candidates.to_bytes(self.size // 8 + 1, "little")
        found: set[int] = set()
        for key in keys:
            matcher = self.matcher("keys", key)
            for numbers, values in _blocks(matcher) if matcher is not None else ():
                wanted = [place for place, n in enumerate(numbers) if allowed[n >> 3] >> (n & 7) & 1]
                positions = values() if wanted else ()
                for place in wanted:
                    base = (numbers[place] << 32) - step
                    at = positions[place]
                    if len(at) == 4:
                        found.add(base + from_bytes(at, byteorder))
                    else:
                        found.update([base + position for position in array("I", at)])
        return found

    def days(self) -> array:
        """Day (ordinal, 0 for none) of each document."""
        if self._days is None:
            column = self.reader.column_reader("day")
            self._days = array("i", (column[number] for number in range(self.size)))
        return self._days

    def titles(self) -> list[bytes]:
        """What each document's title is sorted by."""
        if self._titles is None:
            if self.reader.has_column("order"):
                column = self.reader.column_reader("order")
                self._titles = [column[number] for number in range(self.size)]
            else:
                self._titles = [b""] * self.size
        return self._titles

    def between(self, first: int, last: int) -> int:
        """Documents whose day (ordinal) lies between these, both inclusive."""
        return mask_of((number for number, day in enumerate(self.days()) if first <= day <= last), self.size)


def _blocks(matcher):
    """(document numbers, function that gives their values) of each block of postings: a tenth of the cost of asking
    the matcher document by document. Uses the matcher's own parts, which the pinned version of Whoosh has.
    """
    while not matcher._atend:
        if matcher._data is None:
            matcher._read_data()
        ids = matcher._data[0]
        yield ids if matcher._byteids else list(accumulate(ids)), lambda: (matcher._read_values(), matcher._values)[1]
        matcher._next_block()
