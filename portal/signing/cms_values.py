"""The signer's part of a CMS structure (RFC 5652), as time stamps and PDF signatures both have it."""

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portal.signing import algorithms
from portal.signing.report import Refused

_FAMILIES = {"rsassa_pkcs1v15": "rsa", "rsassa_pss": "pss", "ecdsa": "ecdsa"}


def digest_name(signer: cms.SignerInfo) -> str:
    """The hash of the content. Raises Refused("algorithm_unknown")."""
    return _known(signer["digest_algorithm"]["algorithm"].native)


def is_signed_by(signer: cms.SignerInfo, certificate: x509.Certificate, content_digest: bytes) -> bool:
    """Signed attributes name the content's digest and the certificate, and the value covers the attributes.

    Raises Refused("algorithm_unknown"); ValueError, KeyError, TypeError for what is no such structure.
    """
    attributes = {item["type"].native: item["values"] for item in signer["signed_attrs"]}
    if attributes["message_digest"][0].native != content_digest or not _names(attributes, certificate):
        return False
    family, hash_name = _algorithm(signer)
    value = signer["signature"].native
    signed = signer["signed_attrs"].untag().dump()
    return algorithms.check(algorithms.public_key_of(certificate), family, hash_name, value, signed, raw_ecdsa=False)


def _names(attributes: dict, certificate: x509.Certificate) -> bool:
    """The signature must say which certificate made it (RFC 5035), or another could be put in its place."""
    der = certificate.public_bytes(Encoding.DER)
    if "signing_certificate_v2" in attributes:
        first = attributes["signing_certificate_v2"][0]["certs"][0]
        hash_name = _known(first["hash_algorithm"]["algorithm"].native)
        return first["cert_hash"].native == algorithms.digest(hash_name, der)
    if "signing_certificate" in attributes:
        first = attributes["signing_certificate"][0]["certs"][0]
        return first["cert_hash"].native == algorithms.digest("sha1", der)
    return False


def _algorithm(signer: cms.SignerInfo) -> tuple[str, str]:
    method = signer["signature_algorithm"]
    family = _FAMILIES.get(method.signature_algo)
    if family is None:
        raise Refused("algorithm_unknown", algorithm=str(method.signature_algo))
    try:
        return family, _known(method.hash_algo)
    except ValueError:  # plain "rsaEncryption": the digest algorithm of the signer counts
        return family, digest_name(signer)


def _known(hash_name: str) -> str:
    if hash_name not in algorithms.HASHES:
        raise Refused("algorithm_unknown", algorithm=str(hash_name))
    return hash_name
