"""Tables of the document store."""

from portal.store.models.feed import ImportResult, StoreEvent, StoreImport, StoreImportRow
from portal.store.models.items import (
    LEVELS,
    PORTAL,
    ItemState,
    Level,
    StoreChange,
    StoreFile,
    StoreItem,
    StoreRelation,
    StoreReservation,
    StoreVersion,
)
from portal.store.models.rules import FIELD_TYPES, StoreClass, StoreGrant, StorePropertySet

__all__ = [
    "ImportResult", "StoreEvent", "StoreImport", "StoreImportRow",
    "FIELD_TYPES", "LEVELS", "PORTAL", "ItemState", "Level", "StoreChange", "StoreClass", "StoreFile", "StoreGrant",
    "StoreItem", "StorePropertySet", "StoreRelation", "StoreReservation", "StoreVersion",
]  # fmt: skip
