"""Council and committees on screen (13.1, 13.2, 13.3): sessions, the chair's desk, the member's tablet, the hall."""

from flask import Blueprint

bp = Blueprint("council", __name__, url_prefix="/council")

from blueprints.council import (  # noqa: E402, F401
    agenda,
    attendance,
    bodies,
    course,
    decisions,
    drafts,
    home,
    interests,
    materials,
    matters,
    minutes,
    open_drafts,
    pay,
    publishing,
    regulations,
    screens,
    tablets,
    voting,
    year,
)
