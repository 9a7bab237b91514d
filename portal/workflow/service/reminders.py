"""Words in good time: before a term, and when it is broken, to the holder, to the substitute and to the head above.
Each goes out once for a task and its term, however often this runs (12.5)."""

from datetime import timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.events import announce
from portal.kernel.i18n import _, date_short
from portal.workflow.events import TaskNews
from portal.workflow.models import Task, TaskNotice, TaskState
from portal.workflow.service import tasks
from portal.workflow.service.settings import rules

MOST = 25  # in one transaction, so that nobody waits for it; the next one takes the rest
SILENT = ("control.late", "council.invitation")  # words about words; the council reminds of its sessions by itself


def send_notices(actor) -> bool:
    """Have the words sent that are due now, so many at a time. True when there may be more."""
    return max(_remind(actor), _speak_of_breaches(actor)) >= MOST


def remind_now(actor, task):
    """Somebody reminds the holder of one task by hand."""
    holder = task.claimed_by_id or task.person_id
    if holder is None:
        return False
    announce(actor, TaskNews(task_id=task.id, person_id=holder, what="reminded", by=actor.name))
    return True


def _remind(actor):
    """One word for each step of days that a term has come within: the nearest step only, so that a task given late
    does not call for several at once."""
    known, today = rules(), clock.today()
    longest = max((day for rule in known.values() for day in rule.remind_days), default=0)
    if not longest:
        return 0
    ends = {days: clock.add_working_days(today, days) for rule in known.values() for days in rule.remind_days}
    rows = db.session.scalars(
        sa.select(Task)
        .where(
            Task.state == TaskState.OPEN,
            Task.due_on >= today,
            Task.due_on <= max(ends.values()),
            Task.kind.not_in(SILENT),
            Task.created_at < clock.at_local(today),  # what came today is news enough
        )
        .order_by(Task.due_on, Task.id)
    ).all()
    said = set(
        db.session.execute(
            sa.select(TaskNotice.task_id, TaskNotice.due_on, TaskNotice.what).where(
                TaskNotice.due_on >= today, TaskNotice.due_on <= max(ends.values())
            )
        ).tuples()
    )
    count = 0
    for task in rows:
        rule = known.get(task.kind) or known[""]
        step = min((days for days in rule.remind_days if task.due_on <= ends[days]), default=None)
        holder = task.claimed_by_id or task.person_id
        if step is None or holder is None or (task.id, task.due_on, f"before:{step}") in said:
            continue
        _note(task, f"before:{step}")
        announce(actor, TaskNews(task_id=task.id, person_id=holder, what="before"))
        count += 1
        if count == MOST:
            break
    return count


def _speak_of_breaches(actor):
    known, today = rules(), clock.today()
    said = sa.select(TaskNotice.id).where(
        TaskNotice.task_id == Task.id, TaskNotice.due_on == Task.due_on, TaskNotice.what == "late"
    )
    rows = db.session.scalars(
        sa.select(Task)
        .where(
            Task.state == TaskState.OPEN,
            Task.due_on < today,
            Task.due_on > today - timedelta(days=366),
            Task.kind.not_in(SILENT),
            ~said.exists(),
        )
        .order_by(Task.due_on, Task.id)
        .limit(MOST)
    ).all()
    for task in rows:
        _note(task, "late")
        holder = task.claimed_by_id or task.person_id
        rule = known.get(task.kind) or known[""]
        people = [holder] if holder else []
        if rule.escalate:
            people += identity.substitutes_of([holder]).get(holder, []) if holder else []
            head = _head_above(actor, task, holder)
            if head is not None:
                _tell_head(actor, task, holder, head)
                people.append(head.id)
        for person_id in dict.fromkeys(people):
            announce(actor, TaskNews(task_id=task.id, person_id=person_id, what="late"))
    return len(rows)


def _note(task, what):
    db.session.add(TaskNotice(task_id=task.id, due_on=task.due_on, what=what, at=clock.now()))
    db.session.flush()


def _head_above(actor, task, holder):
    """The head of the holder's unit; of the unit above when the holder is that head."""
    unit_id = identity.get_person(actor, holder).unit_id if holder else task.unit_id
    head = identity.head_of(unit_id)
    while head is not None and head.id == holder:
        unit_id = identity.get_unit(unit_id).parent_id
        head = identity.head_of(unit_id) if unit_id else None
    return head


def _tell_head(actor, task, holder, head):
    name = identity.names_of([holder]).get(holder, "") if holder else ""
    title = documents.title_for(identity.actor_for(head.id), task.document_id) if task.document_id else task.title
    tasks.add_task(
        actor,
        "control.late",
        "task",
        task.id,
        title,
        person_id=head.id,
        due_on=clock.today(),
        detail=", ".join(filter(None, (name, task.kind_name, _("term %(date)s", date=date_short(task.due_on))))),
        document_id=task.document_id,
    )
    audit.record(actor, "task.escalated", task, new={"head": head.name})
