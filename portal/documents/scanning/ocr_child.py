"""The process that recognises text: in.pdf to out.pdf and text.txt in the working folder. One JSON object as argument.
Prints "page N of M" as it goes, then one JSON object. It is also OCRmyPDF's plug-in that tells how far it is."""

import json
import sys

from ocrmypdf import hookimpl


class Progress:
    """OCRmyPDF's progress bar, as lines."""

    def __init__(self, *, total=None, desc=None, unit=None, disable=False, **_other):
        self.total, self.told, self.done = int(total or 0), desc == "OCR" and not disable, 0.0

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return False

    def update(self, n=1, *, completed=None):
        self.done = completed if completed is not None else self.done + n
        if self.told:
            print(f"page {int(self.done)} of {self.total}", flush=True)


@hookimpl
def get_progressbar_class():
    """What OCRmyPDF asks a plug-in for."""
    return Progress


def main():
    asked = json.loads(sys.argv[1])
    print(json.dumps({"problem": recognise(asked)}), flush=True)


def recognise(asked):
    """An empty text, or a word for what went wrong."""
    import ocrmypdf
    from ocrmypdf import exceptions

    try:
        ocrmypdf.ocr(
            "in.pdf",
            "out.pdf",
            language=asked["languages"],
            deskew=True,
            rotate_pages=True,
            skip_text=True,  # a page that has text already keeps it
            output_type="pdf",
            optimize=0,
            jobs=1,
            use_threads=True,
            sidecar="text.txt",
            tesseract_timeout=asked["page_s"],
            max_image_mpixels=asked["mpixels"],
            progress_bar=True,
            plugins=[__file__],
        )
    except exceptions.EncryptedPdfError:
        return "password"
    except exceptions.MissingDependencyError:
        return "missing"
    except (exceptions.InputFileError, exceptions.SubprocessOutputError, ValueError):
        return "damaged"
    except MemoryError:
        return "memory"
    return ""


if __name__ == "__main__":
    main()
