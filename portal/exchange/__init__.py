"""Exchange: messages to and from other institutions and people, by channel (3.1, 3.3, 16.1, 16.2).

One channel today: the e-address and DIV, one SOAP interface (VUS). Words: message (ziņojums) is what arrives,
delivery (sūtījums) is what we send, receipt (saņemšanas apliecinājums), delivery desk (sūtījumu galds).
"""
