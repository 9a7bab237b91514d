"""What search is told of received messages."""

from portal.exchange.models import MessageState
from portal.kernel import clock
from portal.kernel.access import keys_of, set_of
from portal.kernel.found import Found


def found_message(message):
    """Sender, title and what was written; from when it is here whole. IT staff see to deliveries on the desk: that
    does not let them find people by what they wrote."""
    if message.state == MessageState.FAILED_FETCH:
        return None
    return Found(
        message.title or message.external_id,
        f"/exchange/messages/{message.id}",
        set_of(*(key for key in keys_of(message.access_set_id) if key.name != "role:it")),
        text=message.description,
        date=clock.local(message.received_at).date(),
        author=message.sender_shown,
    )
