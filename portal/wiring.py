"""Which event makes which area do what. Read it from top to bottom and the golden thread passes by.

TOGETHER: in the same transaction, both happen or neither; called with the actor and the event's fields.
LATER: after commit, by a job, with the event's fields."""

TOGETHER = []
LATER = []
