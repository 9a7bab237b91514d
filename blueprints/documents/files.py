"""Hand out a file: whole or a range of it, with the reading on record."""

from urllib.parse import quote

from flask import Response, request
from flask_login import current_user
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from blueprints.documents import bp
from blueprints.documents.purposes import purpose_of
from portal.documents import service as documents
from portal.kernel.web import needs

# what browsers can show and what cannot run anything in our page
_INLINE = {"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"}


@bp.route("/documents/<uuid:document_id>/files/<uuid:file_id>")
@needs("documents.read")
def file(document_id, file_id):
    """The bytes of a file. `?view=1` shows PDF and pictures in place; everything else is only ever saved."""
    found = documents.open_file(current_user, document_id, file_id, purpose_of(document_id))
    size, etag = found.size_bytes, found.sha256
    inline = bool(request.args.get("view")) and found.mime in _INLINE
    start, end, status = 0, size, 200
    headers = {
        "Content-Type": found.mime if found.mime in _INLINE else "application/octet-stream",
        "Content-Disposition": disposition(found.name, inline=inline),
        "Accept-Ranges": "bytes",
        "ETag": f'"{etag}"',
        "X-Content-Type-Options": "nosniff",
    }
    if not inline:  # should a browser open it after all, it can neither run nor fetch anything
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    if span := asked_range(size, etag):
        (start, end), status = span, 206
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return Response(status=status, headers=headers)
    pieces = documents.read_range(found, start, end)
    return Response(pieces, status=status, headers=headers, direct_passthrough=True)


def asked_range(size, etag) -> tuple[int, int] | None:
    """The one range of so many bytes that the request asks for; None for all of them, as for several ranges and for
    another version than the caller has. Raises RequestedRangeNotSatisfiable."""
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return None
    if "If-Range" in request.headers and request.if_range.etag != etag:
        return None
    if size and asked.ranges[0][0] < -size:  # the last bytes, more than there are
        return 0, size
    span = asked.range_for_length(size)
    if span is None:
        raise RequestedRangeNotSatisfiable(size)
    return span


def disposition(name, inline=False):
    """attachment or inline, with the name in plain and in UTF-8 form (RFC 6266)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-()") else "_" for c in name)
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
