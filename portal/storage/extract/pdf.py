"""Text of PDF files, page by page."""

from portal.storage.extract.limits import Unreadable

_FEW = 8  # letters on a page: a number or a stamp, not its text


def read_pdf(file, budget, out):
    """Text of the pages, in reading order. True when a page is a picture whose text is to be recognised.
    Raises Unreadable."""
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(file)
    except pdfium.PdfiumError as error:
        raise Unreadable("password" if "password" in str(error).lower() else "damaged") from error
    pages, scanned, read = len(document), False, 0
    if not pages:
        raise Unreadable("damaged")
    for number in range(min(pages, budget.limits.pdf_pages)):
        budget.check_time()
        try:
            page = document[number]
            text = words_on(page)
        except pdfium.PdfiumError:
            continue
        read += 1
        out.place("page", number + 1)
        if text:
            out.add(text + "\n")
        scanned = scanned or is_picture(page, text)
        page.close()
    if not read:
        raise Unreadable("damaged")
    return scanned


def words_on(page):
    """Text of one page; a word parted at the end of a line is put together."""
    text = page.get_textpage().get_text_range()
    return text.replace("\ufffe\r\n", "").replace("\ufffe", "").replace("\r\n", "\n").strip()


def is_picture(page, text):
    """Is this page a picture without text?"""
    import pypdfium2.raw as raw

    if sum(c.isalnum() for c in text) >= _FEW:
        return False
    return next(iter(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=2)), None) is not None
