"""The journal of security incidents."""

import enum
import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel.db import db, primary_key

ENTER_WITHIN = timedelta(hours=24)  # LAW-154 (MK397 47)
REPORT_WITHIN = timedelta(hours=72)  # a breach of personal data to the supervisory authority (GDPR Art. 33(1))


class IncidentKind(enum.StrEnum):
    """What happened."""

    ACCESS = "access"
    MALWARE = "malware"
    OUTAGE = "outage"
    DATA_LOSS = "data_loss"
    DISCLOSURE = "disclosure"
    OTHER = "other"


class Incident(db.Model):
    """An entry of the journal. It is never changed: what is found later is added as a note, and closing is one."""

    __tablename__ = "incident"
    id: Mapped[uuid.UUID] = primary_key()
    title: Mapped[str] = mapped_column(sa.String(200))
    kind: Mapped[IncidentKind]
    description: Mapped[str]
    personal_data: Mapped[bool] = mapped_column(default=False)
    detected_at: Mapped[datetime]
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    late_reason: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    notes: Mapped[list["IncidentNote"]] = relationship(order_by="IncidentNote.id", lazy="raise_on_sql")

    def __str__(self):
        return self.title

    @property
    def entered_late(self) -> bool:
        """Was it entered more than 24 hours after it was detected?"""
        return self.entered_at - self.detected_at > ENTER_WITHIN

    @property
    def report_by(self) -> datetime | None:
        """Until when the supervisory authority must know of a breach of personal data."""
        return self.detected_at + REPORT_WITHIN if self.personal_data else None


class IncidentNote(db.Model):
    """What was found or done about an incident."""

    __tablename__ = "incident_note"
    id: Mapped[uuid.UUID] = primary_key()
    incident_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("incident.id"), index=True)
    text: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
