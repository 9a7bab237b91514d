"""Imports of people: a file, the comparison, the act, and the way back."""

from flask_login import current_user

from blueprints.people import bp
from blueprints.people.forms import ImportForm
from jobs import identity as identity_jobs
from portal.identity import service as identity
from portal.kernel import jobs
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render


@bp.route("/people/imports", methods=["GET", "POST"])
@needs("admin.people")
def imports():
    """Earlier imports, and a form for a new file."""
    form = ImportForm()
    if form.validate_on_submit():
        try:
            rows = identity.read_table(form.file.data.read())
            plan = identity.plan_import(current_user, form.file.data.filename or "", rows)
            return go_to("people.import_page", import_id=plan.id)
        except Invalid as error:
            form.attach(error)
    found = identity.list_imports(current_user)
    return render(
        "people/imports.html",
        imports=found,
        names=identity.names_of([one.made_by_id for one in found]),
        form=form,
        status=422 if form.errors else 200,
    )


@bp.route("/people/imports/<uuid:import_id>")
@needs("admin.people")
def import_page(import_id):
    """What an import changes, row by row, and how far it has come."""
    found = identity.get_import(current_user, import_id)
    return render("people/import.html", partial="people/_import.html", found=found, most=300)


@bp.route("/people/imports/<uuid:import_id>/apply", methods=["POST"])
@needs("admin.people")
def apply_import(import_id):
    """Do what was shown; the rest of a long one goes on in the background."""
    if not identity.apply_import(current_user, import_id):
        jobs.queue(identity_jobs.go_on_importing, import_id=import_id, person_id=current_user.person_id)
    flash_done(_("The import is applied; it can be taken back here"))
    return go_to("people.import_page", import_id=import_id)


@bp.route("/people/imports/<uuid:import_id>/undo", methods=["POST"])
@needs("admin.people")
def undo_import(import_id):
    """Take an import back."""
    if not identity.undo_import(current_user, import_id):
        jobs.queue(identity_jobs.go_on_importing, import_id=import_id, person_id=current_user.person_id)
    flash_done(_("The import is taken back"))
    return go_to("people.import_page", import_id=import_id)
