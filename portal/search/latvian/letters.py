"""Latvian letters: lower case, folding of diacritics, and what counts as a word."""

import re
import unicodedata

WORD = re.compile(r"\w+")
_FOLD = str.maketrans("āčēģīķļņōŗšūžĀČĒĢĪĶĻŅŌŖŠŪŽ", "acegiklnorsuzACEGIKLNORSUZ")


def normal(word: str) -> str:
    """NFC and lower case: the form in which words are compared."""
    return (word if word.isascii() else unicodedata.normalize("NFC", word)).lower()


def fold(word: str) -> str:
    """The word as typed on a keyboard without Latvian letters (ā → a, š → s)."""
    return word.translate(_FOLD)
