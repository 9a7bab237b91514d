"""The search page."""

from flask import Blueprint

bp = Blueprint("search", __name__)

from blueprints.search import saved, synonyms, views  # noqa: E402, F401
