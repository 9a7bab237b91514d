"""What a session leaves behind: decisions and minutes."""

import enum
import uuid
from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key


class PaperState(enum.StrEnum):
    DRAFT = "draft"
    FINAL = "final"
    SIGNING = "signing"
    SIGNED = "signed"
    REFUSED = "refused"  # the chair refused to sign the decision; the council examines it again (LAW-51)


class Decision(db.Model):
    """An adopted decision of the council. `sign_by_on`: 5 working days (LAW-50), `publish_by_on`: 3 more (LAW-56)."""

    __tablename__ = "decision"

    id: Mapped[uuid.UUID] = primary_key()
    matter_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("matter.id"), unique=True)
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"), index=True)
    year: Mapped[int]
    seq: Mapped[int]
    number: Mapped[str] = mapped_column(db.String(40))
    title: Mapped[str] = mapped_column(db.String(500))
    find_text: Mapped[str]  # number and title in small letters
    text: Mapped[str]
    adopted_on: Mapped[date]
    sign_by_on: Mapped[date]
    signed_at: Mapped[datetime | None]
    publish_by_on: Mapped[date | None]
    document_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    signature_request_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    extract_document_id: Mapped[uuid.UUID | None]
    extract_request_id: Mapped[uuid.UUID | None]
    state: Mapped[PaperState] = mapped_column(default=PaperState.FINAL)

    __table_args__ = (db.UniqueConstraint("year", "seq", name="decision_number"),)

    def __str__(self):
        return self.number


class Minutes(db.Model):
    """The minutes of one session. `body` holds the 13 fields of LAW-53 (shape: service/minutes.py)."""

    __tablename__ = "minutes"

    id: Mapped[uuid.UUID] = primary_key()
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"), unique=True)
    number: Mapped[str] = mapped_column(db.String(40))
    body: Mapped[dict]
    state: Mapped[PaperState] = mapped_column(default=PaperState.DRAFT)
    sign_by_on: Mapped[date]
    signed_at: Mapped[datetime | None]
    publish_by_on: Mapped[date | None]
    document_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    signature_request_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    approval_matter_id: Mapped[uuid.UUID | None]  # the matter by which a later session approves them
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return self.number
