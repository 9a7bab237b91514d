"""Filing plans by year: rows, states, the next year's copy with its differences, tables in and out."""

import csv
import io

from flask import Response, request
from flask_login import current_user

from blueprints.documents import bp
from blueprints.documents.forms import DossierForm, PlanFileForm, PlanForm, PlanStateForm
from portal.documents import policy
from portal.documents import service as documents
from portal.documents.words import CARRIERS, PLAN_FIELDS, PLAN_SHAPES, PLAN_STATES, RETENTIONS
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.errors import Invalid, ensure
from portal.kernel.i18n import _, ngettext
from portal.kernel.web import flash_done, go_to, needs, render


@bp.route("/documents/plans", methods=["GET", "POST"])
@needs("documents.read")
def plans():
    """All years; a new, empty plan."""
    found = documents.list_plans()
    form = PlanForm(year=(found[0].year if found else clock.today().year - 1) + 1)
    if form.validate_on_submit():
        try:
            plan = documents.make_plan(current_user, form.year.data)
            return go_to("documents.plan", plan_id=plan.id)
        except Invalid as error:
            form.attach(error)
    return render(
        "documents/plans.html",
        plans=found,
        form=form,
        states=PLAN_STATES,
        shapes=PLAN_SHAPES,
        can_plan=policy.can_plan(current_user),
        status=422 if form.errors else 200,
    )


@bp.route("/documents/plans/<uuid:plan_id>", methods=["GET", "POST"])
@needs("documents.read")
def plan(plan_id):
    """The rows of a plan; its next state."""
    found = documents.get_plan(plan_id)
    form = PlanStateForm(agreed_on=clock.today())
    if form.validate_on_submit():
        try:
            documents.move_plan(
                current_user, plan_id, form.state.data, agreed_on=form.agreed_on.data, agreed_note=form.agreed_note.data
            )
            flash_done(_("The state of the filing plan is changed"))
            return go_to("documents.plan", plan_id=plan_id)
        except Invalid as error:
            form.attach(error)
    years = {one.year: one for one in documents.list_plans()}
    return render(
        "documents/plan.html",
        plan=found,
        rows=documents.rows_of(plan_id),
        counts=documents.counts_of(plan_id),
        units={unit.id: unit for unit in identity.list_units(current_user)},
        form=form,
        next_plan=years.get(found.year + 1),
        copied_from=next((one for one in years.values() if one.id == found.copied_from_id), None),
        status=422 if form.errors else 200,
        **_words(),
    )


def _words():
    return {
        "states": PLAN_STATES,
        "shapes": PLAN_SHAPES,
        "carriers": CARRIERS,
        "retention_text": documents.retention_text,
        "can_plan": policy.can_plan(current_user),
    }


@bp.route("/documents/plans/<uuid:plan_id>/copy", methods=["POST"])
@needs("documents.register")
def copy_plan(plan_id):
    """The next year's plan with the same rows."""
    made = documents.copy_plan(current_user, plan_id)
    flash_done(_("The filing plan for %(year)s is begun with the same files", year=made.year))
    return go_to("documents.plan", plan_id=made.id)


@bp.route("/documents/plans/<uuid:plan_id>/differences")
@needs("documents.read")
def plan_differences(plan_id):
    """How a plan differs from the year before."""
    found = documents.get_plan(plan_id)
    units = {unit.id: unit for unit in identity.list_units(current_user)}

    def shown(name, value):
        if name == "unit_id":
            return units.get(value, "–")
        if name in ("is_level", "runs_on"):
            return _("yes") if value else _("no")
        return {"carrier": CARRIERS, "retention": RETENTIONS}.get(name, {}).get(value, value) or "–"

    return render(
        "documents/plan_differences.html",
        plan=found,
        before=documents.get_plan(found.copied_from_id) if found.copied_from_id else None,
        differences=documents.differences(found),
        fields=PLAN_FIELDS,
        shown=shown,
        **_words(),
    )


@bp.route("/documents/plans/<uuid:plan_id>/rows/new", methods=["GET", "POST"])
@needs("documents.register")
def new_dossier(plan_id):
    """A new row."""
    return _edit_row(documents.get_plan(plan_id), None)


@bp.route("/documents/plans/rows/<uuid:dossier_id>", methods=["GET", "POST"])
@needs("documents.register")
def edit_dossier(dossier_id):
    """A row of a plan."""
    row = documents.get_dossier(dossier_id)
    return _edit_row(documents.get_plan(row.plan_id), row)


def _edit_row(found, row):
    ensure(policy.can_plan(current_user))
    form = DossierForm(obj=row).offer(identity.list_units(current_user))
    if form.validate_on_submit():
        try:
            saved = documents.save_dossier(current_user, found.id, row.id if row else None, **form.values())
            flash_done(_("Saved: %(row)s", row=saved))
            return go_to("documents.plan", plan_id=found.id)
        except Invalid as error:
            form.attach(error)
    return render(
        "documents/dossier.html", plan=found, row=row, form=form, status=422 if form.errors else 200, **_words()
    )


@bp.route("/documents/plans/rows/<uuid:dossier_id>/drop", methods=["POST"])
@needs("documents.register")
def drop_dossier(dossier_id):
    """Take a row out of a draft."""
    found = documents.get_dossier(dossier_id).plan_id
    documents.drop_dossier(current_user, dossier_id)
    flash_done(_("The row is taken out"))
    return go_to("documents.plan", plan_id=found)


# --- tables -----------------------------------------------------------------------------------------------------------


@bp.route("/documents/plans/<uuid:plan_id>/export.csv")
@needs("documents.read")
def export_plan(plan_id):
    """The plan as a table for spreadsheets."""
    found = documents.get_plan(plan_id)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for cells in documents.table_of(current_user, found):
        writer.writerow([f"'{cell}" if cell[:1] in ("=", "+", "@", "\t") else cell for cell in cells])
    return Response(
        "\ufeff" + out.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="klasifikacijas-shema-{found.year}.csv"'},
    )


@bp.route("/documents/plans/<uuid:plan_id>/ask", methods=["POST"])
@needs("documents.read")
def ask_plan(plan_id):
    """The plan as an XLSX file, made by a job."""
    found = documents.get_plan(plan_id)
    name = f"klasifikācijas-shēma-{found.year}.xlsx"
    asked = documents.ask_file(current_user, "plan.xlsx", name, {"plan_id": str(found.id)})
    return go_to("documents.ready", file_id=asked.id)


@bp.route("/documents/plans/<uuid:plan_id>/import", methods=["GET", "POST"])
@needs("documents.register")
def import_plan(plan_id):
    """Bring rows in from a table; nothing changes before each row was shown."""
    ensure(policy.can_plan(current_user))
    found = documents.get_plan(plan_id)
    form = PlanFileForm()
    if form.validate_on_submit():
        items = [(f.filename, f.stream) for f in request.files.getlist("file") if f.filename]
        uploads, problems = documents.receive_uploads(current_user, items[:1])
        if uploads:
            asked = documents.ask_import(current_user, plan_id, uploads[0])
            return go_to("documents.plan_import", import_id=asked.id)
        form.file.errors = [*form.file.errors, *(problems or [_("Choose a file")])]
    return render("documents/plan_import_new.html", plan=found, form=form, status=422 if form.errors else 200)


@bp.route("/documents/plans/imports/<uuid:import_id>")
@needs("documents.register")
def plan_import(import_id):
    """What an import will change, row by row."""
    found = documents.get_import(current_user, import_id)
    return render(
        "documents/plan_import.html",
        partial="documents/_plan_import.html",
        found=found,
        plan=documents.get_plan(found.plan_id),
        fields=PLAN_FIELDS,
    )


@bp.route("/documents/plans/imports/<uuid:import_id>/apply", methods=["POST"])
@needs("documents.register")
def apply_import(import_id):
    """Put the rows without errors into the plan."""
    plan_id = documents.get_import(current_user, import_id).plan_id
    added, changed = documents.apply_import(current_user, import_id)
    flash_done(
        "; ".join(
            [
                ngettext("%(num)s row added", "%(num)s rows added", added),
                ngettext("%(num)s row changed", "%(num)s rows changed", changed),
            ]
        )
    )
    return go_to("documents.plan", plan_id=plan_id)
