"""Binding regulations for those who prepare them: the note section by section, opinions, the ministry, publication."""

from flask import request
from flask_login import current_user
from wtforms import SelectField

from blueprints.council import bp
from blueprints.council.forms import AREAS, choices
from portal.council import regulations as law
from portal.council import service as council
from portal.kernel import clock
from portal.kernel.errors import Conflict, Forbidden, Invalid
from portal.kernel.forms import BaseForm, LatvianDateField
from portal.kernel.i18n import _, _l
from portal.kernel.web import flash_done, go_to, needs, render


class DayForm(BaseForm):
    """A day of each kind that the acts ask for; which one is looked at depends on the act."""

    until = LatvianDateField(_l("Until"))
    on = LatvianDateField(_l("Day"))
    set_on = LatvianDateField(_l("In force from, if the regulations set the day"))
    area = SelectField(_l("What the regulations are about"), choices=choices(AREAS), validate_choice=False)


@bp.route("/regulations")
@needs("council.read")
def regulations():
    """All regulations on their way and in force."""
    page = council.list_regulations(current_user, request.args.get("after"))
    today = clock.today()
    rows = [
        (one, next((t for t in law.terms(one.facts, today) if t.state in ("now", "late", "blocked")), None))
        for one in page.rows
    ]
    return render("council/regulations.html", page=page, rows=rows)


def _next(terms):
    return next((one for one in terms if one.state in ("now", "late", "blocked")), None)


@bp.route("/matters/<uuid:matter_id>/regulation", methods=["POST"])
@needs("council.read")
def begin_regulation(matter_id):
    """A draft of binding regulations begins its own way."""
    made = council.begin_regulation(current_user, matter_id)
    return go_to("council.regulation", regulation_id=made.id)


@bp.route("/regulations/<uuid:regulation_id>")
@needs("council.read")
def regulation(regulation_id):
    """Where regulations stand, each term with its article, and the next act."""
    return _page(regulation_id)


def _page(regulation_id, problem="", status=200):
    found = council.get_regulation(current_user, regulation_id)
    today = clock.today()
    terms = law.terms(found.facts, today)
    return render(
        "council/regulation.html",
        status=status,
        problem=problem,
        typed=request.form,
        regulation=found,
        matter=council.matter_of(found),
        terms=terms,
        now=next((one.key for one in terms if one.state in ("now", "late")), ""),
        sections={key: law.NOTE[key] for key in law.sections(found.area)},
        areas=choices(AREAS),
        opinions=council.opinions_on(found) if found.since else [],
        earliest=law.earliest_end(today),
        may_gazette=law.may_send_to_gazette(found.facts, today),
        may_answer=law.may_answer_objections(found.facts, today),
        informs=found.area in law.INFORMED,
        asks=found.area in law.NEEDS_OPINION,
        today_=today,
    )


@bp.route("/regulations/<uuid:regulation_id>/note", methods=["POST"])
@needs("council.read")
def regulation_note(regulation_id):
    """Keep the note's sections; with `next` go on to the next empty one."""
    council.save_note(current_user, regulation_id, request.form, request.form.get("area"))
    flash_done(_("The note is stored"))
    return go_to("council.regulation", regulation_id=regulation_id, _anchor="note")


# the acts, by the name in the address: each takes what was typed
def _publish(regulation_id, form):
    if form.until.data is None:
        raise Invalid(_("Type the date as %(example)s", example="24.11.2026"), field="until")
    council.publish_draft(current_user, regulation_id, form.until.data)


def _day(form):
    if form.on.data is None:
        raise Invalid(_("Type the date as %(example)s", example="24.11.2026"), field="on")
    return form.on.data


def _opinion(regulation_id, form):
    objections = request.form.get("objections") == "1"
    council.note_ministry_opinion(current_user, regulation_id, _day(form), objections, request.form.get("text"))


def _publication(regulation_id, form):
    council.note_publication(
        current_user,
        regulation_id,
        _day(form),
        request.form.get("number"),
        request.form.get("url") or "",
        form.set_on.data,
    )


ACTS = {
    "publish": _publish,
    "collect": lambda which, _form: council.collect_opinions(current_user, which),
    "ministry": lambda which, _form: council.send_to_ministry(
        current_user, which, request.form.get("ministry"), request.form.get("address")
    ),
    "opinion": _opinion,
    "insist": lambda which, _form: council.insist(current_user, which, request.form.get("number")),
    "correct": lambda which, _form: council.correct(current_user, which),
    "gazette": lambda which, _form: council.send_to_gazette(current_user, which),
    "publication": _publication,
    "repeal": lambda which, form: council.repeal(current_user, which, _day(form)),
}


@bp.route("/regulations/<uuid:regulation_id>/<any(" + ", ".join(ACTS) + "):act>", methods=["POST"])
@needs("council.prepare")
def regulation_act(regulation_id, act):
    """One act on the way of regulations; what was typed stays when it is refused."""
    form = DayForm()
    form.validate()
    try:
        ACTS[act](regulation_id, form)
    except (Invalid, Conflict, Forbidden) as error:
        return _page(regulation_id, problem=error.message, status=error.status)
    flash_done(_("Stored"))
    return go_to("council.regulation", regulation_id=regulation_id)


@bp.route("/opinions/<uuid:opinion_id>", methods=["POST"])
@needs("council.read")
def answer_opinion(opinion_id):
    """What became of somebody's opinion, and why; or it is no opinion at all."""
    if request.form.get("hide") == "1":
        opinion = council.hide_opinion(current_user, opinion_id)
    else:
        opinion = council.answer_opinion(
            current_user, opinion_id, request.form.get("outcome"), request.form.get("answer")
        )
        flash_done(_("The answer is stored"))
    return go_to("council.regulation", regulation_id=opinion.regulation_id, _anchor=f"opinion-{opinion.id}")
