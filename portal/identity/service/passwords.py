"""Which passwords are taken: by length, never by kinds of characters, and none that is guessed first (NIST SP 800-63B,
3.1.1.2)."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from portal.kernel.config import settings
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _

COMMON = Path(__file__).with_name("common_passwords.txt")
LONGEST = 200
_ROWS = ("1234567890", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "abcdefghijklmnopqrstuvwxyz")
_BESIDE = ("pasvaldiba", "parole", "novads", "novada", "pilseta", "pagasts", "dome")  # add nothing to a name
_FEW = 3  # different characters; fewer are a pattern, whatever the length
_DIGITS = str.maketrans("01345@$!", "oleasasi")


def plain(password: str) -> str:
    """One form for what the keyboards of different systems make of the same letters."""
    return unicodedata.normalize("NFC", password)


def ensure_acceptable(password, words=()):
    """Raise Invalid("new_password") with the reason when the password is too short or easily guessed.
    words: what others know about the person: user name, names, e-mail address."""
    if reason := fault(password, words, settings().municipality, settings().min_password, settings().weak_passwords):
        raise Invalid(reason, field="new_password")


def fault(password, words=(), municipality="", shortest=8, weak=False) -> str:
    """Why the password is not taken, or an empty string. weak: length alone counts (public demonstrations, tests)."""
    password = plain(password)
    if len(password) < shortest:
        return _("A password has at least %(count)s characters", count=shortest)
    if len(password) > LONGEST:
        return _("A password has at most %(count)s characters", count=LONGEST)
    if weak:
        return ""
    core = _core(password)
    if len(set(core)) <= _FEW or len(set(password.casefold())) <= _FEW:
        return _("The same few characters repeat; choose a password that is harder to guess")
    if _is_run(password):
        return _("Neighbouring keys and rows of letters or digits are guessed first; choose another password")
    if _told(core, [*words, *re.split(r"\W+", municipality)]):
        return _("Your name, user name or the municipality's name is guessed first; choose another password")
    if core in common() or password.casefold() in common():
        return _("This is one of the passwords that are guessed first; choose another")
    return ""


@lru_cache
def common() -> frozenset[str]:
    """The list of passwords that are tried first, as `_core` writes them."""
    lines = (line.strip() for line in COMMON.read_text().splitlines())
    return frozenset(form for line in lines if line and line[0] != "#" for form in (line.casefold(), _core(line)))


def _core(text):
    """The letters alone, small, without marks, and with the digits that stand for letters read as such: what is left
    of „P@rolē2026!” is „parole”."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", bare) or bare  # a year or an exclamation mark around it changes nothing
    return re.sub(r"[\W_]", "", bare.translate(_DIGITS))


def _told(core, words):
    """Is the password one of the words, alone or twice or after another of them?"""
    left, found = core, False
    for word in sorted({_core(word) for word in words if word}, key=len, reverse=True):
        if len(word) >= 3 and word in left:
            left, found = left.replace(word, ""), True
    for word in _BESIDE if found else ():
        left = left.replace(word, "")
    return found and len(re.sub(r"\d", "", left)) < 4


def _is_run(password):
    """Nothing but runs of neighbours, in a row of the keyboard or the alphabet, forward or back, or of one digit."""
    text, place = password.casefold(), 0
    rows = [row + row for row in _ROWS] + [(row + row)[::-1] for row in _ROWS]
    while place < len(text):
        length = max(
            (size for size in range(3, len(text) - place + 1) if _runs(text[place : place + size], rows)), default=0
        )
        if not length:
            return False
        place += length
    return True


def _runs(piece, rows):
    return len(set(piece)) == 1 or any(piece in row for row in rows)
