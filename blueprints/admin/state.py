"""The state of the system."""

from blueprints.admin import bp
from portal.kernel import jobs
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render
from portal.workplace import state


@bp.route("/admin/state", endpoint="state")
@needs("admin.state")
def show_state():
    """What is wrong and what to do about it; the jobs that gave up."""
    return render("admin/state.html", partial="admin/_state.html", checks=state.checks(), parked=jobs.parked())


@bp.route("/admin/jobs/<uuid:entry_id>/resend", methods=["POST"])
@needs("admin.state")
def resend(entry_id):
    """Give a job that gave up a fresh start."""
    jobs.resend(entry_id)
    flash_done(_("The job runs again"))
    return go_to("admin.state")
