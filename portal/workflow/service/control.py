"""Control of carrying out: documents under control, and the radar of terms that are broken or soon will be (12.5)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import visible_sets
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.i18n import _, date_short
from portal.workflow import policy
from portal.workflow.kinds import kind_name
from portal.workflow.models import ControlMark, Task, TaskState
from portal.workflow.service import resolutions

WITHIN = {"today": 0, "week": 7, "month": 31}
PAGE = 100


@dataclass(frozen=True)
class RadarFilters:
    """What of the radar to show. within: a key of WITHIN; unit, person: ids as text."""

    within: str = "week"
    unit: str = ""
    person: str = ""
    late: bool = False
    controlled: bool = False

    @classmethod
    def from_query(cls, args):
        """Filters out of a URL; what makes no sense is passed over."""
        within = args.get("within")
        return cls(
            within=within if within in WITHIN else "week",
            unit=_id_text(args.get("unit")),
            person=_id_text(args.get("person")),
            late=bool(args.get("late")),
            controlled=bool(args.get("controlled")),
        )

    def to_query(self):
        """The URL's arguments, without what is usual."""
        found = {"within": self.within if self.within != "week" else "", "unit": self.unit, "person": self.person,
                 "late": "1" if self.late else "", "controlled": "1" if self.controlled else ""}  # fmt: skip
        return {key: value for key, value in found.items() if value}


@dataclass(frozen=True)
class RadarLine:
    """One term: of a task, or (task_id None) of a document that nobody was told to carry out."""

    task_id: UUID | None
    document_id: UUID | None
    title: str
    kind: str
    due_on: date
    person_id: UUID | None
    person: str
    unit: str
    controlled: bool

    @property
    def key(self):
        return self.task_id or self.document_id

    @property
    def kind_name(self):
        return kind_name(self.kind) if self.kind else _("Nobody is to carry it out yet")


def radar(actor, filters, after=""):
    """(lines, cursor of the next page or ""): the terms that are broken or will be within the time asked for, latest
    first, in one query. Clerks see those of all documents open to them, heads those of their people, all their own.
    A title that the actor may not see is left out."""
    # each side is cut to the page before they are put together: its index gives it in order
    short = [
        sa.select(side.order_by(due_on, key).limit(PAGE + 1).subquery())
        for side, due_on, key in _sides(actor, filters, after)
    ]
    both = sa.union_all(*short).subquery()
    rows = db.session.execute(sa.select(both).order_by(both.c.due_on, both.c.key).limit(PAGE + 1)).all()
    more = len(rows) > PAGE
    lines = [_line(row) for row in rows[:PAGE]]
    return lines, f"{lines[-1].due_on.isoformat()}_{lines[-1].key}" if more else ""


def radar_by_person(actor, filters):
    """[(unit, person, person's id, how many terms, how many of them broken)], those with most broken first."""
    terms = sa.union_all(*(side for side, _due_on, _key in _sides(actor, filters))).subquery()
    late = sa.func.sum(sa.case((terms.c.due_on < clock.today(), 1), else_=0))
    return db.session.execute(
        sa.select(terms.c.unit, terms.c.given_name, terms.c.family_name, terms.c.person_id, sa.func.count(), late)
        .group_by(terms.c.unit, terms.c.given_name, terms.c.family_name, terms.c.person_id)
        .order_by(late.desc(), sa.func.count().desc(), terms.c.unit, terms.c.family_name)
        .limit(200)
    ).all()


def radar_table(actor, parameters):
    """The radar as a table: its title, heads and rows. parameters: the URL's arguments."""
    audit.record(actor, "control.exported", object_kind="radar", label=_("Terms"), new=dict(parameters))
    heads = [_("Term"), _("Days left"), _("Title"), _("Task"), _("Executor"), _("Unit"), _("Under control")]
    return _("Terms"), heads, _table_rows(actor, RadarFilters.from_query(parameters))


def _table_rows(actor, filters):
    for line in _all_lines(actor, filters):
        yield [date_short(line.due_on), (line.due_on - clock.today()).days, line.title, line.kind_name, line.person,
               line.unit, _("Yes") if line.controlled else ""]  # fmt: skip


def _all_lines(actor, filters):
    after = ""
    while True:
        lines, after = radar(actor, filters, after)
        yield from lines
        if not after:
            return


@dataclass(frozen=True)
class _Reach:
    """What the actor's radar is made of: the tables beside tasks and documents, and what of them the actor controls."""

    person: Any
    unit: Any
    record: Any
    seen: Any
    units: set
    everything: bool
    self_id: Any

    @property
    def holder(self):
        return sa.func.coalesce(Task.claimed_by_id, Task.person_id)

    @property
    def of_unit(self):
        return sa.func.coalesce(self.person.c.unit_id, Task.unit_id)

    @property
    def title(self):
        """Who may not see the document is told its number only (LAW-103)."""
        return sa.case((sa.or_(Task.document_id.is_(None), self.seen), Task.title), else_=self.record.c.number)

    def tasks(self, *columns):
        """SELECT of the open tasks that the actor controls."""
        mine = sa.or_(
            self.holder == self.self_id,
            self.of_unit.in_(self.units),
            sa.and_(Task.document_id.is_not(None), self.seen, self.everything),
        )
        return (
            sa.select(*columns)
            .select_from(Task)
            .outerjoin(self.person, self.person.c.id == self.holder)
            .outerjoin(self.unit, self.unit.c.id == self.of_unit)
            .outerjoin(self.record, self.record.c.id == Task.document_id)
            .where(Task.state == TaskState.OPEN, Task.kind != "control.late", mine)
        )


def _reach(actor):
    record, headed = documents.columns(), resolutions.headed(actor)
    return _Reach(
        identity.person_columns(),
        identity.unit_columns(),
        record,
        record.c.access_set_id.in_(visible_sets(actor)) if not actor.is_system else sa.true(),
        set().union(*(identity.units_under(one.id) for one in headed)) if headed else set(),
        actor.is_system or policy.gives_to_everyone(actor, headed),
        resolutions.self_id(actor),
    )


def controlled_tasks(actor, task_ids):
    """[(Task, its title as the actor may read it)] of those of the tasks that stand on the actor's radar."""
    reach = _reach(actor)
    query = reach.tasks(Task, reach.title).where(Task.id.in_(task_ids)).order_by(Task.due_on, Task.id)
    return list(db.session.execute(query).tuples())


def _sides(actor, filters, after=""):
    """Terms of tasks, and of documents that nobody has a task about: [(SELECT, its term, its key)]."""
    reach = _reach(actor)
    person, unit, record, seen = reach.person, reach.unit, reach.record, reach.seen
    until = clock.today() + timedelta(days=WITHIN[filters.within])
    if filters.late:
        until = clock.today() - timedelta(days=1)
    marked = sa.select(ControlMark.document_id).where(ControlMark.ended_at.is_(None))

    of_tasks = reach.tasks(
        Task.id.label("key"),
        Task.id.label("task_id"),
        Task.document_id.label("document_id"),
        reach.title.label("title"),
        Task.kind.label("kind"),
        Task.due_on.label("due_on"),
        reach.holder.label("person_id"),
        person.c.given_name,
        person.c.family_name,
        reach.of_unit.label("unit_id"),
        unit.c.name.label("unit"),
        Task.document_id.in_(marked).label("controlled"),
    ).where(Task.due_on <= until)
    waiting = sa.select(Task.id).where(Task.document_id == record.c.id, Task.state == TaskState.OPEN)
    of_documents = (
        sa.select(
            record.c.id.label("key"),
            sa.cast(sa.null(), sa.Uuid).label("task_id"),
            record.c.id.label("document_id"),
            record.c.number.concat(" · ").concat(record.c.title).label("title"),
            sa.literal("").label("kind"),
            record.c.due_on.label("due_on"),
            record.c.responsible_id.label("person_id"),
            person.c.given_name,
            person.c.family_name,
            record.c.unit_id.label("unit_id"),
            unit.c.name.label("unit"),
            record.c.id.in_(marked).label("controlled"),
        )
        .outerjoin(person, person.c.id == record.c.responsible_id)
        .outerjoin(unit, unit.c.id == record.c.unit_id)
        .where(
            documents.is_open_condition(record),
            record.c.due_key <= until,
            record.c.case_id.is_(None),  # its case has the tasks
            seen,
            sa.or_(record.c.responsible_id == reach.self_id, record.c.unit_id.in_(reach.units), reach.everything),
            ~waiting.exists(),
        )
    )
    sides = []
    for side, due_on, key, unit_id, person_id, document_id in (
        (of_tasks, Task.due_on, Task.id, reach.of_unit, reach.holder, Task.document_id),
        (of_documents, record.c.due_key, record.c.id, record.c.unit_id, record.c.responsible_id, record.c.id),
    ):
        if filters.unit:
            side = side.where(unit_id == UUID(filters.unit))
        if filters.person:
            side = side.where(person_id == UUID(filters.person))
        if filters.controlled:
            side = side.where(document_id.in_(marked))
        if after:
            side = side.where(_beyond(due_on, key, after))
        sides.append((side, due_on, key))
    return sides


def _beyond(due_on, key, after):
    day, _sep, last = after.partition("_")
    try:
        day, last = date.fromisoformat(day), UUID(last)
    except ValueError as error:
        raise Invalid(_("This page link is damaged; open the list again")) from error
    return sa.or_(due_on > day, sa.and_(due_on == day, key > last))


def _line(row):
    name = f"{row.given_name} {row.family_name}" if row.given_name else ""
    return RadarLine(row.task_id, row.document_id, row.title, row.kind, row.due_on, row.person_id, name,
                     row.unit or "", bool(row.controlled))  # fmt: skip


def _id_text(text):
    try:
        return str(UUID(text or ""))
    except ValueError:
        return ""


# --- under control ---------------------------------------------------------------------------------------------------


def put_under_control(actor, document_id, reason=""):
    """Keep a document in sight until somebody takes it off. Raises Forbidden, NotFound, Conflict."""
    document = documents.get_document(actor, document_id)
    ensure(policy.can_control(actor))
    if not document.is_open:
        raise Conflict(_("The document is not in work"))
    if control_of(document.id) is not None:
        raise Conflict(_("The document stands under control already"))
    mark = ControlMark(document_id=document.id, reason=(reason or "").strip()[:500], since=clock.now(),
                       set_by_id=actor.person_id)  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(mark)
    except IntegrityError as error:
        raise Conflict(_("The document stands under control already")) from error
    audit.record(actor, "control.began", document, reason=mark.reason or None)
    return mark


def end_control(actor, document_id, reason):
    """Take a document off control. Raises Forbidden, NotFound, Conflict, Invalid("reason")."""
    document = documents.get_document(actor, document_id)
    ensure(policy.can_control(actor))
    mark = control_of(document.id)
    if mark is None:
        raise Conflict(_("The document does not stand under control"))
    reason = (reason or "").strip()
    if not reason:
        raise Invalid(_("Say why the document is taken off control"), field="reason")
    mark.ended_at, mark.ended_by_id, mark.end_reason = clock.now(), actor.person_id, reason[:500]
    db.session.flush()
    audit.record(actor, "control.ended", document, reason=reason)
    return mark


def control_of(document_id):
    """The mark under which a document stands now, or None."""
    return db.session.scalar(
        sa.select(ControlMark).where(ControlMark.document_id == document_id, ControlMark.ended_at.is_(None))
    )


def control_marks(document_id):
    """All times under control, oldest first."""
    return db.session.scalars(
        sa.select(ControlMark).where(ControlMark.document_id == document_id).order_by(ControlMark.since)
    ).all()
