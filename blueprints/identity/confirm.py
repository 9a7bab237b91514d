"""Asking again who one is, before signing, voting and changes of what one signs in with."""

from flask import redirect, request
from flask_login import current_user

from blueprints.identity import bp
from blueprints.identity.entrance import origin, own_page
from blueprints.identity.forms import CodeForm, ConfirmForm, PasskeyForm
from blueprints.identity.views import ceremony, ceremony_id
from portal.identity.service import factors, passkeys, steps
from portal.kernel.errors import Forbidden, Invalid
from portal.kernel.web import render, signed_in


@bp.route("/confirm", methods=["GET", "POST"])
@signed_in
def confirm():
    """A code, or the password where nothing stronger is held; then back to where it was asked."""
    if request.method == "GET":
        return _page()
    strong = factors.holds_factor(current_user.person_id)
    form = CodeForm() if strong else ConfirmForm()
    if form.validate_on_submit():
        actor = current_user._get_current_object()
        try:
            if strong:
                steps.confirm_code(actor, form.code.data)
            else:
                steps.confirm_password(actor, form.password.data)
        except (Invalid, Forbidden) as error:
            form.attach(error)
            return _page(form, error.status)
        return redirect(own_page(request.args.get("next")), 303)
    return _page(form, 422)


@bp.route("/confirm/passkey/options", methods=["POST"])
@signed_in
def confirm_passkey_options():
    """What the browser needs to ask the device for one of this person's passkeys."""
    return ceremony(*passkeys.begin_use(passkeys.CONFIRM, origin(), current_user.person_id))


@bp.route("/confirm/passkey", methods=["POST"])
@signed_in
def confirm_passkey():
    """A passkey proves it."""
    try:
        steps.confirm_passkey(current_user, ceremony_id(), PasskeyForm().credential.data or "", origin())
    except Invalid as error:
        form = CodeForm(formdata=None)
        form.attach(error)
        return _page(form, error.status)
    return redirect(own_page(request.args.get("next")), 303)


def _page(form=None, status=200):
    held = factors.held(current_user.person_id)
    return render(
        "identity/confirm.html",
        form=form or (CodeForm(formdata=None) if held.any else ConfirmForm(formdata=None)),
        held=held,
        has_password=steps.has_password(current_user),
        next_page=request.args.get("next"),
        passkeys=passkeys.relying_party(origin()),
        status=status,
    )
