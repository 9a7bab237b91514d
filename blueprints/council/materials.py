"""What people take along from a session's page: its materials as one PDF, its entry for a calendar (13.1)."""

from flask import Response, request
from flask_login import current_user

from blueprints.council import bp
from blueprints.council.publishing import ranged
from portal.council import service as council
from portal.kernel.web import go_to, needs, render


@bp.route("/sessions/<uuid:session_id>/materials", methods=["GET", "POST"])
@needs("council.read")
def materials(session_id):
    """How far the materials are, and the file when they are made; POST has them made."""
    if request.method == "POST":
        council.ask_materials(current_user, session_id)
        return go_to("council.materials", session_id=session_id)
    session = council.get_session(current_user, session_id)
    return render(
        "council/materials.html",
        partial="council/_materials.html",
        session=session,
        materials=council.materials_of(current_user, session_id),
    )


@bp.get("/sessions/<uuid:session_id>/calendar.ics")
@needs("council.read")
def session_calendar(session_id):
    """The session as an entry for a calendar."""
    text = council.session_calendar(current_user, session_id)
    return Response(text, mimetype="text/calendar", headers={"Content-Disposition": 'attachment; filename="sede.ics"'})


@bp.get("/sessions/<uuid:session_id>/materials.pdf")
@needs("council.read")
def materials_file(session_id):
    """The file itself; `?save=1` saves it. Only what the reader may see now is in it."""
    return ranged(*council.materials_file(current_user, session_id), inline=not request.args.get("save"))
