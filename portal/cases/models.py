"""Service cards, cases, their timelines, and what still has to reach PSPP."""

import enum
import uuid
from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel import clock
from portal.kernel.db import EncryptedText, db, primary_key


class Status(enum.StrEnum):
    """A case's status by the codes of PSPP (specification 8.2)."""

    REGISTERED = "REGISTRETS"
    IN_PROGRESS = "APSTRADE"
    INFORMATION_ASKED = "PAPILDINF"
    SUSPENDED = "APTURETS"
    PROVIDED = "SNIEGTS"
    REFUSED = "ATTEIKTS"
    WITHDRAWN = "ATSAUKTS"
    FORWARDED = "PARSUTITS"


# The allowed moves. Those that lead nowhere are the ends.
MOVES = {
    Status.REGISTERED: {Status.IN_PROGRESS, Status.WITHDRAWN},
    Status.IN_PROGRESS: {
        Status.INFORMATION_ASKED,
        Status.SUSPENDED,
        Status.PROVIDED,
        Status.REFUSED,
        Status.WITHDRAWN,
        Status.FORWARDED,
    },
    Status.INFORMATION_ASKED: {Status.IN_PROGRESS, Status.WITHDRAWN, Status.REFUSED},
    Status.SUSPENDED: {Status.IN_PROGRESS, Status.WITHDRAWN},
    Status.PROVIDED: set(),
    Status.REFUSED: set(),
    Status.WITHDRAWN: set(),
    Status.FORWARDED: set(),
}
ENDS = {status for status, following in MOVES.items() if not following}


class Stage(enum.StrEnum):
    """Where the case's flow stands, copied from it at each step so that lists need not ask it: an open task's kind,
    or whom a waiting step waits for."""

    ASSIGN = "case.assign"
    PREPARE = "case.prepare"
    COMMITTEE = "committee"
    COUNCIL = "council"
    SIGN = "chair"
    DELIVER = "case.deliver"
    REFUSE = "case.refuse"
    ARRIVE = "client"
    NONE = ""


class Service(db.Model):
    """A card of the service catalogue. index: the first part of its cases' numbers. Its term is a number of working
    days (LAW-104), or of months for an administrative act (LAW-107). keywords: stems of words in its applications."""

    __tablename__ = "service"

    id: Mapped[uuid.UUID] = primary_key()
    code: Mapped[str] = mapped_column(db.String(40), unique=True)
    index: Mapped[str] = mapped_column(db.String(20), unique=True)
    name: Mapped[str] = mapped_column(db.String(300))
    description: Mapped[str] = mapped_column(default="")
    unit_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("unit.id"), index=True)
    flow_key: Mapped[str] = mapped_column(db.String(60), default="application")
    term_working_days: Mapped[int | None]
    term_months: Mapped[int | None]
    keywords: Mapped[list] = mapped_column(default=list)
    fee_cents: Mapped[int] = mapped_column(default=0)
    legal_basis: Mapped[str] = mapped_column(default="")
    result_description: Mapped[str] = mapped_column(default="")
    is_general: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column()

    __table_args__ = (
        db.CheckConstraint("(term_working_days IS NULL) <> (term_months IS NULL)", name="service_one_term"),
        db.Index(
            "service_one_general",
            "is_general",
            unique=True,
            sqlite_where=db.text("is_general"),
            postgresql_where=db.text("is_general"),
        ),
    )
    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return f"{self.code} {self.name}"

    def due_on(self, received_on: date) -> date:
        """The last day for an application received on this date (LAW-104, LAW-107; counted by LAW-111, LAW-112)."""
        if self.term_working_days is not None:
            return clock.add_working_days(received_on, self.term_working_days)
        return clock.add_months(received_on, self.term_months or 0)


class CaseCounter(db.Model):
    """The last number given to a service's cases in a year."""

    __tablename__ = "case_counter"

    service_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("service.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Case(db.Model):
    """One request for a service. client_code: 11 digits, encrypted; find it by client_code_hash.
    granted: None until the outcome is known. matter_id: the matter now before a committee or the council.
    pspp_version: of the record that PSPP holds; 0 before the first."""

    __tablename__ = "case_file"

    id: Mapped[uuid.UUID] = primary_key()
    number: Mapped[str] = mapped_column(db.String(60), unique=True)
    title: Mapped[str] = mapped_column(db.String(500))
    service_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("service.id"), index=True)
    document_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("document.id"), unique=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("unit.id"), index=True)
    responsible_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"), index=True)
    status: Mapped[Status] = mapped_column(default=Status.REGISTERED)
    stage: Mapped[Stage] = mapped_column(default=Stage.NONE)
    closed: Mapped[bool] = mapped_column(default=False)
    channel: Mapped[str] = mapped_column(db.String(20), default="EADRESE")
    requested_at: Mapped[datetime]
    requested_on: Mapped[date]
    due_on: Mapped[date]
    done_on: Mapped[date | None]
    client_kind: Mapped[str] = mapped_column(db.String(10), default="natural")
    client_name: Mapped[str] = mapped_column(db.String(200))
    client_code: Mapped[str | None] = mapped_column(EncryptedText)
    client_code_hash: Mapped[str | None] = mapped_column(db.String(64), index=True)
    client_address: Mapped[str] = mapped_column(EncryptedText, default="")  # may hold the personal code
    message_id: Mapped[uuid.UUID | None]
    granted: Mapped[bool | None]
    matter_id: Mapped[uuid.UUID | None]
    result_document_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("document.id"))
    delivery_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    pspp_version: Mapped[int] = mapped_column(default=0)
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"), index=True)
    version: Mapped[int] = mapped_column()

    service: Mapped[Service] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        db.Index("case_by_term", "closed", "due_on", "id"),
        db.Index("case_by_end", "done_on", "id"),
        db.Index("case_by_request", "requested_on", "id"),
        db.CheckConstraint("closed = (done_on IS NOT NULL)", name="case_end_has_date"),
    )
    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return f"{self.number} {self.title}"

    @property
    def is_late(self) -> bool:
        """Is the term over without a result, or did the result come after it?"""
        return (self.done_on or clock.today()) > self.due_on

    @property
    def masked_address(self) -> str:
        """The e-address with a person's code hidden."""
        if self.client_kind == "legal" or not self.client_code:
            return self.client_address
        return self.client_address.replace(self.client_code, f"•••••••••{self.client_code[-2:]}")

    @property
    def masked_code(self) -> str:
        """What the screen shows of the client's code: all of a company's, the end of a person's."""
        if not self.client_code:
            return ""
        return self.client_code if self.client_kind == "legal" else f"••••••-•••{self.client_code[-2:]}"


class CaseStep(db.Model):
    """A line of the timeline. text: what the client reads, None for inner steps; note: what only staff read."""

    __tablename__ = "case_step"

    id: Mapped[uuid.UUID] = primary_key()
    case_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("case_file.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(db.String(30))
    status: Mapped[Status | None]
    text: Mapped[str | None]
    note: Mapped[str | None]
    by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    by_name: Mapped[str] = mapped_column(db.String(200), default="")
    document_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("document.id"))
    delivery_id: Mapped[uuid.UUID | None]


class CaseDraft(db.Model):
    """The draft decision being written, saved while it is typed; apart from the case: neither locks the other."""

    __tablename__ = "case_draft"

    id: Mapped[uuid.UUID] = primary_key()
    case_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("case_file.id"), unique=True)
    title: Mapped[str] = mapped_column(db.String(500), default="")
    text: Mapped[str] = mapped_column(default="")
    committee_id: Mapped[uuid.UUID | None]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))


class LetterKind(enum.StrEnum):
    REFUSAL = "refusal"
    QUESTION = "question"
    FORWARDING = "forwarding"


class CaseLetter(db.Model):
    """A letter in a case, from its text to its document and delivery; the document is made by a job."""

    __tablename__ = "case_letter"

    id: Mapped[uuid.UUID] = primary_key()
    case_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("case_file.id"), index=True)
    kind: Mapped[LetterKind]
    text: Mapped[str]
    by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    document_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("document.id"))
    delivery_id: Mapped[uuid.UUID | None]


class SendingState(enum.StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"  # a person must look, then send again


class PsppEvent(db.Model):
    """One change of status on its way to PSPP. Its id is the idempotency key of every attempt; n: order in the case."""

    __tablename__ = "pspp_event"

    id: Mapped[uuid.UUID] = primary_key()
    case_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("case_file.id"))
    n: Mapped[int]
    status: Mapped[Status]
    status_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(default="")
    state: Mapped[SendingState] = mapped_column(default=SendingState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        db.UniqueConstraint("case_id", "n", name="pspp_event_order"),
        db.Index("pspp_event_state", "state", "case_id"),
    )

    def __str__(self):
        return f"{self.status} ({self.n})"


class ShopState(enum.StrEnum):
    """Where an application of the one-stop shop is on its way into the house."""

    STUCK = "stuck"  # a person must look; it still waits there
    TAKEN = "taken"  # everything is here and has its case; they do not know yet
    CONFIRMED = "confirmed"  # they know
    REFUSING = "refusing"  # a person refused it; they do not know yet
    REFUSED = "refused"  # they know


class ShopApplication(db.Model):
    """An application that the one-stop shop's operator filled in (11.1). version: the highest taken in.
    content: as it came, JSON without the files' bytes; it holds personal codes.
    told_n: `PsppEvent.n` of the last status that they were told; result_given: they have the answer itself."""

    __tablename__ = "shop_application"

    id: Mapped[uuid.UUID] = primary_key()
    application_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    version: Mapped[int]
    state: Mapped[ShopState]
    service_code: Mapped[str] = mapped_column(db.String(40), default="")
    client_name: Mapped[str] = mapped_column(db.String(200), default="")
    centre_code: Mapped[str] = mapped_column(db.String(40), default="")
    operator_name: Mapped[str] = mapped_column(db.String(200), default="")
    answer_channel: Mapped[str] = mapped_column(db.String(20), default="")
    content: Mapped[str] = mapped_column(EncryptedText, default="")
    submitted_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    case_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("case_file.id"), unique=True)
    chosen_service: Mapped[str | None] = mapped_column(db.String(40))  # by a person, when theirs is not ours
    refusal_code: Mapped[str | None] = mapped_column(db.String(20))
    refusal: Mapped[str | None]
    told_n: Mapped[int] = mapped_column(default=0)
    result_given: Mapped[bool] = mapped_column(default=False)
    tries: Mapped[int] = mapped_column(default=0)
    problem_code: Mapped[str | None] = mapped_column(db.String(40))
    problem: Mapped[str | None]
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"), index=True)

    __table_args__ = (
        db.Index("shop_application_page", "seen_at", "id"),
        db.Index("shop_application_state", "state", "id"),
    )

    def __str__(self):
        return f"{self.client_name or self.application_id}"
