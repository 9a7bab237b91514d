"""Order of Latvian words (the alphabet a ā b c č … z ž; y sorts with i)."""

_ALPHABET = "aābcčdeēfgģhiījkķlļmnņoōpqrŗsštuūvwxzž"
_RANK = {ord(letter): chr(0x100 + place) for place, letter in enumerate(_ALPHABET)} | {
    ord("y"): chr(0x100 + _ALPHABET.index("i"))
}
LETTERS = "".join(map(chr, _RANK))  # the same table for SQL's translate()
RANKS = "".join(_RANK.values())


def sort_key(text: str) -> str:
    """A string whose plain order is the dictionary order of `text`."""
    return text.casefold().translate(_RANK)
