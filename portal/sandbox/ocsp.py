"""The sandbox's answers about certificates of its own authority: OCSP (RFC 6960) and a list of revoked ones (RFC 5280).

Shares no code with the portal. A certificate is revoked by a record `ocsp.revoked` whose id is its serial number in
hex, with `at`, an ISO time. Faults, switched by the setting `ocsp.fault`: "down" (503), "slow" (waits `ocsp.slow_s`),
"refuses" (tryLater), "garbage" (bytes that are no answer), "unknown" (knows no certificate).
"""

import time
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from flask import Blueprint, Response, current_app, request

from portal.sandbox.pki import ec_key
from portal.sandbox.store import store
from portal.sandbox.tsa import now

bp = Blueprint("ocsp", __name__)


@bp.post("/ocsp")
def answer():
    """One answer about one certificate."""
    fault = store().setting("ocsp.fault", "")
    if fault == "slow":
        time.sleep(float(store().setting("ocsp.slow_s", 3)))
    if fault == "down":
        return Response("the responder is down", 503)
    if fault == "garbage":
        return _reply(b"this is not an answer")
    if fault == "refuses":
        return _reply(_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER))
    try:
        asked = ocsp.load_der_ocsp_request(request.get_data())
    except ValueError:
        return _reply(_unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST))
    return _reply(_answer(asked, fault == "unknown"))


@bp.get("/crl")
def revoked_list():
    """All revoked certificates of the authority."""
    made = current_app.extensions["sandbox.pki"]
    root = x509.load_pem_x509_certificate(made.ca.read_bytes())
    moment = now().replace(microsecond=0)
    builder = x509.CertificateRevocationListBuilder().issuer_name(root.subject)
    builder = builder.last_update(moment).next_update(moment + timedelta(days=1))
    for serial, row in store().list("ocsp.revoked"):
        entry = x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(_at(row))
        builder = builder.add_revoked_certificate(entry.build())
    signed = builder.sign(ec_key(made.ca_key), hashes.SHA256())
    return Response(signed.public_bytes(serialization.Encoding.DER), mimetype="application/pkix-crl")


def _answer(asked: ocsp.OCSPRequest, knows_nothing: bool) -> bytes:
    made = current_app.extensions["sandbox.pki"]
    root = x509.load_pem_x509_certificate(made.ca.read_bytes())
    responder = x509.load_pem_x509_certificate(made.ocsp_cert.read_bytes())
    row = store().get("ocsp.revoked", f"{asked.serial_number:x}")
    status = ocsp.OCSPCertStatus.REVOKED if row else ocsp.OCSPCertStatus.GOOD
    if knows_nothing or not _is_ours(asked, root):
        status, row = ocsp.OCSPCertStatus.UNKNOWN, None
    moment = now().replace(microsecond=0)
    builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
        asked.issuer_name_hash,
        asked.issuer_key_hash,
        asked.serial_number,
        asked.hash_algorithm,
        status,
        moment,
        moment + timedelta(hours=12),
        _at(row) if row else None,
        None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder).certificates([responder])
    for extension in asked.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            builder = builder.add_extension(extension.value, critical=False)
    store().put("ocsp", str(store().counter("ocsp")), {"serial": f"{asked.serial_number:x}", "status": status.name})
    return builder.sign(ec_key(made.ocsp_key), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _is_ours(asked: ocsp.OCSPRequest, root: x509.Certificate) -> bool:
    name = hashes.Hash(asked.hash_algorithm)
    name.update(root.subject.public_bytes())
    return name.finalize() == asked.issuer_name_hash


def _at(row: dict) -> datetime:
    moment = datetime.fromisoformat(row["at"])
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None)


def _unsuccessful(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(serialization.Encoding.DER)


def _reply(data: bytes) -> Response:
    return Response(data, mimetype="application/ocsp-response")
