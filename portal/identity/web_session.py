"""Ties the browser's cookie to the server-side session: Flask-Login's user is the Actor."""

from flask import request, session

from portal.identity import service as identity
from portal.kernel.access import NOBODY

COOKIE_KEY = "sid"


def init_app(app, manager):
    """Load the actor of each request from the session token in the signed cookie."""
    manager.anonymous_user = lambda: NOBODY
    manager.session_protection = None  # the token is random and server-side; binding to an address breaks phones

    @manager.request_loader
    def load(_request):
        token = session.get(COOKIE_KEY)
        return identity.resume(token, request.remote_addr or "") if token else None
