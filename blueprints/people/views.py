"""People: the list, one person's page, and single acts upon an account."""

import csv
import io

from flask import Response, request, url_for
from flask_login import current_user

from blueprints.people import bp
from blueprints.people.forms import MergeForm, PersonForm, PurposeForm, ReasonForm, RoleForm
from portal.identity import service as identity
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, is_htmx, needs, render, signed_in

FILTERS = ("q", "unit", "role", "group", "state")


@bp.route("/people")
@needs("admin.people")
def list():
    """Everyone whom the filters find, in the order of names (1.1)."""
    filters = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    after = request.args.get("after")
    page = identity.find_people(current_user, filters, after)
    context = {"page": page, "filters": filters, "roles": identity.roles_of([person.id for person in page.rows])}
    if is_htmx() and after:
        return render("people/_rows.html", **context)
    context["number"] = identity.count_people(current_user, filters)
    if is_htmx():
        return render("people/_list.html", **context)
    return render(
        "people/list.html",
        units=identity.list_units(current_user),
        all_roles=identity.list_roles(),
        groups=identity.list_groups(current_user),
        **context,
    )


@bp.route("/people/export.csv")
@needs("admin.people")
def export():
    """The found people as a table that the import reads; personal codes are left out."""
    filters = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(_safe(row) for row in identity.export_people(current_user, filters))
    return Response(
        "\ufeff" + out.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": "attachment; filename=lietotaji.csv"},
    )


def _safe(row):
    """A cell that a spreadsheet would take for a formula gets a mark before it; a lone dash is our own."""
    return [f"'{cell}" if cell[:1] in "=+-@" and len(cell) > 1 else cell for cell in row]


@bp.route("/people/suggest")
@signed_in
def suggest():
    """Choices for a field in which a person is typed."""
    typed = next((value for name, value in request.args.items() if name != "field"), "")
    return render("people/_suggest.html", people=identity.suggest_people(current_user, typed))


@bp.route("/people/<uuid:person_id>")
@needs("admin.people")
def show(person_id):
    """One person: data, positions, roles, groups, substitutes, and what can be done."""
    return _show(person_id)


def _show(person_id, status=200, **changed):
    person = identity.read_card(current_user, person_id)
    role_form = changed.pop("role_form", None) or RoleForm(formdata=None)
    role_form.role.choices = [("", "–"), *((role.key, role.name) for role in identity.list_roles())]
    return render(
        "people/show.html",
        person=person,
        state=identity.state_of(person),
        code=identity.masked_code(person),
        placements=identity.placements_of(person_id),
        assignments=identity.assignments_of(person_id),
        memberships=identity.groups_of(person_id),
        substitutions=identity.substitutions_about(current_user, person_id),
        admin_accounts=identity.open_accounts_owned(person_id),
        names=identity.names_of([person.owner_id, person.merged_into_id, person.successor_id]),
        role_form=role_form,
        reason_form=changed.pop("reason_form", None) or ReasonForm(formdata=None),
        purpose_form=changed.pop("purpose_form", None) or PurposeForm(formdata=None),
        status=status,
        **changed,
    )


@bp.route("/people/<uuid:person_id>/edit", methods=["GET", "POST"])
@needs("admin.people")
def edit(person_id):
    """Mend a person's data."""
    person = identity.get_person(current_user, person_id)
    form = PersonForm(obj=person) if request.method == "GET" else PersonForm()
    if request.method == "GET":
        form.personal_code.data = ""
    if form.validate_on_submit():
        values = form.values()
        code, clear = values.pop("personal_code"), values.pop("clear_code")
        try:
            identity.change_person(current_user, person_id, personal_code="" if clear else code or None, **values)
            flash_done(_("The data are saved"))
            return go_to("people.show", person_id=person_id)
        except Invalid as error:
            form.attach(error)
    return render("people/edit.html", person=person, form=form, status=422 if form.errors else 200)


@bp.route("/people/<uuid:person_id>/code", methods=["POST"])
@needs("admin.people")
def code(person_id):
    """Show the personal code; who saw it and why is kept."""
    form = PurposeForm()
    if not form.validate_on_submit():
        return _show(person_id, 422, purpose_form=form)
    shown = identity.reveal_code(current_user, person_id, form.purpose.data)
    return _show(person_id, shown_code=shown)


@bp.route("/people/<uuid:person_id>/suspend", methods=["POST"])
@needs("admin.people")
def suspend(person_id):
    """Close an account now: its sessions and tokens end at once."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _show(person_id, 422, reason_form=form)
    identity.suspend(current_user, person_id, form.reason.data)
    flash_done(_("The account is suspended and its sessions are ended"))
    return go_to("people.show", person_id=person_id)


@bp.route("/people/<uuid:person_id>/reopen", methods=["POST"])
@needs("admin.people")
def reopen(person_id):
    """Open a suspended account again."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _show(person_id, 422, reason_form=form)
    identity.reopen(current_user, person_id, form.reason.data)
    flash_done(_("The account is open again"))
    return go_to("people.show", person_id=person_id)


@bp.route("/people/<uuid:person_id>/password", methods=["POST"])
@needs("admin.people")
def password(person_id):
    """Make a new password, shown once."""
    return _show(person_id, new_password=identity.reset_password(current_user, person_id))


@bp.route("/people/<uuid:person_id>/admin-account", methods=["POST"])
@needs("admin.people")
def admin_account(person_id):
    """A second account for administering the system (LAW-151)."""
    account = identity.add_admin_account(current_user, person_id, None)
    return _show(account.id, new_password=identity.reset_password(current_user, account.id))


@bp.route("/people/<uuid:person_id>/roles", methods=["POST"])
@needs("admin.people")
def give_role(person_id):
    """Give a role, with its dates."""
    form = RoleForm()
    if form.validate_on_submit():
        try:
            identity.give_role(current_user, person_id, form.role.data, form.since.data, form.until.data)
            flash_done(_("The role is given"))
            return go_to("people.show", person_id=person_id)
        except Invalid as error:
            form.attach(error)
    return _show(person_id, 422, role_form=form)


@bp.route("/people/roles/<uuid:assignment_id>/end", methods=["POST"])
@needs("admin.people")
def take_role(assignment_id):
    """Let a role end now."""
    assignment = identity.take_role(current_user, assignment_id)
    flash_done(_("The role has ended"))
    return go_to("people.show", person_id=assignment.person_id)


@bp.route("/people/doubles", methods=["GET", "POST"])
@needs("admin.people")
def doubles():
    """Accounts that seem to be one person's, and making them one."""
    groups = identity.find_doubles(current_user)
    form = MergeForm()
    if form.validate_on_submit():
        try:
            kept = identity.merge(current_user, form.keep.data, form.double.data, form.reason.data)
            flash_done(_("The accounts are merged"))
            return go_to("people.show", person_id=kept.id)
        except Invalid as error:
            form.attach(error)
    return render(
        "people/doubles.html",
        groups=groups,
        form=form,
        place=url_for("people.doubles"),
        status=422 if form.errors else 200,
    )
