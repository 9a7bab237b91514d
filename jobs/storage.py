"""Jobs of the store of files: uploads, the text of files that wait."""

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


@job(retries=3, first_wait_s=30)
def read_again(sha256: str):
    """Read a file once more that could not be read (15.1)."""
    storage.read_asked(SYSTEM, sha256)


@periodic(seconds=10)
def recognise_waiting():
    """Recognise the text of pictures and scans, one at a time, so that it never keeps what people wait for (15.1)."""
    storage.recognise_waiting(SYSTEM)
