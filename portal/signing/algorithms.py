"""Which algorithms a signature may use, and checking a value with each.

Weak ones (SHA-1, RSA under 2048 bits) are still computed, because a clerk must learn whether the file was changed, but
they never lead to a valid verdict.
"""

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from portal.signing.report import Refused

_DSIG = "http://www.w3.org/2000/09/xmldsig#"
_DSIG_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_DSIG_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
_XMLENC = "http://www.w3.org/2001/04/xmlenc#"

HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - only to see whether old files are intact; see WEAK_HASHES
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
WEAK_HASHES = {"sha1"}

DIGESTS = {
    f"{_DSIG}sha1": "sha1",
    f"{_DSIG_MORE}sha224": "sha224",
    f"{_XMLENC}sha256": "sha256",
    f"{_DSIG_MORE}sha384": "sha384",
    f"{_XMLENC}sha512": "sha512",
}
DIGEST_URI = {name: uri for uri, name in DIGESTS.items()}

# URI -> (family, hash)
SIGNATURES = {
    f"{_DSIG}rsa-sha1": ("rsa", "sha1"),
    f"{_DSIG_MORE}rsa-sha224": ("rsa", "sha224"),
    f"{_DSIG_MORE}rsa-sha256": ("rsa", "sha256"),
    f"{_DSIG_MORE}rsa-sha384": ("rsa", "sha384"),
    f"{_DSIG_MORE}rsa-sha512": ("rsa", "sha512"),
    f"{_DSIG_2007}sha224-rsa-MGF1": ("pss", "sha224"),
    f"{_DSIG_2007}sha256-rsa-MGF1": ("pss", "sha256"),
    f"{_DSIG_2007}sha384-rsa-MGF1": ("pss", "sha384"),
    f"{_DSIG_2007}sha512-rsa-MGF1": ("pss", "sha512"),
    f"{_DSIG_MORE}ecdsa-sha1": ("ecdsa", "sha1"),
    f"{_DSIG_MORE}ecdsa-sha224": ("ecdsa", "sha224"),
    f"{_DSIG_MORE}ecdsa-sha256": ("ecdsa", "sha256"),
    f"{_DSIG_MORE}ecdsa-sha384": ("ecdsa", "sha384"),
    f"{_DSIG_MORE}ecdsa-sha512": ("ecdsa", "sha512"),
}
SIGNATURE_URI = {pair: uri for uri, pair in SIGNATURES.items()}


def for_key(public_key) -> tuple[str, str]:
    """The (family, hash) with which we ask a key of this kind to sign."""
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        size = public_key.curve.key_size
        return "ecdsa", "sha256" if size <= 256 else "sha384" if size <= 384 else "sha512"
    if isinstance(public_key, rsa.RSAPublicKey):
        return "rsa", "sha256"
    raise Refused("algorithm_unknown", algorithm=type(public_key).__name__)


def public_key_of(certificate: x509.Certificate):
    """The certificate's key. Raises Refused("algorithm_unknown").

    Some real identity cards were issued with an RSA modulus written as a negative number; everybody else reads it as
    what was meant, so we do too.
    """
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        pass
    try:
        listed = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)).public_key
        if listed.algorithm == "rsa":
            numbers = listed["public_key"].parsed
            modulus = int.from_bytes(numbers["modulus"].contents, "big")
            return rsa.RSAPublicNumbers(numbers["public_exponent"].native, modulus).public_key()
    except (ValueError, TypeError):
        pass
    raise Refused("algorithm_unknown", algorithm=certificate.signature_algorithm_oid.dotted_string)


def key_bits(certificate: x509.Certificate) -> int:
    return public_key_of(certificate).key_size


def is_weak_key(certificate: x509.Certificate) -> bool:
    key = public_key_of(certificate)
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size < 2048
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size < 256


def raw_signature(public_key, value: bytes) -> bytes:
    """An ECDSA value as XML signatures want it (r and s side by side); others as they are.

    Signing services answer with either form, so both are taken.
    """
    if not isinstance(public_key, ec.EllipticCurvePublicKey):
        return value
    size = (public_key.curve.key_size + 7) // 8
    if len(value) == 2 * size:
        return value
    try:
        r, s = decode_dss_signature(value)
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    except (ValueError, OverflowError) as error:
        raise Refused("signature_wrong") from error


def der_signature(public_key, value: bytes) -> bytes:
    """The same value as CMS wants it (ECDSA: a DER sequence); the other way round of `raw_signature`."""
    if not isinstance(public_key, ec.EllipticCurvePublicKey):
        return value
    half = len(value) // 2
    return encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))


def check(public_key, family: str, hash_name: str, value: bytes, signed: bytes, *, raw_ecdsa: bool = True) -> bool:
    """Is `value` a signature of `signed`? raw_ecdsa: r and s side by side (XML); otherwise DER (CMS)."""
    algorithm = HASHES[hash_name]
    try:
        if family == "ecdsa" and isinstance(public_key, ec.EllipticCurvePublicKey):
            if raw_ecdsa:
                size = (public_key.curve.key_size + 7) // 8
                if len(value) != 2 * size:
                    return False
                value = encode_dss_signature(int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big"))
            public_key.verify(value, signed, ec.ECDSA(algorithm))
        elif family == "rsa" and isinstance(public_key, rsa.RSAPublicKey):
            public_key.verify(value, signed, padding.PKCS1v15(), algorithm)
        elif family == "pss" and isinstance(public_key, rsa.RSAPublicKey):
            public_key.verify(value, signed, padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO), algorithm)
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True


def digest(hash_name: str, data: bytes) -> bytes:
    hasher = hashes.Hash(HASHES[hash_name])
    hasher.update(data)
    return hasher.finalize()
