"""Signing in and out. Sessions live here, on the server; the browser holds a random token."""

import hashlib
import secrets
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

import sqlalchemy as sa
from argon2.exceptions import InvalidHashError, VerificationError

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.events import PersonChanged
from portal.identity.models import ActorKey, Person, SignInFailure, SignInSession
from portal.identity.service.people import account_open, get_person, hasher, set_password
from portal.kernel import clock
from portal.kernel.access import NOBODY, actor_with
from portal.kernel.db import db, reading, short_transaction
from portal.kernel.errors import Forbidden, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _

MAX_FAILURES = 5  # per account; an address may fail ten times as often (one office, many people)
FAILURES_KEPT = timedelta(minutes=15)
IDLE_LIMIT = timedelta(hours=12)
_SEEN_STEP = timedelta(minutes=5)


def sign_in(username, password, address, browser):
    """Check a name and password. Returns the new session's token for the cookie.
    Raises Invalid with the same words whatever was wrong, Forbidden while tries are throttled.
    """
    name = username.strip().lower()
    _ensure_not_throttled(name, address)
    person = db.session.scalar(sa.select(Person).where(Person.username == name))
    right = _matches(person, password)
    if not right or not person.works_on(clock.today()):
        _remember_failure(name, address)
        raise Invalid(_("The user name or the password is wrong"))
    if hasher().check_needs_rehash(person.password_hash):
        person.password_hash = hasher().hash(password)
    db.session.execute(sa.delete(SignInFailure).where(SignInFailure.subject == f"account:{name}"))
    return open_session(person, address, browser)


def open_session(person, address, browser, method="password") -> str:
    """A signed-in browser of somebody whose identity was just proven. Returns the token for the cookie.
    method: how it was proven; stands in the audit log. Only doors of signing in call this."""
    token = secrets.token_urlsafe(32)
    now = clock.real_now()
    session = SignInSession(
        token_hash=_hash(token),
        person_id=person.id,
        address=address,
        browser=browser[:300],
        started_at=now,
        seen_at=now,
    )
    db.session.add(session)
    db.session.flush()
    actor = actor_with((), person_id=person.id, name=person.name, address=address, session_id=session.id)
    audit.record(actor, "sign_in.succeeded", person, new={"method": method})
    return token


def _matches(person, password):
    """The same work is done for an unknown name, so that the time tells nothing."""
    checked_by = hasher()
    nobodys = _no_password(checked_by)
    try:
        return checked_by.verify(person.password_hash if person else nobodys, password) and person is not None
    except (VerificationError, InvalidHashError):
        return False


@lru_cache
def _no_password(checked_by):
    """What an unknown name's password is compared with: a hash of the same cost."""
    return checked_by.hash(secrets.token_hex(16))


def _ensure_not_throttled(name, address):
    since = clock.real_now() - FAILURES_KEPT
    counts = dict(
        db.session.execute(
            sa.select(SignInFailure.subject, sa.func.count())
            .where(SignInFailure.subject.in_([f"account:{name}", f"address:{address}"]), SignInFailure.at > since)
            .group_by(SignInFailure.subject)
        ).all()
    )
    if counts.get(f"account:{name}", 0) >= MAX_FAILURES or counts.get(f"address:{address}", 0) >= 10 * MAX_FAILURES:
        raise Forbidden(
            _(
                "Too many failed tries. Wait %(minutes)s minutes and try again",
                minutes=int(FAILURES_KEPT.total_seconds() // 60),
            )
        )


def _remember_failure(name, address):
    """Kept although the request fails: a transaction of its own, after the request's one let go."""
    db.session.rollback()
    with short_transaction() as session:
        now = clock.real_now()
        session.add_all(
            [SignInFailure(subject=f"account:{name}", at=now), SignInFailure(subject=f"address:{address}", at=now)]
        )
    with reading():
        audit.record(
            replace(NOBODY, address=address), "sign_in.failed", object_kind="person", label=name, result="refused"
        )


def resume(token, address):
    """The Actor behind a session token, or None when it is unknown, ended, idle too long or the account is closed."""
    now = clock.real_now()
    row = db.session.execute(
        sa.select(
            SignInSession.id,
            SignInSession.seen_at,
            Person.id.label("person_id"),
            Person.given_name,
            Person.family_name,
            Person.language,
        )
        .join(Person, Person.id == SignInSession.person_id)
        .where(SignInSession.token_hash == _hash(token), SignInSession.ended_at.is_(None), account_open())
    ).one_or_none()
    if row is None or row.seen_at < now - IDLE_LIMIT:
        return None
    if row.seen_at < now - _SEEN_STEP:
        _touch(row.id, now)
    names = db.session.scalars(
        sa.select(ActorKey.name).where(
            ActorKey.person_id == row.person_id, sa.or_(ActorKey.until.is_(None), ActorKey.until >= clock.today())
        )
    )
    return actor_with(
        names,
        person_id=row.person_id,
        name=f"{row.given_name} {row.family_name}",
        address=address,
        session_id=row.id,
        language=row.language,
    )


def _touch(session_id, now):
    db.session.rollback()  # nothing was written yet; a writer must not wait for the reader that it is itself
    with short_transaction() as session:
        session.execute(sa.update(SignInSession).where(SignInSession.id == session_id).values(seen_at=now))


def sign_out(actor):
    """End the actor's own session."""
    end_session(actor, actor.session_id)


def end_session(actor, session_id):
    """End a session now; the next request of that browser is a stranger's."""
    session = db.session.get(SignInSession, session_id)
    if session is None:
        raise NotFound(_("There is no such session"))
    ensure(policy.can_end_session(actor, session))
    if session.ended_at is None:
        session.ended_at = clock.real_now()
        db.session.flush()
        audit.record(actor, "sign_in.ended", object_kind="person", object_id=session.person_id)


def end_everything(person_id):
    """End all that a person has open, now: every signed-in browser. The caller has asked its policy."""
    db.session.execute(
        sa.update(SignInSession)
        .where(SignInSession.person_id == person_id, SignInSession.ended_at.is_(None))
        .values(ended_at=clock.real_now())
    )


def list_sessions(actor) -> list[SignInSession]:
    """The actor's open sessions, newest first."""
    return list(
        db.session.scalars(
            sa.select(SignInSession)
            .where(
                SignInSession.person_id == actor.person_id,
                SignInSession.ended_at.is_(None),
                SignInSession.seen_at > clock.real_now() - IDLE_LIMIT,
            )
            .order_by(SignInSession.started_at.desc())
        )
    )


def change_password(actor, old_password, new_password):
    """Change one's own password. Raises Invalid("old_password") or Invalid("new_password"); other sessions end."""
    person = get_person(actor, actor.person_id)
    if not _matches(person, old_password):
        raise Invalid(_("The present password is wrong"), field="old_password")
    set_password(person, new_password)
    db.session.execute(
        sa.update(SignInSession)
        .where(
            SignInSession.person_id == person.id, SignInSession.id != actor.session_id, SignInSession.ended_at.is_(None)
        )
        .values(ended_at=clock.real_now())
    )
    db.session.flush()
    audit.record(actor, "password.changed", person)
    announce(actor, PersonChanged(person_id=person.id))


def _hash(token):
    return hashlib.sha256(token.encode()).hexdigest()
