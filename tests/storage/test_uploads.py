"""Files in pieces, over HTTP (tus 1.0), and through a real server that is killed behind a line that breaks."""

import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path

import pytest

from portal.identity.service import clients
from portal.kernel import clock
from portal.kernel.access import SYSTEM, actor_with
from portal.kernel.db import db
from portal.kernel.errors import Conflict, NotFound
from portal.storage import service as storage
from portal.storage.service import uploads
from tests import servers
from tests.storage.broken_line import BrokenLine

pytestmark = pytest.mark.req("14.1")
ROOT = Path(__file__).resolve().parents[2]
PIECE = {"Content-Type": "application/offset+octet-stream"}


def token_of(app, name):
    """An access token of a system that stores files."""
    _client, secret = clients.register(
        SYSTEM, name, name=name, auth_method="client_secret_basic", grant_types=["client_credentials"],
        scopes=["store:read", "store:write"],
    )  # fmt: skip
    db.session.commit()
    proof = base64.b64encode(f"{name}:{secret}".encode()).decode()
    answer = app.test_client().post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {proof}"}
    )
    return answer.json["access_token"]


class Tus:
    """A client that does exactly what a test says."""

    def __init__(self, app, token):
        self._http = app.test_client()
        self.headers = {"Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0"}

    def __call__(self, method, url, status, data=None, **headers):
        given = {name.replace("_", "-"): str(value) for name, value in headers.items() if value is not None}
        answer = self._http.open(
            url, method=method, data=data, headers={**self.headers, **(PIECE if data is not None else {}), **given}
        )
        assert answer.status_code == status, (method, answer.status_code, answer.get_data(as_text=True))
        return answer

    def make(self, size, **headers):
        return self("POST", "/api/v1/uploads", 201, Upload_Length=size, **headers).headers["Location"]


def test_a_file_comes_in_pieces_of_any_size_and_is_used_once(app, run_jobs):
    app.config["MAX_CONTENT_LENGTH"] = 50_000  # what a form may bring
    tus, other = Tus(app, token_of(app, "lietvediba")), Tus(app, token_of(app, "cita"))
    told = tus("OPTIONS", "/api/v1/uploads", 204).headers
    assert told["Tus-Version"] == "1.0.0" and "checksum" in told["Tus-Extension"]
    assert tus("POST", "/api/v1/uploads", 412, Upload_Length=1, Tus_Resumable="0.2").headers["Tus-Version"] == "1.0.0"
    tus("POST", "/api/v1/uploads", 413, Upload_Length=6 * 1024**3)
    tus("POST", "/api/v1/uploads", 422, Upload_Length="x")

    content = os.urandom(300_000)
    name = base64.b64encode("plāns.pdf".encode()).decode()
    url = tus.make(len(content), Upload_Metadata=f"filename {name}")
    other("HEAD", url, 404)
    other("PATCH", url, 404, content[:10], Upload_Offset=0)
    tus("PATCH", url, 415, content[:10], Upload_Offset=0, Content_Type="text/plain")
    at = 0
    for size in (10, 65_536, 100_000, 1, 30_989):
        answer = tus("PATCH", url, 204, content[at : at + size], Upload_Offset=at)
        at += size
        assert answer.headers["Upload-Offset"] == str(at)
    tus("PATCH", url, 409, content[:10], Upload_Offset=at - 1)
    tus("PATCH", url, 413, content[at:] + b"more", Upload_Offset=at)
    head = tus("HEAD", url, 200).headers
    assert (head["Upload-Offset"], head["Upload-Length"]) == (str(at), "300000") and head["Upload-Expires"]

    wrong = base64.b64encode(hashlib.sha1(b"other", usedforsecurity=False).digest()).decode()
    right = base64.b64encode(hashlib.sha256(content[at : at + 70_000]).digest()).decode()
    tus("PATCH", url, 460, content[at : at + 70_000], Upload_Offset=at, Upload_Checksum=f"sha1 {wrong}")
    assert tus("HEAD", url, 200).headers["Upload-Offset"] == str(at)
    tus("PATCH", url, 204, content[at : at + 70_000], Upload_Offset=at, Upload_Checksum=f"sha256 {right}")
    at += 70_000
    upload_id = url.rsplit("/", 1)[1]
    owner = actor_with({"client:lietvediba"}, client="lietvediba")
    with pytest.raises(Conflict):
        storage.take_upload(owner, uuid.UUID(upload_id))
    tus("POST", url, 204, content[at:], Upload_Offset=at, X_HTTP_Method_Override="PATCH")
    assert tus("GET", url, 200).json["state"] == "checking"
    run_jobs()
    told = tus("GET", url, 200).json
    assert told["state"] == "ready" and told["sha256"] == hashlib.sha256(content).hexdigest()
    tus("PATCH", url, 409, b"", Upload_Offset=300_000)

    taken = storage.take_upload(owner, uuid.UUID(upload_id))
    db.session.commit()
    assert storage.read(taken.sha256) == content and taken.name == "plāns.pdf"
    with pytest.raises(NotFound):
        storage.take_upload(owner, uuid.UUID(upload_id))


def test_what_is_ended_or_late_is_gone_and_one_writer_at_a_time(app, run_jobs):
    tus = Tus(app, token_of(app, "lietvediba"))
    empty = tus.make(0)
    short = tus("POST", "/api/v1/uploads", 201, b"all of it", Upload_Length=9).headers["Location"]
    run_jobs()
    assert [tus("GET", url, 200).json["size"] for url in (empty, short)] == [0, 9]
    kept = tus("GET", short, 200).json["sha256"]
    assert kept == hashlib.sha256(b"all of it").hexdigest() and storage.read(kept) == b"all of it"
    tus("DELETE", empty, 204)
    tus("HEAD", empty, 404)

    url = tus.make(100_000)
    tus("PATCH", url, 204, b"x" * 70_000, Upload_Offset=0)
    with uploads._writing(uuid.UUID(url.rsplit("/", 1)[1])):
        tus("PATCH", url, 423, b"x" * 10, Upload_Offset=70_000)
        tus("DELETE", url, 423)
    clock.set_offset(3 * 24 * 3600)
    tus("HEAD", url, 404)
    storage.drop_old_uploads(SYSTEM)
    db.session.commit()
    assert list(uploads._folder().iterdir()) == []
    with pytest.raises(NotFound):
        storage.read(kept)  # nobody made anything of it


def test_bytes_that_rot_while_waiting_are_refused_and_a_lost_hash_is_computed_anew(app, run_jobs):
    tus = Tus(app, token_of(app, "lietvediba"))
    content = os.urandom(200_000)
    good, bad = tus.make(len(content)), tus.make(len(content))
    for url in (good, bad):
        tus("PATCH", url, 204, content[:150_000], Upload_Offset=0)
        app.extensions.pop("pkip.upload_hashes")  # the process began anew
        tus("PATCH", url, 204, content[150_000:], Upload_Offset=150_000)
    path = uploads._path(bad.rsplit("/", 1)[1])
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    run_jobs()
    assert tus("GET", good, 200).json["sha256"] == hashlib.sha256(content).hexdigest()
    told = tus("GET", bad, 200).json
    assert told["state"] == "failed" and told["problem"] and not path.exists()


def test_who_is_killed_after_handing_a_file_over_finds_it_again(app, run_jobs, monkeypatch):
    tus = Tus(app, token_of(app, "lietvediba"))
    content = os.urandom(70_000)
    url = tus("POST", "/api/v1/uploads", 201, content, Upload_Length=len(content)).headers["Location"]
    upload_id = uuid.UUID(url.rsplit("/", 1)[1])
    with monkeypatch.context() as patch:
        patch.setattr(uploads.blobs, "enlist", None)
        with pytest.raises(TypeError):
            storage.finish_upload(SYSTEM, upload_id)
    db.session.rollback()
    assert not uploads._path(upload_id).exists()
    storage.finish_upload(SYSTEM, upload_id)
    db.session.commit()
    told = tus("GET", url, 200).json
    assert told["state"] == "ready" and storage.read(told["sha256"]) == content


@pytest.mark.slow
@pytest.mark.alike
def test_a_client_from_npm_gets_through_a_breaking_line_and_a_killed_server(app, tmp_path, run_jobs):
    if servers.wanted():
        pytest.skip("the server is started over the embedded instance")
    token = token_of(app, "lietvediba")
    content = os.urandom(24 * 1024 * 1024)
    file = tmp_path / "scan.bin"
    file.write_bytes(content)
    port = servers.free_port()
    with web_server(tmp_path / "var", port) as first, BrokenLine(port, (400_000, 4_000_000), 8) as line:
        client = subprocess.Popen(
            ["node", str(ROOT / "tests/storage/tus_client.mjs"), f"http://127.0.0.1:{line.port}/api/v1/uploads", token,
             str(file)], stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        while line.cuts < 3:
            assert client.poll() is None
            time.sleep(0.01)
        first.kill()  # in the middle of a piece
        first.wait()
        with web_server(tmp_path / "var", port):
            out, _error = client.communicate(timeout=120)
    assert client.returncode == 0 and line.cuts >= 4
    run_jobs()
    upload_id = uuid.UUID(json.loads(out)["url"].rsplit("/", 1)[1])
    taken = storage.take_upload(actor_with({"client:lietvediba"}, client="lietvediba"), upload_id)
    assert taken.sha256 == hashlib.sha256(content).hexdigest() and storage.read(taken.sha256) == content


class web_server:
    """gunicorn as `make run` starts it, over the instance's folder."""

    def __init__(self, var, port):
        self._port = port
        self._env = {**os.environ, "PKIP_VAR": str(var), "PKIP_SANDBOX_URL": "http://127.0.0.1:9"}

    def __enter__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "portal", "web", "--port", str(self._port)], env=self._env, cwd=ROOT,
            start_new_session=True,
        )  # fmt: skip
        for _try in range(1200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self._port}/sign-in", timeout=5).close()
                return self
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the web server does not answer")

    def kill(self):
        """The whole group at once, as a power cut would."""
        os.killpg(self._process.pid, signal.SIGKILL)

    def memory_mib(self, field="VmRSS"):
        """What the process that answers takes now (VmRSS), or took at most (VmHWM)."""
        status = Path(f"/proc/{self._worker()}/status").read_text()
        return int(status.split(field + ":")[1].split()[0]) / 1024

    def cpu_s(self):
        """Seconds of the processor that it has used."""
        fields = Path(f"/proc/{self._worker()}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _worker(self):
        return Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()[0]

    def wait(self):
        self._process.wait()

    def __exit__(self, *_error):
        if self._process.poll() is None:
            self.kill()
            self._process.wait()
