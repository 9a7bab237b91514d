"""From a word form to the keys under which all forms of its word meet.

A form is taken apart backwards: ending off, the letters the ending replaced back on, headword looked up, flag and
condition checked. All readings of an ambiguous form are kept. What the dictionary does not know gets rule stems.
"""

import functools
import re

from portal.search.latvian import dictionary, kin, stem
from portal.search.latvian.derived import compared, known_forms
from portal.search.latvian.dictionary import CIRCUMFIX, LOOSE, NEEDS_AFFIX, NOUN, ORDINAL, VERB
from portal.search.latvian.families import irregular_keys, shared_present
from portal.search.latvian.letters import fold, normal

_PREFIXES = (("ne", "-"), ("jā", "]"), ("vis", "["))
_PREFIXES_FOLDED = (("ne", "-"), ("ja", "]"), ("vis", "["))
_REFLEXIVE = frozenset("die&*(afgh)!@+$bc<>")
_DIMINUTIVE = frozenset("PpRrTt")
_VERB_PREFIXES = ("aiz", "ap", "at", "ie", "iz", "no", "pa", "pār", "pie", "sa", "uz", "pre", "de", "re")
_CACHED_WORDS = 60_000  # the commonest words of real text; about 20 MB when full


def keys(word: str) -> frozenset[str]:
    """Keys that the index holds for a word as it stands in a text. Never empty for a non-empty word."""
    return _keys(normal(word))


def query_keys(word: str) -> frozenset[str]:
    """Keys that a query word looks for: those of the text, and, when it is typed with ASCII letters only,
    those of every word that looks so without diacritics.
    """
    return _query_keys(normal(word))


@functools.lru_cache(maxsize=_CACHED_WORDS)
def _keys(word: str) -> frozenset[str]:
    if word.isdigit():
        return frozenset((word,))
    found = _known(word)
    found.update(irregular_keys(word))
    for form, infinitives in known_forms(word, unknown=not found):
        found.update(key for key in _known(form) or _by_analogy(form) if key.endswith(infinitives))
    if found == {word} and _undeclined(word):
        found.update(stem.rule_keys(word))
    return frozenset(found or _by_analogy(word) or _unknown(word))


@functools.lru_cache(maxsize=2_000)
def _query_keys(word: str) -> frozenset[str]:
    if not word.isascii() or word.isdigit():
        return _keys(word)
    return _keys(word) | _folded(word) | stem.rule_keys(word, typed=True) | _unknown_folded(word)


def _known(word: str) -> set[str]:
    """Keys from the dictionary; empty when it is not installed or does not know the word."""
    tables = dictionary.load()
    if tables is None:
        return set()
    found = set(_direct(word, tables))
    for prefix, flag in _PREFIXES:
        if word.startswith(prefix) and len(word) > len(prefix) + 1:
            found.update(_prefixed(word[len(prefix) :], flag, prefix == "ne", _readings, tables))
    found.update(tables.loose.get(word, ()))
    if word.startswith(("ne", "jā")):  # nesēžas
        found.update(key for key in tables.loose.get(word[2:], ()) if key.endswith("ties"))
    if word.endswith("tos") and (reflexive := word[:-2] + "ies") in _direct(reflexive, tables):
        found.add(reflexive)  # conditional of a reflexive verb: attīstītos
    if word.startswith("jā") and tables.entries.get(word, (("", ""),))[0][1] == LOOSE:
        # jāiziet stands in the dictionary as a word of its own
        found |= {key for key in _known(word[2:]) if key.endswith(("t", "ties"))}
    found.update(shared_present(word, found, tables.entries))
    return found


def _undeclined(word: str) -> bool:
    """Does the dictionary hold the word as a noun that has no other form (Uldis)?"""
    tables = dictionary.load()
    return tables is not None and any(kind == NOUN and not flags for flags, kind in tables.entries.get(word, ()))


def _by_analogy(word: str) -> set[str]:
    """Keys of a form that the dictionary's flags leave out though those of its relatives have it: reflexive forms of a
    verb listed as active, a verb with a prefix as the verb without it, an adjective compared as any other.
    """
    tables = dictionary.load()
    if tables is None:
        return set()
    found = set()
    for prefix in ("", "ne", "jā"):
        form = word.removeprefix(prefix)
        if form is word and prefix or len(form) < 4:
            continue
        for headword, rest, _flags, kind, flag in _readings(form, tables, dictionary.widened):
            if kind == VERB and flag and not (NEEDS_AFFIX in rest or CIRCUMFIX in rest):
                found.add(_key(headword, kind, flag))
    for positive in compared(word):
        found.update(
            _key(headword, kind, flag)
            for headword, rest, _flags, kind, flag in _readings(positive, tables)
            if kind not in (NOUN, LOOSE) and not (NEEDS_AFFIX in rest or CIRCUMFIX in rest)
        )
    return found


def _direct(word: str, tables) -> list[str]:
    return [
        _key(headword, kind, flag) + ("+ord" if ORDINAL in rest else "")
        for headword, rest, _flags, kind, flag in _readings(word, tables)
        if flag is None or not (NEEDS_AFFIX in rest or CIRCUMFIX in rest)
    ]


def _prefixed(word: str, wanted: str, negated: bool, readings, tables):
    for headword, rest, flags, kind, flag in readings(word, tables):
        if wanted in rest or wanted in flags:
            yield _key(headword, kind, flag, negated)


def _readings(word: str, tables, widened=None):
    """(headword, flags the form leaves, flags of the headword, kind, flag used) for each way to read the form.
    widened: gives the flags to go by instead of the headword's own.
    """
    entries, endings = tables.entries, tables.endings
    for flags, kind in entries.get(word, ()):
        yield word, flags, flags, kind, None
    for cut in range(max(0, len(word) - tables.longest), len(word) + 1):
        pairs = endings.get(word[cut:])
        if pairs is None:
            continue
        base = word[:cut]
        for strip, rules in pairs:
            classes = entries.get(base + strip)
            if classes is not None:
                headword = base + strip
                if widened:
                    classes = tuple((widened(headword, flags, kind), kind) for flags, kind in classes)
                for rule in rules:
                    for flags, kind in classes:
                        if rule.flag in flags and _holds(rule, headword):
                            yield headword, rule.rest, flags, kind, rule.flag


def _readings_folded(word: str, tables):
    """As _readings, for a word without diacritics: `tables` are the whole and the folded dictionary."""
    whole, folded = tables
    for headword in folded.headwords.get(word):
        for flags, kind in whole.entries[headword]:
            yield headword, flags, flags, kind, None
    for cut in range(max(0, len(word) - folded.longest), len(word) + 1):
        for strip, rules in folded.endings.get(word[cut:], ()):
            for headword in folded.headwords.get(word[:cut] + strip):
                for flags, kind in whole.entries[headword]:
                    for rule in rules:
                        if rule.flag in flags and _holds(rule, headword):
                            yield headword, rule.rest, flags, kind, rule.flag


def _holds(rule, headword: str) -> bool:
    """Do the conditions of the rule hold for the headword, and for the form half way of a two-step ending?"""
    if rule.condition is not None and not rule.condition.search(headword):
        return False
    if rule.middle is None:
        return True
    cut, added, condition = rule.middle
    return bool(condition.search(headword[: len(headword) - cut] + added))


def _key(headword: str, kind: str, flag: str | None, negated: bool = False) -> str:
    """Index key of a reading. Kept apart from the headword, because they are other words to a reader:
    reflexive verbs, verbal nouns (-šana), diminutives, feminine derivations, negated nouns and adjectives.
    """
    if kind == VERB and headword.endswith("t"):
        if flag in _REFLEXIVE:
            return headword + "ies"
        if flag in ("J", "j"):
            root = headword[:-2] if headword.endswith(("st", "zt")) else headword[:-1]
            return ("ne" if negated else "") + root + ("šana" if flag == "J" else "šanās")
        return headword
    if kind != VERB and flag is not None:
        if flag in _DIMINUTIVE and kind == NOUN:
            headword += "+dim"
        elif flag == "x":
            headword += "+fem"
    return "ne" + headword if negated and kind != VERB else headword


def _unknown(word: str) -> frozenset[str]:
    """Keys of a word outside the dictionary: rule stems, a noun of which it may be a case as a name (Ozolas: Ozola,
    ozols), a verb with a new prefix, a compound with a known end, a text typed without diacritics.
    """
    typed = _folded(word) if word.isascii() else set()
    found = stem.rule_keys(word) | typed
    tables = dictionary.load()
    if tables is not None and not typed:
        found |= kin.nouns(word, lambda form: _nominatives(_readings(form, tables)))
        found |= kin.compound(word, lambda form: _declined(_readings(form, tables)))
    for prefix in _VERB_PREFIXES:
        rest = word.removeprefix(prefix)
        if rest is not word and len(rest) > 4:
            found |= {f"~{prefix}+{key}" for key in _known(rest) if re.search("[aāeēiīou]t$|ties$", key)}
    return frozenset(found)


def _unknown_folded(word: str) -> set[str]:
    """As _unknown, for a query word typed without diacritics."""
    whole, folded = dictionary.load(), dictionary.load_folded()
    if whole is None or folded is None or _known(word) or _folded(word):
        return set()
    tables = (whole, folded)
    return kin.nouns(word, lambda form: _nominatives(_readings_folded(form, tables)), typed=True) | kin.compound(
        word, lambda form: _declined(_readings_folded(form, tables))
    )


def _nominatives(readings):
    """Keys of the readings as the first form of a noun, or of its diminutive."""
    return {
        _key(headword, kind, flag)
        for headword, _rest, _flags, kind, flag in readings
        if kind == NOUN and (flag is None or flag in _DIMINUTIVE)
    }


def _declined(readings):
    """Keys of the readings as a form of a noun or an adjective."""
    return {
        _key(headword, kind, flag)
        for headword, rest, _flags, kind, flag in readings
        if kind not in (VERB, LOOSE) and not (NEEDS_AFFIX in rest or CIRCUMFIX in rest)
    }


def _folded(word: str) -> set[str]:
    """Keys of all words that look like this one without diacritics."""
    whole, folded = dictionary.load(), dictionary.load_folded()
    if whole is None or folded is None:
        return set()
    tables = (whole, folded)
    found = {
        _key(headword, kind, flag) + ("+ord" if ORDINAL in rest else "")
        for headword, rest, _flags, kind, flag in _readings_folded(word, tables)
        if flag is None or not (NEEDS_AFFIX in rest or CIRCUMFIX in rest)
    }
    for prefix, flag in _PREFIXES_FOLDED:
        if word.startswith(prefix) and len(word) > len(prefix) + 1:
            found.update(_prefixed(word[len(prefix) :], flag, prefix == "ne", _readings_folded, tables))
    found.update(_loose_folded().get(word, ()))
    if word.endswith("tos"):
        found |= {key for key in _folded(word[:-2] + "ies") if fold(key) == word[:-2] + "ies"}
    if word.startswith("ja") and len(word) > 4:
        found |= {key for key in _folded(word[2:]) if key.endswith("iet") or key.endswith(("dot", "doties"))}
    found.update(irregular_keys(word))
    found.update(shared_present(word, found, whole.entries))
    return found


@functools.cache
def _loose_folded() -> dict[str, tuple[str, ...]]:
    whole = dictionary.load()
    table: dict[str, tuple[str, ...]] = {}
    for form, headwords in (whole.loose if whole else {}).items():
        table[fold(form)] = (*table.get(fold(form), ()), *headwords)
    return table
