"""What members are paid for taking part, and the statements of attendance by which they are paid (PL 9(4))."""

import enum
import uuid
from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.council.models.bodies import Body, Dated, Office
from portal.kernel import clock
from portal.kernel.db import db, primary_key
from portal.kernel.i18n import date_short


class PayBasis(enum.StrEnum):
    """For what a rate is paid."""

    SESSION = "session"
    HOUR = "hour"
    MONTH = "month"


class PayRate(Dated, db.Model):
    """How much somebody gets in a body. `office`: for who holds it, in place of what the others get."""

    __tablename__ = "council_pay_rate"

    id: Mapped[uuid.UUID] = primary_key()
    body_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_body.id"), index=True)
    office: Mapped[Office | None]
    basis: Mapped[PayBasis]
    amount_cents: Mapped[int]
    ground: Mapped[str] = mapped_column(db.String(300))  # the decision that sets it

    __table_args__ = (db.CheckConstraint("amount_cents > 0", name="council_pay_rate_amount"),)


class StatementState(enum.StrEnum):
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    REPLACED = "replaced"  # a corrected one was approved for the same days


class Statement(db.Model):
    """A statement of attendance and pay as it was handed over for approval. `content` is written once:

    {body, since, until, cents,
     rates     [{office or None, basis, amount_cents, since, until or None, ground}],
     sessions  [{id, label, at (UTC, iso), minutes or None when it was not held}],
     members   [{id, name, offices, attended, of, minutes, session_cents, hour_cents, month_cents, cents,
                 lines [{session (position), stays [{from, to (iso), way}], minutes, reason or None, cents}]}]}"""

    __tablename__ = "council_statement"

    id: Mapped[uuid.UUID] = primary_key()
    body_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("council_body.id"), index=True)
    since: Mapped[date]
    until: Mapped[date]
    state: Mapped[StatementState] = mapped_column(default=StatementState.SUBMITTED)
    content: Mapped[dict]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    made_by_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))
    correction: Mapped[str | None] = mapped_column(db.String(500))  # why an approved one is replaced
    settled_at: Mapped[datetime | None]  # approved or returned
    settled_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    returned_reason: Mapped[str | None] = mapped_column(db.String(500))
    document_id: Mapped[uuid.UUID | None]

    of_body: Mapped[Body] = relationship(lambda: Body, lazy="joined", innerjoin=True)

    __table_args__ = (
        db.Index("council_statement_page", "body_id", "since", "id"),
        db.Index(
            "council_statement_approved_once",
            "body_id",
            "since",
            "until",
            unique=True,
            sqlite_where=db.text("state = 'approved'"),
            postgresql_where=db.text("state = 'approved'"),
        ),
    )

    def __str__(self):
        return f"{self.of_body.short_name} {date_short(self.since)}–{date_short(self.until)}"
