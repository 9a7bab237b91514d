"""What checks of signed files have found."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key
from portal.signing.report import Report


class SignatureReport(db.Model):
    """The result of one check of one file (LAW-140); empty until the job has run. data: report.Report as JSON."""

    __tablename__ = "signature_report"
    id: Mapped[uuid.UUID] = primary_key()
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    name: Mapped[str]
    verdict: Mapped[str | None] = mapped_column(sa.String(20))
    data: Mapped[dict | None]
    requested_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"), index=True)
    requested_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]

    def __str__(self):
        return self.name

    @property
    def report(self) -> Report | None:
        return Report.from_json(self.data) if self.data else None
