"""The process that makes one PDF of scanned files and parts it at separator sheets; or draws such sheets; or lays a
registration stamp over a first page.
One JSON object as argument; files are read from and written to the working folder. Prints one JSON object."""

import json
import sys

MARK = "PKIP|"
_DOTS_PER_POINT = 2.0  # 144 dpi: enough for the codes of our sheets, quick for everything else
_A4_MM = (210, 297)


def main():
    asked = json.loads(sys.argv[1])
    try:
        told = next((make for name, make in MAKERS.items() if name in asked), pages)(asked)
    except Broken as error:
        told = {"problem": error.args[0], "file": error.args[1]}
    except MemoryError:
        told = {"problem": "memory", "file": ""}
    print(json.dumps(told))


class Broken(Exception):
    """(what is wrong, with which file)"""


def pages(asked):
    """{"parts": [{"file", "pages", "register", "kind"}]}: one part, or one for what follows each separator sheet."""
    import pikepdf

    whole = pikepdf.new()
    opened = []
    for name in asked["files"]:
        source = _as_pdf(name)
        opened.append(source)
        whole.pages.extend(source.pages)
        if len(whole.pages) > asked["most_pages"]:
            raise Broken("pages", name)
    whole.save("whole.pdf")
    marks = _separators(len(whole.pages)) if asked["part"] else {}
    if not marks:
        return {"parts": [_part("whole.pdf", len(whole.pages), "")]}
    parts, current, mark = [], [], ""
    for number in range(len(whole.pages) + 1):
        if number == len(whole.pages) or number in marks:
            if current:
                parts.append(_cut(whole, current, mark, len(parts)))
            current, mark = [], marks.get(number, "")
        else:
            current.append(number)
    return {"parts": parts}


def _cut(whole, numbers, mark, place):
    import pikepdf

    part = pikepdf.new()
    for number in numbers:
        part.pages.append(whole.pages[number])
    part.save(f"part-{place}.pdf")
    return _part(f"part-{place}.pdf", len(numbers), mark)


def _part(file, count, mark):
    register, _bar, kind = mark.removeprefix(MARK).partition("|")
    return {"file": file, "pages": count, "register": register, "kind": kind}


def _as_pdf(name):
    """A PDF of one file: itself, or a picture laid on an A4 page."""
    import pikepdf

    with open(name, "rb") as file:
        if b"%PDF-" in file.read(1024):
            try:
                found = pikepdf.open(name)
                if not len(found.pages):
                    raise Broken("damaged", name)
                return found
            except pikepdf.PasswordError as error:
                raise Broken("password", name) from error
            except pikepdf.PdfError as error:
                raise Broken("damaged", name) from error
    return _picture(name)


def _picture(name):
    import io

    import img2pdf
    import pikepdf
    from PIL import Image, ImageOps, UnidentifiedImageError

    size = tuple(img2pdf.mm_to_pt(mm) for mm in _A4_MM)
    layout = img2pdf.get_layout_fun(pagesize=size, auto_orient=True)
    try:
        with Image.open(name) as image:
            image.load()
            plain = image.format == "JPEG" and image.mode in ("L", "RGB") and image.getexif().get(0x0112, 1) == 1
            data = name
            if not plain:  # turned as the camera says, without transparency, every page of a TIFF
                data = [_flat(ImageOps.exif_transpose(frame)) for frame in _frames(image)]
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Broken("damaged", name) from error
    return pikepdf.open(io.BytesIO(img2pdf.convert(data, layout_fun=layout)))


def _frames(image):
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        yield image.copy()


def _flat(image):
    import io

    out = io.BytesIO()
    _flat_image(image).save(out, "PNG")
    return out.getvalue()


def _flat_image(image):
    from PIL import Image

    if image.mode in ("1", "L", "RGB"):
        return image
    base = Image.new("RGB", image.size, "white")
    rgba = image.convert("RGBA")
    base.paste(rgba, mask=rgba.getchannel("A"))
    return base


def _separators(count):
    """{page number: what its code says} of the pages that are our separator sheets."""
    import pypdfium2
    import zxingcpp

    found = {}
    document = pypdfium2.PdfDocument("whole.pdf")
    for number in range(count):
        image = document[number].render(scale=_DOTS_PER_POINT, grayscale=True).to_pil()
        for code in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode):
            if code.text.startswith(MARK):
                found[number] = code.text
    return found


def stamp(asked):
    """Write stamped.pdf: the file with lines of text in a frame at the top right of its first page. The signatures of
    a signed file do not hold for the copy, so that their fields are left out."""
    import pikepdf
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(TTFont("words", asked["font"]))
    target = _as_pdf(asked["stamp"])
    if "/AcroForm" in target.Root:
        target.flatten_annotations("all")
        del target.Root["/AcroForm"]
    if "/Perms" in target.Root:
        del target.Root["/Perms"]
    page = target.pages[0]
    box = [float(value) for value in page.cropbox]
    across = int(page.obj.get("/Rotate", 0)) % 180 == 90
    width, height = box[2] - box[0], box[3] - box[1]
    width, height = (height, width) if across else (width, height)
    canvas = Canvas("overlay.pdf", pagesize=(width, height))
    w, h = 62 * mm, (5 + 4.2 * len(asked["lines"])) * mm
    x, y = width - w - 6 * mm, height - h - 6 * mm
    canvas.setFillColorRGB(1, 1, 1)
    canvas.setFillAlpha(0.85)
    canvas.setStrokeColorRGB(0.12, 0.31, 0.47)
    canvas.rect(x, y, w, h, stroke=1, fill=1)
    canvas.setFillAlpha(1)
    canvas.setFillColorRGB(0.12, 0.31, 0.47)
    for place, line in enumerate(asked["lines"]):
        size = 8.0
        while size > 4 and pdfmetrics.stringWidth(line, "words", size) > w - 6 * mm:
            size -= 0.5
        canvas.setFont("words", size)
        canvas.drawString(x + 3 * mm, y + h - (5 + 4.2 * place) * mm, line)
    canvas.save()
    overlay = pikepdf.open("overlay.pdf")  # must live as long as its page is used
    page.add_overlay(overlay.pages[0], pikepdf.Rectangle(*box))
    target.save("stamped.pdf")
    return {"file": "stamped.pdf"}


def sheets(asked):
    """Write sheets.pdf: one A4 page for each of `sheets`, with the code and the words {"code", "title", "lines"}."""
    from reportlab.graphics import renderPDF
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(TTFont("words", asked["font"]))
    canvas = Canvas("sheets.pdf", pagesize=A4)
    canvas.setTitle(asked["name"])
    for sheet in asked["sheets"]:
        code = QrCodeWidget(sheet["code"], barLevel="H", barWidth=90 * mm, barHeight=90 * mm)
        drawing = Drawing(90 * mm, 90 * mm)
        drawing.add(code)
        renderPDF.draw(drawing, canvas, (A4[0] - 90 * mm) / 2, A4[1] - 130 * mm)
        canvas.setFont("words", 26)
        canvas.drawCentredString(A4[0] / 2, A4[1] - 150 * mm, sheet["title"])
        canvas.setFont("words", 13)
        for place, line in enumerate(sheet["lines"]):
            canvas.drawCentredString(A4[0] / 2, A4[1] - (165 + 8 * place) * mm, line)
        canvas.showPage()
    canvas.save()
    return {"file": "sheets.pdf"}


MAKERS = {"sheets": sheets, "stamp": stamp}

if __name__ == "__main__":
    main()
