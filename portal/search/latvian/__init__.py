"""Latvian analysis for search: `keys(word)` of a text, `query_keys(word)` of a query.

Two forms of one word share a key (rakstīja, jāraksta, rakstošajiem → rakstīt); a query needs no diacritics.
"""

from portal.search.latvian.analysis import keys, query_keys
from portal.search.latvian.dictionary import find as find_dictionary
from portal.search.latvian.letters import WORD, fold, normal

__all__ = ["WORD", "find_dictionary", "fold", "keys", "normal", "query_keys"]
