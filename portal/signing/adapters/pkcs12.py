"""The municipality's seal from a PKCS #12 file that it keeps itself, instead of at a remote signing service."""

import uuid

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from portal.kernel.config import settings
from portal.kernel.errors import ExternalRefused
from portal.kernel.i18n import _
from portal.signing.ports import Credential

_HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


class FileSealer:
    """See ports.RemoteSigner; knows the seal and nobody else."""

    def credential(self, person_id: uuid.UUID | None, name: str) -> Credential:
        """The seal's certificate."""
        kept = _kept()
        between = [item.certificate for item in kept.additional_certs]
        chain = [item.public_bytes(Encoding.DER) for item in between if item.subject != item.issuer]
        return Credential("seal", kept.cert.certificate.public_bytes(Encoding.DER), tuple(chain), needs_pin=False)

    def sign(self, credential: Credential, digest: bytes, hash_name: str, pin: str | None) -> bytes:
        """The value, as CMS has it."""
        key, method = _kept().key, Prehashed(_HASHES[hash_name])
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(digest, ec.ECDSA(method))
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(digest, padding.PKCS1v15(), method)
        raise ExternalRefused(_("The seal's file holds a key of another kind than can be used here"))


def _kept():
    own = settings()
    try:
        password = own.seal_password_file.read_text().strip().encode()
        kept = load_pkcs12(own.seal_file.read_bytes(), password)
    except (OSError, ValueError) as error:
        # never their words: they may hold a path, and the page is read by more people than IT staff
        raise ExternalRefused(_("The seal's file cannot be opened; IT staff must look at its settings")) from error
    if kept.cert is None or kept.key is None:
        raise ExternalRefused(_("The seal's file holds no key with its certificate"))
    return kept
