"""Search (meklēšana): one index over documents, cases, matters and messages, 15.1 and 15.2.

A Latvian word finds all its forms, with or without diacritics, and a person finds only what they may see.

Words of this area: *entry* (ieraksts), what the index holds for one object; *key* (atslēga), the form of a word that
its inflections share; *surface* (vārdforma), a word as written; *passage* (fragments), the piece of text shown with a
hit; *facet* (šķautne), counts by kind, year and unit.
"""
