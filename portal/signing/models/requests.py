"""What is to be signed, in which form, and by whom."""

import uuid
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel.db import EncryptedText, db, primary_key


class SignatureKind(StrEnum):
    """Who signs: people, or the municipality with its seal."""

    PERSONAL = "personal"
    SEAL = "seal"


class SignatureFormat(StrEnum):
    """A container beside the files, or a signature inside the PDF itself (LAW-139)."""

    ASICE = "asice"
    PADES = "pades"


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
    """Files that one or more must sign together. files: [{name, mime, sha256, size}]; never changed afterwards.

    in_order: each is asked when those before have signed. current_sha256: the PDF with the signatures made so far.
    container_*: what is kept at the end, for a PDF the signed PDF itself.
    """

    __tablename__ = "signature_request"
    __table_args__ = (sa.Index("ix_signature_request_about", "about_kind", "about_id"),)
    id: Mapped[uuid.UUID] = primary_key()
    about_kind: Mapped[str] = mapped_column(sa.String(40))
    about_id: Mapped[uuid.UUID]
    title: Mapped[str]
    kind: Mapped[SignatureKind]
    format: Mapped[SignatureFormat] = mapped_column(default=SignatureFormat.ASICE)
    in_order: Mapped[bool] = mapped_column(default=False)
    files: Mapped[list]
    due_on: Mapped[date]
    state: Mapped[RequestState] = mapped_column(default=RequestState.OPEN)
    requested_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    current_sha256: Mapped[str | None] = mapped_column(sa.String(64))
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

    asked_at: when their turn came, empty until then. batch_id: signed together with others, with one PIN.
    pin lives, encrypted, only from the press of the button until the signing service has answered. What comes after it
    (prepared and its value, the stamped signature, the issuer's answer) is kept as it comes, so that a run that was
    cut short asks nobody twice. For a PDF prepared_sha256 is the file with room for the signature, and `prepared` what
    `pades.complete` needs; otherwise `prepared` and `signature` are XML.
    """

    __tablename__ = "signature_signer"
    __table_args__ = (sa.UniqueConstraint("request_id", "order"), sa.UniqueConstraint("request_id", "person_id"))
    id: Mapped[uuid.UUID] = primary_key()
    request_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("signature_request.id"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"), index=True)
    order: Mapped[int]
    state: Mapped[SignerState] = mapped_column(default=SignerState.WAITING)
    asked_at: Mapped[datetime | None]
    batch_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    pin: Mapped[str | None] = mapped_column(EncryptedText)
    queued_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    certificate_subject: Mapped[str | None]
    certificate_until: Mapped[date | None]
    prepared: Mapped[bytes | None]
    prepared_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    signature_value: Mapped[bytes | None]
    signature: Mapped[bytes | None]
    issuer_answer: Mapped[bytes | None]
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
