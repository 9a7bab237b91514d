"""Rule stems: what stands in for the dictionary for names and other words it does not hold.

Every key made here begins with "~", so it never meets a dictionary key.
"""

import re

from portal.search.latvian.letters import fold

# Longest case or number ending first. "ot", "oš…" are there for participles of unknown verbs.
_ENDINGS = tuple(
    ending
    for line in (
        "ajiem",
        "ajām ajai ajam ajos ajās",
        "ajā ais iem ošs oša ošu ošo",
        "ām ēm īm am em im um ai ei ij os us is as es ās ēs īs ūs ie ot",
        "a e i o u ā ē ī ū s š",
    )
    for ending in line.split()
)
# Palatalisation before an ending (brālis → brāļa), undone; the first match wins.
_PALATAL = (
    ("šņ", "sn"), ("žņ", "zn"), ("šļ", "sl"), ("žļ", "zl"), ("ļņ", "ln"), ("ļļ", "ll"), ("ņņ", "nn"),
    ("pj", "p"), ("bj", "b"), ("mj", "m"), ("vj", "v"), ("dž", "dz"), ("č", "c"), ("ļ", "l"), ("ņ", "n"),
    ("š", "s"), ("ž", "z"),
)  # fmt: skip
_OF_J = re.compile("(.{2,}j)(?:ai|am|ā|os|ās|ām|iem)")  # Aglajai: of Aglaja, or of an adjective
_VOWEL = re.compile("[aeiouāēīōū]")
# Verbs of the productive conjugations (digitalizēt, adaptoties): everything up to the thematic vowel is one stem.
_ADJECTIVE = "(?:s|a|am|u|ā|i|iem|us|os|as|ai|ām|ās|ais|ajam|o|ajā|ie|ajiem|ajos|ajai|ajām|ajās)"
_VERB = re.compile(
    r"^(?:jā(?=.{5}))?(?P<stem>\w{2,}[ēāīo])"
    r"(?:(?P<plain>t|tu|ju|ji|ja|jām|jāt|jam|jat|šu|si|s|sim|siet|sit|jis|jusi|juši|jušas|jot|šot|"
    rf"jos?[š]{_ADJECTIVE}|jam{_ADJECTIVE}|juš{_ADJECTIVE}|t{_ADJECTIVE}|dams|dama|dami|damas)"
    r"|(?P<reflexive>ties|tos|jos|jies|jas|jās|jāmies|jāties|jamies|jaties|šos|sies|simies|sieties|sities|"
    r"jusies|jušies|jušās|joties|šoties|damies|damās))$"
)


# Where the soft consonant may come of another one besides (Eglītis: Eglīša; Briedis: Brieža).
_ALSO = (("š", "t"), ("ž", "d"))
_ALSO_TYPED = (("s", "t"), ("z", "d"))  # the same as typed without diacritics
_SOFTENING = ("iem", "a", "i", "u", "os", "us")


def hardened(rest: str, typed: bool) -> list[str]:
    """A stem, and the stems it may be softened from. typed: without diacritics."""
    found = [rest]
    for soft, hard in (*_PALATAL, *_ALSO, *(_ALSO_TYPED if typed else ())):
        if rest.endswith(soft):
            found.append(rest[: -len(soft)] + hard)
    return found


def rule_stem(word: str) -> str:
    """Folded stem of a lower-case word: longest case ending off, palatalisation undone."""
    for ending in _ENDINGS:
        if word.endswith(ending):
            rest = word[: -len(ending)]
            if len(rest) >= 2 and _VOWEL.search(rest):
                word = rest
                break
    for soft, hard in _PALATAL:
        if word.endswith(soft):
            word = word[: -len(soft)] + hard
            break
    return fold(word)


def rule_keys(word: str, typed: bool = False) -> frozenset[str]:
    """Keys of a lower-case word by rules alone: its case stem, what that may be softened from and, where it can be a
    verb, its verb stem. typed: without diacritics, as a query.
    """
    found = {"~" + rule_stem(word)}
    for ending in _SOFTENING:
        rest = word.removesuffix(ending)
        if rest is not word and len(rest) > 3:
            also = _ALSO + _ALSO_TYPED if typed else _ALSO
            found.update("~" + fold(rest[:-1] + hard) for soft, hard in also if rest.endswith(soft))
    if len(word) > 6 and (short := _OF_J.fullmatch(word)):
        found.add("~" + fold(short[1]))
    verb = _VERB.match(word)
    if verb:
        found.add("~" + fold(verb["stem"]) + ("=ties" if verb["reflexive"] else "=t"))
    elif word[-1:] in "ēāīo" and len(word) > 4:
        found.add("~" + fold(word) + "=t")  # third person present of the second conjugation: digitalizē
    return frozenset(found)
