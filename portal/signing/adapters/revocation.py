"""Asking an issuer whether a certificate is alive: OCSP, and where there is none its list of revoked ones (3.4)."""

from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from portal.kernel import clock, http
from portal.kernel.config import settings
from portal.kernel.errors import ExternalRefused, ExternalUnavailable
from portal.kernel.i18n import _
from portal.signing import ocsp

_LONGEST_ANSWER = 64 << 10
_LONGEST_LIST = 20 << 20


def ask(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """The issuer's answer (DER) about a certificate, for keeping beside a signature. Not judged yet.

    Raises ExternalRefused where nobody can be asked, ExternalUnavailable.
    """
    url = settings().ocsp_url or _ocsp_address(certificate)
    if not url:
        raise ExternalRefused(_("The certificate does not say where its issuer can be asked"))
    body, nonce = ocsp.question(certificate, issuer)
    response = http.request(
        "POST",
        url,
        data=body,
        headers={"Content-Type": "application/ocsp-request"},
        hosts=(urlsplit(url).netloc,),
        most_bytes=_LONGEST_ANSWER,
    )
    answer = response.content
    if response.status_code != 200:
        raise ExternalUnavailable(_("The certificate's issuer gave no usable answer"))
    if not ocsp.repeats(answer, nonce):
        raise ExternalUnavailable(_("The certificate's issuer answered something else than was asked"))
    return answer


def state(certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> str:
    """good, revoked, or unknown when nobody answers usably. Only for certificates whose issuer is trusted: the address
    comes from the certificate, and a stranger's must not send us anywhere."""
    if certificate.not_valid_after_utc < clock.now():
        return "unknown"  # issuers forget what has run out, so their „good” would say nothing
    try:
        found = ocsp.state_of(certificate, [ask(certificate, issuer)], [issuer], at)
        if found != "unknown":
            return found
    except (ExternalRefused, ExternalUnavailable):
        pass
    for url in _list_addresses(certificate):
        try:
            response = http.request("GET", url, hosts=(urlsplit(url).netloc,), most_bytes=_LONGEST_LIST)
        except ExternalUnavailable:
            continue
        if response.status_code == 200:
            found = ocsp.state_in_list(response.content, certificate, issuer, at)
            if found != "unknown":
                return found
    return "unknown"


def _ocsp_address(certificate: x509.Certificate) -> str:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    found = [row.access_location.value for row in access if row.access_method == AuthorityInformationAccessOID.OCSP]
    return next((url for url in found if _is_web(url)), "")


def _list_addresses(certificate: x509.Certificate) -> list[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    names = [name.value for point in points for name in point.full_name or () if hasattr(name, "value")]
    return [url for url in names if _is_web(url)][:3]


def _is_web(url) -> bool:
    return isinstance(url, str) and url.startswith(("http://", "https://"))
