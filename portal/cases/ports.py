"""What cases need from the outside: the state's record of services delivered, in our words."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Client:
    """Who asked for the service. code: 11 digits; kind: natural or legal."""

    kind: str
    code: str
    name: str


@dataclass(frozen=True)
class Record:
    """One case as PSPP sees it. `version` grows with each record that is sent."""

    case_id: UUID
    number: str
    service_code: str
    service_name: str
    unit_name: str
    channel: str
    client: Client
    requested_at: datetime
    due_on: date | None
    status: str
    status_at: datetime
    version: int
    completed_at: datetime | None = None
    result_number: str = ""


@dataclass(frozen=True)
class Change:
    """One change of a case's status. id: the same at every attempt; text: what the client reads."""

    id: UUID
    case_id: UUID
    status: str
    status_at: datetime
    text: str
    unit_name: str = ""
    documents: list[tuple[str, str, date]] = field(default_factory=list)  # title, number, date


class ServiceRecord(Protocol):
    """The state's record of services. Safe to repeat: the key makes a second attempt a no-op.
    Every method raises ExternalUnavailable (try later) or ExternalRefused (a person must look; their reason)."""

    def put(self, record: Record, key: UUID) -> int:
        """Create or replace the record; returns the version that they now hold."""

    def add(self, change: Change) -> str:
        """Add one change of status; returns their id of it."""

    def read(self, case_id: UUID) -> dict | None:
        """What they hold, or None: `status`, `version`, `events` (list of their ids)."""
