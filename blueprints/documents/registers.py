"""Registers: how they number, numbers kept back, gaps and why; and what is asked at registration, by kind."""

from flask import request
from flask_login import current_user

from blueprints.documents import bp
from blueprints.documents.forms import ExplainForm, KindForm, NewRegisterForm, RegisterSettingsForm, ReserveForm
from portal.documents import policy
from portal.documents import service as documents
from portal.documents.words import DIRECTIONS, FIELD_TYPES, KINDS
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.errors import Invalid, ensure
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render

EMPTY_LINES = 3  # of the table of fields, for new ones


@bp.route("/documents/registers")
@needs("documents.register")
def registers():
    """All registers: form of the number, how many were given this year."""
    year = clock.today().year
    return render(
        "documents/registers.html",
        registers=documents.list_registers(current_user),
        last=documents.last_numbers(year),
        year=year,
        directions=DIRECTIONS,
        can_manage=policy.can_manage_registers(current_user),
    )


@bp.route("/documents/registers/new", methods=["GET", "POST"])
@needs("documents.register")
def new_register():
    """A new register."""
    ensure(policy.can_manage_registers(current_user))
    form = NewRegisterForm(number_format="{index}/{year}/{seq}").offer()
    if form.validate_on_submit():
        values = form.values()
        further = [values.pop(name) for name in ("closed", "asks_purpose", "within_days")]
        try:
            register = documents.add_register(current_user, **values)
            if further != [False, False, 1]:
                documents.change_register(current_user, register.id, **_settings(form))
            flash_done(_("The register is added"))
            return go_to("documents.numbers", register_id=register.id)
        except Invalid as error:
            form.attach(error)
    return render("documents/register_edit.html", form=form, register=None, status=422 if form.errors else 200)


@bp.route("/documents/registers/<uuid:register_id>/edit", methods=["GET", "POST"])
@needs("documents.register")
def edit_register(register_id):
    """How a register is called and numbers."""
    register = documents.get_register(current_user, register_id)
    ensure(policy.can_manage_registers(current_user))
    form = RegisterSettingsForm(obj=register)
    if form.validate_on_submit():
        try:
            documents.change_register(current_user, register_id, **_settings(form))
            flash_done(_("The register is changed"))
            return go_to("documents.numbers", register_id=register_id)
        except Invalid as error:
            form.attach(error)
    return render("documents/register_edit.html", form=form, register=register, status=422 if form.errors else 200)


def _settings(form):
    names = ("name", "index", "number_format", "suffix", "dossier_index", "closed", "asks_purpose", "within_days")
    return {name: form[name].data for name in names}


@bp.route("/documents/registers/<uuid:register_id>")
@needs("documents.register")
def numbers(register_id):
    """What became of a register's numbers in a year: kept back, annulled, missing and why."""
    return _numbers_page(register_id)


def _numbers_page(register_id, reserve=None, explain=None):
    register = documents.get_register(current_user, register_id)
    years = documents.years_of(register_id)
    year = request.args.get("year", type=int)
    year = year if year in years else years[0]
    found = documents.numbers_of(current_user, register_id, year)
    people = [gap.by_id for gap in found.gaps] + [annulment.annulled_by_id for _d, annulment in found.annulled]
    return render(
        "documents/numbers.html",
        register=register,
        year=year,
        years=years,
        numbers=found,
        example=register.number_of(year, found.last + 1, "1-1"),
        names=identity.names_of(people),
        reserve_form=reserve or ReserveForm(),
        explain_form=explain or ExplainForm(),
        can_register=policy.can_register(current_user, register),
        can_manage=policy.can_manage_registers(current_user),
        status=422 if (reserve and reserve.errors) or (explain and explain.errors) else 200,
    )


@bp.route("/documents/registers/<uuid:register_id>/reserve", methods=["POST"])
@needs("documents.register")
def reserve_numbers(register_id):
    """Keep back numbers for paper work."""
    form = ReserveForm()
    if form.validate_on_submit():
        try:
            kept = documents.reserve(current_user, register_id, form.count.data, form.reason.data)
            flash_done(_("Kept back: numbers %(first)s to %(last)s", first=kept.first, last=kept.last))
            return go_to("documents.numbers", register_id=register_id)
        except Invalid as error:
            form.attach(error)
    return _numbers_page(register_id, reserve=form)


@bp.route("/documents/registers/<uuid:register_id>/explain", methods=["POST"])
@needs("documents.register")
def explain_numbers(register_id):
    """Note why numbers stay unused."""
    form = ExplainForm()
    year = request.args.get("year", clock.today().year, type=int)
    if form.validate_on_submit():
        try:
            documents.explain(current_user, register_id, year, form.first.data, form.last.data, form.reason.data)
            flash_done(_("The reason is noted"))
            return go_to("documents.numbers", register_id=register_id, year=year)
        except Invalid as error:
            form.attach(error)
    return _numbers_page(register_id, explain=form)


@bp.route("/documents/kinds")
@needs("documents.register")
def kinds():
    """Kinds of registration, with what each asks for."""
    return render(
        "documents/kinds.html",
        kinds=documents.list_kinds(),
        registers={r.code: r for r in documents.list_registers(current_user)},
        kind_words=KINDS,
        can_manage=policy.can_manage_kinds(current_user),
    )


@bp.route("/documents/kinds/new", methods=["GET", "POST"])
@needs("documents.register")
def new_kind():
    """A new kind of registration."""
    return _edit_kind(None)


@bp.route("/documents/kinds/<key>", methods=["GET", "POST"])
@needs("documents.register")
def edit_kind(key):
    """What a kind asks for; saving makes its next version, documents keep theirs."""
    return _edit_kind(documents.find_kind(key))


def _edit_kind(kind):
    ensure(policy.can_manage_kinds(current_user))
    lines = [{**f, "choices": "; ".join(f["choices"])} for f in kind.fields] if kind else []
    begun = {"version": kind.version, "fields": lines + [{}] * EMPTY_LINES} if kind else {"fields": [{}] * EMPTY_LINES}
    form = KindForm(**(_of_kind(kind) if kind else {}), **begun)
    form.offer(documents.list_registers(current_user))
    if form.validate_on_submit():
        try:
            saved = documents.save_kind(
                current_user,
                kind.key if kind else None,
                form.name.data,
                form.kind.data,
                form.registers.data,
                form.own_fields(),
                dossier_index=form.dossier_index.data,
                version=form.version.data if kind else None,
            )
            flash_done(_("Saved as version %(version)s", version=saved.version))
            return go_to("documents.edit_kind", key=saved.key)
        except Invalid as error:
            _attach(form, error)
    return render(
        "documents/kind.html",
        kind=kind,
        form=form,
        versions=documents.versions_of(kind.key) if kind else [],
        field_types=FIELD_TYPES,
        status=422 if form.errors else 200,
    )


def _of_kind(kind):
    return {name: getattr(kind, name) for name in ("name", "kind", "registers", "dossier_index")}


def _attach(form, error):
    """Show a mistake beside the cell of the table it is about, or where the form shows it."""
    name, _dash, rest = (error.field or "").partition("-")
    if name == "fields" and rest:
        place, _dash, cell = rest.partition("-")
        form.fields[int(place)].form[cell].errors = [error.message]
        form.form_errors.append(error.message)
    else:
        form.attach(error)
