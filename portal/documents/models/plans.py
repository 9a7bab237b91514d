"""Filing plans (classification schemes), their dossiers, and imports of rows."""

import enum
import re
import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import db, primary_key


class PlanState(enum.StrEnum):
    """Where a filing plan stands."""

    DRAFT = "draft"
    AGREED = "agreed"
    IN_FORCE = "in_force"
    CLOSED = "closed"


PLAN_MOVES = {
    PlanState.DRAFT: {PlanState.AGREED},
    PlanState.AGREED: {PlanState.DRAFT, PlanState.IN_FORCE},
    PlanState.IN_FORCE: {PlanState.CLOSED},
    PlanState.CLOSED: set(),
}


class Retention(enum.StrEnum):
    """How long a dossier is kept (LAW-95; AL 1 p. 19, 22: long means more than ten years)."""

    PERMANENT = "permanent"
    YEARS = "years"
    EVENT = "event"  # so many years after something happens


class Carrier(enum.StrEnum):
    """On what documents are kept; both: a hybrid dossier (R282-7)."""

    ELECTRONIC = "electronic"
    PAPER = "paper"
    BOTH = "both"


class FilingPlan(db.Model):
    """The classification scheme of a records period, usually a calendar year (R282-1, R282-27)."""

    __tablename__ = "filing_plan"
    id: Mapped[uuid.UUID] = primary_key()
    year: Mapped[int] = mapped_column(unique=True)
    state: Mapped[PlanState] = mapped_column(default=PlanState.DRAFT)
    agreed_on: Mapped[date | None]
    # the Archive's decision, or why none is needed (R282-28)
    agreed_note: Mapped[str] = mapped_column(sa.String(300), default="")
    copied_from_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("filing_plan.id"))
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}

    def may_become(self, state):
        """Is the move in the table of moves?"""
        return state in PLAN_MOVES[self.state]

    def __str__(self):
        return str(self.year)


class Dossier(db.Model):
    """A row of the plan: a level (function, process) or a dossier (lieta) that documents go into (R282-20..23)."""

    __tablename__ = "dossier"
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "index"),
        sa.Index("ix_dossier_plan_place", "plan_id", "place_key"),
    )
    id: Mapped[uuid.UUID] = primary_key()
    plan_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("filing_plan.id"))
    index: Mapped[str] = mapped_column(sa.String(30))
    place_key: Mapped[str] = mapped_column(sa.String(120))  # the index as it is sorted; kept by _derive
    title: Mapped[str] = mapped_column(sa.String(500))
    is_level: Mapped[bool] = mapped_column(default=False)
    retention: Mapped[Retention | None]
    retention_years: Mapped[int | None]
    retention_event: Mapped[str] = mapped_column(sa.String(200), default="")
    retention_ground: Mapped[str] = mapped_column(sa.String(300), default="")  # R282-25
    review: Mapped[str] = mapped_column(sa.String(2), default="")  # EK or AI (R282-26)
    unit_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("unit.id"))
    carrier: Mapped[Carrier | None]
    system: Mapped[str] = mapped_column(sa.String(200), default="")
    restriction: Mapped[str] = mapped_column(sa.String(300), default="")  # legal basis and time (R282-13)
    notes: Mapped[str] = mapped_column(sa.String(500), default="")
    runs_on: Mapped[bool] = mapped_column(default=False)  # a matter of several years (R282-2, LAW-97)
    closed_on: Mapped[date | None]
    event_on: Mapped[date | None]  # when what the term waits for happened
    gone_on: Mapped[date | None]  # its documents were destroyed
    handed_over_on: Mapped[date | None]  # the National Archive took a copy
    continues_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("dossier.id"))
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}

    @property
    def depth(self):
        """How deep in the levels the row stands, by its index: 0 for a function or top unit."""
        return len(index_parts(self.index)) - 1

    def __str__(self):
        return f"{self.index} {self.title}"


def index_parts(index):
    """The pieces of an index: 1-15, 1.6 and A.2.6 are made of levels and a number, whatever divides them."""
    return [piece for piece in re.split(r"[.\-/]", index) if piece]


def place_key(index):
    """An index as it is sorted, code point by code point: 1-2 before 1-10, a level before what is in it, numbers before
    letters."""
    pieces = index_parts(index.casefold())
    return "".join((piece.zfill(8) if piece.isdigit() else f"_{piece}") + "!" for piece in pieces)[:120]


@sa.event.listens_for(Dossier, "before_insert")
@sa.event.listens_for(Dossier, "before_update")
def _derive(_mapper, _connection, dossier):
    dossier.place_key = place_key(dossier.index)


class ImportState(enum.StrEnum):
    """Where an import of rows stands."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    APPLIED = "applied"


class PlanImport(db.Model):
    """A table of rows for a plan: read by a job, shown with its errors, then applied.
    rows: [{"line", "values", "errors", "act": "add"|"change"|"same"|"error", "changes": {field: [old, new]}}]."""

    __tablename__ = "filing_plan_import"
    id: Mapped[uuid.UUID] = primary_key()
    plan_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("filing_plan.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    sha256: Mapped[str] = mapped_column(db.ForeignKey("blob.sha256"))
    state: Mapped[ImportState] = mapped_column(default=ImportState.WAITING)
    problem: Mapped[str] = mapped_column(default="")
    rows: Mapped[list] = mapped_column(default=list)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))

    def __str__(self):
        return self.name
