"""Imports of people: what was read, what it changed, and how to take it back."""

import enum
import json
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import EncryptedText, db, primary_key


class ImportState(enum.StrEnum):
    PREVIEW = "preview"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"


class PeopleImport(db.Model):
    """One import. done: rows worked through, while it is applied or undone; kept: values that undoing left, because
    somebody had changed them since. The rows and the values before it name people: both are kept encrypted, as JSON."""

    __tablename__ = "people_import"
    id: Mapped[uuid.UUID] = primary_key()
    source: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[ImportState] = mapped_column(default=ImportState.PREVIEW)
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    faulty: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    rows_json: Mapped[str] = mapped_column(EncryptedText)
    before_json: Mapped[str | None] = mapped_column(EncryptedText)

    def __str__(self):
        return self.source

    @property
    def rows(self) -> list[dict]:
        return json.loads(self.rows_json)

    @property
    def before(self) -> list[dict]:
        return json.loads(self.before_json or "[]")
