"""Starting the children, giving them files, hearing them out."""

import json
from dataclasses import dataclass
from pathlib import Path

from portal.kernel.i18n import _
from portal.storage import children

_HERE = Path(__file__).parent
_FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
MOST_PAGES = 500
MEMORY_BYTES = 2 * 1024**3
PAGES_TIME_S = 120
OCR_PAGE_S = 120  # longest for one page; also the pause in which nothing is heard before a child is stopped
_QUIET_S = OCR_PAGE_S + 60
OCR_TIME_S = 3600
MEGAPIXELS = 150


class ScanProblem(Exception):
    """Pages that cannot be used; the message is the sentence for the clerk."""


@dataclass(frozen=True)
class Pages:
    """A part of what was scanned: its PDF, how many pages, and what the separator sheet before it says."""

    data: bytes
    pages: int
    register_code: str
    kind: str


def make_pages(files, part=True):
    """Parts out of scanned files. files: (name, bytes) in order. part: look for separator sheets.
    Raises ScanProblem."""
    with children.folder() as folder:
        names = []
        for place, (_name, data) in enumerate(files):
            names.append(f"in-{place}")
            (folder / names[-1]).write_bytes(data)
        told = _run_pages(folder, {"files": names, "part": part, "most_pages": MOST_PAGES})
        if "problem" in told:
            place = told.get("file", "").removeprefix("in-")
            raise ScanProblem(_sentence(told["problem"], files[int(place)][0] if place.isdigit() else ""))
        return [
            Pages((folder / one["file"]).read_bytes(), one["pages"], one["register"][:40], one["kind"][:40])
            for one in told["parts"]
        ]


def separator_sheets(name, sheets):
    """Bytes of a PDF with separator sheets to print. sheets: (register code, kind or "", title, lines) each."""
    wanted = [
        {"code": f"PKIP|{code}|{kind}", "title": title, "lines": list(lines)} for code, kind, title, lines in sheets
    ]
    with children.folder() as folder:
        told = _run_pages(folder, {"sheets": wanted, "font": _FONT, "name": name})
        if "problem" in told:
            raise ScanProblem(_sentence(told["problem"], ""))
        return (folder / told["file"]).read_bytes()


def stamped(data, lines):
    """Bytes of a PDF like this, with the lines in a frame at the top right of its first page. Raises ScanProblem."""
    return _made({"stamp": "in", "lines": lines, "font": _FONT}, data)


def _made(asked, data):
    with children.folder() as folder:
        (folder / "in").write_bytes(data)
        told = _run_pages(folder, asked)
        if "problem" in told:
            raise ScanProblem(_sentence(told["problem"], ""))
        return (folder / told["file"]).read_bytes()


def recognise(data, tell):
    """(bytes of the PDF with text, text with a form feed between pages).
    tell(done, total) is called after each page. Raises ScanProblem."""
    with children.folder() as folder:
        (folder / "in.pdf").write_bytes(data)
        asked = {
            "memory_bytes": MEMORY_BYTES,
            "time_s": OCR_TIME_S,
            "page_s": OCR_PAGE_S,
            "mpixels": MEGAPIXELS,
            "languages": ["lav"],
            "nice": 10,
        }
        last = {}
        for line in children.lines(_HERE / "ocr_child.py", asked, folder, _QUIET_S):
            if line.startswith("page "):
                done, total = line.split()[1::2]
                tell(int(done), int(total))
            elif line.startswith("{"):
                last = json.loads(line)
        problem = last.get("problem", "stopped")
        if problem:
            raise ScanProblem(_sentence(problem, ""))
        text = (folder / "text.txt").read_text("utf-8", "replace").removesuffix("\f")
        return (folder / "out.pdf").read_bytes(), text


def _run_pages(folder, asked):
    asked |= {"memory_bytes": MEMORY_BYTES, "time_s": PAGES_TIME_S, "nice": 10}
    told = {"problem": "stopped", "file": ""}
    for line in children.lines(_HERE / "pages_child.py", asked, folder, _QUIET_S):
        if line.startswith("{"):
            told = json.loads(line)
    return told


def _sentence(problem, name):
    """What went wrong, for the clerk."""
    return {
        "password": _("The file is protected by a password. Save it without one and add it again"),
        "damaged": _("“%(name)s” cannot be read: it is damaged, or it is neither a PDF nor a picture", name=name)
        if name
        else _("The pages cannot be read: the file is damaged"),
        "pages": _("There are more than %(max)d pages; scan them in parts", max=MOST_PAGES),
        "memory": _("The pages are too large to be read; scan them at 300 dots per inch"),
        "missing": _("Text recognition is not installed; tell IT staff (tesseract-ocr-lav)"),
    }.get(problem, _("Reading the pages took too long and was stopped; it can be tried again"))
