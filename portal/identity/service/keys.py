"""Keys that sign tokens: made, published, changed in good time, and read back. One algorithm, RS256: what a token's
header names is compared with it and never followed."""

import secrets
import time
from datetime import timedelta
from functools import lru_cache

import sqlalchemy as sa
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.models import SigningKey
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db, in_writing_transaction, short_transaction
from portal.kernel.errors import Forbidden, ensure
from portal.kernel.i18n import _

ALGORITHM = "RS256"
KEY_BITS = 2048
SIGNS = timedelta(days=90)
ANNOUNCED = timedelta(days=1)  # a new key is published this long before it signs: applications keep the list
STILL_SHOWN = timedelta(days=2)  # and an old one after it has stopped: what it signed lives shorter than that


def sign(claims: dict, kind: str = "JWT") -> str:
    """The claims as a signed token. kind: its `typ`, so that one sort of token is never taken for another."""
    key = _current()
    header = {"typ": kind, "alg": ALGORITHM, "kid": key.kid}
    return jwt.encode(header, claims, _private(key.private_pem), [ALGORITHM])


def read(token: str, kind: str = "JWT") -> dict:
    """The claims of a token that we signed, whatever their time. Raises Forbidden with the reason."""
    rows = db.session.execute(sa.select(SigningKey.public_jwk).where(SigningKey.withdrawn_at.is_(None))).scalars()
    try:
        found = jwt.decode(token, jwk.KeySet([jwk.RSAKey.import_key(row) for row in rows]), [ALGORITHM])
    except (JoseError, ValueError) as error:
        raise Forbidden(_("The token is not signed by this portal (%(reason)s)", reason=str(error)[:100])) from error
    if found.header.get("typ") != kind or found.claims.get("iss") != settings().base_url:
        raise Forbidden(_("The token is of another kind"))
    return found.claims


def read_valid(token: str, kind: str = "JWT") -> dict:
    """As `read`, and not expired."""
    claims = read(token, kind)
    if not isinstance(claims.get("exp"), int) or claims["exp"] <= time.time():
        raise Forbidden(_("The token has expired"))
    return claims


def published() -> dict:
    """The public keys as a JWK set: those that sign, will sign soon, or signed lately."""
    keys = _usable()
    if not keys:
        _current()
        keys = _usable()
    now = clock.real_now()
    superseded = {older.kid: newer.signs_from for older, newer in zip(keys, keys[1:], strict=False)}
    shown = [key for key in keys if superseded.get(key.kid, now) > now - STILL_SHOWN]
    return {"keys": [key.public_jwk for key in shown]}


def list_keys(actor) -> list[SigningKey]:
    """All keys, the newest first."""
    ensure(policy.can_manage_clients(actor))
    return list(db.session.scalars(sa.select(SigningKey).order_by(SigningKey.signs_from.desc())))


def replace(actor):
    """A new key at once, and the old ones worthless with all they signed: for a key that may have leaked."""
    ensure(policy.can_manage_clients(actor))
    now = clock.real_now()
    db.session.execute(sa.update(SigningKey).where(SigningKey.withdrawn_at.is_(None)).values(withdrawn_at=now))
    key = _make(now)
    db.session.add(key)
    db.session.flush()
    audit.record(actor, "sign_on.keys_replaced", object_kind="signing_key", object_id=key.kid, label=key.kid)


def renew(actor):
    """A successor in good time, when the youngest key is old enough; called daily."""
    now = clock.real_now()
    youngest = db.session.scalar(sa.select(sa.func.max(SigningKey.signs_from)).where(SigningKey.withdrawn_at.is_(None)))
    if youngest is not None and youngest > now - SIGNS:
        return
    key = _make(now + ANNOUNCED if youngest else now)
    db.session.add(key)
    db.session.flush()
    audit.record(actor, "sign_on.key_made", object_kind="signing_key", object_id=key.kid, label=key.kid)


def _usable():
    return list(
        db.session.scalars(
            sa.select(SigningKey).where(SigningKey.withdrawn_at.is_(None)).order_by(SigningKey.signs_from)
        )
    )


def _current():
    """The key that signs now; an instance's first one is made when it is first needed."""
    key = db.session.scalar(
        sa.select(SigningKey)
        .where(SigningKey.withdrawn_at.is_(None), SigningKey.signs_from <= clock.real_now())
        .order_by(SigningKey.signs_from.desc(), SigningKey.kid)
        .limit(1)
    )
    if key is None:
        key = _make(clock.real_now())
        if in_writing_transaction():
            db.session.add(key)
            db.session.flush()
        else:
            with short_transaction() as session:
                session.add(key)
            db.session.rollback()  # what was read before does not see the new row
    return key


def _make(signs_from):
    kid = secrets.token_hex(8)
    key = jwk.RSAKey.generate_key(KEY_BITS, {"kid": kid, "use": "sig", "alg": ALGORITHM})
    return SigningKey(
        kid=kid,
        private_pem=key.as_pem(private=True).decode(),
        public_jwk=key.as_dict(private=False),
        signs_from=signs_from,
    )


@lru_cache(maxsize=8)
def _private(pem):
    return jwk.RSAKey.import_key(pem)
