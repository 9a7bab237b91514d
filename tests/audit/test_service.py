"""Recording, sealing, proving, erasing."""

import json
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.audit import keys, records, verify_proof, witness
from portal.audit import service as audit
from portal.audit.models import AuditCheckpoint, AuditRecord, AuditTile
from portal.audit.note import parse_checkpoint
from portal.audit.sentences import sentence
from portal.kernel import clock
from portal.kernel.access import NOBODY, SYSTEM
from portal.kernel.db import db, reading
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound


def newest():
    return db.session.scalar(sa.select(AuditRecord).order_by(AuditRecord.id.desc()).limit(1))


def write(actor=SYSTEM, count=1, start=0, **more):
    for number in range(start, start + count):
        audit.record(actor, "document.registered", object_kind="document", object_id=str(number),
                     label=f"1.2/{number}", **more)  # fmt: skip
    db.session.commit()


def sealed(count, **more):
    write(count=count, **more)
    audit.seal(SYSTEM)
    db.session.commit()


@pytest.mark.req("6.1")
def test_record_keeps_who_what_where_and_why(anna, cast):
    actor = replace(anna, on_behalf_of_id=cast.bruno.id, purpose="iesnieguma izskatīšana", address="192.0.2.7")
    audit.record(actor, "unit.head_set", cast.units["2"], old={"head": None}, new={"head": cast.bruno.id},
                 legal_basis="VPAR 6(1)e", reason="rīkojums Nr. 4")  # fmt: skip
    db.session.commit()
    row = newest()
    assert (row.person_id, row.person_name) == (str(anna.person_id), "Anna Liepiņa")
    assert row.on_behalf_of_id == str(cast.bruno.id)
    assert (row.client, row.address, row.session_id) == ("portal", "192.0.2.7", None)
    assert (row.object_kind, row.object_id) == ("unit", str(cast.units["2"].id))
    assert (row.old, row.new) == ({"head": None}, {"head": str(cast.bruno.id)})
    assert (row.purpose, row.legal_basis, row.result, row.reason) == (
        "iesnieguma izskatīšana", "VPAR 6(1)e", "ok", "rīkojums Nr. 4")  # fmt: skip
    assert row.leaf_index is None


@pytest.mark.req("6.1")
def test_record_goes_with_the_transaction_of_the_act(app):
    audit.record(SYSTEM, "case.opened", object_kind="case", object_id="1", label="never happened")
    db.session.rollback()
    assert newest() is None


def test_record_is_one_insert_and_no_select(app, count_queries):
    clock.now()  # the sandbox's clock is asked for its offset now and then, on a connection of its own
    db.session.commit()
    with count_queries() as seen:
        audit.record(SYSTEM, "case.opened", object_kind="case", object_id="1")
        db.session.commit()
    statements = [text for text in seen if not text.startswith(("BEGIN", "COMMIT"))]
    assert len(statements) == 1 and statements[0].startswith("INSERT INTO audit_record")


@pytest.mark.req("6.1")
def test_reading_is_kept_although_the_request_only_reads_and_fails_later(anna, cast):
    db.session.commit()
    with reading():
        audit.record_reading(anna, "person.read", cast.bruno, purpose="saziņa")
        db.session.rollback()
    assert (newest().action, newest().label, newest().purpose) == ("person.read", "Bruno Kalniņš", "saziņa")


def test_odd_text_is_kept_in_a_form_that_can_be_verified(app):
    audit.record(NOBODY, "sign_in.failed", object_kind="person", label="a\x00b\ud800", reason="x" * 9000,
                 new={"sum": 1.5, "day": date(2026, 11, 24), "big": 2**70, "set": {"b", "a"}, 5: "\x00"})  # fmt: skip
    db.session.commit()
    row = newest()
    assert row.label == "a�b?" and len(row.reason) == 4000
    assert row.new == {"sum": "1.5", "day": "2026-11-24", "big": str(2**70), "set": ["a", "b"], "5": "�"}
    audit.seal(SYSTEM)
    assert audit.verify().is_intact


def test_canonical_text_is_as_rfc_8785_wants_it():
    assert records.canonical({"b": [1, True, None], "a": "ā\n\u0001/"}) == '{"a":"ā\\n\\u0001/","b":[1,true,null]}'


@pytest.mark.req("6.1")
def test_sealer_numbers_records_signs_and_tells_the_witness(app):
    sealed(3)
    sealed(2, start=3)
    rows = db.session.scalars(sa.select(AuditRecord).order_by(AuditRecord.leaf_index)).all()
    assert [(row.number, row.object_id) for row in rows] == [(n + 1, str(n)) for n in range(5)]
    checkpoints = db.session.scalars(sa.select(AuditCheckpoint).order_by(AuditCheckpoint.size)).all()
    assert [c.size for c in checkpoints] == [3, 5]
    assert all(c.witnessed_at for c in checkpoints)
    held = witness.read()
    assert held.notes == [c.note for c in checkpoints]
    assert held.leaves == b"".join(row.leaf_hash for row in rows)
    assert parse_checkpoint(keys.verifier().open(held.notes[1])) == (keys.verifier().name, 5, checkpoints[1].root)


def test_sealing_nothing_makes_no_checkpoint(app):
    sealed(1)
    assert audit.seal(SYSTEM) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditCheckpoint)) == 1


def test_only_the_system_seals(anna):
    with pytest.raises(Forbidden):
        audit.seal(anna)


def test_witness_that_was_away_is_told_later(app, monkeypatch):
    write(count=2)
    with monkeypatch.context() as patch:
        patch.setattr(witness, "append", lambda *a: (_ for _ in ()).throw(OSError("no such machine")))
        with pytest.raises(OSError):
            audit.seal(SYSTEM)
    db.session.rollback()
    sealed(1, start=2)
    held = witness.read()
    assert len(held.notes) == 2 and len(held.leaves) == 3 * 32
    assert audit.verify().is_intact


def test_signing_key_is_readable_by_its_owner_only(app):
    first = keys.signer().dump()
    path = app.extensions["pkip.settings"].var / "audit-log.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys.signer().dump() == first


def verifier(tmp_path, proof, *arguments):
    """The stand-alone script alone in a folder, in a Python that knows no other code."""
    folder = tmp_path / "outsider"
    folder.mkdir(exist_ok=True)
    script = folder / "verify_proof.py"
    script.write_bytes(Path(verify_proof.__file__).read_bytes())
    (folder / "proof.json").write_text(json.dumps(proof), encoding="utf-8")
    return subprocess.run([sys.executable, "-I", "-S", str(script), "proof.json", *arguments], cwd=folder,
                          capture_output=True, text=True, env={"PYTHONIOENCODING": "utf-8"})  # fmt: skip


@pytest.mark.req("6.1")
def test_outsider_checks_a_proof_with_the_stand_alone_script(oskars, tmp_path):
    write(count=700)
    audit.seal(SYSTEM)
    write(count=30, start=3)
    audit.seal(SYSTEM)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditTile)) == 2
    proof = audit.proof_for(oskars, "document", "5")
    assert len(proof["records"]) == 2
    answer = verifier(tmp_path, proof, str(keys.verifier()))
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "2 of 2 records" in answer.stdout and "1.2/5" in answer.stdout


@pytest.mark.req("6.1")
@pytest.mark.parametrize("damage", [
    lambda proof: proof["records"][0].update(leaf=proof["records"][0]["leaf"].replace("1.2/5", "1.2/6")),
    lambda proof: proof["records"][0].update(index=proof["records"][0]["index"] + 1),
    lambda proof: proof["records"][0]["path"].pop(),
    lambda proof: proof["records"][0]["path"].__setitem__(0, "00" * 32),
    lambda proof: proof.update(checkpoint=proof["checkpoint"].replace("audit\n", "audit\n1", 1)),
    lambda proof: proof.update(records=[]),
])  # fmt: skip
def test_outsider_sees_a_changed_proof(oskars, tmp_path, damage):
    sealed(20)
    proof = audit.proof_for(oskars, "document", "5")
    damage(proof)
    assert verifier(tmp_path, proof, str(keys.verifier())).returncode == 1


def test_outsider_sees_a_proof_of_another_log(oskars, tmp_path):
    from portal.audit.note import Signer

    sealed(3)
    proof = audit.proof_for(oskars, "document", "1")
    other = Signer.generate(keys.verifier().name).verifier()
    assert verifier(tmp_path, proof, str(other)).returncode == 1
    assert verifier(tmp_path, {"format": "?"}).returncode == 2


@pytest.mark.req("6.1")
def test_erasing_personal_data_keeps_the_proof(oskars, tmp_path):
    write(personal={"name": "Ilze Paraugs", "code": "010180-12345"})
    audit.seal(SYSTEM)
    row = newest()
    raw = db.session.execute(sa.text("select personal_json from audit_record where personal_json is not null")).scalar()
    assert b"Ilze" not in bytes(raw)
    full = audit.proof(oskars, row.id, with_personal=True)
    assert verifier(tmp_path, full).returncode == 0
    audit.erase_personal(oskars, row.id, "datu subjekta lūgums")
    db.session.commit()
    audit.seal(SYSTEM)
    db.session.refresh(row)
    assert row.is_erased and row.salt is None and row.personal is None
    proof = audit.proof(oskars, row.id, with_personal=True)
    assert "personal" not in proof["records"][0] and "Ilze" not in json.dumps(proof, ensure_ascii=False)
    assert verifier(tmp_path, proof).returncode == 0
    assert audit.verify().is_intact
    assert "audit.personal_erased" in db.session.scalars(sa.select(AuditRecord.action)).all()


def test_erasing_needs_the_right_a_reason_and_something_to_erase(oskars, anna):
    write(personal={"name": "Ilze"})
    row = newest()
    with pytest.raises(Forbidden):
        audit.erase_personal(anna, row.id, "gribu")
    with pytest.raises(Invalid):
        audit.erase_personal(oskars, row.id, " ")
    write()
    with pytest.raises(NotFound):
        audit.erase_personal(oskars, newest().id, "nav ko")


def test_record_not_sealed_yet_is_not_proven(oskars):
    write()
    with pytest.raises(Conflict):
        audit.proof(oskars, newest().id)


def test_proof_of_a_period_and_of_nothing(oskars, clock_at):
    clock_at("2026-03-02 10:00")
    sealed(2)
    clock_at("2026-03-05 00:30")
    sealed(3, start=2)
    labels = [json.loads(entry["leaf"])["label"] for entry in
              audit.proof_of_period(oskars, date(2026, 3, 5), date(2026, 3, 5))["records"]
              if json.loads(entry["leaf"])["action"] == "document.registered"]  # fmt: skip
    assert labels == ["1.2/2", "1.2/3", "1.2/4"]
    with pytest.raises(NotFound):
        audit.proof_of_period(oskars, date(2020, 1, 1), date(2020, 1, 2))


@pytest.mark.req("6.1")
def test_only_auditors_read_and_reading_is_recorded(oskars, anna, edgars):
    write(count=3)
    for stranger in (anna, edgars):
        with pytest.raises(Forbidden):
            audit.list_records(stranger)
        with pytest.raises(Forbidden):
            audit.proof_for(stranger, "document", "1")
    audit.list_records(oskars, audit.RecordFilters(action="document.registered"))
    db.session.commit()
    row = newest()
    assert (row.action, row.person_id, row.new) == (
        "audit.read", str(oskars.person_id), {"action": "document.registered"})  # fmt: skip


def test_filters_and_pages_go_by_key(oskars, clock_at):
    clock_at("2026-01-10 10:00")
    write(count=5)
    clock_at("2026-01-12 10:00")
    write(oskars, count=4, start=5, result="refused", reason="nav tiesību")
    found = audit.list_records(oskars, audit.RecordFilters(person="krūmi", result="refused"), size=3)
    assert [row.label for row in found] == ["1.2/8", "1.2/7", "1.2/6"]
    rest = audit.list_records(oskars, audit.RecordFilters(person="Krūmi", result="refused"), found.next, size=3)
    assert [row.label for row in rest] == ["1.2/5"] and rest.next is None
    day = audit.RecordFilters(until=date(2026, 1, 10), object="1.2/", action="document.registered")
    by_day = audit.list_records(oskars, day)
    assert len(by_day) == 5
    since = audit.RecordFilters(since=date(2026, 1, 11), action="document.registered")
    assert len(audit.list_records(oskars, since)) == 4
    of_one = audit.list_records(oskars, audit.RecordFilters(object_kind="document", object_id="2"))
    assert [row.label for row in of_one] == ["1.2/2"]
    assert len(audit.list_records(oskars, audit.RecordFilters(object="%"))) == 0


def test_export_reads_everything_page_by_page(oskars, monkeypatch):
    from portal.audit.service import listing

    monkeypatch.setattr(listing, "_EXPORT_PAGE", 7)
    write(count=20)
    rows = list(audit.iter_records(oskars, audit.RecordFilters(action="document.registered")))
    assert [row.label for row in rows] == [f"1.2/{n}" for n in range(19, -1, -1)]


def test_history_is_for_those_who_see_the_object(anna, pauls, oskars):
    class_ = db.Model.registry._class_registry.get("Document")
    if class_ is None:
        pytest.skip("documents are not there")
    write(anna)
    assert [r.action for r in audit.list_for(oskars, "document", "0")] == ["document.registered"]
    with pytest.raises(NotFound):
        audit.list_for(pauls, "document", "0")


def test_history_of_a_protected_thing_leaves_readings_out(anna, pauls, monkeypatch):
    from portal.audit.service import listing

    write(anna)
    audit.record(anna, "document.read", object_kind="document", object_id="0")
    db.session.commit()
    monkeypatch.setattr(listing, "_can_see", lambda actor, kind, object_id: actor.person_id == anna.person_id)
    assert [row.action for row in audit.list_for(anna, "document", "0")] == ["document.registered"]
    with pytest.raises(NotFound):
        audit.list_for(pauls, "document", "0")


def test_twenty_threads_write_while_the_sealer_seals(app):
    failures = []
    db.session.commit()

    def work(number):
        with app.app_context():
            try:
                for n in range(10):
                    audit.record(SYSTEM, "document.read", object_kind="document", object_id=f"{number}-{n}")
                    db.session.commit()
                    if number == 0:
                        audit.seal(SYSTEM)
            except Exception as error:
                failures.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    audit.seal(SYSTEM)
    report = audit.verify()
    assert report.is_intact and report.records == 200 and report.unsealed == 0
    indexes = db.session.scalars(sa.select(AuditRecord.leaf_index).order_by(AuditRecord.leaf_index)).all()
    assert indexes == list(range(200))


def test_many_records_in_one_statement_keep_their_own_time(app):
    from datetime import UTC, datetime

    then = datetime(2026, 1, 5, 8, tzinfo=UTC)
    audit.record_rows(SYSTEM, [
        {"action": "document.registered", "object_kind": "document", "object_id": str(n), "at": then} for n in range(50)
    ])  # fmt: skip
    db.session.commit()
    audit.seal(SYSTEM)
    assert audit.verify().is_intact
    assert {row.at for row in db.session.scalars(sa.select(AuditRecord))} == {then}


def test_sentences_are_readable_for_known_and_unknown_actions(anna, cast):
    for action, words in (
        ("document.registered", "Anna Liepiņa"), ("something.new", "something.new"), ("vote.cast", "Anna Liepiņa"),
    ):  # fmt: skip
        audit.record(replace(anna, on_behalf_of_id=cast.bruno.id), action, object_kind="document", object_id="1",
                     label="Par 100% <b>ceļu</b>")  # fmt: skip
        db.session.commit()
        text = sentence(newest(), {str(cast.bruno.id): "Bruno Kalniņš"})
        assert words in text and "Bruno Kalniņš" in text and "„Par 100% <b>ceļu</b>”" in text
