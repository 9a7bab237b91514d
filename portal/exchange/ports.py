"""What the exchange needs from a channel, in our words. One adapter module per real protocol implements it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from portal.kernel.errors import ExternalRefused


class ChannelRefused(ExternalRefused):
    """The other side said no with one of its codes (`code`, without prefix); `said` is its own text."""

    def __init__(self, message="", code="", said="", params=()):
        super().__init__(message, code)
        self.said = said
        self.params = tuple(params)


class WrongContent(Exception):
    """What was received does not agree with its own digests or signature; it must not be confirmed."""


@dataclass(frozen=True)
class Call:
    """One finished call to the other side, for the audit log. `code` is "ok", a fault's code, or "unavailable"."""

    operation: str
    message_id: str
    ref_number: str
    code: str
    duration_ms: int


@dataclass(frozen=True)
class OutgoingFile:
    """A file to send. `read` gives its bytes; `sha512` is over exactly those."""

    name: str
    mime: str
    size_bytes: int
    sha512: bytes
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Outgoing:
    """A message to send. `ref_number` is the key that makes repeats safe."""

    ref_number: str
    title: str
    description: str
    recipients: tuple[str, ...]
    files: tuple[OutgoingFile, ...]
    reply_to: str = ""


@dataclass(frozen=True)
class Header:
    """A message that waits for us. `delivered`: the other side has seen our confirmation."""

    external_id: str
    sender: str


@dataclass(frozen=True)
class IncomingFile:
    """A received file, unpacked, checked against the digest that its sender signed."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True)
class Incoming:
    """A received message, checked whole. `envelope`: its bytes as they came."""

    external_id: str
    sender: str
    sender_name: str
    title: str
    description: str
    kind_code: str
    kind_version: str
    service_code: str
    reply_to: str
    sent_at: datetime | None
    envelope: bytes
    confirmation_name: str
    recipients: tuple[str, ...]
    files: tuple[IncomingFile, ...] = field(default=())


@dataclass(frozen=True)
class Notice:
    """A notification about something we sent. `status`: the wire's MessageStatus."""

    number: int
    external_id: str
    ref_number: str
    kind: str
    status: str
    code: str
    text: str
    recipients: tuple[str, ...]
    created_at: datetime | None


class Channel(Protocol):
    """A way to reach other institutions and people.

    Every call raises ExternalUnavailable (try later) or ChannelRefused (the other side said no; see its code).
    """

    def prepare(self, outgoing: Outgoing) -> bytes:
        """The signed envelope; the bytes to keep and to send, however often."""

    def send(self, outgoing: Outgoing, envelope: bytes) -> str:
        """Send once per ref_number, however often called. Returns the other side's message id."""

    def server_confirmation(self, external_id: str) -> tuple[bytes, datetime] | None:
        """The other side's signed receipt and the moment it stands for; None while it is not ready."""

    def waiting(self, limit: int) -> tuple[list[Header], bool]:
        """Messages that wait for us, oldest first, and whether there are more."""

    def fetch(self, external_id: str) -> Incoming:
        """A waiting message with all its files. Raises WrongContent when a digest or signature does not hold."""

    def prepare_confirmation(self, incoming: Incoming) -> bytes:
        """The signed acceptance; the bytes to keep and to send, however often."""

    def confirm(self, external_id: str, confirmation: bytes):
        """Tell the other side that the message is ours now. A repeat with the same bytes is harmless."""

    def notices(self, limit: int) -> list[Notice]:
        """The next notifications, oldest first."""

    def confirm_notices(self, numbers: list[int]):
        """Take these notifications off the queue."""

    def is_active(self, code: str) -> bool:
        """Does the person or organisation with this code have an active account?"""
