"""Facts announced in the transaction of the act, and the outbox that lets later reactions survive a crash."""

import inspect
import typing
import uuid
from dataclasses import fields, is_dataclass
from datetime import date, datetime

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import after_commit, db, primary_key

_together: dict[type, list] = {}
_later: dict[type, list] = {}


class OutboxState:
    """The states of a waiting reaction."""

    WAITING, RUNNING, DONE, PARKED = "waiting", "running", "done", "parked"


class Outbox(db.Model):
    """One job that must still happen because of an event. Written together with the act itself."""

    __tablename__ = "outbox"
    __table_args__ = (sa.Index("ix_outbox_due", "state", "next_at"),)
    id: Mapped[uuid.UUID] = primary_key()
    job: Mapped[str] = mapped_column(sa.String(120))
    payload: Mapped[dict]
    state: Mapped[str] = mapped_column(sa.String(10), default=OutboxState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    error: Mapped[str | None]


def wire(together, later):
    """Take in the table of `wiring.py`: pairs (event class, function)."""
    _together.clear()
    _later.clear()
    for kind, handler in together:
        _together.setdefault(kind, []).append(handler)
    for kind, function in later:
        _later.setdefault(kind, []).append(function.job)


def announce(actor, event):
    """Run the reactions that belong to this transaction, and keep the later ones in the outbox."""
    if not is_dataclass(event):
        raise TypeError(f"{event!r} is not an event")
    values = {f.name: getattr(event, f.name) for f in fields(event)}
    for handler in _together.get(type(event), ()):
        handler(actor, **_wanted(handler, values))
    for job in _later.get(type(event), ()):
        queue(job, **_wanted(job.function, values))


def queue(job, delay_s: float = 0, **values):
    """Keep one run of a job in the outbox; it happens after commit, `delay_s` seconds later at the earliest."""
    now = clock.real_now()
    entry = Outbox(
        job=job.name,
        payload={k: _plain(v) for k, v in values.items()},
        created_at=now,
        next_at=now + clock.timedelta(seconds=delay_s),
    )
    db.session.add(entry)
    db.session.flush()
    if not delay_s:
        wake(entry.id)


def wake(entry_id):
    """Tell the workers of an entry once it is committed. Without a queue (tests) the sweep or the caller does it."""
    tell = current_app.extensions.get("pkip.wake")
    if tell is not None:
        after_commit(lambda: tell(entry_id))


def _wanted(function, values):
    names = inspect.signature(function).parameters
    return {name: value for name, value in values.items() if name in names}


def _plain(value):
    if isinstance(value, uuid.UUID | date | datetime):
        return str(value) if isinstance(value, uuid.UUID) else value.isoformat()
    return value


def restored(function, payload):
    """The payload with the types that the function's annotations or the names (`…_id`, `…_on`, `…_at`) call for."""
    hints = typing.get_type_hints(function)
    result = {}
    for name, value in payload.items():
        wanted = hints.get(name)
        if value is None:
            result[name] = None
        elif wanted is uuid.UUID or (wanted is None and name.endswith("_id") and _is_uuid(value)):
            result[name] = uuid.UUID(value)
        elif wanted is date or (wanted is None and name.endswith("_on")):
            result[name] = date.fromisoformat(value)
        elif wanted is datetime or (wanted is None and name.endswith("_at")):
            result[name] = datetime.fromisoformat(value)
        else:
            result[name] = value
    return result


def _is_uuid(value):
    return isinstance(value, str) and len(value) == 36 and value.count("-") == 4
