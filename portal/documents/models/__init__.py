"""Tables of registers, documents and files, by noun."""

from portal.documents.models.documents import (
    MOVES,
    NO_TERM,
    OPEN_STATES,
    TITLE_LENGTH,
    Annulment,
    Document,
    DocumentKind,
    DocumentState,
    Warn,
    fold,
)
from portal.documents.models.files import DocumentFile, FileRole, TextState
from portal.documents.models.registers import NUMBER_FIELDS, Direction, Register, RegisterCounter, RegisterTally
from portal.documents.models.scans import Scan, ScanState

__all__ = [
    "MOVES",
    "NO_TERM",
    "NUMBER_FIELDS",
    "OPEN_STATES",
    "TITLE_LENGTH",
    "Annulment",
    "Direction",
    "Document",
    "DocumentFile",
    "DocumentKind",
    "DocumentState",
    "FileRole",
    "Register",
    "RegisterCounter",
    "RegisterTally",
    "Scan",
    "ScanState",
    "TextState",
    "Warn",
    "fold",
]
