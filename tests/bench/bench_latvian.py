"""How well the Latvian analyser brings forms of a word together and keeps other words apart, and how quickly.

Recall: of all pairs of forms of one word, how many share a key. Precision: of all pairs (form, other form or headword
of the dictionary) that share a key, how many are of one word; homographs count as mistakes. "Typed": the first of the
pair is written without diacritics, as a query. The forms are halved by a hash of their lemma: mistakes of one half are
read when rules change, those of the other never. Lines: name value unit ratio. Ratio: quality against its goal, 1 or
more is within. Run: `python -m tests.bench.bench_latvian [../shared/data/lv_inflections_dev.tsv]`.
"""

import hashlib
import itertools
import sys
import time
import tracemalloc
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from portal.search.latvian import dictionary, fold, keys, query_keys

FORMS = Path(__file__).resolve().parents[3] / "shared/data/lv_inflections_dev.tsv"
GOALS = {"": (0.975, 0.93), "typed_": (0.97, 0.88)}
WORD_CLASSES = {"NOUN": "noun", "ADJ": "adjective", "VERB": "verb", "PROPN": "name"}


@dataclass(frozen=True)
class Quality:
    """recall: word class ("" for all) → (met, pairs); precision: (right, pairs)."""

    recall: dict[str, tuple[int, int]]
    precision: tuple[int, int]
    missed: list[tuple[str, str]]
    wrong: list[tuple[str, str]]


def read_forms(path: Path = FORMS) -> list[tuple[str, str, str]]:
    """(lemma, form, word class) of each row."""
    with path.open(encoding="utf-8") as lines:
        return [tuple(line.rstrip("\n").split("\t")) for line in lines if not line.startswith("#")]  # type: ignore[misc]


def half(rows, tuned: bool):
    """Rows of the half that rules were tuned on, or of the other."""
    return [row for row in rows if hashlib.sha256(row[0].encode()).digest()[0] % 2 == tuned]


def headwords() -> dict[str, set[str]]:
    """key → headwords of the dictionary that hold it."""
    holders = defaultdict(set)
    for word in dictionary.load().entries:
        for key in keys(word):
            holders[key].add(word)
    return holders


def quality(rows, holders, typed: bool = False) -> Quality:
    """Of the forms in the rows, with the headwords as distractors."""
    forms, lemmas, here = defaultdict(set), defaultdict(set), defaultdict(set)
    for lemma, form, word_class in rows:
        forms[lemma, word_class].add(form)
        lemmas[form].add(lemma)
    for form in lemmas:
        for key in keys(form):
            here[key].add(form)

    def asked(form):
        return query_keys(fold(form)) if typed else keys(form)

    recall, missed, wrong = defaultdict(lambda: [0, 0]), [], []
    for (_lemma, word_class), group in forms.items():
        pairs = itertools.product(group, group) if typed else itertools.combinations(sorted(group), 2)
        for one, other in pairs:
            met = not asked(one).isdisjoint(keys(other))
            for name in ("", word_class):
                recall[name][0] += met
                recall[name][1] += 1
            if not met:
                missed.append((one, other))
    right = 0
    for form, own in lemmas.items():
        hits = set().union(*(here.get(key, set()) | holders.get(key, set()) for key in asked(form))) - {form}
        good = {hit for hit in hits if hit in own or not own.isdisjoint(lemmas.get(hit, ()))}
        right += len(good)
        wrong += [(form, hit) for hit in sorted(hits - good)]
    return Quality({name: tuple(both) for name, both in recall.items()}, (right, right + len(wrong)), missed, wrong)


def measure_latvian(path: Path = FORMS):
    """Lines of the measure."""
    if dictionary.find() is None:
        yield "# latvian: the dictionary is not installed, nothing measured"
        return
    tracemalloc.start()
    dictionary.load()
    yield f"latvian_memory_dictionary {tracemalloc.get_traced_memory()[0] / 2**20:.0f} MiB -"
    dictionary.load_folded()
    yield f"latvian_memory_with_typed {tracemalloc.get_traced_memory()[0] / 2**20:.0f} MiB -"
    tracemalloc.stop()
    begun = time.process_time()
    holders = headwords()
    known = len(dictionary.load().entries) / (time.process_time() - begun)
    yield f"latvian_speed_distinct_words {known:.0f} words/s -"
    names = [f"{head}ova{ending}" for head in list(dictionary.load().entries)[:3000] for ending in ("", "i")]
    begun = time.process_time()
    for name in names:
        keys(name)
    yield f"latvian_speed_unknown_words {len(names) / (time.process_time() - begun):.0f} words/s -"
    if not path.is_file():
        yield f"# latvian: {path.name} is not there, quality not measured"
        return
    rows = read_forms(path)
    for part, chosen in (("tuned", half(rows, True)), ("held_out", half(rows, False))):
        yield f"latvian_{part}_forms {len(chosen)} forms -"
        yield f"latvian_{part}_lemmas {len({row[0] for row in chosen})} lemmas -"
        for typed, (recall_goal, precision_goal) in GOALS.items():
            found = quality(chosen, holders, bool(typed))
            for word_class, (met, pairs) in found.recall.items():
                name = WORD_CLASSES.get(word_class, word_class) or "all"
                label, share = f"latvian_{part}_{typed}recall_{name}_of_{pairs}_pairs", met / pairs
                yield f"{label} {share:.4f} share {share / recall_goal:.3f}"
            met, pairs = found.precision
            share = met / pairs
            yield f"latvian_{part}_{typed}precision_of_{pairs}_pairs {share:.4f} share {share / precision_goal:.3f}"


if __name__ == "__main__":
    for line in measure_latvian(*(Path(argument) for argument in sys.argv[1:2])):
        print(line, flush=True)
