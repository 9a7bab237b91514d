"""IT staff: the state of the system, and the journal of security incidents."""

from flask import Blueprint

bp = Blueprint("admin", __name__)

from blueprints.admin import incidents, state, texts  # noqa: E402, F401 - the views register themselves on bp
