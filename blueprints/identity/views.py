"""Sign-in, sign-out, profile: sessions and password (1.3, 2.2)."""

from urllib.parse import urlsplit

from flask import redirect, request, session, url_for
from flask_login import current_user

from blueprints.identity import bp
from blueprints.identity.forms import PasswordForm, SignInForm
from portal.identity import service as identity
from portal.identity.web_session import COOKIE_KEY
from portal.kernel.errors import Forbidden, Invalid
from portal.kernel.i18n import LANGUAGES, _
from portal.kernel.web import flash_done, go_to, public, render, signed_in


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in():
    """Ask for a name and password, then go where the person wanted to go."""
    if current_user.is_authenticated:
        return go_to("workplace.home")
    form = SignInForm()
    if form.validate_on_submit():
        try:
            token = identity.sign_in(
                form.username.data, form.password.data, request.remote_addr or "", request.user_agent.string
            )
        except (Invalid, Forbidden) as error:
            form.attach(error)
            return render("identity/sign_in.html", form=form, status=error.status)
        language = session.get("language")
        session.clear()  # a new session: nothing from before signing in is trusted
        session[COOKIE_KEY] = token
        if language:
            session["language"] = language
        return redirect(_own_page(request.args.get("next")), 303)
    return render("identity/sign_in.html", form=form, status=422 if form.errors else 200)


@bp.route("/sign-out", methods=["POST"])
@signed_in
def sign_out():
    """End this session."""
    identity.sign_out(current_user)
    session.clear()
    return go_to("identity.sign_in")


@bp.route("/language/<code>", methods=["POST"])
@public
def language(code):
    """Switch between Latvian and English; kept with the browser's session."""
    if code in LANGUAGES:
        session["language"] = code
    return redirect(_own_page(request.args.get("next")), 303)


@bp.route("/profile")
@signed_in
def profile():
    """The person's data, roles and open sessions."""
    return _profile(PasswordForm())


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
    return _profile(form, 422)


@bp.route("/profile/sessions/<uuid:session_id>/end", methods=["POST"])
@signed_in
def end_session(session_id):
    """End one of the person's sessions."""
    identity.end_session(current_user, session_id)
    flash_done(_("The session is ended"))
    return go_to("identity.profile")


def _profile(form, status=200):
    person = identity.get_person(current_user, current_user.person_id)
    return render(
        "identity/profile.html",
        person=person,
        form=form,
        status=status,
        roles=identity.roles_of([person.id]).get(person.id, []),
        sessions=identity.list_sessions(current_user),
    )


def _own_page(target):
    """Only a path of this portal: a link must not lead away after signing in."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or urlsplit(target).netloc:
        return url_for("workplace.home")
    return target
