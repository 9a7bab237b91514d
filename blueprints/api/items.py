"""Items of the document store (14.1, 14.2)."""

from datetime import UTC

from flask import Response, request, stream_with_context, url_for

from blueprints.api import bp, shapes
from blueprints.api.bodies import answer_bytes, conditional, json_or_form, picture_of, takes_lock_token
from blueprints.api.document import openapi_change
from blueprints.api.repeats import repeatable
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import token_needs
from portal.storage import service as storage
from portal.store import service as store

_RENAMED = {"class_": "class_code"}


@bp.get("/items")
@token_needs("store:read")
@bp.doc(tags=["Store"], summary="List the items that the caller may read, the newest first")
@bp.input(shapes.ItemsIn, location="query")
@bp.output(shapes.ItemsOut)
def list_items(actor, query_data):
    """Filters narrow the list; nothing tells of items that the caller may not read."""
    filters = store.ItemFilters(
        owner=query_data.get("owner", ""),
        class_code=query_data.get("class_", ""),
        level=query_data.get("level", ""),
        state=query_data["state"],
        external_id=query_data.get("external_id", ""),
        changed_after=_aware(query_data.get("changed_after")),
        since=query_data.get("since"),
        until=query_data.get("until"),
    )
    page = store.list_items(actor, filters, query_data.get("cursor"), query_data["limit"])
    parts = store.expanded(actor, page.rows, _wanted(query_data))
    return {"items": [shown(item, parts[item.id]) for item in page.rows], "next": page.next}


@bp.post("/items")
@token_needs("store:write")
@bp.doc(tags=["Store"], summary="Keep a new item, with its metadata and files")
@json_or_form(shapes.ItemIn)
@repeatable
@bp.output(shapes.ItemOut, 201)
def create_item(actor, body, entries):
    """Files come with the request, as uploads that are finished, or as SHA-256 of bytes that the caller may read."""
    fields = _fields(body)
    fields.setdefault("title", "")
    item = store.create_item(
        actor, files=entries, item_id=body.get("id"), external_id=body.get("external_id"), note=body.get("note", ""),
        **fields,
    )  # fmt: skip
    return _answered(actor, item, 201, {"Location": url_for("api.get_item", item_id=item.id)})


@bp.get("/items/<uuid:item_id>")
@token_needs("store:read")
@bp.doc(tags=["Store"], summary="Read an item's metadata")
@bp.input(shapes.ExpandIn, location="query")
@bp.output(shapes.ItemOut)
def get_item(actor, item_id, query_data):
    """The reading is recorded. `If-None-Match` with the item's ETag answers 304 when nothing changed."""
    item = store.open_item(actor, item_id)
    if request.if_none_match.contains_weak(str(item.revision)):
        return Response(status=304, headers={"ETag": f'"{item.revision}"'})
    parts = store.expanded(actor, [item], _wanted(query_data) or ("files",))
    return shown(item, parts[item.id]), 200, {"ETag": f'"{item.revision}"'}


@bp.patch("/items/<uuid:item_id>")
@token_needs("store:write")
@bp.doc(tags=["Store"], summary="Change an item's metadata, class, level or relations")
@conditional
@takes_lock_token
@bp.input(shapes.ItemChangeIn)
@bp.output(shapes.ItemOut)
def change_item(actor, item_id, json_data, revision, lock_token):
    """What was there before is kept among the item's changes."""
    item = store.change_item(actor, item_id, revision, _fields(json_data), lock_token)
    return _answered(actor, item)


@bp.delete("/items/<uuid:item_id>")
@token_needs("store:write")
@bp.doc(tags=["Store"], summary="Delete an item, with a reason; it may be restored")
@conditional
@takes_lock_token
@bp.input(shapes.DeleteIn, location="query")
@bp.output({}, 204)
def delete_item(actor, item_id, query_data, revision, lock_token):
    """From now on only its owner finds it."""
    store.delete_item(actor, item_id, revision, query_data["reason"], lock_token)
    return "", 204


@bp.post("/items/<uuid:item_id>/restore")
@token_needs("store:write")
@bp.doc(tags=["Store"], summary="Restore a deleted item")
@conditional
@bp.output(shapes.ItemOut)
def restore_item(actor, item_id, revision):
    """Grants that have not ended hold again."""
    return _answered(actor, store.restore_item(actor, item_id, revision))


@bp.post("/items/<uuid:item_id>/destroy")
@token_needs("store:write")
@bp.doc(tags=["Store"], summary="Destroy a deleted item for good")
@conditional
@bp.output(shapes.ItemOut)
def destroy_item(actor, item_id, revision):
    """Some days after it was deleted, unless it is held or must be retained. Its room is free again; what is left says
    that it was here."""
    return _answered(actor, store.destroy_item(actor, item_id, revision))


@bp.post("/items/<uuid:item_id>/versions")
@token_needs("store:write")
@bp.doc(tags=["Store"], summary="Add a version: its files, and metadata that change with it")
@conditional
@takes_lock_token
@json_or_form(shapes.VersionIn)
@repeatable
@bp.output(shapes.ItemOut, 201)
def add_version(actor, item_id, body, entries, revision, lock_token):
    """Earlier versions stay as they are."""
    item = store.add_version(actor, item_id, revision, entries, _fields(body), body.get("note", ""), lock_token)
    return _answered(actor, item, 201)


@bp.post("/items/<uuid:item_id>/lock")
@token_needs("store:write")
@bp.doc(tags=["Store"], summary="Check an item out: only the bearer of the token changes it meanwhile")
@conditional
@takes_lock_token
@bp.input(shapes.LockIn)
@bp.output(shapes.Locked)
def lock_item(actor, item_id, json_data, revision, lock_token):
    """With the token of a lock that holds, the lock is prolonged."""
    token = store.lock_item(actor, item_id, revision, json_data["minutes"], lock_token)
    item = store.get_item(actor, item_id)
    return {"lock_token": token, "locked_until": item.locked_until}, 200, {"ETag": f'"{item.revision}"'}


@bp.put("/items/<uuid:item_id>/hold")
@token_needs("store:write")
@bp.doc(tags=["Store"], summary="Let nobody change, delete or destroy an item up to a day")
@bp.input(shapes.HoldIn)
@bp.output(shapes.ItemOut)
def hold_item(actor, item_id, json_data):
    """It can be held longer afterwards, never shorter."""
    return _answered(actor, store.hold_item(actor, item_id, json_data["until"]))


@bp.delete("/items/<uuid:item_id>/lock")
@token_needs("store:write")
@bp.doc(tags=["Store"], summary="Check an item in")
@takes_lock_token
@bp.input(shapes.UnlockIn, location="query")
@bp.output({}, 204)
def unlock_item(actor, item_id, query_data, lock_token):
    """Without the token only by force, which is recorded."""
    item = store.unlock_item(actor, item_id, lock_token, query_data["force"])
    return "", 204, {"ETag": f'"{item.revision}"'}


@bp.get("/items/<uuid:item_id>/changes")
@token_needs("store:read")
@bp.doc(tags=["Store"], summary="How the metadata changed, the newest first: who, when, what")
@bp.output(shapes.ChangesOut)
def list_changes(actor, item_id):
    """The last hundred changes."""
    item = store.open_item(actor, item_id)
    return {
        "changes": [
            {"at": change.at, "by": change.by, "old": change.old, "new": change.new}
            for change in store.changes_of(item)
        ]
    }


def _any_bytes(operation):
    any_content = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
    operation["responses"]["200"] = {"description": "All bytes", "content": any_content}
    operation["responses"]["206"] = {"description": "The bytes asked for", "content": any_content}
    operation["responses"]["304"] = {"description": "The same as If-None-Match names"}
    operation["responses"]["416"] = {"description": "There are no such bytes"}
    for name, words in (("Range", "One range, for example `bytes=0-65535`"), ("If-Range", "ETag"),
                        ("If-Match", "ETag"), ("If-None-Match", "ETag")):  # fmt: skip
        operation.setdefault("parameters", []).append(
            {"name": name, "in": "header", "required": False, "description": words, "schema": {"type": "string"}}
        )


@bp.get("/items/<uuid:item_id>/files/<uuid:file_id>")
@openapi_change(_any_bytes)
@token_needs("store:read")
@bp.doc(tags=["Store"], summary="Download a file, whole or a range")
def get_file(actor, item_id, file_id):
    """ETag is the SHA-256 of the whole file; `Repr-Digest` tells it too. The reading is recorded."""
    _item, file = store.open_file(actor, item_id, file_id)
    return answer_bytes(file)


def _a_picture(operation):
    picture = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
    operation["responses"]["200"] = {"description": "PNG, 900 dots wide at most", "content": picture}


@bp.get("/items/<uuid:item_id>/files/<uuid:file_id>/preview")
@openapi_change(_a_picture)
@token_needs("store:read")
@bp.doc(tags=["Store"], summary="A picture of the first page of a PDF, or of a picture")
def get_preview(actor, item_id, file_id):
    """Made by a job soon after the file is kept; 404 until then, and where there is none. The reading is recorded."""
    return picture_of(store.open_file(actor, item_id, file_id)[1])


@bp.get("/items/<uuid:item_id>/files/<uuid:file_id>/text")
@token_needs("store:read")
@bp.doc(tags=["Store"], summary="The text of a file, as search reads it")
@bp.output(shapes.FileTextOut)
def get_text(actor, item_id, file_id):
    """With the text of files inside it. Read by a job soon after the file is kept. The reading is recorded."""
    _item, file = store.open_file(actor, item_id, file_id)
    storage.ensure_given(file.sha256)
    reading = storage.reading_of(file.sha256)
    if reading is None:
        return {"state": "waiting", "problem": None, "text": ""}
    text = storage.whole_text(file.sha256).text.strip()
    return {"state": reading.state.value, "problem": reading.problem or None, "text": text}


def _an_archive(operation):
    archive = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
    operation["responses"]["200"] = {"description": "A ZIP archive", "content": archive}


@bp.post("/exports")
@openapi_change(_an_archive)
@token_needs("store:read")
@bp.doc(tags=["Store"], summary="Many items as one ZIP archive: metadata as JSON, and files")
@bp.input(shapes.ExportIn)
def export_items(actor, json_data):
    """All of them or none: one that the caller may not read is answered as if it were not there."""
    pieces = store.export_items(actor, json_data["ids"])
    headers = {"Content-Disposition": 'attachment; filename="items.zip"'}
    return Response(stream_with_context(pieces), 200, headers, mimetype="application/zip")


@bp.post("/reservations")
@token_needs("store:write")
@repeatable
@bp.doc(tags=["Store"], summary="Reserve identifiers for items that will be kept later")
@bp.input(shapes.ReserveIn)
@bp.output(shapes.Reserved, 201)
def reserve_ids(actor, json_data):
    """Each is good for one item of the same application."""
    return {"ids": store.reserve_ids(actor, json_data["count"])}, 201


@bp.get("/classes")
@token_needs("store:read")
@bp.doc(tags=["Store"], summary="Classes into which items may be put")
@bp.output(shapes.ClassesOut)
def list_classes(actor):
    """IT staff keep the list."""
    return {"classes": [{"code": one.code, "name": one.name} for one in store.list_classes(active_only=True)]}


@bp.get("/property-sets")
@token_needs("store:read")
@bp.doc(tags=["Store"], summary="Property sets, in their newest versions")
@bp.output(shapes.PropertySetsOut)
def list_property_sets(actor):
    """What the values of `properties` must be."""
    return {
        "property_sets": [
            {"code": one.code, "version": one.version, "name": one.name, "fields_": one.fields}
            for one in store.list_property_sets()
        ]
    }


# --- shapes -----------------------------------------------------------------------------------------------------------


def shown(item, parts):
    """An item as the caller gets it."""
    told = {
        "id": item.id,
        "owner": item.owner,
        "external_id": item.external_id,
        "class_": item.class_code,
        "level": item.level.value,
        "state": item.state.value,
        "revision": item.revision,
        "version": item.number,
        "metadata": {
            "title": item.title, **item.facts, "date": item.date and item.date.isoformat(), "language": item.language,
        },
        "property_set": item.property_set and {"code": item.property_set.code, "version": item.property_set.version},
        "properties": item.properties,
        "retain_until": item.retain_until,
        "locked_until": item.locked_until,
        "held_until": item.held_until,
        "created_at": item.created_at,
        "changed_at": item.changed_at,
    }  # fmt: skip
    if "files" in parts:
        told["files"] = [_file(file) for file in parts["files"]]
    if "relations" in parts:
        told["relations"] = [
            {"kind": kind, "id": target.id, "title": target.title} for kind, target in parts["relations"]
        ]
    if "versions" in parts:
        told["versions"] = [
            {
                "version": one.number, "made_at": one.made_at, "made_by": one.made_by, "note": one.note,
                "metadata": one.snapshot, "files": [_file(file) for file in one.files],
            }
            for one in parts["versions"]
        ]  # fmt: skip
    return told


def _file(file):
    return {
        "id": file.id, "name": file.name, "mime": file.mime, "size": file.size_bytes, "sha256": file.sha256,
        "url": url_for("api.get_file", item_id=file.item_id, file_id=file.id),
        "preview_url": url_for("api.get_preview", item_id=file.item_id, file_id=file.id),
        "text_url": url_for("api.get_text", item_id=file.item_id, file_id=file.id),
    }  # fmt: skip


def _answered(actor, item, status=200, headers=None):
    parts = store.expanded(actor, [item], ("files", "relations"))
    return shown(item, parts[item.id]), status, {"ETag": f'"{item.revision}"', **(headers or {})}


def _fields(body):
    """The body's fields as arguments of the service."""
    fields = {_RENAMED.get(name, name): value for name, value in body.items()
              if name not in ("id", "external_id", "note", "metadata", "relations")}  # fmt: skip
    if "relations" in body:
        fields["relations"] = [(one["kind"], one["id"]) for one in body["relations"]]
    told = dict(body.get("metadata") or {})
    for name in ("title", "date", "language"):
        if name in told:
            fields[name] = told.pop(name)
    if told:
        fields["facts"] = told
    return fields


def _wanted(query):
    return tuple(dict.fromkeys(filter(None, query.get("expand", "").split(","))))


def _aware(moment):
    if moment is None:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise Invalid(_("This moment lies outside the calendar"), field="changed_after") from error
