"""Verification: every record, checkpoint, witness copy and stored file is computed anew and compared."""

import uuid
from collections.abc import Callable

import sqlalchemy as sa

from portal.audit import policy
from portal.audit.events import VerificationRequested
from portal.audit.findings import Damage, Finding, Report
from portal.audit.models import AuditRecord, AuditVerification, VerificationState
from portal.audit.service.recording import record
from portal.audit.service.scan import LogScan
from portal.kernel import clock
from portal.kernel.db import db, reading, released, short_transaction
from portal.kernel.errors import NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.storage import service as storage

KEPT_FINDINGS = 1000

Progress = Callable[[str, int, int], None]


def verify(progress: Progress | None = None) -> Report:
    """Check the whole log and every stored file, changing nothing.
    progress(stage, done, total): stage "records" or "blobs". Sees what is committed; holds no lock."""
    progress = progress or (lambda stage, done, total: None)
    report = LogScan(progress).run()
    for sha256 in _damaged_blobs(report, progress):
        report.findings.append(Finding(Damage.BLOB_DAMAGED, sha256, about=_owner_of(sha256)))
    return report


def request_verification(actor):
    """Queue a verification for the job. One that waits or runs already serves this actor too.
    Returns the AuditVerification. Raises Forbidden."""
    ensure(policy.can_read(actor))
    last = latest_verification()
    if last is not None and not last.is_over:
        return last
    run = AuditVerification(state=VerificationState.WAITING, requested_at=clock.now())
    db.session.add(run)
    db.session.flush()
    record(actor, "audit.verification_requested", run)
    announce(actor, VerificationRequested(verification_id=run.id))
    return run


def get_verification(actor, verification_id):
    """One run. Raises Forbidden, NotFound."""
    ensure(policy.can_read(actor))
    run = db.session.get(AuditVerification, verification_id)
    if run is None:
        raise NotFound(_("There is no such verification"))
    return run


def latest_verification():
    """The newest run, or None."""
    return db.session.scalar(sa.select(AuditVerification).order_by(AuditVerification.id.desc()).limit(1))


def run_verification(actor, verification_id: uuid.UUID):
    """Do a queued verification (a job). Progress is committed while it goes; the log is never locked."""
    ensure(policy.can_read(actor))
    run = db.session.get(AuditVerification, verification_id)
    if run is None or run.is_over:
        return run
    run.state = VerificationState.RUNNING

    def tell(stage, done, total):
        with short_transaction() as session:
            session.execute(
                sa.update(AuditVerification)
                .where(AuditVerification.id == verification_id)
                .values(stage=stage, done=done, total=total)
            )

    with released():
        try:
            report = verify(_seldom(tell))
        except Exception:
            with short_transaction() as session:
                session.execute(
                    sa.update(AuditVerification).where(AuditVerification.id == verification_id)
                    .values(state=VerificationState.FAILED, finished_at=clock.now())
                )  # fmt: skip
            raise
    db.session.refresh(run)
    run.state = VerificationState.INTACT if report.is_intact else VerificationState.DAMAGED
    run.findings = [finding.dump() for finding in report.findings[:KEPT_FINDINGS]]
    run.records, run.checkpoints, run.blobs = report.records, report.checkpoints, report.blobs
    run.sealed_until, run.finished_at = report.sealed_until, clock.now()
    result = "ok" if report.is_intact else "failed"
    record(actor, "audit.verified", run, result=result,
           new={"records": report.records, "blobs": report.blobs, "findings": len(report.findings)})  # fmt: skip
    db.session.flush()
    return run


def _seldom(tell, every_s=0.5):
    """Pass on progress twice a second at most."""
    last = {}

    def progress(stage, done, total):
        now = clock.real_now()
        if done >= total or stage not in last or (now - last[stage]).total_seconds() >= every_s:
            last[stage] = now
            tell(stage, done, total)

    return progress


def _damaged_blobs(report, progress):
    def count(done, total):
        report.blobs = done
        progress("blobs", done, total)

    with reading():
        damaged = list(storage.verify_all(count))
        db.session.rollback()
    return damaged


def _owner_of(sha256):
    """What the log last called the thing that this file belongs to; a label for people, nothing depends on it."""
    with reading(), db.engine.connect() as connection:
        return connection.scalar(
            sa.select(AuditRecord.label)
            .where(AuditRecord.new_json.contains(sha256), AuditRecord.label.is_not(None))
            .order_by(AuditRecord.id.desc())
            .limit(1)
        )
