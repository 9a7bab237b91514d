"""What search holds for each object. The database is the truth; the index can be built anew from it at any time."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import db, primary_key


class SearchEntry(db.Model):
    """One object that can be found. `revision` grows with each change; `pending` until the index has that revision.

    A removed entry stays, empty, until the index has forgotten it.
    """

    __tablename__ = "search_entry"
    __table_args__ = (
        sa.UniqueConstraint("kind", "object_id"),
        sa.Index("ix_search_entry_number", "number"),
        sa.Index("ix_search_entry_content", "content_at"),
        # few of many
        sa.Index(
            "ix_search_entry_level",
            "level",
            sqlite_where=sa.text("level <> ''"),
            postgresql_where=sa.text("level <> ''"),
        ),
        sa.Index(
            "ix_search_entry_pending", "id", sqlite_where=sa.text("pending = 1"), postgresql_where=sa.text("pending")
        ),
    )
    id: Mapped[uuid.UUID] = primary_key()
    kind: Mapped[str] = mapped_column(sa.String(40))
    object_id: Mapped[uuid.UUID]
    title: Mapped[str]
    number: Mapped[str] = mapped_column(sa.String(120), default="")
    text: Mapped[str] = mapped_column(default="")
    date: Mapped[date | None]
    unit: Mapped[str] = mapped_column(sa.String(200), default="")
    author: Mapped[str] = mapped_column(sa.String(300), default="", server_default="")
    status: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")  # "kind.state" of its area
    class_name: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    level: Mapped[str] = mapped_column(sa.String(40), default="", server_default="")  # of confidentiality; "" open
    client: Mapped[str] = mapped_column(
        sa.String(80), default="", server_default=""
    )  # the application whose item it is
    url: Mapped[str]
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"), index=True)
    content_at: Mapped[datetime] = mapped_column(default=clock.now)  # when title, number or text last changed
    revision: Mapped[int] = mapped_column(default=1)
    pending: Mapped[bool] = mapped_column(default=True)
    removed: Mapped[bool] = mapped_column(default=False)

    def __str__(self):
        return f"{self.number} {self.title}".strip()


class SynonymGroup(db.Model):
    """Words or phrases that mean the same, as staff have said."""

    __tablename__ = "search_synonyms"
    id: Mapped[uuid.UUID] = primary_key()
    words: Mapped[list]
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    changed_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return ", ".join(self.words)


class SavedSearch(db.Model):
    """A person's query under a name. looked_at: what came later is new to them; tells: they want to hear of it."""

    __tablename__ = "saved_search"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "name"),
        sa.Index("ix_saved_search_tells", "id", sqlite_where=sa.text("tells = 1"), postgresql_where=sa.text("tells")),
    )
    id: Mapped[uuid.UUID] = primary_key()
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(sa.String(100))
    query: Mapped[str] = mapped_column(sa.String(300))
    filters: Mapped[dict] = mapped_column(default=dict)
    tells: Mapped[bool] = mapped_column(default=True)
    looked_at: Mapped[datetime] = mapped_column(default=clock.now)
    told_at: Mapped[datetime | None]

    def __str__(self):
        return self.name


class SavedSearchHit(db.Model):
    """Something new that a saved search has found and its owner has not looked at."""

    __tablename__ = "saved_search_hit"
    saved_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("saved_search.id", ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[uuid.UUID] = mapped_column(
        db.ForeignKey("search_entry.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class RecentSearch(db.Model):
    """What a person has searched for lately; theirs alone."""

    __tablename__ = "recent_search"
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), primary_key=True)
    query: Mapped[str] = mapped_column(sa.String(300), primary_key=True)
    at: Mapped[datetime]


class OutsideItem(db.Model):
    """What another system has put into the index: its own name for it, and how much text it holds. id: that of the
    object in the index. readers: the keys it was opened to, as the system gave them."""

    __tablename__ = "search_outside_item"
    __table_args__ = (sa.UniqueConstraint("client", "kind", "external_id"),)
    id: Mapped[uuid.UUID] = primary_key()
    client: Mapped[str] = mapped_column(sa.String(80))
    kind: Mapped[str] = mapped_column(sa.String(40))
    external_id: Mapped[str] = mapped_column(sa.String(200))
    chars: Mapped[int]
    readers: Mapped[list]
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)

    def __str__(self):
        return f"{self.kind}/{self.external_id}"


class SearchRebuild(db.Model):
    """One building of the index anew, and how far it is: first all records tell what is found of them, then the index
    is written."""

    __tablename__ = "search_rebuild"
    id: Mapped[uuid.UUID] = primary_key()
    asked_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    records: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")

    @property
    def percent(self) -> int:
        """How much of the index is written."""
        return min(100, self.done * 100 // self.total) if self.total else 0

    def __str__(self):
        return str(self.asked_at)
