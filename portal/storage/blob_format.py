"""How a blob looks on disk. Bytes in, bytes out; knows no settings and no store.

    header (256 bytes)
        0   magic "PKIPBLOB", version (u16), reserved (u16), chunk size (u32), plain size (u64), SHA-256 of plain bytes
        64  key slot A: wrapping key id (16), nonce (12), the blob's key under AES-256-GCM (48)
        140 key slot B, the same; two slots, so that a key is changed without a moment in which none can be read
    chunks: each 64 KiB of plain bytes under AES-256-GCM with the blob's own key, 16 bytes longer than plain

A chunk's nonce is its index and whether it is the last; the wrapped key authenticates the first 56 bytes, and with
them size, number of chunks and address. So chunks that are exchanged, left out, cut off or taken from another blob,
and a blob that stands under another's name, are all found.
"""

import hashlib
import os
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.kernel.errors import PortalError
from portal.kernel.i18n import _

VERSION = 1
CHUNK_BYTES = 64 * 1024
HEADER_BYTES = 256
_TAG_BYTES = 16
_FIXED = struct.Struct(">8sHHIQ32s")
_SLOT = struct.Struct(">16s12s48s")
_SLOT_OFFSETS = (64, 64 + _SLOT.size)
_MAGIC = b"PKIPBLOB"


class DamagedBlob(PortalError):
    """The stored bytes are not what was put; `address` names the blob, `why` says what is wrong (for IT staff)."""

    def __init__(self, address, why):
        super().__init__(
            _("The stored file is damaged and cannot be shown. Tell IT staff: %(address)s", address=address)
        )
        self.address = address
        self.why = why

    def __str__(self):
        return f"{self.address}: {self.why}"


@dataclass(frozen=True)
class WrappingKey:
    """A key that wraps the keys of blobs; `id` tells which one wrapped a key without giving it away."""

    secret: bytes

    @property
    def id(self):
        """16 bytes derived from the secret."""
        return hashlib.sha256(b"pkip wrapping key id" + self.secret).digest()[:16]


@dataclass(frozen=True)
class Header:
    """What is needed to read a blob's chunks."""

    address: str
    size_bytes: int
    chunk_bytes: int
    key: bytes

    @property
    def chunks(self):
        """Number of chunks; an empty blob has one, so that even emptiness is authenticated."""
        return _chunks(self.size_bytes, self.chunk_bytes)

    def offset_of(self, chunk):
        """Where a chunk begins in the stored file."""
        return HEADER_BYTES + chunk * (self.chunk_bytes + _TAG_BYTES)


def stored_size(size_bytes):
    """Length of the stored file of a blob with so many plain bytes."""
    return HEADER_BYTES + size_bytes + _chunks(size_bytes, CHUNK_BYTES) * _TAG_BYTES


def encode(source, target, wrapping_key):
    """Write the stored form of all bytes of `source` to the seekable `target`, in constant memory.
    Returns (address, size in bytes)."""
    key = os.urandom(32)
    cipher, digest = AESGCM(key), hashlib.sha256()
    target.write(bytes(HEADER_BYTES))
    size = index = 0
    chunk = read_fully(source, CHUNK_BYTES)
    while True:
        following = read_fully(source, CHUNK_BYTES) if len(chunk) == CHUNK_BYTES else b""
        digest.update(chunk)
        size += len(chunk)
        target.write(cipher.encrypt(_nonce(index, last=not following), chunk, None))
        if not following:
            break
        chunk, index = following, index + 1
    target.seek(0)
    target.write(header_bytes(size, digest.digest(), key, wrapping_key))
    target.seek(0, os.SEEK_END)
    return digest.hexdigest(), size


def header_bytes(size, digest, key, wrapping_key):
    """The header of a blob whose chunks are written under `key`."""
    fixed = _FIXED.pack(_MAGIC, VERSION, 0, CHUNK_BYTES, size, digest)
    return (fixed.ljust(_SLOT_OFFSETS[0], b"\0") + _wrapped(fixed, key, wrapping_key)).ljust(HEADER_BYTES, b"\0")


class ChunkWriter:
    """Writes the chunks of a blob whose size is known before, in several goes: what was written stays as it is.
    target: the stored file, unbuffered, standing behind the `start` chunks that it holds already."""

    def __init__(self, target, key, size_bytes, start):
        self._target, self._cipher = target, AESGCM(key)
        self._size_bytes, self._last = size_bytes, _chunks(size_bytes, CHUNK_BYTES) - 1
        self._stored = memoryview(bytearray(16 * (CHUNK_BYTES + _TAG_BYTES)))
        self.index = start

    def write(self, data):
        """Encrypt and write whole chunks, and the last one once it is complete; returns how much of it was taken."""
        taken = filled = 0
        while self.index <= self._last:
            length = self._size_bytes - self.index * CHUNK_BYTES if self.index == self._last else CHUNK_BYTES
            if len(data) - taken < length:
                break
            end = filled + length + _TAG_BYTES
            nonce = _nonce(self.index, last=self.index == self._last)
            self._cipher.encrypt_into(nonce, data[taken : taken + length], None, self._stored[filled:end])
            taken, filled, self.index = taken + length, end, self.index + 1
            if filled > len(self._stored) - CHUNK_BYTES - _TAG_BYTES:
                self._put(filled)
                filled = 0
        self._put(filled)
        return taken

    def _put(self, filled):
        stored = self._stored[:filled]
        while stored:
            stored = stored[self._target.write(stored) :]


def read_header(address, data, wrapping_keys):
    """The Header in the first HEADER_BYTES of a stored file.
    Raises DamagedBlob when it is not that of `address`, or none of the wrapping keys opens it."""
    fixed = data[: _FIXED.size]
    if len(data) < HEADER_BYTES:
        raise DamagedBlob(address, "shorter than its header")
    magic, version, _reserved, chunk_bytes, size, digest = _FIXED.unpack(fixed)
    if magic != _MAGIC or version != VERSION or not 0 < chunk_bytes <= 2**24:
        raise DamagedBlob(address, "not a blob of a known version")
    if digest.hex() != address:
        raise DamagedBlob(address, f"holds the blob {digest.hex()}")
    known = {key.id: key for key in wrapping_keys}
    for offset in _SLOT_OFFSETS:
        key_id, nonce, wrapped = _SLOT.unpack_from(data, offset)
        if key_id not in known:
            continue
        try:
            key = AESGCM(known[key_id].secret).decrypt(nonce, wrapped, fixed)
        except InvalidTag:
            continue
        return Header(address, size, chunk_bytes, key)
    raise DamagedBlob(address, "no key opens its header")


def decode(header, stored, start, end):
    """Yield the plain bytes [start, end) of a blob.
    stored: binary stream that stands at `header.offset_of(first chunk needed)`. Raises DamagedBlob."""
    cipher = AESGCM(header.key)
    first, last = start // header.chunk_bytes, header.chunks - 1
    for index in range(first, _chunks(end, header.chunk_bytes)):
        length = header.size_bytes - index * header.chunk_bytes if index == last else header.chunk_bytes
        data = read_fully(stored, length + _TAG_BYTES)
        try:
            plain = cipher.decrypt(_nonce(index, last=index == last), data, None)
        except (InvalidTag, ValueError) as error:
            raise DamagedBlob(header.address, f"chunk {index} of {last + 1} is changed or missing") from error
        begin = index * header.chunk_bytes
        if start > begin or end < begin + length:
            plain = plain[max(start - begin, 0) : end - begin]
        yield plain


def rewrap(address, data, old_keys, new_key):
    """(offset, bytes) to write into a stored file's header so that `new_key` opens it; the old slot stays until then.
    data: the first HEADER_BYTES. None when the new key opens it already. Raises DamagedBlob."""
    slots = [_SLOT.unpack_from(data, offset)[0] for offset in _SLOT_OFFSETS]
    if new_key.id in slots:
        read_header(address, data, [new_key])
        return None
    header = read_header(address, data, old_keys)
    opened_by = {key.id for key in old_keys}
    offset = _SLOT_OFFSETS[1] if slots[0] in opened_by else _SLOT_OFFSETS[0]
    return offset, _wrapped(data[: _FIXED.size], header.key, new_key)


def drop_other_slots(data, key):
    """[(offset, bytes)] that blank every slot but that of `key`, for a retired key to open nothing."""
    return [
        (offset, bytes(_SLOT.size))
        for offset in _SLOT_OFFSETS
        if _SLOT.unpack_from(data, offset)[0] not in (key.id, bytes(16))
    ]


def _wrapped(fixed, key, wrapping_key):
    nonce = os.urandom(12)
    return _SLOT.pack(wrapping_key.id, nonce, AESGCM(wrapping_key.secret).encrypt(nonce, key, fixed))


def _nonce(index, *, last):
    return struct.pack(">QI", index, last)


def _chunks(size_bytes, chunk_bytes):
    return max(1, -(-size_bytes // chunk_bytes))


def read_fully(stream, length):
    """Up to `length` bytes, fewer only at the end: network streams hand out what they have."""
    data = stream.read(length)
    if len(data) == length or not data:
        return data
    parts = [data]
    missing = length - len(data)
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
