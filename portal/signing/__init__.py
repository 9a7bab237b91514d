"""Signing: having documents signed by people and by the municipality's seal, and judging what others have signed.

Requirements 3.1, 12 (signatures), E1; rules LAW-50, 51, 54 (who signs council papers, and until when) and LAW-137 to
143 (what counts as signed). Words: *signature request* (parakstīšanas pieprasījums), *signer* (parakstītājs), *seal*
(elektroniskais zīmogs), *time stamp* (laika zīmogs), *verdict* (derīgs, nederīgs, nevar noteikt), *container* (ASiC-E
or EDOC file). A seal says where a paper comes from; it never takes the place of an official's signature (LAW-138).

The judging half (`report`, `algorithms`, `trust`, `timestamps`, `ocsp`, `asice`, `pdf`, `verify`) is pure: bytes and
roots of trust in, a report out, no database and no network.
"""
