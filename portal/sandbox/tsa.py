"""The sandbox's time-stamp authority: RFC 3161 over HTTP. Shares no code with the portal's adapter.

Faults, switched by the setting `tsa.fault`: "down" (503), "slow" (waits `tsa.slow_s`), "refuses" (a rejection as the
standard words it), "garbage" (bytes that are no answer), "wrong" (a token for other data).
"""

import hashlib
import os
import time
from datetime import UTC, datetime

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Blueprint, Response, current_app, request

from portal.sandbox.pki import ec_key
from portal.sandbox.store import store

bp = Blueprint("tsa", __name__)

_POLICY = "1.3.6.1.4.1.99999.1"
_HASHES = {"sha256": 32, "sha384": 48, "sha512": 64}


@bp.post("/tsa")
def stamp():
    """One time stamp for one digest."""
    fault = store().setting("tsa.fault", "")
    if fault == "slow":
        time.sleep(float(store().setting("tsa.slow_s", 3)))
    if fault == "down":
        return Response("time stamping is down", 503)
    if fault == "garbage":
        return _answer(b"this is not a time stamp")
    if fault == "refuses":
        return _answer(_rejection("bad_alg"))
    if request.mimetype != "application/timestamp-query":
        return Response("Content-Type must be application/timestamp-query", 415)
    try:
        query = tsp.TimeStampReq.load(request.get_data(), strict=True)
        imprint = query["message_imprint"]
        method = imprint["hash_algorithm"]["algorithm"].native
        hashed = imprint["hashed_message"].native
    except (ValueError, TypeError):
        return _answer(_rejection("bad_data_format"))
    if _HASHES.get(method) != len(hashed):
        return _answer(_rejection("bad_alg"))
    if fault == "wrong":
        hashed = hashlib.new(method, b"something else").digest()
    token = _token(method, hashed, query)
    store().put("tsa", str(store().counter("tsa")), {"digest": hashed.hex(), "at": now().isoformat()})
    return _answer(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())


def now() -> datetime:
    """The time of the instance, whose clock the control page can move; without an instance, the machine's."""
    instance = current_app.extensions.get("sandbox.instance")
    if instance is None:
        return datetime.now(UTC)
    from portal.kernel import clock

    with instance.app_context():
        return clock.now()


def _token(method: str, hashed: bytes, query: tsp.TimeStampReq) -> cms.ContentInfo:
    pki = current_app.extensions["sandbox.pki"]
    certificate = x509.load_pem_x509_certificate(pki.tsa_cert.read_bytes())
    key = ec_key(pki.tsa_key)
    der = certificate.public_bytes(serialization.Encoding.DER)
    listed = asn1_x509.Certificate.load(der)
    fields = {
        "version": "v1",
        "policy": _POLICY,
        "message_imprint": {"hash_algorithm": {"algorithm": method}, "hashed_message": hashed},
        "serial_number": int.from_bytes(os.urandom(15), "big"),
        "gen_time": now(),
        "accuracy": {"seconds": 1},
    }
    if query["nonce"].native is not None:
        fields["nonce"] = query["nonce"].native
    content = tsp.TSTInfo(fields).dump()
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
            cms.CMSAttribute({"type": "signing_certificate_v2", "values": [_names_certificate(der)]}),
        ]
    )
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {"issuer_and_serial_number": {"issuer": listed.issuer, "serial_number": listed.serial_number}}
            ),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": key.sign(attributes.untag().dump(), ec.ECDSA(hashes.SHA256())),
        }
    )
    signed = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
        "signer_infos": [signer],
    }
    if query["cert_req"].native:
        signed["certificates"] = [listed]
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})


def _names_certificate(der: bytes) -> tsp.SigningCertificateV2:
    return tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(der).digest()}]})


def _rejection(why: str) -> bytes:
    return tsp.TimeStampResp({"status": {"status": "rejection", "status_string": [why], "fail_info": {why}}}).dump()


def _answer(data: bytes) -> Response:
    return Response(data, mimetype="application/timestamp-reply")
