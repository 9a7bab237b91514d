"""Tasks: from a line of the work list to the page where it is done."""

from flask import Blueprint

bp = Blueprint("workflow", __name__)

from blueprints.workflow import many, views  # noqa: E402, F401
