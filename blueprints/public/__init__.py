"""Pages for everybody, without sign-in: what the law makes public (13.1)."""

from flask import Blueprint

bp = Blueprint("public", __name__, url_prefix="/public")

from blueprints.public import regulations  # noqa: E402, F401 - the views register themselves on bp
