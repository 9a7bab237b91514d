"""Second factors, what roles require of them, the terms of use, and the sealed account."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import EncryptedText, db, primary_key


class Passkey(db.Model):
    """A public key of a person's device (WebAuthn). sign_count: grows with use where the device counts at all."""

    __tablename__ = "passkey"
    id: Mapped[uuid.UUID] = primary_key()
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    credential_id: Mapped[str] = mapped_column(sa.String(1400), unique=True)  # base64url; at most 1023 bytes
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    transports: Mapped[list]
    name: Mapped[str] = mapped_column(sa.String(100))
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    def __str__(self):
        return self.name


class CodeDevice(db.Model):
    """A person's application that shows a six-digit code every 30 s (TOTP, RFC 6238). It counts once a code was typed.
    last_step: the time step of the newest code taken, so that a code serves once."""

    __tablename__ = "code_device"
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(EncryptedText)
    added_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(sa.BigInteger, default=0)


class RecoveryCode(db.Model):
    """A code on paper that stands in for a lost device, once. Only its keyed hash is kept."""

    __tablename__ = "recovery_code"
    id: Mapped[uuid.UUID] = primary_key()
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Ceremony(db.Model):
    """The challenge of a passkey that is being added or used; valid for minutes, taken once."""

    __tablename__ = "passkey_ceremony"
    id: Mapped[uuid.UUID] = primary_key()
    purpose: Mapped[str] = mapped_column(sa.String(20))
    person_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    challenge: Mapped[bytes]
    until: Mapped[datetime] = mapped_column(index=True)


class FactorRule(db.Model):
    """Who holds the role signs in with a second factor from this date; before it they are only reminded."""

    __tablename__ = "factor_rule"
    role_key: Mapped[str] = mapped_column(db.ForeignKey("role.key"), primary_key=True)
    required_from: Mapped[date]


class Terms(db.Model):
    """A version of the terms of use. The newest is in force; earlier ones stay, for people confirmed them."""

    __tablename__ = "terms_of_use"
    id: Mapped[uuid.UUID] = primary_key()
    number: Mapped[int] = mapped_column(unique=True)
    text: Mapped[str]
    published_at: Mapped[datetime]
    published_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))

    def __str__(self):
        return str(self.number)


class TermsConfirmation(db.Model):
    """A person confirmed a version of the terms of use (LAW-153)."""

    __tablename__ = "terms_confirmation"
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), primary_key=True)
    terms_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("terms_of_use.id"), primary_key=True)
    at: Mapped[datetime]


class SealedAccount(db.Model):
    """The account for the day when nobody else gets in. Its password lies in an envelope; every use alarms."""

    __tablename__ = "sealed_account"
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), primary_key=True)
    sealed_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
