"""Facts that search announces."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class SearchChanged:
    """Something waits for the index."""

    entry_id: uuid.UUID


@dataclass(frozen=True)
class RebuildAsked:
    """The index is to be built anew."""

    rebuild_id: uuid.UUID
