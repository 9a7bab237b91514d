"""Signing in to other applications through the portal: OAuth 2.1 and OpenID Connect (1.3)."""

from flask import Blueprint

bp = Blueprint("sign_on", __name__)

from blueprints.sign_on import pages, views  # noqa: E402, F401


def init_app(app):
    """Machines call these; each request proves itself, so no form token is asked."""
    from portal.kernel.web import let_in_without_csrf

    let_in_without_csrf(app, views.token, views.introspect, views.revoke, views.userinfo, views.logout, views.authorize)
