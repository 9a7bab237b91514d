"""What a person likes: which news by which channel, and when not."""

import uuid
from datetime import time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db


class NoticeChoice(db.Model):
    """Whether a person wants news of an event by a channel. Without a row the event's own default holds."""

    __tablename__ = "notice_choice"
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), primary_key=True)
    event: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    channel: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    wanted: Mapped[bool]


class QuietHours(db.Model):
    """Between these hours (Riga's clock; may pass midnight) news of lesser weight waits."""

    __tablename__ = "quiet_hours"
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), primary_key=True)
    since: Mapped[time]
    until: Mapped[time]
