"""Grants: who else may read (14.1)."""

from blueprints.api import bp, shapes
from blueprints.api.repeats import repeatable
from portal.kernel.web import token_needs
from portal.store import service as store


@bp.get("/items/<uuid:item_id>/readers")
@token_needs("store:read")
@bp.doc(tags=["Store"], summary="Who can read this item, why and until when; for its owner")
@bp.output(shapes.ReadersOut)
def list_readers(actor, item_id):
    """The owner itself, and each grant that holds today."""
    return {
        "readers": [
            {
                "holder": one.holder, "name": one.name, "why": one.why, "until": one.until, "class_": one.class_code,
                "up_to_level": one.up_to_level, "grant": one.grant_id,
            }
            for one in store.readers_of(actor, item_id)
        ]
    }  # fmt: skip


@bp.get("/grants")
@token_needs("store:read")
@bp.doc(tags=["Store"], summary="Grants that the caller gave or has")
@bp.input(shapes.GrantsIn, location="query")
@bp.output(shapes.GrantsOut)
def list_grants(actor, query_data):
    """The newest first; ended ones with `ended=true`."""
    page = store.list_grants(
        actor, query_data.get("owner", ""), query_data.get("holder", ""), query_data["ended"],
        query_data.get("cursor"), query_data["limit"],
    )  # fmt: skip
    return {"grants": [shown(grant) for grant in page.rows], "next": page.next}


@bp.post("/grants")
@token_needs("store:write")
@repeatable
@bp.doc(tags=["Store"], summary="Let an application, a unit or a role read")
@bp.input(shapes.GrantIn)
@bp.output(shapes.GrantOut, 201)
def give_grant(actor, json_data):
    """One item, or a class of the caller's items up to a level; until a day (inclusive) or for good."""
    grant = store.give_grant(
        actor, actor.client, json_data["holder"], item_id=json_data.get("item"), class_code=json_data.get("class_"),
        up_to_level=json_data.get("up_to_level"), until=json_data.get("until"), reason=json_data.get("reason", ""),
    )  # fmt: skip
    return shown(grant), 201


@bp.delete("/grants/<uuid:grant_id>")
@token_needs("store:write")
@bp.doc(tags=["Store"], summary="End a grant, at once")
@bp.output({}, 204)
def end_grant(actor, grant_id):
    """The holder's next request is refused."""
    store.end_grant(actor, grant_id)
    return "", 204


def shown(grant):
    """A grant as the caller gets it."""
    return {
        "id": grant.id, "owner": grant.owner, "holder": grant.holder, "item": grant.item_id,
        "class_": grant.class_code, "up_to_level": grant.up_to_level, "until": grant.until, "reason": grant.reason,
        "given_at": grant.given_at, "ended_at": grant.ended_at,
    }  # fmt: skip
