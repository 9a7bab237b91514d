"""The person's own page: data, picture, look, password, news, and who looked at their data (2.2)."""

from flask import Response, request, session
from flask_login import current_user

from blueprints.identity import bp
from blueprints.identity.forms import LookForm, NoticesForm, PasswordForm, PictureForm
from portal.audit import sentences
from portal.identity import service as identity
from portal.identity.service import preferences, viewers
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, render, signed_in


@bp.app_context_processor
def page_look():
    """The look that the base template gives every page: theme and size of letters."""
    kept = current_user.look if current_user.is_authenticated else session.get("look", "")
    return {"page_look": preferences.look_of(kept)}


@bp.route("/profile")
@signed_in
def profile():
    """The person's data, picture, look and password."""
    return _profile()


@bp.route("/profile/password", methods=["POST"])
@signed_in
def password():
    """Change the password; the other sessions end."""
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            identity.change_password(current_user, form.old_password.data, form.new_password.data)
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("The password is changed; your other sessions are ended"))
            return go_to("identity.profile")
    return _profile(form=form, status=422)


@bp.route("/profile/look", methods=["POST"])
@signed_in
def look():
    """Theme, size of letters and language, in every browser of the person from now on."""
    form = LookForm()
    try:
        preferences.set_look(current_user, form.theme.data, form.size.data, form.language.data)
    except Invalid as error:
        form.attach(error)
        return _profile(look_form=form, status=422)
    session["language"], session["look"] = form.language.data, f"{form.theme.data} {form.size.data}"
    flash_done(_("The look of the pages is saved"))
    return go_to("identity.profile")


@bp.route("/profile/picture", methods=["POST"])
@signed_in
def picture():
    """A new picture."""
    form = PictureForm()
    if form.validate_on_submit():
        try:
            preferences.set_picture(current_user, form.picture.data.stream.read(preferences.PICTURE_BYTES + 1))
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("The picture is saved"))
            return go_to("identity.profile")
    return _profile(picture_form=form, status=422)


@bp.route("/profile/picture/remove", methods=["POST"])
@signed_in
def remove_picture():
    """No picture any more."""
    preferences.remove_picture(current_user)
    flash_done(_("The picture is removed"))
    return go_to("identity.profile")


@bp.route("/people/<uuid:person_id>/picture")
@signed_in
def person_picture(person_id):
    """A colleague's picture."""
    return Response(preferences.picture(current_user, person_id), mimetype="image/jpeg")


@bp.route("/profile/notices", methods=["GET", "POST"])
@signed_in
def notices():
    """Which news come by which channel, and when none should."""
    form = NoticesForm(obj=preferences.quiet_hours(current_user) and _Hours(preferences.quiet_hours(current_user)))
    if form.validate_on_submit():
        wanted = {tuple(one.split(" ", 1)) for one in request.form.getlist("wanted") if " " in one}
        try:
            preferences.set_notices(current_user, wanted, form.quiet_since.data, form.quiet_until.data)
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("Your choice of news is saved"))
            return go_to("identity.notices")
    return render(
        "identity/notices.html",
        form=form,
        kinds=preferences.NOTICES,
        channels=preferences.channels(),
        choices=preferences.notice_choices(current_user),
        person=identity.get_person(current_user, current_user.person_id),
        status=422 if form.errors else 200,
    )


@bp.route("/profile/viewers", endpoint="viewers")
@signed_in
def who_looked():
    """Who looked at the person's data, when and why (LAW-158)."""
    return render("identity/viewers.html", views=viewers.about_me(current_user), sentences=sentences)


class _Hours:
    """Kept quiet hours by the names of the form's fields."""

    def __init__(self, row):
        self.quiet_since, self.quiet_until = row.since, row.until


def _profile(form=None, look_form=None, picture_form=None, status=200):
    person = identity.get_person(current_user, current_user.person_id)
    theme, size = preferences.look_of(person.look)
    return render(
        "identity/profile.html",
        person=person,
        form=form or PasswordForm(formdata=None),
        look_form=look_form or LookForm(formdata=None, theme=theme, size=size, language=person.language),
        picture_form=picture_form or PictureForm(formdata=None),
        themes=preferences.THEMES,
        sizes=preferences.SIZES,
        status=status,
        roles=identity.roles_of([person.id]).get(person.id, []),
    )
