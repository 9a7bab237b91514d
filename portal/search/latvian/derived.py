"""Verb forms that the dictionary's rules leave out, brought to a form or an infinitive that it knows.

Each row is (pattern of the form, ending to put instead, endings an infinitive must have to count).
"""

import re

_ADJECTIVE = "(?:s|a|am|u|ā|i|iem|us|os|as|ai|ām|ās|ais|ajam|o|ajā|ie|ajiem|ajos|ajai|ajām|ajās)"
# Tried for every word: the form may also be read as another verb (radīsies: radīties, and rasties).
_ALWAYS = tuple(
    (re.compile(pattern), instead, infinitives)
    for pattern, instead, infinitives in (
        (r"(.+[dtsz])ī(?:s|si|sim|siet|sit|šu|šot)", "a", ("st", "zt")),
        (r"(.+[dtszš])ī(?:sies|simies|sieties|sities|šos|šoties)", "ās", ("sties", "zties")),
        (rf"(?:ne|jā)?(.*(?:guļ|sēž))(?:oš|am){_ADJECTIVE}", "u", ("gulēt", "sēdēt")),
        (rf"(?:ne|jā)?(.*lū)st(?:u|am|at|ot|(?:oš|am){_ADJECTIVE})?", "zt", ("lūzt",)),
        (rf"(?:ne|jā)?(.*plūst)(?:at|ot|oš{_ADJECTIVE})?", "", ("plūst",)),
        (r"(.+)ušās", "usies", ("ties",)),
        (r"jā(.+)oties", "oties", ("ties",)),
        (r"jā(.+)ot", "ot", ("t",)),
    )
)
# Tried for words that the dictionary does not know at all.
_UNKNOWN = tuple(
    (re.compile(pattern), instead, infinitives)
    for pattern, instead, infinitives in (
        (r"(?:ne)?(.+)(?:usi|uši|uš(?:as|am|ais|ajam|ajā|ajiem|ajām|ajos|ajās|iem|ām|ā|u|o|a))", "a", ("t",)),
        (r"(?:ne)?(.+)(?:usies|ušies|ušās|ušos)", "ās", ("ties",)),
        (rf"(?:ne)?(.+?)(?:tu|t{_ADJECTIVE}|s|šu|si|sim|siet|sit|šot)", "t", ("t",)),
        (r"(?:ne)?(.+)jot", "ju", ("t",)),
        (r"(?:ne)?(.+j)oties", "os", ("ties",)),
    )
)
_COMPARED = re.compile(rf"(?:vis)?(.{{3,}})āk{_ADJECTIVE}")


def compared(word: str) -> list[str]:
    """The positive of a comparative or superlative: visabstraktākām → abstrakts."""
    match = _COMPARED.fullmatch(word)
    return [match[1] + "s", match[1] + "š"] if match else []


def known_forms(word: str, unknown: bool):
    """(form to look up instead, endings that its infinitive must have) for each rule that fits the word."""
    for pattern, instead, infinitives in _ALWAYS + (_UNKNOWN if unknown else ()):
        match = pattern.fullmatch(word)
        if match:
            yield match[1] + instead, infinitives
