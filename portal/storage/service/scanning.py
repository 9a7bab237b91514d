"""Viruses: files are scanned by a job before anybody is given them; what is found is kept apart (14.1, security floor).

A blob waits (`waiting`) from the moment it is kept until the scanner has seen it: jobs may read it, nobody is given it.
What holds something, or cannot be scanned, is given to nobody until IT staff release or destroy it."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db, released
from portal.kernel.errors import Conflict, ExternalUnavailable, Invalid, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.storage import clamd, policy
from portal.storage.events import BlobQuarantined
from portal.storage.models import Blob, ScanState
from portal.storage.service import blobs

BATCH = 200
LATE = timedelta(minutes=5)


def scan_blob(actor, sha256):
    """Have the scanner look at a blob that waits for it; when it does not answer, the blob goes on waiting."""
    blob = blobs.get_blob(sha256)
    if blob.scan is not ScanState.WAITING or blob.erased_at:
        return
    cause = ""
    with released():
        try:
            cause = clamd.scan(settings().clamd, blobs._range(sha256))
        except clamd.NotScanned as error:
            cause = f"? {error}"
        except ExternalUnavailable:
            return
        except blobs.DamagedBlob:
            return  # found and told of by the check of all files
    blob.scan, blob.scanned_at, blob.scan_cause = ScanState.CLEAN, clock.now(), ""
    if cause:
        blob.scan, blob.scan_cause = ScanState.QUARANTINED, cause[:300]
        audit.record(actor, "storage.quarantined", blob, new={"cause": blob.scan_cause})
        announce(actor, BlobQuarantined(sha256=sha256, cause=blob.scan_cause))
    db.session.flush()


def scan_waiting(actor):
    """Go on with what waits since the scanner did not answer. Without a scanner nothing waits any longer."""
    if not settings().clamd:
        db.session.execute(sa.update(Blob).where(Blob.scan == ScanState.WAITING).values(scan=None))
        return
    waiting = db.session.scalars(
        sa.select(Blob.sha256).where(Blob.scan == ScanState.WAITING, Blob.erased_at.is_(None)).limit(BATCH)
    ).all()
    if not waiting:
        return
    with released():
        try:
            clamd.version(settings().clamd)
        except ExternalUnavailable:
            return
    for sha256 in waiting:
        scan_blob(actor, sha256)
        db.session.commit()


def waiting_for_scanner() -> tuple[int, datetime | None]:
    """(Number of files that wait, since when the first of them). No page asks the scanner itself."""
    row = db.session.execute(
        sa.select(sa.func.count(), sa.func.min(Blob.scanned_at)).where(
            Blob.scan == ScanState.WAITING, Blob.erased_at.is_(None)
        )
    ).one()
    return row[0], row[1]


def scanner_is_silent() -> bool:
    """Has a file waited longer than a scanner that answers would take?"""
    since = waiting_for_scanner()[1]
    return since is not None and since < clock.now() - LATE


def list_quarantined(actor, limit=200) -> list[Blob]:
    """What is kept apart, newest first."""
    ensure(policy.can_look_after(actor))
    return list(
        db.session.scalars(
            sa.select(Blob)
            .where(Blob.scan == ScanState.QUARANTINED, Blob.erased_at.is_(None))
            .order_by(Blob.scanned_at.desc())
            .limit(limit)
        )
    )


def release_quarantined(actor, sha256, reason):
    """Give a blob out in spite of what the scanner said. Raises Invalid("reason"), Conflict."""
    blob = _quarantined(actor, sha256, reason)
    blob.scan = ScanState.RELEASED
    audit.record(actor, "storage.released", blob, old={"cause": blob.scan_cause}, reason=reason)
    db.session.flush()


def destroy_quarantined(actor, sha256, reason):
    """Destroy the bytes; that they were here, and why they went, stays. Raises Invalid("reason"), Conflict."""
    blob = _quarantined(actor, sha256, reason)
    blobs._store().remove(sha256)
    blob.erased_at = clock.now()
    audit.record(actor, "storage.destroyed", blob, old={"cause": blob.scan_cause}, reason=reason)
    db.session.flush()


def _quarantined(actor, sha256, reason):
    ensure(policy.can_look_after(actor))
    if not (reason or "").strip():
        raise Invalid(_("Say why"), field="reason")
    blob = blobs.get_blob(sha256)
    if blob.scan is not ScanState.QUARANTINED or blob.erased_at:
        raise Conflict(_("The file is in quarantine no longer"))
    return blob
