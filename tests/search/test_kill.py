"""The indexing worker is killed (kill -9) while it writes the Whoosh index, at chosen points of the writing.

PKIP_KILL_TRIALS asks for more points than the usual four.
"""

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.search import service as search
from tests import servers

TRIALS = int(os.environ.get("PKIP_KILL_TRIALS", "4"))
ENTRIES = 30
# Reads points, one a line, and lets a worker of its own process live up to each: the nth write of a file, or a named
# point. Answers with the worker's end and the number of its writes.
WORKERS = textwrap.dedent("""
    import json, os, signal, sys
    from pathlib import Path
    from whoosh.filedb.filestore import FileStorage
    from whoosh.filedb.structfile import StructFile
    from portal.app import create_app
    from portal.kernel.config import Settings
    from portal.kernel.db import db
    from portal.search import latvian, service as search
    from portal.search.backends.whoosh_backend import WhooshBackend

    seen, point = 0, None

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def count(owner, name):
        function = getattr(owner, name)
        def call(*args, **kwargs):
            global seen
            seen += 1
            if seen == point:
                die()
            return function(*args, **kwargs)
        setattr(owner, name, call)

    def name_around(owner, name, before, after):
        function = getattr(owner, name)
        def call(*args, **kwargs):
            if point == before:
                die()
            result = function(*args, **kwargs)
            if point == after:
                die()
            return result
        setattr(owner, name, call)

    for owner, name in ((StructFile, "write"), (FileStorage, "create_file"), (FileStorage, "delete_file")):
        count(owner, name)
    name_around(FileStorage, "rename_file", "before the new state is named", "after the new state is named")
    name_around(WhooshBackend, "update", "before all", "after the commit, before the marks")
    var, database = json.loads(sys.argv[1])
    settings = Settings.for_tests(Path(var).parent, database_url=database)
    assert str(settings.var) == var
    app = create_app(settings)
    latvian.keys("vārds")
    for line in sys.stdin:
        point, (out, into) = json.loads(line), os.pipe()
        worker = os.fork()
        if not worker:
            with app.app_context():
                search.index_pending()
                db.session.commit()
            os.write(into, str(seen).encode())
            os._exit(0)
        os.close(into)
        _pid, status = os.waitpid(worker, 0)
        print(os.waitstatus_to_exitcode(status), os.read(out, 20).decode() or 0, flush=True)
""")


@pytest.fixture
def work(app):
    """`work(point)`: a worker's exit code and the number of its writes."""
    settings = app.extensions["pkip.settings"]
    told = json.dumps([str(settings.var), settings.database_url])
    with subprocess.Popen(
        [sys.executable, "-c", WORKERS, told], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as workers:

        def ask(point):
            workers.stdin.write(json.dumps(point) + "\n")
            workers.stdin.flush()
            return [int(number) for number in workers.stdout.readline().split()]

        yield ask
        workers.stdin.close()


def _found(query):
    return search.find(SYSTEM, query).total


@pytest.mark.req("15.1")
@pytest.mark.skipif(servers.wanted(), reason="PostgreSQL undoes itself what a killed writer of its table began")
@pytest.mark.parametrize("index", ["files"], indirect=True)
def test_a_worker_killed_anywhere_leaves_the_index_whole_and_nothing_is_missing_afterwards(put, index, work):
    ids = [put(f"Nulle {number}", "Sākuma teksts par ceļiem.") for number in range(ENTRIES)]
    ended, writes = work(None)
    assert ended == 0
    points = ["before the new state is named", "after the new state is named", "after the commit, before the marks"]
    points += [writes * number // (TRIALS - 2) for number in range(1, TRIALS - 2)]
    state = "nulle"
    for trial, point in enumerate(points):
        word = f"kārta{trial}"
        search.remove("document", ids.pop(0))
        for number, object_id in enumerate([*ids, None]):
            object_id = put(f"{word} {number}", "Pārrakstīts teksts par tiltiem.", object_id=object_id)
        ids.append(object_id)
        ended, _writes = work(point)
        assert ended == -signal.SIGKILL, point
        db.session.expire_all()
        # the old state or the new one, whole; of the old one what was removed counts no more
        assert (_found(state), _found(word)) in ((ENTRIES - 1, 0), (0, ENTRIES)), point
        while search.index_pending():
            pass
        db.session.commit()
        assert (_found(state), _found(word), _found("teksts")) == (0, ENTRIES, ENTRIES), point
        state = word
