"""Messages received, deliveries sent, and what happened to each. E-addresses may hold personal codes: encrypted."""

import enum
import re
import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel.db import EncryptedText, db, primary_key


class MessageState(enum.StrEnum):
    """Incoming: where a message is on its way into the house."""

    FAILED_FETCH = "failed_fetch"  # seen, but it could not be fetched whole; not confirmed
    STORED = "stored"  # every byte is here and checked; not confirmed yet
    CONFIRMED = "confirmed"  # the channel knows; not announced yet
    REGISTERED = "registered"  # announced, and what reacts to it is done
    LATE = "late"  # the channel no longer lets us confirm it


class DeliveryState(enum.StrEnum):
    """Outgoing: where a delivery is."""

    QUEUED = "queued"
    SENDING = "sending"
    RETRYING = "retrying"  # no answer; will be tried again
    FAILED = "failed"  # refused at the counter, or given up: a person must look
    SENT = "sent"  # the channel has it and gave it a number
    ACCEPTED = "accepted"  # the channel has processed it
    REJECTED = "rejected"  # the channel has processed and refused it
    DELIVERED = "delivered"
    REFUSED = "refused"  # by the recipient
    LATE = "late"  # the recipient did not confirm in time
    CANCELLED = "cancelled"


S = DeliveryState
# From where a delivery may go where. Notifications may overtake each other, so the later state is reached from any
# earlier one and nothing leads back; only a person's resending begins again.
MOVES = {
    S.QUEUED: {S.SENDING, S.CANCELLED},
    S.SENDING: {S.SENT, S.RETRYING, S.FAILED, S.ACCEPTED, S.REJECTED, S.DELIVERED, S.REFUSED, S.LATE},
    S.RETRYING: {S.SENDING, S.SENT, S.FAILED, S.ACCEPTED, S.REJECTED, S.DELIVERED, S.REFUSED, S.LATE},
    S.FAILED: {S.QUEUED, S.CANCELLED, S.SENT, S.ACCEPTED, S.REJECTED, S.DELIVERED, S.REFUSED, S.LATE},
    S.SENT: {S.ACCEPTED, S.REJECTED, S.DELIVERED, S.REFUSED, S.LATE},
    S.ACCEPTED: {S.DELIVERED, S.REFUSED, S.LATE, S.REJECTED},
    S.REJECTED: {S.QUEUED},
    S.REFUSED: {S.QUEUED},
    S.LATE: {S.QUEUED, S.DELIVERED, S.REFUSED},
    S.DELIVERED: set(),
    S.CANCELLED: set(),
}
ON_THE_WAY = (S.QUEUED, S.SENDING, S.RETRYING, S.SENT, S.ACCEPTED)
NEEDS_A_PERSON = (S.FAILED, S.REJECTED, S.REFUSED, S.LATE)
MESSAGE_NEEDS_A_PERSON = (MessageState.FAILED_FETCH, MessageState.LATE)


def masked(address):
    """An e-address as screens show it: a personal code keeps its first six digits only."""
    return re.sub(r"(?<=@)([0-3]\d{5})\d{5}$", r"\1•••••", address or "")


class Message(db.Model):
    """A message that another institution or a person sent us."""

    __tablename__ = "message"
    __table_args__ = (sa.Index("ix_message_desk", "received_at", "id"), sa.Index("ix_message_state", "state"))
    id: Mapped[uuid.UUID] = primary_key()
    external_id: Mapped[str] = mapped_column(sa.String(60), unique=True)  # nothing is taken in twice
    state: Mapped[MessageState]
    sender: Mapped[str] = mapped_column(EncryptedText, default="")
    sender_hash: Mapped[str] = mapped_column(sa.String(64), default="", index=True)
    sender_name: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    kind_code: Mapped[str] = mapped_column(sa.String(60), default="")
    kind_version: Mapped[str] = mapped_column(sa.String(20), default="")
    service_code: Mapped[str | None] = mapped_column(sa.String(60))
    reply_to: Mapped[str | None] = mapped_column(sa.String(60))
    sent_at: Mapped[datetime | None]
    received_at: Mapped[datetime]  # when the channel took it for us, which starts our terms; not when we fetched it
    stored_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    envelope_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    confirmation_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    tries: Mapped[int] = mapped_column(default=0)
    problem_code: Mapped[str | None] = mapped_column(sa.String(60))
    problem: Mapped[str | None]
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"), index=True)
    files: Mapped[list["MessageFile"]] = relationship(order_by="MessageFile.n", lazy="selectin")

    def __str__(self):
        return self.title or self.external_id

    @property
    def sender_shown(self):
        """The sender's name, or the address with its personal code hidden."""
        return self.sender_name or masked(self.sender)


class MessageFile(db.Model):
    """A file of a received message."""

    __tablename__ = "message_file"
    __table_args__ = (sa.UniqueConstraint("message_id", "n"),)
    id: Mapped[uuid.UUID] = primary_key()
    message_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("message.id"))
    n: Mapped[int]
    name: Mapped[str]
    mime: Mapped[str] = mapped_column(sa.String(255))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)


class Delivery(db.Model):
    """Something we send. `document_id` and `case_id` name things of areas beside and above this one."""

    __tablename__ = "delivery"
    __table_args__ = (sa.Index("ix_delivery_desk", "created_at", "id"), sa.Index("ix_delivery_state", "state"))
    id: Mapped[uuid.UUID] = primary_key()
    document_id: Mapped[uuid.UUID] = mapped_column(index=True)
    case_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    reply_to: Mapped[str | None] = mapped_column(sa.String(60))
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.QUEUED)
    ref_number: Mapped[str] = mapped_column(sa.String(60), unique=True)  # the key that makes repeats safe
    external_id: Mapped[str | None] = mapped_column(sa.String(60), index=True)
    envelope_sha256: Mapped[str | None] = mapped_column(sa.String(64))  # fixed before the first call
    receipt_sha256: Mapped[str | None] = mapped_column(sa.String(64))  # the channel's signed confirmation
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    server_received_at: Mapped[datetime | None]
    notified_on: Mapped[date | None]
    tries: Mapped[int] = mapped_column(default=0)
    first_tried_at: Mapped[datetime | None]  # real time, whatever the sandbox clock says; so are the next two
    tried_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    # After a time-out nobody knows whether the other side has it: then only the very same bytes may be sent again.
    outcome_known: Mapped[bool] = mapped_column(default=True)
    problem_code: Mapped[str | None] = mapped_column(sa.String(60))
    problem: Mapped[str | None]
    queued_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    client: Mapped[str] = mapped_column(sa.String(60), default="portal")  # the application that sent it (16.1)
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"), index=True)
    version: Mapped[int] = mapped_column()
    recipients: Mapped[list["DeliveryRecipient"]] = relationship(order_by="DeliveryRecipient.n", lazy="selectin")
    files: Mapped[list["DeliveryFile"]] = relationship(order_by="DeliveryFile.n", lazy="selectin")
    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return self.title


class DeliveryRecipient(db.Model):
    """One of those a delivery goes to; each confirms for itself."""

    __tablename__ = "delivery_recipient"
    __table_args__ = (sa.UniqueConstraint("delivery_id", "n"),)
    id: Mapped[uuid.UUID] = primary_key()
    delivery_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("delivery.id"))
    n: Mapped[int]
    address: Mapped[str] = mapped_column(EncryptedText)
    address_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    name: Mapped[str]
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.QUEUED)
    code: Mapped[str | None] = mapped_column(sa.String(60))
    text: Mapped[str | None]
    changed_at: Mapped[datetime | None]

    @property
    def address_shown(self):
        """The address with a personal code hidden."""
        return masked(self.address)


class DeliveryFile(db.Model):
    """A file of a delivery."""

    __tablename__ = "delivery_file"
    __table_args__ = (sa.UniqueConstraint("delivery_id", "n"),)
    id: Mapped[uuid.UUID] = primary_key()
    delivery_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("delivery.id"))
    n: Mapped[int]
    name: Mapped[str]
    mime: Mapped[str] = mapped_column(sa.String(255))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)


class ExchangeEvent(db.Model):
    """One line of the history of a delivery or message. `kind` has a sentence in `sentences.py`."""

    __tablename__ = "exchange_event"
    __table_args__ = (sa.CheckConstraint("(delivery_id IS NULL) <> (message_id IS NULL)", name="one_owner"),)
    id: Mapped[uuid.UUID] = primary_key()
    delivery_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("delivery.id"), index=True)
    message_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("message.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(sa.String(40))
    actor_name: Mapped[str] = mapped_column(default="")
    data: Mapped[dict] = mapped_column(default=dict)


class AddressCheck(db.Model):
    """That an address had an active account a short while ago. A negative answer is never kept."""

    __tablename__ = "address_check"
    address_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    checked_at: Mapped[datetime]


class Notice(db.Model):
    """A notification that was worked in, by its number in the queue of the channel: a repeat changes nothing."""

    __tablename__ = "exchange_notice"
    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    worked_in_at: Mapped[datetime]


class ChannelState(db.Model):
    """How the connection to a channel is, for the desk and the state page."""

    __tablename__ = "channel_state"
    name: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    last_good_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    problem: Mapped[str | None]
