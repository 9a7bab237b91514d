"""Jobs of the document store."""

import uuid

from portal.kernel.access import SYSTEM
from portal.kernel.jobs import job
from portal.store import service as store


@job(retries=5, first_wait_s=30)
def read_files(item_id: uuid.UUID):
    """Read the text of an item's files, so that it is found by their words (15.1)."""
    store.read_files(SYSTEM, item_id)
