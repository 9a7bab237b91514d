"""Pages for everybody, without sign-in: what the law makes public (13.1), with feeds and the calendar of sessions."""

from flask import Blueprint

bp = Blueprint("public", __name__, url_prefix="/public")

from blueprints.public import council, feeds, live, regulations  # noqa: E402, F401 - the views register themselves on bp
