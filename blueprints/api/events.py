"""What happened to items, as CloudEvents 1.0 in a batch, to be replayed from a cursor (14.1)."""

import json

from apiflask.fields import Integer
from apiflask.validators import Range
from flask import Response

from blueprints.api import bp
from blueprints.api.document import openapi_change
from blueprints.api.shapes import Strict
from portal.kernel.config import settings
from portal.kernel.web import token_needs
from portal.store import service as store

BATCH = "application/cloudevents-batch+json"


class EventsIn(Strict):
    after = Integer(load_default=0, validate=Range(0, 2**62))
    limit = Integer(load_default=100, validate=Range(1, 500))


def _as_batch(operation):
    events = {"type": "array", "items": {"type": "object", "required": ["specversion", "id", "source", "type"]}}
    cursor = {"description": "Where to go on: the next call's `after`", "schema": {"type": "string"}}
    operation["responses"]["200"] = {
        "description": "The facts in order; none: nothing new",
        "headers": {"Next-Cursor": cursor},
        "content": {BATCH: {"schema": events}},
    }


@bp.get("/events")
@token_needs("store:read")
@bp.doc(tags=["Events"], summary="Follow what happens to the items that the caller may read")
@openapi_change(_as_batch)
@bp.input(EventsIn, location="query")
def list_events(actor, query_data):
    """Ask again with `after` from `Next-Cursor`; facts are kept for a time that the municipality sets. What the caller
    may read is asked at each call."""
    found = store.list_events(actor, query_data["after"], query_data["limit"])
    batch = [_cloud_event(one) for one in found]
    response = Response(json.dumps(batch, ensure_ascii=False), mimetype=BATCH)
    response.headers["Next-Cursor"] = str(found[-1].n if found else query_data["after"])
    return response


def _cloud_event(event):
    told = {
        "specversion": "1.0",
        "id": str(event.id),
        "source": f"{settings().base_url}/api/v1",
        "type": f"lv.pkip.store.{event.kind}",
        "time": event.at.isoformat(),
        "sequence": str(event.n),
        "datacontenttype": "application/json",
        "data": {"owner": event.owner, **({"holder": event.holder} if event.holder else {}), **event.data},
    }
    return told | ({"subject": str(event.item_id)} if event.item_id else {})
