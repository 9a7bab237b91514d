"""The document store for people: what is kept, who can read it, and what IT staff set (14.1, 14.2)."""

from flask import Blueprint

bp = Blueprint("store", __name__, url_prefix="/store")

from blueprints.store import items, setup  # noqa: E402, F401
