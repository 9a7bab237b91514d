"""Filing plans as tables: to CSV and XLSX, and back with a look before anything changes (R282-20)."""

import csv
import io
import re
from uuid import UUID

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.events import PlanImportAsked
from portal.documents.models import Carrier, ImportState, PlanImport, PlanState, Retention, fold
from portal.documents.service import plans
from portal.documents.service.plans import FIELDS, checked_row, get_plan, rows_of
from portal.identity import service as identity
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.storage import service as storage

MOST_ROWS = 5000
# columns of a table; the first name is the one that is written
HEADS = {
    "index": ("indekss", "lietas indekss", "index"),
    "title": ("nosaukums", "lietas nosaukums", "title"),
    "is_level": ("līmenis", "level"),
    "retention": ("glabāšanas termiņš", "termiņš", "retention"),
    "retention_ground": ("termiņa pamats", "pamats", "ground"),
    "review": ("atzīme", "ek/ai", "review"),
    "unit_id": ("struktūrvienība", "atbildīgā struktūrvienība", "unit"),
    "carrier": ("nesējs", "dokumentu vide", "carrier"),
    "system": ("informācijas sistēma", "sistēma", "system"),
    "restriction": ("ierobežota pieejamība", "pieejamības ierobežojums", "restriction"),
    "notes": ("piezīmes", "notes"),
    "runs_on": ("pārejoša", "pārejošā lieta", "runs on"),
}
_KNOWN = {fold(name): field for field, names in HEADS.items() for name in names}
_CARRIERS = {"elektronisks": Carrier.ELECTRONIC, "papīra": Carrier.PAPER, "elektronisks un papīra": Carrier.BOTH}
_YES = {"jā", "ja", "x", "1", "yes", "+"}


def retention_text(row):
    """How long a dossier is kept, as tables say it: pastāvīgi; 75 gadi; 5 gadi pēc: līguma izbeigšana."""
    if row.retention is None:
        return ""
    if row.retention == Retention.PERMANENT:
        return "pastāvīgi"
    years = row.retention_years
    text = f"{years} {'gads' if years % 10 == 1 and years % 100 != 11 else 'gadi'}"
    return f"{text} pēc: {row.retention_event}" if row.retention == Retention.EVENT else text


def read_retention(text):
    """{retention, retention_years, retention_event} out of such a text; None when it is not understood."""
    text = " ".join(text.split())
    if fold(text) in ("pastavigi", "pastavigs"):
        return {"retention": Retention.PERMANENT}
    found = re.fullmatch(r"(\d{1,3})\s*(?:\.|g\.|gad[sui])?(?:\s*pēc:?\s*(.+))?", text, re.IGNORECASE)
    if not found:
        return None
    event = found[2] or ""
    kind = Retention.EVENT if event else Retention.YEARS
    return {"retention": kind, "retention_years": int(found[1]), "retention_event": event}


def table_of(actor, plan):
    """Lines of a plan as text cells, the heads first."""
    units = {unit.id: unit.index for unit in identity.list_units(actor)}
    carriers = {carrier: word for word, carrier in _CARRIERS.items()}
    yield [names[0] for names in HEADS.values()]
    for row in rows_of(plan.id):
        yield [
            row.index,
            row.title,
            "jā" if row.is_level else "",
            retention_text(row),
            row.retention_ground,
            row.review,
            units.get(row.unit_id, ""),
            carriers.get(row.carrier, ""),
            row.system,
            row.restriction,
            row.notes,
            "jā" if row.runs_on else "",
        ]


def ask_import(actor, plan_id, upload):
    """Keep a table to be read by a job. upload: from `receive_uploads`. Returns the PlanImport.
    Raises Forbidden, Conflict when the plan is closed."""
    ensure(policy.can_plan(actor))
    plan = get_plan(plan_id)
    if plan.state == PlanState.CLOSED:
        raise Conflict(_("The filing plan is closed; it can only be read"))
    found = PlanImport(plan_id=plan.id, name=upload.name, sha256=upload.sha256, made_by_id=actor.person_id)
    db.session.add(found)
    db.session.flush()
    announce(actor, PlanImportAsked(import_id=found.id))
    return found


def get_import(actor, import_id):
    """Raises Forbidden, NotFound."""
    ensure(policy.can_plan(actor))
    found = db.session.get(PlanImport, import_id)
    if found is None:
        raise NotFound(_("There is no such import"))
    return found


def read_import(actor, import_id):
    """Read the table and compare it with the plan, row by row. May run twice."""
    found = db.session.get(PlanImport, import_id)
    if found is None or found.state != ImportState.WAITING:
        return
    try:
        lines = _cells(found.name, storage.read(found.sha256))
        found.rows = _compared(actor, found.plan_id, lines)
        found.state = ImportState.READY
    except Invalid as error:
        found.problem, found.state = error.message, ImportState.FAILED
    db.session.flush()


def apply_import(actor, import_id):
    """Put the rows without errors into the plan. Returns (added, changed). Raises Forbidden, Conflict."""
    found = get_import(actor, import_id)
    if found.state != ImportState.READY:
        raise Conflict(_("The import is not ready to be applied, or was applied already"))
    there = {row.index: row for row in rows_of(found.plan_id)}
    added = changed = 0
    for line in found.rows:
        if line["act"] not in ("add", "change"):
            continue
        row = there.get(line["values"]["index"])
        plans.save_dossier(actor, found.plan_id, row.id if row else None, **_typed(line["values"]))
        added, changed = added + (row is None), changed + (row is not None)
    found.state = ImportState.APPLIED
    db.session.flush()
    audit.record(
        actor,
        "filing_plan.imported",
        get_plan(found.plan_id),
        new={"file": found.name, "added": added, "changed": changed},
    )
    return added, changed


def _cells(name, data):
    """[(line, [text, …])] of the file, the heads first. Raises Invalid with what is wrong with it."""
    lines = _xlsx_cells(data) if data[:2] == b"PK" else _csv_cells(data)
    lines = [(n, cells) for n, cells in lines if any(cells)]
    if len(lines) < 2:
        raise Invalid(_("The file has no rows"))
    if len(lines) > MOST_ROWS:
        raise Invalid(_("More than %(count)s rows; divide the file", count=MOST_ROWS))
    return lines


def _csv_cells(data):
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1257"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Invalid(_("The file is not a text file"))
    first = text.splitlines()[0] if text.strip() else ""
    try:
        reader = csv.reader(io.StringIO(text), delimiter=max(";,\t", key=first.count))
        return [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise Invalid(_("The file cannot be read as a table: %(reason)s", reason=error)) from error


def _xlsx_cells(data):
    from openpyxl import load_workbook  # heavy, and only jobs come here

    try:
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        rows = sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=40, values_only=True)
        return [(n, [_cell_text(cell) for cell in cells]) for n, cells in enumerate(rows, 1)]
    except Exception as error:  # the library raises whatever its readers do on a broken file
        raise Invalid(_("The file cannot be read as a table: %(reason)s", reason=type(error).__name__)) from error


def _cell_text(cell):
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _compared(actor, plan_id, lines):
    heads = [_KNOWN.get(fold(text)) for text in lines[0][1]]
    if "index" not in heads or "title" not in heads:
        raise Invalid(_("The first line must name the columns, “indekss” and “nosaukums” among them"))
    there = {row.index: row for row in rows_of(plan_id)}
    units = {unit.index: unit.id for unit in identity.list_units(actor)}
    seen, rows = set(), []
    for number, cells in lines[1:]:
        texts = {name: text for name, text in zip(heads, cells, strict=False) if name}
        values, errors = _read_row(texts, units)
        if values["index"] in seen:
            errors["index"] = _("The index stands twice in the file")
        seen.add(values["index"])
        rows.append(_line(number, values, errors, there.get(values["index"])))
    return rows


def _read_row(texts, units):
    values = {name: texts.get(name, "") for name in ("index", *plans.TEXTS)}
    values |= {"review": texts.get("review", "").upper()}
    values |= {name: texts.get(name, "").casefold() in _YES for name in ("is_level", "runs_on")}
    wrong = {}
    if texts.get("retention"):
        retention = read_retention(texts["retention"])
        if retention is None:
            wrong["retention"] = _("The term is not understood; write for example pastāvīgi, 75 gadi or 5 gadi pēc: …")
        values |= retention or {}
    if texts.get("unit_id"):
        values["unit_id"] = units.get(texts["unit_id"])
        if values["unit_id"] is None:
            wrong["unit_id"] = _("There is no unit with the index %(index)s", index=texts["unit_id"])
    if texts.get("carrier"):
        values["carrier"] = _CARRIERS.get(texts["carrier"].casefold())
        if values["carrier"] is None:
            wrong["carrier"] = _("The carrier is one of: %(words)s", words=", ".join(_CARRIERS))
    values, errors = checked_row(values)
    return values, errors | wrong


def _line(number, values, errors, row):
    changes = {}
    if row is not None:
        changes = {
            name: [_shown(getattr(row, name)), _shown(values[name])]
            for name in FIELDS
            if getattr(row, name) != values[name]
        }
    act = "error" if errors else "add" if row is None else "change" if changes else "same"
    kept = {name: _shown(value) if not isinstance(value, bool | int) else value for name, value in values.items()}
    return {"line": number, "values": kept, "errors": list(errors.values()), "act": act, "changes": changes}


def _shown(value):
    return None if value is None else value if isinstance(value, bool | int) else str(getattr(value, "value", value))


def _typed(values):
    return values | {"unit_id": UUID(values["unit_id"]) if values["unit_id"] else None}
