"""Blobs as files of a folder: `ab/cd/abcd…`, written whole or not at all."""

import os


class FileStore:
    """A `ports.Store` over a folder; `root` is made when missing."""

    def __init__(self, root):
        self._root = root
        self._staging = root / "staging"
        self._staging.mkdir(parents=True, exist_ok=True)

    def staging(self):
        """Folder beside the blobs, so that keeping a file is a rename."""
        return self._staging

    def path(self, address):
        """Where the blob lies."""
        return self._root / address[:2] / address[2:4] / address

    def keep(self, address, path):
        """Sync the bytes, rename, sync the folders: after a power cut the file is there whole or not at all."""
        target = self.path(address)
        target.parent.mkdir(parents=True, exist_ok=True)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        path.replace(target)
        for folder in (target.parent, target.parent.parent, self._root):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def size(self, address):
        """Length in bytes, None when missing."""
        try:
            return self.path(address).stat().st_size
        except FileNotFoundError:
            return None

    def open(self, address, start=0):
        """The file, standing at `start`."""
        file = self.path(address).open("rb")
        file.seek(start)
        return file

    def remove(self, address):
        """Unlink the file."""
        self.path(address).unlink(missing_ok=True)

    def patch(self, address, changes):
        """Overwrite in place; a key slot lies within one disk sector."""
        with self.path(address).open("r+b") as file:
            for offset, data in changes:
                file.seek(offset)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
