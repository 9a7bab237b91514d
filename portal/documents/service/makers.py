"""What jobs make on paper and in tables: print-outs of registers, lists, filing plans, labels. Heavy libraries are
taken in only here, inside the functions."""

import io
from dataclasses import replace
from decimal import Decimal

import sqlalchemy as sa

from portal.documents.models import Document
from portal.documents.service import lists, plan_tables, plans, registers
from portal.documents.service.columns import COLUMNS, Cells, columns_of
from portal.kernel import clock
from portal.kernel.access import visible_to
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _, date_short, moment

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
FONTS = "/usr/share/fonts/truetype/dejavu"
MOST_ON_PAPER = 20_000
# what the law and the clerk's eye ask of a printed register, by direction (LAW-91)
REGISTER_COLUMNS = {
    "incoming": ("number", "received", "late", "author", "author_number", "title", "responsible", "due", "done_note"),
    "outgoing": ("number", "received", "late", "addressee", "title", "responsible", "dossier"),
    "internal": ("number", "received", "title", "author", "responsible", "due", "done_note"),
}
_WIDTHS = {"title": 5, "author": 3, "addressee": 3, "number": 2, "author_number": 2, "done_note": 2.5, "extra": 4,
           "responsible": 2.2, "dossier": 1.6}  # fmt: skip


def fonts():
    """Let ReportLab know letters with Latvian marks; returns the names of plain and bold."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name, file in (("Words", "DejaVuSans.ttf"), ("Words-Bold", "DejaVuSans-Bold.ttf")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, f"{FONTS}/{file}"))
    return "Words", "Words-Bold"


def _list_xlsx(actor, asked):
    filters = lists.DocumentFilters.from_query(asked.parameters)
    names = columns_of(filters.columns, export=True)
    head = [str(COLUMNS[name]) for name in names]
    return _xlsx((_("Documents"), head, _rows(actor, asked, filters, names))), XLSX


def _list_pdf(actor, asked):
    filters = lists.DocumentFilters.from_query(asked.parameters)
    names = columns_of(filters.columns)
    return _pdf_table(asked.name, [_("Documents")], names, _rows(actor, asked, filters, names)), PDF


def _register_pdf(actor, asked):
    """The register of some days in the order of its numbers, annulled entries too, with running heads; without a
    register, each one that has entries begins on a page of its own."""
    import pikepdf

    filters = lists.DocumentFilters.from_query(asked.parameters | {"sort": "number", "order": "asc"})
    chosen = lists.register_of(filters)
    days = " – ".join(dict.fromkeys(date_short(day) for day in (filters.since, filters.until) if day))
    whole = pikepdf.new()
    for register in [chosen] if chosen else registers.list_registers(actor):
        narrowed = replace(filters, register=register.code)
        if not chosen and not lists.count_documents(actor, narrowed)[0] and register.place:
            continue
        names = REGISTER_COLUMNS[register.direction.value]
        heads = [settings().municipality, f"{register.name} ({register.index})"]
        heads += [_("Registered: %(days)s", days=days)] if days else []
        part = pikepdf.open(io.BytesIO(_pdf_table(asked.name, heads, names, _rows(actor, asked, narrowed, names))))
        whole.pages.extend(part.pages)
    with whole.open_metadata() as about:
        about["dc:title"] = asked.name
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue(), PDF


def _rows(actor, asked, filters, names):
    """Cells of the matching documents, a page of them at a time; how far it is stands with what was asked for."""
    cells, number = Cells(actor), 0
    for page in lists.pages_of(actor, filters):
        for row in cells.of(page, names):
            number += 1
            if number > MOST_ON_PAPER and asked.form != "list.xlsx":
                raise Invalid(_("More than %(count)s documents; narrow the list", count=MOST_ON_PAPER))
            yield row


def _xlsx(*sheets):
    """sheets: (title, heads, rows) each. Whole numbers and Decimals stay numbers, all else is text."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for title, head, rows in sheets:
        _fill(book.create_sheet(title[:31]), head, rows)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet, head, rows):
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A2"
    for place in range(1, len(head) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 24

    def cell(value, bold=False):
        if isinstance(value, int | Decimal):
            made = WriteOnlyCell(sheet, value=value)
            made.number_format = "0.00" if isinstance(value, Decimal) else "0"
        else:
            made = WriteOnlyCell(sheet, value=_plain(value))
            made.data_type = "s"  # text stays text: nothing in it is a formula
        if bold:
            made.font = Font(bold=True)
        return made

    sheet.append([cell(text, bold=True) for text in head])
    for row in rows:
        sheet.append([cell(value) for value in row])


def _plain(value):
    """Text without the control characters that a table file must not hold."""
    return "".join(c for c in str(value) if c.isprintable() or c == "\n")


def _pdf_table(title, heads, names, rows):
    from xml.sax.saxutils import escape

    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, TableStyle

    plain, bold = fonts()
    small = ParagraphStyle("small", fontName=plain, fontSize=7.5, leading=9.5, splitLongWords=1)
    strong = ParagraphStyle("strong", parent=small, fontName=bold)
    page = landscape(A4)
    left = right = 12 * mm
    width = page[0] - left - right
    shares = [_WIDTHS.get(name, 1.7) for name in names]
    printed = _("Printed %(when)s", when=moment(clock.now()))

    def around(canvas, document):
        canvas.saveState()
        canvas.setFont(bold, 9)
        canvas.drawString(left, page[1] - 10 * mm, heads[0][:80])
        canvas.setFont(plain, 9)
        canvas.drawRightString(page[0] - right, page[1] - 10 * mm, " · ".join(heads[1:])[:140])
        canvas.line(left, page[1] - 12 * mm, page[0] - right, page[1] - 12 * mm)
        canvas.setFont(plain, 8)
        canvas.drawString(left, 8 * mm, printed)
        canvas.drawRightString(page[0] - right, 8 * mm, _("Page %(number)s", number=document.page))
        canvas.restoreState()

    table = [[Paragraph(escape(str(COLUMNS[name])), strong) for name in names]]
    table += [[Paragraph(escape(_plain(value))[:1500], small) for value in row] for row in rows]
    number = len(table) - 1
    grid = LongTable(table, colWidths=[width * share / sum(shares) for share in shares], repeatRows=1)
    grid.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
                ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                *((side, (0, 0), (-1, -1), 2) for side in ("TOPPADDING", "BOTTOMPADDING")),
            ]
        )
    )
    total = Paragraph(escape(_("Documents: %(number)s", number=number)), small)
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=page, leftMargin=left, rightMargin=right, topMargin=15 * mm, bottomMargin=14 * mm,
        title=title, author=settings().municipality, lang="lv",
    )  # fmt: skip
    document.build([grid, total], onFirstPage=around, onLaterPages=around)
    return out.getvalue()


def _plan_xlsx(actor, asked):
    head, *rows = plan_tables.table_of(actor, plans.get_plan(_uuid(asked.parameters["plan_id"])))
    return _xlsx((_("Filing plan"), head, rows)), XLSX


def _labels_pdf(actor, asked):
    """Labels of 70 × 37 mm, three in a row and eight below each other, with a QR code that opens the document."""
    from reportlab.graphics import renderPDF
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.lib.utils import simpleSplit
    from reportlab.pdfgen.canvas import Canvas

    plain, bold = fonts()
    ids = [_uuid(one) for one in asked.parameters["ids"]]
    found = db.session.scalars(sa.select(Document).where(Document.id.in_(ids), visible_to(actor, Document)))
    documents = sorted(found, key=lambda document: (document.year, document.seq))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setTitle(asked.name)
    place = int(asked.parameters.get("place", 1)) - 1  # labels already used on the first sheet
    for document in documents:
        if place and place % 24 == 0:
            canvas.showPage()
        column, row = place % 3, place // 3 % 8
        x, y = column * 70 * mm, A4[1] - (row + 1) * 37 * mm
        code = QrCodeWidget(f"{settings().base_url.rstrip('/')}/documents/{document.id}", barLevel="M")
        box = code.getBounds()
        size = 26 * mm
        drawing = Drawing(size, size, transform=[size / (box[2] - box[0]), 0, 0, size / (box[3] - box[1]), 0, 0])
        drawing.add(code)
        renderPDF.draw(drawing, canvas, x + 3 * mm, y + 5.5 * mm)
        lines = [
            (bold, 9, document.number),
            (plain, 7, date_short(document.registered_at)),
            *((plain, 6.5, line) for line in simpleSplit(document.title, plain, 6.5, 37 * mm)[:4]),
        ]
        top = y + 30 * mm
        for font, height, text in lines:
            canvas.setFont(font, height)
            canvas.drawString(x + 30 * mm, top, text[:40])
            top -= height + 2
        canvas.setFont(plain, 5.5)
        canvas.drawString(x + 30 * mm, y + 4 * mm, settings().municipality[:40])
        place += 1
    canvas.save()
    return out.getvalue(), PDF


def _uuid(text):
    from uuid import UUID

    return UUID(str(text))


MAKERS = {
    "list.xlsx": _list_xlsx,
    "list.pdf": _list_pdf,
    "register.pdf": _register_pdf,
    "plan.xlsx": _plan_xlsx,
    "labels.pdf": _labels_pdf,
}


def add_table(form, function):
    """Another area's table as XLSX. function(actor, parameters) gives its title, the heads and the rows."""
    add_book(form, lambda actor, parameters: [function(actor, parameters)])


def add_book(form, function):
    """Another area's tables as one XLSX. function(actor, parameters) gives (title, heads, rows) of each sheet."""
    MAKERS[form] = lambda actor, asked: (_xlsx(*function(actor, asked.parameters)), XLSX)


def add_paper(form, function):
    """Another area's paper. function(actor, parameters) gives the bytes of a PDF."""
    MAKERS[form] = lambda actor, asked: (function(actor, asked.parameters), PDF)
