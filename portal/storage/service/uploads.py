"""Files that come in pieces, over a connection that may break (tus 1.0): 14.1.

The chunks are encrypted as they come and appended to `staging/uploads/<id>` in the form in which they are kept. A whole
chunk in that file counts as received, also when the process that wrote it was killed; so what is written is never
written again with other bytes under the same nonce. What does not fill a chunk waits, encrypted, in the row.
The hash runs along in memory; after a restart the job computes it from the file."""

import errno
import fcntl
import hashlib
import os
import secrets
import tempfile
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db, released
from portal.kernel.errors import Conflict, NotFound, PortalError
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.storage import blob_format
from portal.storage.blob_format import CHUNK_BYTES, HEADER_BYTES, DamagedBlob
from portal.storage.events import UploadReceived
from portal.storage.extract.sniffing import HEAD_BYTES, sniff
from portal.storage.models import Upload, UploadState
from portal.storage.service import blobs, room

KEPT = timedelta(days=2)  # after the last piece; a finished one waits as long to be used
_STORED_CHUNK = CHUNK_BYTES + 16
_READ_BYTES = 1024 * 1024
_HASHES = 500


class TooLarge(PortalError):
    """The file is larger than the instance takes."""

    status = 413


class Busy(PortalError):
    """Another request is sending a piece of the same file."""

    status = 423


class ChecksumMismatch(PortalError):
    """A piece is not what its sender says; it was thrown away (tus: checksum)."""

    status = 460


class NoSpace(PortalError):
    """The disk, or what the system may use of it, is full."""

    status = 507


@dataclass(frozen=True)
class Taken:
    """A finished upload in the hands of whoever makes something of it."""

    sha256: str
    size_bytes: int
    mime: str
    name: str


def start_upload(actor, size_bytes, name="", mime="") -> Upload:
    """Make room for a file of so many bytes. Raises TooLarge, NoRoom."""
    if size_bytes > settings().max_resumable_bytes:
        raise TooLarge(_("A file can have %(most)d bytes at most", most=settings().max_resumable_bytes))
    room.use_room(actor.client, waiting=size_bytes)
    upload = Upload(
        owner=_owner(actor), name=name[-255:], said_mime=mime[:200], size_bytes=size_bytes, key=secrets.token_hex(32),
        expires_at=clock.now() + KEPT,
    )  # fmt: skip
    db.session.add(upload)
    db.session.flush()
    if size_bytes == 0:
        with _writing(upload.id) as file:
            blob_format.ChunkWriter(file, bytes.fromhex(upload.key), 0, 0).write(b"")
        _received(actor, upload, 0, b"")
    return upload


def get_upload(actor, upload_id) -> tuple[Upload, int]:
    """The caller's own upload, and how many bytes of it are here. Raises NotFound."""
    upload = _own(actor, upload_id)
    return upload, upload.received_bytes if upload.state is not UploadState.RECEIVING else _offset(upload)


def receive(actor, upload_id, offset, stream, length=None, checksum=None) -> Upload:
    """Append what the stream gives, and keep it also when the stream breaks off; holds no transaction meanwhile.
    stream: has `readinto(view)`, which fills as much as it can and gives 0 at the end.
    offset: where the sender believes to be. length: bytes that were announced, if so. checksum: (hashlib name, digest)
    of this piece. Raises Conflict for another offset, Busy, ChecksumMismatch, NoSpace."""
    upload = _own(actor, upload_id)
    if upload.state is not UploadState.RECEIVING:
        raise Conflict(_("All bytes of the file have been received already"))
    with released(), _writing(upload_id) as file:
        db.session.refresh(upload)
        here = _offset(upload)
        if upload.state is not UploadState.RECEIVING or here != offset:
            raise Conflict(_("The next byte expected is %(offset)d", offset=here))
        if length is not None and length > upload.size_bytes - offset:
            raise TooLarge(_("The piece reaches beyond the announced size"))
        db.session.commit()
        try:
            with _proven(stream, checksum, upload.size_bytes - offset) as proven:
                received, tail = _append(upload, offset, proven, file)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise NoSpace(_("There is no room on the disk; tell IT staff")) from error
        db.session.refresh(upload)
        _received(actor, upload, received, tail)
        db.session.commit()
    return upload


def note_complete(actor, upload_id):
    """All bytes are here, but the process that wrote the last ones was killed before it could say so."""
    upload = _own(actor, upload_id)
    with _writing(upload.id):
        if upload.state is UploadState.RECEIVING and _offset(upload) == upload.size_bytes:
            _received(actor, upload, upload.size_bytes, b"")


def end_upload(actor, upload_id):
    """Throw an upload away. Raises NotFound, Busy."""
    _forget(_own(actor, upload_id))


def take_upload(actor, upload_id) -> Taken:
    """Use the caller's finished upload, once: its blob must be referred to in this transaction.
    Raises NotFound, Conflict while its bytes are on the way or being checked."""
    upload = _own(actor, upload_id)
    if upload.state is UploadState.FAILED:
        raise Conflict(upload.problem)
    if upload.state is not UploadState.READY:
        raise Conflict(_("The file is not received and checked yet; try again in a moment"))
    taken = Taken(upload.sha256, upload.size_bytes, upload.mime, upload.name)
    _delete(upload)
    return taken


def finish_upload(actor, upload_id):
    """Hash the bytes unless that was done while they came, hand them to the store. May run twice; for jobs."""
    upload = db.session.get(Upload, upload_id)
    if upload is None or upload.state is not UploadState.CHECKING:
        return
    path, sha256 = _path(upload.id), upload.sha256
    key, size = bytes.fromhex(upload.key), upload.size_bytes
    if path.exists():
        try:
            with released():
                digest, head = _whole(key, size, path, sha256 and bytes.fromhex(sha256))
                with path.open("r+b") as file:
                    file.write(blob_format.header_bytes(size, digest, key, blobs._current_key()))
        except DamagedBlob:
            _fail(upload, _("The received bytes were damaged on our disk; send the file again"))
            path.unlink(missing_ok=True)
            return
        upload.sha256, upload.mime = digest.hex(), sniff(head, upload.name)
        with released():  # who goes on after a kill finds by these what was handed over
            blobs.hand_over(upload.sha256, size, path)
    elif not (upload.mime and blobs._store().size(sha256) == blob_format.stored_size(size)):
        _fail(upload, _("The received bytes are gone; send the file again"))
        return
    blob = blobs.enlist(actor, upload.sha256, size, upload.mime)
    upload.sha256, upload.state = blob.sha256, UploadState.READY
    upload.expires_at = clock.now() + KEPT
    db.session.flush()


def drop_old_uploads(actor):
    """Forget what nobody went on with or used, and files of the staging folder that belong to nothing."""
    for upload in db.session.scalars(sa.select(Upload).where(Upload.expires_at < clock.now()).limit(500)).all():
        try:
            _forget(upload)
        except Busy:
            continue
    known = {str(one) for one in db.session.scalars(sa.select(Upload.id))}
    day_ago = clock.real_now().timestamp() - 24 * 3600
    for path in _folder().iterdir():
        if path.name not in known and path.stat().st_mtime < day_ago:
            path.unlink(missing_ok=True)


def _own(actor, upload_id):
    upload = db.session.get(Upload, upload_id)
    if upload is None or upload.owner != _owner(actor) or upload.expires_at < clock.now():
        raise NotFound(_("There is no such upload"))
    return upload


def _owner(actor):
    return f"person:{actor.person_id} client:{actor.client}" if actor.person_id else f"client:{actor.client}"


def _folder():
    folder = blobs._store().staging() / "uploads"
    folder.mkdir(exist_ok=True)
    return folder


def _path(upload_id):
    return _folder() / str(upload_id)


def _offset(upload):
    """How far the bytes have come: by the file, for a killed process may have written more than the row says."""
    try:
        stored = _path(upload.id).stat().st_size
    except FileNotFoundError:
        stored = 0
    whole = min(max(0, stored - HEADER_BYTES) // _STORED_CHUNK * CHUNK_BYTES, upload.size_bytes)
    if stored == blob_format.stored_size(upload.size_bytes):
        return upload.size_bytes
    return upload.received_bytes if upload.received_bytes // CHUNK_BYTES * CHUNK_BYTES == whole else whole


@contextmanager
def _writing(upload_id):
    """The file of the upload, for one writer at a time, whatever process; a killed one leaves no lock behind."""
    with _path(upload_id).open("a+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(_("Another request is sending this file; try again in a moment")) from error
        if os.fstat(file.fileno()).st_size < HEADER_BYTES:
            file.truncate(0)
            file.write(bytes(HEADER_BYTES))
        yield file


def _append(upload, offset, stream, file):
    """Write what the stream gives as chunks. Returns (bytes received in all, tail as the row keeps it)."""
    key, size = bytes.fromhex(upload.key), upload.size_bytes
    if offset == size:
        return offset, b""  # a process was killed after the last byte
    start, rest = offset // CHUNK_BYTES, b""
    if offset % CHUNK_BYTES:
        rest = AESGCM(key).decrypt(upload.tail[:12], upload.tail[12:], _tail_of(upload, offset))
    file.truncate(HEADER_BYTES + start * _STORED_CHUNK)  # half a chunk that a killed process left
    writer = blob_format.ChunkWriter(file, key, size, start)
    digest = _hashes().pop((upload.id, offset), hashlib.sha256() if offset == 0 else None)
    received, hashed = offset, None
    buffers = cycle([memoryview(bytearray(_READ_BYTES + CHUNK_BYTES)) for _n in range(2)])
    with ThreadPoolExecutor(1) as beside:  # hashing takes half the time, and needs no lock of the interpreter
        try:
            while received < size:
                buffer, held = next(buffers), len(rest)
                buffer[:held] = rest
                length = stream.readinto(buffer[held : held + min(_READ_BYTES, size - received)])
                if not length:
                    break
                received += length
                if digest is not None:
                    if hashed:
                        hashed.result()
                    hashed = beside.submit(digest.update, buffer[held : held + length])
                rest = bytes(buffer[writer.write(buffer[: held + length]) : held + length])
        finally:  # also when the disk is full: whole chunks that are written count
            if received < size:  # the job that keeps a complete file syncs it
                os.fdatasync(file.fileno())
    if digest is not None:
        _remember(upload.id, received, digest)
    tail = b""
    if rest:
        nonce = os.urandom(12)
        tail = nonce + AESGCM(key).encrypt(nonce, rest, _tail_of(upload, received))
    return received, tail


def _tail_of(upload, offset):
    return f"{upload.id} {offset}".encode()


def _received(actor, upload, received, tail):
    upload.received_bytes, upload.tail, upload.expires_at = received, tail, clock.now() + KEPT
    if received == upload.size_bytes:
        digest = _hashes().pop((upload.id, received), hashlib.sha256() if received == 0 else None)
        upload.sha256, upload.state = digest and digest.hexdigest(), UploadState.CHECKING
        announce(actor, UploadReceived(upload_id=upload.id))
    db.session.flush()


def _hashes() -> OrderedDict:
    """The running hashes of this process, by (upload, offset)."""
    return current_app.extensions.setdefault("pkip.upload_hashes", OrderedDict())


def _remember(upload_id, offset, digest):
    hashes = _hashes()
    hashes[upload_id, offset] = digest
    while len(hashes) > _HASHES:
        hashes.popitem(last=False)


def _whole(key, size, path, digest):
    """(SHA-256, first bytes) of a complete file; read again when the hash did not run along.
    Raises DamagedBlob."""
    header = blob_format.Header(path.name, size, CHUNK_BYTES, key)
    with path.open("rb") as stored:
        stored.seek(HEADER_BYTES)
        head = b"".join(blob_format.decode(header, stored, 0, min(size, HEAD_BYTES)))
        if digest is None:
            running = hashlib.sha256()
            stored.seek(HEADER_BYTES)
            for piece in blob_format.decode(header, stored, 0, size):
                running.update(piece)
            digest = running.digest()
    return digest, head


def _fail(upload, problem):
    upload.state, upload.problem, upload.sha256 = UploadState.FAILED, problem, None
    db.session.flush()


def _forget(upload):
    path, sha256 = _path(upload.id), upload.sha256
    if path.exists():
        with _writing(upload.id):
            path.unlink(missing_ok=True)
    kept = upload.state is UploadState.READY
    _delete(upload)
    if kept:
        blobs.erase(sha256)


def _delete(upload):
    room.use_room(upload.owner.rpartition("client:")[2], waiting=-upload.size_bytes)
    db.session.delete(upload)
    db.session.flush()


@contextmanager
def _proven(stream, checksum, most):
    """The stream itself; with a checksum, its bytes once they are all here and right. Until then they lie in a
    nameless file under a key that only this call knows."""
    if checksum is None:
        yield stream
        return
    algorithm, expected = checksum
    digest, cipher = hashlib.new(algorithm, usedforsecurity=False), AESGCM(AESGCM.generate_key(256))
    with tempfile.TemporaryFile(dir=_folder()) as spool:
        lengths, buffer = [], memoryview(bytearray(_READ_BYTES))
        while length := stream.readinto(buffer[:most]):
            most -= length
            digest.update(buffer[:length])
            spool.write(cipher.encrypt(len(lengths).to_bytes(12), buffer[:length], None))
            lengths.append(length + 16)
        if digest.digest() != expected:
            raise ChecksumMismatch(_("The piece arrived damaged; send it again"))
        spool.seek(0)
        yield _Spooled(spool, cipher, lengths)


class _Spooled:
    def __init__(self, spool, cipher, lengths):
        self._pieces = (cipher.decrypt(n.to_bytes(12), spool.read(length), None) for n, length in enumerate(lengths))

    def readinto(self, view):
        data = next(self._pieces, b"")  # as large as they were read, so never larger than the view
        view[: len(data)] = data
        return len(data)
