"""The one table of tasks."""

import enum
import uuid
from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key
from portal.workflow.kinds import kind_name


class TaskState(enum.StrEnum):
    OPEN = "open"
    DONE = "done"
    CLOSED = "closed"  # nobody has to do it any more; closed_reason says why


class Task(db.Model):
    """A line in somebody's work list: one person's, or of all who hold `role` (in `unit_id`, when given) until one of
    them claims it. ready_id: the engine's id, for the tasks that a flow made. detail: what is asked for, in words;
    document_id: the document that it serves, which decides who else may see the title."""

    __tablename__ = "task"

    id: Mapped[uuid.UUID] = primary_key()
    kind: Mapped[str] = mapped_column(db.String(60))
    about_kind: Mapped[str] = mapped_column(db.String(40))
    about_id: Mapped[uuid.UUID]
    title: Mapped[str] = mapped_column(db.String(500))
    detail: Mapped[str] = mapped_column(db.String(500), default="")
    document_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("document.id"), index=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    role: Mapped[str | None] = mapped_column(db.String(40))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("unit.id"))
    claimed_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    due_on: Mapped[date | None]
    state: Mapped[TaskState] = mapped_column(default=TaskState.OPEN)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    note: Mapped[str | None]
    closed_reason: Mapped[str | None]
    run_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("flow_run.id"), index=True)
    ready_id: Mapped[str | None] = mapped_column(db.String(40))
    version: Mapped[int] = mapped_column()

    __table_args__ = (
        db.Index("task_of_person", "person_id", "state"),
        db.Index("task_claimed", "claimed_by_id", "state"),
        db.Index("task_of_role", "role", "state"),
        db.Index("task_of_unit", "unit_id", "state"),
        db.Index("task_about", "about_kind", "about_id", "kind"),
        # what is due soon, whoever has to do it
        db.Index("task_due", "state", "due_on"),
        db.UniqueConstraint("run_id", "ready_id", name="task_once_per_step"),
        db.CheckConstraint(
            "person_id IS NOT NULL OR role IS NOT NULL OR unit_id IS NOT NULL", name="task_has_somebody"
        ),
    )
    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return self.title

    @property
    def kind_name(self):
        """What the task asks for, in words."""
        return kind_name(self.kind)

    @property
    def is_shared(self):
        """Does it still wait for one of a role or unit to take it?"""
        return self.person_id is None and self.claimed_by_id is None

    @property
    def is_open(self):
        return self.state == TaskState.OPEN
