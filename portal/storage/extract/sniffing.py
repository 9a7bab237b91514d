"""What a file is, by its content; the name decides only where the content leaves it open."""

import io
import re
import zipfile
from pathlib import PurePath

from portal.storage.extract.plain import wide_encoding

HEAD_BYTES = 8192

PDF = "application/pdf"
ASICE = "application/vnd.etsi.asic-e+zip"
ASICS = "application/vnd.etsi.asic-s+zip"
ZIP = "application/zip"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"
EML = "message/rfc822"
TEXT = "text/plain"
HTML = "text/html"
XML = "application/xml"
SVG = "image/svg+xml"
RTF = "application/rtf"
CSV = "text/csv"
OUTLOOK = "application/vnd.ms-outlook"
PROGRAM = "application/x-msdownload"
UNKNOWN = "application/octet-stream"

CONTAINERS = {ASICE, ASICS, ZIP}
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/tiff", "image/webp", "image/bmp"}  # of which OCR reads text

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", RTF),
    (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM),
    (b"#!", "text/x-script"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!", "application/vnd.rar"),
    (b"\x1f\x8b", "application/gzip"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "application/ogg"),
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_NAMES = {
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".msg": OUTLOOK,
    ".ppt": "application/vnd.ms-powerpoint",
}
_MAIL_FIELD = re.compile(
    rb"\A(?:[!-9;-~]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)*?"
    rb"(?:From|Received|Return-Path|MIME-Version|Delivered-To|Message-ID):",
    re.IGNORECASE,
)

# What a file with this ending must be; a name that promises one thing over other content is refused at upload.
PROMISED = {
    ".pdf": {PDF},
    ".docx": {DOCX},
    ".xlsx": {XLSX},
    ".pptx": {PPTX},
    ".odt": {ODT},
    ".ods": {ODS},
    ".odp": {ODP},
    ".asice": {ASICE},
    ".sce": {ASICE},
    ".bdoc": {ASICE},
    ".edoc": {ASICE},
    ".zip": {ZIP, ASICE, ASICS, DOCX, XLSX, PPTX, ODT, ODS, ODP},
    ".png": {"image/png"},
    ".jpg": {"image/jpeg"},
    ".jpeg": {"image/jpeg"},
    ".gif": {"image/gif"},
    ".tif": {"image/tiff"},
    ".tiff": {"image/tiff"},
    ".rtf": {RTF},
    ".msg": {OUTLOOK},
}
ENDINGS = {PDF: ".pdf", DOCX: ".docx", ODT: ".odt", ASICE: ".asice", TEXT: ".txt", EML: ".eml"}


def sniff(data, name=""):
    """The media type of a file. data: its bytes, or the first HEAD_BYTES of them."""
    head = bytes(data[:HEAD_BYTES])
    ending = PurePath(name).suffix.lower()
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):  # first: a PDF may lie unpacked inside
        return _zip_kind(data, ending)
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith(OLE):
        return _OLE_NAMES.get(ending, "application/x-ole-storage")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "image/bmp"
    if head[4:8] == b"ftyp":
        return "video/mp4"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return _text_kind(head, ending)


def broken_promise(name, mime):
    """True when the file's name promises a type that its content is not."""
    promised = PROMISED.get(PurePath(name).suffix.lower())
    return promised is not None and mime not in promised


def _zip_kind(data, ending):
    """ASiC and OpenDocument begin with an uncompressed entry `mimetype`; Office files are known by their parts."""
    head = bytes(data[:HEAD_BYTES])
    if head[26:28] == b"\x08\x00" and head[30:38] == b"mimetype":
        extra = int.from_bytes(head[28:30], "little")
        length = int.from_bytes(head[18:22], "little")
        kind = head[38 + extra : 38 + extra + length].strip().decode("ascii", "replace")
        if kind in (ASICE, ASICS, ODT, ODS, ODP):
            return kind
    names = _entry_names(data)
    if any(re.fullmatch(r"META-INF/[^/]*signatures[^/]*\.(xml|p7s)", name, re.IGNORECASE) for name in names):
        return ASICE
    for part, kind in (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX)):
        if any(name.startswith(part) for name in names):
            return kind
    by_name = {
        ".docx": DOCX,
        ".xlsx": XLSX,
        ".pptx": PPTX,
        ".odt": ODT,
        ".asice": ASICE,
        ".edoc": ASICE,
        ".bdoc": ASICE,
        ".sce": ASICE,
    }
    if len(data) <= HEAD_BYTES and not names and ending in by_name:
        return by_name[ending]  # only the beginning was seen: the name is the best that is known
    return ZIP


def _entry_names(data):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError):
        pass
    names, at = [], 0
    head = bytes(data[:HEAD_BYTES])
    while (at := head.find(b"PK\x03\x04", at)) >= 0:  # only the beginning was seen: local headers tell enough
        length = int.from_bytes(head[at + 26 : at + 28], "little")
        names.append(head[at + 30 : at + 30 + length].decode("utf-8", "replace"))
        at += 30
    return names


def _text_kind(head, ending):
    if not head:
        return TEXT if ending == ".txt" else UNKNOWN
    wide = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else wide_encoding(head)
    if wide:
        head = head.decode(wide, "replace").encode()
    if b"\x00" in head or sum(byte < 9 or 13 < byte < 32 for byte in head) > len(head) // 50:
        return UNKNOWN
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if start.startswith(b"<svg") or (start.startswith((b"<?xml", b"<!doctype svg", b"<!--")) and b"<svg" in start):
        return SVG
    if start.startswith(b"<?xml") or (start.startswith(b"<") and b"xmlns" in start and b"<html" not in start):
        return HTML if b"<html" in start else XML
    if start.startswith((b"<!doctype html", b"<html")):
        return HTML
    if ending == ".eml" or _MAIL_FIELD.match(head):
        return EML
    if ending in (".html", ".htm"):
        return HTML
    if ending == ".csv":
        return CSV
    return TEXT
