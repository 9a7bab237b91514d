"""Facts that signing announces."""

import uuid
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class SignatureRequested:
    """A person is asked to sign; one event a signer."""

    request_id: uuid.UUID
    about_kind: str
    about_id: uuid.UUID
    title: str
    person_id: uuid.UUID
    due_on: date


@dataclass(frozen=True)
class SigningAsked:
    """A signer gave the PIN, or a seal is to be put: the job asks the signing service."""

    signer_id: uuid.UUID


@dataclass(frozen=True)
class SignatureMade:
    """One signer has signed; others may still have to."""

    request_id: uuid.UUID
    about_kind: str
    about_id: uuid.UUID
    person_id: uuid.UUID


@dataclass(frozen=True)
class DocumentSigned:
    """All have signed; the container is kept."""

    request_id: uuid.UUID
    about_kind: str
    about_id: uuid.UUID
    container_sha256: str
    container_name: str
    container_size: int


@dataclass(frozen=True)
class SignatureRefused:
    """A signer refused, with a reason; for a council decision this is LAW-51."""

    request_id: uuid.UUID
    about_kind: str
    about_id: uuid.UUID
    person_id: uuid.UUID
    reason: str


@dataclass(frozen=True)
class CheckQueued:
    """A file was given to be checked."""

    report_id: uuid.UUID


@dataclass(frozen=True)
class ApprovalAsked:
    """A person is asked to approve a version; one event an approver, when their turn comes."""

    round_id: uuid.UUID
    about_kind: str
    about_id: uuid.UUID
    title: str
    person_id: uuid.UUID
    due_on: date


@dataclass(frozen=True)
class ApprovalAnswered:
    """One approver has answered. answer: "approved", "with_remarks" or "returned"."""

    round_id: uuid.UUID
    about_kind: str
    about_id: uuid.UUID
    person_id: uuid.UUID
    answer: str


@dataclass(frozen=True)
class ApprovalEnded:
    """Nobody has to answer in this round any more, for whatever reason."""

    round_id: uuid.UUID
    why: str


@dataclass(frozen=True)
class ApprovalFinished:
    """All have approved this version, or somebody returned it. outcome: "approved" or "returned"."""

    round_id: uuid.UUID
    about_kind: str
    about_id: uuid.UUID
    sha256: str
    outcome: str
