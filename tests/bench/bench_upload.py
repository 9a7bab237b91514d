"""How quickly a large file comes in through the resumable upload, and goes out again by ranges, and what memory the web
process takes meanwhile. A real server, and npm's tus client over a line that breaks.

Lines: name value unit ratio. Ratio of a speed: to copying the same file with a SHA-256 in the same run (the budget is
0.5 or more); of memory: to its budget (64 MiB above idle), below 1 is within.
Run: `python -m tests.bench.bench_upload 2048` (MiB).
"""

import hashlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import replace
from pathlib import Path

from portal.app import create_app
from portal.identity import service as identity
from portal.kernel.access import SYSTEM, actor_with
from portal.kernel.config import Settings
from portal.kernel.db import db
from portal.storage import service as storage
from tests import servers
from tests.storage.broken_line import BrokenLine
from tests.storage.test_uploads import ROOT, token_of, web_server

MIB = 1024 * 1024
BUDGET_MIB = 64


def measure_upload(mib):
    """Lines of the measure with one file of so many MiB."""
    with tempfile.TemporaryDirectory() as folder:
        var = Path(folder) / "var"
        env = {"PKIP_VAR": str(var), "PKIP_SANDBOX_URL": "http://127.0.0.1:9"}
        app = create_app(replace(Settings.from_env(env), weak_passwords=True))
        file = Path(folder) / "large.bin"
        with file.open("wb") as out:
            for _n in range(mib):
                out.write(os.urandom(MIB))
        with app.app_context():
            db.create_all()
            identity.install_roles()
            token = token_of(app, "bench")
            copy_s, copy_cpu_s = (min(times) for times in zip(*(_copy(file) for _try in range(2)), strict=True))
            yield f"copy_with_sha256_{mib}_mib {mib / copy_s:.0f} MiB/s -"
            port = servers.free_port()
            with web_server(var, port) as server:
                yield from _sent(app, server, port, token, file, mib, copy_s, copy_cpu_s)
            db.session.remove()
            db.engine.dispose()


def _sent(app, server, port, token, file, mib, copy_s, copy_cpu_s):
    actor = actor_with({"client:bench"}, client="bench")
    idle, cpu = server.memory_mib(), server.cpu_s()
    begun = time.perf_counter()
    url = _plain_client(port, token, file)
    sent_s, cpu_s = time.perf_counter() - begun, server.cpu_s() - cpu
    upload_id = uuid.UUID(url.rsplit("/", 1)[1])
    begun = time.perf_counter()
    storage.finish_upload(SYSTEM, upload_id)
    db.session.commit()
    finish_s = time.perf_counter() - begun
    yield f"upload_{mib}_mib {mib / sent_s:.0f} MiB/s {copy_s / sent_s:.2f}"
    yield f"upload_kept_{mib}_mib {mib / (sent_s + finish_s):.0f} MiB/s {copy_s / (sent_s + finish_s):.2f}"
    # what does not depend on what else the machine does meanwhile
    yield f"upload_processor_{mib}_mib {mib / cpu_s:.0f} MiB/s {copy_cpu_s / cpu_s:.2f}"
    yield _memory("upload", server, idle)
    taken = storage.take_upload(actor, upload_id)
    db.session.commit()
    with BrokenLine(port, (20 * MIB, 300 * MIB), 12) as line:
        begun = time.perf_counter()
        done = subprocess.run(
            ["node", str(ROOT / "tests/storage/tus_client.mjs"), f"http://127.0.0.1:{line.port}/api/v1/uploads", token,
             str(file)], capture_output=True, text=True, check=True,
        )  # fmt: skip
        took_s = time.perf_counter() - begun
        yield f"upload_tus_js_{line.cuts}_breaks_{mib}_mib {mib / took_s:.0f} MiB/s {copy_s / took_s:.2f}"
    upload_id = uuid.UUID(json.loads(done.stdout)["url"].rsplit("/", 1)[1])
    storage.finish_upload(SYSTEM, upload_id)
    db.session.commit()
    again = storage.take_upload(actor, upload_id)
    db.session.commit()
    assert again.sha256 == taken.sha256
    yield _memory("upload_breaks", server, idle)
    yield from _read(taken.sha256, file, mib, copy_s)


def _read(sha256, file, mib, copy_s):
    begun, digest = time.perf_counter(), hashlib.sha256()
    for piece in storage.iter_range(sha256):
        digest.update(piece)
    took_s = time.perf_counter() - begun
    assert digest.hexdigest() == sha256 and file.stat().st_size == mib * MIB
    yield f"read_with_sha256_{mib}_mib {mib / took_s:.0f} MiB/s {copy_s / took_s:.2f}"


def _plain_client(port, token, file):
    """One piece, the whole file."""
    proof = {"Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0"}
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    line.request("POST", "/api/v1/uploads", headers={**proof, "Upload-Length": str(file.stat().st_size)})
    answer = line.getresponse()
    answer.read()
    url = answer.headers["Location"]
    line.blocksize = MIB
    with file.open("rb") as body:
        line.request(
            "PATCH", url, body,
            {**proof, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream",
             "Content-Length": str(file.stat().st_size)},
        )  # fmt: skip
        answer = line.getresponse()
        assert answer.status == 204, answer.read()
    line.close()
    return url


def _memory(name, server, idle):
    above = server.memory_mib("VmHWM") - idle
    return f"{name}_memory_above_idle {above:.0f} MiB {above / BUDGET_MIB:.2f}"


def _copy(source):
    """(seconds, of them of the processor) to copy the file with its SHA-256."""
    begun, cpu, digest = time.perf_counter(), time.process_time(), hashlib.sha256()
    target = source.with_name("copy")
    with source.open("rb") as one, target.open("wb") as other:
        while data := one.read(MIB):
            digest.update(data)
            other.write(data)
    took = time.perf_counter() - begun, time.process_time() - cpu
    target.unlink()
    return took


if __name__ == "__main__":
    for measure in measure_upload(int(sys.argv[1]) if len(sys.argv) > 1 else 2048):
        print(measure, flush=True)
