"""Facts that exchange announces."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class MessageReceived:
    """A message is ours: kept whole, checked, and confirmed to its channel."""

    message_id: uuid.UUID


@dataclass(frozen=True)
class DeliveryQueued:
    """A delivery is to be handed to its channel."""

    delivery_id: uuid.UUID


@dataclass(frozen=True)
class DeliveryChanged:
    """A delivery is in another state. `state`: a value of exchange.models.DeliveryState."""

    delivery_id: uuid.UUID
    document_id: uuid.UUID
    case_id: uuid.UUID | None
    state: str
