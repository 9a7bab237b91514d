"""Bodies that decide (the council, its committees) and who sits in them."""

import enum
import uuid
from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key


class BodyKind(enum.StrEnum):
    COUNCIL = "council"
    COMMITTEE = "committee"


class Body(db.Model):
    """The council or one committee. `seats` is the statutory number of members (LAW-20), not the seats filled."""

    __tablename__ = "council_body"

    id: Mapped[uuid.UUID] = primary_key()
    kind: Mapped[BodyKind]
    name: Mapped[str] = mapped_column(db.String(200))
    short_name: Mapped[str] = mapped_column(db.String(60))
    seats: Mapped[int]
    chair_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    deputy_chair_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    minute_taker_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"), index=True)

    __table_args__ = (
        db.CheckConstraint("seats > 0", name="council_body_has_seats"),
        db.UniqueConstraint("name", name="council_body_name"),
    )

    def __str__(self):
        return self.name

    @property
    def is_committee(self):
        return self.kind == BodyKind.COMMITTEE


class BodyMember(db.Model):
    """One person's seat in a body, from `since` to `until` (both days included; open end: None)."""

    __tablename__ = "council_body_member"

    id: Mapped[uuid.UUID] = primary_key()
    body_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_body.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    since: Mapped[date]
    until: Mapped[date | None]

    __table_args__ = (db.UniqueConstraint("body_id", "person_id", "since", name="council_body_member_once"),)

    @classmethod
    def sitting_on(cls, day):
        """The SQL condition for a seat held on this day."""
        return db.and_(cls.since <= day, db.or_(cls.until.is_(None), cls.until >= day))
