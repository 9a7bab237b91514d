"""The archive: what lies in it, within limits, and writing one in the order the standard demands."""

import io
import shutil
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import BinaryIO
from xml.sax.saxutils import quoteattr

from cryptography.hazmat.primitives import hashes

from portal.signing.algorithms import HASHES
from portal.signing.report import Refused

MIMETYPE = "application/vnd.etsi.asic-e+zip"
MIMETYPES = {MIMETYPE, "application/vnd.etsi.asic-s+zip"}
_MANIFEST = "META-INF/manifest.xml"
_PIECE = 1 << 16


@dataclass(frozen=True)
class Limits:
    """What we are willing to unpack. ratio is asked only of entries above ratio_from_bytes: short text packs well."""

    entries: int = 1000
    total_bytes: int = 2 << 30
    ratio: int = 200
    ratio_from_bytes: int = 1 << 20
    xml_bytes: int = 8 << 20


class Container:
    """An opened container. Raises Refused with the reason when it must not or cannot be opened."""

    def __init__(self, data: bytes | BinaryIO, limits: Limits | None = None):
        self.limits = limits or Limits()
        source = io.BytesIO(data) if isinstance(data, bytes) else data
        try:
            self._zip = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise Refused("not_a_container") from error
        self._check_directory()
        self._digests: dict[tuple[str, str], bytes] = {}

    def _check_directory(self) -> None:
        entries = self._zip.infolist()
        if len(entries) > self.limits.entries:
            raise Refused("container_too_many", count=str(len(entries)), limit=str(self.limits.entries))
        seen: set[str] = set()
        total = 0
        for entry in entries:
            # two names that look the same are two files of which a person sees one
            plain = unicodedata.normalize("NFC", entry.filename).casefold()
            if plain in seen:
                raise Refused("container_double_name", name=entry.filename)
            seen.add(plain)
            if not _is_safe(entry.filename):
                raise Refused("container_unsafe_name", name=entry.filename)
            if entry.flag_bits & 0x1:
                raise Refused("container_encrypted", name=entry.filename)
            total += entry.file_size
            if total > self.limits.total_bytes:
                raise Refused("container_too_large", limit=_mebibytes(self.limits.total_bytes))
            too_dense = entry.file_size > self.limits.ratio * max(entry.compress_size, 1)
            if entry.file_size > self.limits.ratio_from_bytes and too_dense:
                raise Refused("container_bomb", name=entry.filename)

    @property
    def names(self) -> list[str]:
        return [entry.filename for entry in self._zip.infolist() if not entry.is_dir()]

    @property
    def data_files(self) -> list[str]:
        """What people signed: everything outside META-INF but the type mark."""
        return [name for name in self.names if name != "mimetype" and not name.startswith("META-INF/")]

    @property
    def signature_files(self) -> list[str]:
        found = [name for name in self.names if name.startswith("META-INF/") and name.endswith(".xml")]
        return sorted(name for name in found if "signatures" in name.lower())

    def size(self, name: str) -> int:
        return self._zip.getinfo(name).file_size

    def mimetype(self) -> str | None:
        """The type mark, when it stands where it must: first and unpacked."""
        entries = self._zip.infolist()
        if not entries or entries[0].filename != "mimetype" or entries[0].compress_type != zipfile.ZIP_STORED:
            return None
        return self.read("mimetype", 200).decode("utf-8", "replace").strip()

    def manifest(self) -> bytes | None:
        return self.read(_MANIFEST) if _MANIFEST in self.names else None

    def pieces(self, name: str) -> Iterable[bytes]:
        """The bytes of an entry, piece by piece. Raises Refused("file_damaged")."""
        try:
            with self._zip.open(name) as file:
                while piece := file.read(_PIECE):
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
            raise Refused("file_damaged", name=name) from error

    def read(self, name: str, limit_bytes: int | None = None) -> bytes:
        limit = self.limits.xml_bytes if limit_bytes is None else limit_bytes
        if self.size(name) > limit:
            raise Refused("container_too_large", limit=_mebibytes(limit))
        return b"".join(self.pieces(name))

    def digest(self, name: str, hash_name: str) -> bytes:
        key = name, hash_name
        if key not in self._digests:
            hasher = hashes.Hash(HASHES[hash_name])
            for piece in self.pieces(name):
                hasher.update(piece)
            self._digests[key] = hasher.finalize()
        return self._digests[key]


def write(
    target: BinaryIO, files: Iterable[tuple[str, str, BinaryIO]], signatures: Sequence[bytes], made_at: datetime
) -> None:
    """Write a container: type mark first and unpacked, then the files, manifest and signatures.

    files: (name, media type, open file). made_at is the only time in the archive, so the same input gives the same
    bytes and a repeated job makes no second container.
    """
    listed: list[tuple[str, str]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_entry("mimetype", made_at, zipfile.ZIP_STORED), MIMETYPE)
        for name, mime, source in files:
            if not _is_safe(name) or name == "mimetype" or name.startswith("META-INF/"):
                raise ValueError(f"not a name for a signed file: {name!r}")
            with archive.open(_entry(name, made_at), "w", force_zip64=False) as entry:
                shutil.copyfileobj(source, entry, _PIECE)
            listed.append((name, mime))
        archive.writestr(_entry(_MANIFEST, made_at), _manifest(listed))
        for number, signature in enumerate(signatures):
            archive.writestr(_entry(f"META-INF/signatures{number}.xml", made_at), signature)


def add_signature(container: bytes, signature: bytes, made_at: datetime) -> bytes:
    """The container with one signature more; every entry it had keeps its bytes and its place."""
    old = Container(container)
    taken, number = set(old.names), 0
    while f"META-INF/signatures{number}.xml" in taken:
        number += 1
    target = io.BytesIO(container)
    target.seek(0, io.SEEK_END)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_entry(f"META-INF/signatures{number}.xml", made_at), signature)
    return target.getvalue()


def _entry(name: str, made_at: datetime, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, made_at.timetuple()[:6])
    entry.compress_type = method
    entry.external_attr = 0o644 << 16
    return entry


def _manifest(files: list[tuple[str, str]]) -> bytes:
    rows = [("/", MIMETYPE), *files]
    entries = "".join(
        f"<manifest:file-entry manifest:full-path={quoteattr(name)} manifest:media-type={quoteattr(mime)}/>"
        for name, mime in rows
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
        f' manifest:version="1.2">{entries}</manifest:manifest>'
    ).encode()


def _is_safe(name: str) -> bool:
    if not name or "\\" in name or "\x00" in name or name.startswith("/"):
        return False
    return ".." not in PurePosixPath(name).parts and not any(unicodedata.category(sign) == "Cc" for sign in name)


def _mebibytes(size: int) -> str:
    return str(max(1, size >> 20))
