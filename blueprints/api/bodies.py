"""Request bodies that are JSON or a form with files; conditions in headers; bytes with ranges."""

import base64
import json
import re
from functools import wraps

from apiflask.scaffold import _annotate
from flask import Response, request
from marshmallow import ValidationError
from werkzeug.exceptions import BadRequest, PreconditionFailed, PreconditionRequired, UnsupportedMediaType

from blueprints.api.document import NotAsDescribed, _flat, openapi_change
from blueprints.documents.files import asked_range, disposition
from portal.kernel.db import released
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import _
from portal.storage import service as storage
from portal.store import service as store

INLINE = {"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"}


# --- bodies -----------------------------------------------------------------------------------------------------------


def json_or_form(schema):
    """The view gets `body`, and `entries` of type FileEntry. The body is JSON, or a form whose part `item` is that JSON
    and whose parts `files` are the files. Stands above `@repeatable`, which must know the files, and must not be let go
    of once it holds the caller's key."""

    def decorate(view):
        @wraps(view)
        def wrapper(actor, *args, **kwargs):
            entries = []
            with released():  # reading and encrypting is slow, and nobody waits for it
                body, files = _read()
                if files and isinstance(body, dict):
                    body.setdefault("files", [])  # all of them are parts of the form
                try:
                    body = schema().load(body)
                except ValidationError as error:
                    raise NotAsDescribed(_flat(error.messages, "")) from error
                entries += [_entry(n, one) for n, one in enumerate(body.pop("files", None) or ())]
                entries += store.stage_entries((file.filename or "", file.stream) for file in files)
            try:
                return view(actor, *args, body=body, entries=entries, **kwargs)
            finally:
                for entry in entries:
                    if entry.staged is not None:
                        storage.discard(entry.staged)

        _annotate(wrapper, body=schema(), body_example=None, body_examples=None, content_type="application/json")
        return openapi_change(_also_form)(wrapper)

    return decorate


def _read():
    if request.mimetype == "multipart/form-data":
        part = request.form.get("item") or (request.files["item"].read() if "item" in request.files else "{}")
        try:
            return checked_json(json.loads(part)), request.files.getlist("files")
        except ValueError as error:
            raise BadRequest from error
    if not request.is_json:
        raise UnsupportedMediaType
    return checked_json(request.get_json()), []


def checked_json(value):
    """The same value. Raises BadRequest for text that cannot be kept."""
    # a database takes no half of a surrogate pair
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise BadRequest
    if isinstance(value, dict):
        return {checked_json(key): checked_json(inner) for key, inner in value.items()}
    return [checked_json(inner) for inner in value] if isinstance(value, list) else value


def _entry(n, given):
    if ("upload" in given) == ("sha256" in given):
        raise Invalid(_("Name an upload or a SHA-256, not both"), field=f"files/{n}")
    return store.FileEntry(
        name=given.get("name", ""), mime=given.get("mime", ""), upload_id=given.get("upload"),
        sha256=given.get("sha256", ""),
    )  # fmt: skip


def _also_form(operation):
    body = operation["requestBody"]
    body["required"] = True
    body["description"] = (
        "JSON; or multipart/form-data with a part `item` (this JSON) and parts `files` (the files themselves)"
    )


# --- conditions -------------------------------------------------------------------------------------------------------


def conditional(view):
    """The request must say in `If-Match` which revision it is about; the view gets `revision`, None for `*`."""

    @wraps(view)
    def wrapper(actor, *args, **kwargs):
        told = request.headers.get("If-Match", "").strip()
        if not told:
            raise PreconditionRequired
        if told == "*":
            return view(actor, *args, revision=None, **kwargs)
        found = re.fullmatch(r'"(\d{1,9})"', told)
        if found is None:
            raise PreconditionFailed
        return view(actor, *args, revision=int(found[1]), **kwargs)

    return openapi_change(_also_conditions)(wrapper)


def _also_conditions(operation):
    operation.setdefault("parameters", []).append(
        {
            "name": "If-Match", "in": "header", "required": True, "description": "The ETag of the item, or `*`",
            "schema": {"type": "string", "pattern": '^("[0-9]{1,9}"|\\*)$'},
        }
    )  # fmt: skip


def takes_lock_token(view):
    """While the item is checked out, the request carries the token in `Lock-Token`; the view gets `lock_token`."""

    @wraps(view)
    def wrapper(*args, **kwargs):
        return view(*args, lock_token=request.headers.get("Lock-Token", ""), **kwargs)

    return openapi_change(_also_lock)(wrapper)


def _also_lock(operation):
    operation.setdefault("parameters", []).append(
        {
            "name": "Lock-Token", "in": "header", "required": False, "description": "Of whoever checked the item out",
            "schema": {"type": "string", "maxLength": 40, "pattern": "^[A-Za-z0-9_-]*$"},
        }
    )  # fmt: skip


# --- bytes ------------------------------------------------------------------------------------------------------------


def answer_bytes(file, inline=False):
    """The file's bytes, whole or a range; by conditions none of them. Constant memory."""
    etag, size = file.sha256, file.size_bytes
    shown = inline and file.mime in INLINE
    digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    headers = {
        "Content-Type": file.mime if shown else _harmless(file.mime),
        "Content-Disposition": disposition(file.name, inline=shown),
        "Accept-Ranges": "bytes",
        "ETag": f'"{etag}"',
        "Repr-Digest": f"sha-256=:{digest}:",
        "Digest": f"sha-256={digest}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    if "If-Match" in request.headers and not request.if_match.contains(etag):
        raise PreconditionFailed
    if request.if_none_match.contains_weak(etag):
        return Response(status=304, headers={"ETag": f'"{etag}"'})
    start, end, status = 0, size, 200
    if span := asked_range(size, etag):
        (start, end), status = span, 206
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return Response(status=status, headers=headers)
    return Response(storage.iter_range(etag, start, end), status, headers, direct_passthrough=True)


def picture_of(file):
    """The picture of a file's first page. Raises NotFound."""
    storage.ensure_given(file.sha256)
    sha256 = storage.previews_of([file.sha256]).get(file.sha256)
    if sha256 is None:
        raise NotFound(_("There is no picture of this file"))
    if request.if_none_match.contains_weak(sha256):
        return Response(status=304, headers={"ETag": f'"{sha256}"'})
    return Response(storage.iter_range(sha256), mimetype="image/png", headers={"ETag": f'"{sha256}"'})


def _harmless(mime):
    """Pages and scripts are handed out as bytes: no browser runs them."""
    active = ("html", "xml", "svg", "javascript", "ecmascript")
    return "application/octet-stream" if any(word in mime.lower() for word in active) else mime
