"""What a person signs in with: passkeys, an application with codes, recovery codes; the open sessions."""

from flask import request
from flask_login import current_user
from markupsafe import Markup

from blueprints.identity import bp
from blueprints.identity.entrance import entering, origin
from blueprints.identity.forms import CodeForm, PasskeyForm
from blueprints.identity.views import ceremony, ceremony_id
from portal.identity import service as identity
from portal.identity.service import factors, passkeys, steps
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, render, signed_in


@bp.route("/profile/security")
@signed_in
def security():
    """Passkeys, codes, recovery codes and open sessions of the person."""
    return render(
        "identity/security.html",
        held=factors.held(current_user.person_id),
        required_from=factors.required_from(current_user.person_id, current_user.address),
        sessions=identity.list_sessions(current_user),
        passkeys=passkeys.relying_party(origin()),
        passkey_form=PasskeyForm(formdata=None),
        named_url=passkeys.named_origin(origin()),
    )


@bp.route("/profile/passkeys/options", methods=["POST"])
@entering("inside", factors.ENROL)
def add_passkey_options(actor, row):
    """What the browser needs to let a device make a passkey."""
    _ask_again(actor, row)
    return ceremony(*passkeys.begin_add(actor, origin()))


@bp.route("/profile/passkeys", methods=["POST"])
@entering("inside", factors.ENROL)
def add_passkey(actor, row):
    """Keep the passkey that the device made."""
    _ask_again(actor, row)
    form = PasskeyForm()
    if not form.validate():
        raise Invalid(_("The name of the device is too long"))
    passkeys.finish_add(actor, ceremony_id(), form.credential.data or "", form.name.data or "", origin())
    return _added(actor, row, "passkey", factors.first_codes(actor), _("The passkey is added"))


@bp.route("/profile/passkeys/<uuid:passkey_id>/remove", methods=["POST"])
@signed_in
def remove_passkey(passkey_id):
    """Take a passkey away."""
    _ask_again(current_user, None)
    factors.remove_passkey(current_user, passkey_id)
    flash_done(_("The passkey is removed"))
    return go_to("identity.security")


@bp.route("/profile/code-device/begin", methods=["POST"])
@entering("inside", factors.ENROL)
def begin_code_device(actor, row):
    """Make the secret of an application with codes; the next page shows it."""
    _ask_again(actor, row)
    factors.begin_device(actor)
    return go_to("identity.code_device", next=_next())


@bp.route("/profile/code-device", methods=["GET", "POST"])
@entering("inside", factors.ENROL)
def code_device(actor, row):
    """Add an application with codes: scan, type the first code."""
    _ask_again(actor, row)
    form = CodeForm()
    if form.validate_on_submit():
        try:
            codes = factors.confirm_device(actor, form.code.data)
        except Invalid as error:
            form.attach(error)
        else:
            return _added(actor, row, "totp", codes, _("The application with codes is added"))
    offered = factors.offered_device(actor)
    if offered is None:
        return go_to("identity.security") if row is None else go_to("identity.step", next=_next())
    secret, address = offered
    return render(
        "identity/code_device.html",
        form=form,
        secret=" ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        picture=_drawn(address),
        next_page=_next(),
        at_the_door=row is not None,
        status=422 if form.errors else 200,
    )


@bp.route("/profile/code-device/remove", methods=["POST"])
@signed_in
def remove_code_device():
    """Take the application with codes away."""
    _ask_again(current_user, None)
    factors.remove_device(current_user, current_user.person_id)
    flash_done(_("The application with codes is removed"))
    return go_to("identity.security")


@bp.route("/profile/recovery-codes", methods=["POST"])
@signed_in
def recovery_codes():
    """New recovery codes, shown this once."""
    _ask_again(current_user, None)
    return _codes_page(factors.new_codes(current_user))


@bp.route("/profile/sessions/<uuid:session_id>/end", methods=["POST"])
@signed_in
def end_session(session_id):
    """End one of the person's sessions."""
    identity.end_session(current_user, session_id)
    flash_done(_("The session is ended"))
    return go_to("identity.security")


@bp.route("/profile/sessions/end-others", methods=["POST"])
@signed_in
def end_other_sessions():
    """End all sessions of the person but this one."""
    for one in identity.list_sessions(current_user):
        if one.id != current_user.session_id:
            identity.end_session(current_user, one.id)
    flash_done(_("Your other sessions are ended"))
    return go_to("identity.security")


def _ask_again(actor, row):
    """Whoever finds an open browser must not add a key of their own; at the door the password was just given."""
    if row is None:
        steps.require_recent(actor, steps.CHANGES_ASK_AFTER)


def _added(actor, row, how, codes, words):
    """A factor counts from now on: the sign-in that waited for it goes on, and new recovery codes are shown."""
    inside = row is None
    steps.enrolled(actor, how)
    flash_done(words)
    if codes:
        return _codes_page(codes, at_the_door=not inside)
    return go_to("identity.security" if inside else "identity.step", **({} if inside else {"next": _next()}))


def _codes_page(codes, at_the_door=False):
    return render("identity/recovery_codes.html", codes=codes, at_the_door=at_the_door, next_page=_next())


def _next():
    return request.args.get("next")


def _drawn(address):
    """The QR code as SVG that is part of the page; it is never sent to anybody."""
    import segno  # only here

    code = segno.make(address, error="m")
    return Markup(code.svg_inline(scale=5, border=2, omitsize=False, dark="#000", light="#fff"))  # noqa: S704 - ours
