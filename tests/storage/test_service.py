"""Storing over both stores: files and the S3 protocol (moto's server over real HTTP)."""

import io
import os
import subprocess
import sys
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, ExternalUnavailable
from portal.storage import service as storage
from portal.storage.service import blobs
from tests import servers


@pytest.fixture(params=["files", pytest.param("s3", marks=pytest.mark.server)])
def store(app, request):
    """The instance with its blobs in a folder, then in a bucket."""
    url = ""
    if request.param == "s3":
        bucket = f"b{uuid.uuid4().hex[:12]}"
        endpoint = servers.s3()
        servers._make_bucket(bucket)
        url = f"s3://{bucket}/blobs?endpoint={endpoint}"
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], blobs_url=url)
    app.extensions.pop("pkip.storage", None)
    return app


def _tamper(address, offset=300):
    """Change one byte of a stored file behind the service's back."""
    store = storage._store()
    with store.open(address) as body:
        data = bytearray(body.read())
    data[offset] ^= 1
    path = store.staging() / "tampered"
    path.write_bytes(data)
    store.keep(address, path)


@pytest.mark.req("14.1")
def test_a_stream_is_kept_once_and_read_back_whole_and_in_ranges(store):
    content = os.urandom(300_000)
    first = storage.put(SYSTEM, io.BytesIO(content))
    second = storage.put(SYSTEM, content)
    db.session.commit()
    assert first is second and first.size_bytes == 300_000
    assert storage.read(first.sha256) == content
    assert b"".join(storage.iter_range(first.sha256, 65_000, 140_000)) == content[65_000:140_000]
    with storage.open(first.sha256) as stream:
        stream.seek(-10, 2)
        assert stream.read() == content[-10:]
        stream.seek(131_072)
        assert stream.read(7) == content[131_072:131_079]
    assert [path for path in storage._store().staging().iterdir() if path.is_file()] == []


@pytest.mark.req("6.1", "14.1")
def test_a_changed_byte_is_found_and_only_the_damaged_blob_is_named(store):
    good, bad = (storage.put(SYSTEM, os.urandom(100_000)) for _ in range(2))
    db.session.commit()
    assert list(storage.verify_all()) == []
    _tamper(bad.sha256)
    seen = []
    assert list(storage.verify_all(lambda done, total: seen.append((done, total)))) == [bad.sha256]
    assert seen == [(1, 2), (2, 2)]
    with pytest.raises(storage.DamagedBlob) as found:
        storage.read(bad.sha256)
    assert found.value.address == bad.sha256
    assert len(storage.read(good.sha256)) == 100_000


def test_a_blob_that_is_listed_but_gone_is_named(store):
    from portal.storage.models import Blob

    missing = "ab" * 32
    db.session.add(Blob(sha256=missing, size_bytes=5))
    db.session.commit()
    assert list(storage.verify_all()) == [missing]


def test_putting_again_heals_a_blob_that_was_cut_short(store):
    blob = storage.put(SYSTEM, b"y" * 200_000)
    db.session.commit()
    path = storage._store().staging() / "short"
    with storage._store().open(blob.sha256) as body:
        path.write_bytes(body.read()[:1000])
    storage._store().keep(blob.sha256, path)
    assert list(storage.verify_all()) == [blob.sha256]
    storage.put(SYSTEM, b"y" * 200_000)
    assert list(storage.verify_all()) == []


def test_bytes_destroyed_while_they_are_put_again_are_asked_for_once_more(store):
    sha256 = storage.put(SYSTEM, b"the same").sha256
    storage.erase(sha256)
    db.session.commit()
    with pytest.raises(Conflict):  # they were still there when it was seen that they need not be written
        blobs.enlist(SYSTEM, sha256, 8, "text/plain")
    db.session.rollback()
    assert storage.put(SYSTEM, b"the same").erased_at is None and storage.read(sha256) == b"the same"


def test_the_wrapping_key_can_be_changed_while_files_are_read(store):
    blobs = [storage.put(SYSTEM, os.urandom(1000)) for _ in range(3)]
    db.session.commit()
    first, second = os.urandom(32), os.urandom(32)
    _settings(store, blob_key=first)  # the instance key still opens what it wrapped
    assert list(storage.verify_all()) == []
    assert storage.rotate_wrapping() == (3, [])
    assert storage.rotate_wrapping() == (0, [])
    _settings(store, blob_key=second)
    assert len(list(storage.verify_all())) == 3
    changed, unreadable = storage.rotate_wrapping()
    assert changed == 0 and {error.address for error in unreadable} == {blob.sha256 for blob in blobs}
    _settings(store, old_blob_keys=(first,))
    assert len(storage.read(blobs[0].sha256)) == 1000
    seen = []
    with pytest.raises(KeyboardInterrupt):  # stopped after the first, and run again
        storage.rotate_wrapping(progress=lambda done, changed: (_ for _ in ()).throw(KeyboardInterrupt))
    assert storage.rotate_wrapping(progress=lambda *at: seen.append(at)) == (2, [])
    assert seen == [(1, 0), (2, 1), (3, 2)]
    _settings(store, old_blob_keys=())
    assert list(storage.verify_all()) == []


def _settings(app, **changes):
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], **changes)


def test_a_store_that_does_not_answer_is_unavailable_and_nothing_is_left_behind(app):
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
    port = servers.free_port()
    app.extensions["pkip.settings"] = replace(
        app.extensions["pkip.settings"], blobs_url=f"s3://nowhere?endpoint=http://127.0.0.1:{port}"
    )
    app.extensions.pop("pkip.storage", None)
    with pytest.raises(ExternalUnavailable):
        storage.put(SYSTEM, b"content")
    assert [p for p in storage._store().staging().iterdir() if p.is_file()] == []


@pytest.mark.slow
def test_putting_a_large_stream_takes_constant_memory(app, tmp_path):
    script = """
import io, resource, sys
sys.path.insert(0, sys.argv[1])
from portal.storage import blob_format as bf
class Zeros:
    left = 256 * 1024 * 1024
    def read(self, n):
        n = min(n, self.left); self.left -= n; return bytes(n)
key = bf.WrappingKey(b"k" * 32)
with open(sys.argv[2], "wb") as warm: bf.encode(io.BytesIO(b"x" * 200000), warm, key)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(sys.argv[2], "wb") as out: bf.encode(Zeros(), out, key)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script, str(root), str(tmp_path / "big")], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 16 * 1024  # KiB
