"""Who stands in for whom, and when."""

import uuid
from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key


class Substitution(db.Model):
    """`substitute_id` may act for `person_id` from a day until a day, both inclusive; ended_at: taken back before."""

    __tablename__ = "substitution"
    __table_args__ = (
        db.Index("ix_substitution_of", "person_id", "until"),
        db.Index("ix_substitution_by", "substitute_id", "until"),
    )
    id: Mapped[uuid.UUID] = primary_key()
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    substitute_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    since: Mapped[date]
    until: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    def holds_on(self, day: date) -> bool:
        """May the substitute act on this day?"""
        return self.ended_at is None and self.since <= day <= self.until
