"""Records that search follows by itself: whatever a transaction writes to one of them is told before it commits, so no
area can change a record and forget to say so. `wiring.py` has the table."""

import sqlalchemy as sa
from flask_sqlalchemy.session import Session
from sqlalchemy import event

from portal.kernel.db import Base, db
from portal.kernel.i18n import in_language
from portal.search.service.entries import put, remove

_followed: dict = {}  # name of the table -> (kind, function, function of what else to tell)
_told: list = []  # functions that tell all of an area anew
_BATCH = 500


def wire(table, told=()):
    """Take in the tables of `wiring.py`: tuples (name of the table, kind of what is found, function of a row that
    answers with a Found or None, function of a row that answers with other rows which its change concerns, or None).
    Without a kind only the other rows are told. told: functions of progress(number) that tell all of an area which
    does not let itself be followed, and return how many."""
    _told[:] = told
    _followed.clear()
    _followed.update({name: (kind, function, others) for name, kind, function, others in table})


@event.listens_for(Session, "after_flush")
def _collect(session, _context):
    for row in (*session.new, *session.dirty, *session.deleted):
        name = getattr(row, "__tablename__", "")
        if name in _followed:
            session.info.setdefault("search_follows", {})[name, row.id] = row


@event.listens_for(Session, "before_commit")
def _tell(session):
    if session.new or session.dirty or session.deleted:
        session.flush()
    while rows := session.info.pop("search_follows", None):
        told = set()
        for (name, _row_id), row in rows.items():
            others = _followed[name][2]
            for one in (row, *(others(row) if others else ())):
                if (one.__tablename__, one.id) not in told:
                    told.add((one.__tablename__, one.id))
                    _follow(one)
        session.flush()


@event.listens_for(Session, "after_rollback")
def _forget(session):
    session.info.pop("search_follows", None)


def _follow(row):
    kind, function, _others = _followed[row.__tablename__]
    if not kind:
        return
    state = sa.inspect(row)
    with in_language("lv"):
        found = None if state.was_deleted or state.deleted else function(row)
    if found is None:
        remove(kind, row.id)
    else:
        put(
            kind, row.id, found.title, found.number, found.text, found.date, found.unit, found.url,
            found.access_set_id, author=found.author, status=found.status, class_name=found.class_name,
        )  # fmt: skip


def fill(progress=None) -> int:
    """Tell search anew about every record of the followed tables, and all that areas tell by themselves, in short
    transactions. Returns how many."""
    done = 0
    models = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    for name, (kind, _function, _others) in _followed.items():
        if not kind:
            continue
        model, last = models[name], None
        while True:
            query = sa.select(model).order_by(model.id).limit(_BATCH)
            rows = db.session.scalars(query if last is None else query.where(model.id > last)).unique().all()
            if not rows:
                break
            last = rows[-1].id
            for row in rows:
                _follow(row)
            done += len(rows)
            db.session.commit()
            db.session.expunge_all()
            if progress:
                progress(done)
    for tell_all in _told:
        done += tell_all(None if progress is None else (lambda number, before=done: progress(before + number)))
    return done
