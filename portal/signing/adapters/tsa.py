"""Time stamps over HTTP (RFC 3161, 3.4)."""

import secrets

from portal.kernel import http
from portal.kernel.config import settings
from portal.kernel.errors import ExternalRefused, ExternalUnavailable
from portal.kernel.i18n import _
from portal.signing import algorithms, timestamps
from portal.signing.report import Refused


class HttpTimeStamper:
    """Asks the configured authority."""

    def stamp(self, data: bytes) -> bytes:
        """See ports.TimeStamper. The answer is believed only when it covers our digest and repeats our nonce."""
        url = settings().tsa_url
        if not url:
            raise ExternalRefused(_("No time-stamp authority is configured"))
        nonce = secrets.randbits(63)
        query = timestamps.query(algorithms.digest("sha256", data), nonce)
        response = http.request("POST", url, data=query, headers={"Content-Type": "application/timestamp-query"})
        if response.status_code != 200:
            raise ExternalRefused(_("The time-stamp authority refused (%(status)s)", status=response.status_code))
        try:
            token = timestamps.token_of(response.content)
            stamp = timestamps.read(token)
        except (ValueError, Refused) as error:
            raise ExternalUnavailable(
                _("The time-stamp authority gave no usable time stamp (%(words)s)", words=error)
            ) from error
        if not stamp.covers(data) or stamp.nonce != nonce:
            raise ExternalUnavailable(_("The time-stamp authority stamped something else"))
        return token
