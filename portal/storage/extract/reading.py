"""One door for all types: give a file, get its text, its inner files, and one sentence if something is wrong."""

import structlog

from portal.kernel.i18n import _
from portal.storage.extract import mail, office, pdf, plain
from portal.storage.extract.containers import Budget, unpack
from portal.storage.extract.limits import LIMITS, Extract, Unreadable
from portal.storage.extract.sniffing import (
    ASICE,
    ASICS,
    DOCX,
    EML,
    HTML,
    ODP,
    ODS,
    ODT,
    PDF,
    PPTX,
    TEXT,
    XLSX,
    XML,
    ZIP,
    broken_promise,
    sniff,
)

log = structlog.get_logger()

# How the text of each type is read: function(data, budget) -> text
_READERS = {
    PDF: pdf.text_of,
    DOCX: office.docx_text,
    XLSX: office.xlsx_text,
    PPTX: office.pptx_text,
    ODT: office.opendocument_text,
    ODS: office.opendocument_text,
    ODP: office.opendocument_text,
    TEXT: plain.text_of,
    "text/csv": plain.text_of,
    HTML: plain.html_text,
    XML: plain.xml_text,
}


def extract_text(name, mime, data, limits=LIMITS) -> Extract:
    """Text and inner files of a file's bytes; never raises for what is in the file.
    mime: what the sender said it is; the content decides. Inner files are listed but not opened: give each of them
    here in turn, as deep as `limits.depth` allows."""
    found = sniff(data, name)
    result = Extract(mime=found)
    if broken_promise(name, found) or (mime == PDF and found != PDF):
        result.problem = _("The content of the file “%(name)s” is not what its name says", name=name)
    if len(data) > limits.file_bytes:
        result.problem = _(
            "The file is larger than %(size)d MB; its text was not read", size=limits.file_bytes // 1024**2
        )
        return result
    budget = Budget(limits)
    try:
        if found in (ASICE, ASICS, ZIP):
            for inner in unpack(data, budget):
                result.inner.append(inner)
        elif found == EML:
            result.text, result.inner = mail.open_mail(data, budget)
        elif found in _READERS:
            result.text = _READERS[found](data, budget)
    except Unreadable as error:
        result.problem = str(error)
    except Exception:  # a stranger's file can break any parser in any way; the log has the whole, the reader a sentence
        log.exception("text of a file could not be read", name=name, mime=found)
        result.problem = _("The text of the file could not be read; the file itself is kept")
    result.text = _tidy(result.text, limits)
    return result


def _tidy(text, limits):
    """Without what databases refuse (NUL, lone surrogates), in NFC, at most `text_chars` long."""
    import unicodedata

    text = text[: limits.text_chars].replace("\x00", " ").encode("utf-8", "ignore").decode()
    return unicodedata.normalize("NFC", text).strip()
