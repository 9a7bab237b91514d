"""What the public sees: published papers, what is covered in them, recordings, and the objects of open data."""

import enum
import uuid
from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key


class Redaction(db.Model):
    """Which words of a paper the public does not see, and why; approved ones are never changed, a new one follows.

    `about_kind`: "decision" or "minutes". `covers`: [{"text", "reason"}], empty when nothing is to be covered."""

    __tablename__ = "redaction"

    id: Mapped[uuid.UUID] = primary_key()
    about_kind: Mapped[str] = mapped_column(db.String(20))
    about_id: Mapped[uuid.UUID]
    number: Mapped[int]
    covers: Mapped[list]
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    approved_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    refused_reason: Mapped[str | None] = mapped_column(db.String(500))

    __table_args__ = (db.UniqueConstraint("about_kind", "about_id", "number", name="redaction_number"),)

    def __str__(self):
        return str(self.number)


class Publication(db.Model):
    """A paper as the public has it (LAW-56, 67): what was covered is not in `body` nor in the file, ever.

    `body`: of a decision {"text"}, of minutes their public body. Taken back: `removed_at` with a reason."""

    __tablename__ = "publication"

    id: Mapped[uuid.UUID] = primary_key()
    about_kind: Mapped[str] = mapped_column(db.String(20))
    about_id: Mapped[uuid.UUID]
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"), index=True)
    redaction_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("redaction.id"))
    title: Mapped[str] = mapped_column(db.String(500))
    body: Mapped[dict]
    due_on: Mapped[date | None]  # by when the law wanted it
    published_at: Mapped[datetime]
    published_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    sha256: Mapped[str | None] = mapped_column(db.String(64))  # the file, once a job has drawn it
    size_bytes: Mapped[int | None] = mapped_column(db.BigInteger)
    removed_at: Mapped[datetime | None]
    removed_reason: Mapped[str | None] = mapped_column(db.String(500))

    __table_args__ = (db.UniqueConstraint("about_kind", "about_id", name="publication_once"),)

    def __str__(self):
        return self.title


class Recording(db.Model):
    """The stream of a session and what was recorded of it: a file here, or a link (LAW-16, 52, 57, 58, 66).

    `starts_at`: the moment that the recording's second 0 shows; `remove_by_on`: off the website by then, in the
    latest case; `blank_parts`: the person who publishes has made sure that closed parts are silent (LAW-19)."""

    __tablename__ = "council_recording"

    id: Mapped[uuid.UUID] = primary_key()
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"), unique=True)
    stream_url: Mapped[str | None] = mapped_column(db.String(500))
    link_url: Mapped[str | None] = mapped_column(db.String(500))
    name: Mapped[str | None] = mapped_column(db.String(255))
    mime: Mapped[str | None] = mapped_column(db.String(120))
    sha256: Mapped[str | None] = mapped_column(db.String(64))
    size_bytes: Mapped[int | None] = mapped_column(db.BigInteger)
    starts_at: Mapped[datetime | None]
    added_at: Mapped[datetime | None]
    blank_parts: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime | None]
    remove_by_on: Mapped[date | None] = mapped_column(index=True)
    removed_at: Mapped[datetime | None]

    def __str__(self):
        return self.name or self.link_url or self.stream_url or ""

    @property
    def is_there(self):
        """Whether there is anything to play."""
        return bool(self.sha256 or self.link_url)

    @property
    def is_public(self):
        return self.is_there and self.published_at is not None and self.removed_at is None


class AdditionKind(enum.StrEnum):
    OPINION = "opinion"  # a member's written opinion, filed in time: an inseparable part of the minutes (LAW-55)
    CORRECTION = "correction"  # of a mistake found after signing; the signed text stays as it is


class MinutesAddition(db.Model):
    """What joins minutes after they were signed. Never changed."""

    __tablename__ = "minutes_addition"

    id: Mapped[uuid.UUID] = primary_key()
    minutes_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("minutes.id"), index=True)
    kind: Mapped[AdditionKind]
    matter_n: Mapped[int | None]
    person_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(db.String(160))
    text: Mapped[str]
    filed_at: Mapped[datetime]


class MinutesVersion(db.Model):
    """The minutes' body before a change, with who changed it then."""

    __tablename__ = "minutes_version"

    id: Mapped[uuid.UUID] = primary_key()
    minutes_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("minutes.id"), index=True)
    number: Mapped[int]
    body: Mapped[dict]
    by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    saved_at: Mapped[datetime]

    __table_args__ = (db.UniqueConstraint("minutes_id", "number", name="minutes_version_number"),)


class OpenObject(db.Model):
    """One object of open data (OParl 1.1) as the public may have it; the only source of public pages.

    `data`: the object's fields; what begins with "~/" is an address below ours. `group_id`: the session whose objects
    are compared together, None for bodies and people. `on_at`: what lists are ordered by."""

    __tablename__ = "open_object"

    id: Mapped[uuid.UUID] = mapped_column(db.Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(db.String(20))
    group_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    data: Mapped[dict]
    digest: Mapped[str] = mapped_column(db.String(64))
    find_text: Mapped[str] = mapped_column(default="")
    on_at: Mapped[datetime]
    created: Mapped[datetime]
    modified: Mapped[datetime]
    deleted: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        db.Index("open_object_list", "kind", "id"),
        db.Index("open_object_changes", "kind", "modified"),
        db.Index("open_object_order", "kind", "on_at", "id"),
    )
