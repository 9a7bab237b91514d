"""The text of blobs: read once for all who refer to them, in a process of its own, with what is inside containers."""

import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from portal.kernel import clock, jobs
from portal.kernel.db import db, insert_ignore, released
from portal.kernel.events import announce
from portal.storage.blob_format import DamagedBlob
from portal.storage.events import TextAsked, TextChanged
from portal.storage.extract import recognition
from portal.storage.extract.limits import LIMITS, Extract, Place
from portal.storage.extract.reading import extracted
from portal.storage.models import Blob, BlobInner, BlobText, Scanned, TextState
from portal.storage.service import blobs

_WHOLE_CHARS = 2_000_000
_WHOLE_TIME_S = 900  # for a container with everything inside
_RUN_S = 45  # recognising takes one worker no longer in a row
TEXTS_PAGE = 50


@dataclass
class Text:
    """A text, and what stands where in it, in order."""

    text: str = ""
    places: list[Place] = field(default_factory=list)


@dataclass
class _Left:
    """What is left of the limits for a file and all that is inside it."""

    entries: int = field(default_factory=lambda: LIMITS.entries)
    unpacked_bytes: int = field(default_factory=lambda: LIMITS.unpacked_bytes)
    stop_at: float = field(default_factory=lambda: time.monotonic() + _WHOLE_TIME_S)

    def limits(self):
        return replace(LIMITS, entries=max(0, self.entries), unpacked_bytes=max(0, self.unpacked_bytes))


def read_text(actor, sha256, name) -> BlobText:
    """What was read in a blob and in the files inside it: now, unless it is known. For jobs: the transaction is let go
    meanwhile. May run twice, and side by side. Raises NotFound for a blob that
    is not there or was destroyed."""
    blobs.get_blob(sha256)
    return _read(actor, sha256, name, _Left(), 0)


def _read(actor, sha256, name, left, depth):
    known = db.session.get(BlobText, sha256)
    if known is None or known.state == TextState.WAITING:
        known = _read_now(actor, sha256, name, left, depth)
    for path, inner in inner_of(sha256):
        jobs.still_working()
        _read(actor, inner, path.rsplit("/", 1)[-1], left, depth + 1)
    return known


def _read_now(actor, sha256, name, left, depth):
    with ExitStack() as stack:
        staged = []
        with released():
            found = _look(stack, sha256, name, left)
            if found.inner and depth >= LIMITS.depth:
                found.cause, found.params, found.inner = "depth", {"depth": LIMITS.depth}, []
            for inner in found.inner:
                with inner.file.open("rb") as stream:
                    entry = blobs.stage(stream, mime=inner.mime, name=inner.name)
                staged.append(entry)
                stack.callback(blobs.discard, entry)
                left.unpacked_bytes -= entry.size_bytes
            left.entries -= len(found.inner)
        rows = []
        for place, (inner, entry) in enumerate(zip(found.inner, staged, strict=True)):
            blob = blobs.keep(actor, entry)
            rows.append({"container_sha256": sha256, "place": place, "path": inner.path, "sha256": blob.sha256})
        _keep(sha256, name, found)
        if rows:
            insert_ignore(BlobInner.__table__, rows)
        with released():
            pass
    return db.session.get_one(BlobText, sha256, populate_existing=True)


def _look(stack, sha256, name, left):
    """All slow work on one blob, without any database lock."""
    if time.monotonic() > left.stop_at:
        return Extract(mime="application/octet-stream", cause="time")
    try:
        return stack.enter_context(extracted(_pieces(sha256), blobs.size(sha256), name, left.limits()))
    except DamagedBlob:
        return Extract(mime="application/octet-stream", cause="blob", params={"address": sha256})
    except blobs.Withheld:
        return Extract(mime="application/octet-stream", cause="quarantine")


def _pieces(sha256):
    """The bytes, also while the virus scanner has not seen them: they go nowhere but into a process of their own."""
    with blobs.open(sha256) as stream:
        while piece := stream.read(1024 * 1024):
            yield piece


def _keep(sha256, name, found):
    """Write what was read. Another run may have been quicker: then nothing changes."""
    values = {
        "name": name[-255:],
        "mime": found.mime[:200],
        "text": found.text,
        "places": [list(place) for place in found.places],
        "state": TextState.PARKED if found.cause else TextState.READ,
        "cause": found.cause,
        "params": found.params,
        "scanned": Scanned.WAITING if found.scanned else Scanned.NONE,
        "read_at": clock.now(),
    }
    insert_ignore(BlobText.__table__, [{"sha256": sha256, **values}])
    db.session.execute(
        sa.update(BlobText)
        .where(BlobText.sha256 == sha256, BlobText.state == TextState.WAITING)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


# --- what others ask --------------------------------------------------------------------------------------------------


def text_of(sha256) -> Text:
    """The text of a blob itself with its places; empty when it is not read."""
    row = db.session.execute(sa.select(BlobText.text, BlobText.places).where(BlobText.sha256 == sha256)).one_or_none()
    return Text() if row is None else Text(row.text, [Place(*place) for place in row.places])


def reading_of(sha256) -> BlobText | None:
    """How reading the text of a blob ended; None while nobody tried."""
    return db.session.get(BlobText, sha256)


def beginnings_of(sha256s, most) -> dict[str, str]:
    """Address -> the first `most` characters of the text of those blobs in which some was found."""
    beginning = sa.func.substr(BlobText.text, 1, most)
    rows = db.session.execute(
        sa.select(BlobText.sha256, beginning).where(BlobText.sha256.in_(list(sha256s)), BlobText.text != "")
    )
    return dict(rows.tuples().all())


def texts_of(sha256s) -> dict[str, str]:
    """Address -> text of those blobs in which some was found."""
    rows = db.session.execute(
        sa.select(BlobText.sha256, BlobText.text).where(BlobText.sha256.in_(list(sha256s)), BlobText.text != "")
    )
    return dict(rows.tuples().all())


def with_text(sha256s) -> set[str]:
    """Those of the blobs in which text was found, or is still being recognised."""
    rows = db.session.scalars(
        sa.select(BlobText.sha256).where(
            BlobText.sha256.in_(list(sha256s)),
            sa.or_(sa.func.trim(BlobText.text) != "", BlobText.scanned == Scanned.WAITING),
        )
    )
    return set(rows)


def whole_text(sha256, most=_WHOLE_CHARS) -> Text:
    """The text of a blob and of the files inside it, each behind a place of kind `file`."""
    whole = Text()
    _add_whole(whole, sha256, "", 0, most)
    return whole


def _add_whole(whole, sha256, path, depth, most):
    own = text_of(sha256)
    start = len(whole.text)
    if path:
        whole.places.append(Place("file", path, start))
    whole.places += [Place(kind, name, start + offset) for kind, name, offset in own.places]
    whole.text += own.text[: most - start] + "\n\n"
    if depth <= LIMITS.depth and len(whole.text) < most:
        for inner_path, inner in inner_of(sha256):
            _add_whole(whole, inner, f"{path}/{inner_path}" if path else inner_path, depth + 1, most)


def inner_of(sha256) -> list[tuple[str, str]]:
    """(path, address) of each file inside a container that has been read."""
    rows = db.session.execute(
        sa.select(BlobInner.path, BlobInner.sha256)
        .where(BlobInner.container_sha256 == sha256)
        .order_by(BlobInner.place)
    )
    return [(path, inner) for path, inner in rows]


def with_containers(sha256) -> set[str]:
    """The address, and those of all containers in which the file lies."""
    found, new = {sha256}, {sha256}
    while new:
        rows = db.session.scalars(sa.select(BlobInner.container_sha256).where(BlobInner.sha256.in_(new)))
        new = set(rows) - found
        found |= new
    return found


def set_text(actor, sha256, text, places=()):
    """Another area has recognised the text of a blob: it need not be done twice. Announces TextChanged."""
    blob = blobs.get_blob(sha256)
    found = Extract(blob.mime, text[: LIMITS.text_chars], list(places))
    insert_ignore(BlobText.__table__, [{"sha256": sha256, "mime": blob.mime, "name": "", "state": TextState.WAITING,
                                        "text": "", "places": [], "cause": "", "params": {},
                                        "scanned": Scanned.NONE, "read_at": clock.now()}])  # fmt: skip
    row = db.session.get_one(BlobText, sha256)
    row.text, row.places = found.text, [list(place) for place in found.places]
    row.scanned, row.state = Scanned.DONE, TextState.READ
    row.cause, row.params, row.read_at = "", {}, clock.now()
    db.session.flush()
    announce(actor, TextChanged(sha256=sha256))


# --- recognising the text of pictures --------------------------------------------------------------------------------


def recognise_waiting(actor, run_s=_RUN_S):
    """Recognise the text of pictures and scanned pages, the oldest first, for about `run_s` seconds: it is slow and
    must not keep what people wait for. Returns how many blobs were done. May be killed at any moment."""
    stop_at, done = time.monotonic() + run_s, 0
    while done == 0 or time.monotonic() < stop_at:
        row = db.session.execute(
            sa.select(BlobText.sha256, BlobText.mime)
            .where(BlobText.scanned == Scanned.WAITING)
            .order_by(BlobText.read_at, BlobText.sha256)
            .limit(1)
        ).one_or_none()
        if row is None:
            break
        _recognise(actor, row.sha256, row.mime)
        done += 1
    return done


def _recognise(actor, sha256, mime):
    known = text_of(sha256)
    with released():
        try:
            pages = recognition.pages_of(_pieces(sha256), mime, jobs.still_working)
        except (DamagedBlob, blobs.Withheld):
            pages = None
    row = db.session.get(BlobText, sha256, populate_existing=True)
    if row is None or row.scanned != Scanned.WAITING:
        return
    row.scanned = Scanned.DONE
    if pages is None:
        row.state, row.cause, row.params = TextState.PARKED, "ocr", {}
    else:
        joined = _joined(known, pages)
        row.text, row.places = joined.text, [list(place) for place in joined.places]
    db.session.flush()
    announce(actor, TextChanged(sha256=sha256))
    with released():
        pass


def _joined(known, pages):
    """The known text with the recognised pages at their places."""
    own = [place for place in known.places if place.kind == "page"]
    ends = ([place.offset for place in own] + [len(known.text)])[1:]
    texts = {int(place.name): known.text[place.offset : end] for place, end in zip(own, ends, strict=True)}
    for number, text in pages.items():
        texts[number] = (texts.get(number, "") + text).strip() + "\n"
    joined = Text()
    for number in sorted(texts):
        joined.places.append(Place("page", str(number), len(joined.text)))
        joined.text = (joined.text + texts[number])[: LIMITS.text_chars]
    return joined


# --- what could not be read -------------------------------------------------------------------------------------------


def parked_causes() -> dict[str, int]:
    """Cause -> how many files are parked for it, the commonest first."""
    count = sa.func.count()
    rows = db.session.execute(
        sa.select(BlobText.cause, count)
        .where(BlobText.state == TextState.PARKED)
        .group_by(BlobText.cause)
        .order_by(count.desc(), BlobText.cause)
    )
    return dict(rows.tuples().all())


def parked(cause="", after="", size=TEXTS_PAGE):
    """(BlobText, size in bytes) of parked files in the order of their addresses, after one of them."""
    query = (
        sa.select(BlobText, Blob.size_bytes)
        .join(Blob, Blob.sha256 == BlobText.sha256)
        .where(BlobText.state == TextState.PARKED, BlobText.sha256 > after)
        .order_by(BlobText.sha256)
        .limit(size)
    )
    return db.session.execute(query.where(BlobText.cause == cause) if cause else query).all()


def read_again(actor, sha256=None, cause=None) -> int:
    """Let one parked file be read once more, or all of a cause. A job does it. Returns how many."""
    query = sa.select(BlobText.sha256).where(BlobText.state == TextState.PARKED)
    query = query.where(BlobText.sha256 == sha256) if sha256 else query.where(BlobText.cause == cause)
    found = db.session.scalars(query).all()
    for one in found:
        row = db.session.get_one(BlobText, one)
        row.state = TextState.WAITING
        announce(actor, TextAsked(sha256=one))
    db.session.flush()
    return len(found)


def read_asked(actor, sha256):
    """What the job of `read_again` does: read, and tell those who refer to the file."""
    row = db.session.get(BlobText, sha256)
    if row is None or row.state != TextState.WAITING:
        return
    read_text(actor, sha256, row.name)
    announce(actor, TextChanged(sha256=sha256))


def set_aside(sha256) -> BlobText | None:
    """A person says that a parked file will never be read. None when it is not parked."""
    row = db.session.get(BlobText, sha256)
    if row is None or row.state != TextState.PARKED:
        return None
    row.state = TextState.SET_ASIDE
    db.session.flush()
    return row


def waiting_to_be_recognised() -> int:
    """How many files wait for the recognition of their text."""
    return db.session.scalar(sa.select(sa.func.count()).where(BlobText.scanned == Scanned.WAITING)) or 0
