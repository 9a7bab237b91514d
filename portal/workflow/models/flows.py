"""Flow definitions, the rules that choose one, and the runs with their steps."""

import enum
import uuid
from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel.db import db, primary_key

NO_DATE = date(9999, 12, 31)  # sorts what has no term behind all others


class Flow(db.Model):
    """A flow as staff work on it: the draft. steps: the list it was made of, None when it is drawn."""

    __tablename__ = "flow"

    id: Mapped[uuid.UUID] = primary_key()
    key: Mapped[str] = mapped_column(db.String(60), unique=True)
    name: Mapped[str] = mapped_column(db.String(200))
    purpose: Mapped[str] = mapped_column(default="")
    xml: Mapped[str]
    steps: Mapped[list | None] = mapped_column(db.JSON(none_as_null=True))
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return self.name


class FlowDefinition(db.Model):
    """One published version of a BPMN model. Its model is never changed: a changed model is a new version, and runs
    keep theirs. Taken back, it serves only the runs that began with it."""

    __tablename__ = "flow_definition"

    id: Mapped[uuid.UUID] = primary_key()
    key: Mapped[str] = mapped_column(db.String(60))
    version: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(db.String(200))
    xml: Mapped[str]
    steps: Mapped[list | None] = mapped_column(db.JSON(none_as_null=True))
    created_at: Mapped[datetime]
    published_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]

    __table_args__ = (db.UniqueConstraint("key", "version", name="flow_definition_version"),)

    def __str__(self):
        return f"{self.name} ({self.version})"


class FlowRun(db.Model):
    """One flow going through a definition, about one thing. state: the engine's JSON; parts: the definitions of the
    flows it calls, by key; trail: what people see of it, a list of {"step", "state": "done"|"current", "at": ISO time,
    "by": name} in the order of the events. Without an access set only the system and its own tasks know it."""

    __tablename__ = "flow_run"

    id: Mapped[uuid.UUID] = primary_key()
    definition_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("flow_definition.id"))
    about_kind: Mapped[str] = mapped_column(db.String(40))
    about_id: Mapped[uuid.UUID]
    title: Mapped[str] = mapped_column(db.String(500))
    state: Mapped[str]
    parts: Mapped[dict | None]
    trail: Mapped[list] = mapped_column(default=list)
    starter_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    access_set_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("access_set.id"), index=True)
    started_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    closed_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column()

    definition: Mapped[FlowDefinition] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        db.Index("flow_run_about", "about_kind", "about_id"),
        # one unfinished flow about a thing: an event that comes twice cannot start a second
        db.Index(
            "flow_run_one_open",
            "about_kind",
            "about_id",
            unique=True,
            sqlite_where=db.text("done_at IS NULL"),
            postgresql_where=db.text("done_at IS NULL"),
        ),
    )
    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return self.title

    @property
    def is_open(self):
        return self.done_at is None


class StepKind(enum.StrEnum):
    """What an occurrence of a step waits for."""

    TASK = "task"
    ACT = "act"
    TIMER = "timer"
    MESSAGE = "message"


class FlowStep(db.Model):
    """One occurrence of a step in a run, from when the run came to it. step: its id in the model, with the key of the
    called flow before it. place: 0 with a problem, else 1, so that what is stuck stands first. about_id: what an
    automatic step made and now waits for (a signature request, a matter)."""

    __tablename__ = "flow_step"

    id: Mapped[uuid.UUID] = primary_key()
    run_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("flow_run.id"), index=True)
    flow_key: Mapped[str] = mapped_column(db.String(60))
    ready_id: Mapped[str] = mapped_column(db.String(40))
    step: Mapped[str] = mapped_column(db.String(160))
    name: Mapped[str] = mapped_column(db.String(300))
    kind: Mapped[StepKind]
    act: Mapped[str] = mapped_column(db.String(20), default="")
    place: Mapped[int] = mapped_column(default=1)
    problem: Mapped[str | None]
    started_at: Mapped[datetime]
    due_on: Mapped[date | None]
    due_key: Mapped[date] = mapped_column(default=NO_DATE)
    fires_at: Mapped[datetime | None]
    about_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(db.String(200))
    outcome: Mapped[str | None] = mapped_column(db.String(100))
    note: Mapped[str | None]

    run: Mapped[FlowRun] = relationship()

    __table_args__ = (
        db.UniqueConstraint("run_id", "ready_id", name="flow_step_once"),
        db.Index("flow_step_open", "done_at", "place", "due_key", "id"),
        db.Index("flow_step_timers", "kind", "done_at", "fires_at"),
        db.Index("flow_step_times", "flow_key", "done_at"),
    )

    def __str__(self):
        return self.name


class FlowRule(db.Model):
    """Which flow a newly registered document goes through: the first rule in order that fits. Empty fits everything."""

    __tablename__ = "flow_rule"

    id: Mapped[uuid.UUID] = primary_key()
    place: Mapped[int] = mapped_column()
    flow_key: Mapped[str] = mapped_column(db.String(60))
    kind: Mapped[str] = mapped_column(db.String(40), default="")
    register: Mapped[str] = mapped_column(db.String(40), default="")
    keyword: Mapped[str] = mapped_column(db.String(200), default="")
    sender: Mapped[str] = mapped_column(db.String(200), default="")


class FlowAction(db.Model):
    """Something to be done that no document asks for: what a flow without a document is about (7.2)."""

    __tablename__ = "flow_action"

    id: Mapped[uuid.UUID] = primary_key()
    title: Mapped[str] = mapped_column(db.String(500))
    details: Mapped[str] = mapped_column(default="")
    case_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"))

    def __str__(self):
        return self.title
