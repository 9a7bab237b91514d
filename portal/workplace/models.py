"""Versions of what people look at first, and the origins that may embed it."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key
from portal.kernel.i18n import _l


class Board(enum.Enum):
    """What is configured and kept in versions."""

    NAVIGATION = "navigation"
    LOOK = "look"
    BANNERS = "banners"

    @property
    def words(self):
        return {"navigation": _l("Navigation"), "look": _l("Look and headers"), "banners": _l("Banners")}[self.value]


class VersionState(enum.Enum):
    """A draft is seen in the preview only; one version of a board is in force."""

    DRAFT = "draft"
    CURRENT = "current"
    PAST = "past"


class ShellVersion(db.Model):
    """One version of a board. Versions are never changed: taking back publishes an old content anew."""

    __tablename__ = "shell_version"
    __table_args__ = (
        sa.UniqueConstraint("board", "number"),
        sa.Index(
            "uq_shell_version_current",
            "board",
            unique=True,
            sqlite_where=sa.text("state = 'current'"),
            postgresql_where=sa.text("state = 'current'"),
        ),
        sa.Index(
            "uq_shell_version_draft",
            "board",
            unique=True,
            sqlite_where=sa.text("state = 'draft'"),
            postgresql_where=sa.text("state = 'draft'"),
        ),
    )
    id: Mapped[uuid.UUID] = primary_key()
    board: Mapped[Board]
    number: Mapped[int | None]  # a draft has none yet
    state: Mapped[VersionState]
    based_on: Mapped[int] = mapped_column(default=0)
    content: Mapped[dict]
    note: Mapped[str] = mapped_column(sa.String(300))
    made_at: Mapped[datetime]
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))

    def __str__(self):
        return f"{self.board.words}, {self.number}" if self.number else str(self.board.words)


class EmbedOrigin(db.Model):
    """An application's origin (`https://app.example.lv`) whose pages may show the bar; ended ones stay as a record."""

    __tablename__ = "embed_origin"
    id: Mapped[uuid.UUID] = primary_key()
    origin: Mapped[str] = mapped_column(sa.String(200), index=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    def __str__(self):
        return self.origin
