"""Signing in and the person's own profile."""

from flask import Blueprint

bp = Blueprint("identity", __name__)

from blueprints.identity import confirm, factors, profile, staff, views  # noqa: E402, F401
