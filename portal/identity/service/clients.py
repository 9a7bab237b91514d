"""Applications that sign people in through the portal, or call it by themselves: registered by IT staff (1.3)."""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa
from joserfc import jwk
from joserfc.errors import JoseError

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.models import OAuthClient, OAuthGrant, OAuthToken, Person, RolePermission
from portal.identity.models.oauth import AUTH_METHODS, GRANT_TYPES, hash_of
from portal.identity.service.held import held_names
from portal.identity.words import permission_words
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db, latvian_order
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.i18n import _, _l

# what a scope of OpenID Connect tells an application about the person
CLAIMS_OF = {
    "openid": (),
    "profile": ("name", "given_name", "family_name", "preferred_username", "locale"),
    "email": ("email",),
    "phone": ("phone_number",),
    "org": ("position", "unit", "unit_id"),
    "roles": ("roles",),
    "personal_code": ("personal_code",),
}
SCOPES = (*CLAIMS_OF, "offline_access")
SERVICE_SCOPES = ("store:read", "store:write", "search:read", "search:write")
OWN_NAMES = ("portal", "system")  # as which the portal itself acts
CLAIM_WORDS = {
    "name": _l("Given and family name"),
    "given_name": _l("Given name"),
    "family_name": _l("Family name"),
    "preferred_username": _l("User name"),
    "locale": _l("Language"),
    "email": _l("E-mail"),
    "phone_number": _l("Phone"),
    "position": _l("Position"),
    "unit": _l("Unit"),
    "unit_id": _l("Unit (identifier)"),
    "roles": _l("Roles"),
    "personal_code": _l("Personal code"),
}
SCOPE_WORDS = {
    "openid": _l("sign people in"),
    "profile": _l("name and language"),
    "email": _l("e-mail address"),
    "phone": _l("telephone number"),
    "org": _l("unit and position"),
    "roles": _l("roles"),
    "personal_code": _l("personal code"),
    "offline_access": _l("stay signed in after the person has left"),
    "bar": _l("show the navigation bar"),
    "store:read": _l("read the document store"),
    "store:write": _l("keep documents in the store"),
    "search:read": _l("search"),
    "search:write": _l("put its own items into the search index"),
}
BAR = "bar"
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_FIELDS = (
    "name",
    "auth_method",
    "redirect_uris",
    "post_logout_uris",
    "logout_uri",
    "grant_types",
    "scopes",
    "claims",
    "resource",
    "audiences",
    "asks_consent",
    "jwks",
)


@dataclass(frozen=True)
class Check:
    """One thing looked at in an application's registration, and what to do when it is not well."""

    name: str
    well: bool
    remedy: str = ""


def list_clients(actor) -> list[OAuthClient]:
    """All applications, by name."""
    ensure(policy.can_manage_clients(actor))
    return list(db.session.scalars(sa.select(OAuthClient).order_by(latvian_order(OAuthClient.name))))


def get_client(actor, client_id) -> OAuthClient:
    """An application by its key. Raises NotFound."""
    ensure(policy.can_manage_clients(actor))
    client = db.session.get(OAuthClient, client_id)
    if client is None:
        raise NotFound(_("There is no such application"))
    return client


def active_client(client_id: str) -> OAuthClient | None:
    """The application that calls itself this, unless it is disabled."""
    return db.session.scalar(sa.select(OAuthClient).where(OAuthClient.client_id == client_id, OAuthClient.active))


def client_names(ids) -> dict[str, str]:
    """Names of the applications that call themselves these, disabled ones too."""
    rows = db.session.execute(
        sa.select(OAuthClient.client_id, OAuthClient.name).where(OAuthClient.client_id.in_(list(ids)))
    )
    return {row[0]: row[1] for row in rows}


def applications_with(scope) -> list[tuple[str, str]]:
    """(identifier, name) of the enabled applications that may ask for the scope, by name."""
    rows = db.session.scalars(
        sa.select(OAuthClient).where(OAuthClient.active).order_by(latvian_order(OAuthClient.name))
    )
    return [(row.client_id, row.name) for row in rows if scope in row.scopes]


def is_origin_of_public(origin: str) -> bool:
    """Does an active application without a secret live at this origin (scheme://host:port)?"""
    rows = db.session.scalars(
        sa.select(OAuthClient.redirect_uris).where(OAuthClient.active, OAuthClient.auth_method == "none")
    )
    return any(origin == "{0.scheme}://{0.netloc}".format(urlsplit(uri)) for uris in rows for uri in uris)


def api_scopes() -> list[str]:
    """Scopes that open the portal's own API: those of the store and of search, and each permission that some role
    carries; `bar` shows the person's navigation bar in the application's pages."""
    permissions = sa.select(RolePermission.permission).distinct().order_by(RolePermission.permission)
    return [BAR, *SERVICE_SCOPES, *db.session.scalars(permissions)]


def scope_words(scope: str) -> str:
    """What a scope lets an application know or do."""
    return str(SCOPE_WORDS.get(scope) or permission_words(scope))


def register(actor, client_id, **fields):
    """Register an application. Returns (OAuthClient, its secret or ""); the secret is shown now and never again.
    Raises Invalid with the field at fault."""
    ensure(policy.can_manage_clients(actor))
    # as a key of access it is `client:…`, of 80 characters at most
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{2,72}", client_id or ""):
        raise Invalid(_("Only small letters a–z, digits and dashes, at least three characters"), field="client_id")
    taken = db.session.scalar(sa.select(OAuthClient.id).where(OAuthClient.client_id == client_id))
    if taken or client_id in OWN_NAMES:
        raise Invalid(_("There is an application with this identifier"), field="client_id")
    client = OAuthClient(client_id=client_id, registered_at=clock.now())
    _fill(client, fields)
    secret = _new_secret(client)
    db.session.add(client)
    db.session.flush()
    audit.record(actor, "client.registered", client, new=_plain(client))
    return client, secret


def change(actor, client_id, **fields):
    """Change what an application may do. Raises Invalid with the field at fault.
    Returns (OAuthClient, a secret when one had to be made or "")."""
    client = get_client(actor, client_id)
    old = _plain(client)
    _fill(client, fields)
    secret = "" if client.secret_hash else _new_secret(client)
    db.session.flush()
    new = _plain(client)
    changed = [name for name in new if new[name] != old[name]]
    if changed:
        audit.record(
            actor, "client.changed", client, old={n: old[n] for n in changed}, new={n: new[n] for n in changed}
        )
    return client, secret


def rotate_secret(actor, client_id) -> str:
    """A new secret, shown once; the old one opens nothing any more."""
    client = get_client(actor, client_id)
    secret = _new_secret(client)
    if not secret:
        raise Invalid(_("This application proves itself without a secret"))
    db.session.flush()
    audit.record(actor, "client.secret_changed", client)
    return secret


def disable(actor, client_id):
    """Let nobody in through this application any more: its tokens end at once."""
    from portal.identity.service import tokens

    client = get_client(actor, client_id)
    if client.active:
        client.active = False
        tokens.end_of_client(client.id)
        db.session.flush()
        audit.record(actor, "client.disabled", client)


def enable(actor, client_id):
    """Let a disabled application work again; people sign in anew."""
    client = get_client(actor, client_id)
    if not client.active:
        client.active = True
        db.session.flush()
        audit.record(actor, "client.enabled", client)


def checks(actor, client_id) -> list[Check]:
    """Is the registration complete, and does the application answer? What is wrong, one line each."""
    client = get_client(actor, client_id)
    found = [Check(_("Enabled"), client.active, _("Enable it below"))]
    if "authorization_code" in client.grant_types:
        found.append(
            Check(
                _("Address to return to after signing in"),
                bool(client.redirect_uris),
                _("Without one nobody can sign in"),
            )
        )
        encrypted = all(urlsplit(uri).scheme != "http" for uri in client.redirect_uris)
        found.append(
            Check(
                _("Addresses are encrypted (https)"), encrypted or settings().sandbox, _("Let the supplier set up TLS")
            )
        )
    if client.auth_method == "private_key_jwt":
        found.append(Check(_("Public keys"), bool(client.jwks), _("Paste the application's public keys (JWKS)")))
    elif client.auth_method != "none":
        found.append(Check(_("Secret"), bool(client.secret_hash), _("Make a secret below")))
    if client.logout_uri:
        well = client.logout_problem is None and client.logout_told_at is not None
        remedy = client.logout_problem or _("Not tried yet: send a trial notice")
        found.append(Check(_("Takes sign-out notices"), well, remedy))
    return found


def users(actor, client_id, limit=200):
    """Who uses the application: (Person, signed in at, last used at), the latest first."""
    client = get_client(actor, client_id)
    now = clock.real_now()
    return db.session.execute(
        sa.select(Person, sa.func.min(OAuthGrant.begun_at), sa.func.max(OAuthGrant.used_at))
        .join(OAuthGrant, OAuthGrant.person_id == Person.id)
        .where(OAuthGrant.client_id == client.id, OAuthGrant.ended_at.is_(None), OAuthGrant.expires_at > now)
        .group_by(Person.id)
        .order_by(sa.func.max(OAuthGrant.used_at).desc())
        .limit(limit)
    ).all()


def last_uses(actor) -> dict:
    """When each application last got a token, by its key; and how many people it has signed in now."""
    ensure(policy.can_manage_clients(actor))
    used = dict(
        db.session.execute(
            sa.select(OAuthToken.client_id, sa.func.max(OAuthToken.issued_at)).group_by(OAuthToken.client_id)
        ).all()
    )
    people = dict(
        db.session.execute(
            sa.select(OAuthGrant.client_id, sa.func.count(OAuthGrant.person_id.distinct()))
            .where(OAuthGrant.ended_at.is_(None), OAuthGrant.expires_at > clock.real_now())
            .group_by(OAuthGrant.client_id)
        ).all()
    )
    return {key: (used.get(key), people.get(key, 0)) for key in {*used, *people}}


def tokens_lately(actor, client_id, hours=24) -> int:
    """How many access tokens the application got in the last hours."""
    client = get_client(actor, client_id)
    since = clock.real_now() - timedelta(hours=hours)
    return db.session.scalars(
        sa.select(sa.func.count()).where(
            OAuthToken.client_id == client.id, OAuthToken.kind == "access", OAuthToken.issued_at > since
        )
    ).one()


def claims_about(client, person, scope, everything=True) -> dict:
    """What the application is told about a person under these scopes.
    everything: also the personal code, which is only handed over when it is asked for."""
    wanted = {claim for one in scope.split() for claim in CLAIMS_OF.get(one, ())}
    if client.claims:
        wanted &= set(client.claims)
    if not everything:
        wanted.discard("personal_code")
    found = {"sub": str(person.id)}
    plain = {
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "preferred_username": person.username,
        "locale": person.language,
        "email": person.email,
        "phone_number": person.phone,
        "position": person.position,
        "unit": person.unit.name if "unit" in wanted and person.unit else "",
        "unit_id": str(person.unit_id or ""),
    }
    found |= {claim: value for claim, value in plain.items() if claim in wanted and value}
    if "roles" in wanted:
        found["roles"] = _roles_of(person.id)
    if "personal_code" in wanted and person.personal_code:
        found["personal_code"] = person.personal_code
    return found


def tell(actor) -> dict:
    """What the application that calls with a person's token may know about the person.
    Handing over the personal code is recorded."""
    client = active_client(actor.client)
    person = db.session.get(Person, actor.person_id) if actor.person_id else None
    if client is None or person is None:
        raise NotFound(_("There is no such person"))
    scope = " ".join(name.removeprefix("scope:") for name in actor.keys if name.startswith("scope:"))
    told = claims_about(client, person, scope)
    if "personal_code" in told:
        audit.record(actor, "person.code_shown", person, purpose=client.name, personal={"person": person.name})
    return told


def _roles_of(person_id):
    return sorted(name.removeprefix("role:") for name in held_names(person_id) if name.startswith("role:"))


def _new_secret(client):
    """A secret for those that prove themselves with one; none for the others."""
    if not client.auth_method.startswith("client_secret"):
        client.secret_hash, client.secret_made_at = "", None
        return ""
    secret = secrets.token_urlsafe(32)
    client.secret_hash, client.secret_made_at = hash_of(secret), clock.now()
    return secret


def _fill(client, fields):
    """Take the fields over once they are found right."""
    given = {name: fields[name] for name in _FIELDS if name in fields}
    for name, value in given.items():
        setattr(client, name, value)
    if not (client.name or "").strip():
        raise Invalid(_("Fill in this field"), field="name")
    if client.auth_method not in AUTH_METHODS:
        raise Invalid(_("There is no such way"), field="auth_method")
    if not client.grant_types or set(client.grant_types) - set(GRANT_TYPES):
        raise Invalid(_("Choose what the application does"), field="grant_types")
    if "client_credentials" in client.grant_types and client.auth_method == "none":
        raise Invalid(_("An application that acts by itself must prove itself"), field="auth_method")
    if "authorization_code" in client.grant_types and not client.redirect_uris:
        raise Invalid(_("Say where people return after signing in"), field="redirect_uris")
    unknown = set(client.scopes or ()) - {*SCOPES, *api_scopes()}
    if unknown:
        raise Invalid(_("There is no such scope: %(scopes)s", scopes=", ".join(sorted(unknown))), field="scopes")
    for name in ("redirect_uris", "post_logout_uris"):
        for uri in getattr(client, name) or ():
            _ensure_address(uri, name, native=client.auth_method == "none")
    if client.logout_uri:
        _ensure_address(client.logout_uri, "logout_uri", native=False)
    if client.resource and not urlsplit(client.resource).scheme:
        example = "https://gis.novads.lv/api"
        raise Invalid(_("The name of an API is an address, for example %(example)s", example=example), field="resource")
    if client.auth_method == "private_key_jwt":
        client.jwks = _public_keys(client.jwks)


def _ensure_address(uri, field, native):
    """https, or http on the same machine; a programme on a phone or desktop may have a scheme of its own. Compared as a
    whole later, so no patterns."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts = host = port = None
    well = parts is not None and not parts.fragment and "*" not in uri and not re.search(r"[\s\\\"<>]", uri)
    if well and parts.scheme in ("http", "https"):
        at_home = parts.netloc.rpartition(":")[0] in _LOOPBACK if port else parts.netloc in _LOOPBACK
        well = bool(host) and "@" not in parts.netloc and (parts.scheme == "https" or at_home)
    elif well:
        well = native and "." in parts.scheme  # such as lv.novads.lietotne:/atpakal (RFC 8252, 7.1)
    if not well:
        raise Invalid(_("%(address)s: give a full https address without patterns", address=uri), field=field)


def _public_keys(given):
    """The key set with public parts only. Raises Invalid."""
    try:
        keys = jwk.KeySet.import_key_set(given or {"keys": []})
        found = [key.as_dict(private=False) for key in keys.keys if key.key_type in ("RSA", "EC")]
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Invalid(_("These are no public keys in JWKS form"), field="jwks") from error
    if not found:
        raise Invalid(_("Paste the application's public keys (JWKS)"), field="jwks")
    return {"keys": found}


def _plain(client):
    return {name: getattr(client, name) for name in _FIELDS if name != "jwks"} | {
        "keys": [key.get("kid", "") for key in (client.jwks or {}).get("keys", [])]
    }
