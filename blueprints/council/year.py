"""The plan of a year on screen (13.1, LAW-1)."""

from datetime import time
from itertools import groupby

from flask import Response, request
from flask_login import current_user

from blueprints.council import bp
from blueprints.council.bodies import typed_day
from portal.council import service as council
from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import _, _l, date_short, ngettext
from portal.kernel.web import flash_done, go_to, needs, render

WEEKS = {"1": _l("first"), "2": _l("second"), "3": _l("third"), "4": _l("fourth"), "-1": _l("last")}
WEEKDAYS = [_l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday")]


@bp.route("/year")
@needs("council.read")
def year():
    """The sessions of a year of all bodies, by month; the secretary moves those that are not convened."""
    return _page()


def _page(problem="", moved="", status=200):
    chosen = _year()
    return render(
        "council/year.html",
        year=chosen,
        months=groupby(council.sessions_of_year(current_user, chosen), lambda one: clock.local(one.planned_at).month),
        bodies=council.list_bodies(current_user),
        problem=problem,
        moved=moved,
        typed=request.form,
        status=status,
    )


def _year():
    chosen = request.values.get("year", "")
    return int(chosen) if chosen.isdigit() and 2000 <= int(chosen) <= 2100 else clock.today().year


@bp.route("/year/calendar.ics")
@needs("council.read")
def year_calendar():
    """The same as a calendar."""
    chosen = _year()
    response = Response(council.year_calendar(current_user, chosen), mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="sedes-{chosen}.ics"'
    return response


@bp.route("/year/paper", methods=["POST"])
@needs("council.read")
def year_paper():
    """The same on paper, made by a job."""
    chosen = _year()
    asked = documents.ask_file(current_user, "year.pdf", f"sedes-{chosen}.pdf", {"year": chosen})
    return go_to("documents.ready", file_id=asked.id)


@bp.route("/sessions/<uuid:session_id>/move", methods=["POST"])
@needs("council.prepare")
def move_session(session_id):
    """Another time for a session that is not convened."""
    try:
        day, at = typed_day(request.form.get("day"), "planned_at"), _hour(request.form.get("hour"))
        if day is None:
            raise Invalid(_("Type the date as %(example)s", example="24.11.2026"), field="planned_at")
        council.reschedule(current_user, session_id, clock.at_local(day, at.hour, at.minute))
    except (Invalid, Conflict) as error:
        return _page(problem=error.message, moved=str(session_id), status=error.status)
    flash_done(_("The session is moved"))
    return go_to("council.year", year=_year())


@bp.route("/bodies/<uuid:body_id>/year", methods=["GET", "POST"])
@needs("council.prepare")
def plan_year(body_id):
    """Days by a rule, each of which can be changed or left out, and sessions made of them in one go."""
    pattern, typed, problem, field = council.template_of(body_id), request.values, "", ""
    week = typed.get("week", "-1") if typed.get("week", "-1") in WEEKS else "-1"
    usual = pattern.weekday if pattern else 3
    weekday = int(typed.get("weekday", usual)) if str(typed.get("weekday", usual)) in "01234" else usual
    if request.method == "POST":
        try:
            days = [typed_day(request.form.get(f"day-{n}"), "days") for n in request.form.getlist("chosen")]
            at = _hour(request.form.get("hour"))
            made = council.plan_year(current_user, body_id, [day for day in days if day], at, request.form.get("place"))
            count = len(made)
            flash_done(ngettext("%(num)s session is planned", "%(num)s sessions are planned", count))
            return go_to("council.year", year=_year())
        except Invalid as error:
            problem, field = error.message, error.field or "days"
    return render(
        "council/plan_year.html",
        body=council.get_body(current_user, body_id),
        year=_year(),
        week=week,
        weekday=weekday,
        weeks=WEEKS,
        weekdays=WEEKDAYS,
        days=council.propose_year(current_user, body_id, _year(), int(week), weekday),
        hour=typed.get("hour") or (f"{pattern.starts_at:%H:%M}" if pattern else ""),
        place=typed.get("place") or (pattern.place if pattern else ""),
        short=date_short,
        problem=problem,
        field={"planned_at": "days"}.get(field, field),
        typed=request.form,
        status=422 if problem else 200,
    )


def _hour(text):
    try:
        hour, minute = (text or "").strip().replace(".", ":").split(":")
        return time(int(hour), int(minute))
    except ValueError:
        raise Invalid(_("Type the time as 14:00"), field="hour") from None
