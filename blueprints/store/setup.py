"""What IT staff set: grants, classes, property sets."""

from flask import request
from flask_login import current_user

from blueprints.store import bp
from blueprints.store.forms import SPARE_ROWS, ClassForm, GrantForm, PropertySetForm
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render
from portal.storage import service as storage
from portal.store import service as store


@bp.route("/grants", methods=["GET", "POST"])
@needs("admin.store")
def grants():
    """Who may read whose documents; a new grant of a class."""
    form = GrantForm()
    if form.validate_on_submit():
        given = form.values()
        try:
            store.give_grant(current_user, given.pop("owner"), given.pop("holder"), **given)
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("Access is given"))
            return go_to("store.grants")
    page = store.list_grants(current_user, ended=bool(request.args.get("ended")), cursor=request.args.get("after"))
    holders = store.holder_names({grant.holder for grant in page.rows})
    return render(
        "store/grants.html",
        form=form,
        page=page,
        holders=holders,
        owners=dict(form.owner.choices),
        classes=dict(form.class_code.choices),
        ended=request.args.get("ended", ""),
        rooms=storage.list_rooms(current_user),
        status=422 if form.errors else 200,
    )


@bp.route("/grants/<uuid:grant_id>/end", methods=["POST"])
@needs("admin.store")
def end_grant(grant_id):
    """The holder reads no longer, from this moment."""
    grant = store.end_grant(current_user, grant_id)
    flash_done(_("Access is ended"))
    if request.args.get("item"):
        return go_to("store.show", item_id=grant.item_id or request.args["item"])
    return go_to("store.grants")


@bp.route("/setup", methods=["GET", "POST"])
@needs("admin.store")
def setup():
    """Classes and property sets; a new class or another name for one."""
    form = ClassForm()
    if form.validate_on_submit():
        try:
            store.save_class(current_user, form.code.data, form.name.data)
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("The class is saved"))
            return go_to("store.setup")
    return render(
        "store/setup.html",
        form=form,
        classes=store.list_classes(),
        sets=store.list_property_sets(),
        status=422 if form.errors else 200,
    )


@bp.route("/setup/classes/<code>/<any(on, off):how>", methods=["POST"])
@needs("admin.store")
def switch_class(code, how):
    """Nothing new is put into a class that is off; what is in it stays."""
    found = next((one for one in store.list_classes() if one.code == code), None)
    if found is None:
        raise NotFound(_("There is no such class of documents"))
    store.save_class(current_user, code, found.name, active=how == "on")
    flash_done(_("The class is saved"))
    return go_to("store.setup")


@bp.route("/setup/sets/new", methods=["GET", "POST"], defaults={"code": ""})
@bp.route("/setup/sets/<code>", methods=["GET", "POST"])
@needs("admin.store")
def property_set(code):
    """A property set's fields. Saving a change makes a new version; items made before keep theirs."""
    found = store.latest_property_set(code) if code else None
    if code and found is None:
        raise NotFound(_("There is no such property set"))
    form = PropertySetForm()
    if form.validate_on_submit():
        try:
            store.save_property_set(current_user, code or form.code.data, form.name.data, form.rows())
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("The property set is saved"))
            return go_to("store.setup")
    if request.method == "GET":
        if found is not None:
            form.code.data, form.name.data = found.code, found.name
            for row in found.fields:
                form.fields.append_entry({**row, "choices": ", ".join(row["choices"])})
        for _n in range(SPARE_ROWS):
            form.fields.append_entry()
    return render("store/set.html", form=form, found=found, status=422 if form.errors else 200)
