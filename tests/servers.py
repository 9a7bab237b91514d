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


def wanted() -> bool:
    """Do the tests at hand run over the servers?"""
    return os.environ.get("PKIP_TEST_BACKEND") == "server"


def fresh_backend(template="template1"):
    """Settings for a fresh database, Redis and bucket; and a function that drops them.
    template: name of the database that the fresh one begins as a copy of; nobody may be connected to it."""
    name = f"t{uuid.uuid4().hex[:12]}"
    admin = postgresql()
    _sql(admin, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')  # half the work of the default
    base, _slash, _database = admin.rpartition("/")
    settings = {
        "database_url": f"{base}/{name}".replace("postgresql://", "postgresql+psycopg://"),
        "redis_url": f"{redis()}/0",
        "blobs_url": f"s3://{name}?endpoint={s3()}",
        "search_url": "database",
    }
    _make_bucket(name)

    def drop():
        _sql(admin, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        _empty_redis()

    return settings, drop


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
    import boto3

    boto3.client("s3", endpoint_url=s3()).create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-north-1"}
    )


def _empty_redis():
    import redis as client

    with client.from_url(redis()) as connection:
        connection.flushall()


def _sql(url, statement):
    import psycopg

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
