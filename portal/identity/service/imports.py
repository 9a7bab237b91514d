"""Imports of people: read, compared with the register, shown, applied, and taken back if need be. Rows may come from a
table file or from another directory; both are compared and applied by the same functions."""

import csv
import io
import json
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.events import PersonChanged, PersonSuspended
from portal.identity.models import (
    AccountKind,
    Group,
    GroupMember,
    ImportState,
    PeopleImport,
    Person,
    Placement,
    Role,
    RoleAssignment,
    Unit,
)
from portal.identity.models.people import folded
from portal.identity.service import held, moves
from portal.identity.service import people as register
from portal.identity.service.roles import end_dated, permissions_by_role, role_problem
from portal.kernel import clock, crypto
from portal.kernel.db import db, new_id
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, date_short

MOST_ROWS = 25_000
AT_ONCE = 500  # rows of one transaction: writers elsewhere wait for it
PLAIN = ("given_name", "family_name", "email", "phone")
FIELDS = (*PLAIN, "personal_code", "unit", "position", "roles", "groups", "since", "until")
CLEAR = "-"  # what a cell says to empty a field; an empty cell leaves it as it is

# heads of columns, Latvian first: what the export writes
HEADS = {
    "username": ("lietotājvārds", "username", "user name", "login"),
    "given_name": ("vārds", "given name", "first name", "given_name"),
    "family_name": ("uzvārds", "family name", "last name", "surname", "family_name"),
    "email": ("e-pasts", "epasts", "email", "e-mail"),
    "phone": ("tālrunis", "phone", "telefons"),
    "position": ("amats", "position"),
    "unit": ("struktūrvienība", "nodaļa", "unit"),
    "personal_code": ("personas kods", "personal code", "personal_code"),
    "roles": ("lomas", "roles"),
    "groups": ("grupas", "groups"),
    "since": ("no", "since"),
    "until": ("līdz", "until"),
}
_KNOWN = {folded(head): name for name, heads in HEADS.items() for head in heads}


# --- reading --------------------------------------------------------------------------------------------------------


def read_table(data: bytes) -> list[dict]:
    """Rows of a table file (CSV in UTF-8, UTF-16 or Windows-1257; semicolons, commas or tabs), a dict each with the
    names of FIELDS and "line". Raises Invalid("file") when there is no such table in it."""
    text = _decoded(data)
    head = text.splitlines()[0] if text.strip() else ""
    delimiter = max(";,\t", key=head.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        names = [_KNOWN.get(folded(cell.strip())) for cell in next(reader, [])]
        if "username" not in names and "personal_code" not in names:
            raise Invalid(_("The first line must name the columns, “lietotājvārds” among them"), field="file")
        rows = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            row = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
            rows.append(row | {"line": reader.line_num})
            if len(rows) > MOST_ROWS:
                raise Invalid(_("More than %(count)s rows; divide the file", count=MOST_ROWS), field="file")
    except csv.Error as error:
        raise Invalid(_("The file cannot be read as a table: %(reason)s", reason=error), field="file") from error
    if not rows:
        raise Invalid(_("The file has no rows"), field="file")
    return rows


def _decoded(data):
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1257"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(_("The file is not a text file"), field="file")


# --- comparing ------------------------------------------------------------------------------------------------------


class _Register:
    """The register as it is, loaded once to compare any number of rows with it. people: a SELECT of the ids of those
    who matter; everyone without it."""

    def __init__(self, people=None):
        def mine(column):
            return sa.true() if people is None else column.in_(people)

        self.units = {unit.index: unit for unit in db.session.scalars(sa.select(Unit))}
        self.unit_index = {unit.id: unit.index for unit in self.units.values()}
        self.permissions = permissions_by_role()
        self.usernames = set(db.session.scalars(sa.select(Person.username)))
        self.roles: dict[str, str] = {}
        for role in db.session.scalars(sa.select(Role)):
            self.roles |= {folded(role.key): role.key, folded(role.name): role.key}
        self.groups = {group.code: group for group in db.session.scalars(sa.select(Group))}
        self.people, self.by_code = {}, {}
        for person in db.session.scalars(sa.select(Person).where(Person.merged_into_id.is_(None), mine(Person.id))):
            self.people[person.username] = person
            if person.personal_code_hash and person.account is AccountKind.ORDINARY:
                self.by_code[person.personal_code_hash] = person
        self.held: dict = {}
        for person_id, role in db.session.execute(
            sa.select(RoleAssignment.person_id, RoleAssignment.role_key).where(
                held.in_force(RoleAssignment), mine(RoleAssignment.person_id)
            )
        ):
            self.held.setdefault(person_id, set()).add(role)
        codes = {group.id: code for code, group in self.groups.items()}
        self.member_of: dict = {}
        for person_id, group_id in db.session.execute(
            sa.select(GroupMember.person_id, GroupMember.group_id).where(
                held.in_force(GroupMember), mine(GroupMember.person_id)
            )
        ):
            self.member_of.setdefault(person_id, set()).add(codes[group_id])

    def find(self, row):
        """The person of a row: by user name, else by personal code."""
        code = _digits(row.get("personal_code"))
        return self.people.get(row.get("username") or "") or (
            self.by_code.get(crypto.lookup_hash(code)) if code else None
        )

    def values(self, person):
        """A person's present values of FIELDS, as the comparison and the file write them."""
        return {
            **{name: getattr(person, name) for name in PLAIN},
            "personal_code": person.personal_code or "",
            "unit": self.unit_index.get(person.unit_id, ""),
            "position": person.position,
            "roles": sorted(self.held.get(person.id, ())),
            "groups": sorted(self.member_of.get(person.id, ())),
            "since": str(person.since or ""),
            "until": str(person.until or ""),
        }


def plan_import(actor, source, rows) -> PeopleImport:
    """Compare rows with the register and keep the comparison, to be looked at and then applied.
    rows: dicts with the names of HEADS and perhaps "line"; what a row does not name stays as it is."""
    ensure(policy.can_manage_people(actor))
    known = _Register()
    seen: dict[str, int] = {}
    found = [_compared(known, row, number, seen) for number, row in enumerate(rows, start=2)]
    plan = PeopleImport(
        source=source[:200],
        made_by_id=actor.person_id,
        made_at=clock.now(),
        rows_json=json.dumps(found, ensure_ascii=False),
        **{
            name: sum(row["act"] == act for row in found)
            for name, act in (("added", "add"), ("changed", "change"), ("same", "same"), ("faulty", "error"))
        },
    )
    db.session.add(plan)
    db.session.flush()
    audit.record(
        actor,
        "people_import.planned",
        plan,
        new={"rows": len(found), "added": plan.added, "changed": plan.changed, "faulty": plan.faulty},
    )
    return plan


def _compared(known, row, number, seen):
    """One row against the register: what it does, with each difference, or each error."""
    line, errors = row.get("line", number), []
    person = known.find(row)
    username = (row.get("username") or (person.username if person else "")).strip().lower()
    wanted = _wanted(known, row, errors)
    if username in seen:
        errors.append(_("The same person stands in line %(line)s too", line=seen[username]))
    seen[username] = line
    old = known.values(person) if person else {name: [] if name in ("roles", "groups") else "" for name in FIELDS}
    if person is None:
        _check_new(known, username, wanted, errors)
    elif not person.active:
        errors.append(_("The account is suspended; open it first"))
    changes = [[name, old[name], wanted[name]] for name in FIELDS if name in wanted and wanted[name] != old[name]]
    _check_rules(known, person, wanted, old, errors)
    act = "error" if errors else "add" if person is None else "change" if changes else "same"
    name = f"{wanted.get('given_name', old['given_name'])} {wanted.get('family_name', old['family_name'])}".strip()
    return {
        "line": line, "act": act, "username": username, "name": name, "person_id": str(person.id) if person else None,
        "changes": changes, "errors": errors,
    }  # fmt: skip


def _wanted(known, row, errors):
    """The values a row asks for, cleaned; what is wrong with them goes into `errors`."""
    wanted = {}
    for name in FIELDS:
        cell = row.get(name)
        if cell is None or cell in ("", []):
            continue
        empty = cell == CLEAR
        if name in ("roles", "groups"):
            wanted[name] = [] if empty else _several(known, name, cell, errors)
        elif name in ("since", "until"):
            wanted[name] = "" if empty else _day(cell, errors)
        elif name == "personal_code":
            wanted[name] = "" if empty else _digits(cell)
            if wanted[name] and len(wanted[name]) != 11:
                errors.append(_("A personal code has 11 digits"))
        elif name == "unit":
            wanted[name] = "" if empty else cell
            if wanted[name] and cell not in known.units:
                errors.append(_("There is no unit with the index %(index)s", index=cell))
        else:
            wanted[name] = "" if empty else cell
    return wanted


def _several(known, name, cell, errors):
    """Role keys or group codes out of a cell such as „lietvedis, deputāts”."""
    parts = cell if isinstance(cell, list | tuple) else [part.strip() for part in cell.replace("|", ",").split(",")]
    found = set()
    for part in filter(None, parts):
        value = known.roles.get(folded(part)) if name == "roles" else part if part in known.groups else None
        if value is None:
            errors.append(
                _("There is no role “%(role)s”", role=part)
                if name == "roles"
                else _("There is no group “%(code)s”", code=part)
            )
        else:
            found.add(value)
    return sorted(found)


def _day(cell, errors):
    if isinstance(cell, date):
        return str(cell)
    for form in ("%d.%m.%Y", "%d.%m.%Y.", "%Y-%m-%d"):
        try:
            return str(datetime.strptime(cell, form).date())
        except ValueError:
            continue
    errors.append(_("“%(cell)s” is not a date such as 24.11.2026", cell=cell))
    return ""


def _digits(text):
    return "".join(letter for letter in text or "" if letter not in " -")


def _check_new(known, username, wanted, errors):
    if (problem := register.username_problem(username)) is not None:
        errors.append(problem)
    elif username in known.usernames:  # of an account that was merged into another
        errors.append(_("There is a person with this user name"))
    for name, words in (("given_name", _("Given name")), ("family_name", _("Family name")), ("email", _("E-mail"))):
        if not wanted.get(name):
            errors.append(_("A new person needs: %(field)s", field=words))


def _check_rules(known, person, wanted, old, errors):
    since, until = wanted.get("since", old["since"]), wanted.get("until", old["until"])
    if since and until and until < since:
        errors.append(_("The last day lies before the first"))
    for name, most in (("given_name", 100), ("family_name", 100), ("email", 200), ("phone", 40), ("position", 200)):
        if len(wanted.get(name) or "") > most:
            errors.append(_("“%(cell)s…” is too long", cell=wanted[name][:20]))
    for name in ("given_name", "family_name", "email"):
        if wanted.get(name) == "":
            errors.append(_("Names and the e-mail cannot be emptied"))
    code = wanted.get("personal_code")
    other = known.by_code.get(crypto.lookup_hash(code)) if code else None
    if other is not None and other is not person:
        errors.append(_("%(name)s has this personal code already; merge the two accounts", name=other.name))
    for role in set(wanted.get("roles", ())) - set(old["roles"]):
        problem = role_problem(person.account if person else AccountKind.ORDINARY, known.permissions.get(role, ()))
        if problem:
            errors.append(problem)


# --- applying and undoing -------------------------------------------------------------------------------------------


def get_import(actor, import_id) -> PeopleImport:
    """An import. Raises NotFound, Forbidden."""
    ensure(policy.can_manage_people(actor))
    found = db.session.get(PeopleImport, import_id)
    if found is None:
        raise NotFound(_("There is no such import"))
    return found


def list_imports(actor) -> list[PeopleImport]:
    """The latest imports, newest first, without their rows."""
    ensure(policy.can_manage_people(actor))
    heavy = (sa.orm.defer(PeopleImport.rows_json), sa.orm.defer(PeopleImport.before_json))
    return list(db.session.scalars(sa.select(PeopleImport).options(*heavy).order_by(PeopleImport.id.desc()).limit(50)))


def apply_import(actor, import_id) -> bool:
    """Apply the next rows of an import, faulty ones left out. True when none are left; call again until then.
    Raises Conflict when it was applied already, or the register has changed under a row since the comparison."""
    plan = get_import(actor, import_id)
    if plan.state not in (ImportState.PREVIEW, ImportState.APPLYING):
        raise Conflict(_("This import was applied already"))
    rows = [row for row in plan.rows if row["act"] in ("add", "change")]
    part = rows[plan.done : plan.done + AT_ONCE]
    before = plan.before + _apply(actor, part)
    plan.before_json = json.dumps(before, ensure_ascii=False)
    plan.done += len(part)
    finished = plan.done >= len(rows)
    plan.state = ImportState.APPLIED if finished else ImportState.APPLYING
    if finished:
        plan.applied_at = clock.now()
        audit.record(actor, "people_import.applied", plan, new={"added": plan.added, "changed": plan.changed})
    db.session.flush()
    return finished


def undo_import(actor, import_id) -> bool:
    """Take back the next rows of an applied import: values become what they were unless somebody changed them since;
    accounts that it opened are closed. True when none are left; call again until then."""
    plan = get_import(actor, import_id)
    if plan.state not in (ImportState.APPLIED, ImportState.UNDOING):
        raise Conflict(_("Only an import that was applied can be taken back"))
    if plan.state is ImportState.APPLIED:
        plan.state, plan.done = ImportState.UNDOING, 0
    entries = plan.before[::-1]
    part = entries[plan.done : plan.done + AT_ONCE]
    plan.kept += _undo(actor, part)
    plan.done += len(part)
    finished = plan.done >= len(entries)
    if finished:
        plan.state, plan.undone_at = ImportState.UNDONE, clock.now()
        audit.record(actor, "people_import.undone", plan, new={"kept": plan.kept})
    db.session.flush()
    return finished


def _apply(actor, rows):
    """Apply compared rows; returns for each what it made or changed, for undoing."""
    known = _Register(sa.select(Person.id).where(Person.username.in_([row["username"] for row in rows])))
    before, records, written, fresh = [], [], [], set()
    for row in rows:
        new = {name: value for name, _old, value in row["changes"]}
        person = known.find({"username": row["username"]})
        if (person is None) != (row["act"] == "add"):
            raise Conflict(
                _("The register has changed since the comparison (line %(line)s); compare again", line=row["line"])
            )
        if person is None:
            person = Person(
                id=new_id(), username=row["username"], position="", account=AccountKind.ORDINARY, active=True,
                language="lv", phone="", password_hash="",
            )  # fmt: skip
            fresh.add(person.id)
            known.people[person.username] = person
            old = {}
            records.append({"action": "person.added", "obj": person, "new": {"username": person.username}})
        else:
            present = known.values(person)
            old = {name: present[name] for name in new}
            if any(present[name] != value for name, value, _new in row["changes"]):
                raise Conflict(
                    _("The register has changed since the comparison (line %(line)s); compare again", line=row["line"])
                )
            records.append({"action": "person.changed", "obj": person, "old": _for_log(old), "new": _for_log(new)})
        _write_data(known, person, new)
        written.append((person, new))
        before.append({"person_id": str(person.id), "act": row["act"], "old": old, "new": new})
    db.session.add_all(person for person, _new in written)
    db.session.flush()  # all new accounts in one statement, before the rows that point to them
    for person, new in written:
        _write_dated(known, person, new, is_new=person.id in fresh)
    _settle(actor, [entry["person_id"] for entry in before], records)
    return before


def _undo(actor, entries):
    """Put the former values back; returns how many values were left, having been changed since."""
    known = _Register([UUID(entry["person_id"]) for entry in entries])
    records, kept = [], 0
    by_id = {str(person.id): person for person in known.people.values()}
    for entry in entries:
        person = by_id.get(entry["person_id"])
        if person is None:  # merged into another since
            kept += len(entry["new"])
            continue
        if entry["act"] == "add":
            _close_imported(known, person)
            records.append({"action": "person.suspended", "obj": person, "reason": _("The import was taken back")})
            continue
        present = known.values(person)
        back = {name: old for name, old in entry["old"].items() if present[name] == entry["new"][name]}
        kept += len(entry["old"]) - len(back)
        _write(known, person, back)
        records.append({
            "action": "person.changed", "obj": person, "old": _for_log({name: present[name] for name in back}),
            "new": _for_log(back), "reason": _("The import was taken back"),
        })  # fmt: skip
    _settle(actor, [entry["person_id"] for entry in entries], records)
    for entry in entries:
        if entry["act"] == "add" and entry["person_id"] in by_id:
            announce(actor, PersonSuspended(person_id=by_id[entry["person_id"]].id))
    return kept


def _close_imported(known, person):
    """An account that should not have come: shut, its user name and personal code free for the right one."""
    from portal.identity.service.sessions import end_everything  # sessions needs people; the way back is here only

    _write(known, person, {"roles": [], "groups": [], "personal_code": ""})
    person.active = False
    person.username = f"{person.username[:44]}-{str(person.id)[-12:]}"
    db.session.flush()
    end_everything(person.id)


def _write(known, person, new):
    """Set these values of FIELDS of a person who is there already."""
    _write_data(known, person, new)
    _write_dated(known, person, new)


def _write_data(known, person, new):
    """What stands in the person's own row."""
    for name in PLAIN:
        if name in new:
            setattr(person, name, new[name])
    for name in ("since", "until"):
        if name in new:
            setattr(person, name, date.fromisoformat(new[name]) if new[name] else None)
    if "personal_code" in new:
        person.personal_code = new["personal_code"] or None
        person.personal_code_hash = crypto.lookup_hash(new["personal_code"]) if new["personal_code"] else None
    if "unit" in new:
        person.unit_id = known.units[new["unit"]].id if new["unit"] else None
    if "position" in new:
        person.position = new["position"]


def _write_dated(known, person, new, is_new=False):
    """What has dates: rows that end and rows that begin."""
    today = clock.today()
    begins = max(person.since or today, today)
    if "unit" in new or "position" in new:
        for row in _in_force(Placement, person, is_new):
            end_dated(row)
        db.session.add(Placement(person_id=person.id, unit_id=person.unit_id, position=person.position, since=begins))
    if "roles" in new:
        holds = known.held.setdefault(person.id, set())
        for row in _in_force(RoleAssignment, person, is_new):
            if row.role_key not in new["roles"]:
                end_dated(row)
        db.session.add_all(
            RoleAssignment(person_id=person.id, role_key=role, since=begins) for role in set(new["roles"]) - holds
        )
        known.held[person.id] = set(new["roles"])
    if "groups" in new:
        member = known.member_of.setdefault(person.id, set())
        wanted = {known.groups[code].id for code in new["groups"]}
        for row in _in_force(GroupMember, person, is_new):
            if row.group_id not in wanted:
                end_dated(row)
        db.session.add_all(
            GroupMember(person_id=person.id, group_id=known.groups[code].id, since=begins)
            for code in set(new["groups"]) - member
        )
        known.member_of[person.id] = set(new["groups"])


def _in_force(model, person, is_new):
    if is_new:
        return []
    return db.session.scalars(sa.select(model).where(model.person_id == person.id, held.in_force(model))).all()


def _settle(actor, ids, records):
    db.session.flush()
    people = [UUID(person_id) for person_id in ids]
    held.refresh_keys(people)
    audit.record_rows(actor, [{**record, **_object(record.pop("obj"))} for record in records])
    for person_id in people:
        person = db.session.get_one(Person, person_id)
        if person.active and person.until and person.until < clock.today():
            moves.depart(actor, person)
        announce(actor, PersonChanged(person_id=person_id))


def _object(person):
    return {"object_kind": "person", "object_id": str(person.id), "label": person.name}


def _for_log(values):
    """The log says that a personal code changed, not to what."""
    return {name: ("…" if value else "") if name == "personal_code" else value for name, value in values.items()}


# --- writing a table ------------------------------------------------------------------------------------------------


def export_people(actor, filters=None):
    """Lines of a table of the found people in the form that the import reads, heads first; without personal codes."""
    ensure(policy.can_manage_people(actor))
    names = [name for name in HEADS if name != "personal_code"]
    yield [HEADS[name][0] for name in names]
    known = _Register()
    people = db.session.scalars(register.found(filters or {}).order_by(Person.order_key, Person.id).limit(MOST_ROWS))
    for person in people:
        values = known.values(person) | {
            "username": person.username,
            "since": date_short(person.since),
            "until": date_short(person.until),
        }
        yield [", ".join(values[name]) if name in ("roles", "groups") else values[name] for name in names]
