"""What stands in the bar beside its words."""

import time

from flask import current_app

from portal.search import service as search
from portal.workflow import service as workflow

_KEPT_S = 2
_MOST = 5000


def counts(actor, fresh=False) -> dict[str, int]:
    """How much waits for the person, how much of it is late, and what is new in their saved searches. Kept for two
    seconds, and until this process says that the person's list changed; fresh: ask in any case, as screens do that were
    told of a change."""
    kept = current_app.extensions.setdefault("pkip.counts", {})
    told = current_app.extensions["pkip.live"]
    now = time.monotonic()
    at, found = kept.get(actor.person_id, (0, None))
    if found is None or fresh or now - at > _KEPT_S or told.changed_after(f"person:{actor.person_id}", at):
        found = dict(zip(("work", "late"), workflow.count_waiting(actor), strict=True))
        found["found"] = search.count_news(actor)
        if len(kept) > _MOST:
            kept.clear()
        kept[actor.person_id] = (now, found)
    return found
