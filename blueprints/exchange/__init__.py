"""The delivery desk: what came, what went, what is stuck and how to mend it."""

from flask import Blueprint

bp = Blueprint("exchange", __name__)

from blueprints.exchange import views  # noqa: E402,F401  (routes register themselves on bp)
