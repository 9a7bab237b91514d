"""Facts that documents announce."""

import uuid
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class DocumentRegistered:
    """A document has its number. `message_id`: the e-address message it came with, if any."""

    document_id: uuid.UUID
    direction: str
    message_id: uuid.UUID | None = None


@dataclass(frozen=True)
class FileAdded:
    """A document has one more file; its text and signatures are still to be read."""

    document_id: uuid.UUID
    file_id: uuid.UUID


@dataclass(frozen=True)
class FilesWaiting:
    """Files of a document are to be read once more."""

    document_id: uuid.UUID


@dataclass(frozen=True)
class ScanAdded:
    """Pages were scanned, or are to be read once more."""

    scan_id: uuid.UUID


@dataclass(frozen=True)
class TeamAsked:
    """The list of a restricted document follows its case: who is in the case's team now?"""

    case_id: uuid.UUID


@dataclass(frozen=True)
class AccessAsked:
    """Somebody asks for access to a document; a person, or without one the clerks, can give it."""

    request_id: uuid.UUID
    document_id: uuid.UUID
    title: str
    reason: str
    person_id: uuid.UUID | None


@dataclass(frozen=True)
class AccessAnswered:
    """The request has its answer. document_id: None when access is refused."""

    request_id: uuid.UUID
    document_id: uuid.UUID | None
    title: str
    answer: str
    person_id: uuid.UUID


@dataclass(frozen=True)
class RestrictionEnding:
    """A restriction runs out soon: who set it decides whether it goes on (LAW-101)."""

    document_id: uuid.UUID
    title: str
    until: date
    person_id: uuid.UUID | None


@dataclass(frozen=True)
class DraftVersionAdded:
    """A draft has a new version: what was approved of an older one is to be asked again (LAW-85)."""

    draft_id: uuid.UUID
    version_id: uuid.UUID
    number: int
    sha256: str


@dataclass(frozen=True)
class DestructionAsked:
    """An act of destruction is approved: its documents are to be destroyed."""

    act_id: uuid.UUID


@dataclass(frozen=True)
class BytesOwed:
    """Documents with these files are destroyed; the bytes are still there."""

    sha256s: list


@dataclass(frozen=True)
class HandoverAsked:
    """A package for the National Archive is to be made."""

    handover_id: uuid.UUID


@dataclass(frozen=True)
class DocumentChanged:
    """Title, access, state or people of a document changed."""

    document_id: uuid.UUID


@dataclass(frozen=True)
class DocumentAnswered:
    """A document is done, because its answer was registered; number: that of the answer."""

    document_id: uuid.UUID
    answer_id: uuid.UUID
    number: str


@dataclass(frozen=True)
class PlanImportAsked:
    """A table of rows of a filing plan waits to be read."""

    import_id: uuid.UUID


@dataclass(frozen=True)
class FileAsked:
    """Somebody waits for a file that a job makes."""

    file_id: uuid.UUID


@dataclass(frozen=True)
class FilesRead:
    """The files of a document have been read; pictures of their first pages can be made."""

    document_id: uuid.UUID


@dataclass(frozen=True)
class StampAsked:
    """A copy of a PDF with the registration stamp is wanted."""

    document_id: uuid.UUID
    file_id: uuid.UUID


@dataclass(frozen=True)
class TermExtended:
    """The term of a document was extended as far as the law allows (LAW-104, LAW-107)."""

    document_id: uuid.UUID
    due_on: date
    reason: str
