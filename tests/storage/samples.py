"""Files for tests, made in code: good ones of each type, and ones made to harm."""

import io
import random
import struct
import zipfile
import zlib
from email.message import EmailMessage

SENTENCE = "Iesniegums par ceļa remontu Ķekavā, lūdzu izskatīt šonedēļ"
OFFICE = "http://schemas.openxmlformats.org"


def zipped(entries, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def pdf(*pages, password=""):
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    pdfmetrics.registerFont(TTFont("DejaVu", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"))
    canvas = Canvas(out, encrypt=StandardEncryption(password) if password else None)
    for text in pages or (SENTENCE,):
        canvas.setFont("DejaVu", 11)
        canvas.drawString(50, 700, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def picture(text=SENTENCE, kind="PNG", size=(1500, 300)):
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", size, 255)
    font = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 42)
    ImageDraw.Draw(image).text((40, 120), text, font=font, fill=0)
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def scan(text=SENTENCE):
    """A PDF whose only page is a picture."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawImage(ImageReader(io.BytesIO(picture(text))), 40, 600, width=500, height=100)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def docx():
    import docx

    document = docx.Document()
    document.add_paragraph(SENTENCE)
    document.add_table(1, 1).cell(0, 0).text = "Tabulas šūna"
    document.sections[0].header.paragraphs[0].text = "Galvene"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def xlsx():
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Budžets"
    book.active.append([SENTENCE, 40003123456, 12.5])
    book.create_sheet("Pielikums").append(["Otrā lapa"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pptx():
    slide = '<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:sld>'
    return zipped(
        {
            "[Content_Types].xml": "<x/>",
            "ppt/slides/slide10.xml": slide.format("Desmitais"),
            "ppt/slides/slide2.xml": slide.format(SENTENCE),
            "ppt/notesSlides/notesSlide2.xml": slide.format("Piezīme"),
        }
    )


def odt():
    from odf.opendocument import OpenDocumentText
    from odf.text import P, Span

    document = OpenDocumentText()
    paragraph = P(text=SENTENCE[:20])
    paragraph.addElement(Span(text=SENTENCE[20:]))
    document.text.addElement(paragraph)
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def ods():
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    document = OpenDocumentSpreadsheet()
    for name, text in (("Pirmā", SENTENCE), ("Otrā", "citur")):
        table, row, cell = Table(name=name), TableRow(), TableCell()
        cell.addElement(P(text=text))
        row.addElement(cell)
        table.addElement(row)
        document.spreadsheet.addElement(table)
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def rtf():
    text = "".join(c if ord(c) < 128 else f"\\u{ord(c)}?" for c in SENTENCE)
    return (
        r"{\rtf1\ansi\ansicpg1257{\fonttbl{\f0 Arial;}}{\*\generator Riched;}\f0 " + text + r"\par K\'ebrs}"
    ).encode()


def eml():
    message = EmailMessage()
    message["From"], message["Subject"] = "ilze@example.org", "Iesniegums šodien"
    message.set_content(SENTENCE)
    message.add_attachment(pdf(), maintype="application", subtype="pdf", filename="pielikums ā.pdf")
    return message.as_bytes()


def invoice(doctype=""):
    names = "urn:oasis:names:specification:ubl:schema:xsd"
    party = (
        "<cac:{0}><cac:Party><cac:PartyLegalEntity><cbc:RegistrationName>{1}</cbc:RegistrationName>"
        "<cbc:CompanyID>{2}</cbc:CompanyID></cac:PartyLegalEntity></cac:Party></cac:{0}>"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<Invoice xmlns="{names}:Invoice-2" '
        f'xmlns:cac="{names}:CommonAggregateComponents-2" xmlns:cbc="{names}:CommonBasicComponents-2">'
        "<cbc:ID>R-2026/17</cbc:ID><cbc:IssueDate>2026-11-02</cbc:IssueDate>"
        "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>"
        + party.format("AccountingSupplierParty", "SIA Ceļu būve", "40003123456")
        + party.format("AccountingCustomerParty", "Ozolpils novada pašvaldība", "90000012345")
        + "<cac:LegalMonetaryTotal><cbc:PayableAmount>121.00</cbc:PayableAmount></cac:LegalMonetaryTotal>"
        "<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode='H87'>2</cbc:InvoicedQuantity>"
        "<cbc:LineExtensionAmount>100.00</cbc:LineExtensionAmount><cac:Item><cbc:Name>Grants šķembas</cbc:Name>"
        "</cac:Item><cac:Price><cbc:PriceAmount>50.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine></Invoice>"
    ).encode()


def ole(streams):
    """A compound file of small and large streams, one folder deep at most: {"name" or "folder/name": bytes}."""
    fat_end, free = 0xFFFFFFFE, 0xFFFFFFFF
    entries = [["Root Entry", 5, b"", []]]
    folders = {}
    for path, data in streams.items():
        folder, _slash, name = path.rpartition("/")
        parent = 0
        if folder:
            if folder not in folders:
                folders[folder] = len(entries)
                entries.append([folder, 1, b"", []])
                entries[0][3].append(folders[folder])
            parent = folders[folder]
        entries[parent][3].append(len(entries))
        entries.append([name, 2, data.ljust(4096, b"\0") if len(data) < 4096 else data, []])
    sectors, fat = [], []
    starts = {}

    def place(data):
        first = len(sectors)
        pieces = [data[at : at + 512].ljust(512, b"\0") for at in range(0, len(data), 512)] or [bytes(512)]
        sectors.extend(pieces)
        fat.extend([*range(first + 1, first + len(pieces)), fat_end])
        return first

    for number, (_name, kind, data, _children) in enumerate(entries):
        if kind == 2:
            starts[number] = place(data)
    rights, child = {}, {}
    for number, (_name, _kind, _data, children) in enumerate(entries):
        ordered = sorted(children, key=lambda one: (len(entries[one][0]), entries[one][0].upper()))
        child[number] = ordered[0] if ordered else free
        rights.update(zip(ordered, ordered[1:], strict=False))
    directory = b""
    for number, (name, kind, data, _children) in enumerate(entries):
        wide = name.encode("utf-16-le") + b"\0\0"
        directory += wide.ljust(64, b"\0") + struct.pack(
            "<HBBIII16sIQQIQ", len(wide), kind, 1, free, rights.get(number, free), child[number], bytes(16), 0, 0, 0,
            starts.get(number, fat_end if kind != 1 else 0), len(data),
        )  # fmt: skip
    first_directory = place(directory.ljust((len(directory) + 511) // 512 * 512, b"\0"))
    fat_sectors = 1
    while (len(fat) + fat_sectors) * 4 > fat_sectors * 512:
        fat_sectors += 1
    first_fat = len(sectors)
    table = fat + [0xFFFFFFFD] * fat_sectors
    packed = struct.pack(f"<{len(table)}I", *table).ljust(fat_sectors * 512, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack(
        "<HHHHHHIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, fat_sectors, first_directory, 0, 4096, fat_end, 0, fat_end,
        0,
    )  # fmt: skip
    places = [*range(first_fat, first_fat + fat_sectors)]
    header += struct.pack("<109I", *(places + [free] * (109 - len(places))))
    return header + b"".join(sectors) + packed


def msg():
    def wide(text):
        return text.encode("utf-16-le")

    return ole(
        {
            "__properties_version1.0": bytes(32),
            "__nameid_version1.0/__substg1.0_00020102": b"",
            "__substg1.0_0037001F": wide("Iesniegums šodien"),
            "__substg1.0_0C1A001F": wide("Ilze Liepa"),
            "__substg1.0_1000001F": wide(SENTENCE),
            "__attach_version1.0_#00000000/__substg1.0_3707001F": wide("pielikums ā.txt"),
            "__attach_version1.0_#00000000/__substg1.0_37010102": SENTENCE.encode(),
        }
    )


# --- made to harm -----------------------------------------------------------------------------------------------------


def bomb():
    return zipped({"a.txt": b"0" * 30_000_000})


def nested(depth):
    """Archives in one another."""
    data = zipped({"dziļi.txt": SENTENCE})
    for number in range(depth):
        data = zipped({f"{number}.zip": data})
    return data


def many_entries():
    return zipped({f"{number}.txt": b"" for number in range(10_000)})


def lying_directory():
    """The directory says 10 bytes, the content unpacks to 30 MB."""
    data = bytearray(bomb())
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")
    return bytes(data)


def huge_directory():
    data = bytearray(zipped({"a.txt": b"x"}))
    end = data.rfind(b"PK\x05\x06")
    data[end + 12 : end + 16] = (50_000_000).to_bytes(4, "little")
    return bytes(data)


def locked_zip():
    data = bytearray(zipped({"a.txt": b"noslepums" * 10}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark) + offset
        data[place] |= 1
    return bytes(data)


def laughs(root="a"):
    """The entity bomb called billion laughs."""
    steps = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY l0 "ha">{steps}]><{root}>&l9;</{root}>'.encode()


def outside(root, body="&e;", hidden=False):
    """An entity that would fetch a file of ours. hidden: behind a comment longer than any beginning looked at."""
    pad = f"<!--{'x' * 200_000}-->" if hidden else ""
    return (
        f'<?xml version="1.0"?>{pad}<!DOCTYPE {root} [<!ENTITY e SYSTEM "file:///etc/passwd">]><{root}>{body}</{root}>'
    ).encode()


def svg(body=""):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script>{body}<text>{SENTENCE}</text></svg>'.encode()
    )


def huge_png(side=18_000):
    """324 megapixels in a few hundred kB."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer, rows = zlib.compressobj(9), []
    for _row in range(side):
        rows.append(packer.compress(bytes(1 + side // 8)))
    rows.append(packer.flush())
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"".join(rows)) + chunk(b"IEND", b"")


def _pdf_of(*objects):
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{at:010} 00000 n \n" for at in places)
    tail = f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF"
    return out + table.encode() + tail.encode()


def loop_pdf():
    """The tree of pages bites its tail."""
    return _pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R 3 0 R]/Count 1>>",
    )


def bomb_pdf(megabytes=3000):
    """A page whose content unpacks to more than the memory there is."""
    packer = zlib.compressobj(9)
    block = b"BT /F1 9 Tf (ha) Tj ET\n" * 50_000
    packed = b"".join(packer.compress(block) for _ in range(megabytes * 1024 * 1024 // len(block))) + packer.flush()
    return _pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
    )


def noise(seed, size=3000):
    return random.Random(seed).randbytes(size)
