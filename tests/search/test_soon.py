"""A change is found soon after, by the worker as `make run` starts it (15.1: within 5 s)."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal.kernel import queue
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.search import service as search
from tests import servers

ROOT = Path(__file__).resolve().parents[2]
# the message alone must wake it: neither the sweep nor what is done every half minute does
WORKER = "from portal import run; run._SWEEP_S = 86400.0; run.worker()"


@pytest.mark.req("15.1")
@pytest.mark.alike
def test_a_changed_record_is_found_once_the_message_wakes_the_worker(app, cast, tmp_path):
    if servers.wanted():
        pytest.skip("it is about the worker that `make run` starts, which is the one of the embedded instance")
    env = {**os.environ, "PKIP_VAR": str(tmp_path / "var"), "PKIP_SANDBOX_URL": "http://127.0.0.1:9"}
    queue.connect(app)
    worker = subprocess.Popen([sys.executable, "-c", WORKER], env=env, cwd=ROOT, start_new_session=True)
    try:
        cast.anna.family_name = "Zvaigznīte"
        db.session.commit()
        assert _found_within("zvaigznīte", worker, 300)  # the start, with the dictionary, takes its time
        cast.anna.family_name = "Saulgrieze"
        db.session.commit()
        assert _found_within("saulgrieze", worker, 120)  # a second or two; a busy machine takes longer
    finally:
        worker.terminate()
        worker.wait(60)
        app.extensions.pop("pkip.wake")


def _found_within(word, worker, wait_s):
    """Is it found while the worker runs, before so many seconds have gone by?"""
    stop_at = time.monotonic() + wait_s
    while worker.poll() is None and time.monotonic() < stop_at:
        found = search.find(SYSTEM, word).total
        db.session.rollback()
        if found:
            return True
        time.sleep(0.1)
    return False
