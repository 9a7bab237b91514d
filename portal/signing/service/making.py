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
from portal.kernel import pdf as pdf_of
from portal.kernel.config import settings
from portal.kernel.db import db, released
from portal.kernel.errors import ExternalRefused, ExternalUnavailable
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.i18n import moment as in_words
from portal.kernel.live import publish
from portal.signing import algorithms, asice, ocsp, pades, trust
from portal.signing.adapters import revocation
from portal.signing.adapters.csc import CscSigner
from portal.signing.adapters.pkcs12 import FileSealer
from portal.signing.adapters.tsa import HttpTimeStamper
from portal.signing.asice.build import value_bytes
from portal.signing.events import DocumentSigned, SignatureMade, SigningAsked
from portal.signing.models import RequestState, SignatureFormat, SignatureKind, SignatureRequest, Signer, SignerState
from portal.signing.ports import PinRefused
from portal.signing.report import Refused, Verdict
from portal.signing.service.checking import trust_store, verify
from portal.signing.service.requests import announce_next, ask_next
from portal.signing.words import explain, plain_name
from portal.storage import service as storage

_PIN_LIVES = timedelta(hours=1)
_SPOOL_BYTES = 8 << 20
_PDF = "application/pdf"


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
    if not _is_next(signer):
        return
    try:
        if signer.signature_value is None:
            _get_value(actor, signer)
        if signer.signature is None:
            _get_stamp(actor, signer)
        if signer.issuer_answer is None and settings().signature_level == "LT":
            _get_answer(signer)
    except ExternalUnavailable as error:
        _note(signer, _("The signing service does not answer now; it will be asked again. %(why)s", why=error.message))
        raise
    except ExternalRefused as refusal:
        if signer.person_id is None:
            _note(signer, refusal.message)
            raise
        _give_back(actor, signer, refusal.message, stop_batch=isinstance(refusal, PinRefused))
        return
    _finish(actor, signer)


def _is_next(signer) -> bool:
    """A PDF takes one signature at a time, each over those before; whoever gave the PIN first is first. The others'
    jobs are called again when it is made or given back."""
    if signer.request.format is not SignatureFormat.PADES:
        return True
    before = select(Signer.id).where(
        Signer.request_id == signer.request_id,
        Signer.state == SignerState.QUEUED,
        Signer.id != signer.id,
        # one that has its value must go on: its signer will not be asked again
        Signer.signature_value.is_not(None) | (Signer.queued_at < signer.queued_at),
    )
    return signer.signature_value is not None or db.session.scalar(before.limit(1)) is None


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
    pin, moment, is_pdf = signer.pin, clock.now(), found.format is SignatureFormat.PADES
    files = [asice.DataFile(file["name"], file["mime"], bytes.fromhex(file["sha256"])) for file in found.files]
    pdf = storage.read(found.current_sha256 or found.files[0]["sha256"]) if is_pdf else b""
    kind = found.kind
    service = _service_of(signer)
    with released():
        credential = service.credential(signer.person_id, name)
        certificate = _read_certificate(credential.certificate)
        _ensure_theirs(kind, certificate, name)
        chain = [_read_certificate(item) for item in credential.chain]
        try:
            if is_pdf:
                prepared = pades.prepare(pdf, certificate, chain, name, _mark(kind, certificate, moment))
            else:
                prepared = asice.prepare(files, certificate, chain, moment)
        except Refused as error:
            raise ExternalRefused(explain(error.reason)) from error
        value = service.sign(credential, prepared.digest, prepared.hash_name, pin)
        try:
            raw = algorithms.raw_signature(certificate.public_key(), value)
            if is_pdf:
                pades.check_value(prepared.state, raw)
            else:
                asice.complete(prepared.xml, raw)
        except Refused as error:
            raise ExternalUnavailable(
                _("The signing service gave a value that is no signature of this paper")
            ) from error
    if is_pdf:
        signer.prepared, signer.prepared_sha256 = prepared.state, storage.put(actor, prepared.pdf).sha256
    else:
        signer.prepared = prepared.xml
    signer.signature_value, signer.pin = raw, None
    _show_certificate(signer, certificate)
    db.session.flush()


def _service_of(signer):
    """Where the key lies: at the signing service, or for the seal in the instance's own file."""
    return FileSealer() if signer.person_id is None and settings().seal_file else CscSigner()


def _mark(kind, certificate, moment) -> bytes:
    """What a reader of the PDF sees of the signature; the proof is in the signature, not in the mark."""
    owner = trust.owner_of(certificate)
    width, height = pades.MARK_SIZE_PT
    return pdf_of.render(
        "signing/mark.html",
        name=plain_name(owner.name, owner.kind),
        moment_text=in_words(moment),
        seal=kind is SignatureKind.SEAL,
        width=width,
        height=height,
    )


def _get_stamp(actor, signer):
    """Have the signature stamped with the time: without it the paper does not count as signed (LAW-138)."""
    prepared, value, kept = signer.prepared, signer.signature_value, signer.prepared_sha256
    with released():
        covered = pades.stamped_bytes(prepared, value) if kept else value_bytes(prepared, value)
        token = HttpTimeStamper().stamp(covered)
    signer.signature = token if kept else asice.complete(prepared, value, token)
    db.session.flush()


def _get_answer(signer):
    """Keep what the issuer says of the certificate, so that the signature can be checked when the issuer is gone
    (LAW-143). A certificate that is not alive signs nothing."""
    path = _path_of(signer)
    if len(path) < 2:
        raise ExternalRefused(
            _("The certificate's issuer “%(issuer)s” is not trusted", issuer=trust.common_name(path[0].issuer))
        )
    with released():
        answer = revocation.ask(path[0], path[1])
    state = ocsp.state_of(path[0], [answer], path, at=clock.now())
    if state == "revoked":
        raise ExternalRefused(_("The certificate had been revoked"))
    if state != "good":
        raise ExternalUnavailable(_("The certificate's issuer gave no usable answer"))
    signer.issuer_answer = answer
    db.session.flush()


def _path_of(signer) -> list[x509.Certificate]:
    """From the signer's certificate to a root of trust, as far as it is known."""
    inside = (
        pades.certificates_of(signer.prepared) if signer.prepared_sha256 else asice.certificates_of(signer.prepared)
    )
    return trust_store().path(inside[0], inside[1:]) or inside[:1]


def _signed_pdf(signer) -> bytes:
    data = pades.complete(
        storage.read(signer.prepared_sha256), signer.prepared, signer.signature_value, signer.signature
    )
    if signer.issuer_answer is not None:
        data = pades.lasting(data, _path_of(signer), [signer.issuer_answer])
    return data


def _finish(actor, signer):
    """Count the signature, ask whoever comes next, and make the container when it was the last."""
    pdf = _signed_pdf(signer) if signer.prepared_sha256 else None
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
    if signer.state is not SignerState.QUEUED:  # another run was faster
        return
    if found.state is not RequestState.OPEN:
        _give_back(actor, signer, "")
        return
    if pdf is not None:
        if pades.base_of(signer.prepared) != (found.current_sha256 or found.files[0]["sha256"]):
            _give_back(actor, signer, _("Somebody else has signed this PDF meanwhile; type the PIN again"))
            return
        found.current_sha256 = storage.put(actor, pdf, mime=_PDF).sha256
    elif signer.issuer_answer is not None:
        signer.signature = asice.lasting(signer.signature, _path_of(signer), [signer.issuer_answer])
    signer.move(SignerState.SIGNED)
    signer.signed_at, signer.error, signer.pin = clock.now(), None, None
    db.session.flush()
    audit.record(actor, "signature.made", found, new={"certificate": signer.certificate_subject})
    if signer.person_id:
        announce(actor, SignatureMade(found.id, found.about_kind, found.about_id, signer.person_id))
        publish(f"person:{signer.person_id}", "signature")
    if found.container_sha256 is not None:
        return
    if all(one.state is SignerState.SIGNED for one in signers):
        _make_result(actor, found, signers)
    else:
        ask_next(actor, found)
    _call_waiting(actor, signer)


def _call_waiting(actor, signer):
    """Who waited for this signature goes on: the next of the same PDF, and the next with the same PIN."""
    if signer.request.format is SignatureFormat.PADES:
        following = db.session.scalar(
            select(Signer)
            .where(Signer.request_id == signer.request_id, Signer.state == SignerState.QUEUED)
            .order_by(Signer.queued_at)
            .limit(1)
        )
        if following is not None:
            announce(actor, SigningAsked(signer_id=following.id))
    if signer.batch_id is not None:
        announce_next(actor, signer.batch_id)


def _make_result(actor, found, signers):
    """The container, or the PDF as the last signature left it. It is judged as a stranger's before it is kept."""
    if found.format is SignatureFormat.PADES:
        name, data = found.files[0]["name"], storage.read(found.current_sha256)
        before = verify(storage.read(found.files[0]["sha256"]), name)  # others may have signed it before it came to us
        _ensure_valid(verify(data, name), len(before.signatures) + len(signers))
        blob = storage.get_blob(found.current_sha256)
    else:
        name = _container_name(found)
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as target:
            files = ((file["name"], file["mime"], storage.open(file["sha256"])) for file in found.files)
            asice.write(target, files, [one.signature for one in signers], found.requested_at)
            target.seek(0)
            _ensure_valid(verify(target, name), len(signers))
            target.seek(0)
            blob = storage.put(actor, target)
    found.container_sha256, found.container_name, found.container_size = blob.sha256, name, blob.size_bytes
    found.state, found.finished_at = RequestState.SIGNED, clock.now()
    db.session.flush()
    audit.record(actor, "signature.container_made", found, new={"sha256": blob.sha256})
    announce(actor, DocumentSigned(found.id, found.about_kind, found.about_id, blob.sha256, name, blob.size_bytes))


def _ensure_valid(report, count):
    """count: how many signatures there must be, so that none has been lost."""
    if report.verdict is not Verdict.VALID:
        reasons = [reason for signature in report.signatures for reason in signature.reasons] + list(report.reasons)
        words = "; ".join(explain(reason) for reason in reasons)
        raise ExternalRefused(_("The signed container does not pass our own check: %(words)s", words=words))
    if len(report.signatures) != count:
        raise ExternalRefused(
            _("The file must hold %(count)s signatures and holds %(found)s", count=count, found=len(report.signatures))
        )


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


def _give_back(actor, signer, message, stop_batch=False):
    """Back to the signer, with a word; the PIN is forgotten. stop_batch: also what would be tried with the same PIN."""
    signer.move(SignerState.WAITING)
    signer.pin, signer.queued_at, signer.error = None, None, message or None
    # what is half made holds the old certificate, and for a PDF the revision of that moment: begin anew
    signer.prepared = signer.prepared_sha256 = signer.signature_value = signer.signature = signer.issuer_answer = None
    db.session.flush()
    audit.record(actor, "signature.not_made", signer.request, result="failed", reason=message)
    if signer.person_id:
        publish(f"person:{signer.person_id}", "signature")
    if stop_batch and signer.batch_id is not None:
        others = select(Signer).where(Signer.batch_id == signer.batch_id, Signer.state == SignerState.QUEUED)
        for other in db.session.scalars(others).all():
            _give_back(actor, other, message)
    _call_waiting(actor, signer)


def _note(signer, message):
    """Leave a word on the row although the run itself is rolled back and repeated."""
    signer.error = message
    if signer.person_id:
        publish(f"person:{signer.person_id}", "signature")
    with released():
        pass
