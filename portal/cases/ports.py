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


class WrongApplication(Exception):
    """What arrived is not an application as agreed (8.4). code: one of DATA_INVALID, UNKNOWN_SERVICE; content: what
    came, as far as it could be read."""

    def __init__(self, message, code="DATA_INVALID", content=None):
        super().__init__(message)
        self.message, self.code, self.content = message, code, content


@dataclass(frozen=True)
class ApplicationHeader:
    """An application that waits at the one-stop shop. version: grows with each correction."""

    application_id: UUID
    version: int


@dataclass(frozen=True)
class ArrivedFile:
    """A file of an application, checked against its digest."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True)
class Applicant:
    """Who asks through the one-stop shop. code: 11 digits, or "" when the application names none."""

    kind: str
    code: str
    name: str
    address: str = ""
    phone: str = ""
    email: str = ""
    has_eaddress: bool = False


@dataclass(frozen=True)
class Application:
    """An application as the one-stop shop's operator filled it in. answers: the form's fields in their order.
    content: all of it, as it came, without the files' bytes."""

    application_id: UUID
    version: int
    service_code: str
    submitted_at: datetime
    centre_code: str
    operator_name: str
    client: Applicant
    representative: str
    answer_channel: str
    answers: tuple[tuple[str, str], ...]
    files: tuple[ArrivedFile, ...]
    content: dict


@dataclass(frozen=True)
class ResultFile:
    """A file of the result. data: its bytes."""

    name: str
    mime: str
    data: bytes


class OneStopShop(Protocol):
    """The municipality's side of the scenario P2P. Every call is safe to repeat.
    Each raises ExternalUnavailable (try later) or ExternalRefused (a person must look; their reason)."""

    def waiting(self, after: str = "") -> tuple[list[ApplicationHeader], str]:
        """A page of applications that wait for us, oldest first, and the cursor of the next ("" at the end)."""

    def fetch(self, application_id: UUID) -> Application:
        """One whole application. Raises WrongApplication too, for content or digests that do not hold."""

    def accept(self, application_id: UUID, case_number: str, received_at: datetime):
        """It is ours, and this is its case."""

    def reject(self, application_id: UUID, code: str, text: str):
        """It will not be examined, and why. code: WRONG_AUTHORITY, UNKNOWN_SERVICE, DATA_INVALID or DUPLICATE."""

    def tell(self, application_id: UUID, change: Change):
        """A new status of its case."""

    def give_result(self, application_id: UUID, key: UUID, number: str, on: date, way: str, files: list[ResultFile]):
        """The answer itself, for the centre to hand over or keep."""
