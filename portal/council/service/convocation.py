"""A new council from a list of those elected: checked row by row, then set up whole or not at all."""

import csv
import io
import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy
from portal.council.models import (
    Body,
    BodyKind,
    BodyMember,
    Convocation,
    Faction,
    FactionMember,
    OfficeHeld,
    Session,
    SessionState,
)
from portal.council.service import bodies, composition
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db, released
from portal.kernel.errors import Invalid, ensure
from portal.kernel.i18n import _
from portal.kernel.latvian import sort_key
from portal.storage import children

_CHILD = Path(__file__).resolve().parents[1] / "table_child.py"
_LIMITS = {"memory_bytes": 1024**3, "time_s": 20, "most_bytes": 0}
MOST_ROWS, MOST_COLUMNS = 1000, 30
MOST_LETTERS = 60_000
POSITION = "deputāts"
COLUMNS = {
    "given_name": ("vārds", "given name", "first name"),
    "family_name": ("uzvārds", "family name", "last name", "surname"),
    "name": ("vārds, uzvārds", "vārds uzvārds", "deputāts", "deputāte", "name"),
    "faction": ("frakcija", "saraksts", "partija", "faction"),
    "email": ("e-pasts", "epasts", "e-pasta adrese", "email", "e-mail"),
    "personal_code": ("personas kods", "personal code"),
}
_KNOWN = {word: key for key, words in COLUMNS.items() for word in words}


@dataclass
class Row:
    """One elected deputy. how: by what an account was found (code, email, name), or "new"; errors: in words."""

    line: int
    given_name: str
    family_name: str
    faction: str = ""
    email: str = ""
    personal_code: str = ""
    person_id: object = None
    how: str = "new"
    stays: bool = False
    errors: list[str] = field(default_factory=list)

    @property
    def name(self):
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True)
class Preview:
    """What the list would do. leaving: names of members who do not stay; problems: of the list as a whole."""

    rows: list[Row]
    leaving: list[str]
    factions: list[str]
    problems: list[str]

    @property
    def ready(self):
        return bool(self.rows) and not self.problems and not any(row.errors for row in self.rows)


def as_text(data):
    """The first sheet of an XLSX list as text that `read_list` takes and people can mend: a line a row, cells divided
    by tabs. Raises Invalid("file")."""
    asked = {"most_rows": MOST_ROWS, "most_columns": MOST_COLUMNS, **_LIMITS}
    told = {}
    with released(), children.folder() as folder:
        (folder / "in.xlsx").write_bytes(data)
        for line in children.lines(_CHILD, asked, folder, _LIMITS["time_s"]):
            if line.startswith("{"):
                told = json.loads(line)
    if not told.get("rows"):
        raise Invalid(_("The spreadsheet cannot be read, or its first sheet is empty"), field="file")
    out = io.StringIO()
    csv.writer(out, delimiter="\t", lineterminator="\n").writerows(told["rows"])
    return out.getvalue()


def read_list(text):
    """The rows of a pasted or uploaded list: columns divided by tabs, semicolons or commas; the first line names them,
    or else they are name and faction. Raises Invalid("table")."""
    text = (text or "").strip()
    if not text:
        raise Invalid(_("Paste the list of deputies or choose a file"), field="table")
    if len(text) > MOST_LETTERS:
        raise Invalid(_("The list is too long"), field="table")
    first = text.splitlines()[0]
    lines = list(csv.reader(io.StringIO(text), delimiter=max("\t;,", key=first.count)))
    heads = [_KNOWN.get(" ".join(cell.casefold().split())) for cell in lines[0]]
    named = any(heads)
    if named and "name" not in heads and not {"given_name", "family_name"} <= set(heads):
        raise Invalid(_("The first line names the columns; there must be one with the name and one with the surname"),
                      field="table")  # fmt: skip
    heads = heads if named else ["name", "faction", "email"]
    rows = []
    for number, cells in enumerate(lines[1 if named else 0 :], start=2 if named else 1):
        texts = {key: " ".join(cell.split()) for key, cell in zip(heads, cells, strict=False) if key}
        if not any(texts.values()):
            continue
        if name := texts.get("name"):
            given, _space, family = name.rpartition(" ")
        else:
            given, family = texts.get("given_name", ""), texts.get("family_name", "")
        rows.append(
            Row(
                line=number,
                given_name=given[:100],
                family_name=family[:100],
                faction=texts.get("faction", "")[:120],
                email=texts.get("email", "")[:200],
                personal_code=_code(texts.get("personal_code", "")),
            )
        )
    if not rows:
        raise Invalid(_("The list has no names"), field="table")
    return rows


def _code(text):
    """Eleven digits; a spreadsheet takes a code without a dash for a number and drops its first zero."""
    code = re.sub(r"[\s-]", "", text)
    return code.zfill(11) if re.fullmatch(r"\d{10}", code) else code


def preview(actor, text, seats, since):
    """What the list would do, with the mistakes of each row. Raises Forbidden, Invalid("table")."""
    ensure(policy.can_prepare(actor))
    council, rows = bodies.council_of(actor), read_list(text)
    _match(rows)
    now_in = {row.person_id: row for row in _sitting(council, since)}
    for row in rows:
        row.stays = row.person_id in now_in
    staying = {row.person_id for row in rows}
    names = identity.names_of(set(now_in) - staying)
    return Preview(
        rows=rows,
        leaving=sorted(names.values(), key=bodies.by_family_name),
        factions=sorted({row.faction for row in rows if row.faction}, key=sort_key),
        problems=_problems(council, rows, seats, since),
    )


def _problems(council, rows, seats, since):
    problems = []
    if len(rows) > seats:
        problems.append(
            _("The list has %(count)s names and the council %(seats)s seats.", count=len(rows), seats=seats)
        )
    latest = db.session.scalar(sa.select(sa.func.max(Convocation.since)).where(Convocation.body_id == council.id))
    if latest is not None and since <= latest:
        problems.append(_("The new council begins after the one before."))
    held = db.session.scalar(
        sa.select(Session.id)
        .where(
            Session.body_id == council.id,
            Session.planned_at >= clock.at_local(since),
            Session.state != SessionState.PLANNED,
        )
        .limit(1)
    )
    if held:
        problems.append(_("Members were invited to a session on or after this day already."))
    return problems


def _match(rows):
    """Find the account of each row by personal code, else e-mail, else name; note what is wrong."""
    people = identity.people_like(
        codes=[row.personal_code for row in rows if row.personal_code],
        emails=[row.email for row in rows if row.email],
        names=[(row.given_name, row.family_name) for row in rows],
    )
    seen: dict = {}
    for row in rows:
        if not row.given_name or not row.family_name:
            row.errors.append(_("The name and the surname are needed"))
        if row.personal_code and not re.fullmatch(r"\d{11}", row.personal_code):
            row.errors.append(_("A personal code has 11 digits"))
        if row.email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", row.email):
            row.errors.append(_("This is not an e-mail address"))
        for how, found in (
            ("code", [one for one in people if row.personal_code and identity.has_code(one, row.personal_code)]),
            ("email", [one for one in people if row.email and one.email.lower() == row.email.lower()]),
            ("name", [one for one in people if sort_key(one.name) == sort_key(row.name)]),
        ):
            if len(found) > 1:
                row.errors.append(_("Several people are found by this; give the personal code"))
            elif found:
                row.person_id, row.how = found[0].id, how
                if how != "name" and sort_key(found[0].name) != sort_key(row.name):
                    row.errors.append(_("The account found is called %(name)s", name=found[0].name))
            if found:
                break
        key = row.person_id or sort_key(row.name)
        if key in seen:
            row.errors.append(_("The same person stands in line %(line)s too", line=seen[key]))
        seen.setdefault(key, row.line)


def begin(actor, text, name, seats, since):
    """Set up the new council: those elected are seated from `since` on, the council and the committees before end on
    the day before, and so do factions and offices. Accounts that are not found are made without a password.

    Nothing is kept unless all of it can be. Raises Forbidden, Invalid naming the field, or the row in words."""
    ensure(policy.can_prepare(actor))
    name = (name or "").strip()[:120]
    if not name:
        raise Invalid(_("Name the convocation"), field="name")
    if not 1 <= seats <= bodies.MOST_SEATS:
        raise Invalid(_("A body has between 1 and %(most)s seats", most=bodies.MOST_SEATS), field="seats")
    found = preview(actor, text, seats, since)
    if not found.ready:
        wrong = [*found.problems, *(f"{row.line}. {row.errors[0]}" for row in found.rows if row.errors)]
        raise Invalid(" ".join(wrong), field="table")
    council, last_day = bodies.council_of(actor), since - timedelta(days=1)
    before = {row.person_id for row in _sitting(council, since)}
    _close(since, last_day)
    for row in found.rows:
        if row.person_id is None:
            row.person_id = _account(row, since)
        db.session.add(BodyMember(body_id=council.id, person_id=row.person_id, since=since))
        if row.person_id not in before:
            identity.give_role(SYSTEM, row.person_id, "member", since=since)
    elected = {row.person_id for row in found.rows}
    for person_id in before - elected:
        composition.take_role(person_id, "member", last_day)
    for faction_name in found.factions:
        faction = Faction(name=faction_name, since=since)
        db.session.add(faction)
        db.session.flush()
        for row in found.rows:
            if row.faction == faction_name:
                db.session.add(FactionMember(faction_id=faction.id, person_id=row.person_id, since=since))
    convocation = Convocation(body_id=council.id, name=name, seats=seats, since=since)
    db.session.add(convocation)
    db.session.flush()
    audit.record(
        actor,
        "council.convocation_begun",
        council,
        label=name,
        new={
            "since": since.isoformat(),
            "seats": seats,
            "deputies": len(elected),
            "accounts_made": sum(1 for row in found.rows if row.how == "new"),
            "left": len(before - elected),
        },
    )
    composition.settle()
    return convocation


def _sitting(council, since):
    """Seats of the council that last until this day or beyond."""
    return list(
        db.session.scalars(
            sa.select(BodyMember).where(
                BodyMember.body_id == council.id,
                BodyMember.since < since,
                sa.or_(BodyMember.until.is_(None), BodyMember.until >= since),
            )
        )
    )


def _close(since, last_day):
    """What the council before leaves: its seats, its committees, offices and factions end on its last day."""
    elected = sa.select(Body.id).where(Body.kind.in_((BodyKind.COUNCIL, BodyKind.COMMITTEE)))
    leading = sa.and_(OfficeHeld.body_id.in_(elected), OfficeHeld.office.in_(composition.LEADING))
    for table, where in (
        (BodyMember, BodyMember.body_id.in_(elected)),
        (OfficeHeld, leading),
        (FactionMember, sa.true()),
        (Faction, sa.true()),
        (Convocation, sa.true()),
    ):
        lasting = sa.and_(where, table.since < since, sa.or_(table.until.is_(None), table.until >= since))
        for row in db.session.scalars(sa.select(table).where(lasting)):
            row.until = last_day
    db.session.flush()


def _account(row, since):
    """A person without a password: signing in waits until the account is opened for it."""
    made = identity.add_person(
        SYSTEM,
        row.given_name,
        row.family_name,
        row.email,
        POSITION,
        None,
        identity.username_for(row.given_name, row.family_name),
        None,
        personal_code=row.personal_code or None,
        since=since,
    )
    return made.id
