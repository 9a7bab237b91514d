"""Facts that the store announces. `owner`: the application whose item it is."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class ItemCreated:
    """An application keeps something new."""

    item_id: uuid.UUID
    owner: str


@dataclass(frozen=True)
class ItemChanged:
    """Metadata, class, level, relations or lock of an item changed."""

    item_id: uuid.UUID
    owner: str


@dataclass(frozen=True)
class VersionAdded:
    """An item has a new version, with files that are still to be read."""

    item_id: uuid.UUID
    owner: str
    number: int


@dataclass(frozen=True)
class ItemDeleted:
    """An item is deleted, and may be restored; destroyed: it is gone for good."""

    item_id: uuid.UUID
    owner: str
    destroyed: bool = False


@dataclass(frozen=True)
class BytesLeft:
    """An application destroyed its item; nothing of it names these bytes any more."""

    sha256s: list


@dataclass(frozen=True)
class ItemRestored:
    """A deleted item is there again."""

    item_id: uuid.UUID
    owner: str


@dataclass(frozen=True)
class GrantGiven:
    """Somebody may read. item_id: None when it is about a class."""

    grant_id: uuid.UUID
    owner: str
    holder: str
    item_id: uuid.UUID | None


@dataclass(frozen=True)
class GrantEnded:
    """Somebody may read no longer."""

    grant_id: uuid.UUID
    owner: str
    holder: str
    item_id: uuid.UUID | None


@dataclass(frozen=True)
class ImportAsked:
    """An application gave a manifest of items to keep."""

    import_id: uuid.UUID
