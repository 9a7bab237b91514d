"""The journal of security incidents (LAW-154)."""

from flask import request
from flask_login import current_user

from blueprints.admin import bp
from blueprints.admin.forms import IncidentForm, NoteForm
from portal.admin import policy
from portal.admin import service as admin
from portal.admin.words import KIND_WORDS
from portal.kernel import clock
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render, signed_in


@bp.route("/admin/incidents")
@signed_in
def incidents():
    """The journal, the newest entry first."""
    page = admin.list_incidents(current_user, request.args.get("after"))
    return render("admin/incidents.html", page=page, may=_may(), kinds=KIND_WORDS)


@bp.route("/admin/incidents/new", methods=["GET", "POST"])
@needs("admin.state")
def new_incident():
    """Enter an incident."""
    now = clock.local(clock.now())
    form = IncidentForm(day=now.date(), hour=f"{now:%H:%M}")
    if form.validate_on_submit():
        try:
            incident = admin.enter_incident(current_user, **form.incident())
            flash_done(_("The incident stands in the journal"))
            return go_to("admin.incident", incident_id=incident.id)
        except Invalid as error:
            form.attach(error)
    return render("admin/new_incident.html", form=form, status=422 if form.errors else 200)


@bp.route("/admin/incidents/<uuid:incident_id>", methods=["GET", "POST"])
@signed_in
def incident(incident_id):
    """An entry with what was found and done since; IT staff add to it and close it."""
    found = admin.get_incident(current_user, incident_id)
    form = NoteForm()
    if form.validate_on_submit():
        close = "close" in request.form
        admin.note_incident(current_user, incident_id, form.text.data, close)
        flash_done(_("The incident is closed") if close else _("The note is added"))
        return go_to("admin.incident", incident_id=incident_id)
    return render(
        "admin/incident.html",
        incident=found,
        names=admin.writers_of(found),
        kinds=KIND_WORDS,
        may=_may(),
        form=form,
        status=422 if form.errors else 200,
    )


def _may():
    return bool(policy.can_keep_incidents(current_user))
