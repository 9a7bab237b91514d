"""One act on many tasks at once: extend, give to another, remind; what was done can be undone for a day (12.5)."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, PortalError, ensure
from portal.kernel.i18n import _, date_short
from portal.workflow import policy
from portal.workflow.models import BulkAct, Executor, Extension, ExtensionState, Task
from portal.workflow.service import control, reminders, resolutions, terms

ACTS = ("extend", "reassign", "remind")
MOST = 500
UNDO_HOURS = 24


@dataclass
class Plan:
    """What an act would do: the tasks it can be done to, and the others with the reason."""

    able: list[Task] = field(default_factory=list)
    unable: list[tuple[Task, str]] = field(default_factory=list)
    titles: dict[UUID, str] = field(default_factory=dict)  # as the actor may read them


def plan_bulk(actor, act, task_ids):
    """Which of the tasks the actor may do it to; those that are not on the actor's radar are left out without a word.
    Raises Invalid for an unknown act or too many tasks."""
    if act not in ACTS:
        raise Invalid(_("Choose from the list"))
    if len(task_ids) > MOST:
        raise Invalid(_("At most %(max)s at once", max=MOST))
    plan = Plan()
    for task, title in control.controlled_tasks(actor, task_ids):
        plan.titles[task.id] = title
        reason = _hindrance(actor, act, task)
        if reason:
            plan.unable.append((task, reason))
        else:
            plan.able.append(task)
    return plan


def _hindrance(actor, act, task):
    """Why it cannot be done to the task; "" when it can."""
    part = db.session.get(Executor, task.about_id) if task.kind == "resolution.execute" else None
    if act == "remind":
        holder = task.claimed_by_id or task.person_id
        if holder is None:
            return _("Nobody has taken the task yet")
        allowed = resolutions.heads_person(actor, holder) or policy.can_control(actor)
        return "" if allowed else allowed.reason
    if part is None:
        return _("Only tasks of resolutions; this one is changed on its own page")
    verdict = policy.can_manage(actor, part.resolution, resolutions.heads_person(actor, part.person_id))
    if not verdict:
        return verdict.reason
    if act == "extend" and (part.resolution.due_on is None or part.resolution.paused_on):
        return _("The resolution has no running term")
    return ""


def resolve_many(actor, ids, text, responsible_id, *, days=None, due_on=None, admit=False):
    """Write the same resolution on many documents, as the single act does. Returns the documents' ListAct.
    Raises as `write_resolution`, naming the document; then nothing is written."""

    def write(document):
        try:
            return resolutions.write_resolution(
                actor, document.id, text, responsible_id, days=days, due_on=due_on, admit=admit
            ).id
        except Invalid as error:
            if error.field in ("text", "responsible_id", "admit"):
                raise
            raise Invalid(f"{document.number}: {error.message}", field=error.field) from error

    return documents.act_on_many(actor, "assign", ids, None, do=write)


def take_resolution_back(actor, resolution_id):
    """Withdraw one of many resolutions, when nobody has carried it out yet. Says whether it could be done."""
    try:
        resolutions.withdraw(actor, UUID(resolution_id), _("Undone"))
    except PortalError:
        return False
    return True


def extend_all(actor, task_ids, reason, days=None, due_on=None):
    """Give the resolutions of the tasks so many working days more, or a date. Terms that only the law could lengthen
    are left as they are: each of those is decided by itself. Returns (BulkAct, [(task, why not)])."""
    if (days is None) == (due_on is None):
        raise Invalid(_("Give either working days or a date"), field="days")
    if not (reason or "").strip():
        raise Invalid(_("Say why more time is needed"), field="reason")

    def do(task):
        resolution = db.session.get_one(Executor, task.about_id).resolution
        document = documents.get_document(actor, resolution.document_id)
        wanted = due_on or clock.add_working_days(max(resolution.due_on, clock.today()), days)
        if document.due_on and clock.next_working_day(wanted) > document.due_on:
            raise Conflict(_("The document's own term ends on %(date)s; extend it on the resolution's page",
                             date=date_short(document.due_on)))  # fmt: skip
        if resolution.id in seen:
            return None
        old = resolution.due_on
        made = terms.ask_extension(actor, resolution.id, wanted, reason)
        seen.add(resolution.id)
        return {"extension": str(made.id), "old": old.isoformat()}

    seen: set = set()
    return _each(actor, "extend", task_ids, do)


def reassign_all(actor, task_ids, person_id, reason="", admit=False):
    """Give the parts to another person. admit: as in `ask_resolution`. Returns (BulkAct, [(task, why not)])."""

    def do(task):
        old = task.person_id
        resolutions.give_to(actor, task.about_id, person_id, reason, admit)
        return {"part": str(task.about_id), "old": str(old), "new": str(person_id)}

    return _each(actor, "reassign", task_ids, do)


def remind_all(actor, task_ids):
    """Remind the holders. Returns (BulkAct, [(task, why not)])."""

    def do(task):
        reminders.remind_now(actor, task)
        return {"task": str(task.id)}

    return _each(actor, "remind", task_ids, do)


def _each(actor, act, task_ids, do):
    plan = plan_bulk(actor, act, task_ids)
    done, left = [], list(plan.unable)
    for task in plan.able:
        try:
            with db.session.begin_nested():
                made = do(task)
        except PortalError as error:
            left.append((task, error.message))
            continue
        if made:
            done.append(made)
    row = None
    if done:
        row = BulkAct(person_id=actor.person_id, act=act, count=len(done), before=done, at=clock.now())
        db.session.add(row)
        db.session.flush()
        audit.record(actor, "control.bulk", row, object_kind="bulk_act", label=str(len(done)),
                     new={"act": act, "count": len(done), "done": done})  # fmt: skip
    return row, left


def last_bulk(actor):
    """What the actor did last to many tasks and can still undo, or None."""
    row = db.session.scalar(
        sa.select(BulkAct).where(BulkAct.person_id == actor.person_id).order_by(BulkAct.id.desc()).limit(1)
    )
    return row if row is not None and _can_undo(row) else None


def undo_bulk(actor, bulk_id):
    """Put back what a bulk act changed, where nobody has changed it since. Returns how many were put back.
    Raises NotFound, Conflict."""
    row = db.session.get(BulkAct, bulk_id)
    if row is None or row.person_id != actor.person_id:
        raise NotFound(_("There is nothing to undo"))
    if not _can_undo(row):
        raise Conflict(_("This can no longer be undone"))
    undo = {"extend": _take_extension_back, "reassign": _give_back}[row.act]
    count = 0
    for one in row.before:
        try:
            with db.session.begin_nested():  # one that can no longer be put back keeps none of the others
                count += undo(actor, one)
        except PortalError:
            continue
    row.undone_at = clock.now()
    db.session.flush()
    audit.record(actor, "control.bulk_undone", row, object_kind="bulk_act", label=str(count), new={"act": row.act})
    return count


def _can_undo(row):
    return row.act != "remind" and row.undone_at is None and row.at > clock.now() - timedelta(hours=UNDO_HOURS)


def _take_extension_back(actor, one):
    extension = db.session.get(Extension, UUID(one["extension"]))
    resolution = extension.resolution
    if extension.state != ExtensionState.GRANTED or not resolution.is_open or resolution.due_on != extension.due_on:
        return 0
    ensure(policy.can_manage(actor, resolution, _heads_one_of(actor, resolution)))
    extension.state = ExtensionState.UNDONE
    old = clock.date.fromisoformat(one["old"])
    terms.set_due(resolution, old)
    document = documents.get_document(actor, resolution.document_id)
    audit.record(actor, "resolution.extension_undone", document,
                 new={"resolution": str(resolution.id), "due_on": old.isoformat()})  # fmt: skip
    return 1


def _heads_one_of(actor, resolution):
    return any(resolutions.heads_person(actor, part.person_id) for part in resolution.executors)


def _give_back(actor, one):
    part = db.session.get(Executor, UUID(one["part"]))
    if part is None or str(part.person_id) != one["new"] or part.state not in ("open", "waiting"):
        return 0
    resolutions.give_to(actor, part.id, UUID(one["old"]), _("Undone"))
    return 1
