"""Taking objects in and forgetting them."""

import sqlalchemy as sa

from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.events import announce
from portal.search.events import SearchChanged
from portal.search.models import SearchEntry

_CONTENT = ("title", "number", "text")


def put(kind, id, title, number, text, date, unit, url, access_set_id, extra_text="", *, author="", status="",
        class_name="", level="", client=""):  # fmt: skip
    """Store what is found of an object, in the transaction of its change; the index follows within seconds.
    kind: word for the sort of object (document, case …); unit: id or name; text, extra_text: plain text of any length;
    date: the day people remember it by; author: who it comes from; status: "kind.state", named in `wiring.py`;
    class_name: its class in words; level: of confidentiality, empty for what is open; client: whose item it is.
    """
    entry = entry_of(kind, id)
    values = {
        "title": title or "", "number": number or "", "text": "\n".join(filter(None, (text, extra_text))), "date": date,
        "unit": str(unit or ""), "url": url, "access_set_id": access_set_id, "removed": False,
        "author": (author or "")[:300], "status": status or "", "class_name": (class_name or "")[:200],
        "level": level or "", "client": client,
    }  # fmt: skip
    if entry is None:
        entry = SearchEntry(kind=kind, object_id=id, content_at=clock.now(), **values)
        db.session.add(entry)
        db.session.flush()
    elif all(getattr(entry, name) == value for name, value in values.items()):
        return entry
    else:
        if any(getattr(entry, name) != values[name] for name in _CONTENT):
            entry.content_at = clock.now()
        for name, value in values.items():
            setattr(entry, name, value)
        _changed(entry)
    _announce_once(entry)
    return entry


def remove(kind, id):
    """Forget an object; it is not found from this transaction on."""
    entry = entry_of(kind, id)
    if entry is not None and not entry.removed:
        entry.removed, entry.title, entry.number, entry.text = True, "", "", ""
        entry.author, entry.status, entry.class_name = "", "", ""
        _changed(entry)
        _announce_once(entry)


def entry_of(kind, object_id):
    """The entry of an object, or None."""
    return db.session.scalar(sa.select(SearchEntry).where(SearchEntry.kind == kind, SearchEntry.object_id == object_id))


def _announce_once(entry):
    """One run of the job takes all that waits, so a transaction that changes a thousand objects asks for it once."""
    transaction = db.session().get_transaction()
    if db.session.info.get("search_announced_in") is not transaction:
        db.session.info["search_announced_in"] = transaction
        announce(SYSTEM, SearchChanged(entry_id=entry.id))


def _changed(entry):
    # in SQL, so that two changes at once count as two
    entry.revision = SearchEntry.revision + 1
    entry.pending = True
    db.session.flush()
