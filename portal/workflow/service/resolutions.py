"""Resolutions: what heads order about documents, who carries it out, and the author's answer to it (12.5)."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _, date_short
from portal.workflow import policy
from portal.workflow.models import (
    Executor,
    ExecutorState,
    Extension,
    ExtensionState,
    Order,
    QuickPhrase,
    Resolution,
    ResolutionState,
    Task,
    TaskState,
)
from portal.workflow.service import tasks
from portal.workflow.service.settings import choices

LONGEST_TEXT = 2000
MOST_EXECUTORS = 50
OPEN = (ResolutionState.OPEN, ResolutionState.REPORTED)


@dataclass
class Branch:
    """A resolution in the tree of a document. depth: 0 for one that follows from no other."""

    resolution: Resolution
    depth: int
    extensions: list[Extension] = field(default_factory=list)


# --- reading ---------------------------------------------------------------------------------------------------------


def get_resolution(actor, resolution_id):
    """(resolution, its document). Whoever sees the document sees its resolutions. Raises NotFound."""
    resolution = db.session.get(Resolution, resolution_id)
    if resolution is None:
        raise NotFound(_("There is no such resolution"))
    return resolution, documents.get_document(actor, resolution.document_id)


def get_part(actor, part_id):
    """(executor's part, the document). Raises NotFound."""
    part = db.session.get(Executor, part_id)
    if part is None:
        raise NotFound(_("There is no such resolution"))
    return part, documents.get_document(actor, part.resolution.document_id)


def tree_of(document_id):
    """The resolutions on a document that the caller has shown to the actor, each before those given under it.
    Three queries, whatever their number."""
    rows = list(
        db.session.scalars(
            sa.select(Resolution)
            .where(Resolution.document_id == document_id)
            .options(sa.orm.selectinload(Resolution.executors))
            .order_by(Resolution.written_at, Resolution.id)
        )
    )
    if not rows:
        return []
    asked: dict = {}
    for one in db.session.scalars(
        sa.select(Extension)
        .join(Resolution, Resolution.id == Extension.resolution_id)
        .where(Resolution.document_id == document_id, Extension.state != ExtensionState.UNDONE)
        .order_by(Extension.id)
    ):
        asked.setdefault(one.resolution_id, []).append(one)
    known = {row.id for row in rows}
    below: dict = {}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    branches = []

    def walk(parent_id, depth):
        for row in below.get(parent_id, ()):
            branches.append(Branch(row, depth, asked.get(row.id, [])))
            walk(row.id, depth + 1)

    walk(None, 0)
    return branches


def executors_of(document_ids):
    """Ids of the people who carry out, or have carried out, resolutions on these documents."""
    return set(
        db.session.scalars(
            sa.select(Executor.person_id)
            .join(Resolution, Resolution.id == Executor.resolution_id)
            .where(Resolution.document_id.in_(document_ids), Executor.state != ExecutorState.WITHDRAWN)
        )
    )


@dataclass(frozen=True)
class Execution:
    """How far the resolutions on a document are; due_on: the earliest term that is still open."""

    open: int
    closed: int
    due_on: date | None


def execution_of(document_ids):
    """document id -> Execution, in one query; documents without a resolution are not in it. The caller has asked who
    may see the documents."""
    if not document_ids:
        return {}
    still = Resolution.state.in_(OPEN)
    rows = db.session.execute(
        sa.select(
            Resolution.document_id,
            sa.func.count().filter(still),
            sa.func.count().filter(Resolution.state == ResolutionState.ACCEPTED),
            sa.func.min(Resolution.due_on).filter(still),
        )
        .where(Resolution.document_id.in_(document_ids), Resolution.parent_id.is_(None))
        .group_by(Resolution.document_id)
    )
    return {document_id: Execution(*counted) for document_id, *counted in rows}


def people_in(branches):
    """Ids of all who are named in the tree."""
    found = set()
    for branch in branches:
        row = branch.resolution
        found |= {row.author_id, row.written_by_id, row.closed_by_id}
        found |= {one for part in row.executors for one in (part.person_id, part.done_by_id)}
        found |= {one for asked in branch.extensions for one in (asked.asked_by_id, asked.decided_by_id)}
    return found - {None}


# --- writing ---------------------------------------------------------------------------------------------------------


def may_resolve(actor, document):
    """The verdict on whether the actor may write a resolution on the document."""
    may_assign = documents.may_assign(actor, document)
    called = may_assign or own_part(actor, document.id) or _asked_task(actor, document.id)
    return policy.can_resolve(
        actor, document, heads_units=bool(headed(actor)), may_assign=may_assign, is_called=bool(called)
    )


def executors_for(actor):
    """The people whom the actor may name as executors, by name: heads give to their own units and those below."""
    units_headed = headed(actor)
    everyone = [person for person in identity.list_people(actor) if person.active]
    if policy.gives_to_everyone(actor, units_headed):
        return everyone
    units = set().union(*(identity.units_under(unit.id) for unit in units_headed)) if units_headed else set()
    return [person for person in everyone if person.unit_id in units and person.id != self_id(actor)]


def own_part(actor, document_id):
    """The actor's open part in a resolution on the document: what they give on is nested under it."""
    return db.session.scalar(
        sa.select(Executor)
        .join(Resolution, Resolution.id == Executor.resolution_id)
        .where(
            Resolution.document_id == document_id,
            Resolution.state == ResolutionState.OPEN,
            Executor.person_id == self_id(actor),
            Executor.state == ExecutorState.OPEN,
        )
        .order_by(Executor.id)
        .limit(1)
    )


def term_for(document, parent=None, days=None, due_on=None):
    """(term, rule) of a new resolution: so many working days from today (the day itself is not counted, LAW-111), or a
    date moved to a working day (LAW-112), or without either the term of the resolution above or of the document.
    Raises Invalid naming the field when it would lie in the past or after the term that stands above it."""
    above = parent.due_on if parent else document.due_on
    if days is not None and due_on is not None:
        raise Invalid(_("Give either working days or a date"), field="days")
    if days is not None:
        if days < 1:
            raise Invalid(_("At least one working day"), field="days")
        found, rule, name = clock.add_working_days(clock.today(), days), f"days:{days}", "days"
    elif due_on is not None:
        found, rule, name = clock.next_working_day(due_on), "date", "due_on"
    else:
        return above, f"document:{document.due_rule}" if above and not parent else "parent" if above else ""
    if found < clock.today():
        raise Invalid(_("The date lies in the past"), field=name)
    if above and found > max(above, clock.today()):
        raise Invalid(
            _("The term would be %(date)s; it may not lie after %(above)s, the term of the resolution above",
              date=date_short(found), above=date_short(above))
            if parent
            else _("The term would be %(date)s; it may not lie after %(above)s, the term of the document",
                   date=date_short(found), above=date_short(above)),
            field=name,
        )  # fmt: skip
    return found, rule


def ask_resolution(actor, document_id, person_id, note="", admit=False):
    """Hand a document to a head, who says what is to be done with it: a task for the head.
    admit: puts those who are not on the list of a restricted document on it."""
    document = documents.get_document(actor, document_id)
    ensure(documents.may_assign(actor, document))
    person = identity.get_person(actor, person_id)
    if not person.active:
        raise Invalid(_("The account of this person is closed; choose somebody else"), field="person_id")
    documents.hand_over(actor, document, [person.id], admit=admit)
    tasks.add_task(
        actor,
        "resolution.write",
        "document",
        document.id,
        title_of(document),
        person_id=person.id,
        due_on=document.due_on,
        detail=note,
        document_id=document.id,
    )
    audit.record(actor, "resolution.asked", document, new={"person": person.name}, reason=note or None)
    return document


def write_resolution(
    actor,
    document_id,
    text,
    responsible_id,
    co_ids=(),
    *,
    order=Order.PARALLEL,
    days=None,
    due_on=None,
    phrase=False,
    admit=False,
):
    """Write a resolution on a document. co_ids: co-executors in their order; in a sequence the responsible comes last.
    days, due_on: see `term_for`. phrase: keep the text among the author's quick phrases.
    admit: as in `ask_resolution`. Returns the Resolution.
    Raises Forbidden; Invalid naming the field."""
    document = documents.get_document(actor, document_id)
    ensure(may_resolve(actor, document))
    text = " ".join((text or "").split())
    if not text:
        raise Invalid(_("Say what is to be done"), field="text")
    if len(text) > LONGEST_TEXT:
        raise Invalid(_("At most %(max)s characters; now %(size)s", max=LONGEST_TEXT, size=len(text)), field="text")
    people = _chosen(actor, responsible_id, co_ids)
    part = own_part(actor, document.id)
    parent = part.resolution if part else None
    term, rule = term_for(document, parent, days, due_on)
    resolution = Resolution(
        document_id=document.id,
        parent_id=parent.id if parent else None,
        author_id=self_id(actor),
        written_by_id=actor.person_id,
        text=text,
        order=Order(order),
        due_on=term,
        due_rule=rule,
        written_at=clock.now(),
    )
    resolution.executors = [
        Executor(person_id=person_id, place=place, responsible=place == len(people) - 1)
        for place, person_id in enumerate(people)
    ]
    db.session.add(resolution)
    db.session.flush()
    documents.hand_over(actor, document, people, None if parent else responsible_id, admit)
    names = identity.names_of(people)
    audit.record(
        actor,
        "resolution.written",
        document,
        new={
            "resolution": str(resolution.id),
            "text": text,
            "executors": [names[one] for one in people],
            "due_on": term and term.isoformat(),
            "rule": rule,
        },
    )
    _start(actor, resolution, document)
    asked = _asked_task(actor, document.id)
    if asked is not None:
        tasks.finish(actor, asked, {})
    if phrase:
        keep_phrase(actor, text)
    return resolution


def _chosen(actor, responsible_id, co_ids):
    """Ids of the executors in their order, the responsible one last. Raises Invalid."""
    allowed = {person.id for person in executors_for(actor)}
    if responsible_id not in allowed:
        raise Invalid(_("Choose an executor from the list: heads give resolutions to their own people"),
                      field="responsible_id")  # fmt: skip
    others = list(dict.fromkeys(one for one in co_ids if one != responsible_id))
    if set(others) - allowed or len(others) >= MOST_EXECUTORS:
        raise Invalid(_("Choose co-executors from the list: heads give resolutions to their own people"),
                      field="co_ids")  # fmt: skip
    return [*others, responsible_id]


def _start(actor, resolution, document):
    """Open the parts whose turn it is, with their tasks."""
    parts = [one for one in resolution.executors if one.state == ExecutorState.WAITING]
    if resolution.order == Order.SEQUENTIAL:
        parts = [] if any(one.state == ExecutorState.OPEN for one in resolution.executors) else parts[:1]
    for part in parts:
        part.state = ExecutorState.OPEN
        db.session.flush()
        _task_for(actor, part, document)


def _task_for(actor, part, document, detail=""):
    resolution = part.resolution
    return tasks.add_task(
        actor,
        "resolution.execute",
        "resolution_executor",
        part.id,
        title_of(document),
        person_id=part.person_id,
        due_on=None if resolution.paused_on else resolution.due_on,
        detail=detail or resolution.text,
        document_id=document.id,
    )


# --- carrying out ----------------------------------------------------------------------------------------------------


def report(actor, part_id, note=""):
    """An executor's part is done. The responsible executor's word closes the resolution, when its author need not
    agree, or asks the author to. Raises Forbidden; Conflict while something given on under it is still open."""
    part, document = get_part(actor, part_id)
    ensure(policy.can_report(actor, part))
    return _report(actor, part, document, note)


def _report(actor, part, document, note):
    resolution = part.resolution
    below = db.session.scalar(
        sa.select(Resolution.text)
        .where(
            Resolution.parent_id == resolution.id, Resolution.author_id == part.person_id, Resolution.state.in_(OPEN)
        )
        .limit(1)
    )
    if below is not None:
        raise Conflict(
            _("What you gave on is not closed yet: “%(text)s”. Accept or withdraw it first", text=below[:100])
        )
    part.state, part.note = ExecutorState.DONE, (note or "").strip()
    part.done_at, part.done_by_id = clock.now(), actor.person_id
    db.session.flush()
    for task in tasks.open_tasks_about("resolution_executor", part.id):
        tasks.finish(actor, task, {}, part.note)
    audit.record(actor, "resolution.reported", document, new=_named(resolution, note=part.note))
    if part.responsible:
        resolution.state = ResolutionState.REPORTED
        db.session.flush()
        if choices().accept_needed and resolution.author_id != part.person_id:
            _ask_author(actor, resolution, document, part.note)
        else:
            _close(actor, resolution, document, ResolutionState.ACCEPTED, "")
    else:
        _start(actor, resolution, document)
    return resolution


def _ask_author(actor, resolution, document, note):
    tasks.add_task(
        actor,
        "resolution.accept",
        "resolution",
        resolution.id,
        title_of(document),
        person_id=resolution.author_id,
        due_on=resolution.due_on,
        detail=note or resolution.text,
        document_id=document.id,
    )


def accept(actor, resolution_id, remark="", *, report_on=False):
    """The author agrees that a resolution is carried out. report_on: the author's own part in the resolution above is
    done by it too. The document is done when nothing that was ordered about it is open (a setting).
    Raises Forbidden."""
    resolution, document = get_resolution(actor, resolution_id)
    ensure(policy.can_accept(actor, resolution))
    _close(actor, resolution, document, ResolutionState.ACCEPTED, remark)
    if report_on and resolution.parent_id:
        above = db.session.scalar(
            sa.select(Executor).where(
                Executor.resolution_id == resolution.parent_id, Executor.person_id == resolution.author_id
            )
        )
        if above is not None and policy.can_report(actor, above):
            _report(actor, above, document, remark or resolution.responsible.note)
    return resolution


def send_back(actor, resolution_id, remark):
    """The author does not agree: the responsible executor goes on. Raises Forbidden, Invalid("remark")."""
    resolution, document = get_resolution(actor, resolution_id)
    ensure(policy.can_accept(actor, resolution))
    remark = (remark or "").strip()
    if not remark:
        raise Invalid(_("Say what is still to be done"), field="remark")
    part = resolution.responsible
    resolution.state, resolution.remark, part.state = ResolutionState.OPEN, remark, ExecutorState.OPEN
    db.session.flush()
    for task in tasks.open_tasks_about("resolution", resolution.id):
        tasks.finish(actor, task, {}, remark)
    _task_for(actor, part, document, detail=_("Returned: %(remark)s", remark=remark))
    audit.record(actor, "resolution.returned", document, new=_named(resolution), reason=remark)
    return resolution


def withdraw(actor, resolution_id, reason):
    """Nobody has to carry it out any more, nor what was given on under it. Raises Forbidden, Invalid("reason")."""
    resolution, document = get_resolution(actor, resolution_id)
    ensure(policy.can_manage(actor, resolution, heads_person(actor, resolution.responsible.person_id)))
    reason = (reason or "").strip()
    if not reason:
        raise Invalid(_("Say why the resolution is withdrawn"), field="reason")
    _close(actor, resolution, document, ResolutionState.WITHDRAWN, reason)
    return resolution


def give_to(actor, part_id, person_id, reason="", admit=False):
    """Another person takes an executor's part over. admit: as in `ask_resolution`.
    Raises Forbidden, Invalid("person_id")."""
    part, document = get_part(actor, part_id)
    resolution = part.resolution
    ensure(policy.can_manage(actor, resolution, heads_person(actor, part.person_id)))
    if part.state not in (ExecutorState.OPEN, ExecutorState.WAITING):
        raise Conflict(_("This part of the resolution is finished already"))
    if person_id not in {person.id for person in executors_for(actor)}:
        raise Invalid(
            _("Choose an executor from the list: heads give resolutions to their own people"), field="person_id"
        )
    if person_id in {one.person_id for one in resolution.executors}:
        raise Invalid(_("This person carries out the resolution already"), field="person_id")
    return _give_to(actor, part, document, person_id, reason, admit)


def _give_to(actor, part, document, person_id, reason, admit=False):
    old, part.person_id = part.person_id, person_id
    db.session.flush()
    is_first = part.responsible and part.resolution.parent_id is None
    documents.hand_over(actor, document, [person_id], person_id if is_first else None, admit)
    for task in tasks.open_tasks_about("resolution_executor", part.id):
        tasks.hand_to(actor, task, person_id)
    names = identity.names_of([old, person_id])
    audit.record(actor, "resolution.given_to", document, old={"executor": names.get(old)},
                 new=_named(part.resolution, executor=names.get(person_id)), reason=reason or None)  # fmt: skip
    return part


def _close(actor, resolution, document, state, remark):
    """Close a resolution and all that hangs on it: tasks, open parts, requests, what was given on under it."""
    resolution.state, resolution.remark = state, (remark or "").strip()
    resolution.closed_at, resolution.closed_by_id, resolution.paused_on = clock.now(), actor.person_id, None
    words = _("The resolution is carried out") if state == ResolutionState.ACCEPTED else resolution.remark
    for part in resolution.executors:
        if part.state in (ExecutorState.OPEN, ExecutorState.WAITING):
            part.state = ExecutorState.WITHDRAWN
    db.session.flush()
    documents.team_changed(actor, document)
    waiting = [("resolution", [resolution.id]), ("resolution_executor", [part.id for part in resolution.executors])]
    asked = db.session.scalars(
        sa.select(Extension).where(Extension.resolution_id == resolution.id, Extension.state == ExtensionState.ASKED)
    ).all()
    for one in asked:
        one.state, one.decided_at, one.decided_by_id = ExtensionState.REFUSED, clock.now(), actor.person_id
        one.answer = words
    waiting.append(("resolution_extension", [one.id for one in asked]))
    for kind, ids in waiting:
        for task in _open_tasks(kind, ids):
            if task.kind == "resolution.accept" and state == ResolutionState.ACCEPTED:
                tasks.finish(actor, task, {}, resolution.remark)
            elif task.kind != "resolution.notice":  # the applicant is still to be told
                tasks.close(actor, task, words)
    if state == ResolutionState.ACCEPTED:
        audit.record(actor, "resolution.accepted", document, new=_named(resolution), reason=resolution.remark or None)
    else:
        audit.record(actor, "resolution.withdrawn", document, new=_named(resolution), reason=resolution.remark or None)
    for below in db.session.scalars(
        sa.select(Resolution).where(Resolution.parent_id == resolution.id, Resolution.state.in_(OPEN))
    ).all():
        _close(actor, below, document, ResolutionState.WITHDRAWN, words)
    is_last = state == ResolutionState.ACCEPTED and resolution.parent_id is None and not _any_open(document.id)
    if is_last and choices().finish_document:
        documents.carried_out(actor, document, resolution.responsible.note)


def _any_open(document_id):
    return db.session.scalar(
        sa.select(Resolution.id).where(Resolution.document_id == document_id, Resolution.state.in_(OPEN)).limit(1)
    )


def document_changed(actor, document_id):
    """A document was finished or annulled (documents.DocumentChanged): nobody has to carry its resolutions out."""
    rows = db.session.scalars(
        sa.select(Resolution).where(
            Resolution.document_id == document_id, Resolution.state.in_(OPEN), Resolution.parent_id.is_(None)
        )
    ).all()
    asked = _open_tasks("document", [document_id], "resolution.write")
    if not (rows or asked):
        return
    document = documents.get_document(SYSTEM, document_id)
    if document.is_open:
        return
    for row in rows:
        if row.is_open:
            _close(actor, row, document, ResolutionState.WITHDRAWN, _("The document is closed"))
    for task in asked:
        tasks.close(actor, task, _("The document is closed"))


def person_left(actor, person_id, successor_id):
    """What a person who has left still had to carry out or accept goes to the successor (identity.PersonLeft)."""
    if successor_id is None:
        return
    for resolution in db.session.scalars(
        sa.select(Resolution).where(Resolution.author_id == person_id, Resolution.state.in_(OPEN))
    ).all():
        resolution.author_id = successor_id
    parts = db.session.scalars(
        sa.select(Executor).where(
            Executor.person_id == person_id, Executor.state.in_([ExecutorState.OPEN, ExecutorState.WAITING])
        )
    ).all()
    for part in parts:
        document = documents.get_document(SYSTEM, part.resolution.document_id)
        other = next((one for one in part.resolution.executors if one.person_id == successor_id), None)
        if other is None:
            _give_to(SYSTEM, part, document, successor_id, _("The executor has left"))
        else:
            part.state, other.responsible = ExecutorState.WITHDRAWN, other.responsible or part.responsible
            part.responsible = False
            for task in tasks.open_tasks_about("resolution_executor", part.id):
                tasks.close(actor, task, _("The executor has left"))
            if other.state == ExecutorState.DONE and other.responsible:
                other.state = ExecutorState.OPEN
                _task_for(SYSTEM, other, document)
            _start(SYSTEM, part.resolution, document)
    db.session.flush()


# --- quick phrases ---------------------------------------------------------------------------------------------------


def phrases_of(actor):
    """The actor's quick phrases, or the usual ones while they have kept none: [(id or None, text)]."""
    rows = db.session.execute(
        sa.select(QuickPhrase.id, QuickPhrase.text)
        .where(QuickPhrase.person_id == actor.person_id)
        .order_by(QuickPhrase.id)
    ).all()
    return [tuple(row) for row in rows] or [(None, text) for text in (
        _("For execution"), _("Examine and prepare an answer"), _("Give an opinion"), _("For information"),
    )]  # fmt: skip


def keep_phrase(actor, text):
    """Keep a phrase; the usual ones are kept with the first, so that they do not vanish."""
    text = " ".join((text or "").split())[:300]
    if not text:
        raise Invalid(_("Write the phrase"), field="text")
    known = phrases_of(actor)
    wanted = [one for number, one in known if number is None] + [text]
    have = {one for number, one in known if number is not None}
    db.session.add_all(QuickPhrase(person_id=actor.person_id, text=one) for one in dict.fromkeys(wanted)
                       if one not in have)  # fmt: skip
    db.session.flush()


def drop_phrase(actor, phrase_id):
    """The actor does not need a phrase any more."""
    db.session.execute(
        sa.delete(QuickPhrase).where(QuickPhrase.id == phrase_id, QuickPhrase.person_id == actor.person_id)
    )


# --- for the neighbours in this area ---------------------------------------------------------------------------------


def self_id(actor) -> UUID | None:
    """For whom the actor acts: the person who is stood in for, or themselves."""
    return actor.on_behalf_of_id or actor.person_id


def heads_person(actor, person_id):
    """Does the actor head the unit of the person, or one above it?"""
    units_headed = headed(actor)
    if not units_headed:
        return False
    unit_id = identity.get_person(actor, person_id).unit_id
    return person_id != self_id(actor) and any(unit_id in identity.units_under(unit.id) for unit in units_headed)


def title_of(document):
    """What a task about a document is called: its number and title."""
    return f"{document.number} · {document.title}"


def headed(actor):
    """The units that the actor, or whom they stand in for, is the head of."""
    return identity.units_headed_by(self_id(actor)) if actor.person_id else []


def _asked_task(actor, document_id):
    return next((one for one in _open_tasks("document", [document_id], "resolution.write")
                 if policy.is_mine(actor, one)), None)  # fmt: skip


def _open_tasks(about_kind, ids, kind=None):
    if not ids:
        return []
    asked = sa.select(Task).where(Task.about_kind == about_kind, Task.about_id.in_(ids), Task.state == TaskState.OPEN)
    return db.session.scalars((asked.where(Task.kind == kind) if kind else asked).order_by(Task.id)).all()


def _named(resolution, **more):
    return {"resolution": str(resolution.id), "text": resolution.text[:200]} | more
