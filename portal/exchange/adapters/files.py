"""Received file bytes as the sender had them."""

import zlib

from portal.exchange.ports import WrongContent

MAX_UNPACKED_BYTES = 100 * 1024 * 1024


def plain_bytes(data: bytes, compressed: bool) -> bytes:
    """Unpack what was sent as GZIP, up to a limit that no honest message reaches. Raises WrongContent."""
    if not compressed:
        return data
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(data, MAX_UNPACKED_BYTES)
    except zlib.error as error:
        raise WrongContent(f"GZIP: {error}") from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise WrongContent("GZIP: too large or cut short")
    return plain
