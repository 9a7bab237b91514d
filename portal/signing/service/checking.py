"""Judging files against the municipality's roots of trust (LAW-140), and keeping the reports."""

from cryptography import x509
from sqlalchemy import select, true

from portal.audit import service as audit
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db, released
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.live import publish
from portal.signing.adapters import revocation
from portal.signing.events import CheckQueued
from portal.signing.models import SignatureReport
from portal.signing.report import Report
from portal.signing.service.lists import trusted_services
from portal.signing.trust import TrustStore
from portal.signing.verify import verify as judge
from portal.storage import service as storage


def verify(data, name, ask=False, beside=None) -> Report:
    """Judge a container, a PDF or signed XML now. data: bytes or an open seekable file. Keeps nothing. ask: issuers are
    asked whether certificates are alive where the file does not hold their answer; for jobs only, it takes time.
    beside: {name: reads the bytes} of what a detached XML signature may be about."""
    store, now = trust_store(ask), clock.now()
    if not ask:
        return judge(data, name, store, now, beside=beside)
    with released():  # the lists were read from the database; no lock is held while an issuer is asked
        return judge(data, name, store, now, beside=beside)


def trust_store(ask=False) -> TrustStore:
    """Whom the municipality trusts: its own roots, and the services of the lists that it believes."""
    roots = settings().trust_roots
    pem = roots.read_bytes() if roots.exists() else b""
    own = x509.load_pem_x509_certificates(pem) if pem.strip() else []
    return TrustStore(own, trusted_services(), revocation.state if ask and settings().ask_issuers else None)


def check_blob(actor, sha256, name) -> SignatureReport:
    """Judge a kept file and keep the report; a file checked again gets another report, the old ones stay."""
    row = SignatureReport(sha256=sha256, name=name, requested_by_id=actor.person_id, requested_at=clock.now())
    db.session.add(row)
    _judge(row)
    return row


def latest_report(sha256) -> SignatureReport | None:
    """The newest finished report of a file. Whoever may see the file may see it; the asking area decides that."""
    return db.session.scalar(
        select(SignatureReport)
        .where(SignatureReport.sha256 == sha256, SignatureReport.checked_at.is_not(None))
        .order_by(SignatureReport.id.desc())
        .limit(1)
    )


def request_check(actor, name, stream) -> SignatureReport:
    """Take a file to be checked by a job. Raises Invalid("file") for an empty one."""
    blob = storage.put(actor, stream, name=name)
    if blob.size_bytes == 0:
        raise Invalid(_("The file is empty"), field="file")
    row = SignatureReport(sha256=blob.sha256, name=name, requested_by_id=actor.person_id, requested_at=clock.now())
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "signature.check_asked", row)
    announce(actor, CheckQueued(report_id=row.id))
    return row


def run_check(actor, report_id):
    """Judge what `request_check` took; once."""
    row = db.session.get(SignatureReport, report_id)
    if row is None or row.checked_at is not None:
        return
    _judge(row)
    if row.requested_by_id:
        publish(f"person:{row.requested_by_id}", "signature-check")


def get_report(actor, report_id) -> SignatureReport:
    """A report that the actor asked for. Raises NotFound."""
    mine = true() if actor.is_system else SignatureReport.requested_by_id == actor.person_id
    row = db.session.scalar(select(SignatureReport).where(SignatureReport.id == report_id, mine))
    if row is None:
        raise NotFound(_("There is no such check"))
    return row


def _judge(row):
    # storage.open need not seek freely, and archives are read from their end
    data, name = storage.read(row.sha256), row.name
    db.session.flush()
    report = verify(data, name, ask=True)
    row.verdict, row.data, row.checked_at = report.verdict.value, report.to_json(), clock.now()
    db.session.flush()
