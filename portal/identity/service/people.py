"""People: who has an account, with which data, from when until when."""

import re
import secrets
import uuid
from functools import lru_cache

import sqlalchemy as sa
from argon2 import PasswordHasher

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.events import PersonChanged, PersonSuspended
from portal.identity.models import AccountKind, ActorKey, GroupMember, Person, Placement, RoleAssignment, Unit
from portal.identity.models.people import folded, person_keys
from portal.identity.service import held, passwords
from portal.identity.service.held import account_open
from portal.identity.service.roles import get_or_404
from portal.identity.service.units import units_under
from portal.kernel import clock, crypto
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.web import cursor_page

PAGE_SIZE = 50
STATES = ("open", "coming", "left", "suspended", "admin", "all")
DATA = ("given_name", "family_name", "email", "phone", "username")
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")


def hasher() -> PasswordHasher:
    """Argon2id at the cost that the instance's settings name."""
    return _hasher(settings().argon2_memory_kib, settings().argon2_passes)


@lru_cache
def _hasher(memory_kib, passes):
    return PasswordHasher(time_cost=passes, memory_cost=memory_kib)


def add_person(
    actor,
    given_name,
    family_name,
    email,
    position,
    unit_id,
    username,
    password,
    *,
    phone="",
    personal_code=None,
    since=None,
    until=None,
    account=AccountKind.ORDINARY,
    owner_id=None,
):
    """A new person; without a password (None) the account waits for one, or for a sign-in through another system.
    since, until: the days on which the account works. Returns the Person; Invalid names the field at fault.
    """
    ensure(policy.can_manage_people(actor))
    ensure_username_free(username)
    if since and until and until < since:
        raise Invalid(_("The last day lies before the first"), field="until")
    person = Person(
        given_name=given_name,
        family_name=family_name,
        email=email,
        phone=phone,
        position=position,
        unit_id=unit_id,
        username=username,
        since=since,
        until=until,
        account=account,
        owner_id=owner_id,
    )
    keep_code(person, personal_code)
    if password is not None:
        set_password(person, password)
    db.session.add(person)
    db.session.flush()
    if unit_id or position:
        begins = since or clock.today()
        db.session.add(Placement(person_id=person.id, unit_id=unit_id, position=position, since=begins))
        db.session.flush()
    held.refresh_keys([person.id])
    audit.record(actor, "person.added", person, new={"username": username, "position": position})
    announce(actor, PersonChanged(person_id=person.id))
    return person


def set_password(person, password, given=False):
    """Hash and keep a new password. given: others know it, so it serves for one sign-in, which asks for another.
    Raises Invalid when it is too short or easily guessed (NIST SP 800-63B)."""
    about = (person.username, person.given_name, person.family_name, (person.email or "").partition("@")[0])
    passwords.ensure_acceptable(password, about)
    person.password_hash = hasher().hash(passwords.plain(password))
    person.password_given = given


def reset_password(actor, person_id) -> str:
    """Give a person a new password by chance, to be shown once and handed over; all that was open ends, and whoever
    signs in with it chooses another.
    Returns the password."""
    from portal.identity.service.sessions import end_everything  # sessions needs people; the way back is here only

    ensure(policy.can_manage_people(actor))
    person = get_or_404(person_id)
    password = "-".join(secrets.token_hex(2) for _part in range(4))
    set_password(person, password, given=True)
    db.session.flush()
    end_everything(person_id)
    audit.record(actor, "password.reset", person)
    announce(actor, PersonChanged(person_id=person_id))
    return password


def change_person(actor, person_id, *, personal_code=None, **data):
    """Change a person's data (names, e-mail, phone, user name). personal_code: None leaves it, "" takes it away.
    Raises Invalid naming the field at fault."""
    ensure(policy.can_manage_people(actor))
    person = get_or_404(person_id)
    changed = {name: data[name] for name in DATA if name in data and getattr(person, name) != data[name]}
    if "username" in changed:
        ensure_username_free(changed["username"])
    old = {name: getattr(person, name) for name in changed}
    new = dict(changed)
    for name, value in changed.items():
        setattr(person, name, value)
    if personal_code is not None and keep_code(person, personal_code):
        new["personal_code"] = "…" if personal_code else ""  # the log says that it changed, not to what
    if not new:
        return person
    db.session.flush()
    audit.record(actor, "person.changed", person, old=old, new=new)
    announce(actor, PersonChanged(person_id=person_id))
    return person


def ensure_username_free(username):
    """Raise Invalid("username") unless it is well formed and nobody has it."""
    if problem := username_problem(username):
        raise Invalid(problem, field="username")
    if db.session.scalar(sa.select(Person.id).where(Person.username == username)):
        raise Invalid(_("There is a person with this user name"), field="username")


def username_problem(username) -> str | None:
    """Why this cannot be a user name, in words; None when it can."""
    if _USERNAME.fullmatch(username):
        return None
    return _("A user name has small letters without marks, digits, dots and dashes")


def keep_code(person, code) -> bool:
    """Keep a personal code encrypted, with its hash to find it by. True when it changed.
    Raises Invalid("personal_code") when it is none, or another account has it."""
    digits = "".join(letter for letter in code or "" if letter not in " -")
    if not digits:
        changed, person.personal_code, person.personal_code_hash = person.personal_code_hash is not None, None, None
        return changed
    if not re.fullmatch(r"[0-9]{11}", digits):
        raise Invalid(_("A personal code has 11 digits"), field="personal_code")
    mark = crypto.lookup_hash(digits)
    if person.personal_code_hash == mark:
        return False
    other = person_with_code(digits)
    if other is not None and other.id != person.id:
        raise Invalid(
            _("%(name)s has this personal code already; merge the two accounts", name=other.name), field="personal_code"
        )
    person.personal_code, person.personal_code_hash = digits, mark
    return True


def person_with_code(code) -> Person | None:
    """The ordinary account of the person with this personal code, closed ones too; None without one."""
    return db.session.scalar(
        sa.select(Person)
        .where(
            Person.personal_code_hash == crypto.lookup_hash(code),
            Person.merged_into_id.is_(None),
            Person.account == AccountKind.ORDINARY,
        )
        .order_by(Person.id)
        .limit(1)
    )


def people_like(codes=(), emails=(), names=()) -> list[Person]:
    """Ordinary accounts with one of these personal codes, e-mail addresses or names ((given, family)), in one query."""
    keys = {person_keys(given, family, "", "", "")["order_key"] for given, family in names}
    return list(
        db.session.scalars(
            sa.select(Person)
            .where(
                Person.merged_into_id.is_(None),
                Person.account == AccountKind.ORDINARY,
                sa.or_(
                    Person.personal_code_hash.in_({crypto.lookup_hash(code) for code in codes}),
                    sa.func.lower(Person.email).in_({email.lower() for email in emails}),
                    Person.order_key.in_(keys),
                ),
            )
            .order_by(Person.order_key, Person.id)
        )
    )


def has_code(person, code) -> bool:
    """Whether this personal code is the person's."""
    return person.personal_code_hash == crypto.lookup_hash(code)


def username_for(given_name, family_name) -> str:
    """A user name that nobody has: given.family without marks, with a number when it is taken."""
    words = (re.sub(r"[^a-z0-9]+", "-", folded(name)).strip("-") for name in (given_name, family_name))
    plain = ".".join(filter(None, words))[:50] or "x"
    taken = set(
        db.session.scalars(sa.select(Person.username).where(Person.username.startswith(plain, autoescape=True)))
    )
    return next(name for n in range(1, len(taken) + 2) if (name := plain if n == 1 else f"{plain}{n}") not in taken)


def masked_code(person) -> str:
    """The personal code as lists and pages show it: the last four digits only."""
    return f"•••••••{person.personal_code[-4:]}" if person.personal_code else ""


def reveal_code(actor, person_id, purpose) -> str:
    """A person's personal code in full; who saw it and why is kept. One sees one's own without a purpose.
    Raises Forbidden; Invalid("purpose")."""
    person = get_or_404(person_id)
    ensure(policy.can_reveal_code(actor, person))
    purpose = (purpose or "").strip()
    if not purpose and actor.person_id != person.id:
        raise Invalid(_("Fill in this field"), field="purpose")
    audit.record(actor, "person.code_shown", person, purpose=purpose or None, personal={"person": person.name})
    db.session.flush()
    code = person.personal_code or ""
    return f"{code[:6]}-{code[6:]}" if code else ""


# --- closing and opening accounts -----------------------------------------------------------------------------------


def suspend(actor, person_id, reason):
    """Close an account now, with the administrator's account of the same person: all that is open ends at once (1.1).
    Raises Conflict when one would shut oneself out."""
    ensure(policy.can_manage_people(actor))
    person = get_or_404(person_id)
    if person_id == actor.person_id:
        raise Conflict(_("You cannot suspend your own account"))
    for account in (person, *open_accounts_owned(person_id)):
        close_account(actor, account, "person.suspended", reason)


def close_account(actor, person, action, reason):
    """Shut one account: no sign-in, nothing left open. `action` is what the log says happened."""
    from portal.identity.service.sessions import end_everything  # sessions needs people; the way back is here only

    person.active = False
    db.session.flush()
    end_everything(person.id)
    audit.record(actor, action, person, reason=reason)
    announce(actor, PersonSuspended(person_id=person.id))
    announce(actor, PersonChanged(person_id=person.id))


def open_accounts_owned(person_id) -> list[Person]:
    """The administrator's accounts of a person that are not suspended."""
    return list(db.session.scalars(sa.select(Person).where(Person.owner_id == person_id, Person.active)))


def reopen(actor, person_id, reason):
    """Open a suspended account again. Raises Conflict when it was merged into another."""
    ensure(policy.can_manage_people(actor))
    person = get_or_404(person_id)
    if person.merged_into_id:
        raise Conflict(_("This account was merged into another; use that one"))
    if person.active:
        return
    person.active = True
    db.session.flush()
    held.refresh_keys([person_id])
    audit.record(actor, "person.reopened", person, reason=reason)
    announce(actor, PersonChanged(person_id=person_id))


def add_admin_account(actor, person_id, password):
    """The second account with which a person administers the system, so that daily work is done without those rights
    (LAW-151). Returns it; Conflict when there is one."""
    ensure(policy.can_manage_people(actor))
    person = get_or_404(person_id)
    if person.account is AccountKind.ADMIN:
        raise Conflict(_("This is an administrator’s account already"))
    if open_accounts_owned(person_id):
        raise Conflict(_("This person has an administrator’s account already"))
    return add_person(
        actor,
        person.given_name,
        person.family_name,
        person.email,
        _("system administrator"),
        None,
        f"adm-{person.username}"[:60],
        password,
        phone=person.phone,
        account=AccountKind.ADMIN,
        owner_id=person_id,
    )


# --- doubles --------------------------------------------------------------------------------------------------------


def find_doubles(actor) -> list[list[Person]]:
    """Ordinary accounts that seem to be one person's: the same personal code, name or e-mail. At most 100 groups."""
    ensure(policy.can_manage_people(actor))
    several: dict[tuple, list[Person]] = {}
    for column in (Person.personal_code_hash, Person.order_key, Person.email):
        own = (
            Person.account == AccountKind.ORDINARY,
            Person.merged_into_id.is_(None),
            column.is_not(None),
            column != "",
        )
        twice = sa.select(column).where(*own).group_by(column).having(sa.func.count() > 1).limit(100)
        groups: dict[str, list[Person]] = {}
        for person in db.session.scalars(
            sa.select(Person).where(*own, column.in_(twice)).order_by(Person.order_key, Person.id)
        ):
            groups.setdefault(getattr(person, column.key), []).append(person)
        for group in groups.values():
            several.setdefault(tuple(person.id for person in group), group)
    return list(several.values())[:100]


def merge(actor, keep_id, double_id, reason):
    """Make two accounts of one person into one. The double is closed for good; its roles, groups and positions go
    over, data that the kept one lacks is filled in, and the kept account opens what the double's key opened.
    Past acts keep the name under which they were done. Raises Conflict, Invalid("reason")."""
    ensure(policy.can_manage_people(actor))
    keep, double = get_or_404(keep_id), get_or_404(double_id)
    if keep_id == double_id or keep.merged_into_id or double.merged_into_id or keep.account != double.account:
        raise Conflict(_("These two accounts cannot be merged"))
    if double_id == actor.person_id:
        raise Conflict(_("You cannot suspend your own account"))
    if not (reason or "").strip():
        raise Invalid(_("Fill in this field"), field="reason")
    filled = [name for name in ("email", "phone", "position") if not getattr(keep, name) and getattr(double, name)]
    for name in filled:
        setattr(keep, name, getattr(double, name))
    if double.personal_code and not keep.personal_code:
        keep.personal_code, keep.personal_code_hash = double.personal_code, double.personal_code_hash
        filled.append("personal_code")
    if keep.unit_id is None:
        keep.unit_id = double.unit_id
    for table in (RoleAssignment, GroupMember, Placement):
        db.session.execute(sa.update(table).where(table.person_id == double_id).values(person_id=keep_id))
    db.session.execute(sa.update(Unit).where(Unit.head_id == double_id).values(head_id=keep_id))
    db.session.execute(sa.update(Person).where(Person.owner_id == double_id).values(owner_id=keep_id))
    db.session.execute(sa.update(Person).where(Person.merged_into_id == double_id).values(merged_into_id=keep_id))
    double.merged_into_id = keep_id
    close_account(actor, double, "person.merged_away", reason)
    held.refresh_keys([keep_id, double_id])
    audit.record(
        actor, "person.merged", keep, new={"double": str(double_id), "username": double.username, "filled": filled},
        reason=reason,
    )  # fmt: skip
    announce(actor, PersonChanged(person_id=keep_id))
    return keep


# --- finding --------------------------------------------------------------------------------------------------------


def get_person(actor, person_id) -> Person:
    """A person. Raises NotFound."""
    return get_or_404(person_id)


def find_people(actor, filters=None, after=None):
    """A page of people in the order of names.
    filters: q (words of name, user name, e-mail, position; or a personal code), unit (id, those below too), role (key),
    group (id), state (one of STATES; open by default). Raises Invalid for a damaged page link."""
    ensure(policy.can_manage_people(actor))
    query = found(filters or {}).options(sa.orm.joinedload(Person.unit))
    return cursor_page(query, (Person.order_key, Person.id), size=PAGE_SIZE, cursor=after)


def count_people(actor, filters=None) -> int:
    """How many people the filters find."""
    ensure(policy.can_manage_people(actor))
    return db.session.scalars(
        sa.select(sa.func.count()).select_from(found(filters or {}, sa.select(Person.id)).subquery())
    ).one()


def found(filters, query=None):
    """SELECT of the people that the filters of `find_people` find. For services that write tables or reports."""
    query = sa.select(Person) if query is None else query
    conditions = [*_by_words(filters.get("q") or ""), *_by_state(filters.get("state") or "open")]
    if unit_id := _uuid(filters.get("unit")):
        conditions.append(Person.unit_id.in_(units_under(unit_id)))
    for kind in ("role", "group"):
        if wanted := filters.get(kind):
            holders = sa.select(ActorKey.person_id).where(ActorKey.name == f"{kind}:{wanted}", _key_in_force())
            conditions.append(Person.id.in_(holders))
    return query.where(*conditions)


def _by_words(text):
    digits = re.sub(r"[\s-]", "", text)
    if re.fullmatch(r"[0-9]{11}", digits):
        yield Person.personal_code_hash == crypto.lookup_hash(digits)
        return
    for word in folded(text).split()[:6]:
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        yield Person.search_text.like(f"%{escaped}%", escape="\\")


def _by_state(state):
    today = clock.today()
    yield Person.merged_into_id.is_(None)
    if state == "open":
        yield account_open()
    elif state == "coming":
        yield sa.and_(Person.active, Person.since > today)
    elif state == "left":
        yield sa.and_(Person.active, Person.until < today)
    elif state == "suspended":
        yield sa.not_(Person.active)
    elif state == "admin":
        yield sa.and_(Person.account == AccountKind.ADMIN, account_open())


def _key_in_force():
    return sa.or_(ActorKey.until.is_(None), ActorKey.until >= clock.today())


def _uuid(text):
    try:
        return uuid.UUID(str(text)) if text else None
    except ValueError:
        return None


def state_of(person) -> str:
    """One word of STATES for a person's account today."""
    today = clock.today()
    if not person.active:
        return "suspended"
    if person.since and person.since > today:
        return "coming"
    return "left" if person.until and person.until < today else "open"


def suggest_people(actor, text) -> list[Person]:
    """At most ten open ordinary accounts that fit what was typed so far, to choose somebody from."""
    if len(text.strip()) < 2:
        return []
    query = sa.select(Person).where(*_by_words(text), account_open(), Person.account == AccountKind.ORDINARY)
    return list(db.session.scalars(query.order_by(Person.order_key, Person.id).limit(10)))


def person_called(text, field) -> Person:
    """The open account meant by “Given Family (username)”, a user name, or a name that only one has.
    Raises Invalid(field)."""
    text = (text or "").strip()
    inside = re.search(r"\(([^()]+)\)$", text)
    username = (inside.group(1) if inside else text).lower()
    found = db.session.scalars(sa.select(Person).where(Person.username == username, account_open())).all()
    if not found and not inside:
        whole = f" {folded(text)} "
        named = sa.select(Person).where(Person.search_text.startswith(whole, autoescape=True), account_open()).limit(3)
        found = db.session.scalars(named).all()
    if not found:
        raise Invalid(_("There is no open account called “%(text)s”", text=text), field=field)
    if len(found) > 1:
        raise Invalid(_("Several people are called so; add the user name in brackets"), field=field)
    return found[0]


def names_of(ids) -> dict[uuid.UUID, str]:
    """Names by id, in one query."""
    wanted = {i for i in ids if i}
    if not wanted:
        return {}
    rows = db.session.execute(sa.select(Person.id, Person.given_name, Person.family_name).where(Person.id.in_(wanted)))
    return {row.id: f"{row.given_name} {row.family_name}" for row in rows}


def people_with_role(role) -> list[Person]:
    """People who hold the role today and whose account works, in order of family name."""
    return list(
        db.session.scalars(
            sa.select(Person)
            .join(ActorKey, ActorKey.person_id == Person.id)
            .where(account_open(), ActorKey.name == f"role:{role}", _key_in_force())
            .order_by(Person.order_key, Person.id)
        )
    )


def people_of_unit(unit_id) -> list[Person]:
    """People of a unit whose account works, in order of family name."""
    return list(
        db.session.scalars(
            sa.select(Person).where(account_open(), Person.unit_id == unit_id).order_by(Person.order_key, Person.id)
        )
    )


def list_people(actor) -> list[Person]:
    """Everyone whose ordinary account works, in order of family name, with their unit: to choose somebody from."""
    return list(
        db.session.scalars(
            sa.select(Person)
            .options(sa.orm.joinedload(Person.unit))
            .where(account_open(), Person.account == AccountKind.ORDINARY)
            .order_by(Person.order_key, Person.id)
        )
    )


def person_columns():
    """The table of people, for another area's one query over what waits for whom."""
    return Person.__table__.alias()
