"""What should stand in the directory, read from the register; and how it differs from what does.

ou=people   inetOrgPerson by user name: accounts that are open today, with their password's hash
ou=units    organizationalUnit by index
ou=groups   groupOfNames: role-…, unit-… and group-…, with the people in them today
ou=services applications that read; ou=access: what they may read; ou=policies: how guessing is slowed down"""

import re
import uuid
from dataclasses import dataclass, field

import sqlalchemy as sa
from ldap.dn import escape_dn_chars
from ldap.filter import escape_filter_chars

from portal.identity.adapters.ldap import same_name
from portal.identity.models import AccountKind, ActorKey, DirectoryAccount, Group, Person, Role, Unit
from portal.identity.ports import Change, Entry
from portal.identity.service.held import account_open, in_force
from portal.identity.slapd import READS
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db

_LOCKED_S = 900  # as long as the portal's own throttling remembers failures
_MAX_FAILURES = 5
_PHONE = re.compile(r"[^0-9A-Za-z'()+,./:? -]")
_CONTAINERS = ("people", "groups", "units", "services", "access", "policies")

Picture = dict[str, Entry]  # by `same_name` of the entry's name


@dataclass(frozen=True)
class Names:
    """Names in the tree under the instance's base."""

    base: str

    def person(self, username):
        return f"uid={escape_dn_chars(username)},ou=people,{self.base}"

    def unit(self, index):
        return f"ou={escape_dn_chars(index)},ou=units,{self.base}"

    def group(self, name):
        return f"cn={escape_dn_chars(name)},ou=groups,{self.base}"

    def service(self, name):
        return f"cn={escape_dn_chars(name)},ou=services,{self.base}"

    @property
    def nobody(self):
        """A group of names must have a member, so this one is in each."""
        return f"cn=nobody,{self.base}"


def names() -> Names:
    return Names(settings().ldap.base)


@dataclass(frozen=True)
class Scope:
    """Which part of the directory is looked at. people: ids, or None for everyone; the rest: yes or no."""

    people: frozenset[uuid.UUID] | None = field(default_factory=frozenset)
    units: bool = False
    groups: bool = False
    frame: bool = False


EVERYTHING = Scope(people=None, units=True, groups=True, frame=True)


def wanted(scope: Scope) -> Picture:
    """What the register says should stand in this part of the directory."""
    at = names()
    found = [*(_frame(at) if scope.frame else ()), *(_units(at) if scope.units else ())]
    if scope.people is None or scope.people:
        found += _people(at, scope.people)
    if scope.groups:
        found += _groups(at)
    return {same_name(entry.dn): entry for entry in found}


def groups_of(person_id) -> set[str]:
    """The names in the directory of the groups that a person is in today."""
    at = names()
    keys = db.session.scalars(
        sa.select(ActorKey.name)
        .join(Person, Person.id == ActorKey.person_id)
        .where(ActorKey.person_id == person_id, account_open(), _groupish(), _key_in_force())
    )
    called = _group_names()
    return {at.group(called[key][0]) for key in keys if key in called}


def standing(directory, scope: Scope) -> Picture:
    """What does stand in this part of the directory."""
    base = settings().ldap.base
    found = []
    if scope.frame:
        found += directory.read(base, "(|(objectClass=organization)(cn=nobody))")
        found += [e for e in directory.read(base, "(objectClass=organizationalUnit)") if _depth(e.dn, base) == 1]
        for name in ("services", "access", "policies"):
            rows = directory.read(f"ou={name},{base}", "(objectClass=*)", ("*", "pwdPolicySubentry"))
            found += [entry for entry in rows if _depth(entry.dn, base) > 1]
    if scope.people is None:
        found += directory.read(f"ou=people,{base}", "(objectClass=inetOrgPerson)", _PERSON_READ)
    elif scope.people:
        found += _standing_people(directory, scope.people)
    if scope.units:
        found += [e for e in directory.read(f"ou=units,{base}") if _depth(e.dn, base) > 1]
    if scope.groups:
        found += directory.read(f"ou=groups,{base}", "(objectClass=groupOfNames)", ("objectClass", *_GROUP))
    return {same_name(entry.dn): entry for entry in found}


_PERSON = ("uid", "cn", "sn", "givenName", "displayName", "mail", "telephoneNumber", "title", "ou", "departmentNumber",
           "manager", "employeeNumber", "employeeType", "preferredLanguage", "userPassword")  # fmt: skip
_PERSON_READ = ("objectClass", *_PERSON)  # not memberOf, which the server works out for each entry
_GROUP = ("cn", "description", "member")


def _standing_people(directory, ids):
    """By number, so that a new user name is seen as the same person; and by name, in case it was somebody else's."""
    base, found = f"ou=people,{settings().ldap.base}", []
    usernames = dict(db.session.execute(sa.select(Person.id, Person.username).where(Person.id.in_(ids))).tuples().all())
    ordered = sorted(ids)
    for start in range(0, len(ordered), 100):
        part = ordered[start : start + 100]
        terms = [f"(employeeNumber={one})" for one in part]
        terms += [f"(uid={escape_filter_chars(usernames[one])})" for one in part if one in usernames]
        found += directory.read(base, f"(&(objectClass=inetOrgPerson)(|{''.join(terms)}))", _PERSON_READ)
    return found


def _depth(dn, base):
    return dn.count(",") - base.count(",")


def differences(want: Picture, have: Picture) -> list[Change]:
    """What must be done to a directory that has `have`, so that it has `want`."""
    missing = {key: entry for key, entry in want.items() if key not in have}
    over = {key: entry for key, entry in have.items() if key not in want}
    changes = list(_renames(missing, over))
    changes += [Change("remove", entry.dn) for entry in over.values()]
    changes += [Change("add", entry.dn, entry) for entry in missing.values()]
    for key, entry in want.items():
        if key in have and (values := _changed(entry.attributes, have[key].attributes)):
            changes.append(Change("change", have[key].dn, entry, values))
    return changes


def after(have: Picture, changes: list[Change], failures) -> Picture:
    """What stands in a directory that had `have` when it has taken these changes but for the failures."""
    refused = {(failure.change.act, failure.change.dn) for failure in failures}
    now = dict(have)
    for change in changes:
        if (change.act, change.dn) in refused:
            continue
        old = now.pop(same_name(change.dn), None)
        if (
            change.act == "rename" and old is not None and change.entry is not None
        ):  # the rest of the entry is compared in the next round
            attributes = old.attributes | {"uid": change.entry.attributes["uid"]}
            now[same_name(change.entry.dn)] = Entry(change.entry.dn, attributes)
        elif change.entry is not None:
            now[same_name(change.entry.dn)] = change.entry
    return now


def _renames(missing, over):
    """A person with a new user name keeps the entry, and with it what applications remember it by."""
    numbered = {number: key for key, entry in over.items() for number in entry.attributes.get("employeeNumber", ())}
    for key, entry in list(missing.items()):
        old = next((numbered[n] for n in entry.attributes.get("employeeNumber", ()) if n in numbered), None)
        if old is not None and old in over:
            yield Change("rename", over.pop(old).dn, missing.pop(key))


def _changed(want, have):
    found = {}
    for name in want.keys() | have.keys():
        comes, goes = want.get(name, frozenset()), have.get(name, frozenset())
        if comes == goes:
            continue
        if name in ("member", "manager"):  # compared as names, not letter by letter
            known = {same_name(value.decode()): value for value in goes}
            asked = {same_name(value.decode()): value for value in comes}
            goes = frozenset(known[key] for key in known.keys() - asked.keys())
            comes = frozenset(asked[key] for key in asked.keys() - known.keys())
            if goes or comes:
                found[name] = (goes, comes)
        else:
            found[name] = (goes - comes, comes - goes)
    return found


# --- the parts --------------------------------------------------------------------------------------------------------


def _entry(dn, *classes, **attributes):
    values = {"objectClass": frozenset(name.encode() for name in classes)}
    for name, given in attributes.items():
        if isinstance(given, str):
            if text := given.strip():
                values[name] = frozenset((text.encode(),))
        elif given:  # the server counts values that differ in case as one
            kept = {text.strip().casefold(): text.strip().encode() for text in given if text.strip()}
            values[name] = frozenset(kept.values())
    return Entry(dn, values)


def _frame(at):
    first = at.base.split(",")[0]
    kind, _equals, word = first.partition("=")
    if kind == "dc":
        yield _entry(at.base, "top", "dcObject", "organization", dc=word, o=settings().municipality)
    else:
        yield _entry(at.base, "top", "organization", o=[word, settings().municipality])
    yield _entry(at.nobody, "top", "organizationalRole", cn="nobody", description="Grupa nedrīkst būt tukša")
    for name in _CONTAINERS:
        yield _entry(f"ou={name},{at.base}", "top", "organizationalUnit", ou=name)
    for name, locks in (("people", True), ("services", False)):
        yield _entry(
            f"cn={name},ou=policies,{at.base}",
            "top",
            "device",
            "pwdPolicy",
            cn=name,
            pwdAttribute="userPassword",
            pwdLockout="TRUE" if locks else "FALSE",
            pwdMaxFailure=str(_MAX_FAILURES),
            pwdLockoutDuration=str(_LOCKED_S),
            pwdFailureCountInterval=str(_LOCKED_S),
            pwdAllowUserChange="FALSE",
        )
    accounts = list(db.session.scalars(sa.select(DirectoryAccount)))
    for account in accounts:
        yield _entry(
            at.service(account.name),
            "top",
            "organizationalRole",
            "simpleSecurityObject",
            cn=account.name,
            description=account.purpose,
            userPassword=f"{{ARGON2}}{account.password_hash}",
            pwdPolicySubentry=f"cn=services,ou=policies,{at.base}",  # nobody's wrong guesses lock an application out
        )
    for what in READS:
        readers = [at.service(account.name) for account in accounts if what in account.reads]
        yield _entry(f"cn={what},ou=access,{at.base}", "top", "groupOfNames", cn=what, member=[at.nobody, *readers])


def _units(at):
    parent = sa.orm.aliased(Unit)
    rows = db.session.execute(
        sa.select(Unit.index, Unit.name, parent.index.label("above"))
        .outerjoin(parent, parent.id == Unit.parent_id)
        .where(in_force(Unit))
    )
    for row in rows:
        yield _entry(
            at.unit(row.index),
            "top",
            "organizationalUnit",
            ou=[row.index, row.name],
            description=row.name,
            seeAlso=at.unit(row.above) if row.above else None,
        )


def _people(at, ids):
    head = sa.orm.aliased(Person)
    query = (
        sa.select(
            Person.id,
            Person.username,
            Person.given_name,
            Person.family_name,
            Person.email,
            Person.phone,
            Person.position,
            Person.language,
            Person.account,
            Person.password_hash,
            Unit.name.label("unit"),
            Unit.index,
            head.username.label("head"),
        )
        .outerjoin(Unit, Unit.id == Person.unit_id)
        .outerjoin(head, sa.and_(head.id == Unit.head_id, head.id != Person.id, account_open(head)))
        .where(account_open())
    )
    rows = []
    if ids is None:
        rows = db.session.execute(query).all()
    else:
        ordered = sorted(ids)
        for start in range(0, len(ordered), 500):
            rows += db.session.execute(query.where(Person.id.in_(ordered[start : start + 500]))).all()
    return [_person(at, row) for row in rows]


def _person(at, row):
    name = f"{row.given_name} {row.family_name}".strip() or row.username
    return _entry(
        at.person(row.username),
        "top",
        "person",
        "organizationalPerson",
        "inetOrgPerson",
        uid=row.username,
        cn=name,
        sn=row.family_name.strip() or row.username,
        givenName=row.given_name,
        displayName=name,
        mail=row.email if row.email and row.email.isascii() else None,  # IA5String: other letters would be refused
        telephoneNumber=_PHONE.sub("", row.phone or ""),
        title=row.position,
        ou=row.unit,
        departmentNumber=row.index,
        manager=at.person(row.head) if row.head else None,
        employeeNumber=str(row.id),
        employeeType="administrator" if row.account == AccountKind.ADMIN else None,
        preferredLanguage=row.language,
        userPassword=f"{{ARGON2}}{row.password_hash}" if row.password_hash else None,
    )


def _groups(at):
    called = _group_names()
    members: dict[str, list[str]] = {key: [] for key in called}
    rows = db.session.execute(
        sa.select(ActorKey.name, Person.username)
        .join(Person, Person.id == ActorKey.person_id)
        .where(account_open(), _groupish(), _key_in_force())
    )
    for key, username in rows:
        if key in members:
            members[key].append(at.person(username))
    return [_group(at, *called[key], usernames) for key, usernames in members.items()]


def _group(at, name, description, members):
    attributes = {
        "objectClass": frozenset((b"top", b"groupOfNames")),
        "cn": frozenset((name.encode(),)),
        "member": frozenset(dn.encode() for dn in (at.nobody, *members)),
    }
    if description.strip():
        attributes["description"] = frozenset((description.strip().encode(),))
    return Entry(at.group(name), attributes)


def _group_names():
    """By the key that people hold: name and description of the group in the directory."""
    roles = {f"role:{key}": (f"role-{key}", name) for key, name in db.session.execute(sa.select(Role.key, Role.name))}
    units = {
        f"unit:{row.id}": (f"unit-{row.index}", row.name)
        for row in db.session.execute(sa.select(Unit.id, Unit.index, Unit.name).where(in_force(Unit)))
    }
    groups = {
        f"group:{row.id}": (f"group-{row.code}", row.name)
        for row in db.session.execute(sa.select(Group.id, Group.code, Group.name).where(in_force(Group)))
    }
    return roles | units | groups


def _groupish():
    return sa.or_(*(ActorKey.name.like(f"{kind}:%") for kind in ("role", "unit", "group")))


def _key_in_force():
    return sa.or_(ActorKey.until.is_(None), ActorKey.until >= clock.today())
