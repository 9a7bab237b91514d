"""What storage needs from the place where bytes lie."""

from pathlib import Path
from typing import BinaryIO, Protocol


class Store(Protocol):
    """Keeps finished files by address. Knows nothing of their form, and never sees plain bytes."""

    def staging(self) -> Path:
        """Folder for files that are being written; on the same disk as the store where that matters."""

    def keep(self, address: str, path: Path) -> None:
        """Take over the finished file: afterwards it is durable under the address, or nothing has changed.
        Raises ExternalUnavailable."""

    def size(self, address: str) -> int | None:
        """Length of the stored file; None when there is none. Raises ExternalUnavailable."""

    def open(self, address: str, start: int = 0) -> BinaryIO:
        """Stream of the stored file from an offset on. Raises FileNotFoundError, ExternalUnavailable."""

    def remove(self, address: str) -> None:
        """Destroy the stored file; nothing happens when there is none. Raises ExternalUnavailable."""

    def patch(self, address: str, changes: list[tuple[int, bytes]]) -> None:
        """Overwrite a few bytes at the given offsets, durably. Raises FileNotFoundError, ExternalUnavailable."""
