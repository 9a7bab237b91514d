"""Whether a text names what a member has declared: words in any of their endings, or a registration number (LAW-49)."""

import re

# Words that only say what kind of thing a name is of
_FORMS = {"sia", "as", "ik", "zs", "z/s", "biedrība", "nodibinājums", "kooperatīvā", "sabiedrība", "akciju"}
_QUOTES = re.compile("[\"'„“”‟«»]")
_ENDING = re.compile("[aāeēiīouūsšmņ]{1,2}$")
SHORTEST = 4  # letters of a name; a shorter one would be found everywhere


def names(text: str, subject: str, number: str | None = None) -> bool:
    """Whether the text names the subject. A hint for people to look, never a decision."""
    if number and re.search(rf"\b{re.escape(number)}\b", text):
        return True
    words = [word for word in _words(subject) if word not in _FORMS]
    if sum(map(len, words)) < SHORTEST:
        return False
    wanted = r"\W+".join(rf"{re.escape(_stem(word))}\w{{0,4}}" for word in words)
    return re.search(rf"\b{wanted}\b", " ".join(_words(text))) is not None


def _words(text):
    return _QUOTES.sub(" ", text.casefold()).split()


def _stem(word):
    return _ENDING.sub("", word) if len(word) > SHORTEST else word
