"""Cases and services: the board, the status page, acts in place."""

from flask import Blueprint

bp = Blueprint("cases", __name__)

from blueprints.cases import acts, services, shop, views  # noqa: E402, F401
