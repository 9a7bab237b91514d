"""Read text and inner files out of a file that nobody has checked: by content, within limits, never crashing."""

from portal.storage.extract.containers import check_archive
from portal.storage.extract.limits import Extract, Inner, Limits
from portal.storage.extract.reading import extract_text
from portal.storage.extract.sniffing import sniff

__all__ = ["Extract", "Inner", "Limits", "check_archive", "extract_text", "sniff"]
