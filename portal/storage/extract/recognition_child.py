"""The process that recognises text: `in` of the working folder, one JSON line for each page. Run by limited.py."""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

_DPI = 300
_PIXELS = 40_000_000
_PAGE_CHARS = 80_000  # so that a line of the answer, all letters escaped, is shorter than the reader takes at once


def main():
    asked = json.loads(sys.argv[1])
    for number, picture in _pictures(asked):
        picture.save("page.png")
        done = subprocess.run(
            ["tesseract", "page.png", "stdout", "-l", "lav", "--psm", "1"],  # noqa: S607
            capture_output=True,
            timeout=asked["page_s"],
            check=True,
        )
        text = done.stdout.decode("utf-8", "replace").replace("\f", "").strip()
        print(json.dumps({"page": number, "text": text[:_PAGE_CHARS]}), flush=True)
    print(json.dumps({"done": True}), flush=True)


def _pictures(asked):
    return _pages(asked) if asked["mime"] == "application/pdf" else _frames(asked)


def _pages(asked):
    import pypdfium2 as pdfium

    from portal.storage.extract.pdf import is_picture, words_on

    document = pdfium.PdfDocument("in")
    done = 0
    for number in range(len(document)):
        page = document[number]
        if not is_picture(page, words_on(page)):
            continue
        done += 1
        if done > asked["most_pages"]:
            return
        width, height = page.get_size()
        scale = min(_DPI / 72, (_PIXELS / max(1, width * height)) ** 0.5)
        yield number + 1, page.render(scale=scale, grayscale=True).to_pil()
        page.close()


def _frames(asked):
    from PIL import Image, ImageOps, ImageSequence

    Image.MAX_IMAGE_PIXELS = asked["megapixels"] * 1_000_000
    with Image.open("in") as picture:
        for number, frame in enumerate(ImageSequence.Iterator(picture), start=1):
            if number > (1 if picture.format == "GIF" else asked["most_pages"]):
                return
            frame = ImageOps.exif_transpose(frame).convert("L")
            pixels = frame.width * frame.height
            if pixels > _PIXELS:
                frame = frame.reduce(2 if pixels <= 4 * _PIXELS else 4)
            yield number, frame


if __name__ == "__main__":
    main()
