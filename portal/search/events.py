"""Facts that search announces."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class SearchChanged:
    """Something waits for the index."""

    entry_id: uuid.UUID
