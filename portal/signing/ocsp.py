"""What certificate issuers say about certificates: was one alive at a time? Answers (OCSP, RFC 6960), lists of revoked
certificates (CRL, RFC 5280), and BDOC time marks. No network here; the adapter carries the bytes."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asn1crypto import algos, core
from asn1crypto import ocsp as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from portal.signing import algorithms

# an answer that was given longer before the signature than this says nothing about it
_OLDEST = timedelta(days=1)


@dataclass(frozen=True)
class TimeMark:
    """made_at: when the issuer answered, aware UTC. responder: who answered."""

    made_at: datetime
    responder: str
    answer: bytes


def question(certificate: x509.Certificate, issuer: x509.Certificate) -> tuple[bytes, bytes]:
    """The request about a certificate, and the nonce that a careful responder repeats."""
    nonce = secrets.token_bytes(16)
    # SHA-1 only names the certificate here; responders must know it (RFC 5019) and some know nothing else
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
    builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(serialization.Encoding.DER), nonce


def repeats(answer: bytes, nonce: bytes) -> bool:
    """Is the answer to our question? One without a nonce was kept ready: its time counts."""
    try:
        found = ocsp.load_der_ocsp_response(answer).extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return True
    except ValueError:
        return False
    return found == nonce


def state_in_list(crl: bytes, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> str:
    """good, revoked or unknown by an issuer's list of revoked certificates. at: the moment that counts."""
    try:
        found = x509.load_der_x509_crl(crl)
        if found.issuer != certificate.issuer or not found.is_signature_valid(algorithms.public_key_of(issuer)):
            return "unknown"
        if found.last_update_utc < at - _OLDEST or (found.next_update_utc and found.next_update_utc < at):
            return "unknown"
        row = found.get_revoked_certificate_by_serial_number(certificate.serial_number)
        return "revoked" if row is not None and row.revocation_date_utc <= at else "good"
    except (ValueError, TypeError):
        return "unknown"


def time_mark(answers: Sequence[bytes], signature_value: bytes) -> TimeMark | None:
    """The BDOC time mark: an answer whose nonce holds the digest of the signature value, so it was made after it."""
    for raw in answers:
        try:
            response = asn1.OCSPResponse.load(raw).basic_ocsp_response["tbs_response_data"]
            nonce = _nonce(response)
            if nonce is None:
                continue
            marked = algos.DigestInfo.load(nonce)
            hash_name = marked["digest_algorithm"]["algorithm"].native
            if hash_name not in algorithms.HASHES:
                continue
            if marked["digest"].native == algorithms.digest(hash_name, signature_value):
                made_at = response["produced_at"].native.astimezone(UTC)
                return TimeMark(made_at, _responder(response), raw)
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    return None


def state_of(
    certificate: x509.Certificate,
    answers: Sequence[bytes],
    around: Sequence[x509.Certificate],
    at: datetime | None = None,
) -> str:
    """good, revoked or unknown. around: certificates among which the issuer and the responder are looked for.
    at: the moment of signing; what was revoked later was alive then, and an answer older than a day says nothing.

    Only an answer that the issuer, or a responder issued by it, has signed counts.
    """
    for raw in answers:
        try:
            response = ocsp.load_der_ocsp_response(raw)
            if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                continue
            if response.serial_number != certificate.serial_number:
                continue
            known = [*response.certificates, *around]
            # the name alone is no issuer: the answer may bring a namesake's certificate with it
            issuers = [item for item in known if item.subject == certificate.issuer and _issued(item, certificate)]
            if not any(_answered_for(response, issuer, known) for issuer in issuers):
                continue
            if at is not None and response.this_update_utc < at - _OLDEST:
                continue
            revoked = response.certificate_status is ocsp.OCSPCertStatus.REVOKED
            if revoked and at is not None and response.revocation_time_utc and response.revocation_time_utc > at:
                return "good"
            good = response.certificate_status is ocsp.OCSPCertStatus.GOOD
            return "revoked" if revoked else "good" if good else "unknown"
        except (ValueError, TypeError):
            continue
    return "unknown"


def _answered_for(response: ocsp.OCSPResponse, issuer: x509.Certificate, known: Sequence[x509.Certificate]) -> bool:
    for responder in known:
        if responder != issuer:
            if responder.issuer != issuer.subject or not _answers(responder):
                continue
            if not _issued(issuer, responder):
                continue
        method = response.signature_hash_algorithm
        family = "ecdsa" if "ecdsa" in (response.signature_algorithm_oid._name or "").lower() else "rsa"
        if (
            method is not None
            and method.name in algorithms.HASHES
            and algorithms.check(
                responder.public_key(),
                family,
                method.name,
                response.signature,
                response.tbs_response_bytes,
                raw_ecdsa=False,
            )
        ):
            return True
    return False


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:
        return False
    return True


def _answers(certificate: x509.Certificate) -> bool:
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return x509.oid.ExtendedKeyUsageOID.OCSP_SIGNING in purposes


class _Extension(core.Sequence):
    """Read without asn1crypto's own idea of a nonce: a time mark's nonce is a bare DigestInfo."""

    _fields = [
        ("id", core.ObjectIdentifier),
        ("critical", core.Boolean, {"default": False}),
        ("value", core.OctetString),
    ]


class _Extensions(core.SequenceOf):
    _child_spec = _Extension


def _nonce(response: asn1.ResponseData) -> bytes | None:
    extensions = response["response_extensions"]
    if isinstance(extensions, core.Void):
        return None
    for extension in _Extensions.load(extensions.untag().dump()):
        if extension["id"].dotted == "1.3.6.1.5.5.7.48.1.2":
            return extension["value"].native
    return None


def _responder(response: asn1.ResponseData) -> str:
    responder = response["responder_id"]
    return responder.chosen.native.get("common_name", "OCSP") if responder.name == "by_name" else "OCSP"
