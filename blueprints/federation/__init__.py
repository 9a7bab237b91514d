"""Signing in through latvija.lv, VPVKAC IS and others (1.4)."""

from flask import Blueprint

from portal.kernel.web import let_in_without_csrf

bp = Blueprint("federation", __name__)

from blueprints.federation import admin, views  # noqa: E402, F401


def init_app(app):
    """A provider's answers come from its own pages and from its server: what they hold proves them."""
    let_in_without_csrf(app, views.acs, views.backchannel)
    app.jinja_env.globals["sign_in_providers"] = views.offers
