"""Errors as a page, a partial or problem JSON (RFC 9457); refusals are audited in a transaction of their own."""

import secrets
from urllib.parse import urlsplit

from flask import current_app, g, jsonify, make_response, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from portal.audit import service as audit
from portal.kernel.db import reading
from portal.kernel.errors import ConfirmationNeeded, Forbidden, PortalError
from portal.kernel.i18n import _
from portal.kernel.web import go_to, is_htmx, undo_request

_TITLES = {
    400: lambda: _("The request is not understood"),
    401: lambda: _("Sign in first"),
    403: lambda: _("You may not do this"),
    404: lambda: _("There is no such page"),
    405: lambda: _("This cannot be done this way"),
    409: lambda: _("Somebody was faster"),
    412: lambda: _("It has been changed meanwhile"),
    413: lambda: _("The file is too large"),
    415: lambda: _("This form of content is not taken"),
    416: lambda: _("There are no such bytes"),
    422: lambda: _("Something is not filled in correctly"),
    423: lambda: _("Somebody else has locked it"),
    428: lambda: _("Say which version you mean (If-Match)"),
    429: lambda: _("Too many requests"),
    500: lambda: _("Something went wrong"),
    502: lambda: _("The other system refused"),
    503: lambda: _("The other system does not answer"),
    507: lambda: _("There is no room left"),
}


def init_app(app):
    """Handlers for our six errors, for HTTP's own and for the unexpected."""

    @app.errorhandler(PortalError)
    def known(error):
        undo_request()
        if isinstance(error, ConfirmationNeeded):
            return _ask_who(request)
        if isinstance(error, Forbidden):
            audit_refusal(error)
        with reading():
            for told in error.on_record:
                audit.record(_caller(), **told)
        response = _answer(error.status, error.message, _errors_of(error), error.members)
        if challenge := getattr(error, "challenge", None):
            response.headers["WWW-Authenticate"] = challenge
        return response

    @app.errorhandler(CSRFError)
    def stale(error):
        return _answer(400, _("The page was open too long or comes from elsewhere. Open it again and repeat"))

    @app.errorhandler(HTTPException)
    def http(error):
        if error.code is not None and error.code < 400:
            return error
        undo_request()
        response = _answer(error.code or 500, "")
        for name in ("Allow", "Retry-After", "Content-Range"):
            if value := dict(error.get_headers()).get(name):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unexpected(error):
        undo_request()
        reference = secrets.token_hex(4)
        app.logger.exception("reference %s: %s %s", reference, request.method, request.path)
        return _answer(
            500, _("The fault is recorded under %(reference)s. Tell this number to IT staff", reference=reference)
        )


def _ask_who(asked):
    """To the page that asks again who one is, and back to the page at hand, where the act is repeated."""
    at = asked.full_path if asked.method == "GET" else urlsplit(asked.referrer or "/").path
    return go_to("identity.confirm", next=at.rstrip("?"))


def audit_refusal(error):
    """Record what was refused, to whom and why; the request's own transaction must be undone before."""
    with reading():  # the request's transaction is undone, so the record is kept in one of its own
        audit.record(
            _caller(),
            "access.refused",
            object_kind="route",
            label=f"{request.method} {request.path}"[:300],
            result="refused",
            reason=error.message,
        )


def _caller():
    return g.get("caller") or current_user._get_current_object()


def _errors_of(error):
    """What is wrong with which field, for a programme to read."""
    pairs = getattr(error, "errors", None) or ([(f"/{error.field}", error.message)] if error.field else [])
    return [{"pointer": pointer, "detail": detail} for pointer, detail in pairs]


def _answer(status, message, errors=(), members=None):
    title = _TITLES.get(status, _TITLES[500 if status >= 500 else 400])()
    view = current_app.view_functions.get(request.endpoint or "")
    if request.path.startswith("/api/") or getattr(view, "access", "").startswith("token:"):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": message, "instance": request.path}
        response = jsonify(problem | ({"errors": errors} if errors else {}) | (members or {}))
        response.content_type = "application/problem+json"
    else:
        template = "errors/_error.html" if is_htmx() else "errors/error.html"
        response = make_response(render_template(template, title=title, message=message, status=status))
        if is_htmx():
            response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#messages", "innerHTML"
    response.status_code = status
    return response
