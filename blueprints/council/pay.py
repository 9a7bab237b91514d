"""Statements of attendance and pay on screen, with the rates they are counted by (13.1)."""

from datetime import timedelta

from flask import request
from flask_login import current_user
from wtforms import SelectField, StringField

from blueprints.council import bp
from blueprints.council.bodies import OFFICES, typed_day
from blueprints.council.forms import AmountField, choices
from portal.council import service as council
from portal.council.models import Office, PayBasis
from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.forms import BaseForm, InputRequired, LatvianDateField, Length
from portal.kernel.i18n import _, _l
from portal.kernel.web import flash_done, go_to, is_htmx, needs, render

BASES = {PayBasis.SESSION: _l("for a session"), PayBasis.HOUR: _l("for an hour"), PayBasis.MONTH: _l("a month")}
WHOSE = {Office.CHAIR: _l("Chair of the body"), Office.DEPUTY_CHAIR: _l("Deputy chair")}
PERIOD = ("since", "until")


class RateForm(BaseForm):
    basis = SelectField(_l("Paid"), choices=choices(BASES))
    office = SelectField(_l("To whom"), choices=choices(WHOSE, **{"": _l("Every member")}))
    amount_cents = AmountField(_l("Amount, €"), description=_l("Before tax"))
    since = LatvianDateField(_l("From the day"), [InputRequired()])
    ground = StringField(_l("Ground"), [InputRequired(), Length(max=300)], description=_l("Decision of the council"))


@bp.route("/bodies/<uuid:body_id>/statements")
@needs("council.read")
def statements(body_id):
    """The statements of a body, a new one for chosen days, and the rates."""
    after = request.args.get("after")
    page = council.list_statements(current_user, body_id, after)
    if is_htmx() and after:
        return render("council/statements.html", partial="council/_statement_rows.html", page=page, body_id=body_id)
    return _statements(body_id, page)


def _statements(body_id, page=None, form=None):
    last = clock.today().replace(day=1) - timedelta(days=1)
    return render(
        "council/statements.html",
        body=council.get_body(current_user, body_id),
        body_id=body_id,
        page=page or council.list_statements(current_user, body_id),
        rates=council.rates_of(current_user, body_id),
        form=form or RateForm(),
        since=last.replace(day=1),
        until=last,
        bases=BASES,
        whose=WHOSE,
        today=clock.today(),
        status=422 if form and form.errors else 200,
    )


@bp.route("/bodies/<uuid:body_id>/rates", methods=["POST"])
@needs("council.prepare")
def add_rate(body_id):
    """A rate from a day on."""
    form = RateForm()
    if form.validate_on_submit():
        try:
            council.add_rate(current_user, body_id, **form.values())
            flash_done(_("The rate is recorded"))
            return go_to("council.statements", body_id=body_id)
        except Invalid as error:
            form.attach(error)
    return _statements(body_id, form=form)


@bp.route("/rates/<uuid:rate_id>/end", methods=["POST"])
@needs("council.prepare")
def end_rate(rate_id):
    """The last day of a rate."""
    rate = council.end_rate(current_user, rate_id, typed_day(request.form.get("last_day"), "last_day") or clock.today())
    flash_done(_("The rate ends on the day you gave"))
    return go_to("council.statements", body_id=rate.body_id)


@bp.route("/bodies/<uuid:body_id>/statements/count", methods=["GET", "POST"])
@needs("council.read")
def count_statement(body_id):
    """What the statement of some days says now; POST hands it over for approval or asks for a file of it."""
    typed = request.values
    since, until = (typed_day(typed.get(name), name) or clock.today() for name in PERIOD)
    going, content, problem, field, status, act = [], None, "", "", 200, request.form.get("act")
    try:
        content, going = council.count_statement(current_user, body_id, since, until)
        if act == "submit":
            statement = council.submit_statement(current_user, body_id, since, until, request.form.get("correction"))
            flash_done(_("The statement is handed over to the chair of the council"))
            return go_to("council.statement", statement_id=statement.id)
        if act in FILES:
            return _ask(act, content, body_id=str(body_id), since=since.isoformat(), until=until.isoformat())
    except (Invalid, Conflict) as error:
        problem, field, status = error.message, getattr(error, "field", ""), error.status
    return render(
        "council/count_statement.html",
        body_id=body_id,
        name=content["body"] if content else council.get_body(current_user, body_id).name,
        since=since,
        until=until,
        content=content,
        problem=problem,
        field=field,
        going=going,
        typed=typed,
        **_words(),
        status=status,
    )


@bp.route("/statements/<uuid:statement_id>", methods=["GET", "POST"])
@needs("council.read")
def statement(statement_id):
    """A statement that was handed over: its kept numbers; the chair approves or returns it."""
    act, problem = request.form.get("act"), ""
    found = council.get_statement(current_user, statement_id)
    try:
        if act == "approve":
            council.approve_statement(current_user, statement_id)
            flash_done(_("The statement is approved"))
            return go_to("council.statement", statement_id=statement_id)
        if act == "return":
            council.return_statement(current_user, statement_id, request.form.get("reason"))
            flash_done(_("The statement is returned to the secretary"))
            return go_to("council.statement", statement_id=statement_id)
    except Invalid as error:
        problem = error.message
    if act in FILES:
        return _ask(act, found.content, statement_id=str(statement_id))
    made_by, settled_by = council.who_settled(found)
    return render(
        "council/statement.html",
        statement=found,
        body=found.of_body,
        content=found.content,
        made_by=made_by,
        settled_by=settled_by,
        may=council.may_approve(current_user, found),
        changed=found.state in ("submitted", "approved") and council.has_changed(current_user, found),
        problem=problem,
        **_words(),
        status=422 if problem else 200,
    )


FILES = ("xlsx", "pdf")


def _ask(ending, content, **parameters):
    name = f"apmeklejums-{content['since']}-{content['until']}.{ending}"
    asked = documents.ask_file(current_user, f"statement.{ending}", name, parameters)
    return go_to("documents.ready", file_id=asked.id)


def _words():
    return {
        "bases": BASES,
        "whose": WHOSE,
        "offices": OFFICES,
        "came": council.came,
        "at": clock.datetime.fromisoformat,
        "day": clock.date.fromisoformat,
    }
