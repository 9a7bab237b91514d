"""Jobs of the store of files: uploads."""

import uuid

from portal.kernel.access import SYSTEM
from portal.kernel.jobs import job, periodic
from portal.storage import service as storage


@job(retries=8, first_wait_s=5)
def finish_upload(upload_id: uuid.UUID):
    """Hash and keep a file whose pieces are all here (14.1)."""
    storage.finish_upload(SYSTEM, upload_id)


@periodic(seconds=600)
def drop_old_uploads():
    """Forget uploads that nobody went on with or used."""
    storage.drop_old_uploads(SYSTEM)
