"""The second column of backends: PostgreSQL, Redis and an S3 protocol server, started once a test run on free ports."""

import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from functools import lru_cache
from pathlib import Path

import psycopg


def wanted() -> bool:
    """Do the tests at hand run over the servers?"""
    return os.environ.get("PKIP_TEST_BACKEND") == "server"


def fresh_backend():
    """Settings for a fresh empty database, Redis and bucket; and a function that drops them."""
    admin, name = postgresql(), _fresh_name()
    _sql(admin, f'CREATE DATABASE "{name}"')

    def drop():
        _sql(admin, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        _empty_redis()

    return _settings(name), drop


def prepared_backend(template):
    """The same over a database that begins with the rows of another; nobody may be connected to that one.
    One database serves test after test: putting its rows back takes a tenth of making a copy."""
    copy = _copy_of(template)

    def put_back():
        copy.put_back()
        _empty_redis()

    return _settings(copy.name), put_back


class _Copy:
    """A copy of a database, and the rows it began with."""

    def __init__(self, template):
        self.name = _fresh_name()
        _sql(postgresql(), f'CREATE DATABASE "{self.name}" TEMPLATE "{template}"')
        self._url = postgresql().rpartition("/")[0] + f"/{self.name}"
        with psycopg.connect(self._url) as connection:
            self._columns = dict(
                connection.execute(
                    "SELECT table_name, string_agg(quote_ident(column_name), ',' ORDER BY ordinal_position)"
                    " FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)"
                    " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'"
                    " GROUP BY table_name"
                )
            )
            self._rows = {table: self._read(connection, table) for table in self._filled(connection)}

    def put_back(self):
        """Who is still connected is cut off; then the tables hold what they began with."""
        with psycopg.connect(self._url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute("SET session_replication_role = replica")  # foreign keys: all rows come back together
            for (table,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall():
                if table not in self._columns:  # the search index, which is made when it is first wanted
                    connection.execute(f'DROP TABLE "{table}"')
            for table in {*self._filled(connection), *self._rows}:
                connection.execute(f'DELETE FROM "{table}"')
            for table, rows in self._rows.items():
                with connection.cursor().copy(f'COPY "{table}" ({self._columns[table]}) FROM STDIN BINARY') as copy:
                    copy.write(rows)

    def _filled(self, connection):
        parts = (f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in self._columns)
        return [table for (table,) in connection.execute(" UNION ALL ".join(parts))]

    def _read(self, connection, table):
        with connection.cursor().copy(f'COPY "{table}" ({self._columns[table]}) TO STDOUT BINARY') as copy:
            return b"".join(copy)


_copy_of = lru_cache(_Copy)


def _fresh_name():
    return f"t{uuid.uuid4().hex[:12]}"


def _settings(name):
    _make_bucket(bucket := _fresh_name())
    return {
        "database_url": f"{postgresql().rpartition('/')[0]}/{name}".replace("postgresql://", "postgresql+psycopg://"),
        "redis_url": f"{redis()}/0",
        "blobs_url": f"s3://{bucket}?endpoint={s3()}",
        "search_url": "database",
    }


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@lru_cache
def postgresql() -> str:
    """URL of a PostgreSQL made for this run."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    folder = Path(tempfile.mkdtemp(prefix="pkip-pg-"))
    port = free_port()
    as_user = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data = folder / "data"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run(
        [
            *as_user,
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        **quiet,
    )
    server = subprocess.Popen(
        [
            *as_user,
            programs / "postgres",
            "-D",
            data,
            "-p",
            str(port),
            "-k",
            folder,
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "fsync=off",
            "-c",
            "max_connections=200",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    _stop_at_exit(server, folder)
    _wait_for(port)
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    for _try in range(100):
        with contextlib.suppress(Exception):
            _sql(url, "SELECT 1")
            return url
        time.sleep(0.1)
    raise RuntimeError("PostgreSQL does not start")


@lru_cache
def redis() -> str:
    """URL of a Redis made for this run."""
    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _stop_at_exit(server)
    _wait_for(port)
    return f"redis://127.0.0.1:{port}"


@lru_cache
def s3() -> str:
    """Endpoint of an S3 protocol server made for this run."""
    from moto.server import ThreadedMotoServer

    os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-north-1")
    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    atexit.register(server.stop)
    return f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def slapd(folder, base="dc=ozolpils,dc=lv", password="writer"):
    """A directory of one test: gives the port, and functions that stop and start it again."""
    from types import SimpleNamespace

    from portal.identity import slapd as server

    place = server.prepare(Path(folder), base, f"cn=pkip,{base}", password)
    port, tls_port = free_port(), free_port()
    running = []

    def start():
        running.append(subprocess.Popen(server.command(place, port, tls_port)))
        _wait_for(port)

    def stop():
        if running:
            process = running.pop()
            process.terminate()
            process.wait(timeout=20)

    def pause(hang=True):
        running[0].send_signal(signal.SIGSTOP if hang else signal.SIGCONT)

    start()
    try:
        yield SimpleNamespace(port=port, tls_port=tls_port, ca=place.ca, base=base, start=start, stop=stop, pause=pause)
    finally:
        stop()


def _make_bucket(name):
    _s3_client().create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})


@lru_cache
def _s3_client():
    import boto3

    return boto3.client("s3", endpoint_url=s3())


def _empty_redis():
    import redis as client

    with client.from_url(redis()) as connection:
        connection.flushall()


def _sql(url, statement):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _wait_for(port):
    for _try in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def _stop_at_exit(server, folder=None):
    def stop():
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=10)
        if folder:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
