"""What the job does: signature value from the signing service, time stamp, container. Safe to run again at any point.

Each outside answer is written down and committed before the next system is asked. A run that is cut short goes on where
it stopped, and of two runs at once one loses by the row's version and finds on its next try that all is done.
"""

import tempfile
import unicodedata
from datetime import timedelta
from pathlib import PurePosixPath

from cryptography import x509
from sqlalchemy import select

from portal.audit import service as audit
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db, released
from portal.kernel.errors import ExternalRefused, ExternalUnavailable
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.live import publish
from portal.signing import algorithms, asice, trust
from portal.signing.adapters.csc import CscSigner
from portal.signing.adapters.tsa import HttpTimeStamper
from portal.signing.asice.build import value_bytes
from portal.signing.events import DocumentSigned, SignatureMade
from portal.signing.models import RequestState, SignatureKind, SignatureRequest, Signer, SignerState
from portal.signing.report import Refused, Verdict
from portal.signing.service.checking import verify
from portal.signing.words import explain
from portal.storage import service as storage

_PIN_LIVES = timedelta(hours=1)
_SPOOL_BYTES = 8 << 20


def make_signature(actor, signer_id):
    """Take one queued signature as far as it goes.

    What the signer can mend (wrong PIN, locked or foreign certificate) goes back to the signer with a message. Raises
    ExternalUnavailable to be run again, and ExternalRefused for the seal, where there is nobody to ask.
    """
    signer = db.session.get(Signer, signer_id)
    if signer is None or signer.state is not SignerState.QUEUED:
        return
    if signer.request.state is not RequestState.OPEN:
        _give_back(actor, signer, "")
        return
    try:
        if signer.signature_value is None:
            _get_value(actor, signer)
        if signer.signature_xml is None:
            _get_stamp(signer)
    except ExternalUnavailable as error:
        _note(signer, _("The signing service does not answer now; it will be asked again. %(why)s", why=error.message))
        raise
    except ExternalRefused as refusal:
        if signer.person_id is None:
            _note(signer, refusal.message)
            raise
        _give_back(actor, signer, refusal.message)
        return
    _finish(actor, signer)


def fetch_certificate(actor, request_id, person_id):
    """Learn which certificate a person will sign with, for the page to show."""
    found = db.session.get(SignatureRequest, request_id)
    signer = found and found.signer_of(person_id)
    if signer is None or signer.certificate_subject or signer.state is not SignerState.WAITING:
        return
    name = identity.names_of([person_id])[person_id]
    with released():
        credential = CscSigner().credential(person_id, name)
    db.session.refresh(signer)
    if signer.state is not SignerState.WAITING:  # the person did not wait for it
        return
    _show_certificate(signer, _read_certificate(credential.certificate))
    db.session.flush()
    publish(f"person:{person_id}", "signature")


def return_late(actor):
    """Give back what has waited for the signing service over an hour, so that no PIN lies around."""
    limit = clock.real_now() - _PIN_LIVES
    late = select(Signer).where(Signer.state == SignerState.QUEUED, Signer.pin.is_not(None), Signer.queued_at < limit)
    for signer in db.session.scalars(late).all():
        _give_back(actor, signer, _("The signing service did not answer for an hour; type the PIN again"))


def _get_value(actor, signer):
    """Ask the service for the signature value; afterwards the PIN is gone."""
    found = signer.request
    name = identity.names_of([signer.person_id])[signer.person_id] if signer.person_id else settings().municipality
    files = [asice.DataFile(file["name"], file["mime"], bytes.fromhex(file["sha256"])) for file in found.files]
    pin, moment = signer.pin, clock.now()
    service = CscSigner()
    with released():
        credential = service.credential(signer.person_id, name)
        certificate = _read_certificate(credential.certificate)
        _ensure_theirs(found.kind, certificate, name)
        chain = [_read_certificate(item) for item in credential.chain]
        prepared = asice.prepare(files, certificate, chain, moment)
        value = service.sign(credential, prepared.digest, prepared.hash_name, pin)
        try:
            raw = algorithms.raw_signature(certificate.public_key(), value)
            asice.complete(prepared.xml, raw)
        except Refused as error:
            raise ExternalUnavailable(
                _("The signing service gave a value that is no signature of this paper")
            ) from error
    signer.prepared_xml, signer.signature_value, signer.pin = prepared.xml, raw, None
    _show_certificate(signer, certificate)
    db.session.flush()


def _get_stamp(signer):
    """Have the signature stamped with the time: without it the paper does not count as signed (LAW-138)."""
    with released():
        token = HttpTimeStamper().stamp(value_bytes(signer.prepared_xml, signer.signature_value))
    signer.signature_xml = asice.complete(signer.prepared_xml, signer.signature_value, token)
    db.session.flush()


def _finish(actor, signer):
    """Count the signature, and make the container when it was the last."""
    signer.move(SignerState.SIGNED)
    signer.signed_at, signer.error, signer.pin = clock.now(), None, None
    db.session.flush()
    # signers of one request may finish at the same moment: whoever holds the row sees the others' result
    found = db.session.scalar(
        select(SignatureRequest)
        .where(SignatureRequest.id == signer.request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    signers = db.session.scalars(
        select(Signer)
        .where(Signer.request_id == found.id)
        .order_by(Signer.order)
        .execution_options(populate_existing=True)
    ).all()
    audit.record(actor, "signature.made", found, new={"certificate": signer.certificate_subject})
    if signer.person_id:
        announce(actor, SignatureMade(found.id, found.about_kind, found.about_id, signer.person_id))
        publish(f"person:{signer.person_id}", "signature")
    if found.container_sha256 is None and all(one.state is SignerState.SIGNED for one in signers):
        _make_container(actor, found, signers)


def _make_container(actor, found, signers):
    name = _container_name(found)
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as target:
        files = ((file["name"], file["mime"], storage.open(file["sha256"])) for file in found.files)
        asice.write(target, files, [one.signature_xml for one in signers], found.requested_at)
        target.seek(0)
        report = verify(target, name)
        if report.verdict is not Verdict.VALID:
            reasons = [reason for signature in report.signatures for reason in signature.reasons] + list(report.reasons)
            words = "; ".join(explain(reason) for reason in reasons)
            raise ExternalRefused(_("The signed container does not pass our own check: %(words)s", words=words))
        target.seek(0)
        blob = storage.put(actor, target)
    found.container_sha256, found.container_name, found.container_size = blob.sha256, name, blob.size_bytes
    found.state, found.finished_at = RequestState.SIGNED, clock.now()
    db.session.flush()
    audit.record(actor, "signature.container_made", found, new={"sha256": blob.sha256})
    announce(actor, DocumentSigned(found.id, found.about_kind, found.about_id, blob.sha256, name, blob.size_bytes))


def _container_name(found) -> str:
    return f"{PurePosixPath(found.files[0]['name']).stem[:120]}.asice"


def _read_certificate(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise ExternalUnavailable(_("The signing service answered something that cannot be read")) from error


def _ensure_theirs(kind, certificate, name):
    """A person signs with their own certificate, and the seal is a seal; else nothing is signed."""
    owner = trust.owner_of(certificate)
    if owner.kind != kind.value:
        raise ExternalRefused(
            _("The certificate “%(subject)s” is of another kind than is needed here", subject=owner.name)
        )
    if kind is SignatureKind.PERSONAL and _same(f"{owner.given_name} {owner.family_name}") != _same(name):
        raise ExternalRefused(
            _("The certificate belongs to “%(subject)s”, not to “%(name)s”", subject=owner.name, name=name)
        )


def _same(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _show_certificate(signer, certificate):
    owner = trust.owner_of(certificate)
    signer.certificate_subject = f"{owner.name}, {owner.identifier}" if owner.identifier else owner.name
    signer.certificate_until = clock.local(certificate.not_valid_after_utc).date()


def _give_back(actor, signer, message):
    """Back to the signer, with a word; the PIN is forgotten."""
    signer.move(SignerState.WAITING)
    signer.pin, signer.queued_at, signer.error = None, None, message or None
    db.session.flush()
    audit.record(actor, "signature.not_made", signer.request, result="failed", reason=message)
    if signer.person_id:
        publish(f"person:{signer.person_id}", "signature")


def _note(signer, message):
    """Leave a word on the row although the run itself is rolled back and repeated."""
    signer.error = message
    if signer.person_id:
        publish(f"person:{signer.person_id}", "signature")
    with released():
        pass
