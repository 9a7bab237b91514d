"""Codes, tokens and consents: given, spent, ended, and read by whoever is called with one (1.3).

A token is good only while its grant, the sign-in behind it, the person and the application all are: each use looks, so
that suspending a person or ending a session takes effect with the next request."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity.events import SignOutOwed
from portal.identity.models import (
    OAuthAssertion,
    OAuthClient,
    OAuthCode,
    OAuthConsent,
    OAuthGrant,
    OAuthToken,
    Person,
    SignInSession,
)
from portal.identity.models.oauth import hash_of
from portal.identity.service import keys
from portal.identity.service.held import account_open, given_names, held_names
from portal.kernel import clock
from portal.kernel.access import SYSTEM, Actor, actor_with
from portal.kernel.config import settings
from portal.kernel.db import db, new_id, short_transaction
from portal.kernel.errors import Forbidden, NotFound
from portal.kernel.events import announce
from portal.kernel.i18n import _

CODE_LIFE = timedelta(minutes=1)
ACCESS_LIFE = timedelta(minutes=10)
GRANT_LIFE = timedelta(hours=12)  # as long as a working day's sign-in
OFFLINE_LIFE = timedelta(days=30)
KEPT = timedelta(days=30)  # ended grants, so that IT staff see who used what
ACCESS, REFRESH = "access", "refresh"


def own_audience() -> str:
    """The name of the portal's own API in a token's `aud`."""
    return f"{settings().base_url}/api"


# --- giving ----------------------------------------------------------------------------------------------------------


def give_code(actor, client, *, redirect_uri, scope, audience, nonce, challenge) -> str:
    """A code for the person's browser to carry to the application; recorded as a sign-in to it."""
    session = open_session_of(actor)
    code = secrets.token_urlsafe(32)
    acr, amr = proof_of(session)
    row = OAuthCode(
        code_hash=hash_of(code),
        client_id=client.id,
        person_id=actor.person_id,
        session_id=session.id,
        redirect_uri=redirect_uri,
        scope=scope,
        audience=audience,
        nonce=nonce,
        code_challenge=challenge,
        code_challenge_method="S256",
        signed_in_at=session.strong_at or session.started_at,
        acr=acr,
        amr=amr,
        expires_at=clock.real_now() + CODE_LIFE,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "sign_on.granted", client, new={"scope": scope, "audience": audience})
    return code


def open_session_of(actor) -> SignInSession:
    """The actor's sign-in, when it is whole: nothing more must be done before the portal opens."""
    session = db.session.get(SignInSession, actor.session_id) if actor.session_id else None
    if session is None or session.ended_at or session.waits_for:
        raise Forbidden(_("Sign in first"))
    return session


def proof_of(session) -> tuple[str, list[str]]:
    """How sure we are of the person: `acr` and `amr` (RFC 8176)."""
    known = {
        "password": ["pwd"],
        "totp": ["otp"],
        "recovery": ["otp"],
        "passkey": ["hwk", "user"],
        "kerberos": ["wia"],
        "directory": ["pwd"],
    }
    parts = (session.method or "password").split("+")
    amr = [word for part in parts for word in known.get(part, [])]
    if len(parts) > 1 or "hwk" in amr:
        amr.append("mfa")
    return ("urn:pkip:acr:strong" if "mfa" in amr else "urn:pkip:acr:basic"), amr


def begin_grant(code: OAuthCode) -> OAuthGrant:
    """The family of tokens that follows from a code."""
    offline = "offline_access" in code.scope.split()
    now = clock.real_now()
    grant = OAuthGrant(
        id=code.id,
        client_id=code.client_id,
        person_id=code.person_id,
        session_id=code.session_id,
        scope=code.scope,
        audience=code.audience,
        signed_in_at=code.signed_in_at,
        acr=code.acr,
        amr=code.amr,
        offline=offline,
        begun_at=now,
        used_at=now,
        expires_at=now + (OFFLINE_LIFE if offline else GRANT_LIFE),
    )
    db.session.add(grant)
    db.session.flush()
    return grant


def give_access(client, scope, audience, grant=None) -> tuple[str, int]:
    """A signed access token (RFC 9068) and its life in seconds; its row lets it be ended before."""
    now = clock.real_now()
    expires = now + ACCESS_LIFE if grant is None else min(now + ACCESS_LIFE, grant.expires_at)
    row = OAuthToken(
        id=new_id(),
        kind=ACCESS,
        client_id=client.id,
        person_id=grant.person_id if grant else None,
        grant_id=grant.id if grant else None,
        scope=scope,
        audience=audience,
        issued_at=now,
        expires_at=expires,
    )
    db.session.add(row)
    names = [audience, settings().base_url] if "openid" in scope.split() else audience
    claims = {
        "iss": settings().base_url,
        "sub": str(grant.person_id) if grant else client.client_id,
        "aud": names,
        "client_id": client.client_id,
        "scope": scope,
        "jti": str(row.id),
        "iat": int(now.timestamp()),
        "exp": int(expires.timestamp()),
    }
    if grant:
        claims |= {"auth_time": int(grant.signed_in_at.timestamp()), "acr": grant.acr, "amr": grant.amr}
    return keys.sign(claims, "at+jwt"), int((expires - now).total_seconds())


def give_refresh(client, grant) -> str:
    """A refresh token, good for one use."""
    token = secrets.token_urlsafe(40)
    now = clock.real_now()
    db.session.add(
        OAuthToken(
            kind=REFRESH,
            token_hash=hash_of(token),
            client_id=client.id,
            person_id=grant.person_id,
            grant_id=grant.id,
            scope=grant.scope,
            audience=grant.audience,
            issued_at=now,
            expires_at=grant.expires_at,
        )
    )
    grant.used_at = now
    return token


# --- spending --------------------------------------------------------------------------------------------------------


class UsedTwice(Exception):
    """A code or refresh token came a second time: one of the two who hold it has stolen it."""

    def __init__(self, grant_id):
        super().__init__()
        self.grant_id = grant_id


def spend_code(code: str, client) -> OAuthCode | None:
    """The code, spent by this; None when it is unknown, another's or late. Raises UsedTwice."""
    row = db.session.scalar(sa.select(OAuthCode).where(OAuthCode.code_hash == hash_of(code)))
    if row is None or row.client_id != client.id:
        return None
    if not _spend(OAuthCode, row.id):
        raise UsedTwice(row.id)
    return row if row.expires_at > clock.real_now() else None


def find_refresh(token: str, client) -> OAuthToken | None:
    """The refresh token, when it is this application's and its grant holds. Raises UsedTwice."""
    row = db.session.scalar(
        sa.select(OAuthToken).where(OAuthToken.token_hash == hash_of(token), OAuthToken.kind == REFRESH)
    )
    if row is None or row.client_id != client.id:
        return None
    if row.spent_at is not None:
        raise UsedTwice(row.grant_id)
    return row if _grant_holds(row.grant_id) and not row.is_expired() and row.ended_at is None else None


def spend_refresh(row: OAuthToken):
    """Spend a refresh token. Raises UsedTwice when somebody was faster."""
    if not _spend(OAuthToken, row.id):
        raise UsedTwice(row.grant_id)


def _spend(model, key):
    """One conditional UPDATE: of two at the same moment, one finds nothing left."""
    done = db.session.execute(
        sa.update(model)
        .where(model.id == key, model.spent_at.is_(None))
        .values(spent_at=clock.real_now())
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def remember_assertion(client_key, jti, expires_at) -> bool:
    """Remember a client's assertion. False when it was used before."""
    jti_hash = hash_of(jti)
    known = db.session.get(OAuthAssertion, (client_key, jti_hash))
    if known is None:
        db.session.add(OAuthAssertion(client_id=client_key, jti_hash=jti_hash, expires_at=expires_at))
        db.session.flush()
    return known is None


def keep_after_refusal(*, grant_id=None, code_id=None, assertion=None):
    """What must hold although the request is refused and undone; the request's transaction has been let go.
    grant_id: end this family. code_id: spend this code. assertion: (client key, jti, expires at) to remember."""
    now = clock.real_now()
    with short_transaction() as session:
        if grant_id:
            _end_grants(OAuthGrant.id == grant_id, session=session)
        if code_id:
            session.execute(
                sa.update(OAuthCode).where(OAuthCode.id == code_id, OAuthCode.spent_at.is_(None)).values(spent_at=now)
            )
        if assertion:
            key = (assertion[0], hash_of(assertion[1]))
            if session.get(OAuthAssertion, key) is None:
                session.add(OAuthAssertion(client_id=key[0], jti_hash=key[1], expires_at=assertion[2]))


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Presented:
    """An access token that somebody presented and that holds: its row, the application and the person, if any."""

    row: OAuthToken
    client: OAuthClient
    person: Person | None
    claims: dict


def present(token: str, audience: str | None) -> Presented:
    """Look at an access token. audience: who is called with it; None when somebody asks about it.
    Raises Forbidden with the reason."""
    claims = keys.read_valid(token, "at+jwt")
    names = claims.get("aud")
    if audience is not None and audience not in (names if isinstance(names, list) else [names]):
        raise Forbidden(_("The token is meant for %(audience)s", audience=str(names)[:200]))
    found = db.session.execute(
        sa.select(OAuthToken, OAuthClient, Person, OAuthGrant, SignInSession.ended_at)
        .join(OAuthClient, OAuthClient.id == OAuthToken.client_id)
        .outerjoin(OAuthGrant, OAuthGrant.id == OAuthToken.grant_id)
        .outerjoin(SignInSession, SignInSession.id == OAuthGrant.session_id)
        .outerjoin(Person, sa.and_(Person.id == OAuthToken.person_id, account_open()))
        .where(OAuthToken.id == _key_of(claims), OAuthToken.kind == ACCESS)
    ).one_or_none()
    if found is None:
        raise Forbidden(_("The token is unknown"))
    row, client, person, grant, session_ended_at = found
    ended = row.is_revoked() or row.is_expired() or not client.active
    if grant is not None:
        ended = ended or grant.ended_at or person is None or (session_ended_at and not grant.offline)
    if ended:
        raise Forbidden(_("The token has been ended"))
    return Presented(row, client, person, claims)


def actor_for_token(token: str, audience: str | None = None, address: str = "") -> Actor:
    """Who calls with this access token. audience: the name of the API that is called, by default the portal's own.

    A person's Actor holds the person's keys, but of the permissions only those that the token's scopes name; an
    application's own holds `client:…` and the permissions that its scopes name. Both hold `scope:…` for each scope.
    Raises Forbidden with the reason when the token is forged, foreign, expired or ended.
    """
    found = present(token, audience or own_audience())
    scopes = found.row.scope.split()
    names = {f"scope:{scope}" for scope in scopes}
    fields = {"client": found.client.client_id, "address": address}
    if found.person is None:
        own = f"client:{found.client.client_id}"
        names |= {own} | given_names(own) | {f"can:{scope}" for scope in scopes if "." in scope}
        return actor_with(names, name=found.client.name, **fields)
    names |= {
        name
        for name in held_names(found.person.id)
        if not name.startswith("can:") or name.removeprefix("can:") in scopes
    }
    person = found.person
    return actor_with(names, person_id=person.id, name=person.name, language=person.language, **fields)


def actor_for_client(client_id: str, scopes) -> Actor:
    """An application that acts by itself without a token at hand, as in a job that it asked for. Raises Forbidden."""
    client = db.session.scalar(sa.select(OAuthClient).where(OAuthClient.client_id == client_id, OAuthClient.active))
    if client is None or not set(scopes) <= set(client.scopes or ()):
        raise Forbidden(_("The application may not do this any more"))
    own = f"client:{client_id}"
    names = {own, *(f"scope:{scope}" for scope in scopes)} | given_names(own)
    return actor_with(names, name=client.name, client=client_id)


def introspection_of(token: str) -> tuple[OAuthToken | None, dict]:
    """The row behind any token of ours, and what RFC 7662 says of it; (None, {}) when it does not hold."""
    row = db.session.scalar(
        sa.select(OAuthToken).where(OAuthToken.token_hash == hash_of(token), OAuthToken.kind == REFRESH)
    )
    if row is not None:
        if row.is_revoked() or row.is_expired() or not _grant_holds(row.grant_id):
            return None, {}
        client = db.session.get(OAuthClient, row.client_id)
        return row, {
            "token_type": "refresh_token",
            "client_id": client.client_id if client else "",
            "scope": row.scope,
            "exp": int(row.expires_at.timestamp()),
            "sub": str(row.person_id),
        }
    try:
        found = present(token, None)
    except Forbidden:
        return None, {}
    answer = {key: found.claims[key] for key in ("iss", "sub", "aud", "client_id", "scope", "jti", "iat", "exp")}
    if found.person is not None:
        answer["username"] = found.person.username
    return found.row, answer | {"token_type": "Bearer"}


def token_behind(token: str) -> OAuthToken | None:
    """The row of an access or refresh token, whether it still holds or not."""
    row = db.session.scalar(sa.select(OAuthToken).where(OAuthToken.token_hash == hash_of(token)))
    if row is None:
        try:
            row = db.session.get(OAuthToken, _key_of(keys.read(token, "at+jwt")))
        except Forbidden:
            return None
    return row


def grant_of(row: OAuthToken) -> OAuthGrant | None:
    """The family a token belongs to."""
    return db.session.get(OAuthGrant, row.grant_id) if row.grant_id else None


def person_for(person_id, session_id, offline) -> Person | None:
    """The person, while the account is open and the sign-in behind it is not ended."""
    return db.session.scalar(
        sa.select(Person)
        .join(SignInSession, SignInSession.id == session_id)
        .where(Person.id == person_id, account_open(), sa.true() if offline else SignInSession.ended_at.is_(None))
    )


def _grant_holds(grant_id):
    grant = db.session.get(OAuthGrant, grant_id)
    if grant is None or grant.ended_at or grant.expires_at <= clock.real_now():
        return False
    return person_for(grant.person_id, grant.session_id, grant.offline) is not None


def _key_of(claims):
    try:
        return uuid.UUID(str(claims.get("jti")))
    except ValueError as error:
        raise Forbidden(_("The token is unknown")) from error


# --- ending ----------------------------------------------------------------------------------------------------------


def end_token(actor, client, row: OAuthToken):
    """End a token at its application's wish; with a refresh token all that follows from it (RFC 7009, 2.1)."""
    if row.kind == REFRESH:
        _end_grants(OAuthGrant.id == row.grant_id)
    elif row.ended_at is None:
        row.ended_at = clock.real_now()
    db.session.flush()
    audit.record(actor, "token.ended", client)


def end_of_session(session_id):
    """A sign-in ended: so do the tokens that live with it, and its applications are told."""
    _tell(OAuthGrant.session_id == session_id)
    _end_grants(OAuthGrant.session_id == session_id, OAuthGrant.offline.is_(False))


def end_of_person(person_id, but_session=None):
    """All that a person has open ended: tokens too. but_session: except what lives with this sign-in."""
    conditions = [OAuthGrant.person_id == person_id]
    if but_session:
        conditions.append(OAuthGrant.session_id != but_session)
    _tell(*conditions)
    _end_grants(*conditions)
    db.session.execute(
        sa.update(OAuthCode)
        .where(OAuthCode.person_id == person_id, OAuthCode.spent_at.is_(None))
        .values(spent_at=clock.real_now())
    )


def end_of_client(client_key):
    """An application was disabled: nothing it holds opens anything any more."""
    _end_grants(OAuthGrant.client_id == client_key)
    db.session.execute(
        sa.update(OAuthToken)
        .where(OAuthToken.client_id == client_key, OAuthToken.ended_at.is_(None))
        .values(ended_at=clock.real_now())
    )


def _end_grants(*conditions, session=None):
    """End these grants; their tokens end with them, for each use looks at the grant."""
    (session or db.session).execute(
        sa.update(OAuthGrant).where(*conditions, OAuthGrant.ended_at.is_(None)).values(ended_at=clock.real_now())
    )


def _tell(*conditions):
    """Announce a sign-out to every application that takes notices and signed the person in with this session."""
    rows = db.session.execute(
        sa.select(OAuthGrant.client_id, OAuthGrant.session_id, OAuthGrant.person_id)
        .join(OAuthClient, OAuthClient.id == OAuthGrant.client_id)
        .where(*conditions, OAuthClient.logout_uri != "", OAuthClient.active, OAuthGrant.ended_at.is_(None))
        .distinct()
    ).all()
    for client_id, session_id, person_id in rows:
        announce(SYSTEM, SignOutOwed(client_id=client_id, session_id=session_id, person_id=person_id))


# --- consent ---------------------------------------------------------------------------------------------------------


def consents_to(actor, client, scope) -> bool:
    """Has the person allowed the application all of these scopes?"""
    known = db.session.get(OAuthConsent, (actor.person_id, client.id))
    return known is not None and set(scope.split()) <= set(known.scopes)


def consent(actor, client, scope):
    """Keep that the person allows the application these scopes, besides those allowed before."""
    known = db.session.get(OAuthConsent, (actor.person_id, client.id))
    scopes = sorted({*scope.split(), *(known.scopes if known else ())})
    if known is None:
        db.session.add(
            OAuthConsent(person_id=actor.person_id, client_id=client.id, scopes=scopes, given_at=clock.now())
        )
    else:
        known.scopes, known.given_at = scopes, clock.now()
    db.session.flush()
    audit.record(actor, "consent.given", client, new={"scopes": scopes})


def withdraw(actor, client_key):
    """The person no longer allows the application anything: its tokens for them end at once."""
    client = db.session.get(OAuthClient, client_key)
    if client is None:
        raise NotFound(_("There is no such application"))
    conditions = (OAuthGrant.person_id == actor.person_id, OAuthGrant.client_id == client_key)
    _tell(*conditions)
    _end_grants(*conditions)
    known = db.session.get(OAuthConsent, (actor.person_id, client_key))
    if known is not None:
        db.session.delete(known)
    db.session.flush()
    audit.record(actor, "consent.withdrawn", client)


def applications_of(actor):
    """The applications that the person is signed in to or has allowed something: (OAuthClient, scope, last used)."""
    grants = db.session.execute(
        sa.select(OAuthClient, OAuthGrant.scope, OAuthGrant.used_at)
        .join(OAuthGrant, OAuthGrant.client_id == OAuthClient.id)
        .where(
            OAuthGrant.person_id == actor.person_id,
            OAuthGrant.ended_at.is_(None),
            OAuthGrant.expires_at > clock.real_now(),
        )
        .order_by(OAuthGrant.used_at)
    )
    found = {row[0].id: tuple(row) for row in grants}
    allowed = db.session.execute(
        sa.select(OAuthClient, OAuthConsent.scopes, OAuthConsent.given_at)
        .join(OAuthConsent, OAuthConsent.client_id == OAuthClient.id)
        .where(OAuthConsent.person_id == actor.person_id)
    )
    for client, scopes, given_at in allowed:
        found.setdefault(client.id, (client, " ".join(scopes), given_at))
    return sorted(found.values(), key=lambda row: row[2], reverse=True)


# --- tidying ---------------------------------------------------------------------------------------------------------


def forget_old():
    """Remove what can never be of use again."""
    now = clock.real_now()
    db.session.execute(sa.delete(OAuthAssertion).where(OAuthAssertion.expires_at < now))
    db.session.execute(
        sa.delete(OAuthToken).where(
            OAuthToken.expires_at < now - timedelta(days=1),
            sa.or_(OAuthToken.kind == ACCESS, OAuthToken.expires_at < now - KEPT),
        )
    )
    old = sa.select(OAuthGrant.id).where(OAuthGrant.expires_at < now - KEPT)
    db.session.execute(sa.delete(OAuthToken).where(OAuthToken.grant_id.in_(old)))
    db.session.execute(sa.delete(OAuthGrant).where(OAuthGrant.expires_at < now - KEPT))
    db.session.execute(sa.delete(OAuthCode).where(OAuthCode.expires_at < now - KEPT))
