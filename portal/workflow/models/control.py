"""Control of execution: what is watched, when people are reminded, bulk acts that can be undone, calendar feeds."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import EncryptedText, db, primary_key


class ControlMark(db.Model):
    """A document stands under control (kontrolē) until somebody takes it off and says why."""

    __tablename__ = "control_mark"

    id: Mapped[uuid.UUID] = primary_key()
    document_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("document.id"))
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    since: Mapped[datetime] = mapped_column(default=clock.now)
    set_by_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    end_reason: Mapped[str] = mapped_column(sa.String(500), default="")

    __table_args__ = (
        sa.Index("control_mark_document", "document_id"),
        sa.Index(
            "control_mark_one_open",
            "document_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )


class ControlRule(db.Model):
    """When people are told of a kind of task: so many working days before its term, and whether a breach goes to the
    head and to the substitute. kind "": all kinds without a rule of their own."""

    __tablename__ = "control_rule"

    kind: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    remind_days: Mapped[list]
    escalate: Mapped[bool]


class ControlSetting(db.Model):
    """The one row of choices about resolutions."""

    __tablename__ = "control_setting"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    accept_needed: Mapped[bool]  # does the author have to agree that a resolution is carried out?
    finish_document: Mapped[bool]  # is the document done when its last resolution is?


class TaskNotice(db.Model):
    """A reminder or a word of a breach that went out: each once for a task and its term. what: `before:3`, `late`."""

    __tablename__ = "task_notice"

    id: Mapped[uuid.UUID] = primary_key()
    task_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("task.id"))
    due_on: Mapped[date]
    what: Mapped[str] = mapped_column(sa.String(20))
    at: Mapped[datetime] = mapped_column(default=clock.now)

    __table_args__ = (sa.UniqueConstraint("task_id", "due_on", "what", name="task_notice_once"),)


class BulkAct(db.Model):
    """What somebody did to many tasks at once. before: what each was, to put it back."""

    __tablename__ = "bulk_act"

    id: Mapped[uuid.UUID] = primary_key()
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    act: Mapped[str] = mapped_column(sa.String(20))
    count: Mapped[int]
    before: Mapped[list]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    undone_at: Mapped[datetime | None]


class CalendarFeed(db.Model):
    """The secret address at which a person's calendar programme reads their terms and sessions."""

    __tablename__ = "calendar_feed"

    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(EncryptedText)
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    read_at: Mapped[datetime | None]
