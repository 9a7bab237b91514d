"""`Idempotency-Key`: a caller that does not know whether its request arrived sends it again; it is done once."""

import hashlib
import re
from functools import wraps

from flask import current_app, request

from portal.kernel import repeats
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _

_KEPT_HEADERS = ("Location", "ETag")


def repeatable(view):
    """Stands under `@token_needs`: the view's answer is kept with its act, and given again to the same request."""

    @wraps(view)
    def wrapper(actor, *args, **kwargs):
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return view(actor, *args, **kwargs)
        if not re.fullmatch(r"[A-Za-z0-9._:-]{1,100}", key):
            raise Invalid(_("The key may have up to 100 letters, digits and . _ : -"), field="Idempotency-Key")
        kept = repeats.begin(actor, key, _fingerprint(kwargs))
        if kept.status:
            response = current_app.response_class(kept.body, kept.status, kept.headers)
            response.headers["Idempotent-Replayed"] = "true"
            return response
        response = current_app.make_response(view(actor, *args, **kwargs))
        if response.status_code < 400:
            headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
            kept.finish(response.status_code, {"Content-Type": response.content_type, **headers}, response.get_data())
        return response

    wrapper.repeatable = True
    return wrapper


def _fingerprint(told):
    """What makes two requests the same; files by what they hold, for a form looks different each time."""
    if "entries" in told:
        held = [(one.name, one.mime, one.upload_id, one.sha256, one.staged and one.staged.sha256)
                for one in told["entries"]]  # fmt: skip
        body = repr((told["body"], held)).encode()
    else:
        body = request.get_data()
    parts = (request.method.encode(), request.full_path.encode(), request.headers.get("If-Match", "").encode(), body)
    return hashlib.sha256(b"\n".join(parts)).hexdigest()
