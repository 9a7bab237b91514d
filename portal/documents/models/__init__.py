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
from portal.documents.models.kinds import FieldType, RegistrationKind
from portal.documents.models.plans import (
    Carrier,
    Dossier,
    FilingPlan,
    ImportState,
    PlanImport,
    PlanState,
    Retention,
    index_parts,
    place_key,
)
from portal.documents.models.registers import (
    NUMBER_FIELDS,
    Direction,
    NumberNote,
    NumberReservation,
    Register,
    RegisterCounter,
    RegisterTally,
)
from portal.documents.models.scans import Scan, ScanState
from portal.documents.models.work import ListAct, ReadyFile, ReadyState, SavedView

__all__ = [
    "MOVES",
    "NO_TERM",
    "NUMBER_FIELDS",
    "OPEN_STATES",
    "TITLE_LENGTH",
    "Annulment",
    "Carrier",
    "Direction",
    "Document",
    "DocumentFile",
    "DocumentKind",
    "DocumentState",
    "Dossier",
    "FieldType",
    "FileRole",
    "FilingPlan",
    "ImportState",
    "ListAct",
    "NumberNote",
    "NumberReservation",
    "PlanImport",
    "PlanState",
    "ReadyFile",
    "ReadyState",
    "Register",
    "RegisterCounter",
    "RegisterTally",
    "RegistrationKind",
    "Retention",
    "SavedView",
    "Scan",
    "ScanState",
    "TextState",
    "Warn",
    "fold",
    "index_parts",
    "place_key",
]
