"""Facts that workflow announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class FlowFinished:
    """A flow came to its end, or was closed before it (`closed`)."""

    run_id: UUID
    about_kind: str
    about_id: UUID
    closed: bool
