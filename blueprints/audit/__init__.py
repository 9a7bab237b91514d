"""The auditor's pages."""

from flask import Blueprint

bp = Blueprint("audit", __name__, url_prefix="/audit")

from blueprints.audit import views  # noqa: E402, F401 - the views register themselves on bp
