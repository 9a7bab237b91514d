"""The witness: a folder outside the reach of the database's administrators, to which the log is only ever appended.

`checkpoints` holds the signed notes one after another, `leaves` the 32 bytes of each sealed leaf in order (so that a
change is traced to the one record), `key` the public key. In service the folder lies on another machine, or on a
medium that can be written once; the portal needs the right to append and to read.
"""

import fcntl
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass

from portal.audit.keys import verifier
from portal.kernel.config import settings

_NOTE = re.compile(r"(?:[^\n]+\n)+\n(?:— [^\n]+\n)+")


_TAIL_BYTES = 256 * 1024


@dataclass(frozen=True)
class Witness:
    """What the witness holds: notes in the order of arrival, leaf hashes, and the public key it was first told."""

    notes: list[str]
    leaves: bytes
    key: str | None

    def leaf(self, index: int) -> bytes | None:
        """The leaf hash at this index, or None when the witness has not got so far."""
        found = self.leaves[index * 32 : index * 32 + 32]
        return found if len(found) == 32 else None


def append(notes: list[str], first_index: int, leaves: list[bytes]) -> None:
    """Add leaves (the first has this index) and then notes. What the witness already has is not added again.
    Raises OSError when the folder cannot be written."""
    folder = settings().witness
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        if not (folder / "key").exists():
            _append(folder / "key", f"{verifier()}\n".encode())
        path = folder / "leaves"
        held = path.stat().st_size if path.exists() else 0
        missing = b"".join(leaves)[max(held - first_index * 32, 0) :]
        if missing and held >= first_index * 32:
            _append(path, missing)
        known = set(_notes(folder, only_last=True))  # a note is repeated only by a run that died just after adding it
        new = [note for note in notes if note not in known]
        if new:
            _append(folder / "checkpoints", "".join(f"{note}\n" for note in new).encode())


def held_leaves() -> int:
    """How many whole leaves the witness has."""
    path = settings().witness / "leaves"
    return path.stat().st_size // 32 if path.exists() else 0


def read() -> Witness:
    """All that the witness holds; empty when the folder is not there."""
    folder = settings().witness
    leaves, key = folder / "leaves", folder / "key"
    return Witness(
        notes=_notes(folder),
        leaves=leaves.read_bytes() if leaves.exists() else b"",
        key=key.read_text().strip() if key.exists() else None,
    )


def _notes(folder, only_last=False) -> list[str]:
    path = folder / "checkpoints"
    if not path.exists():
        return []
    with path.open("rb") as file:
        if only_last:
            file.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
        return _NOTE.findall(file.read().decode(errors="replace"))


def _append(path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(folder):
    with open(folder / ".lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
