"""Jobs of the document store: texts, imports, and facts that are kept no longer."""

import uuid

from portal.kernel.access import SYSTEM
from portal.kernel.jobs import job, periodic
from portal.store import service as store


@job(retries=5, first_wait_s=30)
def read_files(item_id: uuid.UUID):
    """Read the text of an item's files, so that it is found by their words (15.1)."""
    store.read_files(SYSTEM, item_id)


@job(retries=10, first_wait_s=60)
def erase_bytes(sha256s: list):
    """Destroy the bytes that destroyed items had (14.1)."""
    store.erase_bytes(sha256s)


@job(retries=4, first_wait_s=30)
def run_import(import_id: uuid.UUID):
    """Keep the rows of a manifest (14.1)."""
    store.run_import(import_id)


@periodic(seconds=24 * 3600)
def forget_old_events():
    """Forget what other systems can replay no longer."""
    store.forget_old_events()


@job(retries=5, first_wait_s=30)
def follow_grant(grant_id: uuid.UUID):
    """What is granted of the portal's documents is found in the store; what no longer is, is not (15.1)."""
    store.follow_grant(grant_id)


@periodic(seconds=6 * 3600)
def follow_expired():
    """The same where the last day has passed."""
    store.follow_expired()
