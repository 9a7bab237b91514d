"""Resumable uploads: tus 1.0 with creation, creation-with-upload, expiration, termination and checksum (14.1)."""

import base64
import binascii
from contextlib import suppress
from email.utils import format_datetime
from functools import wraps

from flask import after_this_request, jsonify, request, url_for
from flask import make_response as plain_response
from werkzeug.exceptions import BadRequest, ClientDisconnected, PreconditionFailed, UnsupportedMediaType

from blueprints.api import bp
from blueprints.api.document import openapi_change
from portal.kernel.config import settings
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import begin_writing, public, token_needs
from portal.storage import service as storage

VERSION = "1.0.0"
PIECE = "application/offset+octet-stream"
EXTENSIONS = "creation,creation-with-upload,expiration,termination,checksum"
HASHES = ("sha256", "sha1", "sha512")
SMALL = 64 * 1024  # at the end of a body the reader must not take what belongs to the next request
SILENCE_S = 60  # a connection that gives no byte for so long is dead; its sender resumes


def tus(view):
    """Speaks the protocol's version, in its refusals too."""

    @wraps(view)
    def wrapper(*args, **kwargs):
        @after_this_request
        def say(response):
            response.headers["Tus-Resumable"] = VERSION
            if response.status_code == 412:
                response.headers["Tus-Version"] = VERSION
            return response

        request.max_content_length = settings().max_resumable_bytes  # not that of a form
        if request.method not in ("OPTIONS", "GET") and request.headers.get("Tus-Resumable") != VERSION:
            raise PreconditionFailed
        return view(*args, **kwargs)

    return wrapper


def described(*names, status, says, body=False):
    """In the OpenAPI document: the protocol's headers, which no schema of a body could say."""

    def complete(operation):
        operation["parameters"] = [*operation.get("parameters", ()), *(PARAMETERS[name] for name in names)]
        if body:
            operation["requestBody"] = {"content": {PIECE: {"schema": {"type": "string", "format": "binary"}}}}
        operation["responses"] = {str(status): {"description": says}, "default": operation["responses"]["default"]}

    return openapi_change(complete)


def _parameter(name, says, required=True, **schema):
    return {"name": name, "in": "header", "required": required, "description": says, "schema": schema}


PARAMETERS = {
    "version": _parameter("Tus-Resumable", "Version of the protocol", type="string", enum=[VERSION]),
    "length": _parameter("Upload-Length", "Bytes of the whole file", type="integer", minimum=0),
    "offset": _parameter("Upload-Offset", "Where this piece begins, as HEAD tells", type="integer", minimum=0),
    "metadata": _parameter(
        "Upload-Metadata", "`filename` and `filetype`, each with its value in base64", required=False, type="string"
    ),
    "checksum": _parameter(
        "Upload-Checksum", f"{', '.join(HASHES)}: the name, a space and the digest of this piece in base64",
        required=False, type="string",
    ),
}  # fmt: skip


@bp.route("/uploads", methods=["OPTIONS"], provide_automatic_options=False)
@bp.doc(hide=True)
@public
@tus
def upload_options():
    """What this server can do."""
    response = plain_response("", 204)
    response.headers["Tus-Version"] = VERSION
    response.headers["Tus-Extension"] = EXTENSIONS
    response.headers["Tus-Max-Size"] = str(settings().max_resumable_bytes)
    response.headers["Tus-Checksum-Algorithm"] = ",".join(HASHES)
    return response


@bp.route("/uploads", methods=["POST"])
@bp.doc(tags=["Uploads"])
@described("version", "length", "metadata", "checksum", status=201, body=True, says="Made; `Location` is its address")
@token_needs("store:write")
@tus
def start_upload(actor):
    """Make room for a file; its first piece may come along."""
    said = _metadata()
    upload = storage.start_upload(
        actor, _number("Upload-Length"), said.get("filename", ""), said.get("filetype", said.get("type", ""))
    )
    upload_id = upload.id
    if request.mimetype == PIECE:
        upload = storage.receive(actor, upload_id, 0, _Body(), request.content_length, _checksum())
    response = _said(upload, 201)
    response.headers["Location"] = url_for("api.upload", upload_id=upload_id, _external=True)
    return response


@bp.route("/uploads/<uuid:upload_id>", methods=["HEAD", "GET"])
@bp.doc(tags=["Uploads"])
@described(status=200, says="How far it has come")
@token_needs("store:write")
@tus
def upload(actor, upload_id):
    """How far an upload has come; with GET also its state in words."""
    found, offset = storage.get_upload(actor, upload_id)
    if found.state is storage.UploadState.RECEIVING and offset == found.size_bytes:
        begin_writing()
        storage.note_complete(actor, upload_id)
        found, offset = storage.get_upload(actor, upload_id)
    if request.method == "HEAD":
        response = _said(found, 200, offset)
        response.headers["Upload-Length"] = str(found.size_bytes)
        return response
    return jsonify(
        id=found.id,
        name=found.name,
        size=found.size_bytes,
        offset=offset,
        state=found.state.value,
        problem=found.problem or None,
        sha256=found.sha256 if found.state is storage.UploadState.READY else None,
        media_type=found.mime or None,
        expires=found.expires_at.isoformat(),
    )


@bp.route("/uploads/<uuid:upload_id>", methods=["PATCH"])
@bp.doc(tags=["Uploads"])
@described("version", "offset", "checksum", status=204, body=True, says="Received up to `Upload-Offset`")
@token_needs("store:write")
@tus
def add_to_upload(actor, upload_id):
    """The next piece."""
    return _add(actor, upload_id)


@bp.route("/uploads/<uuid:upload_id>", methods=["DELETE"])
@bp.doc(tags=["Uploads"])
@described("version", status=204, says="Thrown away")
@token_needs("store:write")
@tus
def end_upload(actor, upload_id):
    """The sender no longer wants it."""
    return _end(actor, upload_id)


@bp.route("/uploads/<uuid:upload_id>", methods=["POST"])
@bp.doc(hide=True)
@token_needs("store:write")
@tus
def override_upload(actor, upload_id):
    """For networks that let only GET and POST through."""
    acts = {"PATCH": _add, "DELETE": _end}
    act = acts.get(request.headers.get("X-HTTP-Method-Override", "").upper())
    if act is None:
        raise BadRequest
    return act(actor, upload_id)


def _add(actor, upload_id):
    if request.mimetype != PIECE:
        raise UnsupportedMediaType
    offset = _number("Upload-Offset")
    return _said(storage.receive(actor, upload_id, offset, _Body(), request.content_length, _checksum()), 204)


def _end(actor, upload_id):
    storage.end_upload(actor, upload_id)
    return plain_response("", 204)


class _Body:
    """The request's body. Where the line breaks off it ends: what came is kept.

    gunicorn's own reading copies every byte six times, five times slower than the line; so the bulk is taken from the
    socket itself, and the reader above it is told how much that was."""

    def __init__(self):
        self._socket = request.environ.get("gunicorn.socket")
        if self._socket is not None:
            self._socket.settimeout(SILENCE_S)
        reader = getattr(request.environ["wsgi.input"], "reader", None)
        direct = isinstance(getattr(reader, "length", None), int) and hasattr(reader.unreader, "take_buffered")
        self._reader = reader if direct and self._socket is not None else None
        self._stream = request.stream

    def readinto(self, view):
        """Fill the view as far as the body goes; returns how far."""
        filled = 0
        with suppress(ClientDisconnected, OSError):
            while filled < len(view) and (length := self._some(view[filled:])):
                filled += length
        return filled

    def _some(self, view):
        if self._reader is None or self._reader.length < SMALL:
            data = self._stream.read(len(view))
        else:
            view = view[: self._reader.length]
            data = self._reader.unreader.take_buffered()
            if not data:
                length = self._socket.recv_into(view)
                self._reader.length -= length
                return length
            if len(data) > len(view):
                self._reader.unreader.unread(data[len(view) :])
                data = data[: len(view)]
            self._reader.length -= len(data)
        view[: len(data)] = data
        return len(data)


def _said(upload, status, offset=None):
    response = plain_response("", status)
    response.headers["Upload-Offset"] = str(upload.received_bytes if offset is None else offset)
    response.headers["Upload-Expires"] = format_datetime(upload.expires_at, usegmt=True)
    return response


def _number(name):
    value = request.headers.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) < 20):
        raise Invalid(_("The header %(name)s must be a whole number", name=name))
    return int(value)


def _metadata():
    """Upload-Metadata: `key base64,key base64`."""
    found = {}
    for pair in filter(None, request.headers.get("Upload-Metadata", "").split(",")):
        key, _space, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Invalid(_("The header %(name)s is not understood", name="Upload-Metadata")) from error
    return found


def _checksum():
    value = request.headers.get("Upload-Checksum")
    if value is None:
        return None
    algorithm, _space, digest = value.partition(" ")
    if algorithm not in HASHES:
        raise Invalid(_("The header %(name)s is not understood", name="Upload-Checksum"))
    try:
        return algorithm, base64.b64decode(digest, validate=True)
    except binascii.Error as error:
        raise Invalid(_("The header %(name)s is not understood", name="Upload-Checksum")) from error
