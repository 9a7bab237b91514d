"""Matters of a session: the draft, its files, who spoke, who stepped aside."""

import enum
import uuid
from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.council.rules import ActKind, Rule, Subject
from portal.kernel import clock
from portal.kernel.db import db, primary_key


class MatterState(enum.StrEnum):
    PREPARING = "preparing"  # its author and those who approve it work on it (LAW-15)
    POOL = "pool"
    PLACED = "placed"
    OPEN = "open"
    DECIDED = "decided"


class Outcome(enum.StrEnum):
    """(NOT_)SUPPORTED are a committee's, ADOPTED and REJECTED the council's; NOTED is heard without a vote."""

    SUPPORTED = "supported"
    NOT_SUPPORTED = "not_supported"
    ADOPTED = "adopted"
    REJECTED = "rejected"
    NOTED = "noted"
    WITHDRAWN = "withdrawn"  # by its author, before any body began it
    POSTPONED = "postponed"  # the session ended before it; a copy waits in the pool


class Matter(db.Model):
    """A question before a body. In the pool it has a body but no session; placed, it has a number `n` from 1."""

    __tablename__ = "matter"

    id: Mapped[uuid.UUID] = primary_key()
    body_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_body.id"), index=True)
    session_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("council_session.id"), index=True)
    n: Mapped[int | None]
    title: Mapped[str] = mapped_column(db.String(500))
    draft_text: Mapped[str] = mapped_column(default="")
    act_kind: Mapped[ActKind] = mapped_column(default=ActKind.INDIVIDUAL)
    subject: Mapped[Subject] = mapped_column(default=Subject.GENERAL)
    rule: Mapped[Rule] = mapped_column(default=Rule.PRESENT_MAJORITY)
    urgency: Mapped[str | None]  # justification of urgency in an extraordinary session (LAW-6)
    case_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    case_number: Mapped[str | None] = mapped_column(db.String(60))
    proposal_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("proposal.id"), index=True)
    text_version: Mapped[int | None]  # which version of the draft the body has, or had when it decided
    opinion: Mapped[str | None]  # what a committee proposes with its opinion
    origin_matter_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("matter.id"), unique=True)
    rapporteur_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    rapporteur_text: Mapped[str | None] = mapped_column(db.String(200))  # a reporter from outside, by name or office
    proposed_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    state: Mapped[MatterState] = mapped_column(default=MatterState.POOL)
    outcome: Mapped[Outcome | None]
    added_at: Mapped[datetime]  # when the draft and its files became open to the members (LAW-3, 8)
    late: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    closed_ground: Mapped[str | None]  # why this matter is not public (LAW-17)
    section: Mapped[str | None] = mapped_column(db.String(120))  # the heading of the agenda under which it stands
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)

    files: Mapped[list["MatterFile"]] = relationship(lambda: MatterFile, order_by=lambda: MatterFile.position)

    __table_args__ = (db.Index("matter_place", "session_id", "n"), db.Index("matter_added", "added_at", "id"))
    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return self.title

    @property
    def is_decided(self):
        return self.state == MatterState.DECIDED


class MatterFile(db.Model):
    """A file of a matter: the bytes lie in the blob store under `sha256` (hex)."""

    __tablename__ = "matter_file"

    id: Mapped[uuid.UUID] = primary_key()
    matter_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("matter.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(db.String(255))
    mime: Mapped[str] = mapped_column(db.String(120))
    sha256: Mapped[str] = mapped_column(db.String(64))
    size_bytes: Mapped[int] = mapped_column(db.BigInteger)
    added_at: Mapped[datetime]


class SpeechKind(enum.StrEnum):
    """What somebody asks the floor for; each kind has its own time limit in the rules of procedure."""

    REPORT = "report"
    DEBATE = "debate"
    FOR = "for"
    AGAINST = "against"
    ORDER = "order"  # a point of order: heard before the others
    QUESTION = "question"


class Speaker(db.Model):
    """A person given the floor (LAW-53, field 7), in order; `spoke_at` to `ended_at`, of `limit_s` seconds."""

    __tablename__ = "matter_speaker"

    id: Mapped[uuid.UUID] = primary_key()
    matter_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("matter.id"), index=True)
    position: Mapped[int]
    person_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(db.String(160))
    office: Mapped[str | None] = mapped_column(db.String(160))
    spoke_at: Mapped[datetime | None]  # None while the person waits in the queue
    ended_at: Mapped[datetime | None]
    kind: Mapped[SpeechKind] = mapped_column(default=SpeechKind.DEBATE)
    asked_at: Mapped[datetime | None] = mapped_column(default=clock.now)
    limit_s: Mapped[int | None]  # as it was when the floor was given; None: no limit

    @property
    def until(self):
        """When the time is over; None without a limit or before the speech."""
        return self.spoke_at + timedelta(seconds=self.limit_s) if self.spoke_at and self.limit_s else None


class RemarkKind(enum.StrEnum):
    PROPOSAL = "proposal"  # proposals and requests (LAW-53, field 8)
    ORDER = "order"  # orders of the presiding chair (field 8)
    MOTIVE = "motive"  # why a member votes so (field 11)
    OPINION = "opinion"  # summary of an opinion, at the member's request (field 12)


class Remark(db.Model):
    """Something said on a matter that the minutes must carry."""

    __tablename__ = "matter_remark"

    id: Mapped[uuid.UUID] = primary_key()
    matter_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("matter.id"), index=True)
    kind: Mapped[RemarkKind]
    person_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(db.String(160))
    text: Mapped[str]
    said_at: Mapped[datetime]


class Recusal(db.Model):
    """A member's declared interest in a matter (LAW-49). Withdrawn ones stay, with the time."""

    __tablename__ = "matter_recusal"

    id: Mapped[uuid.UUID] = primary_key()
    matter_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("matter.id"), index=True)
    member_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(db.String(500))
    declared_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        db.Index(
            "matter_recusal_once",
            "matter_id",
            "member_id",
            unique=True,
            sqlite_where=db.text("withdrawn_at IS NULL"),
            postgresql_where=db.text("withdrawn_at IS NULL"),
        ),
    )
