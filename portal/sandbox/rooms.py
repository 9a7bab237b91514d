"""Another application of the municipality, on an origin of its own: its page shows the portal's bar."""

from flask import Blueprint, Response, current_app, render_template

bp = Blueprint("rooms", __name__)


@bp.get("/telpas")
def page():
    """A page with the two lines that put the bar into it, under a strict policy of content."""
    instance = current_app.extensions["sandbox.instance"]
    portal = instance.extensions["pkip.settings"].base_url if instance else "http://127.0.0.1:8000"
    answer = Response(render_template("sandbox/rooms.html", portal=portal))
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {portal}; connect-src {portal}; img-src {portal}; "
        f"style-src {portal}; font-src {portal} data:; form-action {portal}; base-uri 'none'; frame-ancestors 'none'"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
