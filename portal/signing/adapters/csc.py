"""Remote signing over the Cloud Signature Consortium's API 2.0: explicit authorisation by PIN, then signHash."""

import base64
import re
import uuid

from cryptography import x509

from portal.kernel import http
from portal.kernel.config import settings
from portal.kernel.errors import ExternalRefused, ExternalUnavailable
from portal.kernel.i18n import _, ngettext
from portal.signing import algorithms
from portal.signing.ports import Credential, PinRefused

_HASH_OIDS = {
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_SIGN_OIDS = {
    ("rsa", "sha256"): "1.2.840.113549.1.1.11",
    ("ecdsa", "sha256"): "1.2.840.10045.4.3.2",
    ("ecdsa", "sha384"): "1.2.840.10045.4.3.3",
    ("ecdsa", "sha512"): "1.2.840.10045.4.3.4",
}


class CscSigner:
    """One conversation with the service: signs in at the first call and keeps the token."""

    def __init__(self):
        self._token = None

    def credential(self, person_id: uuid.UUID | None, name: str) -> Credential:
        """See ports.RemoteSigner. The person is known to the service by our id; the name goes along for its screen."""
        asked = {"userID": str(person_id), "clientData": name} if person_id else {}
        found = self._call("credentials/list", asked).get("credentialIDs") or []
        if not found:
            raise ExternalRefused(_("The signing service knows no certificate of %(name)s", name=name))
        info = self._call("credentials/info", {"credentialID": found[0], "certificates": "chain", "authInfo": True})
        try:
            certificates = [base64.b64decode(item) for item in info["cert"]["certificates"]]
            # the root is known to whoever trusts it; only what stands between goes into the signature
            between = [item for item in certificates[1:] if not _is_root(item)]
            return Credential(found[0], certificates[0], tuple(between), info["auth"]["mode"] != "implicit")
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ExternalUnavailable(_("The signing service answered something that cannot be read")) from error

    def sign(self, credential: Credential, digest: bytes, hash_name: str, pin: str | None) -> bytes:
        """See ports.RemoteSigner."""
        public_key = x509.load_der_x509_certificate(credential.certificate).public_key()
        pair = algorithms.for_key(public_key)
        hashed = base64.b64encode(digest).decode()
        about = {"credentialID": credential.id, "hashes": [hashed], "hashAlgorithmOID": _HASH_OIDS[hash_name]}
        authorisation = {**about, "numSignatures": 1}
        if credential.needs_pin:
            authorisation["authData"] = [{"id": "PIN", "value": pin or ""}]
        sad = self._call("credentials/authorize", authorisation).get("SAD")
        answer = self._call("signatures/signHash", {**about, "SAD": sad, "signAlgo": _SIGN_OIDS[pair]})
        try:
            return base64.b64decode(answer["signatures"][0], validate=True)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ExternalUnavailable(_("The signing service answered something that cannot be read")) from error

    def _call(self, method: str, body: dict) -> dict:
        if self._token is None:
            own = settings()
            self._token = self._ask("auth/login", {}, auth=(own.csc_user, own.csc_password)).get("access_token")
        return self._ask(method, body, headers={"Authorization": f"Bearer {self._token}"})

    def _ask(self, method: str, body: dict, **how) -> dict:
        url = settings().csc_url
        if not url:
            raise ExternalRefused(_("No remote signing service is configured"))
        response = http.request("POST", f"{url}/{method}", json=body, **how)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise ExternalUnavailable(_("The signing service answered something that cannot be read"))
        if response.status_code >= 400:
            raise _refusal(answer)
        return answer


def _refusal(answer: dict) -> ExternalRefused:
    code, words = str(answer.get("error", "")), str(answer.get("error_description", ""))
    if code == "invalid_pin" and "lock" in words.lower():
        return PinRefused(_("The certificate is locked after too many wrong PINs; ask its issuer to unlock it"), code)
    if code == "invalid_pin":
        left = re.search(r"\d+", words)
        if left:
            number = int(left.group())
            return PinRefused(
                ngettext(
                    "The PIN is wrong; %(num)s attempt is left", "The PIN is wrong; %(num)s attempts are left", number
                ),
                code,
            )
        return PinRefused(_("The PIN is wrong"), code)
    return ExternalRefused(_("The signing service refused: %(words)s", words=words or code), code)


def _is_root(der: bytes) -> bool:
    certificate = x509.load_der_x509_certificate(der)
    return certificate.subject == certificate.issuer
