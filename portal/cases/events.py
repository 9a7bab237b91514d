"""Facts that cases announce."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class CaseOpened:
    """A request for a service got its case."""

    case_id: UUID
    document_id: UUID


@dataclass(frozen=True)
class CaseStatusChanged:
    """A case's status changed, and `event_id` waits to be sent to PSPP."""

    case_id: UUID
    event_id: UUID


@dataclass(frozen=True)
class SendingAsked:
    """A person asked to send to PSPP again what was refused."""

    case_id: UUID


@dataclass(frozen=True)
class LetterWritten:
    """A letter's text is ready; its document has to be made and sent."""

    letter_id: UUID


@dataclass(frozen=True)
class ShopAsked:
    """The one-stop shop does not know yet how the case stands that it sent."""

    case_id: UUID


@dataclass(frozen=True)
class ShopWaits:
    """A person wants an application of the one-stop shop to be tried, or refused, at once."""
