"""What the files of a new document say about it: an e-mail names its sender, subject and date (12.1)."""

import re
from pathlib import PurePosixPath

from portal.documents.models import TITLE_LENGTH
from portal.documents.service.files import Upload
from portal.kernel import clock
from portal.kernel.db import released
from portal.storage import service as storage
from portal.storage.extract.mail import letter_of
from portal.storage.extract.sniffing import EML

_BEGINNING_BYTES = 2 * 1024 * 1024  # headers and text stand before the attachments
_SUMMARY_CHARS = 2000
_MARKS = re.compile(r"^\s*(?:(?:re|fw|fwd|atb|pārs|aw|wg)\s*:\s*)+", re.IGNORECASE)


def suggest(uploads):
    """{field: value} for the registration form: from the first e-mail among the files, else a title from the only
    file's name. What cannot be read is left out: a person fills it in."""
    uploads = [upload if isinstance(upload, Upload) else Upload(*upload) for upload in uploads]
    letter = next((upload for upload in uploads if upload.mime == EML), None)
    if letter is not None:
        return _of_letter(letter)
    if len(uploads) == 1:
        return {"title": title_of(uploads[0].name)}
    return {}


def title_of(name):
    """A title out of a file's name."""
    return " ".join(PurePosixPath(name).stem.replace("_", " ").split())[:TITLE_LENGTH] or name


def _of_letter(upload):
    with released():
        pass
    data = b"".join(storage.iter_range(upload.sha256, 0, _BEGINNING_BYTES))
    name, address, subject, sent_at, text = letter_of(data)
    author = f"{name} <{address}>" if name and address else name or address
    values = {
        "title": " ".join(_MARKS.sub("", subject).split())[:TITLE_LENGTH] or title_of(upload.name),
        "author": " ".join(author.split())[:300],
        "author_date": None if sent_at is None else _riga_date(sent_at),
        "summary": _shortened(text),
    }
    return {field: value for field, value in values.items() if value}


def _riga_date(moment):
    """The date of a message in Riga; a date without zone is taken as it stands."""
    try:
        return moment.date() if moment.tzinfo is None else clock.local(moment).date()
    except (OverflowError, ValueError):
        return None


def _shortened(text):
    """The beginning of the text without empty stretches and quoted lines."""
    lines = [line.rstrip() for line in text.replace("\x00", " ").splitlines() if not line.startswith(">")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:_SUMMARY_CHARS]
