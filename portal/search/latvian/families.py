"""Verbs that the dictionary lists form by form, or not at all, brought back to their infinitive.

The hunspell data generates most verbs by rule, but a few reflexive verbs (mosties, sēsties, censties …) stand in
it as some hundreds of unconnected forms. The table names their roots; prefixes are free.
"""

import re

_REFLEXIVE_ENDING = (
    r"(?:i?es|os|as|ās|ieties|aties|āties|amies|āmies|oties|tos|ties|totos"
    r"|ī?sies|ī?sieties|ī?simies|ī?sities|ī?šos|ī?šoties|usies|uš(?:ās|ies|os)|oš(?:ās|ies|os)"
    r"|šanās|šanos|anās|anos|dam(?:ās|ies)|am(?:ās|ies))"
)
_ROOTS = {
    "sēsties": "sēd|sēž|sēs|sēz|sē",
    "skaisties": "skait|skaiš|skais|skaiz",
    "mosties": "mod|most|mos|moz|mo",
    "tiekties": "tiec|tiek",
    "celties": "cēl|cel|ceļ",
    "bīties": "bij|bīst|bīs|bī",
    "censties": "cenš|cent|cens|cenz",
    "dergties": "derdz|derg",
    "gausties": "gaud|gauž|gaus|gauz|gau",
    "patikties": "patīk|patik|patīc",
    "lūgties": "lūdz|lūg",
    "sliekties": "sliec|sliek",
    "ziegties": "ziedz|zieg",
    "teikties": "teic|teik",
    "sokties": "sok|soc",
}
_FAMILIES = [
    (infinitive, re.compile(rf"^(?:ne|jā)?(?P<prefix>\w*?)(?:{roots}){_REFLEXIVE_ENDING}$"))
    for infinitive, roots in _ROOTS.items()
]
# Written so that they also meet the words typed without diacritics.
_IRREGULAR = [
    (re.compile(pattern), keys)
    for pattern, keys in (
        (r"(?:ne|j[āa])?vaja(?:g|got|dz[ēe]\w*)", ("vajadzēt",)),
        (r"esmu|esi|ir|esam|esat|esot|nav|neesmu|neesi|neesam|neesat|neesot|j[āa]ir|(?:ne|j[āa])?b[ūu](?:t|s|tu|šu)",
         ("būt",)),
        (r"(?:ne)?esoš\w{1,4}", ("būt", "esošs")),
        (r"(?:ne)?ej(?:oš|am)(?:s|a|am|u|ā|i|iem|us|os|as|ai|ām|ās|ais|ajam|o|ajā|ie|ajiem|ajos|ajai|ajām|ajās)",
         ("iet",)),
        (r"t[ūu]ksto(?:tis|[šs](?:a|u|i|iem|us|os)|tim|t[īi])", ("tūkstotis",)),
        (r"tr[īi]s|trim|triju|trijiem|trij[āa]s|trijos", ("trīs",)),
        (r"desmit", ("desmits",)),
    )
]  # fmt: skip


def loose_infinitive(form: str) -> str | None:
    """Infinitive of a form that the dictionary lists without connection, or None."""
    for infinitive, pattern in _FAMILIES:
        match = pattern.match(form)
        if match:
            return match["prefix"] + infinitive
    return None


def irregular_keys(word: str) -> tuple[str, ...]:
    """Keys of the words whose forms no rule connects: vajadzēt, būt, iet, a few numerals. Empty for all others."""
    for pattern, found in _IRREGULAR:
        if pattern.fullmatch(word):
            return found
    return ()


def shared_present(word: str, found: set[str], headwords) -> list[str]:
    """Keys of the -teikt verbs for a form that reads as -sacīt: both have the present saku, saka, sakot
    (nosaka: noteikt; piesakās: pieteikties).
    """
    if "sak" not in word:
        return []
    pairs = (("sacīt", "teikt"), ("sacīties", "teikties"))
    made = [key.removesuffix(old) + new for key in found for old, new in pairs if key.endswith(old)]
    return [key for key in made if key.removesuffix("ies") in headwords]
