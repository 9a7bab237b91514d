"""Signing a paper, and checking what others have signed."""

from flask import Blueprint

bp = Blueprint("signing", __name__)

from blueprints.signing import approvals, asking, lists, views  # noqa: E402, F401
