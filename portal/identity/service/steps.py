"""The steps after the password, and asking again who one is before an act of weight."""

import secrets
from datetime import timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.events import PersonChanged
from portal.identity.models import AccountKind, CodeDevice, Passkey, Person, RecoveryCode, SealedAccount, SignInSession
from portal.identity.service import directory, factors, passkeys, people, roles, terms
from portal.identity.service.people import get_person
from portal.identity.service.sessions import begun, end_everything, matches, open_session, proven_by
from portal.identity.service.throttling import ensure_may_try, forget_failures, note_failure
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.errors import ConfirmationNeeded, Conflict, Invalid, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is read in two ways
CHANGES_ASK_AFTER = 15  # minutes: so old may the proof be with which somebody changes what they sign in with


# --- signing in ------------------------------------------------------------------------------------------------------


def sign_in_with_passkey(ceremony_id, credential, origin, address, browser) -> str:
    """A passkey alone signs in: it is something one has, unlocked by something one knows or is.
    Returns the session's token. Raises Invalid, Forbidden while the address is throttled."""
    subject = f"passkey:{address}"
    ensure_may_try(subject, address)
    try:
        passkey = passkeys.finish_use(passkeys.SIGN_IN, ceremony_id, credential, origin)
        person = db.session.get_one(Person, passkey.person_id)
        if not person.works_on(clock.today()):
            raise Invalid(_("This account is closed"))
    except Invalid:
        note_failure(subject, address, _("a passkey"))
        raise
    return open_session(person, address, browser, method="passkey")


def take_factor(actor, session, typed):
    """The code that the sign-in waits for. Raises Invalid("code"), Forbidden while tries are throttled."""
    _wait_for(session, factors.FACTOR)
    _factor_shown(session, _code(actor, typed))


def take_factor_passkey(actor, session, ceremony_id, credential, origin):
    """The passkey that the sign-in waits for. Raises Invalid."""
    _wait_for(session, factors.FACTOR)
    passkeys.finish_use(passkeys.FACTOR, ceremony_id, credential, origin, actor.person_id)
    _factor_shown(session, "passkey")


def enrolled(actor, how):
    """The actor set up a factor, inside or while the sign-in waited for one. how: `totp` or `passkey`."""
    session = db.session.get(SignInSession, actor.session_id)
    session.strong_at = clock.real_now()
    if session.waits_for == factors.ENROL:
        session.method = f"{session.method}+{how}"
        _go_on(session)
    db.session.flush()


def take_new_password(actor, session, password):
    """The password that IT staff gave out is replaced. Raises Invalid("new_password")."""
    _wait_for(session, factors.RENEW)
    person = db.session.get(Person, session.person_id)
    if matches(person, password):
        raise Invalid(_("Choose another password than the one you were given"), field="new_password")
    people.set_password(person, password)
    audit.record(actor, "password.changed", person)
    announce(actor, PersonChanged(person_id=person.id))
    _go_on(session)


def take_terms(actor, session, number):
    """The terms of use are confirmed. Raises Invalid when they changed meanwhile."""
    _wait_for(session, factors.TERMS)
    terms.confirm(actor, number)
    _go_on(session)


def _factor_shown(session, how):
    session.method, session.strong_at = f"{session.method}+{how}", clock.real_now()
    _go_on(session)
    begun(session, db.session.get(Person, session.person_id))


def _go_on(session):
    person = db.session.get(Person, session.person_id)
    session.waits_for = factors.next_step(person, session.strong_at is not None, session.address)
    db.session.flush()


def _wait_for(session, step):
    if session.waits_for != step:
        raise Conflict(_("This step is done already"))


def _code(actor, typed):
    """How the code typed proves the actor: `totp` or `recovery`."""
    subject = f"factor:{actor.person_id}"
    ensure_may_try(subject, actor.address)
    how = factors.take_code(actor.person_id, typed)
    if how is None:
        note_failure(subject, actor.address, actor.name)
        raise Invalid(_("The code is wrong or was used already"), field="code")
    forget_failures(subject)
    if how == "recovery":
        left = factors.held(actor.person_id).codes_left
        audit.record(actor, "factor.code_used", db.session.get(Person, actor.person_id), new={"left": left})
    return how


# --- asking again ----------------------------------------------------------------------------------------------------


def require_recent(actor, minutes):
    """Raise ConfirmationNeeded when the actor proved longer ago who they are, by the strongest means they hold.
    minutes: 0 asks never. The system need not; a token of an application cannot."""
    if not minutes or actor.is_system or proven_within(actor, minutes):
        return
    raise ConfirmationNeeded(_("Confirm that it is you, then repeat what you did"))


def require_for_weighty(actor):
    """For signing and voting: as the instance's settings say (PKIP_CONFIRM_MINUTES)."""
    require_recent(actor, settings().confirm_minutes)


def proven_within(actor, minutes) -> bool:
    """Did the actor prove who they are in the last minutes, in the session at hand?"""
    session = db.session.get(SignInSession, actor.session_id) if actor.session_id else None
    if session is None:
        return False
    at = session.strong_at or (None if factors.holds_factor(actor.person_id) else session.started_at)
    return at is not None and at > clock.real_now() - timedelta(minutes=minutes)


def confirm_code(actor, typed):
    """A code proves again who the actor is. Raises Invalid("code"), Forbidden while throttled."""
    _confirmed(actor, _code(actor, typed))


def has_password(actor) -> bool:
    """Is there a password that the actor can confirm with, here or in the other directory?"""
    return bool(get_person(actor, actor.person_id).password_hash) or directory.outside_is_on()


def confirm_password(actor, password):
    """The password proves it again, for those who hold nothing stronger. Raises Invalid("password")."""
    if factors.holds_factor(actor.person_id):
        raise Invalid(_("Confirm with your passkey or code; the password alone is not enough"), field="password")
    person = get_person(actor, actor.person_id)
    subject = f"account:{person.username}"
    ensure_may_try(subject, actor.address)
    if proven_by(person, password) is None:
        note_failure(subject, actor.address, person.username)
        raise Invalid(_("The password is wrong"), field="password")
    forget_failures(subject)
    _confirmed(actor, "password")


def confirm_passkey(actor, ceremony_id, credential, origin):
    """A passkey proves it again. Raises Invalid."""
    passkeys.finish_use(passkeys.CONFIRM, ceremony_id, credential, origin, actor.person_id)
    _confirmed(actor, "passkey")


def _confirmed(actor, how):
    session = db.session.get(SignInSession, actor.session_id)
    session.strong_at = clock.real_now()
    db.session.flush()
    audit.record(actor, "sign_in.confirmed", get_person(actor, actor.person_id), new={"method": how})


# --- the sealed account ----------------------------------------------------------------------------------------------


def break_glass(username) -> str:
    """Make the account for emergencies, or seal it anew after use. It administers people and the system, waits for no
    second factor, and its every use alarms the auditors. Returns its password: 30 letters by chance, kept nowhere.
    Raises Conflict when the name is an ordinary account's."""
    person = db.session.scalar(sa.select(Person).where(Person.username == username))
    password = "-".join("".join(secrets.choice(_LETTERS) for _n in range(5)) for _part in range(6))
    if person is None:
        person = people.add_person(
            SYSTEM, _("Emergency"), _("account"), f"{username}@{_host()}", "", None, username, password,
            account=AccountKind.ADMIN,
        )  # fmt: skip
        roles.give_role(SYSTEM, person.id, "it")
        row: SealedAccount | None = SealedAccount(person_id=person.id, sealed_at=clock.real_now())
        db.session.add(row)
    else:
        row = db.session.get(SealedAccount, person.id)
        if row is None:
            raise Conflict(_("This user name belongs to an ordinary account; choose another"))
        people.set_password(person, password)
        end_everything(person.id)
        row.sealed_at, row.used_at = clock.real_now(), None
    db.session.flush()
    audit.record(SYSTEM, "sealed.sealed", person)
    announce(SYSTEM, PersonChanged(person_id=person.id))
    return password


def _host():
    return urlsplit(settings().base_url).hostname or "localhost"


def sealed(person_id) -> SealedAccount | None:
    """When the account was sealed and last used; None for an ordinary one."""
    return db.session.get(SealedAccount, person_id)


def sealed_accounts(actor) -> list[tuple[Person, SealedAccount]]:
    """The accounts for emergencies."""
    ensure(policy.can_manage_people(actor))
    query = sa.select(Person, SealedAccount).join(SealedAccount, SealedAccount.person_id == Person.id)
    return list(db.session.execute(query.order_by(Person.username)).tuples())


# --- help by IT staff ------------------------------------------------------------------------------------------------


def end_all(actor, person_id):
    """End everything that a person has open; they may sign in again."""
    ensure(policy.can_manage_people(actor))
    person = get_person(actor, person_id)
    end_everything(person_id)
    audit.record(actor, "sign_in.all_ended", person)


def remove_factors(actor, person_id):
    """The devices are lost: nothing of what the person signed in with beside the password counts any more."""
    ensure(policy.can_manage_people(actor))
    person = get_person(actor, person_id)
    for model in (Passkey, CodeDevice, RecoveryCode):
        db.session.execute(sa.delete(model).where(model.person_id == person_id))
    end_everything(person_id)
    db.session.flush()
    factors.changed(actor, person.id, "factor.all_removed")
