"""Bodies that decide (the council, its committees) and who sits in them."""

import enum
import uuid
from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key


class BodyKind(enum.StrEnum):
    COUNCIL = "council"
    COMMITTEE = "committee"
    COMMISSION = "commission"
    WORKING_GROUP = "working_group"


class Office(enum.StrEnum):
    """What somebody does in a body beside voting. Chair and deputy chair are members; the others need not be."""

    CHAIR = "chair"
    DEPUTY_CHAIR = "deputy_chair"
    SECRETARY = "secretary"
    MINUTE_TAKER = "minute_taker"


class Body(db.Model):
    """The council, a committee, a commission or a working group. `seats` is the statutory number of members (LAW-20),
    not the seats filled. Who holds an office today stands here too, as `OfficeHeld` says."""

    __tablename__ = "council_body"

    id: Mapped[uuid.UUID] = primary_key()
    kind: Mapped[BodyKind]
    name: Mapped[str] = mapped_column(db.String(200))
    short_name: Mapped[str] = mapped_column(db.String(60))
    seats: Mapped[int]
    chair_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    deputy_chair_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    minute_taker_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    is_finance: Mapped[bool] = mapped_column(default=False, server_default=db.false())  # LAW-59, 60
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"), index=True)

    __table_args__ = (
        db.CheckConstraint("seats > 0", name="council_body_has_seats"),
        db.UniqueConstraint("name", name="council_body_name"),
    )

    def __str__(self):
        return self.name

    @property
    def is_committee(self):
        """Whether it works as committees do: all but the council; commissions and groups have no law of their own."""
        return self.kind != BodyKind.COUNCIL


class Dated:
    """What holds from one day to another: both included, an open end is None."""

    since: Mapped[date]
    until: Mapped[date | None]

    @classmethod
    def held_on(cls, day):
        """The SQL condition for what holds on this day."""
        return db.and_(cls.since <= day, db.or_(cls.until.is_(None), cls.until >= day))


class BodyMember(Dated, db.Model):
    """One person's seat in a body. `replaces_id`: whose seat it is while that member is away, or has left."""

    __tablename__ = "council_body_member"

    id: Mapped[uuid.UUID] = primary_key()
    body_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_body.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    replaces_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    end_reason: Mapped[str | None] = mapped_column(db.String(200))

    __table_args__ = (db.UniqueConstraint("body_id", "person_id", "since", name="council_body_member_once"),)

    @classmethod
    def sitting_on(cls, day):
        """The SQL condition for a seat held on this day."""
        return cls.held_on(day)


class OfficeHeld(Dated, db.Model):
    """An office of a body and who held, holds or will hold it."""

    __tablename__ = "council_office"

    id: Mapped[uuid.UUID] = primary_key()
    body_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_body.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    office: Mapped[Office]

    __table_args__ = (db.UniqueConstraint("body_id", "office", "since", name="council_office_once"),)


class Faction(Dated, db.Model):
    """Members of the council who act together (frakcija)."""

    __tablename__ = "council_faction"

    id: Mapped[uuid.UUID] = primary_key()
    name: Mapped[str] = mapped_column(db.String(120))

    def __str__(self):
        return self.name


class FactionMember(Dated, db.Model):
    """Who belongs to a faction; a person is in one at a time."""

    __tablename__ = "council_faction_member"

    id: Mapped[uuid.UUID] = primary_key()
    faction_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_faction.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)

    __table_args__ = (db.UniqueConstraint("person_id", "since", name="council_faction_member_once"),)


class Convocation(Dated, db.Model):
    """A council as it was elected (sasaukums). `seats`: how many deputies the election law gives it."""

    __tablename__ = "council_convocation"

    id: Mapped[uuid.UUID] = primary_key()
    body_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_body.id"), index=True)
    name: Mapped[str] = mapped_column(db.String(120))
    seats: Mapped[int]

    __table_args__ = (db.UniqueConstraint("body_id", "since", name="council_convocation_once"),)

    def __str__(self):
        return self.name
