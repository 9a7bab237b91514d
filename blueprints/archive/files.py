"""Closed files: until when they are kept, what holds them, and what can be done with them."""

import csv
import io
import uuid

from flask import Response, request
from flask_login import current_user

from blueprints.archive import bp
from blueprints.archive.forms import EventForm, ReasonForm
from portal.documents import service as documents
from portal.documents.words import CARRIERS
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _, _l, date_short
from portal.kernel.web import flash_done, go_to, needs, render

SHOWN = {
    "due": _l("Term has ended"),
    "permanent": _l("Kept permanently"),
    "held": _l("Kept from destruction"),
    "all": _l("All closed"),
}
CLASSES = {"permanent": _l("Permanent"), "long": _l("Long-term"), "short": _l("Short-term")}


@bp.route("")
@needs("documents.register")
def files():
    """Closed files, those first whose term has ended."""
    return _files_page(request.args.get("what"))


def _files_page(what, problem=""):
    what = what if what in SHOWN else "due"
    year = request.args.get("year", type=int)
    return render(
        "archive/files.html",
        kept=documents.closed_files(current_user, what=what, year=year),
        what=what,
        year=year,
        years=[plan.year for plan in documents.list_plans()],
        shown=SHOWN,
        classes=CLASSES,
        keeping_class=documents.keeping_class,
        retention_text=documents.retention_text,
        problem=problem,
        status=422 if problem else 200,
    )


@bp.route("/inventory.csv")
@needs("documents.register")
def inventory():
    """The accounting list of permanently and long kept files (R282-46)."""
    out = io.StringIO()
    lines = csv.writer(out, delimiter=";")
    lines.writerow(
        [
            _("No."), _("Index"), _("Title"), _("First document"), _("Last document"), _("Documents"), _("Keeping"),
            _("Term"), _("Carrier"), _("Language"), _("Restriction"), _("Hand over by"), _("Handed over on"),
        ]
    )  # fmt: skip
    kept = [
        one
        for one in documents.closed_files(current_user, what="all", year=request.args.get("year", type=int))
        if documents.keeping_class(one.dossier) != "short"
    ]
    for number, one in enumerate(kept, 1):
        row = one.dossier
        lines.writerow(
            [
                number, row.index, _plain(row.title), date_short(one.first), date_short(one.last), one.documents,
                CLASSES[documents.keeping_class(row)], documents.retention_text(row),
                CARRIERS.get(row.carrier, ""), "lv", _plain(row.restriction), date_short(one.transfer_by),
                date_short(row.handed_over_on),
            ]
        )  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="uzskaites-saraksts.csv"'}
    return Response("\ufeff" + out.getvalue(), mimetype="text/csv; charset=utf-8", headers=headers)


def _plain(text):
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


@bp.route("/choose", methods=["POST"])
@needs("documents.register")
def choose():
    """Draw up an act, or begin a handover, over the files that are ticked."""
    ids = request.form.getlist("dossier", type=uuid.UUID)
    try:
        if "hand_over" in request.form:
            handover = documents.ask_handover(current_user, ids)
            return go_to("archive.handover", handover_id=handover.id)
        act = documents.make_act(current_user, ids)
        return go_to("archive.act", act_id=act.id)
    except Invalid as error:
        return _files_page("permanent" if "hand_over" in request.form else "due", error.message)


@bp.route("/files/<uuid:dossier_id>")
@needs("documents.register")
def file(dossier_id):
    """One file: its term, its holds, what happened to it."""
    return _file_page(dossier_id)


@bp.route("/files/<uuid:dossier_id>/hold", methods=["POST"])
@needs("documents.register")
def hold(dossier_id):
    """Keep the file from destruction, or let it go again."""
    form = ReasonForm()
    if form.validate_on_submit():
        if "lift" in request.form:
            documents.lift_hold(current_user, dossier_id, form.reason.data)
            flash_done(_("The file may be destroyed again when its term ends"))
        else:
            documents.place_hold(current_user, dossier_id, form.reason.data)
            flash_done(_("The file is kept from destruction"))
        return go_to("archive.file", dossier_id=dossier_id)
    return _file_page(dossier_id, reason_form=form)


@bp.route("/files/<uuid:dossier_id>/event", methods=["POST"])
@needs("documents.register")
def event(dossier_id):
    """What the term waits for has happened."""
    form = EventForm()
    if form.validate_on_submit():
        try:
            documents.note_event(current_user, dossier_id, form.event_on.data)
            flash_done(_("The term of the file is counted from now on"))
            return go_to("archive.file", dossier_id=dossier_id)
        except Invalid as error:
            form.attach(error)
    return _file_page(dossier_id, event_form=form)


def _file_page(dossier_id, reason_form=None, event_form=None):
    found = documents.get_kept(current_user, dossier_id)
    errors = [form for form in (reason_form, event_form) if form and form.errors]
    return render(
        "archive/file.html",
        kept=found,
        holds=documents.holds_of(current_user, dossier_id),
        reason_form=reason_form or ReasonForm(formdata=None),
        event_form=event_form or EventForm(formdata=None, event_on=found.dossier.event_on),
        classes=CLASSES,
        keeping_class=documents.keeping_class,
        retention_text=documents.retention_text,
        carriers=CARRIERS,
        status=422 if errors else 200,
    )
