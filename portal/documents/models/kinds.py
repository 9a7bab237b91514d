"""Kinds of registration: what is written down about a document beside what every document has. Versions are kept."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.documents.models.documents import DocumentKind
from portal.documents.models.registers import Direction
from portal.kernel import clock
from portal.kernel.db import db, primary_key


class FieldType(enum.StrEnum):
    """What may be typed into a field."""

    TEXT = "text"
    DATE = "date"
    MONEY = "money"
    PERSON = "person"
    CHOICE = "choice"


class RegistrationKind(db.Model):
    """One version of a kind. Never changed: a changed kind is a new version, and documents keep the one they were
    registered with. fields: [{"key", "label", "type", "required", "choices"}] in the order of the form."""

    __tablename__ = "registration_kind"
    __table_args__ = (
        sa.UniqueConstraint("key", "version"),
        sa.Index(
            "uq_registration_kind_current",
            "key",
            unique=True,
            sqlite_where=sa.text("is_current = 1"),
            postgresql_where=sa.text("is_current"),
        ),
    )
    id: Mapped[uuid.UUID] = primary_key()
    key: Mapped[str] = mapped_column(sa.String(40))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[DocumentKind]  # what the law makes of it: it decides about the term
    direction: Mapped[Direction]
    registers: Mapped[list]  # codes; the first is offered first
    fields: Mapped[list] = mapped_column(default=list)
    dossier_index: Mapped[str] = mapped_column(sa.String(30), default="")
    place: Mapped[int] = mapped_column(default=0)
    is_current: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))

    def __str__(self):
        return self.name
