"""Keeping: damaged files are found, named and given to nobody; viruses are kept apart until somebody decides (14.1)."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from portal.audit.models import AuditRecord
from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden
from portal.storage import clamd
from portal.storage import service as storage
from portal.storage.cli import group
from portal.storage.models import Blob, FixityFinding, FixityRun, ScanState
from portal.storage.words import damage_words
from portal.workflow.models import Task
from tests.documents.factories import make_document, registers  # noqa: F401 - fixtures
from tests.storage.fake_clamd import FakeClamd
from tests.storage.test_service import _tamper, store  # noqa: F401 - a fixture

pytestmark = pytest.mark.req("14.1")
# put together here, so that no scanner takes this file for what it looks like
EICAR = base64.b64decode("WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUhJEgrSCo=")


def _cut(address, length):
    kept = storage._store()
    path = kept.staging() / "short"
    with kept.open(address) as body:
        path.write_bytes(body.read()[:length])
    kept.keep(address, path)


def test_flipped_missing_and_truncated_files_are_found_named_and_refused(store, cast, edgars, run_jobs):  # noqa: F811
    run_jobs()  # what the making of the cast left
    contents = {storage.put(SYSTEM, data).sha256: data for data in (os.urandom(200_000) for _n in range(4))}
    good, flipped, missing, short = contents
    person = db.session.get(type(cast.anna), cast.anna.id)
    person.picture_sha256 = flipped
    first = storage.request_fixity(edgars)
    with pytest.raises(Conflict):
        storage.request_fixity(edgars)
    run_jobs()
    assert (first.finished_at is not None, first.damaged, first.done) == (True, 0, first.total)
    _tamper(flipped)
    storage._store().remove(missing)
    _cut(short, 100_000)
    assert storage.request_due_fixity(SYSTEM) is None and db.session.query(FixityRun).count() == 1
    db.session.commit()
    clock.set_offset(31 * 24 * 3600)
    storage.request_due_fixity(SYSTEM)
    run_jobs()

    found = {row.address: row.why for row in storage.list_damaged(edgars)}
    assert set(found) == {flipped, missing, short}
    assert "missing" in found[missing] and "chunk 0 of 4" in found[flipped] and "length" in found[short]
    hits = storage.hits_of(edgars, set(found))
    assert [hit.table for hit in hits[flipped]] == ["person"] and hits[missing] == []
    assert [damage_words(found[address]) for address in (missing, flipped, short)] == [
        "Tās trūkst", "Tās saturs ir izmainīts", "Tai trūkst beigu vai aiz tām ir kas lieks",
    ]  # fmt: skip
    task = db.session.query(Task).filter_by(kind="storage.damaged").one()
    assert task.role == "it" and "3" in task.title
    for address in found:
        with pytest.raises(storage.DamagedBlob):
            storage.read(address)
        with pytest.raises(storage.DamagedBlob):
            list(storage.iter_range(address, 150_000))
    assert len(storage.read(good)) == 200_000

    told = CliRunner().invoke(group, ["verify", "--json"])
    report = json.loads(told.output)
    assert told.exit_code == 1 and {one["address"] for one in report["damaged"]} == set(found)
    for address in found:
        storage.put(SYSTEM, contents[address])  # the same file sent once more heals it
    db.session.commit()
    assert all(storage.read(address) == contents[address] for address in found)
    storage.request_fixity(edgars)
    run_jobs()
    assert storage.list_damaged(edgars) == []
    assert db.session.query(FixityFinding).filter(FixityFinding.ended_at.isnot(None)).count() == 3
    assert db.session.query(Task).filter_by(kind="storage.damaged").count() == 1
    assert CliRunner().invoke(group, ["verify"]).exit_code == 0
    assert CliRunner().invoke(group, ["rotate-key", "--json"]).exit_code == 0


def test_a_stopped_check_goes_on_where_it_was(app, run_jobs, monkeypatch):
    kept = sorted(storage.put(SYSTEM, os.urandom(100)).sha256 for _n in range(5))
    run = storage.request_fixity(SYSTEM)
    db.session.commit()
    monkeypatch.setattr("portal.storage.service.fixity._SAVED_EVERY_S", -1)
    seen, real = [], storage.verify

    def verify(address):
        if len(seen) == 3:
            seen.append("stop")
            raise KeyboardInterrupt
        seen.append(address)
        real(address)

    monkeypatch.setattr("portal.storage.service.blobs.verify", verify)
    with pytest.raises(KeyboardInterrupt):
        storage.run_fixity(SYSTEM, run.id)
    db.session.rollback()
    storage.run_fixity(SYSTEM, run.id)
    db.session.commit()
    assert [address for address in seen if address != "stop"] == kept and (run.done, run.total) == (5, 5)


def test_what_the_scanner_finds_is_given_to_nobody_until_it_staff_decide(
    app,
    tmp_path,
    edgars,
    anna,
    as_client,
    run_jobs,
    make_document,  # noqa: F811
):
    address = str(tmp_path / "clamd.sock")
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], clamd=address)
    document = make_document(files=[("virus.txt", b"has the word in it"), ("clean.txt", b"harmless")])
    files = {file.name: file for file in documents.files_of(document.id)}
    bad, clean = files["virus.txt"].sha256, files["clean.txt"].sha256
    large = storage.put(SYSTEM, bytes(2_000_000)).sha256
    url = f"/documents/{document.id}/files/{files['virus.txt'].id}"
    browser, staff = as_client("anna"), as_client("edgars")
    run_jobs()  # the scanner is down
    assert browser.get(url).status_code == 409 and storage.waiting_for_scanner()[0] >= 3
    db.session.commit()
    clock.set_offset(600)
    assert storage.scanner_is_silent()
    page = staff.get("/admin/storage").get_data(as_text=True)
    assert "Vīrusu skeneris neatbild" in page
    with FakeClamd(address, b"word") as scanner:
        run_jobs(periodic=True)
        db.session.expire_all()
        while storage.waiting_for_scanner()[0]:
            storage.scan_waiting(SYSTEM)
        db.session.commit()
        assert scanner.seen >= 2
    assert storage.get_blob(clean).scan is ScanState.CLEAN and storage.read(clean) == b"harmless"
    assert {blob.sha256 for blob in storage.list_quarantined(edgars)} == {bad, large}
    assert storage.get_blob(bad).scan_cause == "Test.Signature" and "limit" in storage.get_blob(large).scan_cause
    for give in (storage.read, storage.iter_range, storage.open):
        with pytest.raises(storage.Withheld):
            give(bad)
    with pytest.raises(Forbidden):
        storage.list_quarantined(anna)
    assert db.session.query(Task).filter_by(kind="storage.quarantined").count() == 2

    page = staff.get("/admin/storage").get_data(as_text=True)
    assert "Test.Signature" in page and document.number in page
    decide = f"/admin/storage/quarantine/{bad}"
    assert staff.post(decide, data={"reason": " ", "release": "1"}).status_code == 422
    assert browser.post(decide, data={"reason": "x", "release": "1"}).status_code == 403
    assert staff.post(decide, data={"reason": "Kļūdaina atrade", "release": "1"}).status_code == 303
    assert storage.read(bad) == b"has the word in it"
    assert staff.post(decide, data={"reason": "vēlreiz", "destroy": "1"}).status_code == 409
    large_decision = {"reason": "Nav vajadzīga", "destroy": "1"}
    assert staff.post(f"/admin/storage/quarantine/{large}", data=large_decision).status_code == 303
    with pytest.raises(storage.Withheld):
        storage.read(large)
    assert storage._store().size(large) is None
    reasons = dict(
        db.session.query(AuditRecord.action, AuditRecord.reason).filter(
            AuditRecord.action.in_(["storage.released", "storage.destroyed"])
        )
    )
    assert reasons == {"storage.released": "Kļūdaina atrade", "storage.destroyed": "Nav vajadzīga"}
    # without a scanner nothing is held back
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], clamd="")
    assert list(storage.iter_range(storage.put(SYSTEM, b"unscanned").sha256)) == [b"unscanned"]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("clamd") is None, reason="ClamAV's daemon is not installed")
def test_the_real_daemon_answers_as_our_client_expects(app, tmp_path):
    (tmp_path / "db").mkdir()
    digest = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()
    (tmp_path / "db" / "own.hdb").write_text(f"{digest}:{len(EICAR)}:Own.Test\n")
    (tmp_path / "clamd.conf").write_text(
        f"LocalSocket {tmp_path}/s\nDatabaseDirectory {tmp_path}/db\nForeground yes\nStreamMaxLength 1M\n"
        f"User {os.environ.get('USER', 'root')}\n"
    )
    daemon = subprocess.Popen(["clamd", "-c", str(tmp_path / "clamd.conf")], stdout=subprocess.DEVNULL)
    try:
        while not (tmp_path / "s").exists():
            assert daemon.poll() is None
            time.sleep(0.05)
        address = str(tmp_path / "s")
        assert clamd.version(address).startswith("ClamAV")
        assert clamd.scan(address, [b"harmless"]) == ""
        assert clamd.scan(address, [EICAR]).startswith("Own.Test")
        with pytest.raises(clamd.NotScanned):
            clamd.scan(address, [bytes(65536)] * 64)
    finally:
        daemon.terminate()
        daemon.wait()


def test_a_copy_of_the_database_finds_its_files_in_a_copy_of_the_store_made_after_it(app, tmp_path, monkeypatch):
    kept, named = storage._store(), []
    real = kept.keep

    def keep(address, path):
        with db.engine.connect() as other:  # as a backup that runs at this moment sees it
            named.append(other.scalar(sa.select(Blob.sha256).where(Blob.sha256 == address)))
        real(address, path)

    monkeypatch.setattr(kept, "keep", keep)
    first = storage.put(SYSTEM, os.urandom(70_000))
    assert named == [None] and kept.size(first.sha256)  # bytes before rows
    db.session.commit()
    with db.engine.connect() as copied:
        rows = copied.scalars(sa.select(Blob.sha256).where(Blob.erased_at.is_(None))).all()
    storage.put(SYSTEM, b"kept between the two copies")
    db.session.rollback()  # its row is in no copy: a file too many, which harms nothing
    assert all(kept.size(address) for address in rows)
    assert list(storage.verify_all()) == []
