"""Many items at once: a manifest in JSON Lines or CSV, kept by a job, with a report for each row (14.1)."""

import csv
import io
import json
import re

from apiflask.fields import UUID, DateTime, Dict, Integer, List, Nested, String
from apiflask.validators import OneOf, Range
from flask import request, url_for
from marshmallow import ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from blueprints.api import bp, shapes
from blueprints.api.bodies import checked_json
from blueprints.api.document import NotAsDescribed, _flat, openapi_change
from blueprints.api.items import _fields
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import token_needs
from portal.store import service as store

JSON_LINES, CSV = ("application/jsonl", "application/x-ndjson"), "text/csv"
MOST_BYTES = 20 * 1024 * 1024
COLUMNS = ("title", "creator", "subject", "description", "type", "date", "language", "source", "coverage", "rights")
LISTS = ("creator", "subject")
_NUL = re.compile(r"(?<!\\)(\\\\)*\\u0000")  # as JSON writes it


class RowOut(shapes.Strict):
    n = Integer()
    external_id = String()
    result = String()
    why = String(allow_none=True)
    item_id = UUID(allow_none=True)


class ImportOut(shapes.Strict):
    id = UUID()
    total = Integer()
    done = Integer()
    results = Dict(keys=String(), values=Integer())
    created_at = DateTime()
    finished_at = DateTime(allow_none=True)


class RowsIn(shapes.Strict):
    after = Integer(load_default=0, validate=Range(0, 1_000_000))
    limit = Integer(load_default=500, validate=Range(1, 1000))
    result = String(load_default=None, validate=OneOf(["waiting", "created", "same", "refused"]))


class RowsOut(shapes.Strict):
    rows = List(Nested(RowOut))


def _as_manifest(operation):
    kinds = (*JSON_LINES, CSV)
    operation["requestBody"] = {"required": True, "content": {kind: {"schema": {"type": "string"}} for kind in kinds}}


@bp.post("/imports")
@token_needs("store:write")
@bp.doc(tags=["Imports"], summary="Keep many items: one JSON object a line as for a new item, or CSV")
@openapi_change(_as_manifest)
@bp.output(ImportOut, 202)
def start_import(actor):
    """Every row needs an external identifier: a row that was imported before is not doubled. The form of all rows is
    checked first; with a mistake in one, none is taken. Columns of CSV: external_id, class, level, upload, sha256,
    file_name and the fields of Dublin Core; several values are divided by `|`."""
    rows, errors, seen = [], [], set()
    for n, body in enumerate(_bodies(), start=1):
        try:
            loaded = shapes.ItemIn().load(body)
        except ValidationError as error:
            errors += _flat(error.messages, f"/{n}")
            continue
        external_id = loaded.get("external_id", "")
        if not external_id or external_id in seen or "id" in loaded:
            errors.append((f"/{n}/external_id", _("Each row needs an external identifier of its own")))
        for at, one in enumerate(loaded.get("files") or ()):
            if ("upload" in one) == ("sha256" in one):
                errors.append((f"/{n}/files/{at}", _("Name an upload or a SHA-256, not both")))
        seen.add(external_id)
        fields = _plain(_fields(loaded))
        if _NUL.search(json.dumps(fields)):  # in a property: the other texts have been checked
            errors.append((f"/{n}/properties", _("This must be text")))
        rows.append((external_id, fields))
    if errors:
        raise NotAsDescribed(errors[:200])
    asked = store.ask_import(actor, rows)
    return _shown(actor, asked.id), 202, {"Location": url_for("api.get_import", import_id=asked.id)}


@bp.get("/imports/<uuid:import_id>")
@token_needs("store:write")
@bp.doc(tags=["Imports"], summary="How far an import is")
@bp.output(ImportOut)
def get_import(actor, import_id):
    """`results` counts the rows by what became of them."""
    return _shown(actor, import_id)


@bp.get("/imports/<uuid:import_id>/rows")
@token_needs("store:write")
@bp.doc(tags=["Imports"], summary="What became of each row, and why it was refused")
@bp.input(RowsIn, location="query")
@bp.output(RowsOut)
def list_import_rows(actor, import_id, query_data):
    """In order; go on with `after` the last row's `n`."""
    found = store.list_import_rows(actor, import_id, query_data["after"], query_data["limit"], query_data["result"])
    return {
        "rows": [
            {"n": row.n, "external_id": row.external_id, "result": row.result.value, "why": row.why or None,
             "item_id": row.item_id}
            for row in found
        ]
    }  # fmt: skip


def _shown(actor, import_id):
    found, results = store.get_import(actor, import_id)
    return {
        "id": found.id, "total": found.total, "done": found.total - results.get("waiting", 0), "results": results,
        "created_at": found.created_at, "finished_at": found.finished_at,
    }  # fmt: skip


def _bodies():
    if request.mimetype not in (*JSON_LINES, CSV):
        raise UnsupportedMediaType
    request.max_content_length = MOST_BYTES
    try:
        text = request.get_data().decode("utf-8-sig")
        if request.mimetype == CSV:
            return [_of_csv(row) for row in csv.DictReader(io.StringIO(text))]
        # not splitlines(): a text in JSON may hold other signs that end a line
        return [checked_json(json.loads(line)) for line in text.split("\n") if line.strip()]
    except (ValueError, csv.Error) as error:
        raise NotAsDescribed(
            [("/", _("The manifest cannot be read: %(cause)s", cause=str(error)[:200]))], 400
        ) from error


def _of_csv(row):
    if None in row:
        raise Invalid(_("A row has more columns than the first line names"))
    row = {name.strip(): (value or "").strip() for name, value in row.items()}
    split = {name: row[name].split("|") if name in LISTS else row[name] for name in COLUMNS if row.get(name)}
    file = {name: row[name] for name in ("upload", "sha256") if row.get(name)}
    if file and row.get("file_name"):
        file["name"] = row["file_name"]
    body = {name: row[name] for name in ("external_id", "class", "level") if row.get(name)}
    return body | {"metadata": split} | ({"files": [file]} if file else {})


def _plain(fields):
    """As JSON keeps it until the job takes it up."""
    return json.loads(json.dumps(fields, default=str))
