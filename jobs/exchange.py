"""Jobs of exchange: receive, deliver, ask what became of what was sent."""

import uuid

from portal.exchange import service as exchange
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.jobs import job, periodic


def _interval_s():
    """Two minutes, as the e-address expects; a few seconds where nobody minds."""
    return 5 if settings().sandbox else 120


@job(retries=8, first_wait_s=60)
def deliver(delivery_id: uuid.UUID):
    """Hand one queued delivery to its channel (3.1, 3.3)."""
    exchange.deliver(SYSTEM, delivery_id)


@periodic(seconds=_interval_s)
def poll_messages():
    """Take in what waits for us (3.1, 3.3)."""
    exchange.receive_all(SYSTEM)


@periodic(seconds=_interval_s)
def poll_notifications():
    """Ask what became of what was sent, then try again what is due."""
    exchange.poll_notifications(SYSTEM)
    for delivery_id in exchange.due_deliveries():
        exchange.deliver(SYSTEM, delivery_id)
