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


@dataclass(frozen=True)
class NewsFound:
    """A saved search has found something new since its owner looked."""

    person_id: uuid.UUID
    saved_id: uuid.UUID
