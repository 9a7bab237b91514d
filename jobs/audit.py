"""Jobs of the audit log: the sealer and the verification."""

import uuid

from portal.audit import service as audit
from portal.kernel.access import SYSTEM
from portal.kernel.jobs import job, periodic


@periodic(seconds=10)
def seal():
    """Put new records into the tree, sign its state, tell the witness (6.1, LAW-149)."""
    audit.seal(SYSTEM)


@periodic(seconds=24 * 3600)
def verify_daily():
    """Have the log verified once a day, so that its page never rests on an old answer."""
    audit.request_verification(SYSTEM)


@job(retries=2, first_wait_s=30)
def verify(verification_id: uuid.UUID):
    """Do one verification that somebody asked for."""
    audit.run_verification(SYSTEM, verification_id)
