"""Strangers' files are handled in processes of their own: any of them can hang, bloat or break any library, and must
not take us along. One way for all children: limits that the system enforces, nothing of our environment, an end."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

LINE_BYTES = 1_000_000  # a longer line comes in pieces
_LIMITED = Path(__file__).with_name("limited.py")


def command(script, asked):
    """The command line of a child. asked: one JSON object with memory_bytes and time_s beside what the script needs."""
    return [sys.executable, "-I", str(_LIMITED), str(script), json.dumps(asked)]


@contextmanager
def folder():
    """A folder for a child's files, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pkip-file-") as name:
        yield Path(name)


def environment(place):
    """All that a child learns of ours."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "TMPDIR": str(place), "LANG": "C.UTF-8", "OMP_THREAD_LIMIT": "1"}


def lines(script, asked, place, quiet_s):
    """What a child prints, line by line; it is stopped with all its own children when nothing is heard for `quiet_s`.
    Afterwards `asked["status"]` is its exit status, negative when a signal ended it."""
    child = subprocess.Popen(  # noqa: S603 - our own files; strangers' bytes lie in the folder
        command(script, asked),
        cwd=place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment(place),
    )
    timer = None
    try:
        timer = _watch(child, quiet_s)
        while line := child.stdout.readline(LINE_BYTES):
            timer.cancel()
            timer = _watch(child, quiet_s)
            yield line.decode("utf-8", "replace").strip()
        asked["status"] = child.wait()
    finally:
        if timer:
            timer.cancel()
        _stop(child)
        child.stdout.close()
        child.wait()


def _watch(child, quiet_s):
    timer = threading.Timer(quiet_s, _stop, [child])
    timer.daemon = True
    timer.start()
    return timer


def _stop(child):
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
