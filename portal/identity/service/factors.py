"""Second factors that a person holds, and who must have one."""

import ipaddress
import secrets
from dataclasses import dataclass
from datetime import date

import pyotp
import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.events import AccountNews, PersonChanged, SealedAccountUsed
from portal.identity.models import (
    ActorKey,
    CodeDevice,
    FactorRule,
    Passkey,
    Person,
    RecoveryCode,
    Role,
    RoleAssignment,
    SealedAccount,
)
from portal.identity.service import terms
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.crypto import lookup_hash
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, _l
from portal.kernel.latvian import sort_key

FACTOR, ENROL, RENEW, TERMS = "factor", "enrol", "renew", "terms"  # what a sign-in may wait for, in this order
RECOVERY_CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is read in two ways
_STEP_S = 30
DEEDS = {
    "factor.device_added": _l("an application with codes was added"),
    "factor.device_removed": _l("an application with codes was removed"),
    "factor.passkey_added": _l("a passkey was added"),
    "factor.passkey_removed": _l("a passkey was removed"),
    "factor.codes_made": _l("new recovery codes were made"),
    "factor.all_removed": _l("all second factors were removed"),
}


@dataclass(frozen=True)
class Held:
    """What a person can prove themselves with besides the password."""

    passkeys: list[Passkey]
    device: CodeDevice | None
    codes_left: int

    @property
    def any(self) -> bool:
        """Is there a factor that signs in? Recovery codes alone are none: they stand in for one."""
        return bool(self.passkeys or self.device)


# --- what has to be done before the portal opens ---------------------------------------------------------------------


def next_step(person, strong, address) -> str:
    """What the sign-in waits for now: `factor`, `enrol`, `renew`, `terms`, or an empty string.
    strong: a second factor, or something as good, was shown already. The sealed account waits for nothing."""
    if db.session.get(SealedAccount, person.id) is not None:
        return ""
    if not strong:
        if holds_factor(person.id):
            return FACTOR
        due = required_from(person.id, address)
        if due and due <= clock.today():
            return ENROL
    if person.password_given:
        return RENEW
    return TERMS if terms.unconfirmed(person.id) else ""


def required_from(person_id, address="") -> date | None:
    """The day from which the person must have a second factor, the earliest of what roles and the instance's security
    class ask (LAW-152); None when nothing asks."""
    today = clock.today()
    due = db.session.scalar(
        sa.select(sa.func.min(FactorRule.required_from))
        .join(ActorKey, ActorKey.name == "role:" + FactorRule.role_key)
        .where(ActorKey.person_id == person_id, sa.or_(ActorKey.until.is_(None), ActorKey.until >= today))
    )
    return today if _asked_by_class(person_id, address) and (due is None or due > today) else due


def _asked_by_class(person_id, address):
    """Class A: everybody. Class B: administrators, and whoever comes from outside the inner networks."""
    security_class = settings().security_class
    if security_class == "A":
        return True
    return security_class == "B" and (not _is_inside(address) or _administers(person_id))


def _is_inside(address):
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in ipaddress.ip_network(network) for network in settings().inside_networks)


def _administers(person_id):
    return (
        db.session.scalar(
            sa.select(ActorKey.name).where(ActorKey.person_id == person_id, ActorKey.name.startswith("can:admin."))
        )
        is not None
    )


def rules(actor) -> list[tuple[Role, date | None, int, int]]:
    """(role, day or None, people who hold it, how many of them lack a factor), by name of the role."""
    ensure(policy.can_manage_people(actor))
    days = dict(db.session.execute(sa.select(FactorRule.role_key, FactorRule.required_from)).tuples().all())
    today = clock.today()
    holds = sa.or_(
        sa.exists().where(Passkey.person_id == Person.id),
        sa.exists().where(CodeDevice.person_id == Person.id, CodeDevice.confirmed_at.is_not(None)),
    )
    counts = {
        key: (people, people - (able or 0))
        for key, people, able in db.session.execute(
            sa.select(
                RoleAssignment.role_key,
                sa.func.count(sa.distinct(Person.id)),
                sa.func.count(sa.distinct(sa.case((holds, Person.id)))),
            )
            .join(Person, Person.id == RoleAssignment.person_id)
            .where(
                Person.active,
                RoleAssignment.since <= today,
                sa.or_(RoleAssignment.until.is_(None), RoleAssignment.until >= today),
            )
            .group_by(RoleAssignment.role_key)
        )
    }
    roles = sorted(db.session.scalars(sa.select(Role)), key=lambda role: sort_key(role.name))
    return [(role, days.get(role.key), *counts.get(role.key, (0, 0))) for role in roles]


def set_rule(actor, role_key, day):
    """From this day the role signs in with a second factor; None: it need not. Raises NotFound."""
    ensure(policy.can_manage_people(actor))
    role = db.session.get(Role, role_key)
    if role is None:
        raise NotFound(_("There is no such role"))
    rule = db.session.get(FactorRule, role_key)
    old = rule.required_from if rule else None
    if old == day:
        return
    if rule and day is None:
        db.session.delete(rule)
    elif rule:
        rule.required_from = day
    else:
        db.session.add(FactorRule(role_key=role_key, required_from=day))
    db.session.flush()
    audit.record(
        actor,
        "factor.rule_set",
        object_kind="role",
        object_id=role.key,
        label=role.name,
        old={"from": str(old) if old else None},
        new={"from": str(day) if day else None},
    )


# --- what a person holds ---------------------------------------------------------------------------------------------


def held(person_id) -> Held:
    """The person's passkeys, the application with codes if it counts, and how many recovery codes are left."""
    passkeys = list(db.session.scalars(sa.select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)))
    device = db.session.get(CodeDevice, person_id)
    left = db.session.scalars(
        sa.select(sa.func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    ).one()
    return Held(passkeys, device if device and device.confirmed_at else None, left)


def holds_factor(person_id) -> bool:
    """Does the person have a passkey or an application with codes?"""
    return bool(
        db.session.scalar(
            sa.select(
                sa.or_(
                    sa.exists().where(Passkey.person_id == person_id),
                    sa.exists().where(CodeDevice.person_id == person_id, CodeDevice.confirmed_at.is_not(None)),
                )
            )
        )
    )


def begin_device(actor):
    """Begin to add an application with codes: a new secret, unless one waits for its first code already.
    Raises Conflict when an application is in use."""
    device = db.session.get(CodeDevice, actor.person_id)
    if device is not None and device.confirmed_at:
        raise Conflict(_("There is an application with codes already; remove it first"))
    if device is None:
        db.session.add(CodeDevice(person_id=actor.person_id, secret=pyotp.random_base32(), added_at=clock.real_now()))
        db.session.flush()


def offered_device(actor) -> tuple[str, str] | None:
    """The secret that waits for its first code, and the address that its QR code holds; None when none waits."""
    device = db.session.get(CodeDevice, actor.person_id)
    if device is None or device.confirmed_at:
        return None
    person = db.session.get_one(Person, actor.person_id)
    totp = pyotp.TOTP(device.secret)
    return device.secret, totp.provisioning_uri(name=person.username, issuer_name=settings().municipality)


def confirm_device(actor, code) -> list[str]:
    """The first code was typed: from now on it counts. Returns new recovery codes when there are none yet, to be
    shown once. Raises Invalid("code")."""
    device = db.session.get(CodeDevice, actor.person_id)
    if device is None or device.confirmed_at:
        raise Conflict(_("Open the page again and scan the new code"))
    step = _step_of(device, code)
    if step is None:
        raise Invalid(_("The code does not fit; type the one that the application shows now"), field="code")
    device.confirmed_at, device.last_step = clock.real_now(), step
    db.session.flush()
    changed(actor, actor.person_id, "factor.device_added")
    return first_codes(actor)


def remove_device(actor, person_id):
    """Take the application with codes away: the person, or IT staff when the telephone is lost."""
    ensure(policy.can_change_factors(actor, person_id))
    device = db.session.get(CodeDevice, person_id)
    if device is None:
        raise NotFound(_("There is no application with codes"))
    db.session.delete(device)
    db.session.flush()
    changed(actor, person_id, "factor.device_removed")


def remove_passkey(actor, passkey_id):
    """Take a passkey away: the person, or IT staff when the device is lost. Raises NotFound."""
    passkey = db.session.get(Passkey, passkey_id)
    if passkey is None:
        raise NotFound(_("There is no such passkey"))
    ensure(policy.can_change_factors(actor, passkey.person_id))
    db.session.delete(passkey)
    db.session.flush()
    changed(actor, passkey.person_id, "factor.passkey_removed", new={"name": passkey.name})


def first_codes(actor) -> list[str]:
    """Recovery codes for whoever has none left; an empty list for others."""
    return [] if held(actor.person_id).codes_left else new_codes(actor)


def new_codes(actor) -> list[str]:
    """Ten new recovery codes, in the clear for this once; the earlier ones are worth nothing from now on.
    Raises Conflict while there is no factor they could stand in for."""
    if not holds_factor(actor.person_id):
        raise Conflict(_("Add a passkey or an application with codes first"))
    codes = ["".join(secrets.choice(_ALPHABET) for _n in range(12)) for _code in range(RECOVERY_CODES)]
    now = clock.real_now()
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.person_id == actor.person_id))
    db.session.add_all(
        RecoveryCode(person_id=actor.person_id, code_hash=_hash_of(actor.person_id, code), made_at=now)
        for code in codes
    )
    db.session.flush()
    changed(actor, actor.person_id, "factor.codes_made")
    return ["-".join((code[:4], code[4:8], code[8:])) for code in codes]


def take_code(person_id, typed) -> str | None:
    """How the typed code proves the person: `totp`, `recovery`, or None. A code serves once."""
    typed = "".join(letter for letter in typed if letter.isalnum()).lower()
    device = db.session.get(CodeDevice, person_id)
    if device is not None and device.confirmed_at and (step := _step_of(device, typed)) is not None:
        newer = db.session.execute(  # by the database, so that the same code sent twice at once serves once
            sa.update(CodeDevice)
            .where(CodeDevice.person_id == person_id, CodeDevice.last_step < step)
            .values(last_step=step)
        )
        return "totp" if newer.rowcount else None  # type: ignore[attr-defined]
    used = db.session.execute(
        sa.update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person_id,
            RecoveryCode.code_hash == _hash_of(person_id, typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.real_now())
    )
    return "recovery" if used.rowcount else None  # type: ignore[attr-defined]


def _step_of(device, code):
    """The time step whose code this is, now or one before or after (RFC 6238, 5.2), newer than the last; or None."""
    code = "".join(letter for letter in code if letter.isdigit())
    now = int(clock.real_now().timestamp()) // _STEP_S
    totp = pyotp.TOTP(device.secret)
    for step in (now, now - 1, now + 1):
        if step > device.last_step and len(code) == 6 and secrets.compare_digest(totp.generate_otp(step), code):
            return step
    return None


def _hash_of(person_id, code):
    return lookup_hash(f"recovery{person_id}{code}")


def changed(actor, person_id, action, new=None):
    """Record a change of what a person signs in with, and tell who wants to know."""
    person = db.session.get(Person, person_id)
    audit.record(actor, action, person, new=new)
    announce(actor, PersonChanged(person_id=person_id))
    detail = str(DEEDS[action])
    announce(actor, AccountNews(person_id=person_id, event="factor", at=clock.now(), detail=detail))


# --- the sealed account ----------------------------------------------------------------------------------------------


def tell_if_sealed(actor, person):
    """The sealed account signed in: record it by itself and alarm the auditors (every use)."""
    sealed = db.session.get(SealedAccount, person.id)
    if sealed is None:
        return
    sealed.used_at = clock.real_now()
    db.session.flush()
    audit.record(actor, "sealed.used", person)
    announce(actor, SealedAccountUsed(person_id=person.id, session_id=actor.session_id, name=person.name))
