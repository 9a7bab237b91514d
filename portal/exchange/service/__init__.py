"""Everything exchange can do: the only door for all other code."""

from portal.exchange.service.desk import (
    channel_state,
    deliveries_of,
    failing_deliveries,
    failing_messages,
    get_delivery,
    get_message,
    history,
    list_deliveries,
    list_messages,
    raw_delivery,
    raw_message,
)
from portal.exchange.service.found import found_message
from portal.exchange.service.incoming import find_message, receive_all, retry_message
from portal.exchange.service.notices import poll_notifications
from portal.exchange.service.outgoing import cancel, deliver, due_deliveries, queue_delivery, resend

__all__ = [
    "found_message",
    "cancel",
    "channel_state",
    "deliver",
    "deliveries_of",
    "due_deliveries",
    "failing_deliveries",
    "failing_messages",
    "find_message",
    "get_delivery",
    "get_message",
    "history",
    "list_deliveries",
    "list_messages",
    "poll_notifications",
    "queue_delivery",
    "raw_delivery",
    "raw_message",
    "receive_all",
    "resend",
    "retry_message",
]
