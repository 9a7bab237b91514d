"""What storage announces."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class UploadReceived:
    """All bytes of a file that came in pieces are in the staging folder."""

    upload_id: uuid.UUID


@dataclass(frozen=True)
class BlobReceived:
    """A blob was kept that the virus scanner has not seen."""

    sha256: str


@dataclass(frozen=True)
class FixityAsked:
    """All blobs are to be read and compared."""

    run_id: uuid.UUID


@dataclass(frozen=True)
class BlobsDamaged:
    """A run found damaged or missing blobs that the run before had not."""

    run_id: uuid.UUID
    number: int


@dataclass(frozen=True)
class BlobQuarantined:
    """The scanner found something in a blob, or cannot tell."""

    sha256: str
    cause: str


@dataclass(frozen=True)
class TextChanged:
    """The text of a blob is another than before: recognised on its pictures, or read at last."""

    sha256: str


@dataclass(frozen=True)
class TextAsked:
    """Somebody wants a blob read once more."""

    sha256: str
