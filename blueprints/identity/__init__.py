"""Signing in and the person's own profile."""

from flask import Blueprint

bp = Blueprint("identity", __name__)

from blueprints.identity import views  # noqa: E402, F401
