"""Facts the council area announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class SessionInvited:
    """The members of a body are called to a session."""

    session_id: UUID


@dataclass(frozen=True)
class MatterPlaced:
    """A matter stands on the agenda of a session."""

    matter_id: UUID
    session_id: UUID


@dataclass(frozen=True)
class MatterDecided:
    """A body has decided. body_kind: "committee" or "council"; outcome: "supported", "adopted", "rejected"; or
    "withdrawn" by the draft's author, and then there may be no session."""

    matter_id: UUID
    case_id: UUID | None
    body_kind: str
    outcome: str
    session_id: UUID | None


@dataclass(frozen=True)
class BallotDecided:
    """A vote that does not settle its matter has a result. kind: "amendment" (about_id names it) or "procedure"."""

    ballot_id: UUID
    matter_id: UUID
    kind: str
    about_id: UUID | None
    adopted: bool


@dataclass(frozen=True)
class ClosedPartBegan:
    """The public leaves: the stream stops, the recording is not public from now on (LAW-19)."""

    session_id: UUID


@dataclass(frozen=True)
class ClosedPartEnded:
    """The session is open again, and so is its stream."""

    session_id: UUID


@dataclass(frozen=True)
class DecisionSigned:
    """The presiding chair has signed a decision; its container lies with the document."""

    decision_id: UUID
    matter_id: UUID
    case_id: UUID | None
    document_id: UUID


@dataclass(frozen=True)
class SessionClosed:
    """A session is over."""

    session_id: UUID


@dataclass(frozen=True)
class MinutesFinalised:
    """The text of the minutes is final; the paper is made next."""

    minutes_id: UUID


@dataclass(frozen=True)
class MinutesSigned:
    """Chair and minute-taker have signed the minutes."""

    session_id: UUID
    document_id: UUID


@dataclass(frozen=True)
class ExtractAsked:
    """Somebody wants the extract of a matter, with the instance's seal."""

    matter_id: UUID


@dataclass(frozen=True)
class PublicChanged:
    """Something of a session is public now, or no longer."""

    session_id: UUID


@dataclass(frozen=True)
class MaterialsAsked:
    """Somebody wants the materials of a session as one file."""

    materials_id: UUID


@dataclass(frozen=True)
class StatementApproved:
    """A statement of attendance and pay is approved; its paper is made next."""

    statement_id: UUID
