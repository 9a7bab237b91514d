"""Pictures: looked at, so that a broken or huge one is known before its text is recognised."""

from portal.storage.extract.limits import Unreadable

_LOOKED_AT_PIXELS = 40_000_000  # larger ones are opened only when their text is recognised


def check_picture(file, budget):
    """True: its text is to be recognised. Raises Unreadable."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # counted here, so that the cause is told
    try:
        with Image.open(file) as picture:
            pixels = picture.width * picture.height
            if pixels > budget.limits.megapixels * 1_000_000:
                raise Unreadable("pixels", count=budget.limits.megapixels)
            if pixels <= _LOOKED_AT_PIXELS:
                picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unreadable("damaged") from error
    return True
