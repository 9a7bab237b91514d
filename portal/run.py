"""The processes: web server, worker, sandbox, and one command that starts them all and stops them together."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import structlog

ROOT = Path(__file__).resolve().parent.parent
log = structlog.get_logger()
_SWEEP_S = 1.0


def web(port, threads):
    """gunicorn in this process: one worker process with more threads than open streams."""
    os.chdir(ROOT)
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")  # else each of many threads keeps memory of its own
    os.environ.setdefault("PKIP_STREAMS", str(threads * 7 // 8))  # the rest of the threads is for pages
    os.execv(
        sys.executable,
        [
            sys.executable,
            "-m",
            "gunicorn",
            "--worker-class",
            "gthread",
            "--workers",
            "1",
            "--threads",
            str(threads),
            "--bind",
            f"127.0.0.1:{port}",
            "--keep-alive",
            "30",
            "--timeout",
            "120",
            "--graceful-timeout",
            "5",
            "--worker-connections",
            "2000",
            "--backlog",
            "2048",
            "--no-control-socket",
            "--log-level",
            "warning",
            "wsgi:app",
        ],
    )


def worker():
    """Huey's consumer and the scheduler; ends on SIGINT or SIGTERM."""
    from portal.app import create_app
    from portal.kernel import jobs, queue

    app = create_app()
    queue.connect(app)
    with app.app_context():
        jobs.release_leases()
    stop = threading.Event()
    threading.Thread(target=_schedule, args=(app, stop), name="scheduler", daemon=True).start()
    consumer = app.extensions["pkip.huey"].create_consumer(
        workers=2, worker_type="thread", periodic=False, initial_delay=0.05, max_delay=0.2, backoff=1.2
    )
    try:
        consumer.run()
    finally:
        stop.set()


def _schedule(app, stop):
    """Every second: put due periodic jobs into the outbox, and do what no message woke."""
    from portal.kernel import jobs

    while not stop.wait(_SWEEP_S):
        try:
            with app.app_context():
                jobs.queue_periodic()
            with app.app_context():
                waiting = jobs.due()
            for entry_id in waiting:
                with app.app_context():
                    jobs.perform(entry_id)
        except Exception:
            log.exception("scheduler: trying again")


def sandbox(port):
    """The sandbox of outside systems, on the loopback only."""
    from werkzeug.serving import make_server

    from portal.app import create_app
    from portal.kernel.config import Settings
    from portal.sandbox.app import create_sandbox

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    settings = Settings.from_env()
    app = create_sandbox(settings.var.parent / "sandbox", instance=create_app(settings))
    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


def everything(port):
    """Migrate, load the demonstration municipality the first time, start all processes, stop them on Ctrl-C."""
    sandbox_port = _sandbox_port(port)
    for taken in (port, sandbox_port):
        if _listening(taken):
            print(f"Ports {taken} jau ir aizņemts; izvēlieties citu: make run PORT=…", file=sys.stderr)
            return 1
    env = dict(
        os.environ,
        PKIP_SANDBOX_URL=f"http://127.0.0.1:{sandbox_port}",
        PKIP_BASE_URL=os.environ.get("PKIP_BASE_URL") or f"http://127.0.0.1:{port}",
    )
    for command in (("db", "upgrade"), ("demo", "load", "--if-empty")):
        if code := subprocess.call([*_pkip(), *command], env=env, cwd=ROOT):
            return code
    directory = _directory(sandbox_port + 1, env)
    processes = [
        subprocess.Popen([*_pkip(), *command], env=env, cwd=ROOT)
        for command in (("sandbox", "--port", str(sandbox_port)), ("web", "--port", str(port)), ("worker",))
    ]
    try:
        _wait_until_up(f"http://127.0.0.1:{port}/sign-in", processes)
        _say_hello(port, sandbox_port, env.get("PKIP_LDAP_URL"))
        _wait_for_end(processes)
    except KeyboardInterrupt:
        print()
    finally:
        _stop(processes + directory)
    return 0


def _directory(port, env):
    """OpenLDAP's server when it is installed and no other directory is named. The portal works on without it, so it is
    not among the processes whose end ends all."""
    from portal.identity import slapd
    from portal.kernel.config import Settings

    if env.get("PKIP_LDAP_URL") or slapd.program() is None:
        return []
    if _listening(port) or _listening(port + 1):
        print(f"Porti {port} un {port + 1} ir aizņemti: katalogs (LDAP) netiek palaists", file=sys.stderr)
        return []
    own = Settings.from_env(env)
    place = slapd.prepare(own.var / "directory", own.ldap.base, own.ldap.user, own.ldap.password)
    env["PKIP_LDAP_URL"] = f"ldap://127.0.0.1:{port}"
    return [subprocess.Popen(slapd.command(place, port, port + 1), cwd=ROOT)]


def _pkip():
    return [sys.executable, "-m", "portal"]


def _sandbox_port(port):
    return int(os.environ.get("PKIP_SANDBOX_PORT") or port + 1)


def _listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_until_up(url, processes):
    for _try in range(600):
        if any(process.poll() is not None for process in processes):
            raise SystemExit("pkip: a process ended while starting; its message stands above")
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):  # noqa: S310 - own loopback
            return
        time.sleep(0.1)
    raise SystemExit("pkip: the web server does not answer")


def _say_hello(port, sandbox_port, ldap_url=None):
    from portal.demo.accounts import ACCOUNTS, PASSWORD

    print(
        f"\nPKIP darbojas: http://127.0.0.1:{port}/\nĀrējo sistēmu izmēģinājuma vide: http://127.0.0.1:{sandbox_port}/"
    )
    if ldap_url:
        print(f"Katalogs (LDAP ar StartTLS): {ldap_url}")
    print(f"Paraugkonti (parole visiem: {PASSWORD}):")
    for account in ACCOUNTS:
        print(f"  {account.username:10} {account.name}, {account.position}")
    print("Apturēt: Ctrl-C", flush=True)


def _wait_for_end(processes):
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    while all(process.poll() is None for process in processes):
        time.sleep(0.5)


def _stop(processes):
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + 10
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        if process.poll() is None:
            process.kill()
