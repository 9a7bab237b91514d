"""The database: base model, column types, transactions. Services flush; the edge (web, jobs, command line) commits."""

import enum
import threading
import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.orm import registry as sa_registry
from uuid_utils.compat import uuid7

from portal.kernel import crypto
from portal.kernel.latvian import LETTERS, RANKS, sort_key

JsonDict = dict

_reading: ContextVar[bool] = ContextVar("reading", default=False)


class UtcDateTime(sa.TypeDecorator):
    """An aware time, kept in UTC. SQLite has no time zones, so it is stored there without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True
    python_type = datetime  # a decorated type would say `object`, and paging by time needs to know

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value, dialect):
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EncryptedText(sa.TypeDecorator):
    """Text encrypted with the instance key; find it by a `crypto.lookup_hash` column beside it."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value is None else crypto.encrypt(value.encode())

    def process_result_value(self, value, dialect):
        return None if value is None else crypto.decrypt(value).decode()


class Base(DeclarativeBase):
    """Base of every table. Annotations alone give the column type."""

    registry = sa_registry(
        metadata=sa.MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UtcDateTime,
            date: sa.Date,
            dict: sa.JSON,
            list: sa.JSON,
            str: sa.Text,
            bytes: sa.LargeBinary,
            enum.Enum: sa.Enum(
                enum.Enum,
                native_enum=False,
                length=40,
                create_constraint=False,
                values_callable=lambda kind: [member.value for member in kind],
            ),
        },
    )
    metadata = registry.metadata


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def primary_key():
    """A UUIDv7 key column: grows with time, so that indexes stay compact and lists page by it."""
    return mapped_column(sa.Uuid, primary_key=True, default=new_id)


def new_id() -> uuid.UUID:
    """A fresh UUIDv7."""
    return uuid7()


# --- comparison of Latvian text -------------------------------------------------------------------------------------


class latvian_order(sa.sql.functions.FunctionElement):
    """ORDER BY element that sorts as a Latvian dictionary does (ā after a, č after c …)."""

    type = sa.Text()
    inherit_cache = True
    name = "latvian_order"


@compiles(latvian_order)
def _order_sqlite(element, compiler, **kw):
    return f"lv_key({compiler.process(element.clauses, **kw)})"


@compiles(latvian_order, "postgresql")
def _order_postgresql(element, compiler, **kw):
    # not ICU's own order of "lv", in which a length mark only breaks ties (Ādaži before Aizpute): both databases and
    # `sort_key` must agree
    text = compiler.process(element.clauses, **kw)
    return f"translate(lower(({text}) COLLATE \"lv-x-icu\"), '{LETTERS}', '{RANKS}') COLLATE \"C\""


# --- transactions ---------------------------------------------------------------------------------------------------


@event.listens_for(Engine, "connect")
def _on_connect(connection, _record):
    if not type(connection).__module__.startswith("sqlite3"):
        return
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-32000",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("lv_key", 1, lambda text: sort_key(text or ""), deterministic=True)
    # SQLite's own knows ASCII only: whoever types "ĪBA" in a search looks for "ība"
    connection.create_function("lower", 1, lambda text: text if text is None else str(text).lower(), deterministic=True)


@event.listens_for(Engine, "begin")
def _on_begin(connection):
    if connection.dialect.name != "sqlite":
        return
    if _reading.get():
        connection.exec_driver_sql("BEGIN")
        return
    # A lock that is upgraded later cannot be waited for, so writers take it at once. Writers of this process queue in
    # memory first: SQLite's own waiting sleeps and polls.
    lock = _writer_lock(connection.engine.url.database)
    if not lock.acquire(timeout=30):
        raise TimeoutError("another transaction of this process has held the write lock for 30 s")
    connection.info["writer_lock"] = lock
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except BaseException:
        _release_writer(connection)
        raise


def _release_writer(connection):
    lock = connection.info.pop("writer_lock", None)
    if lock is not None:
        lock.release()


@event.listens_for(Engine, "commit")
def _on_commit(connection):
    lock = connection.info.get("writer_lock")
    if lock is not None:  # COMMIT itself runs after this hook; do it here, so that the next writer finds it done
        connection.exec_driver_sql("COMMIT")
        _release_writer(connection)


@event.listens_for(Engine, "rollback")
def _on_rollback(connection):
    _release_writer(connection)


@event.listens_for(sa.pool.Pool, "reset")
def _on_reset(dbapi_connection, record, _state):
    if record is None:  # pragma: no cover - a connection that was never pooled
        return
    lock = record.info.pop("writer_lock", None)
    if lock is not None:
        lock.release()


_writer_locks: dict[str, threading.Lock] = {}


def _writer_lock(path):
    return _writer_locks.setdefault(path, threading.Lock())


@contextmanager
def reading():
    """Within: transactions only read, and never wait for a writer."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


@contextmanager
def aside():
    """A connection that reads beside the session's own. It is never of the common pool: there all others may belong to
    those who wait for the very writer that asks for a second one."""
    with reading(), db.engines["aside"].connect() as connection:
        yield connection


def set_reading(flag):
    """For the web edge: is the request at hand one that only reads?"""
    _reading.set(flag)


def in_writing_transaction() -> bool:
    """May the session's transaction write? False inside a GET request."""
    return not _reading.get()


@contextmanager
def transaction():
    """One unit of work: commits at the end, rolls back when anything is raised."""
    try:
        yield db.session
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


@contextmanager
def short_transaction():
    """A separate Session with a writing transaction of its own; commits at the end, whatever the caller's does."""
    token = _reading.set(False)
    session = Session(db.engine, expire_on_commit=False)
    try:
        with session:
            yield session
            session.commit()
    finally:
        _reading.reset(token)


@contextmanager
def released():
    """Commit what is done so far and hold no lock while an outside system is asked."""
    db.session.commit()
    yield
    # the next statement of the session begins a new transaction by itself


def after_commit(function):
    """Run `function()` once the current transaction is committed; never when it is rolled back."""
    db.session.info.setdefault("after_commit", []).append(function)


@event.listens_for(Session, "after_commit")
def _run_after_commit(session):
    for function in session.info.pop("after_commit", ()):
        function()


@event.listens_for(Session, "after_rollback")
def _forget_after_commit(session):
    session.info.pop("after_commit", None)


def insert_ignore(table, rows):
    """Insert rows, leaving those that are already there as they are."""
    dialect = db.engine.dialect.name
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    db.session.execute(insert(table).on_conflict_do_nothing(), rows)
