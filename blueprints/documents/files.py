"""Hand out a file: whole or a range of it, with the reading on record."""

from urllib.parse import quote

from flask import Response, request
from flask_login import current_user

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
    asked = request.range
    if_range = request.if_range.etag
    if asked is not None and asked.units == "bytes" and len(asked.ranges) == 1 and if_range in (None, etag):
        span = asked.range_for_length(size)
        if span is None:
            return Response(status=416, headers={"Content-Range": f"bytes */{size}"})
        (start, end), status = span, 206
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return Response(status=status, headers=headers)
    pieces = documents.read_range(found, start, end)
    return Response(pieces, status=status, headers=headers, direct_passthrough=True)


def disposition(name, inline=False):
    """attachment or inline, with the name in plain and in UTF-8 form (RFC 6266)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-()") else "_" for c in name)
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
