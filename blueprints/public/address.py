"""The addresses of open data: what is stored begins with "~/", what leaves begins with the portal's own address."""

from portal.kernel.config import settings


def base():
    """The portal's address for the world."""
    return settings().base_url


def based(data):
    """The stored data with whole addresses, and without what is only ours to know."""
    return _with(data, base())


def within(data):
    """The same for our own pages: addresses within this site."""
    return _with(data, "")


def _with(value, address):
    if isinstance(value, dict):
        return {key: _with(part, address) for key, part in value.items() if key != "pkip:sha256"}
    if isinstance(value, list):
        return [_with(part, address) for part in value]
    return address + value[1:] if isinstance(value, str) and value.startswith("~/") else value
