"""The council's open data for programmes, after OParl 1.1 (13.3)."""

from flask import Blueprint

bp = Blueprint("oparl", __name__, url_prefix="/oparl/v1")

from blueprints.oparl import views  # noqa: E402, F401 - the views register themselves on bp
