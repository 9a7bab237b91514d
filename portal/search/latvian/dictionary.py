"""The hunspell dictionary of Latvian, read into tables made for going from a form back to its entry.

The data (LGPL, © Jānis Eisaks and others) is taken at set-up from its package and stays unchanged; see find().
"""

import functools
import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from portal.search.latvian.families import loose_infinitive
from portal.search.latvian.letters import fold
from portal.search.latvian.lookalikes import LookAlikes

_ROOT = Path(__file__).resolve().parents[3]
_PLACES = (
    (_ROOT / "static/vendor/dictionary-lv", "index"),
    (_ROOT / "node_modules/dictionary-lv", "index"),
    (Path("/usr/share/hunspell"), "lv_LV"),
)
NEEDS_AFFIX = "{"  # the form does not exist without a further affix
CIRCUMFIX = "|"  # the form exists only together with jā- or vis-
ORDINAL = "º"  # ours: the form is the ordinal (pirmais) of a cardinal headword (viens)
_MAKES_VERBS = frozenset("378")  # flags that only verbs carry, for headwords without a part of speech (iet, dot)
_HARD_NAME = re.compile(r"[A-ZĀČĒĢĪĶĻŅŠŪŽ][^aeiouāēīū]*(?:[aeiouāēīū]|ai|au|ei|ie|ui)[^aeiouāēīū]*[td]is")
_BOTH_PRESENTS = ("cienīt", "mērīt", "pelnīt", "pētīt", "svētīt", "vētīt")  # pelna and pelnī
_BOTH_FLAGS = "FfHh12!@"
# of a verb → of its reflexive partner
_PARTNERS = str.maketrans("ABCDEFGHIJ12478", "abcdefghij!@$&*")
_PREFIXES = ("aiz", "ap", "at", "ie", "iz", "no", "pa", "pār", "pie", "sa", "uz")
VERB, NOUN, OTHER, LOOSE = "v", "n", "o", "-"


class Rule(NamedTuple):
    """One way to take an ending off: the entry must carry `flag` and end as `condition` says."""

    flag: str
    condition: re.Pattern | None
    rest: str  # flags of the form made: what may still be put before it, or CIRCUMFIX, NEEDS_AFFIX
    middle: tuple[int, str, re.Pattern] | None  # two-step endings: letters cut, letters added, condition there


class Dictionary(NamedTuple):
    """entries: lower-case headword → ((flags, kind), …); endings: ending → ((letters to put back, rules), …)."""

    entries: dict[str, tuple[tuple[str, str], ...]]
    endings: dict[str, tuple[tuple[str, tuple[Rule, ...]], ...]]
    loose: dict[str, tuple[str, ...]]  # form without a rule → headwords it belongs to
    longest: int


class Folded(NamedTuple):
    """The same without diacritics: folded headword → headwords; folded ending → pairs as in Dictionary.endings."""

    headwords: LookAlikes
    endings: dict[str, tuple[tuple[str, tuple[Rule, ...]], ...]]
    longest: int


def find() -> tuple[Path, Path] | None:
    """Paths of the affix and the word file, or None when the dictionary is not installed."""
    for folder, name in _PLACES:
        affixes, words = folder / f"{name}.aff", folder / f"{name}.dic"
        if affixes.is_file() and words.is_file():
            return affixes, words
    return None


@functools.cache
def load() -> Dictionary | None:
    """The dictionary, read once and only when first needed (0.2 s); None when it is not installed."""
    place = find()
    if place is None:
        return None
    entries, loose = _read_words(place[1])
    endings = _group(_with_second_step(_read_suffixes(place[0])))
    return Dictionary(entries, endings, loose, max(map(len, endings)))


@functools.cache
def load_folded() -> Folded | None:
    """Tables for words typed without diacritics; needed by queries and by text written so."""
    whole = load()
    if whole is None:
        return None
    endings = _group(
        (fold(ending), fold(strip), rule)
        for ending, pairs in whole.endings.items()
        for strip, rules in pairs
        for rule in rules
    )
    return Folded(LookAlikes(whole.entries, fold), endings, max(map(len, endings)))


def widened(headword: str, flags: str, kind: str) -> str:
    """The flags a verb would have if its reflexive partner, and the verb without its prefix, were listed as fully."""
    if kind != VERB:
        return flags
    wide = flags + flags.translate(_PARTNERS)
    if headword.endswith("īt"):
        wide += _BOTH_FLAGS
    whole = load()
    for prefix in _PREFIXES:
        base = headword.removeprefix(prefix)
        if base is not headword and whole is not None:
            wide += "".join(more for more, other in whole.entries.get(base, ()) if other == VERB)
    return wide


def _read_words(path: Path):
    """Headwords with their flags and kind. Equal lists of these share one tuple: a few thousand for 66,000 words."""
    shared: dict[tuple, tuple] = {}
    entries: dict[str, tuple[tuple[str, str], ...]] = {}
    loose: dict[str, tuple[str, ...]] = {}
    with path.open(encoding="utf-8") as lines:
        next(lines)  # the first line is the number of words
        for line in lines:
            head, _, tags = line.strip().partition("po:")
            if not head:
                continue
            word, _, flags = head.strip().partition("/")
            if _HARD_NAME.fullmatch(word):  # Valdis: Valda, not "Valža"
                genitive = word[:-2].lower() + "a"
                loose[genitive] = (*loose.get(genitive, ()), word.lower())
            word, kind = word.lower(), _kind(tags, word, flags)
            if kind == LOOSE and (infinitive := loose_infinitive(word)):
                loose[word] = (infinitive,)
                continue
            if kind == VERB and word.endswith(_BOTH_PRESENTS):
                flags += _BOTH_FLAGS
            classes = (*entries.get(word, ()), (flags, kind))
            entries[word] = shared.setdefault(classes, classes)
    return entries, loose


def _kind(tags: str, word: str, flags: str) -> str:
    if tags.startswith("darb") or (not tags and word.endswith("t") and _MAKES_VERBS & set(flags)):
        return VERB
    if tags.startswith("liet"):
        return NOUN
    return OTHER if tags else LOOSE


def _read_suffixes(path: Path) -> dict[str, list[tuple[str, str, str, str]]]:
    """flag → [(letters taken off the headword, ending put on, flags of the result, condition)]."""
    suffixes = defaultdict(list)
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            parts = line.split()
            if len(parts) < 5 or parts[0] != "SFX" or parts[4].startswith("#"):
                continue
            ending, _, rest = parts[3].partition("/")
            suffixes[parts[1]].append(
                ("" if parts[2] == "0" else parts[2], "" if ending == "0" else ending, rest, parts[4])
            )
    return suffixes


@functools.cache
def _pattern(condition: str) -> re.Pattern | None:
    return None if condition == "." else re.compile(condition + "$")


def _with_second_step(suffixes):
    """Every suffix as (ending, letters to put back, rule), and every pair of a suffix with one that continues it
    (rakst-ošs + -ajiem) put together into one, so that looking a form up needs one step only.
    """
    for flag, rows in suffixes.items():
        for strip, ending, rest, condition in rows:
            ordinal = ORDINAL if flag == "w" and "y" in rest else ""
            yield ending, strip, Rule(flag, _pattern(condition), rest + ordinal, None)
            for next_flag in rest:
                for strip2, ending2, rest2, condition2 in suffixes.get(next_flag, ()):
                    rest2 += ordinal
                    middle = (len(strip), ending, _pattern(condition2)) if condition2 != "." else None
                    rule = Rule(flag, _pattern(condition), rest2, middle)
                    if ending.endswith(strip2):
                        yield ending[: len(ending) - len(strip2)] + ending2, strip, rule
                    elif strip2.endswith(ending):
                        yield ending2, strip2[: len(strip2) - len(ending)] + strip, rule


def _group(rows):
    """ending → ((letters to put back, rules), …), each rule once."""
    table: dict[str, dict[str, dict[Rule, None]]] = defaultdict(lambda: defaultdict(dict))
    for ending, strip, rule in rows:
        table[ending][strip][rule] = None
    return {ending: tuple((strip, tuple(rules)) for strip, rules in strips.items()) for ending, strips in table.items()}
