"""Facts that the audit announces."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class VerificationRequested:
    """Somebody wants the log verified; a job does it."""

    verification_id: uuid.UUID
