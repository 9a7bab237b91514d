"""Pictures of first pages, made by jobs and kept once for all who refer to the file (14.1)."""

import json
import shutil
from pathlib import Path

import sqlalchemy as sa

from portal.kernel.db import db, insert_ignore, released
from portal.storage import children, extract
from portal.storage.blob_format import DamagedBlob
from portal.storage.models import BlobPreview
from portal.storage.service import blobs

_CHILD = Path(extract.__file__).with_name("preview_child.py")
SHOWN = ("application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "image/tiff")
LARGEST = 50 * 1024**2  # what is larger has no picture
WIDE = 900
_LIMITS = {"memory_bytes": 2 * 1024**3, "time_s": 60, "most_bytes": 50 * 1024**2, "nice": 10}
_QUIET_S = 120


def make_preview(actor, sha256) -> str | None:
    """The address of the picture (PNG) of a file's first page, made unless it is there; None when there is none.
    Holds no lock while it works; may run twice. Raises Withheld."""
    known = db.session.get(BlobPreview, sha256)
    blob = blobs.get_blob(sha256)
    if known is not None or blob.mime not in SHOWN or blob.size_bytes > LARGEST or blob.erased_at:
        return known and known.preview_sha256
    with released():
        data = _drawn(sha256)
        staged = data and blobs.stage(data, mime="image/png")
    made = blobs.keep(actor, staged).sha256 if staged else None
    insert_ignore(BlobPreview.__table__, [{"sha256": sha256, "preview_sha256": made}])
    return db.session.scalar(sa.select(BlobPreview.preview_sha256).where(BlobPreview.sha256 == sha256))


def previews_of(sha256s) -> dict[str, str]:
    """Address of a file -> that of its picture, of those that have one."""
    rows = db.session.execute(
        sa.select(BlobPreview.sha256, BlobPreview.preview_sha256).where(
            BlobPreview.sha256.in_(list(sha256s)), BlobPreview.preview_sha256.is_not(None)
        )
    )
    return {sha256: picture for sha256, picture in rows if picture}


def _drawn(sha256):
    """Bytes of the picture, None when the file gives none: the file's own line says what is wrong with it."""
    with children.folder() as folder:
        try:
            with blobs.open(sha256) as source, (folder / "in").open("wb") as target:
                shutil.copyfileobj(source, target, 1024 * 1024)
        except DamagedBlob:
            return None
        told = {}
        for line in children.lines(_CHILD, {"file": "in", "wide": WIDE, **_LIMITS}, folder, _QUIET_S):
            if line.startswith("{"):
                told = json.loads(line)
        return (folder / "preview.png").read_bytes() if told.get("done") else None
