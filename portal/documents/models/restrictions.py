"""Restricted access (ierobežota pieejamība): grounds, levels, and who knows the duty of secrecy (LAW-100..103)."""

import enum
import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import db, primary_key


class Ground(enum.StrEnum):
    """Grounds that the Freedom of Information Law knows (LAW-102)."""

    LAW = "law"
    INTERNAL = "internal"
    TRADE_SECRET = "trade_secret"  # noqa: S105 - a word of the law
    PRIVATE_LIFE = "private_life"
    EVALUATION = "evaluation"
    NATO_LIMITE = "nato_limite"


# the other grounds end within a year (LAW-101)
WITHOUT_TERM = (Ground.LAW, Ground.TRADE_SECRET)


class AccessLevel(enum.StrEnum):
    """How closely a restricted document is held. Which roles open it beside the people named is a setting."""

    RESTRICTED = "restricted"
    CONFIDENTIAL = "confidential"


class Restriction(db.Model):
    """A restriction of a document: ground, who set it and until when; kept after it was lifted."""

    __tablename__ = "document_restriction"
    __table_args__ = (
        sa.Index(
            "uq_document_restriction_active",
            "document_id",
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        ),
        sa.Index("ix_document_restriction_until", "until"),
    )
    id: Mapped[uuid.UUID] = primary_key()
    document_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("document.id"), index=True)
    ground: Mapped[Ground]
    level: Mapped[AccessLevel]
    basis: Mapped[str] = mapped_column(sa.String(300))  # the law and section, or the order
    # what the case's team alone has put on the list; None when the list does not follow the case
    team: Mapped[list | None] = mapped_column(sa.JSON(none_as_null=True))
    set_on: Mapped[date]
    until: Mapped[date | None]
    set_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    former_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"))  # who saw it before
    asked_on: Mapped[date | None]  # when it was asked whether to go on
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    lift_reason: Mapped[str] = mapped_column(default="")


class RequestState(enum.StrEnum):
    """What became of a request for access."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"


class AccessRequest(db.Model):
    """Somebody who does not see a document asks to (LAW-103); one open request of a person about a document."""

    __tablename__ = "access_request"
    __table_args__ = (
        sa.Index(
            "uq_access_request_open",
            "document_id",
            "person_id",
            unique=True,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        ),
    )
    id: Mapped[uuid.UUID] = primary_key()
    document_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("document.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(sa.String(500))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    state: Mapped[RequestState] = mapped_column(default=RequestState.OPEN)
    until: Mapped[date | None]
    answer: Mapped[str] = mapped_column(sa.String(500), default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))


class LevelRole(db.Model):
    """A role that opens documents of a level."""

    __tablename__ = "access_level_role"
    level: Mapped[AccessLevel] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(40), primary_key=True)


class SecrecyConfirmation(db.Model):
    """A person has confirmed in writing that they know the duty of secrecy (LAW-103)."""

    __tablename__ = "secrecy_confirmation"
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), primary_key=True)
    confirmed_at: Mapped[datetime] = mapped_column(default=clock.now)
