"""The Whoosh index of an instance, in files: var/<instance>/index/.

`current` names the folder in use; a rebuild fills another and then changes the name, so that searching never stops.
One writer at a time holds the file `lock`; the lock falls with its process, whatever happens to it.
"""

import fcntl
import os
import shutil
import threading
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from whoosh import index as whoosh_index

from portal.kernel.errors import Conflict
from portal.kernel.i18n import _
from portal.search import backends
from portal.search.backends import Found, Wanted, whoosh_files  # noqa: F401 - opens segments without copying them
from portal.search.backends.whoosh_schema import document, schema
from portal.search.backends.whoosh_snapshot import Snapshot
from portal.search.tokens import tokens_of_entry

_WRITER_MB = 128


class WhooshBackend:
    """See Backend. Safe for threads: one question at a time is asked of the open searcher."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._asking = threading.Lock()
        self._opened: tuple[str, Any, Snapshot] | None = None

    def update(self, entries, gone):
        with self._alone() as mine:
            if not mine:
                return False
            index = self._open(self._name() or self._begin())
            writer = self._writer(index, _WRITER_MB)
            try:
                for entry_id in gone:
                    writer.delete_by_term("id", entry_id)
                for entry in entries:
                    writer.delete_by_term("id", entry.id)
                    writer.add_document(**document(entry, tokens_of_entry(entry)))
            except BaseException:
                writer.cancel()
                raise
            writer.commit()
            return True

    def search(self, wanted: Wanted) -> Found:
        with self._asking:
            snapshot = self._snapshot()
            return snapshot.answer(wanted) if snapshot else Found([], 0, {})

    def size_bytes(self):
        total = 0
        for path in self.folder.rglob("*"):
            with suppress(OSError):  # a file that a merge has just removed
                total += path.stat().st_size
        return total

    def rebuild(self, batches):
        with self._alone() as mine:
            if not mine:
                raise Conflict(_("The index is being written; try again in a minute"))
            name, total = self._new_folder(), 0
            writer = self._open(name).writer(limitmb=2 * _WRITER_MB)
            for entries in batches:
                for entry in entries:
                    writer.add_document(**document(entry, tokens_of_entry(entry)))
                total += len(entries)
            writer.commit()
            self._switch(name)
            self._remove_others(name)
            return total

    def outdated(self):
        name = self._name()
        return name is not None and not name.startswith(f"g{backends.FORMAT}-")

    # --- files --------------------------------------------------------------------------------------------------------

    @contextmanager
    def _alone(self):
        """Gives True to one writer at a time, over all processes and threads; False to whoever comes second."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "lock", "w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def _name(self) -> str | None:
        try:
            return (self.folder / "current").read_text()
        except FileNotFoundError:
            return None

    def _begin(self) -> str:
        name = self._new_folder()
        self._switch(name)
        return name

    def _new_folder(self) -> str:
        name = f"g{backends.FORMAT}-{uuid.uuid4().hex[:12]}"
        (self.folder / name).mkdir()
        whoosh_index.create_in(str(self.folder / name), schema())
        return name

    def _open(self, name):
        return whoosh_index.open_dir(str(self.folder / name))

    @staticmethod
    def _writer(index, megabytes):
        """A writer; an index of an earlier version gets the fields that have come since."""
        writer = index.writer(limitmb=megabytes)
        for name, field in schema().items():
            if name not in index.schema:
                writer.add_field(name, field)
        return writer

    def _switch(self, name):
        """Name the folder in use; a reader sees the old name or the new one, nothing between."""
        draft = self.folder / f"current.{name}"
        draft.write_text(name)
        os.replace(draft, self.folder / "current")

    def _remove_others(self, name):
        """Old folders, and what rebuilds that were stopped have left. Open readers keep their files until they end."""
        for folder in self.folder.glob("g*"):
            if folder.is_dir() and folder.name != name:
                shutil.rmtree(folder, ignore_errors=True)

    def _snapshot(self) -> Snapshot | None:
        """The newest state; opened once and kept until a writer commits or another folder is switched to."""
        name = self._name()
        if name is None:
            return None
        if self._opened is None or self._opened[0] != name:
            if self._opened is not None:
                self._opened[2].searcher.close()
            index = self._open(name)
            self._opened = (name, index, Snapshot(index.searcher()))
        elif not self._opened[2].searcher.up_to_date():
            # opened anew: Whoosh's refresh() would carry segments on that a commit has replaced
            _name, index, before = self._opened
            self._opened = (name, index, Snapshot(index.searcher(), before))
            before.searcher.close()
        return self._opened[2]
