"""Jobs of the store of files: uploads, texts that wait, the virus scanner, the check of all files."""

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


@job(retries=3, first_wait_s=30)
def scan(sha256: str):
    """Have the virus scanner look at a file before anybody is given it."""
    storage.scan_blob(SYSTEM, sha256)


@periodic(seconds=60)
def scan_waiting():
    """Go on with what waited while the scanner did not answer."""
    storage.scan_waiting(SYSTEM)


@job(retries=8, first_wait_s=60)
def check_files(run_id: uuid.UUID):
    """Read every kept file and compare it with its address."""
    storage.run_fixity(SYSTEM, run_id)


@periodic(seconds=3600)
def check_files_when_due():
    """As often as the setting says, a month by default."""
    storage.request_due_fixity(SYSTEM)
