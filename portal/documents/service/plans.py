"""Filing plans (classification schemes) by year, their dossiers, and which one a document belongs to (LAW-93..97,
R282-20..30)."""

import re
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.models import Carrier, Document, Dossier, FilingPlan, PlanState, Retention
from portal.documents.service.records import get_document
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _

# what a row holds beside its index, with the longest text of each
TEXTS = {"title": 500, "retention_event": 200, "retention_ground": 300, "system": 200, "restriction": 300, "notes": 500}
FIELDS = ("index", *TEXTS, "is_level", "retention", "retention_years", "review", "unit_id", "carrier", "runs_on")
REVIEWS = ("", "EK", "AI")  # R282-26
_INDEX = re.compile(r"\w+([.\-/]\w+)*")


def list_plans():
    """All plans, the newest year first."""
    return list(db.session.scalars(sa.select(FilingPlan).order_by(FilingPlan.year.desc())))


def get_plan(plan_id):
    """Raises NotFound."""
    plan = db.session.get(FilingPlan, plan_id)
    if plan is None:
        raise NotFound(_("There is no such filing plan"))
    return plan


def plan_of(year):
    """The plan of a year, None when there is none."""
    return db.session.scalar(sa.select(FilingPlan).where(FilingPlan.year == year))


def rows_of(plan_id):
    """Levels and dossiers of a plan in the order of their indexes."""
    # sorted here: a database may sort the keys by its locale
    rows = db.session.scalars(sa.select(Dossier).where(Dossier.plan_id == plan_id))
    return sorted(rows, key=lambda row: (row.place_key, row.index))


def counts_of(plan_id):
    """{dossier id: number of documents in it}."""
    rows = db.session.execute(
        sa.select(Document.dossier_id, sa.func.count())
        .join(Dossier, Dossier.id == Document.dossier_id)
        .where(Dossier.plan_id == plan_id)
        .group_by(Document.dossier_id)
    )
    return dict(rows.tuples().all())


def get_dossier(dossier_id):
    """Raises NotFound."""
    dossier = db.session.get(Dossier, dossier_id)
    if dossier is None:
        raise NotFound(_("There is no such file of the filing plan"))
    return dossier


def make_plan(actor, year):
    """An empty plan for a year. Raises Forbidden, Invalid("year")."""
    ensure(policy.can_plan(actor))
    if not 1990 <= (year or 0) <= 2200:
        raise Invalid(_("Fill in this field"), field="year")
    if plan_of(year):
        raise Invalid(_("There is a filing plan for %(year)s already", year=year), field="year")
    plan = FilingPlan(year=year)
    db.session.add(plan)
    db.session.flush()
    audit.record(actor, "filing_plan.made", plan)
    return plan


def copy_plan(actor, plan_id):
    """The plan of the next year with the same rows, as a draft; files of several years go on in it (LAW-97, R282-2).
    Raises Forbidden, Conflict when that year has its plan."""
    ensure(policy.can_plan(actor))
    old = get_plan(plan_id)
    if plan_of(old.year + 1):
        raise Conflict(_("There is a filing plan for %(year)s already", year=old.year + 1))
    plan = FilingPlan(year=old.year + 1, copied_from_id=old.id)
    db.session.add(plan)
    db.session.flush()
    db.session.add_all(
        Dossier(
            plan_id=plan.id,
            continues_id=row.id if row.runs_on else None,
            **{name: getattr(row, name) for name in FIELDS},
        )
        for row in rows_of(old.id)
    )
    db.session.flush()
    audit.record(actor, "filing_plan.copied", plan, new={"from": old.year})
    return plan


def move_plan(actor, plan_id, state, *, agreed_on=None, agreed_note=""):
    """Take a plan on: agreed, in force, closed; or back to a draft. agreed_note: the Archive's decision, or why no
    agreement is needed (R282-28). With the plan its files are closed, but for those that the next one goes on with
    (LAW-97).
    Raises Forbidden, Conflict, Invalid naming the field."""
    ensure(policy.can_plan(actor))
    plan, state = get_plan(plan_id), PlanState(state)
    if not plan.may_become(state):
        raise Conflict(_("The filing plan is no longer in the state in which this can be done; open it again"))
    if state == PlanState.AGREED:
        note = " ".join((agreed_note or "").split())[:300]
        if not note:
            raise Invalid(_("Name the Archive's decision, or say why none is needed"), field="agreed_note")
        plan.agreed_on, plan.agreed_note = agreed_on or clock.today(), note
    if state == PlanState.IN_FORCE and not any(not row.is_level for row in rows_of(plan.id)):
        raise Invalid(_("The filing plan has no files yet"))
    if state == PlanState.CLOSED:
        if clock.today().year <= plan.year:
            raise Conflict(_("The filing plan is closed when its year has ended"))
        _close_rows(plan)
    old, plan.state = plan.state, state
    db.session.flush()
    audit.record(actor, "filing_plan.moved", plan, old={"state": old.value}, new={"state": state.value})
    return plan


def _close_rows(plan):
    """The files of a plan end with its year; one of several years only when the next plan does not go on with it
    (R282-2, LAW-97)."""
    rows = [row for row in rows_of(plan.id) if not row.is_level]
    following = plan_of(plan.year + 1)
    if following is None and any(row.runs_on for row in rows):
        raise Conflict(_("Files of several years go on in the plan of the next year; make that one first"))
    gone_on_with = {row.continues_id for row in rows_of(following.id)} if following else set()
    for row in rows:
        if row.runs_on and row.id in gone_on_with:
            continue
        _end(row, plan)


def _end(row, plan):
    """A row ends with the year of its plan, and with it what it continued in earlier plans."""
    part: Dossier | None = row
    while part is not None:
        part.closed_on = part.closed_on or date(plan.year, 12, 31)
        part = db.session.get(Dossier, part.continues_id) if part.continues_id else None


def save_dossier(actor, plan_id, dossier_id=None, **values):
    """A new row of a plan, or a changed one; what turns up during the year is added (R282-24).
    Raises Forbidden, Conflict, Invalid naming the field."""
    ensure(policy.can_plan(actor))
    plan = get_plan(plan_id)
    _ensure_not_closed(plan)
    row = get_dossier(dossier_id) if dossier_id else None
    if row is not None and row.plan_id != plan.id:
        raise NotFound(_("There is no such file of the filing plan"))
    values, errors = checked_row(values)
    if not errors and (row is None or row.index != values["index"]):
        if db.session.scalar(sa.select(Dossier.id).where(Dossier.plan_id == plan.id, Dossier.index == values["index"])):
            errors["index"] = _("The index is taken in this plan")
        elif row is not None and plan.state != PlanState.DRAFT:
            errors["index"] = _("An index changes only while the plan is a draft")
    for name, message in errors.items():
        raise Invalid(message, field=name)
    old = {name: getattr(row, name) for name in FIELDS if getattr(row, name) != values[name]} if row else {}
    if row is None:
        row = Dossier(plan_id=plan.id, **values)
        db.session.add(row)
        db.session.flush()
        audit.record(actor, "dossier.added", row, new=_plain(values))
    elif old:
        for name in old:
            setattr(row, name, values[name])
        db.session.flush()
        audit.record(actor, "dossier.changed", row, old=_plain(old), new=_plain({n: values[n] for n in old}))
    return row


def drop_dossier(actor, dossier_id):
    """Take a row out of a draft. Raises Forbidden, Conflict when the plan is agreed or documents lie in it."""
    ensure(policy.can_plan(actor))
    row = get_dossier(dossier_id)
    if get_plan(row.plan_id).state != PlanState.DRAFT:
        raise Conflict(_("Rows are taken out only while the plan is a draft"))
    if db.session.scalar(sa.select(Document.id).where(Document.dossier_id == row.id).limit(1)):
        raise Conflict(_("Documents lie in the file; it stays"))
    audit.record(actor, "dossier.dropped", row)
    if row.continues_id:
        before = get_dossier(row.continues_id)
        plan = get_plan(before.plan_id)
        if plan.state == PlanState.CLOSED:  # nothing goes on with it any more
            _end(before, plan)
    db.session.delete(row)
    db.session.flush()


def checked_row(values):
    """(tidy values of a row, {field: what is wrong}); every field is present in the values."""
    errors = {}
    tidy = {name: " ".join(str(values.get(name) or "").split()) for name in ("index", *TEXTS)}
    tidy["is_level"], tidy["runs_on"] = bool(values.get("is_level")), bool(values.get("runs_on"))
    tidy["review"], tidy["unit_id"] = values.get("review") or "", values.get("unit_id")
    tidy["retention"] = Retention(values["retention"]) if values.get("retention") else None
    tidy["carrier"] = Carrier(values["carrier"]) if values.get("carrier") else None
    tidy["retention_years"] = values.get("retention_years")
    if not _INDEX.fullmatch(tidy["index"]) or len(tidy["index"]) > 30:
        errors["index"] = _("An index is letters and digits divided by a dot, dash or slash, as 1-15 or A.2.6")
    if not tidy["title"]:
        errors["title"] = _("Fill in this field")
    for name, longest in TEXTS.items():
        if len(tidy[name]) > longest:
            errors[name] = _("At most %(max)s characters; now %(size)s", max=longest, size=len(tidy[name]))
    if tidy["review"] not in REVIEWS:
        errors["review"] = _("The mark is EK or AI, or none")
    if tidy["is_level"]:
        tidy |= {"retention": None, "retention_years": None, "retention_event": "", "runs_on": False}
    elif tidy["retention"] is None:
        errors["retention"] = _("Say how long the file is kept")
    elif tidy["retention"] == Retention.PERMANENT:
        tidy |= {"retention_years": None, "retention_event": ""}
    else:
        if not 1 <= (tidy["retention_years"] or 0) <= 150:
            errors["retention_years"] = _("A number of years from 1 to 150")
        if tidy["retention"] == Retention.YEARS:
            tidy["retention_event"] = ""
        elif not tidy["retention_event"]:
            errors["retention_event"] = _("Say after what the years are counted")
    return tidy, errors


@dataclass(frozen=True)
class Difference:
    """A row that is not as in the plan it was copied from. what: added, dropped or changed; changes: {field: (old,
    new)}."""

    what: str
    row: Dossier
    changes: dict


def differences(plan):
    """How a plan differs from the one it was copied from, in the order of indexes; empty without one."""
    if plan.copied_from_id is None:
        return []
    old = {row.index: row for row in rows_of(plan.copied_from_id)}
    new = {row.index: row for row in rows_of(plan.id)}
    found = []
    for index in sorted({*old, *new}, key=lambda i: (new.get(i) or old[i]).place_key):
        if index not in old:
            found.append(Difference("added", new[index], {}))
        elif index not in new:
            found.append(Difference("dropped", old[index], {}))
        else:
            was, now = old[index], new[index]
            changes = {n: (getattr(was, n), getattr(now, n)) for n in FIELDS if getattr(was, n) != getattr(now, n)}
            if changes:
                found.append(Difference("changed", now, changes))
    return found


# --- documents in dossiers ---------------------------------------------------------------------


def open_dossiers():
    """The dossiers into which documents may be put, of plans in force, the newest year's first."""
    found = db.session.execute(
        sa.select(Dossier, FilingPlan.year)
        .join(FilingPlan, FilingPlan.id == Dossier.plan_id)
        .where(FilingPlan.state == PlanState.IN_FORCE, Dossier.is_level.is_(False), Dossier.closed_on.is_(None))
    )
    return [dossier for dossier, _year in sorted(found, key=lambda pair: (-pair[1], pair[0].place_key))]


def put_into(actor, document_id, dossier_id):
    """Put a document into a dossier, or take it out of its own (dossier_id None).
    Raises Forbidden, NotFound, Invalid("dossier_id") when the dossier takes no documents any more (LAW-97)."""
    document = get_document(actor, document_id)
    ensure(policy.can_edit(actor, document))
    if document.dossier_id == dossier_id:
        return document
    new = get_dossier(dossier_id) if dossier_id else None
    if new is not None:
        plan = get_plan(new.plan_id)
        if new.is_level or new.closed_on or plan.state != PlanState.IN_FORCE:
            raise Invalid(_("The file is closed; choose another one"), field="dossier_id")
    old = document.dossier
    if old is not None and old.closed_on:
        raise Invalid(_("The file is closed; its documents stay in it"), field="dossier_id")
    document.dossier = new
    db.session.flush()
    audit.record(
        actor, "document.filed", document, old={"file": str(old) if old else None}, new={"file": str(new or "")}
    )
    return document


def unit_indexes(actor):
    """{unit id: index and name}."""
    return {unit.id: f"{unit.index} {unit.name}" for unit in identity.list_units(actor)}


def _ensure_not_closed(plan):
    if plan.state == PlanState.CLOSED:
        raise Conflict(_("The filing plan is closed; it can only be read"))


def _plain(values):
    return {
        name: getattr(value, "value", None) or (str(value) if value is not None else None)
        for name, value in values.items()
    }
