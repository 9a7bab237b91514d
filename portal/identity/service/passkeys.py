"""Passkeys (WebAuthn): added to an account, used to sign in, as a second factor, and to confirm who one is."""

import ipaddress
import json
import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa

from portal.identity.models import Ceremony, Passkey, Person
from portal.identity.service.factors import changed
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import _

ADD, SIGN_IN, FACTOR, CONFIRM = "add", "sign_in", "factor", "confirm"  # purposes; a challenge serves its own only
CEREMONY_KEPT = timedelta(minutes=5)
MOST_PASSKEYS = 10


def relying_party(origin) -> str | None:
    """The name that passkeys of this origin belong to; None where a browser makes none (an address of digits) or where
    the portal does not live."""
    asked, own = urlsplit(origin), urlsplit(settings().base_url)
    same = (asked.scheme, asked.netloc) == (own.scheme, own.netloc)
    if not same and not (_is_loopback(asked.hostname) and _is_loopback(own.hostname)):
        return None
    return None if _is_number(asked.hostname) else asked.hostname


def named_origin(origin) -> str:
    """Where the portal has a name, for somebody who opened it by an address of digits."""
    asked = urlsplit(origin)
    if (
        _is_number(asked.hostname)
        and _is_loopback(asked.hostname)
        and _is_loopback(urlsplit(settings().base_url).hostname)
    ):
        return f"{asked.scheme}://localhost" + (f":{asked.port}" if asked.port else "")
    return settings().base_url


def begin_add(actor, origin) -> tuple[uuid.UUID, str]:
    """A ceremony that adds a passkey. Returns its id, and the browser's options as JSON."""
    party, person = _party(origin), db.session.get_one(Person, actor.person_id)
    own = _of(actor.person_id)
    if len(own) >= MOST_PASSKEYS:
        raise Conflict(_("There are %(count)s passkeys already; remove one first", count=len(own)))
    held = [one.credential_id for one in own]
    challenge, options = _web_authn().options_to_add(party, settings().municipality, person, held)
    return _keep(ADD, person.id, challenge), options


def finish_add(actor, ceremony_id, credential, name, origin) -> Passkey:
    """The browser's answer (JSON text): keep the passkey. Raises Invalid when the answer does not prove it."""
    challenge = _take(ceremony_id, ADD, actor.person_id)
    credential_id, public_key, count = _web_authn().proven_new(credential, challenge, _party(origin), origin)
    if db.session.scalar(sa.select(Passkey.id).where(Passkey.credential_id == credential_id)):
        raise Conflict(_("This passkey is added already"))
    passkey = Passkey(
        person_id=actor.person_id,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=count,
        transports=_transports(credential),
        name=name.strip()[:100] or _("Passkey"),
        added_at=clock.real_now(),
    )
    db.session.add(passkey)
    db.session.flush()
    changed(actor, actor.person_id, "factor.passkey_added", new={"name": passkey.name})
    return passkey


def begin_use(purpose, origin, person_id=None) -> tuple[uuid.UUID, str]:
    """A ceremony in which a passkey is used. person_id: whose; None lets the device offer those that it has.
    Returns its id, and the browser's options as JSON."""
    held = [one.credential_id for one in _of(person_id)] if person_id else None
    challenge, options = _web_authn().options_to_use(_party(origin), held)
    return _keep(purpose, person_id, challenge), options


def finish_use(purpose, ceremony_id, credential, origin, person_id=None) -> Passkey:
    """The browser's answer (JSON text): the passkey that it proves. Raises Invalid when it proves none, or another
    person's; also when its counter fell back, as a copied key's would."""
    challenge = _take(ceremony_id, purpose, person_id)
    passkey = _named_in(credential)
    if passkey is None or (person_id and passkey.person_id != person_id):
        raise Invalid(_("This passkey is not known here"))
    count = _web_authn().proven_use(credential, challenge, _party(origin), origin, passkey)
    passkey.sign_count, passkey.used_at = count, clock.real_now()
    db.session.flush()
    return passkey


def _web_authn():
    from portal.identity.adapters import web_authn

    return web_authn


def _keep(purpose, person_id, challenge):
    now = clock.real_now()
    db.session.execute(sa.delete(Ceremony).where(Ceremony.until < now))
    row = Ceremony(purpose=purpose, person_id=person_id, challenge=challenge, until=now + CEREMONY_KEPT)
    db.session.add(row)
    db.session.flush()
    return row.id


def _take(ceremony_id, purpose, person_id):
    """The challenge, once: by the database, so that two answers sent at once serve once."""
    row = db.session.get(Ceremony, ceremony_id) if ceremony_id else None
    if row is None or (row.purpose, row.person_id) != (purpose, person_id) or row.until < clock.real_now():
        raise Invalid(_("This took too long; try again"))
    gone = db.session.execute(sa.delete(Ceremony).where(Ceremony.id == ceremony_id))
    if not gone.rowcount:
        raise Invalid(_("This took too long; try again"))
    return row.challenge


def _named_in(credential):
    try:
        found = json.loads(credential)["id"]
    except (ValueError, KeyError, TypeError):
        return None
    return db.session.scalar(sa.select(Passkey).where(Passkey.credential_id == str(found)))


def _transports(credential):
    """How the browser says the device is reached; only a hint for the next time."""
    try:
        told = json.loads(credential)["response"].get("transports") or []
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    return [one for one in told if one in ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")]


def _of(person_id):
    return list(db.session.scalars(sa.select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)))


def _party(origin):
    party = relying_party(origin)
    if party is None:
        raise Invalid(_("Passkeys work only at the portal's own address: %(url)s", url=settings().base_url))
    return party


def _is_number(host):
    try:
        ipaddress.ip_address(host or "")
    except ValueError:
        return False
    return True


def _is_loopback(host):
    return host == "localhost" or (_is_number(host) and ipaddress.ip_address(host).is_loopback)
