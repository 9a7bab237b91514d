"""One state of the Whoosh index, open for questions: which documents match, how many, in what order."""

from array import array
from itertools import islice
from math import log

from portal.search.backends import FACETS, Found, Wanted
from portal.search.backends.whoosh_masks import Segment, numbers_of
from portal.search.query import Clause, Days, Group, Match, Node, Value, leaves

_WEIGHED = 5_000  # postings that are weighed word by word; commoner words are ranked by title, form and age
_SORTED = 5_000  # hits that are sorted by age one by one; more are picked from the order of all documents
_BOOST_TITLE, _BOOST_SURFACE = 4.0, 1.5


class Allowed:
    """A mask, asked document by document."""

    def __init__(self, mask: int):
        self._bytes = mask.to_bytes(mask.bit_length() // 8 + 1, "little")

    def __contains__(self, number):
        place = number >> 3
        return place < len(self._bytes) and bool(self._bytes[place] >> (number & 7) & 1)


class Snapshot:
    """A searcher with the masks of its segments. `before`: the snapshot of an earlier state, to inherit masks from."""

    def __init__(self, searcher, before: "Snapshot | None" = None):
        self.searcher = searcher
        old = {segment.reader.segment().segment_id(): segment for segment, _base in before.segments} if before else {}
        self.segments: list[tuple[Segment, int]] = []
        for reader, base in searcher.reader().leaf_readers():
            if reader.segment() is None:
                continue  # an index without documents
            known = old.get(reader.segment().segment_id())
            self.segments.append((known.renew(reader) if known else Segment(reader), base))
        self.living = sum(segment.living() << base for segment, base in self.segments)
        self._unions: dict[tuple[str, frozenset[str]], int] = {}
        self._phrases: dict[tuple[Clause, int], int] = {}
        self._orders: dict[str, array] = {}

    def answer(self, wanted: Wanted) -> Found:
        """The page of hits, their number, and the facets."""
        matched = self._matching(wanted)
        chosen = {name: self._any(name, values) for name, values in wanted.chosen.items()}
        facets = {}
        for name in FACETS:
            others = matched
            for other, mask in chosen.items():
                if other != name:
                    others &= mask
            facets[name] = self._counts(name, others)
        for mask in chosen.values():
            matched &= mask
        groups = tuple(self._page(matched & self._any("kind", kinds), wanted) for kinds in wanted.groups)
        return Found([] if groups else self._page(matched, wanted), matched.bit_count(), facets, groups)

    def _matching(self, wanted):
        matched = self.living
        if wanted.access is not None:
            matched &= self._any("access", wanted.access)
        if wanted.among is not None:
            matched &= self._any("id", wanted.among)
        if wanted.without:
            matched &= ~self._any("id", wanted.without)
        return self._all(wanted.clauses, matched)

    def _all(self, nodes, among: int) -> int:
        for node in nodes:
            if not among:
                break
            among = self._node(node, among)
        return among

    def _node(self, node: Node, among: int) -> int:
        """Of the documents those that meet the demand."""
        if isinstance(node, Group):
            found = self._all(node.parts, among) if not node.any else 0
            for part in node.parts if node.any else ():
                found |= self._node(part, among)
        elif isinstance(node, Value):
            found = self._any(node.name, node.values)
        elif isinstance(node, Days):
            found = self._between(node)
        else:
            found = self._clause(node, among)
        return among & ~found if node.negated else among & found

    def _between(self, days: Days) -> int:
        key = ("day", frozenset((f"{days.since}", f"-{days.until}")))
        if key not in self._unions:
            first = days.since.toordinal() if days.since else 1
            last = days.until.toordinal() if days.until else 2**31 - 1
            self._unions[key] = sum(segment.between(first, last) << base for segment, base in self.segments)
        return self._unions[key]

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
        if (clause, found) not in self._phrases:
            keys = [sorted(word.keys) for word in clause.words]
            if len(self._phrases) > 100:
                self._phrases.clear()
            self._phrases[clause, found] = sum(
                segment.phrase(keys, found >> base & ((1 << segment.size) - 1)) << base
                for segment, base in self.segments
            )
        return self._phrases[clause, found]

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
        if wanted.order != "best" or not any(leaves(wanted.clauses)):
            end = wanted.start + wanted.size
            in_order = {"oldest": self._oldest, "title": self._titled}.get(wanted.order, self._newest)
            numbers = in_order(matched, end)[wanted.start : end]
        else:
            numbers = self._best(matched, wanted)
        return [self.searcher.stored_fields(number)["id"] for number in numbers]

    def _newest(self, mask, most: int) -> list[int]:
        """The `most` newest documents of the mask, newest first."""
        if mask.bit_count() > _SORTED:
            allowed = Allowed(mask)
            return list(islice((number for number in self._in_order("newest") if number in allowed), most))
        found = []
        for segment, base in self.segments:
            days = segment.days()
            part = numbers_of(mask >> base & ((1 << segment.size) - 1))
            found += [(-days[number], -(base + number)) for number in part]
        return [-number for _day, number in sorted(found)[:most]]

    def _oldest(self, mask, most: int) -> list[int]:
        """The `most` oldest documents, those without a day last."""
        dated = mask & self._between(Days())
        return self._first(dated, most, "oldest") + self._first(mask & ~dated, most, "oldest")

    def _titled(self, mask, most: int) -> list[int]:
        """The first `most` documents in the order of their titles."""
        return self._first(mask, most, "title")

    def _first(self, mask, most: int, order: str) -> list[int]:
        if mask.bit_count() > _SORTED:
            allowed = Allowed(mask)
            return list(islice((number for number in self._in_order(order) if number in allowed), most))
        found = []
        for segment, base in self.segments:
            keys = segment.titles() if order == "title" else segment.days()
            found += [(keys[number], base + number) for number in numbers_of(self._part(mask, segment, base))]
        return [number for _key, number in sorted(found)[:most]]

    @staticmethod
    def _part(mask, segment, base) -> int:
        return mask >> base & ((1 << segment.size) - 1)

    def _in_order(self, order: str) -> array:
        """All documents in an order; kept while this state lasts."""
        if order not in self._orders:
            keys: list = []
            for segment, _base in self.segments:
                keys.extend(segment.titles() if order == "title" else segment.days())
            numbers = sorted(range(len(keys)), key=lambda n: (keys[n], n), reverse=order == "newest")
            self._orders[order] = array("I", numbers)
        return self._orders[order]

    def _best(self, matched, wanted) -> list[int]:
        """Best first. Rare words are weighed (how often, how long the text, whether in the title); with common ones,
        hits with all words in the title come first, then those with the forms as typed, newest first.
        """
        end = wanted.start + wanted.size
        asked = [clause for clause in leaves(wanted.clauses) if clause.match is not Match.BEGINS]
        if sum(self._any("keys", word.keys).bit_count() for clause in asked for word in clause.words) <= _WEIGHED:
            return self._weighed(matched, asked)[wanted.start : end]
        titled, typed = matched, matched
        for clause in asked:
            for word in clause.words:
                titled &= self._any("title", word.keys)
                typed &= self._term("surface", word.surface)
        numbers: list[int] = []
        for tier in (titled & typed, titled & ~typed, typed & ~titled, matched & ~titled & ~typed):
            if len(numbers) < end and tier:
                numbers += self._newest(tier, end - len(numbers))
        return numbers[wanted.start : end]

    def _weighed(self, matched, asked) -> list[int]:
        """All the documents, those that say the words most often first."""
        scores = dict.fromkeys(numbers_of(matched), 0.0)
        for clause in asked:
            for word in clause.words:
                holders = self._any("keys", word.keys) if clause.match is not Match.ANY else 0
                rarity = log(1 + self.living.bit_count() / (1 + holders.bit_count()))
                for segment, base in self.segments:
                    part = self._part(matched & holders, segment, base)
                    for number, weight in segment.weights(sorted(word.keys), part).items() if part else ():
                        scores[base + number] += rarity * weight
                for mask, boost in (
                    (self._any("title", word.keys) if holders else 0, _BOOST_TITLE),
                    (self._term("surface", word.surface), _BOOST_SURFACE),
                ):
                    for number in numbers_of(mask & matched):
                        scores[number] += rarity * boost
        days = {base + number: segment.days()[number] for segment, base in self.segments
                for number in numbers_of(self._part(matched, segment, base))}  # fmt: skip
        return sorted(scores, key=lambda number: (scores[number], days[number], number), reverse=True)
