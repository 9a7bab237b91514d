"""The directory over LDAP: how it is, what differs, who reads it; and signing in through Windows (1.2)."""

from flask import Blueprint

bp = Blueprint("directory", __name__)

from blueprints.directory import views  # noqa: E402, F401
