"""How the bar in another application's page knows the person: by a cookie that opens the bar and nothing else.

The portal's own cookie stays with the portal's site (SameSite=Lax). This one is sent from anywhere (SameSite=None), so
it holds the session's token encrypted, and only the bar's three addresses read it, for registered origins."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag

from portal.kernel import crypto
from portal.kernel.config import settings

_PURPOSE = b"bar:"


def bar_cookie_name() -> str:
    """Beside the portal's own cookie, for the same instance."""
    return f"pkip_{settings().name}_bar"


def bar_cookie(token: str) -> str:
    """The cookie's value for a session token."""
    return urlsafe_b64encode(crypto.encrypt(_PURPOSE + token.encode())).decode()


def token_of_bar_cookie(value: str | None) -> str:
    """The session token in a cookie that was made here, else ""."""
    try:
        plain = crypto.decrypt(urlsafe_b64decode(value or ""))
    except (InvalidTag, ValueError):
        return ""
    return plain.removeprefix(_PURPOSE).decode() if plain.startswith(_PURPOSE) else ""
