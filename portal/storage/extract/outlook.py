"""Messages in Outlook's own form (.msg): an OLE file whose streams are numbered properties [MS-OXMSG]."""

from portal.storage.extract import plain
from portal.storage.extract.limits import Unreadable

_SUBJECT, _SENDER, _ADDRESS, _SMTP, _TO, _CC = "0037", "0C1A", "0C1F", "5D01", "0E04", "0E03"
_BODY, _HTML, _DATA, _LONG_NAME, _NAME = "1000", "1013", "3701", "3707", "3704"
_DEEPEST = 3


def read_msg(file, budget, out, shelf):
    """Sender, recipients, subject and body as text, attachments on the shelf; messages inside are read along."""
    import olefile

    try:
        with olefile.OleFileIO(file) as ole:
            _read(ole, [], budget, out, shelf, 0)
    except (OSError, ValueError, IndexError, TypeError, KeyError) as error:
        raise Unreadable("damaged") from error


def is_encrypted(file):
    """Is this OLE file a Word, Excel or PowerPoint file behind a password?"""
    with file.open("rb") as stream:
        data = stream.read(4 * 1024 * 1024)
    return "EncryptedPackage".encode("utf-16-le") in data


def is_message(file):
    """Is this OLE file a message, whatever its name?"""
    with file.open("rb") as stream:
        data = stream.read(4 * 1024 * 1024)
    return "__properties_version1.0".encode("utf-16-le") in data and "__nameid_version1.0".encode("utf-16-le") in data


def _read(ole, where, budget, out, shelf, depth):
    sender = _string(ole, where, _SENDER)
    address = _string(ole, where, _SMTP) or _string(ole, where, _ADDRESS)
    for word, value in (
        ("From", f"{sender} <{address}>" if address else sender),
        ("To", _string(ole, where, _TO)),
        ("Cc", _string(ole, where, _CC)),
        ("Subject", _string(ole, where, _SUBJECT)),
    ):
        if value.strip():
            out.add(f"{word}: {value}\n")
    body = _string(ole, where, _BODY)
    if not body.strip():
        raw = _stream(ole, [*where, f"__substg1.0_{_HTML}0102"]) or _string(ole, where, _HTML).encode()
        body = plain.html_text(raw)
    out.add("\n" + body + "\n")
    depth_here = len(where)
    folders = sorted(
        {
            path[depth_here]
            for path in ole.listdir(streams=True, storages=True)
            if path[:depth_here] == where and len(path) > depth_here and path[depth_here].startswith("__attach")
        }
    )
    for number, folder in enumerate(folders, start=1):
        budget.check_time()
        inside = [*where, folder]
        if ole.exists([*inside, f"__substg1.0_{_DATA}000D"]):
            if depth < _DEEPEST:
                _read(ole, [*inside, f"__substg1.0_{_DATA}000D"], budget, out, shelf, depth + 1)
            continue
        data = _stream(ole, [*inside, f"__substg1.0_{_DATA}0102"])
        if data:
            name = _string(ole, inside, _LONG_NAME) or _string(ole, inside, _NAME) or str(number)
            shelf.lay_bytes(name, data)


def _stream(ole, path):
    if not ole.exists(path) or ole.get_type(path) != 2:
        return b""
    return ole.openstream(path).read()


def _string(ole, where, prop):
    wide = _stream(ole, [*where, f"__substg1.0_{prop}001F"])
    if wide:
        return wide.decode("utf-16-le", "replace").rstrip("\x00")
    return plain.decode(_stream(ole, [*where, f"__substg1.0_{prop}001E"])).rstrip("\x00")
