"""Services and their cases (7.1–7.3, 8.1, 8.2, 3.2).

*Service (pakalpojums)*: a card of the catalogue. *Case (lieta)*: one request for a service, from its receipt to the
delivered result. *Step*: a line of a case's timeline. *PSPP*: the state's record of public services delivered, to which
each change of a case's status goes.
"""
