"""IT staff: are the kept files whole, and what is in quarantine."""

from flask import Blueprint, request
from flask_login import current_user
from wtforms import StringField

from portal.kernel.config import settings
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.forms import BaseForm, DataRequired, Length
from portal.kernel.i18n import _, _l
from portal.kernel.web import flash_done, go_to, needs, render
from portal.storage import service as storage
from portal.storage.words import damage_words, table_words

bp = Blueprint("storage", __name__)


class DecisionForm(BaseForm):
    reason = StringField(_l("Reason"), [DataRequired(), Length(max=500)])


@bp.route("/admin/storage")
@needs("admin.state")
def home():
    """The checks of all files, what is damaged and whose it is, what is in quarantine."""
    return _home(DecisionForm())


@bp.route("/admin/storage/check", methods=["POST"])
@needs("admin.state")
def check():
    """Read all files now."""
    try:
        storage.request_fixity(current_user)
        flash_done(_("All files are being checked; the page shows how far it is"))
    except Conflict as error:
        flash_done(error.message)
    return go_to("storage.home")


@bp.route("/admin/storage/quarantine/<sha256>", methods=["POST"])
@needs("admin.state")
def decide(sha256):
    """Release a file from quarantine, or destroy it; with a reason."""
    form = DecisionForm()
    if form.validate_on_submit():
        try:
            if "destroy" in request.form:
                storage.destroy_quarantined(current_user, sha256, form.reason.data)
                flash_done(_("The file is destroyed"))
            else:
                storage.release_quarantined(current_user, sha256, form.reason.data)
                flash_done(_("The file is released from quarantine"))
            return go_to("storage.home")
        except Invalid as error:
            form.attach(error)
    return _home(form, sha256, 422)


def _home(form, at=None, status=200):
    runs, found = storage.list_runs(current_user), storage.list_damaged(current_user)
    kept_apart = storage.list_quarantined(current_user)
    return render(
        "storage/home.html",
        partial="storage/_checks.html" if status == 200 else None,
        status=status,
        runs=runs,
        running=next((run for run in runs if not run.finished_at), None),
        damaged=found,
        quarantined=kept_apart,
        hits=storage.hits_of(current_user, {row.address for row in found} | {row.sha256 for row in kept_apart}),
        table_words=table_words,
        damage_words=damage_words,
        scanner=bool(settings().clamd),
        silent=storage.scanner_is_silent(),
        waiting=storage.waiting_for_scanner(),
        days=settings().fixity_days,
        form=form,
        at=at,
    )
