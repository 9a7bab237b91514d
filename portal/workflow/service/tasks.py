"""Tasks: the one work list over everything that waits for a person."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.i18n import _, ngettext
from portal.kernel.live import publish
from portal.workflow import policy
from portal.workflow.models import FlowRun, Task, TaskState

LONGEST_LIST = 500


@dataclass
class Work:
    """A person's open tasks by urgency; `today` holds what is due today, `week` the rest of the next seven days."""

    late: list[Task] = field(default_factory=list)
    today: list[Task] = field(default_factory=list)
    week: list[Task] = field(default_factory=list)
    later: list[Task] = field(default_factory=list)
    for_whom: dict[UUID, str] = field(default_factory=dict)  # id of the task -> whom one stands in for

    @property
    def total(self):
        return len(self.late) + len(self.today) + len(self.week) + len(self.later)


def add_task(
    actor,
    kind,
    about_kind,
    about_id,
    title,
    *,
    person_id=None,
    role=None,
    unit_id=None,
    due_on=None,
    detail="",
    document_id=None,
    run_id=None,
    ready_id=None,
):
    """Put a task into somebody's list. Needs a person, a role or a unit. detail: what is asked for, in words;
    document_id: the document that the task serves.
    The same open task (kind, thing, person) is not made twice. Returns the Task.
    """
    if not (person_id or role or unit_id):
        raise Invalid(_("A task needs a person, a role or a unit"))
    if ready_id is None:
        same = db.session.scalar(
            sa.select(Task)
            .where(
                Task.about_kind == about_kind,
                Task.about_id == about_id,
                Task.kind == kind,
                Task.state == TaskState.OPEN,
                Task.person_id == person_id,
                Task.role == role,
                Task.unit_id == unit_id,
            )
            .limit(1)
        )
        if same is not None:
            return same
    task = Task(
        kind=kind,
        about_kind=about_kind,
        about_id=about_id,
        title=title[:500],
        detail=detail[:500],
        document_id=document_id,
        person_id=person_id,
        role=role,
        unit_id=unit_id,
        due_on=due_on,
        created_at=clock.now(),
        run_id=run_id,
        ready_id=ready_id,
    )
    db.session.add(task)
    db.session.flush()
    audit.record(actor, "task.created", task, new={"kind": kind, "person": str(person_id or role or unit_id)})
    tell(task)
    return task


def get_task(actor, task_id):
    """One task of the actor's own list, open or not, or of those whom they stand in for. Raises NotFound for anybody
    else's."""
    task = db.session.get(Task, task_id)
    if task is not None and (actor.is_system or policy.is_mine(actor, task) or task.done_by_id == actor.person_id):
        return task
    if task is None or not db.session.scalar(sa.select(Task.id).where(Task.id == task_id, *_waiting_for(actor))):
        raise NotFound(_("There is no such task in your list"))
    return task


def done_for(actor, task):
    """(id, name) of the person whom the actor must act for to do this task; None when it is in their own list."""
    if policy.is_mine(actor, task):
        return None
    return next((found for found in _behind_task(_substituted(actor), task)), None)


def _for_whom(actor, tasks):
    """Names by task, for the tasks that stand in the list only because the actor stands in for somebody."""
    people = _substituted(actor) if tasks else []
    found = {task.id: next((name for _id, name in _behind_task(people, task)), None) for task in tasks}
    return {task_id: name for task_id, name in found.items() if name}


def _substituted(actor):
    return [
        (person_id, name, identity.actor_for(person_id)) for person_id, name, _day in identity.substituted_by(actor)
    ]


def _behind_task(people, task):
    for person_id, name, other in people:
        if policy.is_mine(other, task):
            yield person_id, name


def list_tasks(actor):
    """The actor's open tasks, most urgent first: own, those of the people they stand in for, and those of their roles
    and units that nobody took. One query, whatever the number of roles; at most 500 lines."""
    return list(
        db.session.scalars(
            sa.select(Task)
            .where(*_waiting_for(actor))
            .order_by(sa.case((Task.due_on.is_(None), 1), else_=0), Task.due_on, Task.id)
            .limit(LONGEST_LIST)
        )
    )


def count_waiting(actor) -> tuple[int, int]:
    """How many tasks are in the actor's list, and how many of them are late: what stands in the bar."""
    late = sa.func.sum(sa.case((Task.due_on < clock.today(), 1), else_=0))
    total, overdue = db.session.execute(sa.select(sa.func.count(), late).where(*_waiting_for(actor))).one()
    return total, int(overdue or 0)


def _waiting_for(actor):
    """Conditions: open, and in the list of the actor or of somebody whom they stand in for. Each way to a task is a
    SELECT of its own, so that each uses its index."""
    people, roles, units = _keys(actor)
    own = sa.or_(Task.claimed_by_id.in_(people), sa.and_(Task.claimed_by_id.is_(None), Task.person_id.in_(people)))
    shared = sa.and_(
        Task.person_id.is_(None),
        Task.claimed_by_id.is_(None),
        sa.or_(Task.role.is_(None), Task.role.in_(roles)),
        sa.or_(Task.unit_id.is_(None), Task.unit_id.in_(units)),
    )
    ways = [sa.select(Task.id).where(Task.state == TaskState.OPEN, way) for way in (own, shared)]
    if actor.person_id:
        ways += _behind(actor)
    return (Task.id.in_(sa.union_all(*ways)),)


def _behind(actor):
    """SELECTs of the ids of the open tasks in the lists of those whom the actor stands in for."""
    behind, roles = identity.people_behind(actor).subquery(), identity.roles_behind(actor).subquery()
    free = sa.and_(Task.state == TaskState.OPEN, Task.claimed_by_id.is_(None))
    yield sa.select(Task.id).join(behind, Task.person_id == behind.c.id).where(free)
    yield (sa.select(Task.id).join(behind, Task.claimed_by_id == behind.c.id).where(Task.state == TaskState.OPEN))
    yield (
        sa.select(Task.id)
        .join(roles, Task.role == roles.c.role)
        .where(free, Task.person_id.is_(None), sa.or_(Task.unit_id.is_(None), Task.unit_id == roles.c.unit_id))
    )
    yield (
        sa.select(Task.id)
        .join(behind, Task.unit_id == behind.c.unit_id)
        .where(free, Task.person_id.is_(None), Task.role.is_(None))
    )


def my_work(actor) -> Work:
    """The open tasks by urgency, for the start page."""
    today = clock.today()
    work = Work()
    tasks = list_tasks(actor)
    work.for_whom = _for_whom(actor, [task for task in tasks if not policy.is_mine(actor, task)])
    for task in tasks:
        if task.due_on is None or task.due_on > today + timedelta(days=7):
            work.later.append(task)
        elif task.due_on < today:
            work.late.append(task)
        elif task.due_on == today:
            work.today.append(task)
        else:
            work.week.append(task)
    return work


def open_tasks_about(about_kind, about_id):
    """The open tasks about a thing that the caller has already shown to the actor."""
    return list(
        db.session.scalars(
            sa.select(Task)
            .where(Task.about_kind == about_kind, Task.about_id == about_id, Task.state == TaskState.OPEN)
            .order_by(Task.id)
        )
    )


def claim(actor, task_id):
    """Take a task of one's role or unit, so that colleagues see that it has its person."""
    task = get_task(actor, task_id)
    ensure(policy.can_claim(actor, task))
    task.claimed_by_id = actor.person_id
    db.session.flush()
    audit.record(actor, "task.claimed", task)
    tell(task, everyone=True)
    return task


def release(actor, task_id):
    """Give a taken task back to the role."""
    task = get_task(actor, task_id)
    ensure(policy.can_complete(actor, task))
    task.claimed_by_id = None
    db.session.flush()
    audit.record(actor, "task.released", task)
    tell(task, everyone=True)
    return task


def reassign(actor, about_kind, about_id, person_id):
    """The open person's tasks of a thing's flow go to another person (someone else became responsible).
    The caller has asked its own policy."""
    for task in open_tasks_about(about_kind, about_id):
        if task.run_id is None or task.person_id is None or task.person_id == person_id:
            continue
        hand_to(actor, task, person_id)


def hand_to(actor, task, person_id):
    """One open task goes to another person. The caller has asked its own policy."""
    tell(task)
    old, task.person_id, task.claimed_by_id = task.person_id, person_id, None
    db.session.flush()
    audit.record(actor, "task.reassigned", task, old={"person": str(old)}, new={"person": str(person_id)})
    tell(task)


PERSONAL = ("signing.sign", "council.invitation")  # nobody else can do these


def open_tasks_of(person_id) -> int:
    """How many open tasks wait for a person that somebody else could do."""
    return db.session.scalars(
        sa.select(sa.func.count())
        .select_from(Task)
        .where(Task.person_id == person_id, Task.state == TaskState.OPEN, Task.kind.not_in(PERSONAL))
    ).one()


def take_over(actor, person_id, successor_id):
    """A person has left (identity.PersonLeft): what they had taken is free again, their own tasks go to the successor,
    if there is one; what only they could do is closed by whoever asked for it."""
    open_ones = sa.select(Task).where(Task.state == TaskState.OPEN)
    for task in db.session.scalars(open_ones.where(Task.claimed_by_id == person_id)).all():
        task.claimed_by_id = None
        audit.record(actor, "task.released", task)
        tell(task, everyone=True)
    if successor_id is None:
        return
    mine = open_ones.where(Task.person_id == person_id, Task.kind.not_in(PERSONAL))
    for task in db.session.scalars(mine).all():
        task.person_id = successor_id
        audit.record(actor, "task.reassigned", task, old={"person": str(person_id)}, new={"person": str(successor_id)})
        tell(task)
    db.session.flush()


def tell_substitute(actor, substitute_id):
    """Somebody's list has grown or shrunk by another's (identity.SubstitutionChanged)."""
    publish(f"person:{substitute_id}", "tasks")


def complete(actor, task_id, data=None, note=None):
    """Finish a task of one's own list; a flow's task moves its flow on with `data`.
    Raises Forbidden when it is not the actor's, or finished already."""
    task = get_task(actor, task_id)
    ensure(policy.can_complete(actor, task))
    return finish(actor, task, data or {}, note)


def complete_for(actor, about_kind, about_id, kind, data=None, note=None):
    """Finish the open task of this kind about a thing, by an act that did what the task asked for.
    The act's own policy has already allowed it. Returns the Task, or None when there was no such task."""
    task = db.session.scalar(
        sa.select(Task)
        .where(
            Task.about_kind == about_kind, Task.about_id == about_id, Task.kind == kind, Task.state == TaskState.OPEN
        )
        .order_by(Task.id)
        .limit(1)
    )
    return None if task is None else finish(actor, task, data or {}, note)


def close_for(actor, about_kind, about_id, reason, kind=None):
    """Close the open tasks about a thing (of one kind, when given): nobody has to do them any more."""
    for task in open_tasks_about(about_kind, about_id):
        if kind in (None, task.kind):
            close(actor, task, reason)


def document_answered(actor, document_id, answer_id, number):
    """A document's answer was registered (documents.DocumentAnswered): what was to be done about it is done. A flow
    goes its own way, and to get acquainted with the document stays to be done."""
    for task in open_tasks_about("document", document_id):
        if task.run_id is None and task.kind not in ("document.read", "document.restriction"):
            finish(actor, task, {}, _("Answered with Nr. %(number)s", number=number))


def finish(actor, task, data, note=None):
    """Mark the task done and move its flow on."""
    task.state, task.done_at, task.done_by_id = TaskState.DONE, clock.now(), actor.person_id
    task.note = note or None
    db.session.flush()
    audit.record(actor, "task.done", task, new={"note": note} if note else None)
    tell(task)
    settle_breach(actor, task)
    if task.run_id:
        from portal.workflow.service import flows  # flows makes tasks; the way back is this one call

        flows.step_done(actor, db.session.get_one(FlowRun, task.run_id), task, data)
    return task


def close(actor, task, reason):
    """Close a task that nobody has to do any more."""
    task.state, task.done_at, task.closed_reason = TaskState.CLOSED, clock.now(), reason
    db.session.flush()
    audit.record(actor, "task.closed", task, reason=reason)
    tell(task)
    settle_breach(actor, task)


def settle_breach(actor, task):
    """The head need not see to a broken term any more: the task is finished, or has another term."""
    if task.kind != "control.late" and task.due_on and (task.due_on < clock.today() or task.is_open):
        close_for(actor, "task", task.id, _("The term is not broken any more"))


def task_for_signature(actor, request_id, about_kind, about_id, title, person_id, due_on=None):
    """A signature was asked for (signing.SignatureRequested): a task for the signer, about the request."""
    return add_task(actor, "signing.sign", "signature_request", request_id, title, person_id=person_id, due_on=due_on)


def task_for_restriction(actor, document_id, title, until, person_id):
    """A restriction runs out soon (documents.RestrictionEnding): who set it decides, else it is lifted by itself."""
    if person_id is not None:
        add_task(actor, "document.restriction", "document", document_id, title, person_id=person_id, due_on=until)


def task_for_access(actor, request_id, document_id, title, reason, person_id):
    """Somebody asks for access to a document (documents.AccessAsked)."""
    add_task(actor, "document.access", "access_request", request_id, title, person_id=person_id,
             role=None if person_id else "clerk", detail=reason, document_id=document_id)  # fmt: skip


def access_answered(actor, request_id, document_id, title, answer, person_id):
    """A request for access has its answer (documents.AccessAnswered): who asked is told."""
    for task in open_tasks_about("access_request", request_id):
        finish(actor, task, {}, answer)
    add_task(actor, "document.access_answer", "access_request", request_id, title, person_id=person_id, detail=answer,
             document_id=document_id)  # fmt: skip


def finish_signature_task(actor, request_id, person_id=None):
    """A person has signed, or (without person_id) all have: their tasks are done."""
    for task in open_tasks_about("signature_request", request_id):
        if person_id in (None, task.person_id):
            finish(actor, task, {})


def drop_signature_tasks(actor, request_id, person_id):
    """A signer refused (signing.SignatureRefused): that task is done, and nobody else has to sign any more."""
    finish_signature_task(actor, request_id, person_id)
    close_for(actor, "signature_request", request_id, _("Another signer refused to sign this"))


def task_for_approval(actor, round_id, title, person_id, due_on):
    """Somebody is asked to approve a version (signing.ApprovalAsked)."""
    return add_task(actor, "signing.approve", "approval_round", round_id, title, person_id=person_id, due_on=due_on)


def finish_approval_task(actor, round_id, person_id):
    """An approver has answered (signing.ApprovalAnswered)."""
    for task in open_tasks_about("approval_round", round_id):
        if task.person_id == person_id:
            finish(actor, task, {})


def drop_approval_tasks(actor, round_id, why):
    """Nobody has to answer in this round any more (signing.ApprovalEnded)."""
    close_for(actor, "approval_round", round_id, why)


def task_for_sealed_account(actor, session_id, name):
    """Alarm the auditors: the account kept for emergencies has signed in (every time, so each has its own task)."""
    add_task(SYSTEM, "identity.sealed_used", "sign_in_session", session_id, name, role="auditor", due_on=clock.today())


def task_for_damaged_files(_actor, run_id, number):
    """Alarm IT staff: the check of all files found damaged ones (storage.BlobsDamaged)."""
    title = ngettext("%(num)s stored file is damaged", "%(num)s stored files are damaged", number)
    add_task(SYSTEM, "storage.damaged", "fixity_run", run_id, title, role="it", due_on=clock.today())


def task_for_quarantine(_actor, sha256, cause):
    """Alarm IT staff: a file is in quarantine (storage.BlobQuarantined)."""
    add_task(SYSTEM, "storage.quarantined", "blob", UUID(sha256[:32]), cause, role="it", due_on=clock.today())


def tell(task, everyone=False):
    """Say to the screens of those whose list changes that it did."""
    holder = task.claimed_by_id or task.person_id
    if holder and not everyone:
        people = [holder]
    elif task.role:
        people = [
            person.id
            for person in identity.people_with_role(task.role)
            if task.unit_id is None or person.unit_id == task.unit_id
        ]
    else:
        people = [person.id for person in identity.people_of_unit(task.unit_id)] if task.unit_id else [holder]
    standing_in = identity.substitutes_of([person_id for person_id in people if person_id])
    for person_id in dict.fromkeys([*people, *(one for group in standing_in.values() for one in group)]):
        publish(f"person:{person_id}", "tasks")


def _keys(actor):
    people, roles, units = [], [], []
    for key in actor.keys:
        kind, _colon, value = key.partition(":")
        if kind == "person":
            people.append(UUID(value))
        elif kind == "role":
            roles.append(value)
        elif kind == "unit":
            units.append(UUID(value))
    if not people and actor.person_id:
        people.append(actor.person_id)
    return people, roles, units
