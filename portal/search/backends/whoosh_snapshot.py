"""One state of the Whoosh index, open for questions: which documents match, how many, in what order."""

from whoosh import query as q
from whoosh.idsets import DocIdSet

from portal.search.backends import FACETS, Found, Wanted
from portal.search.backends.whoosh_masks import Segment, numbers_of
from portal.search.query import Clause, Match

_RANKED = 2_000  # of more hits only the newest best are weighed word by word
_BOOST_TITLE, _BOOST_SURFACE = 4.0, 1.5


class Allowed(DocIdSet):
    """A mask as Whoosh wants its filters."""

    def __init__(self, mask: int):
        self._mask = mask
        self._bytes = mask.to_bytes(mask.bit_length() // 8 + 1, "little")

    def __contains__(self, number):
        place = number >> 3
        return place < len(self._bytes) and bool(self._bytes[place] >> (number & 7) & 1)

    def __len__(self):
        return self._mask.bit_count()

    def __bool__(self):
        return self._mask != 0

    def __iter__(self):
        return iter(numbers_of(self._mask))


class Snapshot:
    """A searcher with the masks of its segments. `before`: the snapshot of an earlier state, to inherit masks from."""

    def __init__(self, searcher, before: "Snapshot | None" = None):
        self.searcher = searcher
        old = {segment.reader.segment().segment_id(): segment for segment, _base in before.segments} if before else {}
        self.segments = []
        for reader, base in searcher.reader().leaf_readers():
            if reader.segment() is None:
                continue  # an index without documents
            known = old.get(reader.segment().segment_id())
            self.segments.append((known.renew(reader) if known else Segment(reader), base))
        self.living = sum(segment.living() << base for segment, base in self.segments)
        self._unions: dict[tuple[str, frozenset[str]], int] = {}

    def answer(self, wanted: Wanted) -> Found:
        """The page of hits, their number, and the facets."""
        matched = self._matching(wanted)
        chosen = {name: self._term(name, value) for name, value in wanted.chosen.items()}
        facets = {}
        for name in FACETS:
            others = matched
            for other, mask in chosen.items():
                if other != name:
                    others &= mask
            facets[name] = self._counts(name, others)
        for mask in chosen.values():
            matched &= mask
        return Found(self._page(matched, wanted), matched.bit_count(), facets)

    def _matching(self, wanted):
        matched = self.living
        if wanted.access is not None:
            matched &= self._any("access", wanted.access)
        if wanted.without:
            matched &= ~self._any("id", wanted.without)
        for clause in wanted.clauses:
            if not matched:
                break
            found = self._clause(clause, matched)
            matched &= ~found if clause.negated else found
        return matched

    def _clause(self, clause: Clause, among: int) -> int:
        if clause.match is Match.BEGINS:
            return sum(segment.begins("surface", clause.words[0].surface) << base for segment, base in self.segments)
        if clause.match is Match.ANY:
            found = 0
            for word in clause.words:
                found |= self._term("surface", word.surface)
            return found
        found = among
        for word in clause.words:
            found &= self._any("keys", word.keys)
            if clause.match is Match.EXACT:
                found &= self._term("surface", word.surface)
        if len(clause.words) == 1 or not found:
            return found
        keys = [sorted(word.keys) for word in clause.words]
        return sum(
            segment.phrase(keys, found >> base & ((1 << segment.size) - 1)) << base for segment, base in self.segments
        )

    def _term(self, field, text) -> int:
        return sum(segment.term(field, text) << base for segment, base in self.segments)

    def _any(self, field, texts: frozenset[str]) -> int:
        """Documents with any of the terms; kept while this state lasts."""
        found = self._unions.get((field, texts))
        if found is None:
            found = 0
            for text in texts:
                found |= self._term(field, text)
            if len(self._unions) > 200:
                self._unions.clear()
            self._unions[(field, texts)] = found
        return found

    def _counts(self, field, among):
        counts: dict[str, int] = {}
        for segment, base in self.segments:
            part = among >> base & ((1 << segment.size) - 1)
            if part:
                for value in segment.values(field):
                    number = (part & segment.term(field, value)).bit_count()
                    if number:
                        counts[value] = counts.get(value, 0) + number
        return counts

    # --- order ------------------------------------------------------------------------------------------------------

    def _page(self, matched, wanted):
        if not matched:
            return []
        if wanted.newest_first or not any(not clause.negated for clause in wanted.clauses):
            numbers = self._newest(matched)[wanted.start : wanted.start + wanted.size]
        else:
            numbers = self._best(matched, wanted)
        return [self.searcher.stored_fields(number)["id"] for number in numbers]

    def _newest(self, mask) -> list[int]:
        found = []
        for segment, base in self.segments:
            part = mask >> base & ((1 << segment.size) - 1)
            days = segment.days()
            found += [(-days[number], -(base + number)) for number in numbers_of(part)]
        found.sort()
        return [-number for _day, number in found]

    def _best(self, matched, wanted) -> list[int]:
        """Best first: by Whoosh's weighing of words; beyond 2,000 hits, those with a word in the title, then the
        newest, are weighed and the others follow by age.
        """
        end = wanted.start + wanted.size
        rest: list[int] = []
        weighed = matched
        if matched.bit_count() > _RANKED:
            titled = self._titled(matched, wanted.clauses)
            order = self._newest(titled) + self._newest(matched & ~titled)
            rest, weighed = order[_RANKED:], 0
            for number in order[:_RANKED]:
                weighed |= 1 << number
        results = self.searcher.search(self._weights(wanted.clauses), limit=end, filter=Allowed(weighed))
        numbers = [hit.docnum for hit in results]
        if len(numbers) < end:  # documents that meet a clause by a term that is not weighed, and the unweighed rest
            seen = set(numbers)
            numbers += [number for number in self._newest(weighed) if number not in seen] + rest
        return numbers[wanted.start : end]

    def _titled(self, matched, clauses):
        for clause in clauses:
            if not clause.negated and clause.match in (Match.WORDS, Match.EXACT):
                for word in clause.words:
                    matched &= self._any("title", word.keys)
        return matched

    def _weights(self, clauses):
        parts = []
        for clause in clauses:
            if clause.negated:
                continue
            for word in clause.words:
                parts.append(q.Term("surface", word.surface, boost=_BOOST_SURFACE))
                if clause.match in (Match.WORDS, Match.EXACT):
                    parts += [q.Term("keys", key) for key in sorted(word.keys)]
                    parts += [q.Term("title", key, boost=_BOOST_TITLE) for key in sorted(word.keys)]
        return q.Or(parts)
