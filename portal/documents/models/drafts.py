"""Drafts and the templates they are made from.

A draft is a table of its own, not a document without number: registers, tallies, the list's orders and what the State
Archives ask for (R282-33) speak of registered documents only, and would have to pass drafts over everywhere. Like every
protected row a draft has an access set, so lists, search and history work for it as for the rest; when it is signed it
becomes a document, which takes over the access."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.documents.models.documents import TITLE_LENGTH, DocumentKind
from portal.kernel import clock
from portal.kernel.db import db, primary_key


class DraftState(enum.StrEnum):
    """Where a draft (projekts) stands."""

    OPEN = "open"
    SIGNING = "signing"
    REGISTERED = "registered"
    CANCELLED = "cancelled"


class Draft(db.Model):
    """A document that is still being written."""

    __tablename__ = "draft"
    __table_args__ = (
        sa.Index("ix_draft_list", "state", "id", "access_set_id"),
        sa.Index("ix_draft_answers", "answers_id"),
    )
    id: Mapped[uuid.UUID] = primary_key()
    title: Mapped[str] = mapped_column(sa.String(TITLE_LENGTH))
    kind: Mapped[DocumentKind]
    addressee: Mapped[str] = mapped_column(sa.String(300), default="")
    state: Mapped[DraftState] = mapped_column(default=DraftState.OPEN)
    latest: Mapped[int] = mapped_column(default=0)  # number of the newest version
    author_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("unit.id"))
    answers_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("document.id"))
    case_id: Mapped[uuid.UUID | None]
    locked_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    locked_at: Mapped[datetime | None]
    document_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("document.id"))
    end_reason: Mapped[str] = mapped_column(default="")  # why it was cancelled, or why the last signer refused
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}

    @property
    def is_open(self):
        """May it still be changed?"""
        return self.state == DraftState.OPEN

    def __str__(self):
        return self.title


class DraftVersion(db.Model):
    """One version of a draft's file; never changed."""

    __tablename__ = "draft_version"
    __table_args__ = (sa.UniqueConstraint("draft_id", "number"),)
    id: Mapped[uuid.UUID] = primary_key()
    draft_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("draft.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(255))
    mime: Mapped[str] = mapped_column(sa.String(200))
    sha256: Mapped[str] = mapped_column(db.ForeignKey("blob.sha256"))
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    text: Mapped[str] = mapped_column(default="", deferred=True)
    html: Mapped[str] = mapped_column(default="", deferred=True)
    comment: Mapped[str] = mapped_column(sa.String(1000), default="")
    added_at: Mapped[datetime] = mapped_column(default=clock.now)
    added_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))

    def __str__(self):
        return f"{self.name} ({self.number})"


class Template(db.Model):
    """A template (veidne) of documents of a kind; its published version is the one that is used."""

    __tablename__ = "document_template"
    id: Mapped[uuid.UUID] = primary_key()
    name: Mapped[str] = mapped_column(sa.String(200))
    kind: Mapped[DocumentKind]
    for_answers: Mapped[bool] = mapped_column(default=False)  # offered first when a letter is answered
    published: Mapped[int | None]
    closed: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return self.name


class TemplateVersion(db.Model):
    """One version of a template's DOCX with the fields that were found in it."""

    __tablename__ = "document_template_version"
    __table_args__ = (sa.UniqueConstraint("template_id", "number"),)
    id: Mapped[uuid.UUID] = primary_key()
    template_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("document_template.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(255))
    sha256: Mapped[str] = mapped_column(db.ForeignKey("blob.sha256"))
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    fields: Mapped[list]
    problem: Mapped[str] = mapped_column(default="")  # why it cannot be published
    added_at: Mapped[datetime] = mapped_column(default=clock.now)
    added_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
