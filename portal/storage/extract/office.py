"""Word, Excel, PowerPoint and OpenDocument: all are archives with XML inside, read with bounds and without macros."""

import re

from portal.storage.extract.containers import content_entries, open_archive, read_entry
from portal.storage.extract.plain import walk_xml

_DOCX_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml")
_PPTX_PARTS = re.compile(r"ppt/(slides/slide|notesSlides/notesSlide)\d+\.xml")
_XLSX_PARTS = re.compile(r"xl/(sharedStrings|worksheets/sheet\d+)\.xml")
_OPENDOCUMENT_PARTS = re.compile(r"(content|styles)\.xml")


def docx_text(data, budget):
    """Paragraphs of the body, headers, footers and notes."""
    return _text(data, budget, _DOCX_PARTS, texts={"t"}, lines={"/p", "br", "/tr"}, gaps={"tab", "/tc"})


def pptx_text(data, budget):
    """Texts of slides and notes."""
    return _text(data, budget, _PPTX_PARTS, texts={"t"}, lines={"/p"}, gaps=set())


def xlsx_text(data, budget):
    """Texts of cells; plain numbers of a sheet are not words."""
    return _text(data, budget, _XLSX_PARTS, texts={"t"}, lines={"/si", "/is"}, gaps=set())


def opendocument_text(data, budget):
    """Paragraphs and headings of texts, sheets and slides, headers and footers."""
    lines = []
    for part in _parts(data, budget, _OPENDOCUMENT_PARTS):
        depth, line = 0, []
        for tag, text in walk_xml(part, budget):
            if tag in ("p", "h"):
                depth += 1
            if depth:
                line.append(" " if tag in ("s", "tab") else "\n" if tag == "line-break" else "")
                line.append(text if tag not in ("/p", "/h") or depth > 1 else "")
            if tag in ("/p", "/h"):
                depth -= 1
                if not depth:
                    lines.append("".join(line).strip())
                    line = []
    return "\n".join(line for line in lines if line)


def _text(data, budget, names, *, texts, lines, gaps):
    words = []
    for part in _parts(data, budget, names):
        for tag, text in walk_xml(part, budget):
            if tag in texts:
                words.append(text)
            elif tag in lines:
                words.append("\n")
            elif tag in gaps:
                words.append(" ")
        words.append("\n")
    return "\n".join(line for raw in "".join(words).splitlines() if (line := raw.strip()))


def _parts(data, budget, names):
    """Bytes of the matching entries, the body first."""
    with open_archive(data, budget.limits) as archive:
        wanted = [info for info in content_entries(archive, budget) if names.fullmatch(info.filename)]
        for info in sorted(wanted, key=lambda info: ("header" in info.filename or "styles" in info.filename,)):
            yield read_entry(archive, info, budget)
