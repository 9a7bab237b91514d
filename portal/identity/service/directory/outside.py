"""The directory that a municipality already has (Active Directory, OpenLDAP): people without a password here sign in
against it, and the register is compared with it. And signing in through Windows, which a reverse proxy vouches for."""

import ipaddress

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.adapters.ldap import OutsideLdap
from portal.identity.events import OutsideReadingAsked
from portal.identity.models import DirectoryRun, Person, RunState, Unit
from portal.identity.models.people import folded
from portal.identity.service.held import actor_for
from portal.identity.service.imports import plan_import
from portal.identity.service.throttling import ensure_may_try, note_failure
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db, released
from portal.kernel.errors import Conflict, ExternalRefused, ExternalUnavailable, Forbidden, Invalid, PortalError, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _

OUTSIDE = "outside"


def outside_is_on() -> bool:
    """Does another directory vouch for people?"""
    return bool(settings().ldap.outside_url)


def outside() -> OutsideLdap:
    """The other directory."""
    return OutsideLdap(settings().ldap)


def proves(person, password) -> bool:
    """Is it the person's password in the other directory? Only for people who have none here: whoever was given one
    is not let in by two. Raises Forbidden while the other directory does not answer."""
    if person is None or person.password_hash or not outside_is_on():
        return False
    username = person.username
    try:
        with released():  # nobody waits for a lock while the other side is asked
            return outside().proves(username, password)
    except (ExternalUnavailable, ExternalRefused) as error:
        raise Forbidden(
            _("The directory that knows your password does not answer. Try again in a few minutes")
        ) from error


def ask_reading(actor) -> DirectoryRun:
    """Ask for the register to be compared with the other directory, by a job. Raises Conflict when there is none."""
    ensure(policy.can_manage_people(actor))
    if not outside_is_on():
        raise Conflict(_("No other directory is set up: PKIP_LDAP_OUTSIDE_URL is not set"))
    run = DirectoryRun(reason=OUTSIDE, dry=True, asked_by=actor.name, asked_at=clock.real_now())
    db.session.add(run)
    db.session.flush()
    audit.record(actor, "directory.outside_read", object_kind="directory_run", object_id=run.id)
    announce(actor, OutsideReadingAsked(run_id=run.id, person_id=actor.person_id))
    return run


def read_outside(run_id, person_id):
    """Read the other directory and keep what it would change in the register, to be looked at and applied."""
    run = db.session.get(DirectoryRun, run_id)
    if run is None or run.state in (RunState.DONE, RunState.FAILED):
        return
    try:
        with released():
            people = outside().people()
        plan = plan_import(actor_for(person_id), settings().ldap.outside_url, _rows(people))
    except PortalError as error:
        run.state, run.problem = RunState.FAILED, error.message
    else:
        run.state, run.import_id, run.entries = RunState.DONE, plan.id, len(people)
    run.finished_at = clock.real_now()
    db.session.flush()


def _rows(people):
    """Rows as a table file would have them. Whoever is closed there and unknown here is left out; whoever is known
    here has their last day today."""
    units = {}
    for unit in db.session.scalars(sa.select(Unit).order_by(Unit.index)):
        units |= {folded(unit.name): unit.index, folded(unit.index): unit.index}
    known = set(db.session.scalars(sa.select(Person.username).where(Person.active)))
    for one in people:
        if not one.username or (not one.open and one.username not in known):
            continue
        row = {
            "username": one.username,
            "given_name": one.given_name,
            "family_name": one.family_name,
            "email": one.email,
            "phone": one.phone,
            "position": one.position,
            "unit": units.get(folded(one.unit), ""),  # a unit unknown here leaves the person where they are
        }
        yield row if one.open else {"username": one.username, "until": clock.today()}


# --- Windows (Kerberos) -----------------------------------------------------------------------------------------------


def kerberos_is_on() -> bool:
    """Does a reverse proxy sign people in through Windows?"""
    return bool(settings().ldap.kerberos_header)


def kerberos_person(principal, peer, address) -> Person:
    """Whom a reverse proxy has seen sign in to Windows.
    peer: the address that the connection came from; only the proxies of the settings are believed. principal: what the
    header said, name@REALM. Raises Forbidden, and Invalid when nobody here has this name."""
    own = settings().ldap
    name, _at, realm = (principal or "").strip().partition("@")
    name = name.lower()[:60]
    ensure_may_try(f"kerberos:{name}", address)
    if not kerberos_is_on() or not _is_proxy(peer, own.kerberos_proxies):
        note_failure(f"kerberos:{name}", address, name)
        raise Forbidden(_("Signing in through Windows is accepted from the municipality's own proxy only"))
    person = db.session.scalar(sa.select(Person).where(Person.username == name)) if name else None
    if realm.upper() != own.kerberos_realm or person is None or not person.works_on(clock.today()):
        note_failure(f"kerberos:{name}", address, name)
        raise Invalid(_("Your Windows account has no open account here. Ask IT staff"))
    return person


def _is_proxy(peer, networks):
    try:
        address = ipaddress.ip_address(peer or "")
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in networks)
