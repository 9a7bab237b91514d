"""The process that makes a picture of the first page of a PDF, or of a picture: preview.png in the working folder.
One JSON object as argument: `file` and `wide`, the most dots across. Prints one JSON object."""

import json
import sys


def main():
    asked = json.loads(sys.argv[1])
    try:
        _draw(asked["file"], asked["wide"])
        told = {"done": True}
    except MemoryError:
        told = {"problem": "memory"}
    except Exception as error:
        told = {"problem": type(error).__name__}
    print(json.dumps(told))


def _draw(name, wide):
    from PIL import Image, ImageOps

    with open(name, "rb") as file:
        is_pdf = b"%PDF-" in file.read(1024)
    if is_pdf:
        import pypdfium2

        page = pypdfium2.PdfDocument(name)[0]
        image = page.render(scale=min(wide / max(page.get_width(), 1), 3.0)).to_pil()
        image.thumbnail((wide, wide * 2))
    else:
        with Image.open(name) as found:
            found.draft("RGB", (wide * 2, wide * 2))
            image = ImageOps.exif_transpose(found)
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        image.thumbnail((wide, wide * 2))
        if image.mode == "RGBA":
            ground = Image.new("RGBA", image.size, "white")
            ground.alpha_composite(image)
            image = ground.convert("RGB")
    image.save("preview.png", "PNG", optimize=True)


if __name__ == "__main__":
    main()
