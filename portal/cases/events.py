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
