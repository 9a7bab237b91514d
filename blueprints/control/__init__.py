"""Resolutions on documents and the control of their carrying out: cards, the radar of terms, calendar feeds."""

from flask import Blueprint

bp = Blueprint("control", __name__)

from blueprints.control import calendar, desk, resolutions, settings  # noqa: E402, F401
