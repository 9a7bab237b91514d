"""A kept file as an answer."""

from urllib.parse import quote

from flask import Response, stream_with_context

from portal.storage import service as storage

# what a browser may show in place; everything else is only downloaded
SHOWN_IN_PLACE = {"application/pdf", "text/plain"}


def bytes_of(sha256, name, mime, in_place):
    """The file: shown when it may be and is wanted, otherwise downloaded."""
    in_place = in_place and mime in SHOWN_IN_PLACE
    response = Response(stream_with_context(storage.iter_range(sha256)), mimetype=mime)
    response.headers["Content-Length"] = str(storage.size(sha256))
    response.headers.set("Content-Disposition", "inline" if in_place else "attachment", filename=_ascii(name))
    response.headers["Content-Disposition"] += f"; filename*=UTF-8''{quote(name, safe='')}"
    if mime != "application/pdf":
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _ascii(name):
    return name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
