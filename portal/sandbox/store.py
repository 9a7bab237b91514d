"""What the sandbox remembers: one SQLite file of JSON records, safe for threads and processes."""

import hashlib
import json
import sqlite3
from contextlib import contextmanager
from pathlib import Path

from flask import current_app

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, id TEXT, data TEXT,
                                   UNIQUE (kind, id));
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER);
"""


def store() -> "Store":
    """The store of the running sandbox app."""
    return current_app.extensions["sandbox.store"]


class Store:
    """JSON records by kind and id, in order of arrival; blobs by hash; settings; counters."""

    def __init__(self, folder):
        self.folder = Path(folder)
        (self.folder / "blobs").mkdir(parents=True, exist_ok=True)
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_SCHEMA)

    @contextmanager
    def _connection(self):
        connection = sqlite3.connect(self.folder / "sandbox.db", timeout=30, isolation_level=None)
        try:
            yield connection
        finally:
            connection.close()

    def put(self, kind: str, id: str, data: dict):
        """Add or replace a record; a replaced one keeps its place."""
        with self._connection() as connection:
            connection.execute(
                "INSERT INTO record (kind, id, data) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET data = excluded.data",
                (kind, id, json.dumps(data)),
            )

    def add(self, kind: str, id: str, data: dict) -> bool:
        """Add a record unless it is there; says whether it was added."""
        with self._connection() as connection:
            return (
                connection.execute(
                    "INSERT OR IGNORE INTO record (kind, id, data) VALUES (?, ?, ?)", (kind, id, json.dumps(data))
                ).rowcount
                == 1
            )

    def get(self, kind: str, id: str) -> dict | None:
        """The record, or None."""
        with self._connection() as connection:
            row = connection.execute("SELECT data FROM record WHERE kind = ? AND id = ?", (kind, id)).fetchone()
        return json.loads(row[0]) if row else None

    def list(self, kind: str) -> list[tuple[str, dict]]:
        """All records of a kind as (id, data), oldest first."""
        with self._connection() as connection:
            rows = connection.execute("SELECT id, data FROM record WHERE kind = ? ORDER BY seq", (kind,)).fetchall()
        return [(id, json.loads(data)) for id, data in rows]

    def delete(self, kind: str, id: str):
        """Remove a record, if it is there."""
        with self._connection() as connection:
            connection.execute("DELETE FROM record WHERE kind = ? AND id = ?", (kind, id))

    def counter(self, name: str) -> int:
        """The next whole number of this name, from 1."""
        with self._connection() as connection:
            return connection.execute(
                "INSERT INTO counter VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
                (name,),
            ).fetchone()[0]

    def setting(self, name: str, default=None):
        """A switch of the control page."""
        found = self.get("setting", name)
        return default if found is None else found["value"]

    def set_setting(self, name: str, value):
        """Turn a switch."""
        self.put("setting", name, {"value": value})

    def blob_put(self, data: bytes) -> str:
        """Keep bytes; returns their SHA-256 in hex."""
        address = hashlib.sha256(data).hexdigest()
        (self.folder / "blobs" / address).write_bytes(data)
        return address

    def blob_get(self, address: str) -> bytes:
        """Bytes kept before."""
        return (self.folder / "blobs" / address).read_bytes()
