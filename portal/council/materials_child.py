"""The process that joins the parts of a session's materials into one PDF with bookmarks and page numbers. Attachments
are strangers' files. What is asked lies as JSON in the working folder, beside the files. Prints one JSON object a
line."""

import json
import sys

_A4_MM = (210, 297)


def main():
    with open(json.loads(sys.argv[1])["asked"]) as file:
        asked = json.load(file)
    {"look": look, "join": join}[asked["act"]](asked)


def look(asked):
    """Make a plain PDF of each file, "<name>.pdf": nothing in it acts, what was filled in stands as it looks. Of what
    cannot be opened its problem is told: "password" or "damaged"."""
    for name in asked["files"]:
        try:
            told = {"file": name, "pages": _plain(name)}
        except MemoryError:
            told = {"file": name, "problem": "memory"}
        except Exception as error:  # a stranger's file can break any library in any way
            problem = "password" if type(error).__name__ == "PasswordError" else "damaged"
            told = {"file": name, "problem": problem}
        print(json.dumps(told), flush=True)


def _plain(name):
    import pikepdf

    with open(name, "rb") as file:
        is_pdf = b"%PDF-" in file.read(1024)
    source = pikepdf.open(name) if is_pdf else _picture(name)
    if "/AcroForm" in source.Root:
        source.generate_appearance_streams()
    source.flatten_annotations("all")
    target = pikepdf.new()
    target.pages.extend(source.pages)
    for page in target.pages:
        for key in ("/Annots", "/AA", "/StructParents", "/PieceInfo", "/Metadata"):
            if key in page.obj:
                del page.obj[key]
    target.save(f"{name}.pdf")
    return len(target.pages)


def _picture(name):
    import io

    import img2pdf
    import pikepdf
    from PIL import Image, ImageOps

    size = tuple(img2pdf.mm_to_pt(mm) for mm in _A4_MM)
    frames = []
    with Image.open(name) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frame = ImageOps.exif_transpose(image)
            base = Image.new("RGB", frame.size, "white")
            rgba = frame.convert("RGBA")
            base.paste(rgba, mask=rgba.getchannel("A"))
            out = io.BytesIO()
            base.save(out, "PNG")
            frames.append(out.getvalue())
    layout = img2pdf.get_layout_fun(pagesize=size, auto_orient=True)
    return pikepdf.open(io.BytesIO(img2pdf.convert(frames, layout_fun=layout)))


def join(asked):
    """whole.pdf of the parts: [{"file", "title", "level" 0 or 1, "inner": the part's own bookmarks come too}], with
    `attached`: [{"file", "name"}] inside."""
    import pikepdf

    whole, marks = pikepdf.new(), []
    for part in asked["parts"]:
        first = len(whole.pages)
        with pikepdf.open(part["file"]) as source:
            inner = _inner_marks(source) if part["inner"] else []
            whole.pages.extend(source.pages)
        marks.append((part["level"], part["title"], first))
        marks += [(1, title, first + page) for title, page in inner]
    for page in whole.pages:
        if "/StructParents" in page.obj:
            del page.obj["/StructParents"]  # the tags stay with the parts
    numbers = _number(whole, asked["font"])  # lives until the file is written
    with whole.open_outline() as outline:
        for level, title, page in marks:
            item = pikepdf.OutlineItem(title, page, "Fit")
            (outline.root[-1].children if level and outline.root else outline.root).append(item)
    for one in asked["attached"]:
        whole.attachments[one["name"]] = pikepdf.AttachedFileSpec.from_filepath(whole, one["file"])
    whole.Root.Lang = "lv"
    whole.Root.PageMode = pikepdf.Name.UseOutlines
    whole.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    with whole.open_metadata() as about:
        about["dc:title"] = asked["title"]
        about["dc:language"] = ["lv"]
    whole.save("whole.pdf", object_stream_mode=pikepdf.ObjectStreamMode.generate)
    numbers.close()
    print(json.dumps({"pages": len(whole.pages)}), flush=True)


def _inner_marks(source):
    """(title, page) of what stands below the first bookmark of a part that we drew."""
    places = {page.obj.objgen: number for number, page in enumerate(source.pages)}
    with source.open_outline() as outline:
        return [
            (item.title, places.get(item.destination[0].objgen, 0))
            for top in outline.root
            for item in top.children
            if item.destination is not None
        ]


def _number(whole, font):
    """The number of each page at its lower edge, so that people in the hall can name it."""
    import pikepdf
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(TTFont("words", font))
    canvas, boxes = Canvas("numbers.pdf"), []
    for number, page in enumerate(whole.pages, start=1):
        box = [float(value) for value in page.cropbox]
        width, height = box[2] - box[0], box[3] - box[1]
        if int(page.obj.get("/Rotate", 0)) % 180 == 90:
            width, height = height, width
        canvas.setPageSize((width, height))
        text = f"{number} / {len(whole.pages)}"
        wide = pdfmetrics.stringWidth(text, "words", 8)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.rect(width - wide - 30, 12, wide + 10, 14, stroke=0, fill=1)
        canvas.setFillColorRGB(0.2, 0.2, 0.2)
        canvas.setFont("words", 8)
        canvas.drawRightString(width - 25, 16, text)
        canvas.showPage()
        boxes.append(box)
    canvas.save()
    numbers = pikepdf.open("numbers.pdf")
    for page, over, box in zip(whole.pages, numbers.pages, boxes, strict=True):
        page.add_overlay(over, pikepdf.Rectangle(*box))
    return numbers


if __name__ == "__main__":
    main()
