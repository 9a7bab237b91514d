"""Archives from strangers: how many files, how large, how deep is counted while unpacking, not believed."""

import io
import time
import zipfile
from pathlib import PurePosixPath

from portal.storage.extract.limits import LIMITS, Inner, Unreadable
from portal.storage.extract.sniffing import HEAD_BYTES, sniff

_STEP = 64 * 1024
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, ValueError, OverflowError, RuntimeError)


class Budget:
    """What is left of the limits for one file and all that is inside it."""

    def __init__(self, limits=LIMITS):
        self.limits = limits
        self.entries = limits.entries
        self.bytes = limits.unpacked_bytes
        self._stop_at = time.monotonic() + limits.time_s

    def check_time(self):
        """Raises Unreadable when the file has had its time."""
        if time.monotonic() > self._stop_at:
            raise Unreadable("time")

    def take_entries(self, count):
        """Count files. Raises Unreadable."""
        self.entries -= count
        if self.entries < 0:
            raise Unreadable("entries", count=LIMITS.entries)

    def take_bytes(self, count):
        """Count unpacked bytes. Raises Unreadable."""
        self.bytes -= count
        if self.bytes < 0:
            raise Unreadable("bomb_size", size=LIMITS.unpacked_bytes // 1024**2)


class Shelf:
    """Where files found inside another are laid down, counted."""

    def __init__(self, folder, budget):
        self.folder, self.budget, self.found = folder, budget, []

    def lay(self, path, pieces):
        """Write one inner file piece by piece. Raises Unreadable."""
        file, head = self.folder / f"inner-{len(self.found)}", b""
        with file.open("wb") as out:
            for piece in pieces:
                out.write(piece)
                head = head or piece
        path = plain_path(path)
        with file.open("rb") as stream:
            mime = sniff(stream.read() if head.startswith(b"PK") else stream.read(HEAD_BYTES), path)
        self.found.append(Inner(path.rsplit("/", 1)[-1], path, mime, file))

    def lay_bytes(self, path, data):
        """The same for a file that is in memory."""
        self.budget.take_entries(1)
        self.budget.take_bytes(len(data))
        self.lay(path, [data])


def open_archive(data, limits=LIMITS):
    """A ZipFile over bytes, a path or a seekable stream. Raises Unreadable."""
    if isinstance(data, (bytes, bytearray)):
        stream = io.BytesIO(data)
    else:
        stream = data.open("rb") if hasattr(data, "open") else data
    try:
        if _directory_bytes(stream) > limits.directory_bytes:
            raise Unreadable("entries", count=limits.entries)
        return zipfile.ZipFile(stream)
    except _BROKEN as error:
        raise Unreadable("container") from error


def admit(stream, limits=LIMITS):
    """What the directory of a container admits, without unpacking: quick enough for an upload. Raises Unreadable."""
    with open_archive(stream, limits) as archive:
        _admit(archive, Budget(limits))


def read_entry(archive, info, budget):
    """Bytes of one entry, counted. Raises Unreadable."""
    return b"".join(_entry_pieces(archive, info, budget))


def content_entries(archive, budget):
    """The entries that carry content: no folders, no signatures and other bookkeeping. Raises Unreadable."""
    _admit(archive, budget)
    return [info for info in archive.infolist() if not info.is_dir() and not _bookkeeping(info.filename)]


def unpack(file, budget, shelf):
    """Lay each content file of a container on the shelf. Raises Unreadable; what was laid before stays good."""
    with open_archive(file, budget.limits) as archive:
        for info in content_entries(archive, budget):
            shelf.lay(_readable_name(info), _entry_pieces(archive, info, budget))


def plain_path(path):
    """A path inside a container that climbs nowhere: what would leave its folder is only a name to us."""
    parts = [part for part in path.replace("\\", "/").split("/") if part.strip() not in ("", ".", "..")]
    parts = [part for place, part in enumerate(parts) if place or not part.endswith(":")]
    clean = "".join(c for c in "/".join(parts) if c.isprintable())
    folder, slash, name = clean.rpartition("/")
    return (folder[:700] + slash + name[:255]) or "?"


def _readable_name(info):
    """Old programs write names in the code page of DOS, which zipfile takes for the American one."""
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "cp775"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _entry_pieces(archive, info, budget):
    name = PurePosixPath(plain_path(_readable_name(info))).name
    if info.flag_bits & 0x1:
        raise Unreadable("inner_password", name=name)
    size = 0
    try:
        with archive.open(info) as entry:
            while part := entry.read(_STEP):
                budget.check_time()
                size += len(part)
                budget.take_bytes(len(part))
                _check_ratio(size, info.compress_size, budget.limits)
                yield part
    except (*_BROKEN, NotImplementedError, zipfile.zlib.error) as error:
        raise Unreadable("inner_damaged", name=name) from error


def _directory_bytes(stream):
    """Size of the directory at the archive's end: zipfile reads it whole into memory, so it is weighed first, where
    zipfile itself will look for it; a second way of looking could be led to another place."""
    end = zipfile._EndRecData(stream)
    if end is None:
        raise zipfile.BadZipFile("no directory")
    return end[zipfile._ECD_SIZE]


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
        raise Unreadable("bomb_ratio")


def _bookkeeping(name):
    return name == "mimetype" or name.startswith(("META-INF/", "__MACOSX/"))
