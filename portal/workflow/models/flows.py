"""Flow definitions and their runs."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel.db import db, primary_key


class FlowDefinition(db.Model):
    """One version of a BPMN model. Never changed: a changed model is a new version, and runs keep theirs."""

    __tablename__ = "flow_definition"

    id: Mapped[uuid.UUID] = primary_key()
    key: Mapped[str] = mapped_column(db.String(60))
    version: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(db.String(200))
    xml: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (db.UniqueConstraint("key", "version", name="flow_definition_version"),)

    def __str__(self):
        return f"{self.name} ({self.version})"


class FlowRun(db.Model):
    """One flow going through a definition, about one thing. state: the engine's JSON; trail: what people see of it,
    a list of {"step", "state": "done"|"current", "at": ISO time, "by": name} in the order of the events."""

    __tablename__ = "flow_run"

    id: Mapped[uuid.UUID] = primary_key()
    definition_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("flow_definition.id"))
    about_kind: Mapped[str] = mapped_column(db.String(40))
    about_id: Mapped[uuid.UUID]
    title: Mapped[str] = mapped_column(db.String(500))
    state: Mapped[str]
    trail: Mapped[list] = mapped_column(default=list)
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
