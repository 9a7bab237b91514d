"""Archives from strangers: how many files, how large, how deep is counted while unpacking, not believed."""

import io
import os
import time
import zipfile
from pathlib import PurePosixPath

from portal.kernel.i18n import _
from portal.storage.extract.limits import LIMITS, Inner, Unreadable
from portal.storage.extract.sniffing import sniff

_STEP = 64 * 1024
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, ValueError, OverflowError, RuntimeError)


class Budget:
    """What is left of the limits for one uploaded file and all that is inside it."""

    def __init__(self, limits=LIMITS):
        self.limits = limits
        self.entries = limits.entries
        self.bytes = limits.unpacked_bytes
        self._stop_at = time.monotonic() + limits.time_s

    def check_time(self):
        """Raises Unreadable when the file has had its time."""
        if time.monotonic() > self._stop_at:
            raise Unreadable(_("Reading the file takes too long; it was stopped"))

    def take_entries(self, count):
        """Count files. Raises Unreadable."""
        self.entries -= count
        if self.entries < 0:
            raise Unreadable(
                _("The container holds more than %(count)d files; it was not opened", count=self.limits.entries)
            )

    def take_bytes(self, count):
        """Count unpacked bytes. Raises Unreadable."""
        self.bytes -= count
        if self.bytes < 0:
            raise Unreadable(
                _(
                    "The container unpacks to more than %(size)d MB (a “zip bomb”); it was not opened",
                    size=self.limits.unpacked_bytes // 1024**2,
                )
            )


def open_archive(data, limits=LIMITS):
    """A ZipFile over bytes or a seekable stream. Raises Unreadable."""
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    try:
        if _directory_bytes(stream) > limits.directory_bytes:
            raise Unreadable(
                _("The container holds more than %(count)d files; it was not opened", count=limits.entries)
            )
        return zipfile.ZipFile(stream)
    except _BROKEN as error:
        raise Unreadable(_("The container is damaged and cannot be opened")) from error


def check_archive(stream, limits=LIMITS):
    """What the directory of a container admits, without unpacking: quick enough for an upload.
    Returns one sentence when it breaks the limits or is damaged, else an empty text."""
    try:
        with open_archive(stream, limits) as archive:
            _admit(archive, Budget(limits))
    except Unreadable as error:
        return str(error)
    return ""


def read_entry(archive, info, budget):
    """Bytes of one entry, unpacked in steps and counted. Raises Unreadable."""
    if info.flag_bits & 0x1:
        raise Unreadable(_("The file “%(name)s” in the container is protected by a password", name=plain_name(info)))
    parts, size = [], 0
    try:
        with archive.open(info) as entry:
            while part := entry.read(_STEP):
                budget.check_time()
                size += len(part)
                budget.take_bytes(len(part))
                _check_ratio(size, info.compress_size, budget.limits)
                parts.append(part)
    except (*_BROKEN, NotImplementedError, zipfile.zlib.error) as error:
        raise Unreadable(_("The file “%(name)s” in the container is damaged", name=plain_name(info))) from error
    return b"".join(parts)


def content_entries(archive, budget):
    """The entries that carry content: no folders, no signatures and other bookkeeping. Raises Unreadable."""
    _admit(archive, budget)
    return [info for info in archive.infolist() if not info.is_dir() and not _bookkeeping(info.filename)]


def unpack(data, budget):
    """Yield each content file of a container as Inner. Raises Unreadable; what was yielded before stays good."""
    with open_archive(data, budget.limits) as archive:
        for info in content_entries(archive, budget):
            content = read_entry(archive, info, budget)
            name = plain_name(info)
            yield Inner(name, sniff(content, name), content)


def plain_name(info):
    """The last part of an entry's path; what would climb out of a folder is only a name to us."""
    return PurePosixPath(info.filename.replace("\\", "/")).name[:255] or "?"


def _directory_bytes(stream):
    """Size of the directory at the archive's end: zipfile reads it whole into memory, so it is weighed first."""
    length = stream.seek(0, os.SEEK_END)
    start = max(0, length - 66 * 1024)
    stream.seek(start)
    tail = stream.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0:
        raise zipfile.BadZipFile("no directory")
    if tail[end - 20 : end - 16] == b"PK\x06\x07":  # the 64-bit form, which zipfile prefers, stands before
        return int.from_bytes(tail[end - 36 : end - 28], "little")
    return int.from_bytes(tail[end + 12 : end + 16], "little")


def _admit(archive, budget):
    infos = archive.infolist()
    budget.take_entries(len(infos))
    announced = sum(info.file_size for info in infos)
    if announced > budget.bytes:
        budget.take_bytes(announced)
    for info in infos:
        _check_ratio(info.file_size, info.compress_size, budget.limits)


def _check_ratio(size, compressed, limits):
    if size > limits.ratio_free_bytes and size > limits.ratio * max(compressed, 1):
        raise Unreadable(_("The container's content is packed suspiciously tight (a “zip bomb”); it was not opened"))


def _bookkeeping(name):
    return name == "mimetype" or name.startswith(("META-INF/", "__MACOSX/"))
