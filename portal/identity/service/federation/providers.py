"""What IT staff set: providers, their rules, and who is linked; and the providers' metadata, kept fresh."""

import re

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import events, policy
from portal.identity.models import (
    FederationLink,
    FederationProvider,
    FederationRule,
    Person,
    ProviderKind,
    Role,
    RolePermission,
    RuleAction,
    TokenAuth,
    Unit,
)
from portal.identity.ports import Identity, NotAccepted
from portal.identity.service.federation.matching import find_people
from portal.identity.service.federation.rules import decide
from portal.identity.service.federation.sides import address_of
from portal.kernel import clock, http
from portal.kernel.access import SYSTEM
from portal.kernel.db import db, released
from portal.kernel.errors import ExternalUnavailable, Forbidden, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")
_ADDRESS = re.compile(r"(https://|http://(127\.0\.0\.1|localhost)[:/]|sandbox:/)\S+")


def open_providers() -> list[FederationProvider]:
    """Those that the sign-in page offers, in order: switched on, and their metadata are known."""
    found = db.session.scalars(
        sa.select(FederationProvider)
        .where(FederationProvider.active, FederationProvider.metadata_text.is_not(None))
        .order_by(FederationProvider.position, FederationProvider.name)
    )
    return [provider for provider in found if address_of(provider)]


def list_providers(actor) -> list[FederationProvider]:
    """All of them, in order."""
    ensure(policy.can_manage_federation(actor))
    order = FederationProvider.position, FederationProvider.name
    return list(db.session.scalars(sa.select(FederationProvider).order_by(*order)))


def get_provider(actor, provider_id) -> FederationProvider:
    """A provider. Raises NotFound."""
    ensure(policy.can_manage_federation(actor))
    found = db.session.get(FederationProvider, provider_id)
    if found is None:
        raise NotFound(_("There is no such provider"))
    return found


def save_provider(
    actor,
    provider_id=None,
    *,
    key,
    name,
    kind,
    address,
    active=True,
    position=0,
    pinned_pem="",
    client_id="",
    client_secret="",
    token_auth=TokenAuth.KEY,
    scope="openid profile",
    min_level=3,
    sign_out_there=True,
    help_text="",
):
    """A new provider, or new settings of one; its metadata are fetched after. An empty secret leaves the one there is.
    Returns the provider; Invalid names the field at fault."""
    ensure(policy.can_manage_federation(actor))
    if not _KEY.fullmatch(key):
        raise Invalid(_("Small letters, digits and dashes only"), field="key")
    if not _ADDRESS.fullmatch(address):
        raise Invalid(_("The address begins with https://"), field="address")
    if kind == ProviderKind.OIDC and not client_id:
        raise Invalid(_("The provider gave you an identifier of the client"), field="client_id")
    if pinned_pem and not pinned_pem.strip().startswith("-----BEGIN CERTIFICATE-----"):
        raise Invalid(_("Paste the certificate in PEM form"), field="pinned_pem")
    provider = get_provider(actor, provider_id) if provider_id else FederationProvider()
    same = sa.select(FederationProvider.id).where(FederationProvider.key == key, FederationProvider.id != provider.id)
    if db.session.scalar(
        same if provider_id else sa.select(FederationProvider.id).where(FederationProvider.key == key)
    ):
        raise Invalid(_("There is a provider with this key"), field="key")
    old = _told(provider) if provider_id else None
    if provider_id and (provider.address, provider.kind) != (address, kind):
        provider.metadata_text = None  # what the old address said is not believed of the new one
    provider.key, provider.name, provider.kind, provider.address = key, name, kind, address
    provider.active, provider.position, provider.pinned_pem = active, position, pinned_pem.strip()
    provider.client_id, provider.token_auth, provider.scope = client_id, token_auth, scope
    provider.min_level, provider.sign_out_there, provider.help_text = min_level, sign_out_there, help_text
    if client_secret:
        provider.client_secret = client_secret
    db.session.add(provider)
    db.session.flush()
    audit.record(actor, "federation.provider_saved", provider, old=old, new=_told(provider))
    announce(actor, events.ProviderChanged(provider_id=provider.id))
    return provider


def _told(provider):
    """The settings as the log keeps them, without the secret."""
    return {
        "key": provider.key,
        "name": provider.name,
        "kind": provider.kind.value,
        "address": provider.address,
        "active": provider.active,
        "client_id": provider.client_id,
        "token_auth": provider.token_auth.value,
        "scope": provider.scope,
        "min_level": provider.min_level,
        "pinned": bool(provider.pinned_pem),
    }


def ask_to_refresh(actor, provider_id):
    """Let a job fetch the metadata now."""
    provider = get_provider(actor, provider_id)
    announce(actor, events.ProviderChanged(provider_id=provider.id))


# --- metadata ---------------------------------------------------------------------------------------------------------


def refresh_all():
    """Fetch the metadata of every provider that is switched on (a periodic job)."""
    for provider_id in list(db.session.scalars(sa.select(FederationProvider.id).where(FederationProvider.active))):
        refresh(provider_id)


def refresh(provider_id):
    """Fetch one provider's metadata. What cannot be had or believed leaves the old in force, the reason beside it."""
    provider = db.session.get(FederationProvider, provider_id)
    if provider is None or not provider.active or not address_of(provider):
        return
    kind, address, pinned = provider.kind, address_of(provider), provider.pinned_pem
    with released():
        text, error = _fetched(kind, address, pinned)
    provider = db.session.get(FederationProvider, provider_id, populate_existing=True)
    if provider is None or (provider.kind, address_of(provider)) != (kind, address):
        return  # changed meanwhile; its own refresh follows
    provider.metadata_error = error
    if text is not None:
        provider.metadata_at = clock.real_now()
        if text != provider.metadata_text:
            provider.metadata_text = text
            db.session.flush()
            audit.record(SYSTEM, "federation.metadata_changed", provider)
    db.session.flush()


def _fetched(kind, address, pinned):
    """(text, None) or (None, why not)."""
    from portal.identity.adapters import oidc_client, saml

    try:
        if kind == ProviderKind.OIDC:
            return oidc_client.fetch_metadata(address), None
        answer = http.request("GET", address, timeout=(5, 10))
        if answer.status_code != 200:
            return None, _("The address answers %(status)s", status=answer.status_code)
        saml.read_metadata(answer.text, pinned)
        return answer.text, None
    except (ExternalUnavailable, Forbidden) as error:
        return None, error.message
    except NotAccepted as error:
        return None, error.detail


# --- rules ------------------------------------------------------------------------------------------------------------


def list_rules(actor, provider_id) -> list[FederationRule]:
    """A provider's rules in order."""
    ensure(policy.can_manage_federation(actor))
    return rules_of(provider_id)


def rules_of(provider_id):
    """The same, for the matching itself."""
    order = FederationRule.position, FederationRule.id
    return list(
        db.session.scalars(sa.select(FederationRule).where(FederationRule.provider_id == provider_id).order_by(*order))
    )


def add_rule(
    actor,
    provider_id,
    *,
    action,
    condition_claim="",
    condition_value="",
    claim="",
    person_field=None,
    unit_id=None,
    role_key=None,
):
    """A new last rule. Returns it; Invalid names the field at fault."""
    provider = get_provider(actor, provider_id)
    if action == RuleAction.MATCH and person_field is None:
        raise Invalid(_("Choose by what a person is recognised"), field="person_field")
    if bool(condition_claim) != bool(condition_value):
        raise Invalid(_("A condition needs both a name and a value"), field="condition_value")
    if unit_id and db.session.get(Unit, unit_id) is None:
        raise Invalid(_("There is no such unit"), field="unit_id")
    if role_key and role_key not in dict(roles_for_new(actor)):
        raise Invalid(_("A new account cannot begin with this role"), field="role_key")
    last = db.session.scalar(
        sa.select(sa.func.max(FederationRule.position)).where(FederationRule.provider_id == provider_id)
    )
    rule = FederationRule(
        provider_id=provider_id,
        position=(last or 0) + 1,
        action=action,
        condition_claim=condition_claim,
        condition_value=condition_value,
        claim=claim if action == RuleAction.MATCH else "",
        person_field=person_field if action == RuleAction.MATCH else None,
        unit_id=unit_id if action == RuleAction.CREATE else None,
        role_key=(role_key or None) if action == RuleAction.CREATE else None,
    )
    db.session.add(rule)
    db.session.flush()
    audit.record(actor, "federation.rule_added", provider, new=_rule_told(rule))
    return rule


def roles_for_new(actor) -> list[tuple[str, str]]:
    """(key, name) of the roles that a new account may begin with: none that administers."""
    ensure(policy.can_manage_federation(actor))
    administers = sa.select(RolePermission.role_key).where(RolePermission.permission.startswith("admin."))
    rows = db.session.execute(sa.select(Role.key, Role.name).where(Role.key.not_in(administers)).order_by(Role.name))
    return [(key, name) for key, name in rows]


def move_rule(actor, rule_id, up):
    """Ask a rule earlier or later."""
    rule = _rule(actor, rule_id)
    rules = rules_of(rule.provider_id)
    place = rules.index(rule)
    other = place - 1 if up else place + 1
    if 0 <= other < len(rules):
        rules[place], rules[other] = rules[other], rules[place]
        for number, one in enumerate(rules, 1):
            one.position = number
        db.session.flush()
        audit.record(actor, "federation.rule_moved", get_provider(actor, rule.provider_id), new=_rule_told(rule))
    return rule.provider_id


def remove_rule(actor, rule_id):
    """Take a rule away; whoever it let in before stays linked. Returns the provider's id."""
    rule = _rule(actor, rule_id)
    provider = get_provider(actor, rule.provider_id)
    db.session.delete(rule)
    db.session.flush()
    audit.record(actor, "federation.rule_removed", provider, old=_rule_told(rule))
    return provider.id


def _rule(actor, rule_id):
    ensure(policy.can_manage_federation(actor))
    rule = db.session.get(FederationRule, rule_id)
    if rule is None:
        raise NotFound(_("There is no such rule"))
    return rule


def _rule_told(rule):
    return {
        "position": rule.position,
        "action": rule.action.value,
        "condition": f"{rule.condition_claim}={rule.condition_value}" if rule.condition_claim else "",
        "claim": rule.claim,
        "field": rule.person_field.value if rule.person_field else "",
        "unit": str(rule.unit_id or ""),
        "role": rule.role_key or "",
    }


def try_example(actor, provider_id, text):
    """Which way the rules would go with an identity typed as lines `name = value`. Nothing is kept.
    Returns (Identity, Decision, the person or None)."""
    get_provider(actor, provider_id)
    values = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if line.strip() and not (equals and name.strip()):
            raise Invalid(_("Write each line as name = value"), field="example")
        if line.strip():
            values[name.strip()] = value.strip()
    identity = example_identity(values)
    decision = decide(identity, rules_of(provider_id), find_people)
    return identity, decision, db.session.get(Person, decision.person_id) if decision.person_id else None


def example_identity(values) -> Identity:
    """An identity from names that we give to claims, and any others."""
    from portal.identity.adapters.state_claims import code_of

    ours = {
        name: values.get(name, "") for name in ("given_name", "family_name", "email", "authority", "company", "method")
    }
    level = values.get("level", "")
    return Identity(
        subject=values.get("subject", ""),
        personal_code=code_of(values.get("personal_code", "")),
        level=int(level) if level.isdigit() else 0,
        claims=values,
        **ours,
    )


# --- links ------------------------------------------------------------------------------------------------------------


def list_links(actor, provider_id=None, person_id=None, limit=200) -> list[tuple[FederationLink, Person]]:
    """Links of a provider or of a person with that person, the newest first; one's own, or any for IT staff."""
    if person_id is None or person_id != actor.person_id:
        ensure(policy.can_manage_federation(actor))
    query = sa.select(FederationLink, Person).join(Person, Person.id == FederationLink.person_id)
    query = query.options(sa.orm.joinedload(FederationLink.provider))
    if provider_id is not None:
        query = query.where(FederationLink.provider_id == provider_id)
    if person_id is not None:
        query = query.where(FederationLink.person_id == person_id)
    return [
        (link, person) for link, person in db.session.execute(query.order_by(FederationLink.id.desc()).limit(limit))
    ]


def count_links(actor) -> dict:
    """How many people are linked, by provider."""
    ensure(policy.can_manage_federation(actor))
    column = FederationLink.provider_id
    return dict(db.session.execute(sa.select(column, sa.func.count()).group_by(column)).all())


def unlink(actor, link_id):
    """Forget that a subject is a person. Returns the link that was."""
    link = db.session.get(FederationLink, link_id)
    if link is None:
        raise NotFound(_("There is no such link"))
    ensure(policy.can_unlink(actor, link))
    person = db.session.get(Person, link.person_id)
    db.session.delete(link)
    db.session.flush()
    audit.record(actor, "federation.unlinked", person, old={"provider": link.provider.key, "name": link.name})
    return link
