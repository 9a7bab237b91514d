"""Tables of signing: what is to be signed, by whom, and what checks have found."""

import uuid
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel.db import EncryptedText, db, primary_key
from portal.signing.report import Report


class SignatureKind(StrEnum):
    """Who signs: people, or the municipality with its seal."""

    PERSONAL = "personal"
    SEAL = "seal"


class RequestState(StrEnum):
    OPEN = "open"
    SIGNED = "signed"
    REFUSED = "refused"


class SignerState(StrEnum):
    WAITING = "waiting"
    QUEUED = "queued"
    SIGNED = "signed"
    REFUSED = "refused"


MOVES = {
    SignerState.WAITING: {SignerState.QUEUED, SignerState.REFUSED},
    SignerState.QUEUED: {SignerState.SIGNED, SignerState.WAITING},
    SignerState.SIGNED: set(),
    SignerState.REFUSED: set(),
}


class SignatureRequest(db.Model):
    """Files that one or more must sign together. files: [{name, mime, sha256, size}]; never changed afterwards."""

    __tablename__ = "signature_request"
    __table_args__ = (sa.Index("ix_signature_request_about", "about_kind", "about_id"),)
    id: Mapped[uuid.UUID] = primary_key()
    about_kind: Mapped[str] = mapped_column(sa.String(40))
    about_id: Mapped[uuid.UUID]
    title: Mapped[str]
    kind: Mapped[SignatureKind]
    files: Mapped[list]
    due_on: Mapped[date]
    state: Mapped[RequestState] = mapped_column(default=RequestState.OPEN)
    requested_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    container_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    container_name: Mapped[str | None]
    container_size: Mapped[int | None] = mapped_column(sa.BigInteger)
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    signers: Mapped[list["Signer"]] = relationship(back_populates="request", order_by="Signer.order", lazy="selectin")
    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return self.title

    def signer_of(self, person_id: uuid.UUID | None) -> "Signer | None":
        """The place of a person among the signers."""
        return next((one for one in self.signers if one.person_id == person_id and person_id), None)


class Signer(db.Model):
    """One signature to be made. person_id is empty for the seal.

    pin lives, encrypted, only from the press of the button until the signing service has answered. prepared_xml and
    signature_value are kept until the time stamp is there, so that a run that was cut short asks nobody twice.
    """

    __tablename__ = "signature_signer"
    __table_args__ = (sa.UniqueConstraint("request_id", "order"), sa.UniqueConstraint("request_id", "person_id"))
    id: Mapped[uuid.UUID] = primary_key()
    request_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("signature_request.id"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"), index=True)
    order: Mapped[int]
    state: Mapped[SignerState] = mapped_column(default=SignerState.WAITING)
    pin: Mapped[str | None] = mapped_column(EncryptedText)
    queued_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    certificate_subject: Mapped[str | None]
    certificate_until: Mapped[date | None]
    prepared_xml: Mapped[bytes | None]
    signature_value: Mapped[bytes | None]
    signature_xml: Mapped[bytes | None]
    refusal_reason: Mapped[str | None]
    error: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    request: Mapped[SignatureRequest] = relationship(back_populates="signers")
    __mapper_args__ = {"version_id_col": version}

    def move(self, state: SignerState) -> None:
        """Go to another state. Raises ValueError for a move that MOVES does not list."""
        if state not in MOVES[self.state]:
            raise ValueError(f"{self.state} -> {state}")
        self.state = state


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
