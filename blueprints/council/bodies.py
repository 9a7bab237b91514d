"""Bodies on screen: who sits in them with which office, what was before, and a new council from a list (13.1)."""

from datetime import date

from flask import request
from flask_login import current_user
from wtforms import BooleanField, FileField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional

from blueprints.council import bp
from blueprints.council.forms import choices
from blueprints.council.screens import typed_id
from portal.council import service as council
from portal.council.models import BodyKind, Office
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.forms import BaseForm, InputRequired, LatvianDateField, Length
from portal.kernel.i18n import _, _l
from portal.kernel.web import flash_done, go_to, needs, render

BODY_KINDS = {
    BodyKind.COMMITTEE: _l("Committee"),
    BodyKind.COMMISSION: _l("Commission"),
    BodyKind.WORKING_GROUP: _l("Working group"),
    BodyKind.COUNCIL: _l("Council"),
}
OFFICES = {
    Office.CHAIR: _l("chair"),
    Office.DEPUTY_CHAIR: _l("deputy chair"),
    Office.SECRETARY: _l("secretary"),
    Office.MINUTE_TAKER: _l("minute-taker"),
}
MOST_BYTES = 2_000_000


class BodyForm(BaseForm):
    kind = SelectField(_l("Kind"), choices=choices(BODY_KINDS))
    name = StringField(_l("Name"), [InputRequired(), Length(max=200)])
    short_name = StringField(_l("Short name"), [InputRequired(), Length(max=60)])
    seats = IntegerField(_l("Seats"), [InputRequired(_l("Type a number")), NumberRange(1, 200, _l("From 1 to 200"))])
    is_finance = BooleanField(_l("This is the finance committee (Local Government Law 39(3))"))


class ConvocationForm(BaseForm):
    name = StringField(_l("Name of the convocation"), [InputRequired(), Length(max=120)])
    since = LatvianDateField(
        _l("First day"), [InputRequired()], description=_l("The council before ends on the day before it")
    )
    seats = IntegerField(_l("Deputies to be elected"), [InputRequired(_l("Type a number"))])
    table = TextAreaField(
        _l("List of deputies"),
        [Optional()],
        description=_l("Pasted from a table; the first line names the columns: name, surname, faction, e-mail, "
                       "personal code"),
        render_kw={"rows": 14},
    )  # fmt: skip
    file = FileField(_l("Or a spreadsheet (XLSX) or CSV file"))


@bp.route("/bodies/<uuid:body_id>")
@needs("council.read")
def body(body_id):
    """One body: its members on a day, and the matters that wait for its session."""
    on = typed_day(request.args.get("on")) or clock.today()
    found = council.get_body(current_user, body_id)
    return render(
        "council/body.html",
        body=found,
        on=on,
        offices=OFFICES,
        kinds=BODY_KINDS,
        seats=council.composition_of(body_id, on),
        staff=council.staff_of(body_id, on),
        pool=council.pool_view(current_user, body_id),
        marks_of_bodies=[*council.months_without(current_user), *council.lacking(current_user)]
        if not found.is_committee and current_user.can("council.prepare")
        else [],
    )


@bp.route("/bodies/<uuid:body_id>/history")
@needs("council.read")
def body_history(body_id):
    """Everybody who has sat in the body, with the days, and the convocations of the council."""
    found = council.get_body(current_user, body_id)
    seats, offices = council.history_of(body_id)
    return render(
        "council/history.html",
        body=found,
        seats=seats,
        held=offices,
        offices=OFFICES,
        convocations=council.convocations_of(body_id),
    )


@bp.route("/bodies/new", methods=["GET", "POST"])
@needs("council.prepare")
def new_body():
    """A new committee, commission or working group."""
    form = BodyForm()
    if form.validate_on_submit():
        try:
            made = council.add_body(current_user, **form.values())
            flash_done(_("The body is added. Now seat its members."))
            return go_to("council.edit_body", body_id=made.id)
        except Invalid as error:
            form.attach(error)
    return render("council/new_body.html", form=form, status=422 if form.errors else 200)


@bp.route("/bodies/<uuid:body_id>/edit", methods=["GET", "POST"])
@needs("council.prepare")
def edit_body(body_id):
    """Seats, offices and factions from a day on (LAW-61). One form a change, each says what it did."""
    found, errors = council.get_body(current_user, body_id), {}
    if request.method == "POST":
        act = request.form.get("act", "")
        try:
            flash_done(_ACTS[act](found) if act in _ACTS else "")
            return go_to("council.edit_body", body_id=body_id)
        except (Invalid, Conflict) as error:
            errors = {f"{act}-{getattr(error, 'field', None) or 'person'}": error.message}
    return render(
        "council/edit_body.html",
        body=found,
        seats=council.composition_of(body_id),
        staff=council.staff_of(body_id),
        offices=OFFICES,
        factions=[] if found.is_committee else council.list_factions(),
        typed=request.form,
        errors=errors,
        today=clock.today(),
        status=422 if errors else 200,
    )


def _seat(body):
    person = identity.person_called(request.form.get("person", ""), field="person")
    replaces = typed_id("replaces") if request.form.get("replaces") else None
    council.seat(current_user, body.id, person.id, since=_since(), replaces_id=replaces)
    return _("%(name)s is a member of the body", name=person.name)


def _end(body):
    council.end_seat(
        current_user, body.id, typed_id("member"), typed_day(request.form.get("last_day"), "last_day"),
        request.form.get("reason"),
    )  # fmt: skip
    return _("The seat ends on the day you gave")


def _office(body):
    office = request.form.get("office", "")
    if office not in set(Office):
        raise Invalid(_("Choose from the list"), field="office")
    if request.form.get("member"):
        person_id = typed_id("member")
    elif request.form.get("person"):
        person_id = identity.person_called(request.form["person"], field="person").id
    else:
        person_id = None
    council.set_office(current_user, body.id, office, person_id, since=_since())
    return _("The office is recorded")


def _faction(body):
    council.add_faction(current_user, request.form.get("name"), since=_since())
    return _("The faction is added")


def _join(body):
    faction = typed_id("faction") if request.form.get("faction") else None
    council.join_faction(current_user, typed_id("member"), faction, since=_since())
    return _("The faction of the deputy is recorded")


_ACTS = {"seat": _seat, "end": _end, "office": _office, "faction": _faction, "join": _join}


def _since():
    return typed_day(request.form.get("since"), "since") or clock.today()


def typed_day(text, field="on") -> date | None:
    """A day typed as 24.11.2026 or 2026-11-24; None for nothing. Raises Invalid(field)."""
    text = (text or "").strip().rstrip(".")
    if not text:
        return None
    for shape in ("%d.%m.%Y", "%Y-%m-%d"):
        try:
            return clock.datetime.strptime(text, shape).date()
        except ValueError:
            continue
    raise Invalid(_("Type the date as %(example)s", example="24.11.2026"), field=field)


@bp.route("/convocation", methods=["GET", "POST"])
@needs("council.prepare")
def convocation():
    """A new council from a list: first what it would do, row by row, then all of it at once."""
    form, found = ConvocationForm(), None
    now = council.council_of(current_user)
    if request.method == "GET":
        form.seats.data = now.seats
    elif form.validate_on_submit():
        try:
            _take_file(form)
            values = {"seats": form.seats.data, "since": form.since.data}
            if request.form.get("act") == "begin":
                council.begin_convocation(current_user, form.table.data, form.name.data, **values)
                flash_done(_("The new council is set up"))
                return go_to("council.body", body_id=now.id, on=form.since.data.isoformat())
            found = council.preview_convocation(current_user, form.table.data, **values)
        except Invalid as error:
            form.attach(error)
    return render("council/convocation.html", form=form, found=found, body=now, status=422 if form.errors else 200)


def _take_file(form):
    """A file goes into the text field, where it can be mended like what is pasted."""
    if not form.file.data or not form.file.data.filename:
        return
    data = form.file.data.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Invalid(_("The list is too long"), field="file")
    if data[:2] == b"PK":
        form.table.data = council.convocation_text(data)
        form.table.raw_data = [form.table.data]
        return
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1257"):
        try:
            form.table.data = data.decode(encoding)
            form.table.raw_data = [form.table.data]
            return
        except UnicodeDecodeError:
            continue
    raise Invalid(_("The file is neither XLSX nor CSV; save the table so, or paste its cells"), field="file")
