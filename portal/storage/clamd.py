"""A client of ClamAV's daemon: INSTREAM over a Unix socket or TCP, with time-outs. Knows no settings and no store."""

import socket
import struct
from contextlib import contextmanager

from portal.kernel.errors import ExternalUnavailable
from portal.kernel.i18n import _

CONNECT_S = 5
ANSWER_S = 300  # a large archive takes its time
_PIECE_BYTES = 64 * 1024


class NotScanned(Exception):
    """The scanner answers, but does not scan this; the message is its own."""


def scan(address, pieces) -> str:
    """The name of what was found in the bytes, "" when they are clean. address: path of a socket, or host:port.
    Raises ExternalUnavailable; NotScanned when it gives another answer, as for a file above its limit."""
    with _talking(address) as line:
        line.sendall(b"zINSTREAM\0")
        try:
            for piece in pieces:
                for start in range(0, len(piece), _PIECE_BYTES):
                    part = piece[start : start + _PIECE_BYTES]
                    line.sendall(struct.pack(">I", len(part)) + part)
            line.sendall(struct.pack(">I", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # above its limit it answers and hangs up
        answer = _answer(line)
    text = answer.removeprefix("stream: ")
    if text == "OK":
        return ""
    if text.endswith(" FOUND"):
        return text.removesuffix(" FOUND")
    if not text:
        raise ExternalUnavailable(_("The virus scanner does not answer"))
    raise NotScanned(text)


def version(address) -> str:
    """What the daemon says of itself. Raises ExternalUnavailable."""
    with _talking(address) as line:
        line.sendall(b"zVERSION\0")
        return _answer(line)


@contextmanager
def _talking(address):
    host, colon, port = address.rpartition(":")
    tcp = bool(colon and port.isdigit())
    try:
        with socket.socket(socket.AF_INET if tcp else socket.AF_UNIX) as line:
            line.settimeout(CONNECT_S)
            line.connect((host, int(port)) if tcp else address)
            line.settimeout(ANSWER_S)
            yield line
    except OSError as error:
        raise ExternalUnavailable(_("The virus scanner does not answer")) from error


def _answer(line):
    parts = []
    while data := line.recv(4096):
        parts.append(data)
        if b"\0" in data:
            break
    return b"".join(parts).split(b"\0")[0].decode("utf-8", "replace").strip()
