"""Who can see and do what, and why a person can."""

from flask import request
from flask_login import current_user

from blueprints.people import bp
from blueprints.people.forms import AddressForm
from portal.identity import service as identity
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.web import needs, render


@bp.route("/people/rights")
@needs("admin.people")
def rights():
    """What each role permits and how many hold it; with a permission chosen, who holds it and why."""
    permission = request.args.get("permission")
    page, reasons = (None, {})
    if permission:
        page, reasons = identity.who_can(current_user, permission, request.args.get("after"))
    return render(
        "people/rights.html",
        permission=permission,
        permissions=identity.known_permissions(),
        page=page,
        reasons=reasons,
        roles=identity.list_roles(),
        by_role=identity.permissions_by_role(),
        holders=identity.count_holders(),
    )


@bp.route("/people/<uuid:person_id>/access", methods=["GET", "POST"])
@needs("admin.people")
def access(person_id):
    """Why a person can do and see what they can; and one thing, by its address."""
    form, sight = AddressForm(), None
    if form.validate_on_submit():
        try:
            sight = identity.why_sees(current_user, person_id, form.address.data)
        except (Invalid, NotFound) as error:
            error.field = "address"
            form.attach(error)
    return render(
        "people/access.html",
        found=identity.explain(current_user, person_id),
        form=form,
        sight=sight,
        status=422 if form.errors else 200,
    )
