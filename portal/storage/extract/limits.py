"""What a file may cost us, and what is handed back."""

import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


@dataclass(frozen=True)
class Limits:
    """Ceilings for one file with everything inside it."""

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
    megapixels: int = 150
    time_s: int = 60
    memory_bytes: int = 1024 * 1024 * 1024


LIMITS = Limits()


class Place(NamedTuple):
    """Where in a text something begins. kind: page, sheet, slide or file; name: its number, or how it is called;
    offset: in characters."""

    kind: str
    name: str
    offset: int


class Inner(NamedTuple):
    """A file inside another. `name` is a plain file name; `path` is where it lies inside, made harmless; `file` holds
    its bytes while the result is in use."""

    name: str
    path: str
    mime: str
    file: Path

    @property
    def data(self):
        return self.file.read_bytes()


@dataclass
class Extract:
    """What was read. cause: a word for what is wrong, empty when all went well, with `params` for its sentence;
    text and inner files read before the problem are kept. scanned: it has pages or a picture without text."""

    mime: str
    text: str = ""
    places: list[Place] = field(default_factory=list)
    inner: list[Inner] = field(default_factory=list)
    cause: str = ""
    params: dict = field(default_factory=dict)
    scanned: bool = False

    @property
    def problem(self):
        """One sentence for people, empty when all went well."""
        from portal.storage.extract.causes import sentence  # words are for where pages are made, not for the child

        return sentence(self.cause, self.params)


class Unreadable(Exception):
    """A file that cannot or must not be read: the word for why, and what its sentence needs."""

    def __init__(self, cause, **params):
        super().__init__(cause)
        self.cause, self.params = cause, params


class Full(Exception):
    """There is as much text as is kept; the rest is not read."""


class Written:
    """The text as it grows, with its places."""

    def __init__(self, most):
        self.pieces, self.places, self.length, self.most = [], [], 0, most

    def place(self, kind, name):
        """What is added from now on stands here."""
        if self.length:
            self.add("\n")
        self.places.append(Place(kind, str(name)[:255], self.length))

    def add(self, text):
        """Without what databases refuse (NUL, lone surrogates), in NFC. Raises Full."""
        text = unicodedata.normalize("NFC", text.replace("\x00", " ").encode("utf-8", "ignore").decode())
        text = text[: self.most - self.length]
        self.pieces.append(text)
        self.length += len(text)
        if self.length >= self.most:
            raise Full

    def text(self):
        return "".join(self.pieces)
