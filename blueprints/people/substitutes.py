"""Who stands in for whom: appointed by the person, the head or IT staff; and acting for somebody."""

from urllib.parse import urlsplit

from flask import redirect, request, url_for
from flask_login import current_user

from blueprints.people import bp
from blueprints.people.forms import SubstituteForm
from portal.identity import service as identity
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, render, signed_in


@bp.route("/substitutes", methods=["GET", "POST"])
@signed_in
def substitutes():
    """One's own substitutes, and for whom one may act today (2.2)."""
    return _page(current_user.person_id, "people.substitutes", {})


@bp.route("/people/<uuid:person_id>/substitutes", methods=["GET", "POST"])
@signed_in
def substitutes_of(person_id):
    """Somebody else's substitutes: for the head of the unit and IT staff."""
    return _page(person_id, "people.substitutes_of", {"person_id": person_id})


def _page(person_id, endpoint, values):
    standing = identity.substitutions_about(current_user, person_id)
    form = SubstituteForm()
    if form.validate_on_submit():
        try:
            substitute = identity.person_called(form.substitute.data, "substitute_id")
            identity.add_substitution(
                current_user, person_id, substitute.id, form.since.data, form.until.data, form.reason.data
            )
            flash_done(_("%(name)s stands in at that time", name=substitute.name))
            return go_to(endpoint, **values)
        except Invalid as error:
            error.field = "substitute" if error.field == "substitute_id" else error.field
            form.attach(error)
    return render(
        "people/substitutes.html",
        person=identity.get_person(current_user, person_id),
        mine=person_id == current_user.person_id,
        standing=standing,
        form=form,
        substituted=identity.substituted_by(current_user),
        place=url_for(endpoint, **values),
        status=422 if form.errors else 200,
    )


@bp.route("/substitutes/<uuid:substitution_id>/end", methods=["POST"])
@signed_in
def end_substitution(substitution_id):
    """Take a substitution back."""
    row = identity.end_substitution(current_user, substitution_id)
    flash_done(_("The substitution has ended"))
    if row.person_id == current_user.person_id:
        return go_to("people.substitutes")
    return go_to("people.substitutes_of", person_id=row.person_id)


@bp.route("/act-for")
@signed_in
def act_for_menu():
    """For the person menu: those for whom one may act today."""
    return render("people/_act_for.html", substituted=identity.substituted_by(current_user), back=_back())


@bp.route("/act-for/<uuid:person_id>", methods=["POST"])
@signed_in
def act_for(person_id):
    """From now on this browser acts for somebody."""
    identity.act_for(current_user, person_id)
    return redirect(_back(), 303)


@bp.route("/act-for/nobody", methods=["POST"])
@signed_in
def act_for_oneself():
    """Act for oneself again."""
    identity.act_for(current_user, None)
    return redirect(_back(), 303)


def _back():
    """A page of ours that the form names; the start page without one."""
    wanted = request.values.get("next") or ""
    parts = urlsplit(wanted)
    own = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
    return wanted if own else url_for("workplace.home")
