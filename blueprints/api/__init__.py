"""The portal as a service for other systems: /api/v1, described at /api/v1/openapi.json (14.1, 15.2).

A route is `@bp.get(…)`, `@token_needs("store:read")`, then `@repeatable` where repeating would do it twice (below
`@json_or_form`), then `@bp.input` and `@bp.output`: who may not call learns nothing of the form. Errors are RFC 9457
problems, made in blueprints/errors.py."""

from apiflask import APIBlueprint

bp = APIBlueprint("api", __name__, url_prefix="/api/v1")

from blueprints.api import (  # noqa: E402
    document,
    events,  # noqa: F401
    grants,  # noqa: F401
    imports,  # noqa: F401
    items,  # noqa: F401
    repeats,  # noqa: F401
    search,  # noqa: F401
    uploads,  # noqa: F401
)


def init_app(app):
    """Callers prove themselves with a token in each request, so forms' protection does not concern them."""
    from portal.kernel.web import let_in_without_csrf

    let_in_without_csrf(app, bp)
    document.init_app(app)
