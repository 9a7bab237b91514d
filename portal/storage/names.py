"""Names that files may have."""

import unicodedata
from pathlib import PurePosixPath

from portal.kernel.i18n import _

LONGEST_NAME = 255


def tidy_name(name) -> str:
    """A file name without path, control characters and excess length, in NFC; a long one keeps its ending."""
    name = unicodedata.normalize("NFC", (name or "").replace("\\", "/")).rsplit("/", 1)[-1]
    name = "".join(c for c in name if c.isprintable()).strip().lstrip(".") or _("file")
    if len(name) > LONGEST_NAME:
        suffix = PurePosixPath(name).suffix[:20]
        name = name[: LONGEST_NAME - len(suffix)] + suffix
    return name
