"""Outgoing calls: time limits, TLS, only to configured hosts, and our errors instead of the library's."""

from urllib.parse import urlsplit

import requests

from portal.kernel.config import settings
from portal.kernel.errors import ExternalUnavailable, Forbidden
from portal.kernel.i18n import _

_local: dict[str, requests.Session] = {}


def request(method, url, *, data=None, json=None, headers=None, timeout=(10, 30), cert=None, verify=True, auth=None,
            hosts=(), most_bytes=None):  # fmt: skip
    """Call an outside system once.
    timeout: (connect, read) in seconds. hosts: further hosts that IT staff have entered.
    most_bytes: of an answer that grows longer nothing is kept.
    Returns requests.Response for every status below 500 except 429.
    Raises ExternalUnavailable (no answer, one too long, 429, 5xx; with their Retry-After in seconds), Forbidden for a
    host that is not configured. Retrying is the job's business.
    """
    parts = urlsplit(url)
    if parts.netloc not in _configured_hosts() and parts.netloc not in hosts:
        raise Forbidden(_("Calls to %(host)s are not configured", host=parts.netloc))
    try:
        response = requests.request(
            method,
            url,
            data=data,
            json=json,
            headers=headers,
            timeout=timeout,
            cert=cert,
            verify=verify,
            auth=auth,
            allow_redirects=False,
            stream=most_bytes is not None,
        )
        if most_bytes is not None:
            _read(response, most_bytes)
    except requests.RequestException as error:
        raise ExternalUnavailable(
            _("%(host)s does not answer (%(kind)s)", host=parts.netloc, kind=type(error).__name__)
        ) from error
    is_soap_fault = response.status_code == 500 and "xml" in response.headers.get("Content-Type", "")
    if response.status_code == 429 or (response.status_code >= 500 and not is_soap_fault):
        wait = response.headers.get("Retry-After", "")
        raise ExternalUnavailable(
            _("%(host)s answered %(status)s", host=parts.netloc, status=response.status_code),
            retry_after_s=int(wait) if wait.isdigit() else None,
        )
    return response


def _read(response, most_bytes):
    """Take the answer's content piece by piece (unpacked, so that little cannot become much), and stop in time."""
    content = bytearray()
    with response:
        for piece in response.iter_content(64 << 10):
            content += piece
            if len(content) > most_bytes:
                raise ExternalUnavailable(
                    _("%(host)s answers with more than is taken", host=urlsplit(response.url).netloc)
                )
    response._content = bytes(content)


def _configured_hosts():
    own = settings()
    urls = (own.sandbox_url, own.eaddress_url, own.csc_url, own.tsa_url, own.ocsp_url,
            own.pspp_url, own.pspp_token_url, own.vpvkac_url, *own.trust_lists)  # fmt: skip
    return {urlsplit(url).netloc for url in urls if url} | set(own.allowed_hosts)
