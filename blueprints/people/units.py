"""Units as a tree."""

from flask import request
from flask_login import current_user

from blueprints.people import bp
from blueprints.people.forms import UnitForm
from portal.identity import service as identity
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render


@bp.route("/people/units")
@needs("admin.people")
def units():
    """The tree, with heads and numbers of people."""
    return render("people/units.html", lines=identity.unit_tree(current_user))


@bp.route("/people/units/new", methods=["GET", "POST"])
@needs("admin.people")
def new_unit():
    """A new unit."""
    form = _offered(UnitForm())
    if form.validate_on_submit():
        try:
            head = identity.person_called(form.head.data, "head") if form.head.data else None
            values = form.values()
            del values["head"]
            unit = identity.add_unit(current_user, **values)
            if head:
                identity.set_head(current_user, unit.id, head.id)
            flash_done(_("The unit is added"))
            return go_to("people.units")
        except Invalid as error:
            form.attach(error)
    return render("people/unit.html", form=form, unit=None, status=422 if form.errors else 200)


@bp.route("/people/units/<uuid:unit_id>", methods=["GET", "POST"])
@needs("admin.people")
def unit(unit_id):
    """Rename, move or close a unit; appoint its head."""
    found = identity.get_unit(unit_id)
    form = UnitForm() if request.method == "POST" else UnitForm(obj=found)
    if request.method == "GET" and found.head_id:
        head = identity.get_person(current_user, found.head_id)
        form.head.data = f"{head.name} ({head.username})"
    _offered(form)
    if form.validate_on_submit():
        try:
            head = identity.person_called(form.head.data, "head") if form.head.data else None
            values = form.values()
            del values["head"]
            identity.change_unit(current_user, unit_id, **values)
            identity.set_head(current_user, unit_id, head.id if head else None)
            flash_done(_("The unit is saved"))
            return go_to("people.units")
        except Invalid as error:
            form.attach(error)
    return render("people/unit.html", form=form, unit=found, status=422 if form.errors else 200)


def _offered(form):
    rows = identity.list_units(current_user)
    form.parent_id.choices = [("", "–"), *((str(row.id), f"{row.index} {row.name}") for row in rows)]
    return form
