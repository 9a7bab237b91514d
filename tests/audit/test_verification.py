"""Damage of every kind is found and named: by the function, the command line and the page."""

import json

import pytest
import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit.cli import group
from portal.audit.findings import Damage
from portal.audit.models import AuditCheckpoint, AuditRecord, AuditTile
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.db import db, new_id
from portal.storage import service as storage

table = AuditRecord.__table__


@pytest.fixture
def log(app):
    """A sealed log: three checkpoints over 300 records, one of them with personal data; one record waits."""
    for start in (0, 100, 200):
        for number in range(start, start + 100):
            audit.record(SYSTEM, "document.registered", object_kind="document", object_id=str(number),
                         label=f"1.2/{number}", personal={"name": "Ilze"} if number == 50 else None)  # fmt: skip
        db.session.commit()
        audit.seal(SYSTEM)
    audit.record(SYSTEM, "document.registered", object_kind="document", object_id="300", label="1.2/300")
    db.session.commit()


def run(statement, **values):
    db.session.execute(sa.text(statement), values)
    db.session.commit()


def row_at(index):
    return db.session.execute(sa.select(table).where(table.c.leaf_index == index)).one()._asdict()


def found():
    db.session.commit()
    return [(finding.kind, finding.name) for finding in audit.verify().findings]


def command(app, *arguments):
    db.session.commit()
    return app.test_cli_runner().invoke(group, arguments)


@pytest.mark.req("6.1")
def test_intact_log_is_said_to_be_intact(log, app):
    seen = []
    report = audit.verify(lambda *step: seen.append(step))
    assert report.is_intact and (report.records, report.unsealed, report.checkpoints) == (300, 1, 3)
    assert ("records", 300, 300) in seen
    answer = command(app, "verify", "--json")
    assert answer.exit_code == 0 and json.loads(answer.stdout)["intact"] is True


@pytest.mark.req("6.1")
def test_changed_byte_in_a_row_is_named(log, app):
    run("update audit_record set label = '1.2/9999' where leaf_index = 41")
    assert found() == [(Damage.RECORD_CHANGED, "42")]
    answer = command(app, "verify")
    assert answer.exit_code == 1 and "42" in answer.output and "1.2/9999" in answer.output
    report = json.loads(command(app, "verify", "--json").stdout)
    assert report["intact"] is False and report["findings"][0]["name"] == "42"


@pytest.mark.req("6.1")
def test_row_changed_together_with_its_hash_is_named_too(log):
    from portal.audit import keys, records

    row = row_at(41) | {"label": "1.2/9999"}
    leaf = records.leaf_of(records.leaf_text([row[name] for name in records.LEAF_FIELDS]))
    db.session.execute(sa.update(table).where(table.c.leaf_index == 41).values(
        label="1.2/9999", leaf_hash=leaf, origin_mac=records.origin_of(keys.origin_key(), leaf)))  # fmt: skip
    assert found() == [(Damage.RECORD_CHANGED, "42")]


@pytest.mark.req("6.1")
def test_changed_hash_alone_is_named(log):
    db.session.execute(sa.update(table).where(table.c.leaf_index == 299).values(leaf_hash=bytes(32)))
    assert found() == [(Damage.RECORD_CHANGED, "300")]


@pytest.mark.req("6.1")
@pytest.mark.parametrize("index", [0, 150, 299])
def test_removed_row_is_named(log, index):
    run("delete from audit_record where leaf_index = :i", i=index)
    assert found() == [(Damage.RECORD_MISSING, str(index + 1))]


@pytest.mark.req("6.1")
def test_inserted_row_is_named_wherever_it_stands(log):
    forged = row_at(10) | {"id": new_id(), "leaf_index": None, "label": "viltots"}
    db.session.execute(sa.insert(table), [forged])
    assert found() == [(Damage.RECORD_CHANGED, str(forged["id"]))]
    db.session.execute(sa.update(table).where(table.c.id == forged["id"]).values(leaf_index=300))
    assert (Damage.RECORD_INSERTED, "301") in found()


@pytest.mark.req("6.1")
def test_row_inserted_with_a_right_hash_betrays_itself_after_sealing_too(log):
    from portal.audit import records

    forged = row_at(10) | {"id": new_id(), "leaf_index": None, "label": "viltots", "personal_digest": None}
    forged["leaf_hash"] = records.leaf_of(records.leaf_text([forged[name] for name in records.LEAF_FIELDS]))
    db.session.execute(sa.insert(table), [forged])
    assert found() == [(Damage.RECORD_INSERTED, str(forged["id"]))]
    audit.seal(SYSTEM)
    assert found() == [(Damage.RECORD_INSERTED, "302")]


@pytest.mark.req("6.1")
def test_swapped_rows_are_named(log):
    run("update audit_record set leaf_index = 1000 where leaf_index = 7")
    run("update audit_record set leaf_index = 7 where leaf_index = 8")
    run("update audit_record set leaf_index = 8 where leaf_index = 1000")
    assert found() == [(Damage.RECORD_CHANGED, "8"), (Damage.RECORD_CHANGED, "9")]


@pytest.mark.req("6.1")
def test_log_rolled_back_with_its_checkpoint_is_noticed_by_the_witness(log):
    run("delete from audit_record where leaf_index >= 200 or leaf_index is null")
    run("delete from audit_checkpoint where size > 200")
    assert found() == [(Damage.ROLLED_BACK, "300")]


def test_removed_and_changed_checkpoints_are_named(log):
    run("delete from audit_checkpoint where size = 200")
    assert found() == [(Damage.CHECKPOINT_MISSING, "200")]
    db.session.execute(sa.update(AuditCheckpoint).where(AuditCheckpoint.size == 100).values(root=bytes(32)))
    assert (Damage.CHECKPOINT_CHANGED, "100") in found()


def test_changed_tile_is_named(log):
    db.session.execute(sa.update(AuditTile).values(hash=bytes(32)))
    assert found() == [(Damage.TILE_CHANGED, "8/0")]


def test_changed_personal_data_are_named_and_silently_erased_ones_too(log):
    from portal.kernel import crypto

    run("update audit_record set personal_json = :data where leaf_index = 50", data=crypto.encrypt(b'{"name":"Anna"}'))
    assert found() == [(Damage.PERSONAL_CHANGED, "51")]
    run("update audit_record set personal_json = :data where leaf_index = 50", data=b"garbage")
    assert found() == [(Damage.PERSONAL_CHANGED, "51")]
    run("update audit_record set personal_json = null, salt = null where leaf_index = 50")
    assert found() == [(Damage.PERSONAL_MISSING, "51")]


def test_witness_that_was_changed_is_told_from_a_log_that_was(log):
    path = settings().witness / "leaves"
    data = bytearray(path.read_bytes())
    data[41 * 32] ^= 1
    path.write_bytes(data)
    assert found() == [(Damage.WITNESS_CHANGED, "leaves #42")]
    notes = settings().witness / "checkpoints"
    notes.write_text(notes.read_text().replace("\n200\n", "\n201\n"))
    assert (Damage.WITNESS_CHANGED, "checkpoints #2") in found()
    assert (Damage.WITNESS_BEHIND, "200") in found()


def test_without_the_witness_a_changed_row_is_still_named(log):
    for name in ("leaves", "checkpoints"):
        (settings().witness / name).unlink()
    run("update audit_record set label = 'x' where leaf_index = 41")
    kinds = found()
    assert (Damage.RECORD_CHANGED, "42") in kinds and (Damage.WITNESS_BEHIND, "300") in kinds
    assert not any(kind is Damage.RANGE_CHANGED for kind, _ in kinds)


def test_exchanged_signing_key_is_noticed(log):
    (settings().var / "audit-log.key").unlink()
    kinds = found()
    assert (Damage.WITNESS_CHANGED, "key") in kinds and (Damage.CHECKPOINT_CHANGED, "100") in kinds


@pytest.mark.req("6.1")
def test_changed_byte_in_a_stored_file_is_named_with_what_it_belongs_to(log, app):
    blob = storage.put(SYSTEM, b"iesniegums " * 1000)
    audit.record(SYSTEM, "document.file_added", object_kind="document", object_id="7", label="1.2/7",
                 new={"sha256": blob.sha256})  # fmt: skip
    db.session.commit()
    assert found() == []
    damage_blob(blob.sha256)
    answer = command(app, "verify")
    assert answer.exit_code == 1 and blob.sha256 in answer.output and "1.2/7" in answer.output


def damage_blob(sha256):
    """Change one byte of what the store keeps."""
    if settings().blobs_url:
        from portal.storage.service import _store

        _store().patch(sha256, [(3000, b"\xff\x00")])
        return
    path = next(path for path in settings().var.rglob(f"*{sha256[4:]}*") if path.is_file())
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[3000] ^= 1
    path.write_bytes(data)


@pytest.mark.req("6.1")
def test_page_shows_the_seal_verifies_and_names_the_damage(log, as_client, run_jobs):
    page = as_client("oskars")
    assert "300" in page.get("/audit").text
    assert page.post("/audit/verify").status_code == 303
    assert "<progress" in page.get("/audit").text
    run_jobs()
    assert "state-ok" in page.get("/audit/seal").text
    run("update audit_record set label = '1.2/9999' where leaf_index = 41")
    page.post("/audit/verify")
    run_jobs()
    text = page.get("/audit").text
    assert "alert-danger" in text and "1.2/9999" in text
    run_id = audit.latest_verification().id
    assert "1.2/9999" in page.get(f"/audit/verifications/{run_id}").text


def test_verification_job_that_runs_twice_reports_once(log, oskars, run_jobs):
    run = audit.request_verification(oskars)
    assert audit.request_verification(oskars).id == run.id
    db.session.commit()
    audit.run_verification(SYSTEM, run.id)
    audit.run_verification(SYSTEM, run.id)
    db.session.commit()
    done = db.session.scalar(sa.select(sa.func.count()).where(table.c.action == "audit.verified"))
    assert done == 1 and audit.latest_verification().state == "intact"


@pytest.mark.req("6.1")
def test_export_writes_a_proof_file(log, app, tmp_path):
    out = tmp_path / "proof.json"
    answer = command(app, "export", "--kind", "document", "--id", "42", "--out", str(out))
    assert answer.exit_code == 0, answer.output
    assert len(json.loads(out.read_text())["records"]) == 1
    assert command(app, "export", "--kind", "document", "--id", "no").exit_code == 1
    assert command(app, "export").exit_code == 2
    assert command(app, "key").output.startswith("pkip/")
