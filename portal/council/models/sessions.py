"""Sessions of a body: when, where, who came."""

import enum
import uuid
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.council.models.bodies import Body
from portal.council.rules import Requester
from portal.kernel import clock
from portal.kernel.db import db, primary_key
from portal.kernel.i18n import _


class SessionKind(enum.StrEnum):
    REGULAR = "regular"
    EXTRAORDINARY = "extraordinary"
    REPEAT = "repeat"


class SessionState(enum.StrEnum):
    PLANNED = "planned"
    INVITED = "invited"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


MOVES = {
    SessionState.PLANNED: {SessionState.INVITED},
    SessionState.INVITED: {SessionState.OPEN, SessionState.CLOSED},
    SessionState.OPEN: {SessionState.PAUSED, SessionState.CLOSED},
    SessionState.PAUSED: {SessionState.OPEN, SessionState.CLOSED},
    SessionState.CLOSED: set(),
}


class SessionTemplate(db.Model):
    """What a body's usual session looks like: day, hour, place, standing agenda items (list of titles)."""

    __tablename__ = "council_session_template"

    id: Mapped[uuid.UUID] = primary_key()
    body_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_body.id"), unique=True)
    weekday: Mapped[int]  # 0 Monday … 6 Sunday
    starts_at: Mapped[time]  # local time, Europe/Riga
    place: Mapped[str] = mapped_column(db.String(300))
    standing_items: Mapped[list]


# The committees that sit together with the one that leads a joint session (LAW-69).
session_body = db.Table(
    "council_session_body",
    db.Column("session_id", db.ForeignKey("council_session.id"), primary_key=True),
    db.Column("body_id", db.ForeignKey("council_body.id"), primary_key=True, index=True),
)


class Session(db.Model):
    """One session. `repeat_no` is 0 for a first session, 1 for its repeat, 2 for the second repeat (LAW-23, 25)."""

    __tablename__ = "council_session"

    id: Mapped[uuid.UUID] = primary_key()
    body_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_body.id"), index=True)
    kind: Mapped[SessionKind]
    number: Mapped[int]
    year: Mapped[int]
    place: Mapped[str] = mapped_column(db.String(300))
    planned_at: Mapped[datetime] = mapped_column(index=True)
    invited_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_reason: Mapped[str | None]
    remote: Mapped[bool] = mapped_column(default=False)
    open_to_public: Mapped[bool] = mapped_column(default=True)
    closed_ground: Mapped[str | None]  # why the session is not public (LAW-17)
    urgency: Mapped[str | None]  # justification of an extraordinary session (LAW-6)
    repeat_of_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("council_session.id"), unique=True)
    repeat_no: Mapped[int] = mapped_column(default=0)
    extraordinary: Mapped[bool] = mapped_column(default=False)  # also the repeat of an extraordinary session
    without_quorum: Mapped[bool] = mapped_column(default=False)  # closed because too few members came (LAW-22)
    agenda_document_id: Mapped[uuid.UUID | None]
    drafts_public_at: Mapped[datetime | None]  # when the drafts of its agenda were first published (LAW-5)
    late_ground: Mapped[str | None] = mapped_column(
        db.String(500)
    )  # why something came after its term (LAW-3, 4, 5, 8)
    state: Mapped[SessionState] = mapped_column(default=SessionState.PLANNED)
    chair_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    minute_taker_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    current_matter_id: Mapped[uuid.UUID | None] = mapped_column(
        db.ForeignKey("matter.id", use_alter=True, name="council_session_current_matter")
    )
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"), index=True)
    joint: Mapped[bool] = mapped_column(
        default=False, server_default=db.false()
    )  # whether other committees sit with this one (LAW-69)
    requested_by: Mapped[Requester | None]  # of a committee's extraordinary session; None: its chair (LAW-68)
    requested_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    body: Mapped[Body] = relationship(lambda: Body, lazy="joined", innerjoin=True)
    others: Mapped[list[Body]] = relationship(lambda: Body, secondary=session_body, order_by=lambda: Body.name)

    __table_args__ = (db.UniqueConstraint("body_id", "year", "number", name="council_session_number"),)
    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return f"{self.body.short_name} {self.number}/{self.year}"

    @property
    def title(self):
        """Body, kind and number, in the reader's language."""
        if self.joint:
            number = f"{self.number}/{self.year}"
            names = ", ".join(body.short_name for body in self.bodies)
            return _("Joint session of committees (%(names)s) No. %(number)s", names=names, number=number)
        words = {
            SessionKind.REGULAR: _("%(body)s: regular session No. %(number)s/%(year)s"),
            SessionKind.EXTRAORDINARY: _("%(body)s: extraordinary session No. %(number)s/%(year)s"),
            SessionKind.REPEAT: _("%(body)s: repeat session No. %(number)s/%(year)s"),
        }
        return words[self.kind] % {"body": self.body.short_name, "number": self.number, "year": self.year}

    @property
    def bodies(self):
        """The bodies that sit, the one that leads first."""
        return [self.body, *self.others] if self.joint else [self.body]

    @property
    def is_council_extraordinary(self):
        """What the law says of the council's extraordinary sessions does not bind the committees' (LAW-6..8, 68)."""
        return self.extraordinary and not self.body.is_committee

    @property
    def is_open(self):
        return self.state == SessionState.OPEN

    @property
    def is_closed(self):
        return self.state == SessionState.CLOSED

    def may_become(self, state):
        """Whether the table of moves allows this next state."""
        return state in MOVES[self.state]


class AttendanceWay(enum.StrEnum):
    """How a stay was noted: by the member's tablet, at the desk, or as taking part from afar (LAW-28, 29)."""

    TABLET = "tablet"
    DESK = "desk"
    REMOTE = "remote"


class Attendance(db.Model):
    """One stay of a member in the room: arrived, and left when it is over. Several a session for who goes and comes."""

    __tablename__ = "council_attendance"

    id: Mapped[uuid.UUID] = primary_key()
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"), index=True)
    member_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    arrived_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    way: Mapped[AttendanceWay] = mapped_column(default=AttendanceWay.TABLET)
    remote_reason: Mapped[str | None] = mapped_column(db.String(300))  # why from afar, which the chair allowed (LAW-28)

    __table_args__ = (
        db.Index(
            "council_attendance_one_stay",
            "session_id",
            "member_id",
            unique=True,
            sqlite_where=db.text("left_at IS NULL"),
            postgresql_where=db.text("left_at IS NULL"),
        ),
    )


class Absence(db.Model):
    """Why a member does not come, when the member said so (LAW-53, field 6)."""

    __tablename__ = "council_absence"

    id: Mapped[uuid.UUID] = primary_key()
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"))
    member_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(db.String(300))

    __table_args__ = (db.UniqueConstraint("session_id", "member_id", name="council_absence_once"),)


class SessionBreak(db.Model):
    """A break: announced for so many minutes, with its reason; without an end while it lasts (LAW-22)."""

    __tablename__ = "council_break"

    id: Mapped[uuid.UUID] = primary_key()
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"), index=True)
    began_at: Mapped[datetime]
    minutes: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(db.String(300))
    ended_at: Mapped[datetime | None]

    @property
    def until(self):
        """When the session goes on; None when that was not said."""
        return self.began_at + timedelta(minutes=self.minutes) if self.minutes else None


class ClosedPart(db.Model):
    """A part of a session without the public: the stream stops and the recording is not published (LAW-17, 19)."""

    __tablename__ = "council_closed_part"

    id: Mapped[uuid.UUID] = primary_key()
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"), index=True)
    matter_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("matter.id"))
    ground: Mapped[str] = mapped_column(db.String(40))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    def covers(self, moment):
        """Whether the public was out at this moment, None for what has not happened."""
        return moment is not None and self.began_at <= moment and (self.ended_at is None or moment < self.ended_at)


class Presiding(db.Model):
    """Somebody else takes the chair, with the reason; for one matter only when `matter_id` is set (LAW-12, 13, 47)."""

    __tablename__ = "council_presiding"

    id: Mapped[uuid.UUID] = primary_key()
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"), index=True)
    matter_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("matter.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    before_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(db.String(300))
    since: Mapped[datetime]


class Procedure(db.Model):
    """The one row of choices that the council's rules of procedure (darba reglaments) make.

    `speech_minutes`: {SpeechKind: minutes or None}; `tool_decision`: by which decision votes are electronic (LAW-35);
    `remote_joining`: the clause of the statute that allows joining from afar, empty when none does (LAW-28)."""

    __tablename__ = "council_procedure"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    speech_minutes: Mapped[dict]
    change_vote: Mapped[bool]
    tool_decision: Mapped[str] = mapped_column(db.String(300))
    remote_joining: Mapped[str] = mapped_column(db.String(300))
    tie_rule: Mapped[str] = mapped_column(db.String(500))  # what settles a tie for a place in a round (LAW-161)
    own_redaction: Mapped[bool] = mapped_column(default=False)  # who marks what is covered may approve it alone
    approve_minutes: Mapped[bool] = mapped_column(default=False)  # the next session approves the minutes


class Invitation(db.Model):
    """One person called to one session. `answer`: free words of the person, None until answered."""

    __tablename__ = "council_invitation"

    id: Mapped[uuid.UUID] = primary_key()
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    sent_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(db.String(300))

    __table_args__ = (db.UniqueConstraint("session_id", "person_id", name="council_invitation_once"),)


class Guest(db.Model):
    """Somebody from outside the body who is asked to a session, for one matter when that is said."""

    __tablename__ = "council_guest"

    id: Mapped[uuid.UUID] = primary_key()
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_session.id"), index=True)
    matter_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("matter.id"))
    name: Mapped[str] = mapped_column(db.String(160))
    office: Mapped[str] = mapped_column(db.String(160))
    asked_at: Mapped[datetime | None]  # from when the guest is expected; None: from the beginning


def local_day(session: Session) -> date:
    """The Riga day a session takes place."""
    return clock.local(session.planned_at).date()
