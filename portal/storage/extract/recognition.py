"""Text on pictures and scanned pages, recognised by Tesseract in a process of low priority."""

import json
from pathlib import Path

from portal.storage import children
from portal.storage.extract.limits import LIMITS

_CHILD = Path(__file__).with_name("recognition_child.py")
_PAGE_S = 120
MOST_PAGES = 500


def pages_of(pieces, mime, tell):
    """{number of the page: its text} of the pages that are pictures, or None when it cannot be done.
    tell() is called after each page."""
    with children.folder() as place:
        with (place / "in").open("wb") as out:
            for piece in pieces:
                out.write(piece)
        asked = {
            "mime": mime,
            "page_s": _PAGE_S,
            "most_pages": MOST_PAGES,
            "megapixels": LIMITS.megapixels,
            "memory_bytes": 2 * LIMITS.memory_bytes,
            "time_s": 3600,
            "most_bytes": LIMITS.unpacked_bytes,
            "nice": 10,
        }
        found, whole = {}, False
        for line in children.lines(_CHILD, asked, place, _PAGE_S + 60):
            told = json.loads(line) if line.startswith("{") else {}
            if "page" in told:
                found[told["page"]] = told["text"]
                tell()
            whole = whole or told.get("done", False)
        return found if whole else None
