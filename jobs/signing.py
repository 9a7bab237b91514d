"""The jobs of signing."""

import uuid

from portal.kernel.access import SYSTEM
from portal.kernel.jobs import job, periodic
from portal.signing import service as signing


@job(retries=8, first_wait_s=20)
def sign(signer_id: uuid.UUID):
    """Have one signature made by the remote signing service, and time-stamped (LAW-138)."""
    signing.make_signature(SYSTEM, signer_id)


@job(retries=4, first_wait_s=60)
def fetch_certificate(request_id: uuid.UUID, person_id: uuid.UUID):
    """Learn with which certificate a person will sign, so that the page can show it beforehand."""
    signing.fetch_certificate(SYSTEM, request_id, person_id)


@job(retries=2, first_wait_s=10)
def check(report_id: uuid.UUID):
    """Judge a file that somebody gave to be checked."""
    signing.run_check(SYSTEM, report_id)


@periodic(seconds=300)
def return_late():
    """Give requests back to signers whose signing service has not answered within the hour, and forget the PIN."""
    signing.return_late(SYSTEM)


@periodic(seconds=6 * 3600)
def refresh_lists():
    """Read the lists of trusted services anew (LAW-140)."""
    signing.refresh_lists(SYSTEM)
