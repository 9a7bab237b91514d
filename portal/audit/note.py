"""Signed notes and checkpoints in the form of C2SP (signed-note, tlog-checkpoint), with Ed25519. Pure.

A checkpoint is a text of three lines (origin, number of leaves, root in base64), an empty line, and one signature
line. The form is public and simple, so that anyone can check it with tools that are not ours.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_MARK = "— "


class NoteError(ValueError):
    """The note is not in the form, or its signature does not hold."""


def key_hash(name: str, public: bytes) -> bytes:
    """The four bytes that say which key signed."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


@dataclass(frozen=True)
class Verifier:
    """The public key of a log, with its name."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """From the one-line form `name+hash+base64`. Raises NoteError."""
        try:
            name, stated, encoded = text.strip().split("+", 2)
            data = b64decode(encoded, validate=True)
        except (ValueError, Base64Error) as error:
            raise NoteError("not a verifier key") from error
        if data[:1] != _ED25519 or len(data) != 33 or key_hash(name, data[1:]).hex() != stated:
            raise NoteError("not a verifier key")
        return cls(name, data[1:])

    def __str__(self) -> str:
        return f"{self.name}+{key_hash(self.name, self.public).hex()}+{b64encode(_ED25519 + self.public).decode()}"

    def open(self, note: str) -> str:
        """The text of the note, when this key has signed it. Raises NoteError."""
        text, _, signatures = note.rpartition("\n\n")
        text += "\n"
        for line in signatures.splitlines():
            name, _, encoded = line.removeprefix(_MARK).partition(" ")
            if not line.startswith(_MARK) or name != self.name:
                continue
            try:
                data = b64decode(encoded, validate=True)
                if data[:4] != key_hash(self.name, self.public):
                    continue
                Ed25519PublicKey.from_public_bytes(self.public).verify(data[4:], text.encode())
            except (InvalidSignature, Base64Error, ValueError) as error:
                raise NoteError("the signature does not hold") from error
            return text
        raise NoteError("not signed by this key")


@dataclass(frozen=True)
class Signer:
    """The private key of a log, with its name."""

    name: str
    private: Ed25519PrivateKey

    @classmethod
    def generate(cls, name: str) -> Signer:
        """A new key. The name holds neither spaces nor plus signs."""
        if not name or "+" in name or any(letter.isspace() for letter in name):
            raise ValueError("the name of a key holds neither spaces nor plus signs")
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, text: str) -> Signer:
        """From the one-line form `PRIVATE+KEY+name+hash+base64`. Raises NoteError."""
        try:
            private_word, key_word, name, stated, encoded = text.strip().split("+", 4)
            data = b64decode(encoded, validate=True)
            key = Ed25519PrivateKey.from_private_bytes(data[1:])
        except (ValueError, Base64Error) as error:
            raise NoteError("not a signing key") from error
        signer = cls(name, key)
        if (private_word, key_word, data[:1]) != ("PRIVATE", "KEY", _ED25519) or signer._hash().hex() != stated:
            raise NoteError("not a signing key")
        return signer

    def dump(self) -> str:
        """The one-line form, for a file that nobody else can read."""
        secret = b64encode(_ED25519 + self.private.private_bytes_raw()).decode()
        return f"PRIVATE+KEY+{self.name}+{self._hash().hex()}+{secret}"

    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.private.public_key().public_bytes_raw())

    def _hash(self) -> bytes:
        return key_hash(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The signed note. The text ends with a line break."""
        if not text.endswith("\n"):
            raise ValueError("the text of a note ends with a line break")
        signature = b64encode(self._hash() + self.private.sign(text.encode())).decode()
        return f"{text}\n{_MARK}{self.name} {signature}\n"


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The unsigned text of a checkpoint."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"


def parse_checkpoint(text: str) -> tuple[str, int, bytes]:
    """(origin, size, root) of an opened checkpoint; further lines are allowed. Raises NoteError."""
    lines = text.split("\n")
    try:
        origin, size, root = lines[0], int(lines[1]), b64decode(lines[2], validate=True)
    except (IndexError, ValueError, Base64Error) as error:
        raise NoteError("not a checkpoint") from error
    if not origin or str(size) != lines[1] or size < 0 or len(root) != 32:
        raise NoteError("not a checkpoint")
    return origin, size, root
