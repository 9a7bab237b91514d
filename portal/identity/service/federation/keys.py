"""Our key towards the providers. It lies encrypted in the database; the tools that need files get them in a folder that
only the owner reads."""

import os
from datetime import timedelta

import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.models import FederationKey
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.errors import Conflict, ensure
from portal.kernel.i18n import _

YEARS = 3
OPENS_FOR = timedelta(days=30)  # how long a retired key still opens what was encrypted to it


def current_or_none() -> FederationKey | None:
    """The key that signs, if there is one yet."""
    return db.session.scalar(
        sa.select(FederationKey)
        .where(FederationKey.used_since.is_not(None), FederationKey.retired_at.is_(None))
        .order_by(FederationKey.id.desc())
        .limit(1)
    )


def current() -> FederationKey:
    """The key that signs; made the first time it is asked for. Needs a writing transaction then."""
    found = current_or_none()
    if found is None:
        found = _made()
        found.used_since = found.made_at
        db.session.flush()
    return found


def others() -> list[FederationKey]:
    """The coming key, and those retired not long ago."""
    return list(
        db.session.scalars(
            sa.select(FederationKey)
            .where(sa.or_(FederationKey.used_since.is_(None), FederationKey.retired_at > clock.real_now() - OPENS_FOR))
            .order_by(FederationKey.id)
        )
    )


def coming() -> FederationKey | None:
    """The key that is published already and signs from the next change on."""
    return next((key for key in others() if key.used_since is None), None)


def prepare(actor) -> FederationKey:
    """Publish the next key; providers take it up from our metadata before it is used."""
    ensure(policy.can_manage_federation(actor))
    if coming() is not None:
        raise Conflict(_("The next key is prepared already"))
    current()
    key = _made()
    audit.record(actor, "federation.key_prepared", object_kind="federation_key", object_id=key.id)
    return key


def change(actor) -> FederationKey:
    """Sign with the prepared key from now on."""
    ensure(policy.can_manage_federation(actor))
    following = coming()
    if following is None:
        raise Conflict(_("Prepare the next key first, and give the providers time to take it up"))
    now = clock.real_now()
    current().retired_at = now
    following.used_since = now
    db.session.flush()
    audit.record(actor, "federation.key_changed", object_kind="federation_key", object_id=following.id)
    return following


def valid_until(key: FederationKey):
    """The end of the key's certificate."""
    return x509.load_pem_x509_certificate(key.certificate_pem.encode()).not_valid_after_utc


def published() -> dict:
    """Our public keys as a JWK set, for providers who check what we sign."""
    from joserfc.jwk import RSAKey

    return {
        "keys": [
            {
                **RSAKey.import_key(key.private_pem).as_dict(private=False),
                "kid": str(key.id),
                "use": "sig",
                "alg": "RS256",
            }
            for key in (current(), *others())
            if key.retired_at is None
        ]
    }


def files(key: FederationKey):
    """(key file, certificate file) with the key's text."""
    folder = settings().var / "federation"
    folder.mkdir(mode=0o700, exist_ok=True)
    return tuple(
        _file(folder / f"{key.id}.{ending}", text)
        for ending, text in (("key", key.private_pem), ("pem", key.certificate_pem))
    )


def _file(path, text):
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(text)
        os.replace(fresh, path)  # another process sees a whole file or none
    return path


def _made():
    private = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    now = clock.real_now()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "LV"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, settings().municipality[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, "PKIP"),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .sign(private, hashes.SHA256())
    )
    key = FederationKey(
        private_pem=private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        certificate_pem=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        made_at=now,
    )
    db.session.add(key)
    db.session.flush()
    return key
