"""What a file may cost us, and what is handed back."""

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Limits:
    """Ceilings for one uploaded file with everything inside it."""

    file_bytes: int = 200 * 1024 * 1024
    entries: int = 1000
    directory_bytes: int = 4 * 1024 * 1024
    xml_bytes: int = 64 * 1024 * 1024
    unpacked_bytes: int = 300 * 1024 * 1024
    ratio: int = 150
    ratio_free_bytes: int = 2 * 1024 * 1024  # small files compress well and harm nobody
    depth: int = 3
    text_chars: int = 1_000_000
    pdf_pages: int = 2000
    time_s: int = 60
    memory_bytes: int = 1024 * 1024 * 1024


LIMITS = Limits()


class Inner(NamedTuple):
    """A file inside a container. `name` is a plain file name, whatever path the container claims."""

    name: str
    mime: str
    data: bytes


@dataclass
class Extract:
    """What was read. `problem` is one sentence in the reader's language, empty when all went well;
    text and inner files read before the problem are kept."""

    mime: str
    text: str = ""
    inner: list[Inner] = field(default_factory=list)
    problem: str = ""


class Unreadable(Exception):
    """A file that cannot or must not be read; the message is the sentence for the reader."""
