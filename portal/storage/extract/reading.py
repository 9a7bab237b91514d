"""One door for all types: give a file, get its text with its places, its inner files, and a word for what is wrong."""

import json
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

import structlog

from portal.kernel.i18n import _
from portal.storage import children
from portal.storage.extract import containers, plain
from portal.storage.extract.causes import sentence
from portal.storage.extract.limits import LIMITS, Extract, Full, Inner, Place, Unreadable, Written
from portal.storage.extract.sniffing import CSV, HEAD_BYTES, TEXT, sniff

log = structlog.get_logger()

_CHILD = Path(__file__).with_name("child.py")
_SIGNALS = {9: "time", 24: "time"}  # killed by us or for its processor time; any other signal is a crash
_TOLD_BYTES = 64 * 1024 * 1024


def check_archive(stream, limits=LIMITS):
    """One sentence when a container breaks the limits by its own directory or is damaged, else an empty text."""
    try:
        containers.admit(stream, limits)
    except Unreadable as error:
        return sentence(error.cause, error.params)
    return ""


@contextmanager
def extracted(pieces, size, name, limits=LIMITS):
    """An Extract of a file that comes in pieces; its inner files are there until the end. Never raises for what is in
    the file. Inner files are listed but not opened: give each of them here in turn."""
    if size > limits.file_bytes:
        head = next(iter(pieces), b"")
        yield Extract(sniff(head[:HEAD_BYTES], name), cause="large", params={"size": limits.file_bytes // 1024**2})
        return
    with children.folder() as place:
        file = place / "in"
        with file.open("wb") as out:
            for piece in pieces:
                out.write(piece)
        yield _text_here(file, name, limits) or _asked(place, name, limits)


def extract_text(name, _mime, data, limits=LIMITS):
    """The same for bytes in memory, when what lies inside does not matter."""
    with extracted([data], len(data), name, limits) as found:
        found.inner = []
        return found


def _text_here(file, name, limits):
    """A text file needs no process of its own: its bytes only change their names."""
    with file.open("rb") as stream:
        mime = sniff(stream.read(HEAD_BYTES), name)
    if mime not in (TEXT, CSV):
        return None
    out = Written(limits.text_chars)
    with suppress(Full):
        plain.read_text(file, containers.Budget(limits), out)
    return Extract(mime, out.text().strip())


def _asked(place, name, limits):
    asked = {
        "name": name,
        "limits": asdict(limits),
        "words": _words(),
        "memory_bytes": limits.memory_bytes,
        "time_s": limits.time_s,
        "most_bytes": limits.unpacked_bytes,
    }
    for line in children.lines(_CHILD, asked, place, limits.time_s + 5):
        log.warning("text of a file could not be read", why=line)
    told = place / "told.json"
    if asked["status"] or not told.is_file() or told.stat().st_size > _TOLD_BYTES:
        signal = -asked["status"]
        cause = _SIGNALS.get(signal, "crash") if signal > 0 else "memory"
        with (place / "in").open("rb") as stream:
            return Extract(sniff(stream.read(HEAD_BYTES), name), cause=cause)
    found = json.loads(told.read_text("utf-8"))
    return Extract(
        mime=found["mime"],
        text=found["text"].rstrip(),
        places=[Place(*one) for one in found["places"]],
        inner=[Inner(one["name"], one["path"], one["mime"], place / one["file"]) for one in found["inner"]],
        cause=found["cause"],
        params=found["params"],
        scanned=found["scanned"],
    )


def _words():
    """How the parts of an invoice are called in its text."""
    return {
        "invoice": _("Invoice"),
        "credit_note": _("Credit note"),
        "issued": _("Issued on"),
        "due": _("Payment due"),
        "reference": _("Reference"),
        "seller": _("Seller"),
        "buyer": _("Buyer"),
        "net": _("Total without VAT"),
        "gross": _("Total with VAT"),
        "payable": _("To be paid"),
        "tax": _("VAT"),
        "account": _("Bank account"),
    }
