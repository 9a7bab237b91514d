"""Why a file could not be read, in sentences."""

from portal.kernel.i18n import _, _l
from portal.storage.extract.limits import LIMITS

MB = 1024**2

# word -> (name for lists, sentence)
CAUSES = {
    "password": (_l("Protected by a password"), _l("The file is protected by a password; its text was not read")),
    "inner_password": (_l("Protected inside"), _l("The file “%(name)s” in the container is protected by a password")),
    "damaged": (_l("Damaged file"), _l("The file is damaged and cannot be read")),
    "inner_damaged": (_l("Damaged inside"), _l("The file “%(name)s” in the container is damaged")),
    "container": (_l("Damaged container"), _l("The container is damaged and cannot be opened")),
    "xml": (_l("Damaged XML"), _l("The file is damaged: its XML cannot be read")),
    "bomb_size": (
        _l("Zip bomb: too large"),
        _l("The container unpacks to more than %(size)d MB (a “zip bomb”); it was not opened"),
    ),
    "bomb_ratio": (
        _l("Zip bomb: too tight"),
        _l("The container's content is packed suspiciously tight (a “zip bomb”); it was not opened"),
    ),
    "entries": (_l("Too many files"), _l("The container holds more than %(count)d files; it was not opened")),
    "depth": (
        _l("Nested too deep"),
        _l("Containers lie in containers more than %(depth)d deep; the innermost were not opened"),
    ),
    "entities": (_l("XML entities"), _l("The file declares XML entities; for safety its text was not read")),
    "inside": (_l("Too large inside"), _l("The file is too large inside; its text was not read")),
    "large": (_l("Too large"), _l("The file is larger than %(size)d MB; its text was not read")),
    "pixels": (_l("Too many pixels"), _l("The picture has more than %(count)d megapixels; it was not opened")),
    "time": (_l("Takes too long"), _l("Reading the file takes too long; it was stopped")),
    "memory": (_l("Takes too much memory"), _l("Reading the file takes too much memory; it was stopped")),
    "crash": (
        _l("Stopped its reader"),
        _l("The file stopped the program that read it: it is damaged, or made to do harm"),
    ),
    "unread": (_l("Not understood"), _l("The text of the file could not be read; the file itself is kept")),
    "blob": (
        _l("Damaged in the store"),
        _l("The stored file is damaged and cannot be shown. Tell IT staff: %(address)s"),
    ),
    "quarantine": (_l("In quarantine"), _l("The file is in quarantine; its text was not read")),
    "ocr": (_l("Not recognised"), _l("The text on the pages could not be recognised")),
}


def sentence(cause, params=None):
    """What went wrong, in the reader's language; empty when nothing did."""
    if not cause:
        return ""
    known = {"name": "", "address": "", "count": 0, "size": 0, "depth": LIMITS.depth, **(params or {})}
    return str(CAUSES[cause if cause in CAUSES else "unread"][1]) % known


def place_words(place):
    """How people call a place in a text."""
    if place.kind == "page":
        return _("page %(number)s", number=place.name)
    if place.kind == "slide":
        return _("slide %(number)s", number=place.name)
    if place.kind == "sheet":
        return _("sheet “%(name)s”", name=place.name)
    return place.name
