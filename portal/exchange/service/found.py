"""What search is told of received messages."""

from portal.exchange.models import MessageState
from portal.kernel import clock
from portal.kernel.found import Found


def found_message(message):
    """Sender, title and what was written; from when it is here whole."""
    if message.state == MessageState.FAILED_FETCH:
        return None
    return Found(
        message.title or message.external_id,
        f"/exchange/messages/{message.id}",
        message.access_set_id,
        text=message.description,
        date=clock.local(message.received_at).date(),
        author=message.sender_shown,
    )
