"""IT staff: providers, rules with a trial, links, keys (1.4)."""

import uuid

from flask_login import current_user

from blueprints.federation import bp
from blueprints.federation.forms import ACTIONS, FIELDS, KINDS, ExampleForm, ProviderForm, RuleForm
from portal.identity import service as identity
from portal.identity.adapters.state_claims import SHOWN
from portal.identity.models import ProviderKind
from portal.identity.service import federation
from portal.kernel.access import SYSTEM
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render

EXAMPLE = "subject = PK:32000000021\npersonal_code = 32000000021\ngiven_name = Anna\nfamily_name = Liepiņa\nlevel = 4"


@bp.route("/admin/federation")
@needs("admin.sign_on")
def providers():
    """All providers and our keys."""
    key = federation.keys.current_or_none()
    return render(
        "federation/providers.html",
        providers=federation.list_providers(current_user),
        counts=federation.count_links(current_user),
        kinds=KINDS,
        key_until=federation.keys.valid_until(key) if key else None,
        coming=federation.keys.coming(),
    )


@bp.route("/admin/federation/new", methods=["GET", "POST"])
@needs("admin.sign_on")
def new():
    """Add a provider."""
    return _edit(ProviderForm(), None)


@bp.route("/admin/federation/<uuid:provider_id>/edit", methods=["GET", "POST"])
@needs("admin.sign_on")
def edit(provider_id):
    """Change a provider."""
    provider = federation.get_provider(current_user, provider_id)
    form = ProviderForm(obj=provider, kind=provider.kind.value, token_auth=provider.token_auth.value)
    return _edit(form, provider)


def _edit(form, provider):
    if form.validate_on_submit():
        try:
            saved = federation.save_provider(current_user, provider.id if provider else None, **form.values())
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("The provider is saved; its metadata are being fetched"))
            return go_to("federation.show", provider_id=saved.id)
    return render("federation/edit.html", form=form, provider=provider, status=422 if form.errors else 200)


@bp.route("/admin/federation/<uuid:provider_id>")
@needs("admin.sign_on")
def show(provider_id):
    """One provider: its state, our addresses for it, its rules, a trial of them, who is linked."""
    return _show(provider_id)


@bp.route("/admin/federation/<uuid:provider_id>/rules", methods=["POST"])
@needs("admin.sign_on")
def add_rule(provider_id):
    """Add a rule."""
    form = _rule_form()
    if form.validate_on_submit():
        values = form.values()
        try:
            unit = uuid.UUID(values.pop("unit_id")) if values["unit_id"] else values.pop("unit_id")
            federation.add_rule(current_user, provider_id, unit_id=unit, **values)
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("The rule is added"))
            return go_to("federation.show", provider_id=provider_id)
    return _show(provider_id, rule_form=form, status=422)


@bp.route("/admin/federation/<uuid:provider_id>/try", methods=["POST"])
@needs("admin.sign_on")
def try_rules(provider_id):
    """Try the rules on an example; nothing is kept."""
    form, trial = ExampleForm(), None
    if form.validate_on_submit():
        try:
            trial = federation.try_example(current_user, provider_id, form.example.data)
        except Invalid as error:
            form.attach(error)
    return _show(provider_id, example_form=form, trial=trial, status=200 if trial else 422)


@bp.route("/admin/federation/rules/<uuid:rule_id>/<any(up, down, remove):act>", methods=["POST"])
@needs("admin.sign_on")
def change_rule(rule_id, act):
    """Ask a rule earlier, later, or no more."""
    if act == "remove":
        provider_id = federation.remove_rule(current_user, rule_id)
        flash_done(_("The rule is removed"))
    else:
        provider_id = federation.move_rule(current_user, rule_id, up=act == "up")
    return go_to("federation.show", provider_id=provider_id)


@bp.route("/admin/federation/<uuid:provider_id>/refresh", methods=["POST"])
@needs("admin.sign_on")
def refresh(provider_id):
    """Fetch the metadata now."""
    federation.ask_to_refresh(current_user, provider_id)
    flash_done(_("The metadata are being fetched"))
    return go_to("federation.show", provider_id=provider_id)


@bp.route("/admin/federation/links/<uuid:link_id>/unlink", methods=["POST"])
@needs("admin.sign_on")
def unlink_person(link_id):
    """Somebody is linked no longer."""
    link = federation.unlink(current_user, link_id)
    flash_done(_("The link is removed"))
    return go_to("federation.show", provider_id=link.provider_id)


@bp.route("/admin/federation/keys/<any(prepare, change):act>", methods=["POST"])
@needs("admin.sign_on")
def change_key(act):
    """Publish the next key, or sign with it from now on."""
    if act == "prepare":
        federation.keys.prepare(current_user)
        flash_done(_("The next key stands in our metadata; change to it when the providers have taken it up"))
    else:
        federation.keys.change(current_user)
        flash_done(_("Our requests are signed with the new key"))
    return go_to("federation.providers")


def _rule_form():
    form = RuleForm()
    form.unit_id.choices = [("", "–"), *((str(unit.id), unit.name) for unit in identity.list_units(SYSTEM))]
    form.role_key.choices = [("", "–"), *federation.roles_for_new(current_user)]
    return form


def _show(provider_id, rule_form=None, example_form=None, trial=None, status=200):
    provider = federation.get_provider(current_user, provider_id)
    units = {unit.id: unit.name for unit in identity.list_units(SYSTEM)}
    return render(
        "federation/show.html",
        provider=provider,
        kinds=KINDS,
        actions=ACTIONS,
        fields=FIELDS,
        addresses=_named(provider),
        rules=federation.list_rules(current_user, provider_id),
        units=units,
        roles=dict(federation.roles_for_new(current_user)),
        links=federation.list_links(current_user, provider_id),
        rule_form=rule_form or _rule_form(),
        example_form=example_form or ExampleForm(formdata=None, example=EXAMPLE),
        trial=trial,
        shown=SHOWN,
        status=status,
    )


def _named(provider):
    """Our addresses with the words that a provider's staff know them by."""
    names = {
        "metadata": _("Metadata and name (entityID)"),
        "acs": "AssertionConsumerService (HTTP-POST)",
        "slo": "SingleLogoutService (HTTP-Redirect)",
        "callback": "redirect_uri",
        "left": "post_logout_redirect_uri",
        "backchannel": "backchannel_logout_uri",
        "keys": "jwks_uri",
    }
    found = federation.our_addresses(provider)
    if provider.kind == ProviderKind.OIDC:
        found = {name: value for name, value in found.items() if name != "metadata"}
    return [(names[name], value) for name, value in found.items()]
