"""The process that reads one file: `in` of the working folder to `told.json` and files `inner-N`. Run by limited.py."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from portal.storage.extract import invoice, mail, office, outlook, pdf, pictures, plain, rtf, sniffing
from portal.storage.extract.containers import Budget, Shelf, unpack
from portal.storage.extract.limits import Full, Limits, Unreadable, Written

# How the text of each type is read: function(file, budget, out); true when text on pictures is to be recognised
_READERS = {
    sniffing.PDF: pdf.read_pdf,
    sniffing.DOCX: office.read_docx,
    sniffing.XLSX: office.read_xlsx,
    sniffing.PPTX: office.read_pptx,
    sniffing.ODT: office.read_opendocument,
    sniffing.ODS: office.read_opendocument,
    sniffing.ODP: office.read_opendocument,
    sniffing.RTF: rtf.read_rtf,
    sniffing.TEXT: plain.read_text,
    sniffing.CSV: plain.read_text,
    sniffing.HTML: plain.read_html,
    sniffing.SVG: plain.read_xml,
    sniffing.XML: plain.read_xml,
}


def main():
    asked = json.loads(sys.argv[1])
    told = read(Path("in"), asked)
    with open("told.json", "w", encoding="utf-8", errors="ignore") as out:
        json.dump(told, out, ensure_ascii=False)


def read(file, asked):
    """What is told of a file. Never raises for what is in it."""
    budget = Budget(Limits(**asked["limits"]))
    shelf, out = Shelf(Path("."), budget), Written(budget.limits.text_chars)
    told = {"mime": "", "cause": "", "params": {}, "scanned": False}
    try:
        told["mime"] = mime = kind_of(file, asked["name"])
        told["scanned"] = bool(_read(file, mime, budget, out, shelf, asked["words"]))
    except Full:
        pass
    except Unreadable as error:
        told["cause"], told["params"] = error.cause, error.params
    except (MemoryError, RecursionError):
        told["cause"] = "memory"
    except Exception as error:  # a stranger's file can break any parser in any way
        told["cause"] = "unread"
        print(f"{type(error).__name__}: {error}"[:500], flush=True)
    inner = [{"name": one.name, "path": one.path, "mime": one.mime, "file": one.file.name} for one in shelf.found]
    return {**told, "text": out.text(), "places": out.places, "inner": inner}


def kind_of(file, name):
    """The media type by the whole content."""
    with file.open("rb") as stream:
        head = stream.read(sniffing.HEAD_BYTES)
        found = sniffing.sniff(head + stream.read() if head.startswith(b"PK") else head, name)
    if head.startswith(sniffing.OLE) and outlook.is_message(file):
        return sniffing.OUTLOOK
    return found


def _read(file, mime, budget, out, shelf, words):
    if mime in sniffing.CONTAINERS:
        return unpack(file, budget, shelf)
    if mime == sniffing.EML:
        return mail.read_mail(file, budget, out, shelf)
    if mime == sniffing.OUTLOOK:
        return outlook.read_msg(file, budget, out, shelf)
    if mime == sniffing.XML and invoice.is_invoice(file):
        return invoice.read_invoice(file, budget, out, shelf, words)
    if mime in sniffing.PICTURES:
        return pictures.check_picture(file, budget)
    if mime in _READERS:
        return _READERS[mime](file, budget, out)
    with file.open("rb") as stream:
        ole = stream.read(8) == sniffing.OLE
    if ole and outlook.is_encrypted(file):
        raise Unreadable("password")
    return False


if __name__ == "__main__":
    main()
