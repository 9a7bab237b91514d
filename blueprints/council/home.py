"""The council's front page, its bodies, and planning a session (13.1)."""

import uuid
from datetime import datetime

from flask import request
from flask_login import current_user

from blueprints.council import bp
from blueprints.council.forms import SessionForm
from portal.council import service as council
from portal.council.models import BodyKind
from portal.kernel import clock
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _, date_short
from portal.kernel.web import go_to, is_htmx, needs, render


@bp.route("")
@needs("council.read")
def home():
    """Bodies, coming and past sessions; a member's own sessions first."""
    after = request.args.get("after")
    past = council.list_sessions(current_user, {"q": "past"}, after, size=20)
    if is_htmx() and after:
        return render("council/home.html", partial="council/_past_rows.html", past=past)
    overview = council.overview(current_user)
    seats = council.my_body_ids(current_user) if current_user.can("council.vote") else set()
    mine = [
        session
        for session in overview.sessions
        if session.state != "planned" and seats & {body.id for body in session.bodies}
    ]
    return render("council/home.html", overview=overview, past=past, mine=mine[:5])


@bp.route("/sessions/new", methods=["GET", "POST"])
@needs("council.prepare")
def new_session():
    """Plan a session: body, kind, day, hour, place (LAW-1, 6, 23)."""
    form = SessionForm()
    bodies = council.list_bodies(current_user)
    form.body_id.choices = [(str(one.id), one.name) for one in bodies]
    form.with_ids.choices = [(str(one.id), one.name) for one in bodies if one.kind == BodyKind.COMMITTEE]
    failed = council.list_sessions(current_user, {"q": "past"}, size=30)
    form.repeat_of_id.choices = [
        ("", _("Choose")),
        *((str(one.id), f"{one}, {date_short(one.planned_at)}") for one in failed if one.without_quorum),
    ]
    if request.method == "GET":
        _suggest(form, bodies)
    elif form.validate_on_submit():
        try:
            return go_to("council.session", session_id=_create(form).id)
        except Invalid as error:
            form.attach(Invalid(error.message, {"planned_at": "day"}.get(error.field, error.field)))
    return render(
        "council/new_session.html", partial="council/_session_form.html", form=form, status=422 if form.errors else 200
    )


def _create(form):
    hour, minute = form.hour.data.replace(".", ":").split(":")
    day = form.day.data
    return council.create_session(
        current_user,
        uuid.UUID(form.body_id.data),
        form.kind.data,
        clock.at_local(day, int(hour), int(minute)),
        form.place.data,
        template=form.template.data,
        urgency=(form.urgency.data or "").strip() or None,
        remote=form.remote.data,
        with_ids=[uuid.UUID(one) for one in form.with_ids.data or ()],
        requested_by=form.requested_by.data or None,
        requested_at=_requested_at(form),
        signed=form.signed.data,
        repeat_of_id=uuid.UUID(form.repeat_of_id.data) if form.repeat_of_id.data else None,
    )


def _requested_at(form):
    if not (form.requested_day.data and form.requested_hour.data):
        return None
    hour, minute = form.requested_hour.data.replace(".", ":").split(":")
    return clock.at_local(form.requested_day.data, int(hour), int(minute))


def _suggest(form, bodies):
    """Fill the form from the body's template: the next such weekday, its hour and place."""
    if request.args.get("repeat_of"):
        form.repeat_of_id.data, form.kind.data = request.args["repeat_of"], "repeat"
    chosen = request.args.get("body")
    body = next((one for one in bodies if str(one.id) == chosen), bodies[0] if bodies else None)
    if body is None:
        return
    form.body_id.data = str(body.id)
    pattern = council.template_of(body.id)
    if pattern is None:
        return
    first = clock.add_working_days(clock.today(), 5)  # leaves time for the notice (LAW-4)
    form.day.data = datetime.fromordinal(first.toordinal() + (pattern.weekday - first.weekday()) % 7).date()
    form.hour.data, form.place.data = f"{pattern.starts_at:%H:%M}", pattern.place
