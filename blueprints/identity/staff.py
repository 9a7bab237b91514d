"""For IT staff: who must sign in with a second factor, the terms of use, and what one person signs in with."""

from flask_login import current_user

from blueprints.identity import bp
from blueprints.identity.forms import RuleForm, TermsTextForm
from portal.identity import service as identity
from portal.identity.service import factors, steps, terms
from portal.kernel.config import settings
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render


@bp.route("/admin/sign-in")
@needs("admin.people")
def sign_in_rules():
    """Which role needs a second factor from when, and how many of its people lack one."""
    return _rules_page()


@bp.route("/admin/sign-in/<role_key>", methods=["POST"])
@needs("admin.people")
def set_sign_in_rule(role_key):
    """From this day the role signs in with a second factor; an empty day takes the rule back."""
    form = RuleForm(prefix=f"{role_key}-")
    if form.validate_on_submit():
        factors.set_rule(current_user, role_key, form.day.data)
        flash_done(_("The rule is saved"))
        return go_to("identity.sign_in_rules")
    return _rules_page({role_key: form}, 422)


@bp.route("/admin/terms", methods=["GET", "POST"])
@needs("admin.people")
def edit_terms():
    """Publish a new version of the terms of use; everybody confirms it at the next sign-in (LAW-153)."""
    found = terms.current()
    form = TermsTextForm(text=found.text if found else "")
    if form.validate_on_submit():
        try:
            terms.publish(current_user, form.text.data)
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("The terms are published; everybody confirms them at the next sign-in"))
            return go_to("identity.edit_terms")
    return render(
        "identity/edit_terms.html",
        form=form,
        terms=found,
        confirmed=terms.confirmations(current_user),
        status=422 if form.errors else 200,
    )


@bp.route("/admin/people/<uuid:person_id>/sign-in")
@needs("admin.people")
def person_sign_in(person_id):
    """What a person signs in with, and where they are signed in."""
    return render(
        "identity/person_sign_in.html",
        person=identity.read_card(current_user, person_id),
        held=factors.held(person_id),
        required_from=factors.required_from(person_id),
        sealed=steps.sealed(person_id),
        sessions=identity.list_sessions(current_user, person_id),
    )


@bp.route("/admin/people/<uuid:person_id>/sessions/<uuid:session_id>/end", methods=["POST"])
@needs("admin.people")
def end_session_of(person_id, session_id):
    """End one session of somebody."""
    identity.end_session(current_user, session_id)
    flash_done(_("The session is ended"))
    return go_to("identity.person_sign_in", person_id=person_id)


@bp.route("/admin/people/<uuid:person_id>/sessions/end-all", methods=["POST"])
@needs("admin.people")
def end_all_of(person_id):
    """End everything that somebody has open; the account itself stays."""
    steps.end_all(current_user, person_id)
    flash_done(_("All sessions of the person are ended"))
    return go_to("identity.person_sign_in", person_id=person_id)


@bp.route("/admin/people/<uuid:person_id>/factors/remove", methods=["POST"])
@needs("admin.people")
def remove_factors_of(person_id):
    """The devices are lost: take passkeys, codes and recovery codes away; all that was open ends."""
    steps.remove_factors(current_user, person_id)
    flash_done(_("The person signs in with the password alone and can set up a new device"))
    return go_to("identity.person_sign_in", person_id=person_id)


def _rules_page(forms=None, status=200):
    found = factors.rules(current_user)
    shown = {
        role.key: (forms or {}).get(role.key) or RuleForm(formdata=None, prefix=f"{role.key}-", day=day)
        for role, day, _people, _without in found
    }
    return render(
        "identity/sign_in_rules.html",
        rules=found,
        forms=shown,
        own_settings=settings(),
        sealed=steps.sealed_accounts(current_user),
        status=status,
    )
