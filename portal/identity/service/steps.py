"""The steps after the password, and asking again who one is before an act of weight."""

from datetime import timedelta

from portal.audit import service as audit
from portal.identity.models import Person, SealedAccount, SignInSession
from portal.identity.service import factors, passkeys, terms
from portal.identity.service.people import get_person
from portal.identity.service.sessions import begun, matches, open_session
from portal.identity.service.throttling import ensure_may_try, forget_failures, note_failure
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.errors import Conflict, ConfirmationNeeded, Invalid
from portal.kernel.i18n import _

CHANGES_ASK_AFTER = 15  # minutes: so old may the proof be with which somebody changes what they sign in with


# --- signing in --------------------------------------------------------------------------------------------------------


def sign_in_with_passkey(ceremony_id, credential, origin, address, browser) -> str:
    """A passkey alone signs in: it is something one has, unlocked by something one knows or is.
    Returns the session's token. Raises Invalid, Forbidden while the address is throttled."""
    subject = f"passkey:{address}"
    ensure_may_try(subject, address)
    try:
        passkey = passkeys.finish_use(passkeys.SIGN_IN, ceremony_id, credential, origin)
        person = db.session.get(Person, passkey.person_id)
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


def enrolled(session, how):
    """A factor was set up while the sign-in waited for one, or by somebody inside. how: `totp` or `passkey`."""
    session.strong_at = clock.real_now()
    if session.waits_for == factors.ENROL:
        session.method = f"{session.method}+{how}"
        _go_on(session)
    db.session.flush()


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


# --- asking again ------------------------------------------------------------------------------------------------------


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


def confirm_password(actor, password):
    """The password proves it again, for those who hold nothing stronger. Raises Invalid("password")."""
    if factors.holds_factor(actor.person_id):
        raise Invalid(_("Confirm with your passkey or code; the password alone is not enough"), field="password")
    person = get_person(actor, actor.person_id)
    subject = f"account:{person.username}"
    ensure_may_try(subject, actor.address)
    if not matches(person, password):
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


def seal(person_id):
    """Make an account the one for emergencies, or seal it anew after use: it waits for no second factor, and every use
    alarms the auditors. The caller has set its new password."""
    row = db.session.get(SealedAccount, person_id)
    if row is None:
        row = SealedAccount(person_id=person_id)
        db.session.add(row)
    row.sealed_at, row.used_at = clock.real_now(), None
    db.session.flush()
    audit.record(SYSTEM, "sealed.sealed", db.session.get(Person, person_id))
