"""The shell around every page, the start page, the bar for other applications, and where IT staff configure them."""

from flask import Blueprint

bp = Blueprint("workplace", __name__)

from blueprints.workplace import banners, elements, embedded, navigation, shell  # noqa: E402, F401


def init_app(app):
    """Sign-out from another application's page has no token of ours: its registered origin is what it is judged by."""
    app.extensions["csrf"].exempt(embedded.sign_out)
    app.jinja_env.globals["letterhead"] = shell.workplace.letterhead
