"""What an area says of a record that search follows: the words it is found by, and who may find it."""

from dataclasses import dataclass
from datetime import date as Date
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Found:
    """As `search.put` takes it. An area answers with None for a record that is not to be found."""

    title: str
    url: str
    access_set_id: UUID
    number: str = ""
    text: str = ""
    date: Date | None = None
    unit: Any = ""
    author: str = ""
    status: str = ""
    class_name: str = ""
