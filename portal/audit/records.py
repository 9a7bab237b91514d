"""How a record becomes a leaf of the tree: one canonical text, hashed. Pure.

The text is JSON in the form of RFC 8785 (names in order, no spaces, strings as they are), and all values in it are
strings, so that anyone can rebuild it in any language. Personal data stay outside: the text holds only
SHA-256(salt + their canonical JSON), so they can be erased without breaking a proof.
"""

from __future__ import annotations

import enum
import hmac
import json
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

# The columns that the leaf covers, in the order of their names, as canonical JSON wants them.
LEAF_FIELDS = (
    "action", "address", "at", "client", "id", "label", "legal_basis", "new_json", "object_id", "object_kind",
    "old_json", "on_behalf_of_id", "person_id", "person_name", "personal_digest", "purpose", "reason", "result",
    "session_id",
)  # fmt: skip
AT = LEAF_FIELDS.index("at")
ID = LEAF_FIELDS.index("id")

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=False, allow_nan=False).encode


def leaf_text(values) -> str:
    """The canonical text of a record whose values come in the order of LEAF_FIELDS; what is empty is left out.
    The time is aware, or the text that utc_text makes of it."""
    named = {name: value for name, value in zip(LEAF_FIELDS, values, strict=True) if value is not None}
    if not isinstance(named["at"], str):
        named["at"] = utc_text(named["at"])
    named["id"] = str(named["id"])
    return _encode(named)


def leaf_of(text: str) -> bytes:
    """The leaf hash of a canonical text (RFC 6962)."""
    return sha256(b"\x00" + text.encode()).digest()


def origin_of(key: bytes, leaf: bytes) -> bytes:
    """The mark, made with a key kept outside the database, that a row carries from its first moment."""
    return hmac.digest(key, leaf, "sha256")


def personal_digest(salt: bytes, personal_json: str) -> str:
    """Digest (hex) of the erasable part."""
    return sha256(salt + personal_json.encode()).hexdigest()


def utc_text(value: datetime) -> str:
    """An aware time as `2026-11-24T10:00:00.000000Z`."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def canonical(value) -> str:
    """Canonical JSON of plain data; ids, dates, states and amounts become strings."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


def clean(value, longest: int | None = None) -> str | None:
    """Text that every database can keep unchanged: no NUL, no lone surrogates, not longer than asked."""
    if value is None:
        return None
    text = str(value).replace("\x00", "�").encode("utf-8", "replace").decode()
    return text if longest is None or len(text) <= longest else text[: longest - 1] + "…"


def _plain(value):
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return _plain(value.value)
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date | uuid.UUID | Decimal | float):
        return value.isoformat() if isinstance(value, date) else str(value)
    if isinstance(value, dict):
        return {clean(getattr(key, "value", key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(item) for item in value), key=str)
    return clean(value)
