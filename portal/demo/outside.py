"""The sandbox of outside systems answers in this process while the past is made, so that its signatures, deliveries and
messages to PSPP went the same way as those of today."""

import threading
from contextlib import contextmanager
from dataclasses import fields, replace

import sqlalchemy as sa
from flask import current_app
from werkzeug.serving import WSGIRequestHandler, make_server

from portal.kernel import clock, jobs
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.events import Outbox, OutboxState
from portal.sandbox.app import create_sandbox

# many, and the same whenever they are done: the worker does them when it starts
LATER = ("search.index_pending", "documents.process_files", "cases.send_status", "signing.fetch_certificate")


class _Quiet(WSGIRequestHandler):
    def log_request(self, code="-", size="-"):
        """Say nothing: the load has its own progress."""


def sandbox_folder():
    """Where the sandbox of this installation keeps what it remembers."""
    return settings().var.parent / "sandbox"


@contextmanager
def answering():
    """Within: the instance's outside systems answer. Gives the sandbox's store."""
    instance, before = current_app._get_current_object(), settings()
    other = create_sandbox(sandbox_folder(), instance=instance)
    server = make_server("127.0.0.1", 0, other, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    texts = {field.name: str(getattr(before, field.name)) for field in fields(before)}
    moved = {
        name: url + text.removeprefix(before.sandbox_url)
        for name, text in texts.items()
        if text.startswith(before.sandbox_url)
    }
    instance.extensions["pkip.settings"] = replace(before, **moved)
    try:
        yield other.extensions["sandbox.store"]
    finally:
        instance.extensions["pkip.settings"] = before
        server.shutdown()
        thread.join()
        server.server_close()


def work_off():
    """Do the jobs that are due and those they cause, except the many that a worker does better."""
    app = current_app._get_current_object()
    db.session.commit()
    while waiting := _due():
        for entry_id in waiting:
            with app.app_context():
                jobs.perform(entry_id)


def _due():
    found = list(
        db.session.scalars(
            sa.select(Outbox.id)
            .where(Outbox.state == OutboxState.WAITING, Outbox.next_at <= clock.real_now(), Outbox.job.not_in(LATER))
            .order_by(Outbox.next_at)
        )
    )
    db.session.rollback()
    return found
