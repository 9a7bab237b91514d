"""Keep bytes, give them back, find damage. Who may see a file is the business of the area that refers to it."""

import hashlib
import hmac
import io
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from sqlalchemy import delete, func, literal, select, update

from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import aside, db, insert_ignore
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.storage import blob_format
from portal.storage.adapters.files import FileStore
from portal.storage.blob_format import CHUNK_BYTES, HEADER_BYTES, DamagedBlob, WrappingKey
from portal.storage.events import BlobReceived
from portal.storage.extract.sniffing import HEAD_BYTES, sniff
from portal.storage.models import Blob, BlobInner, BlobPreview, BlobText, FixityFinding, ScanState

_PAGE = 500
MADE_FROM = {BlobInner.__table__.c.container_sha256, BlobPreview.__table__.c.sha256}  # go with the blob they name


@dataclass(frozen=True)
class Staged:
    """Bytes written to the staging folder in their stored form, not yet kept."""

    sha256: str
    size_bytes: int
    mime: str
    path: Path


def put(actor, data, *, mime=None, name="") -> Blob:
    """Keep bytes or a binary stream; the same bytes are kept once. Constant memory.
    mime: found from the content when not given. Raises ExternalUnavailable when the store does not answer."""
    return keep(actor, stage(data, mime=mime, name=name))


def stage(data, *, mime=None, name="") -> Staged:
    """The slow half of `put`: read, hash and encrypt, touching no database, so that no lock is held meanwhile."""
    source = io.BytesIO(data) if isinstance(data, (bytes, bytearray, memoryview)) else data
    source = _Watched(source)
    handle, path = tempfile.mkstemp(dir=_store().staging())
    try:
        with os.fdopen(handle, "wb", buffering=1024 * 1024) as target:
            sha256, size_bytes = blob_format.encode(source, target, _current_key())
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise
    return Staged(sha256, size_bytes, mime or sniff(source.head, name), Path(path))


def keep(actor, staged) -> Blob:
    """The quick half of `put`: hand the staged file to the store unless it is there in full, and list it."""
    try:
        hand_over(staged.sha256, staged.size_bytes, staged.path)
    finally:
        discard(staged)
    return enlist(actor, staged.sha256, staged.size_bytes, staged.mime)


def hand_over(sha256, size_bytes, path):
    """Give a finished file in its stored form to the store, unless it is there in full; one known to be damaged is
    replaced, and so healed. Changes nothing in the database."""
    store = _store()
    if store.size(sha256) != blob_format.stored_size(size_bytes) or _known_damage(sha256):
        store.keep(sha256, path)
    else:
        path.unlink(missing_ok=True)


def enlist(actor, sha256, size_bytes, mime) -> Blob:
    """List a blob that the store has; bytes come before rows, so that whatever a committed row names is there."""
    insert_ignore(
        Blob.__table__, [{"sha256": sha256, "size_bytes": size_bytes, "mime": mime, "created_by_id": actor.person_id}]
    )
    # whoever destroys these bytes waits for us, or we for them
    blob = db.session.get_one(Blob, sha256, with_for_update={"read": True, "key_share": True})
    if blob.erased_at and _store().size(sha256) != blob_format.stored_size(size_bytes):
        raise Conflict(_("The same file was destroyed a moment ago; send it again"))
    blob.erased_at = None  # the same bytes came once more
    db.session.execute(update(FixityFinding).where(*_open_findings(sha256)).values(ended_at=clock.now()))
    if blob.scan is None and settings().clamd:
        blob.scan, blob.scanned_at = ScanState.WAITING, clock.now()
        announce(actor, BlobReceived(sha256=sha256))
    return blob


def erase(sha256, apart_from=()) -> bool:
    """Destroy the bytes of a blob for good; its address and size stay listed. Does nothing, and returns False, while
    a column named `…sha256` of some table names it; apart_from: beginnings of names of tables that do not count.
    What was read in it goes too, and what was inside it.
    For jobs: the bytes go before the caller's transaction ends, and doing it again harms nothing."""
    db.session.get(Blob, sha256, with_for_update=True)  # nobody begins to refer to it meanwhile
    for table in db.metadata.sorted_tables:
        if table.name in (Blob.__tablename__, BlobText.__tablename__) or table.name.startswith(tuple(apart_from)):
            continue
        for column in table.columns:
            if (
                column not in MADE_FROM
                and column.name.endswith("sha256")
                and db.session.scalar(select(literal(1)).select_from(table).where(column == sha256).limit(1))
            ):
                return False
    blob = get_blob(sha256)
    _store().remove(sha256)
    blob.erased_at = clock.now()
    db.session.flush()
    for inner in _forget_text(sha256):
        erase(inner)
    return True


def _forget_text(sha256):
    """What was read and drawn of a blob. Returns the addresses of what was inside, and of the picture."""
    inside = [
        *db.session.scalars(select(BlobInner.sha256).where(BlobInner.container_sha256 == sha256)),
        *filter(None, db.session.scalars(select(BlobPreview.preview_sha256).where(BlobPreview.sha256 == sha256))),
    ]
    db.session.execute(delete(BlobPreview).where(BlobPreview.sha256 == sha256))
    db.session.execute(delete(BlobInner).where(BlobInner.container_sha256 == sha256))
    db.session.execute(delete(BlobText).where(BlobText.sha256 == sha256))
    return inside


def discard(staged):
    """Throw a staged file away; what was refused is not kept."""
    staged.path.unlink(missing_ok=True)


def get_blob(sha256) -> Blob:
    """The list entry of a blob. Raises NotFound."""
    blob = db.session.get(Blob, sha256)
    if blob is None:
        raise NotFound(_("There is no such file"))
    return blob


class Withheld(Conflict):
    """The virus scanner has not seen the file yet, or found something in it."""


def read(sha256) -> bytes:
    """All bytes. Raises DamagedBlob, Withheld when it is in quarantine; for large files use `iter_range`."""
    ensure_given(sha256, also_waiting=True)
    return b"".join(_range(sha256))


def iter_range(sha256, start=0, end=None) -> Iterator[bytes]:
    """Yield the plain bytes [start, end) in pieces of at most 64 KiB, to whoever asked; end None means to the end.
    The header is checked and the store asked before this returns. Raises DamagedBlob, also while reading; Withheld
    also while the virus scanner has not seen it."""
    ensure_given(sha256)
    return _range(sha256, start, end)


def open(sha256):
    """A seekable binary stream over a blob, as archives need. Raises DamagedBlob, here or while reading; Withheld."""
    ensure_given(sha256, also_waiting=True)
    return io.BufferedReader(_BlobStream(_header(sha256)), buffer_size=CHUNK_BYTES)


def _range(sha256, start=0, end=None):
    header = _header(sha256)
    end = header.size_bytes if end is None else min(end, header.size_bytes)
    return _pieces(header, start, end)


def _known_damage(sha256):
    with aside() as connection:
        return connection.scalar(select(FixityFinding.why).where(*_open_findings(sha256)).limit(1))


def _open_findings(sha256):
    return FixityFinding.address == sha256, FixityFinding.ended_at.is_(None)


def ensure_given(sha256, also_waiting=False):
    """Raise DamagedBlob or Withheld when nobody may be given the bytes, or what was made of them.
    Asked beside the caller's transaction, which must not begin to hold a lock while bytes are read."""
    damage = select(FixityFinding.why).where(*_open_findings(sha256)).limit(1).scalar_subquery()
    wanted = select(Blob.scan, Blob.scan_cause, Blob.erased_at, damage.label("damage")).where(Blob.sha256 == sha256)
    with aside() as connection:
        row = connection.execute(wanted).first()
    if row is not None and row.damage:
        raise DamagedBlob(sha256, row.damage)  # no range of it either, though other chunks may be whole
    if row is None or row.scan in (None, ScanState.CLEAN, ScanState.RELEASED):
        return
    if row.scan is ScanState.QUARANTINED:
        if row.erased_at:
            raise Withheld(_("The file was destroyed, for a virus was found in it: %(cause)s", cause=row.scan_cause))
        raise Withheld(_("The file is in quarantine (%(cause)s). Tell IT staff", cause=row.scan_cause))
    if not also_waiting:
        raise Withheld(_("The file is being checked for viruses; try again in a moment"))


def size(sha256) -> int:
    """Plain size in bytes, from the authenticated header. Raises DamagedBlob."""
    return _header(sha256).size_bytes


def verify(sha256):
    """Read a blob whole and compare with its address. Raises DamagedBlob naming it and what is wrong."""
    header = _header(sha256)
    if _store().size(sha256) != blob_format.stored_size(header.size_bytes):
        raise DamagedBlob(sha256, "its length is not that of its content")
    digest = hashlib.sha256()
    for piece in _pieces(header, 0, header.size_bytes):
        digest.update(piece)
    if digest.hexdigest() != sha256:
        raise DamagedBlob(sha256, "its content has another hash")


def verify_all(progress=None) -> Iterator[str]:
    """Yield the address of every damaged or missing blob. progress(done, total) is called after each blob."""
    for error in damaged(progress and (lambda done, total, _address: progress(done, total))):
        yield error.address


def damaged(progress=None, after="") -> Iterator[DamagedBlob]:
    """Read every blob whose address is greater than `after`; yield what is wrong with each damaged or missing one.
    progress(done, total, address) is called after each blob. Holds no transaction while it reads."""
    with aside() as connection:
        total = connection.scalar(
            select(func.count()).select_from(Blob).where(Blob.sha256 > after, Blob.erased_at.is_(None))
        )
    for done, sha256 in enumerate(_addresses(after), start=1):
        try:
            verify(sha256)
        except DamagedBlob as error:
            yield error
        except NotFound:
            pass  # destroyed meanwhile
        if progress:
            progress(done, total, sha256)


def rotate_wrapping(*old_keys, progress=None) -> tuple[int, list[DamagedBlob]]:
    """Make every blob open with the present key alone instead of an older one; the content is not rewritten.
    old_keys: secrets besides those that the settings still know. May be stopped and run again, while files are read
    and written. Returns how many were changed, and the blobs that no key opens."""
    new, store, changed, unreadable = _current_key(), _store(), 0, []
    old = [key for key in [*map(_wrapping_key, old_keys), *_known_keys()] if key.id != new.id]
    for done, sha256 in enumerate(_addresses(), start=1):
        try:
            changed += _rewrap(store, sha256, old, new)
        except DamagedBlob as error:
            unreadable.append(error)
        if progress:
            progress(done, changed)
    return changed, unreadable


def _rewrap(store, sha256, old, new) -> bool:
    data = _first_bytes(sha256)
    change = blob_format.rewrap(sha256, data, old, new)
    if change:
        store.patch(sha256, [change])
        data = _first_bytes(sha256)
        blob_format.read_header(sha256, data, [new])  # only then may the old slot go
    if leftovers := blob_format.drop_other_slots(data, new):
        store.patch(sha256, leftovers)
    return bool(change)


def _addresses(last=""):
    """Every listed address beyond `last`, in pages, each in a short transaction of its own."""
    while True:
        with aside() as connection:
            page = connection.scalars(
                select(Blob.sha256)
                .where(Blob.sha256 > last, Blob.erased_at.is_(None))
                .order_by(Blob.sha256)
                .limit(_PAGE)
            ).all()
        yield from page
        if len(page) < _PAGE:
            return
        last = page[-1]


def _store():
    """The instance's store, made once for each app."""
    made = current_app.extensions.get("pkip.storage")
    if made is None:
        made = current_app.extensions["pkip.storage"] = _make_store(settings())
    return made


def _make_store(config):
    if config.blobs_url.startswith("s3://"):
        from portal.storage.adapters.s3 import S3Store

        return S3Store(config.blobs_url, config.var / "staging")
    return FileStore(config.var / "blobs")


def _wrapping_key(instance_key):
    return WrappingKey(hmac.new(instance_key, b"blob", hashlib.sha256).digest())


def _current_key():
    return _wrapping_key(settings().blob_key or settings().instance_key)


def _known_keys():
    """The present key first, then those that blobs may still be wrapped with."""
    config = settings()
    secrets = (config.blob_key, *config.old_blob_keys, config.instance_key)
    return list({key.id: key for key in map(_wrapping_key, filter(None, secrets))}.values())


def _first_bytes(sha256):
    try:
        with _store().open(sha256) as stored:
            return blob_format.read_fully(stored, HEADER_BYTES)
    except FileNotFoundError as error:
        blob = db.session.get(Blob, sha256)
        if blob is not None and blob.erased_at:
            raise NotFound(_("The file was destroyed by an approved act")) from error
        raise DamagedBlob(sha256, "missing from the store") from error


def _header(sha256):
    return blob_format.read_header(sha256, _first_bytes(sha256), _known_keys())


def _pieces(header, start, end):
    """The store is asked here and now; the pieces themselves come later and need neither application nor database."""
    if start >= end and header.size_bytes:
        return iter(())
    try:
        stored = _store().open(header.address, header.offset_of(start // header.chunk_bytes))
    except FileNotFoundError as error:
        raise DamagedBlob(header.address, "missing from the store") from error
    return _decoded(header, stored, start, end)


def _decoded(header, stored, start, end):
    with stored:
        yield from blob_format.decode(header, stored, start, end)


class _Watched:
    """A stream that remembers its first bytes, to know the type of what passed by."""

    def __init__(self, stream):
        self._stream = stream
        self.head = b""

    def read(self, length):
        data = self._stream.read(length)
        if len(self.head) < HEAD_BYTES:
            self.head += data[: HEAD_BYTES - len(self.head)]
        return data


class _BlobStream(io.RawIOBase):
    """Random access over a blob: reads on from where it stands, and opens anew after a jump."""

    def __init__(self, header):
        super().__init__()
        self._header = header
        self._at = 0
        self._pieces = None
        self._rest = b""

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self._at

    def seek(self, offset, whence=os.SEEK_SET):
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._header.size_bytes}[whence]
        target = max(0, base + offset)
        if target != self._at:
            self._forget()
        self._at = target
        return target

    def readinto(self, buffer):
        if self._at >= self._header.size_bytes:
            return 0
        if not self._rest:
            if self._pieces is None:
                self._pieces = _pieces(self._header, self._at, self._header.size_bytes)
            self._rest = next(self._pieces, b"")
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        self._at += len(taken)
        return len(taken)

    def close(self):
        self._forget()
        super().close()

    def _forget(self):
        if hasattr(self._pieces, "close"):
            self._pieces.close()
        self._pieces, self._rest = None, b""
