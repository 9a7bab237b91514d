"""Resolutions on documents, those who carry them out, and extensions of their terms."""

import enum
import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel import clock
from portal.kernel.db import db, primary_key


class ResolutionState(enum.StrEnum):
    """Where a resolution stands. REPORTED: the responsible executor says it is done; the author has still to agree."""

    OPEN = "open"
    REPORTED = "reported"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


class ExecutorState(enum.StrEnum):
    """Where one executor's part stands. WAITING: in a sequence, it is not their turn yet."""

    WAITING = "waiting"
    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Order(enum.StrEnum):
    """All executors at once, or one after another with the responsible one last."""

    PARALLEL = "parallel"
    SEQUENTIAL = "sequential"


class Resolution(db.Model):
    """What a head orders about a document. parent_id: the resolution that its author carries out by giving this one
    (nested). due_rule: where the term comes from, `days:5`, `date`, or `document:` and the document's own rule."""

    __tablename__ = "resolution"

    id: Mapped[uuid.UUID] = primary_key()
    document_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("document.id"))
    parent_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("resolution.id"), index=True)
    author_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    written_by_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))  # a substitute, or the author
    text: Mapped[str] = mapped_column(sa.String(2000))
    order: Mapped[Order] = mapped_column(default=Order.PARALLEL)
    due_on: Mapped[date | None]
    due_rule: Mapped[str] = mapped_column(sa.String(40), default="")
    state: Mapped[ResolutionState] = mapped_column(default=ResolutionState.OPEN)
    written_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    remark: Mapped[str] = mapped_column(default="")  # why it was returned, or withdrawn; what was said on accepting it
    paused_on: Mapped[date | None]
    pause_reason: Mapped[str] = mapped_column(sa.String(500), default="")
    days_left: Mapped[int] = mapped_column(default=0)  # working days left when it was paused
    version: Mapped[int] = mapped_column()

    executors: Mapped[list["Executor"]] = relationship(
        back_populates="resolution", order_by="Executor.place", cascade="all, delete-orphan"
    )

    __table_args__ = (sa.Index("resolution_of_document", "document_id", "state"),)
    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return self.text[:200]

    @property
    def is_open(self):
        """Is somebody still to do something about it?"""
        return self.state in (ResolutionState.OPEN, ResolutionState.REPORTED)

    @property
    def responsible(self):
        """The responsible executor (atbildīgais izpildītājs)."""
        return next(one for one in self.executors if one.responsible)


class Executor(db.Model):
    """One person's part in a resolution."""

    __tablename__ = "resolution_executor"

    id: Mapped[uuid.UUID] = primary_key()
    resolution_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("resolution.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    place: Mapped[int]
    responsible: Mapped[bool] = mapped_column(default=False)
    state: Mapped[ExecutorState] = mapped_column(default=ExecutorState.WAITING)
    note: Mapped[str] = mapped_column(default="")
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))

    resolution: Mapped[Resolution] = relationship(back_populates="executors", lazy="joined", innerjoin=True)

    __table_args__ = (sa.UniqueConstraint("resolution_id", "person_id", name="resolution_executor_once"),)


class ExtensionState(enum.StrEnum):
    """What became of a request to extend a term."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    UNDONE = "undone"


class Extension(db.Model):
    """A request for a later term with its reason, and what was decided. rule: the law by which the document's own term
    was extended with it; then the applicant has to be told (LAW-104, LAW-107)."""

    __tablename__ = "resolution_extension"

    id: Mapped[uuid.UUID] = primary_key()
    resolution_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("resolution.id"), index=True)
    old_due_on: Mapped[date | None]
    due_on: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(1000))
    state: Mapped[ExtensionState] = mapped_column(default=ExtensionState.ASKED)
    rule: Mapped[str] = mapped_column(sa.String(20), default="")
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    asked_by_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(sa.String(1000), default="")

    resolution: Mapped[Resolution] = relationship(lazy="joined", innerjoin=True)

    def __str__(self):
        return self.reason[:200]


class QuickPhrase(db.Model):
    """A phrase that a person keeps for their resolutions."""

    __tablename__ = "quick_phrase"

    id: Mapped[uuid.UUID] = primary_key()
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(sa.String(300))

    __table_args__ = (sa.UniqueConstraint("person_id", "text", name="quick_phrase_once"),)

    def __str__(self):
        return self.text
