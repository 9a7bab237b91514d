"""RFC 3161 time stamps: asking for one and judging one. No network here; the adapter carries the bytes."""

from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import algos, cms, tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from portal.signing import algorithms, cms_values
from portal.signing.report import Reason, Refused
from portal.signing.trust import STAMPS, TrustStore, common_name


@dataclass(frozen=True)
class Stamp:
    """A token whose own signature has been checked. made_at: aware UTC."""

    made_at: datetime
    hash_name: str
    imprint: bytes
    nonce: int | None
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]

    def covers(self, data: bytes) -> bool:
        return algorithms.digest(self.hash_name, data) == self.imprint

    def judge(self, trust: TrustStore) -> Reason | None:
        """Why the authority is not trusted at the moment it names, or None."""
        if trust.judge(self.certificate, self.others, self.made_at, STAMPS) is None and _only_stamps(self.certificate):
            return None
        return Reason("timestamp_not_trusted", {"issuer": common_name(self.certificate.subject)})


def query(digest: bytes, nonce: int) -> bytes:
    """The request for a SHA-256 digest; the authority's certificate is asked for, so that the token stands alone."""
    imprint = tsp.MessageImprint(
        {"hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}), "hashed_message": digest}
    )
    return tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}).dump()


def token_of(response: bytes) -> bytes:
    """The token inside a response. Raises ValueError with the authority's words when it granted none."""
    try:
        answer = tsp.TimeStampResp.load(response, strict=True)
        status = answer["status"]["status"].native
        words = answer["status"]["status_string"].native
    except (ValueError, TypeError) as error:
        raise ValueError("the answer is not a time-stamp response") from error
    if status not in ("granted", "granted_with_mods"):
        raise ValueError(f"{status}: {' '.join(words or [])}")
    return answer["time_stamp_token"].dump()


def read(token: bytes) -> Stamp:
    """Read a token and check its signature. Raises Refused("timestamp_wrong") for anything out of order."""
    try:
        signed = cms.ContentInfo.load(token)["content"]
        info = signed["encap_content_info"]["content"].parsed
        if not isinstance(info, tsp.TSTInfo) or len(signed["signer_infos"]) != 1:
            raise Refused("timestamp_wrong")
        signer = signed["signer_infos"][0]
        certificates = [x509.load_der_x509_certificate(item.chosen.dump()) for item in signed["certificates"]]
        certificate = _signer_certificate(signer, certificates)
        content = bytes(signed["encap_content_info"]["content"])
        hash_name = cms_values.digest_name(signer)
        if hash_name in algorithms.WEAK_HASHES or not cms_values.is_signed_by(
            signer, certificate, algorithms.digest(hash_name, content)
        ):
            raise Refused("timestamp_wrong")
        imprint = info["message_imprint"]
        return Stamp(
            made_at=info["gen_time"].native.astimezone(UTC),
            hash_name=imprint["hash_algorithm"]["algorithm"].native,
            imprint=imprint["hashed_message"].native,
            nonce=info["nonce"].native,
            certificate=certificate,
            others=tuple(item for item in certificates if item != certificate),
        )
    except (ValueError, TypeError, KeyError, AttributeError, x509.ExtensionNotFound) as error:
        raise Refused("timestamp_wrong") from error


def _signer_certificate(signer: cms.SignerInfo, certificates: list[x509.Certificate]) -> x509.Certificate:
    wanted = signer["sid"].chosen
    for certificate in certificates:
        if isinstance(wanted, cms.IssuerAndSerialNumber):
            if certificate.serial_number == wanted["serial_number"].native:
                return certificate
        else:
            identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            if identifier.digest == wanted.native:
                return certificate
    raise Refused("timestamp_wrong")


def _only_stamps(certificate: x509.Certificate) -> bool:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return False
    return extension.critical and list(extension.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
