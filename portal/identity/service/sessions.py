"""Signing in and out. Sessions live here, on the server; the browser holds a random token."""

import hashlib
import secrets
from datetime import timedelta
from functools import lru_cache

import sqlalchemy as sa
from argon2.exceptions import InvalidHashError, VerificationError

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.events import AccountNews, PersonChanged
from portal.identity.models import Person, SignInSession
from portal.identity.service import factors, passwords, tokens
from portal.identity.service.directory import outside
from portal.identity.service.held import held_names
from portal.identity.service.people import account_open, get_person, hasher, set_password
from portal.identity.service.substitutes import acting_right
from portal.identity.service.throttling import ensure_may_try, forget_failures, note_failure
from portal.kernel import clock
from portal.kernel.access import actor_with
from portal.kernel.db import db, released, short_transaction
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _

IDLE_LIMIT = timedelta(hours=12)
STEPS_LIMIT = timedelta(minutes=15)  # from the password to the last step of signing in
NOT_STRONG = ("password", "directory", "kerberos")  # ways to sign in that a second factor is asked after
_SEEN_STEP = timedelta(minutes=5)


def sign_in(username, password, address, browser):
    """Check a name and password. Returns the new session's token for the cookie.
    Raises Invalid with the same words whatever was wrong, Forbidden while tries are throttled.
    """
    name = username.strip().lower()
    ensure_may_try(f"account:{name}", address)
    person = db.session.scalar(sa.select(Person).where(Person.username == name))
    with released():  # hashing takes long on purpose, and others must be able to write meanwhile
        method = proven_by(person, password)
    ensure_may_try(f"account:{name}", address)  # others may have guessed at the same time
    if person is not None:
        db.session.refresh(person)  # or the account was suspended
    if method is None or not person.works_on(clock.today()):
        note_failure(f"account:{name}", address, name)
        raise Invalid(_("The user name or the password is wrong"))
    if method == "password" and hasher().check_needs_rehash(person.password_hash):
        person.password_hash = hasher().hash(passwords.plain(password))
    forget_failures(f"account:{name}")
    return open_session(person, address, browser, method)


def open_session(person, address, browser, method="password") -> str:
    """A signed-in browser of somebody whose identity was just proven. Returns the token for the cookie.
    method: how it was proven; stands in the audit log. Only doors of signing in call this.
    What is still missing (a second factor, the terms of use) keeps the session shut until it is done (LAW-152, 153)."""
    token = secrets.token_urlsafe(32)
    now = clock.real_now()
    session = SignInSession(
        token_hash=_hash(token),
        person_id=person.id,
        address=address,
        browser=browser[:300],
        started_at=now,
        seen_at=now,
        method=method,
        strong_at=None if method in NOT_STRONG else now,
        waits_for=factors.next_step(person, method not in NOT_STRONG, address),
    )
    db.session.add(session)
    db.session.flush()
    begun(session, person)
    return token


def begun(session, person):
    """Record how far the sign-in has come; the sealed account's use is told to the auditors at once."""
    actor = actor_with((), person_id=person.id, name=person.name, address=session.address or "", session_id=session.id)
    if session.waits_for == factors.FACTOR:
        audit.record(actor, "sign_in.half", person, new={"method": session.method})
        return
    audit.record(actor, "sign_in.succeeded", person, new={"method": session.method})
    factors.tell_if_sealed(actor, person)
    if _is_new_browser(session):
        detail = ", ".join(part for part in (session.browser[:100], session.address) if part)
        announce(actor, AccountNews(person_id=person.id, event="sign_in", at=clock.now(), detail=detail))


def _is_new_browser(session):
    """Has the person signed in before, but never from a browser that calls itself so?"""
    earlier = sa.select(SignInSession.id).where(
        SignInSession.person_id == session.person_id, SignInSession.id != session.id, SignInSession.waits_for == ""
    )
    same = earlier.where(SignInSession.browser == session.browser)
    return bool(db.session.scalar(sa.select(sa.and_(sa.exists(earlier), ~sa.exists(same)))))


def proven_by(person, password) -> str | None:
    """By whose knowledge the password is the person's: `password` (kept here), `directory` (the other one), or None."""
    return "password" if matches(person, password) else "directory" if outside.proves(person, password) else None


def matches(person, password):
    """Is it the person's password? The same work is done for an unknown name, so that the time tells nothing."""
    checked_by = hasher()
    nobodys = _no_password(checked_by)
    try:
        hashed = (person.password_hash if person else "") or nobodys
        found = checked_by.verify(hashed, passwords.plain(password))
    except (VerificationError, InvalidHashError):
        return False
    return found and person is not None


@lru_cache
def _no_password(checked_by):
    """What an unknown name's password is compared with: a hash of the same cost."""
    return checked_by.hash(secrets.token_hex(16))


def resume(token, address):
    """The Actor behind a session token, or None when it is unknown, ended, idle too long or the account is closed."""
    now = clock.real_now()
    row = db.session.execute(_by_token(clock.today()), {"token_hash": _hash(token)}).one_or_none()
    if row is None or row.seen_at < now - IDLE_LIMIT:
        return None
    if row.seen_at < now - _SEEN_STEP:
        _touch(row.id, now)
    return actor_with(
        held_names(row.person_id, row.acting_for_id),
        person_id=row.person_id,
        on_behalf_of_id=row.acting_for_id,
        name=f"{row.given_name} {row.family_name}",
        address=address,
        session_id=row.id,
        language=row.language,
        look=row.look,
    )


@lru_cache(maxsize=2)
def _by_token(day):
    """The SELECT that each request begins with, built once a day: building it costs more than running it."""
    return (
        sa.select(
            SignInSession.id,
            SignInSession.seen_at,
            Person.id.label("person_id"),
            Person.given_name,
            Person.family_name,
            Person.language,
            Person.look,
            sa.case((acting_right(Person.id, SignInSession.acting_for_id, day), SignInSession.acting_for_id)).label(
                "acting_for_id"
            ),
        )
        .join(Person, Person.id == SignInSession.person_id)
        .where(
            SignInSession.token_hash == sa.bindparam("token_hash"),
            SignInSession.ended_at.is_(None),
            SignInSession.waits_for == "",
            account_open(day=day),
        )
    )


def waiting(token, address):
    """(Actor, session) of a sign-in that has steps to do yet, or None. The actor holds no key but their own."""
    row = db.session.execute(
        sa.select(SignInSession, Person)
        .join(Person, Person.id == SignInSession.person_id)
        .where(
            SignInSession.token_hash == _hash(token or ""),
            SignInSession.ended_at.is_(None),
            SignInSession.waits_for != "",
            SignInSession.started_at > clock.real_now() - STEPS_LIMIT,
            account_open(),
        )
    ).one_or_none()
    if row is None:
        return None
    session, person = row
    actor = actor_with(
        (f"person:{person.id}",),
        person_id=person.id,
        name=person.name,
        address=address,
        session_id=session.id,
        language=person.language,
        look=person.look,
    )
    return actor, session


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
        tokens.end_of_session(session.id)
        audit.record(actor, "sign_in.ended", object_kind="person", object_id=session.person_id)


def end_everything(person_id):
    """End all that a person has open, now: every signed-in browser and every application's tokens. The caller has asked
    its policy."""
    tokens.end_of_person(person_id)
    db.session.execute(
        sa.update(SignInSession)
        .where(SignInSession.person_id == person_id, SignInSession.ended_at.is_(None))
        .values(ended_at=clock.real_now())
    )


def list_sessions(actor, person_id=None) -> list[SignInSession]:
    """The actor's open sessions, newest first; or, for IT administrators, another person's."""
    person_id = person_id or actor.person_id
    ensure(policy.can_see_sessions(actor, person_id))
    return list(
        db.session.scalars(
            sa.select(SignInSession)
            .where(
                SignInSession.person_id == person_id,
                SignInSession.ended_at.is_(None),
                SignInSession.waits_for == "",
                SignInSession.seen_at > clock.real_now() - IDLE_LIMIT,
            )
            .order_by(SignInSession.started_at.desc())
        )
    )


def change_password(actor, old_password, new_password):
    """Change one's own password. Raises Invalid("old_password") or Invalid("new_password"); other sessions end."""
    person = get_person(actor, actor.person_id)
    ensure_may_try(f"account:{person.username}", actor.address)
    if not matches(person, old_password):
        note_failure(f"account:{person.username}", actor.address, person.username)
        raise Invalid(_("The present password is wrong"), field="old_password")
    set_password(person, new_password)
    db.session.execute(
        sa.update(SignInSession)
        .where(
            SignInSession.person_id == person.id, SignInSession.id != actor.session_id, SignInSession.ended_at.is_(None)
        )
        .values(ended_at=clock.real_now())
    )
    tokens.end_of_person(person.id, but_session=actor.session_id)
    db.session.flush()
    audit.record(actor, "password.changed", person)
    announce(actor, AccountNews(person_id=person.id, event="password", at=clock.now(), detail=actor.address))
    announce(actor, PersonChanged(person_id=person.id))


def _hash(token):
    return hashlib.sha256(token.encode()).hexdigest()
