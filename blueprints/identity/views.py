"""Sign-in step by step, sign-out, language, terms of use (1.3)."""

import uuid

from flask import Response, redirect, request, session
from flask_login import current_user

from blueprints.identity import bp
from blueprints.identity.entrance import KEPT, enter, entering, go_on, origin, own_page, waiting
from blueprints.identity.forms import CodeForm, NewPasswordForm, PasskeyForm, SignInForm, TermsForm
from portal.identity import service as identity
from portal.identity.service import factors, federation, passkeys, steps, terms
from portal.kernel.errors import Forbidden, Invalid
from portal.kernel.i18n import LANGUAGES
from portal.kernel.web import go_to, public, render, signed_in


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in():
    """Ask for a name and password, then go where the person wanted to go."""
    if current_user.is_authenticated:
        return go_to("workplace.home")
    if request.method == "GET" and waiting():
        return go_to("identity.step", next=request.args.get("next"))
    form = SignInForm()
    if form.validate_on_submit():
        try:
            token = identity.sign_in(
                form.username.data, form.password.data, request.remote_addr or "", request.user_agent.string
            )
        except (Invalid, Forbidden) as error:
            form.attach(error)
            return _sign_in_page(form, error.status)
        return enter(token, request.args.get("next"))
    return _sign_in_page(form, 422 if form.errors else 200)


def _sign_in_page(form, status):
    return render("identity/sign_in.html", form=form, status=status, passkeys=passkeys.relying_party(origin()))


@bp.route("/sign-in/passkey/options", methods=["POST"])
@public
def passkey_options():
    """What the browser needs to ask the device for a passkey."""
    return ceremony(*passkeys.begin_use(passkeys.SIGN_IN, origin()))


@bp.route("/sign-in/passkey", methods=["POST"])
@public
def passkey():
    """The device's answer signs in."""
    form = PasskeyForm()
    try:
        token = steps.sign_in_with_passkey(
            ceremony_id(), form.credential.data or "", origin(), request.remote_addr or "", request.user_agent.string
        )
    except (Invalid, Forbidden) as error:
        empty = SignInForm(formdata=None)
        empty.attach(error)
        return _sign_in_page(empty, error.status)
    return enter(token, request.args.get("next"))


# --- the steps after the password ------------------------------------------------------------------------------------


@bp.route("/sign-in/step")
@entering(factors.FACTOR, factors.ENROL, factors.RENEW, factors.TERMS)
def step(actor, row):
    """The step of signing in that is missing."""
    return _step_page(actor, row)


@bp.route("/sign-in/step/code", methods=["POST"])
@entering(factors.FACTOR)
def step_code(actor, row):
    """A code of the application, or one of the recovery codes."""
    form = CodeForm()
    if form.validate_on_submit():
        try:
            steps.take_factor(actor, row, form.code.data)
        except (Invalid, Forbidden) as error:
            form.attach(error)
            return _again(form, error.status)
        return go_on(request.args.get("next"))
    return _step_page(actor, row, form, 422)


@bp.route("/sign-in/step/passkey/options", methods=["POST"])
@entering(factors.FACTOR)
def step_passkey_options(actor, row):
    """What the browser needs to ask the device for one of this person's passkeys."""
    return ceremony(*passkeys.begin_use(passkeys.FACTOR, origin(), actor.person_id))


@bp.route("/sign-in/step/passkey", methods=["POST"])
@entering(factors.FACTOR)
def step_passkey(actor, row):
    """A passkey as the second factor."""
    try:
        steps.take_factor_passkey(actor, row, ceremony_id(), PasskeyForm().credential.data or "", origin())
    except Invalid as error:
        form = CodeForm(formdata=None)
        form.attach(error)
        return _step_page(actor, row, form, error.status)
    return go_on(request.args.get("next"))


@bp.route("/sign-in/step/password", methods=["POST"])
@entering(factors.RENEW)
def step_password(actor, row):
    """Another password in the place of the one that IT staff gave out."""
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            steps.take_new_password(actor, row, form.new_password.data)
        except Invalid as error:
            form.attach(error)
            return _step_page(actor, row, form, error.status)
        return go_on(request.args.get("next"))
    return _step_page(actor, row, form, 422)


@bp.route("/sign-in/step/terms", methods=["POST"])
@entering(factors.TERMS)
def step_terms(actor, row):
    """The terms of use are confirmed (LAW-153)."""
    form = TermsForm()
    if form.validate_on_submit():
        try:
            steps.take_terms(actor, row, form.number.data)
        except Invalid as error:
            form.attach(error)
            return _step_page(actor, row, form, error.status)
        return go_on(request.args.get("next"))
    return _step_page(actor, row, form, 422)


@bp.route("/sign-in/leave", methods=["POST"])
@entering(factors.FACTOR, factors.ENROL, factors.RENEW, factors.TERMS)
def leave(actor, row):
    """Give the sign-in up and begin again."""
    identity.end_session(actor, row.id)
    _forget_session()
    return go_to("identity.sign_in")


def _again(form, status):
    """After a failed try: its record let the request's transaction go, so who waits is read anew."""
    found = waiting()
    return _step_page(*found, form, status) if found else go_to("identity.sign_in")


def _step_page(actor, row, form=None, status=200):
    """The page of the step that the sign-in waits for."""
    context = {"who": actor, "next_page": request.args.get("next"), "passkeys": passkeys.relying_party(origin())}
    if row.waits_for == factors.FACTOR:
        held = factors.held(actor.person_id)
        return render("identity/step_factor.html", form=form or CodeForm(), held=held, status=status, **context)
    if row.waits_for == factors.ENROL:
        return render("identity/step_enrol.html", form=form or PasskeyForm(), status=status, **context)
    if row.waits_for == factors.RENEW:
        return render("identity/step_password.html", form=form or NewPasswordForm(), status=status, **context)
    found = terms.current()
    form = form or TermsForm(formdata=None, number=found.number)
    return render("identity/step_terms.html", form=form, terms=found, status=status, **context)


# --- passkeys on their way through the browser -----------------------------------------------------------------------


def ceremony(ceremony_id, options):
    """Remember which challenge was given to this browser, and give it."""
    session["ceremony"] = str(ceremony_id)
    return Response(options, mimetype="application/json")


def ceremony_id():
    """The challenge that this browser was given, for once."""
    kept = session.pop("ceremony", None)
    return uuid.UUID(kept) if kept else None


# --- out, language, terms --------------------------------------------------------------------------------------------


@bp.route("/sign-out", methods=["POST"])
@signed_in
def sign_out():
    """End this session, and the one at the provider that it began with."""
    provider_url, provider_name = federation.leave(current_user)
    identity.sign_out(current_user)
    _forget_session()
    if provider_url:
        return render("federation/leaving.html", url=provider_url, name=provider_name)
    return go_to("identity.sign_in")


def _forget_session():
    kept = {name: session[name] for name in KEPT if name in session}
    session.clear()
    session.update(kept)


@bp.route("/language/<code>", methods=["POST"])
@public
def language(code):
    """Switch between Latvian and English; kept with the browser's session."""
    if code in LANGUAGES:
        session["language"] = code
    return redirect(own_page(request.args.get("next")), 303)


@bp.route("/terms")
@public
def terms_page():
    """The terms of use in force, open to everybody at any time (LAW-153)."""
    return render("identity/terms.html", terms=terms.current())
