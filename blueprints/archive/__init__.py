"""The end of a file's life: terms of keeping, holds, acts of destruction, handovers to the National Archive (12.2)."""

from flask import Blueprint

bp = Blueprint("archive", __name__, url_prefix="/archive")

from blueprints.archive import acts, files, handovers  # noqa: E402, F401 - the views register themselves on bp
