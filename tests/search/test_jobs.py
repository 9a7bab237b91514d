"""The index follows the database, whatever happens to the process that writes it."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict
from portal.search import backends, indexing
from portal.search import service as search
from portal.search.models import SearchEntry


def _found(query):
    return search.find(SYSTEM, query).total


def test_changes_of_one_transaction_ask_for_one_run_and_a_run_twice_changes_nothing(put):
    for number in range(5):
        put(f"Ceļa remonts {number}")
    assert search.index_pending() == 5
    assert search.index_pending() == 0
    assert _found("ceļi") == 5
    db.session.execute(SearchEntry.__table__.update().values(pending=True))
    assert search.index_pending() == 5
    assert _found("ceļi") == 5


def test_a_change_during_the_writing_stays_pending(put, monkeypatch):
    changed = put("Ceļa remonts")
    backend = backends.current()
    write = type(backend).update

    def update_and_change(self, entries, gone):
        result = write(self, entries, gone)
        if entries[0].title == "Ceļa remonts":
            put("Tilta remonts", object_id=changed)
        return result

    monkeypatch.setattr(type(backend), "update", update_and_change)
    assert search.index_pending() == 2
    assert (_found("ceļi"), _found("tilti")) == (0, 1)


def test_a_job_killed_before_it_marks_what_it_wrote_is_repeated_without_doubles(put, monkeypatch):
    put("Ceļa remonts")
    monkeypatch.setattr(indexing, "released", _dies_after)
    with pytest.raises(KeyboardInterrupt):
        search.index_pending()
    db.session.rollback()
    monkeypatch.undo()
    assert db.session.query(SearchEntry).filter_by(pending=True).count() == 1
    assert search.index_pending() == 1
    assert _found("ceļi") == 1


class _dies_after:
    """Stands for a process that dies once the index is written."""

    def __enter__(self):
        db.session.commit()

    def __exit__(self, *_error):
        raise KeyboardInterrupt


def test_a_writer_killed_while_writing_leaves_the_index_readable_and_free(put, app, index):
    put("Ceļa remonts")
    search.index_pending()
    if index != "files":
        pytest.skip("PostgreSQL rolls an unfinished transaction back itself")
    folder = backends.current().folder
    script = textwrap.dedent(f"""
        import os, signal
        from pathlib import Path
        from portal.search.backends import Entry
        from portal.search.backends.whoosh_backend import WhooshBackend
        def entries():
            for n in range(2000):
                if n == 1500:
                    os.kill(os.getpid(), signal.SIGKILL)
                yield Entry(str(n), "document", "", None, "x", f"Tilta remonts {{n}}", "", "teksts " * 50)
        class Lazy(list):
            def __iter__(self): return entries()
        WhooshBackend(Path({str(folder)!r})).update(Lazy(), [])
    """)
    done = subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": os.getcwd()}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert (_found("ceļi"), _found("tilti")) == (1, 0)
    put("Tilta remonts")
    assert search.index_pending() == 1
    assert _found("tilti") == 1


def test_a_rebuild_holds_everything_and_searching_goes_on_meanwhile(put):
    put("Ceļa remonts")
    put("Tilta remonts")
    search.index_pending()
    during = []
    assert search.rebuild(progress=lambda _done: during.append(_found("remonts"))) == 2
    assert during == [2]
    assert _found("remonti") == 2


def test_two_writers_never_meet(put):
    put("Ceļa remonts")
    search.index_pending()
    refused = []

    def try_others(_done):
        refused.append(backends.current().update([], []))
        with pytest.raises(Conflict):
            backends.current().rebuild([])

    assert search.rebuild(progress=try_others) == 1
    assert refused == [False]
    assert _found("ceļi") == 1


def test_an_empty_instance_finds_nothing_and_rebuilds_to_nothing(index):
    assert _found("ceļi") == 0
    assert search.rebuild() == 0
    assert _found("ceļi") == 0
