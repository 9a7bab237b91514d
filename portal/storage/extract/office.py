"""Word, Excel, PowerPoint and OpenDocument: all are archives with XML inside, read with bounds and without macros."""

import re

from portal.storage.extract.containers import content_entries, open_archive, read_entry
from portal.storage.extract.limits import Unreadable
from portal.storage.extract.plain import walk_xml

_DOCX_REST = re.compile(r"word/(header\d*|footer\d*|footnotes|endnotes|comments)\.xml")
_SLIDE = re.compile(r"ppt/(slides/slide|notesSlides/notesSlide)(\d+)\.xml")
_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_LONG_NUMBER = re.compile(r"\d{6,20}")  # of a register or a contract; amounts and days are not words
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read_docx(file, budget, out):
    """Paragraphs of the body with the pages that Word saw, then headers, footers and notes."""
    with open_archive(file, budget.limits) as archive:
        entries = {info.filename: info for info in content_entries(archive, budget)}
        if "word/document.xml" not in entries:
            raise Unreadable("damaged")
        rest = sorted(name for name in entries if _DOCX_REST.fullmatch(name))
        for part in ["word/document.xml", *rest]:
            page, line = 1, []
            for tag, text, _attributes in walk_xml(read_entry(archive, entries[part], budget), budget):
                if tag == "t":
                    line.append(text)
                elif tag in ("tab", "/tc"):
                    line.append(" ")
                elif tag in ("/p", "br", "/tr"):
                    _write(out, line)
                elif tag == "lastRenderedPageBreak" and part == "word/document.xml":
                    _write(out, line)
                    if page == 1:
                        out.places.insert(0, ("page", "1", 0))
                    page += 1
                    out.place("page", page)
            _write(out, line)


def read_pptx(file, budget, out):
    """Texts of slides and their notes, slide by slide."""
    with open_archive(file, budget.limits) as archive:
        found = [
            (int(match[2]), match[1], info)
            for info in content_entries(archive, budget)
            if (match := _SLIDE.fullmatch(info.filename))
        ]
        last = 0
        for number, kind, info in sorted(found, key=lambda one: (one[0], one[1] != "slides/slide")):
            if number != last and kind == "slides/slide":
                out.place("slide", number)
                last = number
            line: list[str] = []
            for tag, text, _attributes in walk_xml(read_entry(archive, info, budget), budget):
                if tag == "t":
                    line.append(text)
                elif tag == "/p":
                    _write(out, line)


def read_xlsx(file, budget, out):
    """Texts and long numbers of cells, sheet by sheet under their names."""
    with open_archive(file, budget.limits) as archive:
        entries = {info.filename: info for info in content_entries(archive, budget)}

        def walk(name):
            return walk_xml(read_entry(archive, entries[name], budget), budget) if name in entries else ()

        shared = _shared(walk("xl/sharedStrings.xml"))
        for name, part in _sheets(walk, entries):
            out.place("sheet", name)
            kind = line = None
            for tag, text, attributes in walk(part):
                if tag == "row":
                    line = []
                elif tag == "c":
                    kind = attributes.get("t", "n")
                elif tag == "v" and line is not None:
                    line.append(_cell(kind, text, shared))
                elif tag == "t" and line is not None:
                    line.append(text)
                elif tag == "/c" and line:
                    line.append(" ")
                elif tag == "/row" and line is not None:
                    _write(out, line)


def read_opendocument(file, budget, out):
    """Paragraphs and headings of texts, sheets and slides, headers and footers."""
    with open_archive(file, budget.limits) as archive:
        with_bookkeeping = {info.filename: info for info in archive.infolist()}
        entries = {info.filename: info for info in content_entries(archive, budget)}
        if "content.xml" not in entries:
            raise Unreadable("damaged")
        manifest = with_bookkeeping.get("META-INF/manifest.xml")
        if manifest is not None and b"encryption-data" in read_entry(archive, manifest, budget):
            raise Unreadable("password")
        for part in ("content.xml", "styles.xml"):
            if part in entries:
                _read_part(read_entry(archive, entries[part], budget), budget, out)


def _read_part(data, budget, out):
    depth, slide, line = 0, 0, []
    for tag, text, attributes in walk_xml(data, budget):
        if tag == "table" and not depth:
            name = next((value for key, value in attributes.items() if key.endswith("}name")), "")
            if any(key.endswith("table:1.0}name") for key in attributes) and not slide:
                out.place("sheet", name)
        elif tag == "page" and any("drawing" in key for key in attributes):
            slide += 1
            out.place("slide", slide)
        if tag in ("p", "h"):
            depth += 1
        if depth:
            line.append(" " if tag in ("s", "tab") else "\n" if tag == "line-break" else "")
            line.append(text if tag not in ("/p", "/h") or depth > 1 else "")
        if tag in ("/p", "/h"):
            depth -= 1
            if not depth:
                _write(out, line)


def _sheets(walk, entries):
    """(name, part) of each sheet in the order of the workbook; sheets that it does not name come by number."""
    targets = {
        attributes["Id"]: "xl/" + attributes["Target"].removeprefix("/xl/")
        for tag, _text, attributes in walk("xl/_rels/workbook.xml.rels")
        if tag == "Relationship" and "Id" in attributes and "Target" in attributes
    }
    named = [
        (attributes.get("name", ""), targets.get(attributes.get(_RELATION, ""), ""))
        for tag, _text, attributes in walk("xl/workbook.xml")
        if tag == "sheet"
    ]
    found = [(name, part) for name, part in named if part in entries]
    known = {part for _name, part in found}
    rest = sorted((int(match[1]), part) for part in entries if part not in known and (match := _SHEET.fullmatch(part)))
    return found + [(str(number), part) for number, part in rest]


def _shared(events):
    texts, one = [], []
    skipping = False
    for tag, text, _attributes in events:
        if tag == "si":
            one = []
        elif tag == "rPh":  # how a word is spoken
            skipping = True
        elif tag == "/rPh":
            skipping = False
        elif tag == "t" and not skipping:
            one.append(text)
        elif tag == "/si":
            texts.append("".join(one))
    return texts


def _cell(kind, text, shared):
    if kind == "s":
        return shared[int(text)] if text.isdigit() and int(text) < len(shared) else ""
    if kind == "str":
        return text
    return text if kind == "n" and _LONG_NUMBER.fullmatch(text) else ""


def _write(out, line):
    text = "".join(line).strip()
    line.clear()
    if text:
        out.add(text + "\n")
