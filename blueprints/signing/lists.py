"""Pages of IT staff: the lists of trusted services, what they hold, uploading one (12.4)."""

from flask_login import current_user

from blueprints.signing import bp
from blueprints.signing.forms import ListForm
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render
from portal.signing import service as signing


@bp.route("/signing/trust-lists", methods=["GET", "POST"])
@needs("admin.state")
def trust_lists():
    """The lists, when each was read, and the place to upload one."""
    form = ListForm()
    if form.validate_on_submit():
        try:
            row = signing.upload_list(current_user, form.file.data.stream)
            flash_done(_("The list is believed from now on"))
            return go_to("signing.trust_list", list_id=row.id)
        except Invalid as error:
            form.attach(error)
    return render(
        "signing/lists.html",
        rows=signing.list_trust_lists(current_user),
        form=form,
        now=clock.now(),
        waiting=settings().trust_lists,
        status=422 if form.errors else 200,
    )


@bp.route("/signing/trust-lists/<uuid:list_id>")
@needs("admin.state")
def trust_list(list_id):
    """The services of one list; of a list of lists, the lists that it names."""
    row, services = signing.get_trust_list(current_user, list_id)
    pointed = signing.pointed_lists(current_user, row)
    return render("signing/list.html", row=row, services=services, pointed=pointed, now=clock.now())


@bp.route("/signing/trust-lists/<uuid:list_id>/remove", methods=["POST"])
@needs("admin.state")
def remove_trust_list(list_id):
    """An uploaded list is no longer believed."""
    signing.remove_list(current_user, list_id)
    flash_done(_("The list is removed"))
    return go_to("signing.trust_lists")
