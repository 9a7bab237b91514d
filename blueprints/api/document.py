"""The OpenAPI document: what the routes say of themselves, completed with what holds for all of them."""

from apiflask.exceptions import HTTPError
from flask import current_app, jsonify, request
from werkzeug.exceptions import BadRequest

from blueprints.api import bp
from portal.kernel.config import settings
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import public

SCOPES = {
    "store:read": "Read items of the document store that the application may see",
    "store:write": "Keep, change and delete the application's own items, and grant them to others",
    "search:read": "Search what the application may see",
    "search:write": "Put the application's own items into the search index",
}
_PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457), in the language of Accept-Language",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "What is wrong with which field",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A key of the caller's own making: the same request with the same key is done once in 24 hours, "
    "and answered alike each time",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[A-Za-z0-9._:-]+$"},
}


def init_app(app):
    """How the document is made, and how what it forbids is refused."""
    app.title, app.version = "PKIP", "1"
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        AUTO_SERVERS=False,
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        INFO={"description": "Document store and search of the municipality, for its other systems"},
        TAGS=["Store", "Uploads", "Imports", "Events", "Search"],
        # its own refusals become ours, see `_not_as_described`
    )
    app.spec_callback = _complete
    app.register_error_handler(HTTPError, _not_as_described)


@bp.get("/openapi.json")
@bp.doc(hide=True)
@public
def openapi():
    """The document itself; anybody may read how to call us."""
    response = jsonify(current_app._get_spec("json"))
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _complete(spec):
    base = settings().base_url
    spec["servers"] = [{"url": "/"}]
    components = spec.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    components.setdefault("parameters", {})["IdempotencyKey"] = _KEY
    components["securitySchemes"] = {
        "oauth": {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": f"{base}/oauth/token", "scopes": SCOPES}},
        }
    }
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for rule in current_app.url_map.iter_rules():
        view = current_app.view_functions[rule.endpoint]
        access = getattr(view, "access", "")
        path = spec["paths"].get(_openapi_path(rule.rule), {})
        for method in rule.methods or ():
            operation = path.get(method.lower())
            if operation is None:
                continue
            if access.startswith("token:"):
                operation["security"] = [{"oauth": [access.removeprefix("token:")]}]
            if getattr(view, "repeatable", False):
                operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/IdempotencyKey"})
            operation.setdefault("operationId", rule.endpoint.removeprefix("api."))
            operation["responses"]["default"] = {"description": "Refused, with the reason", "content": problem}
            for change in getattr(view, "openapi_changes", ()):
                change(operation)
    return spec


def _openapi_path(rule):
    """`/items/<uuid:item_id>` as OpenAPI writes it."""
    parts = (
        "{" + part.partition(">")[0].rpartition(":")[2] + "}" + part.partition(">")[2] for part in rule.split("<")[1:]
    )
    return rule.split("<")[0] + "".join(parts)


def openapi_change(change):
    """The route's operation is completed by `change(operation)`, for what the decorators cannot say."""

    def mark(view):
        view.openapi_changes = (*getattr(view, "openapi_changes", ()), change)
        return view

    return mark


class NotAsDescribed(Invalid):
    """The request does not have the described form. errors: (JSON pointer, what is wrong) each."""

    def __init__(self, errors, status=422):
        super().__init__(_("Something is not filled in correctly"))
        self.errors = list(errors)
        self.status = status


def _not_as_described(error):
    places = error.detail if isinstance(error.detail, dict) else {}
    # unreadable JSON is a bad request, not a wrong value
    found = [pair for place, inner in places.items() for pair in _flat(inner, "" if place == "json" else f"/{place}")]
    handler = current_app._find_error_handler(Invalid(""), request.blueprints)
    return handler(NotAsDescribed(found, 400 if error.status_code == 400 else 422))


@bp.errorhandler(RecursionError)
def _too_deep(_error):
    """JSON with more brackets inside each other than anything described here has."""
    return current_app._find_error_handler(BadRequest(), request.blueprints)(BadRequest())


def _flat(found, pointer):
    if isinstance(found, dict):
        for name, inner in found.items():
            yield from _flat(inner, pointer if name == "_schema" else f"{pointer}/{name}")
    else:
        for text in found if isinstance(found, list) else [found]:
            yield pointer or "/", _in_words(str(text))


def _in_words(text):
    known = {
        "Missing data for required field.": _("This field must be filled in"),
        "Unknown field.": _("There is no such field"),
        "Field may not be null.": _("This field must be filled in"),
        "Not a valid string.": _("This must be text"),
        "Not a valid integer.": _("This must be a whole number"),
        "Not a valid number.": _("This must be a number"),
        "Not a valid boolean.": _("This must be true or false"),
        "Not a valid date.": _("This must be a date, for example 2026-11-24"),
        "Not a valid UUID.": _("This is no identifier"),
        "Not a valid list.": _("This must be a list"),
        "Not a valid mapping type.": _("This must be an object"),
        "Invalid input type.": _("This must be an object"),
        "Invalid JSON body.": _("This is no JSON"),
    }
    return known.get(text, text)
