"""The edge of the web: transaction per request, who may call a route, page or partial, paging. Only this module
knows HTMX's headers."""

import base64
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps

import sqlalchemy as sa
from flask import flash, g, redirect, render_template, request, url_for
from flask import make_response as plain_response
from flask_login import current_user
from htmx_flask import Htmx
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadRequest

from portal.kernel import look
from portal.kernel.db import db, set_reading
from portal.kernel.errors import Conflict, Forbidden, Invalid
from portal.kernel.i18n import _

_SAFE = ("GET", "HEAD", "OPTIONS")


# --- who may call a route -------------------------------------------------------------------------------------------


def public(view):
    """Anyone may call this route."""
    view.access = "public"
    return view


def signed_in(view):
    """Whoever is signed in may call this route."""
    return _guarded(view, "signed_in", lambda: None)


def needs(permission):
    """Only actors whose roles carry the permission, for example `documents.register`, may call this route."""

    def guard():
        if not current_user.can(permission):
            from portal.identity import service as identity

            roles = ", ".join(identity.roles_with(permission))
            raise Forbidden(_("Your role does not allow this. It is open to: %(roles)s", roles=roles))

    return lambda view: _guarded(view, permission, guard)


class TokenRefused(Forbidden):
    """A caller's access token is missing, does not hold (401) or does not reach this far (403)."""

    def __init__(self, message, status, code=""):
        super().__init__(message)
        self.status = status
        self.challenge = f'Bearer realm="{request.host}"' + (f', error="{code}"' if code else "")


def token_needs(scope, audience=None):
    """Only callers whose access token carries the scope may call this route; the view gets their Actor first.
    audience: a function that names the API which is called; by default the portal's own."""

    def guard():
        from portal.identity import service as identity

        kind, _sep, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise TokenRefused(_("Call this with an access token"), 401)
        try:
            actor = identity.actor_for_token(token.strip(), audience and audience(), request.remote_addr or "")
        except Forbidden as error:
            raise TokenRefused(error.message, 401, "invalid_token") from error
        g.caller = actor
        # a scope with a dot is a permission: the person must still have it
        if f"scope:{scope}" not in actor.keys or ("." in scope and not actor.can(scope)):
            raise TokenRefused(_("The token lacks the scope %(scope)s", scope=scope), 403, "insufficient_scope")
        return actor

    def declare(view):
        @wraps(view)
        def wrapper(*args, **kwargs):
            return view(guard(), *args, **kwargs)

        wrapper.access = f"token:{scope}"
        return wrapper

    return declare


def _guarded(view, access, guard):
    @wraps(view)
    def wrapper(*args, **kwargs):
        if not current_user.is_authenticated:
            return _to_sign_in()
        guard()
        return view(*args, **kwargs)

    wrapper.access = access
    return wrapper


def _to_sign_in():
    target = url_for("identity.sign_in", next=request.full_path.rstrip("?") if request.method in _SAFE else None)
    if is_htmx():
        response = plain_response("", 401)
        response.headers["HX-Redirect"] = target
        return response
    return redirect(target)


# --- page or partial ------------------------------------------------------------------------------------------------


def is_htmx() -> bool:
    """Did HTMX ask for a part of a page?"""
    asked = request.htmx  # type: ignore[attr-defined]
    return bool(asked) and not asked.boosted and not asked.history_restore_request


def render(template, partial=None, status=200, **context):
    """The page, or the partial when HTMX asked; `status` 422 for a form with mistakes."""
    return plain_response(render_template(partial if partial and is_htmx() else template, **context), status)


def go_to(endpoint, **values):
    """Send the browser to another page, with or without HTMX."""
    target = url_for(endpoint, **values)
    if is_htmx():
        response = plain_response("", 200)
        response.headers["HX-Redirect"] = target
        return response
    return redirect(target, 303)


def undo_request():
    """Keep nothing of what the request has done so far, and hold no connection or lock of the database any longer."""
    db.session.rollback()


def by_itself():
    """Within: one of several acts of the request; an error undoes this one only."""
    return db.session.begin_nested()


def keep_and_read():
    """Keep what the request has done; from here it only reads, and holds nobody up while its answer is made.
    Raises Conflict when somebody else was quicker."""
    try:
        db.session.commit()
    except StaleDataError as error:
        db.session.rollback()
        raise Conflict(_("Somebody else changed this meanwhile; open it again")) from error
    set_reading(True)


def begin_writing():
    """This GET keeps something: let go of what was read and take a writing transaction for the rest of the request."""
    undo_request()
    set_reading(False)


def let_in_without_csrf(app, *views):
    """These are called by machines that prove themselves in each request, never by a browser's cookie."""
    for view in views:
        app.extensions["csrf"].exempt(view)


def flash_done(message):
    """Say on the next page what was done."""
    flash(message, "ok")


# --- paging by key --------------------------------------------------------------------------------------------------


@dataclass
class Page:
    """Rows of one page and the cursor of the next (None on the last)."""

    rows: list
    next: str | None

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)


def cursor_page(query, order, size=50, cursor=None, scalars=True) -> Page:
    """One page of a SELECT of a model, by key, never by offset.
    order: columns with `.desc()` or not, the last one unique and none of them null.
    Raises Invalid for a cursor that was not made here.
    """
    columns = [
        (getattr(item, "element", item), getattr(item, "modifier", None) is sa.sql.operators.desc_op) for item in order
    ]
    if cursor:
        query = query.where(_beyond(columns, _read_cursor(cursor, columns)))
    found = db.session.execute(query.order_by(*order).limit(size + 1))
    rows = list(found.scalars() if scalars else found)
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, _cursor_of(rows[-1] if scalars else rows[-1][0], columns) if more else None)


def _beyond(columns, values):
    """Rows after the cursor: (a > x) or (a = x and b > y) …, each in its own direction."""
    condition = sa.false()
    for (column, descending), value in reversed(list(zip(columns, values, strict=True))):
        step = column < value if descending else column > value
        condition = sa.or_(step, sa.and_(column == value, condition))
    return condition


def _cursor_of(row, columns):
    values = [_plain(getattr(row, column.key)) for column, _descending in columns]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _plain(value):
    return value if isinstance(value, str | int | None) else str(value)


def _read_cursor(cursor, columns):
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_typed(column, value) for (column, _d), value in zip(columns, values, strict=True)]
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid(_("This page link is damaged; open the list again")) from error


def _typed(column, value):
    kind = column.type.python_type
    if kind is uuid.UUID:
        return uuid.UUID(value)
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return date.fromisoformat(value) if kind is date else value


# --- the request's frame ---------------------------------------------------------------------------------------------


def init_app(app):
    """Transaction per request, security headers, and the rule that a route without a declared policy is closed."""
    Htmx(app)
    look.init_app(app)

    @app.before_request
    def begin():
        if "\0" in request.path or b"%00" in request.query_string:  # no database takes it
            raise BadRequest
        set_reading(request.method in _SAFE)
        view = app.view_functions.get(request.endpoint)
        if view is not None and not hasattr(view, "access") and request.endpoint != "static":
            raise Forbidden(f"{request.endpoint} declares no policy")

    @app.teardown_request
    def end(_error):
        set_reading(False)

    @app.after_request
    def finish(response):
        # what a GET wrote (a sign-in's last use …) is kept too; an answer of 400 or more keeps nothing
        if response.status_code < 400:
            try:
                db.session.commit()
            except StaleDataError:
                db.session.rollback()
                response = app.make_response(
                    app.handle_user_exception(Conflict(_("Somebody else changed this meanwhile; open it again")))
                )
        else:
            db.session.rollback()
        return _headers(response)


def _headers(response):
    response.vary.add("HX-Request")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data:; object-src 'self'; base-uri 'none'; frame-ancestors 'self'; "
        "form-action 'self'; script-src 'self'; style-src 'self'; font-src 'self' data:",
    )
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
