"""Flows: what runs and is stuck, how flows are made and chosen, the step that waits for a person."""

from flask import Blueprint

bp = Blueprint("flows", __name__)

from blueprints.flows import designing, rules, running  # noqa: E402, F401
