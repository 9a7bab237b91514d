"""Audit: who did or read what, when, on what legal basis, provable to an outsider (6.1, 16.1; LAW-144 to 149).

There is one log. Each act leaves its record in the transaction of the act; each reading of personal data leaves it
before the page leaves. A sealer puts the records into a Merkle tree, signs its state (a checkpoint) and copies it to
a witness that the administrators of the database cannot reach.

Words: record (ieraksts), seal (zīmogs), checkpoint (kontrolpunkts), witness (liecinieks), proof (pierādījums),
leaf: the hash of one record, the unit of the tree.
"""
