"""Signing from the page to the container, over the sandbox's real HTTP."""

import io
import uuid

import pytest
from sqlalchemy import select

from portal.kernel.access import SYSTEM
from portal.kernel.db import db, transaction
from portal.kernel.errors import Forbidden, Invalid, NotFound
from portal.signing import service as signing
from portal.signing.models import Signer
from portal.signing.service import making
from portal.storage import service as storage


@pytest.fixture
def ask(app, sandbox, cast):
    """`ask("janis", "sarma")`: a request about a paper of two files; without names, for the seal."""

    def make(*names, **changes):
        files = [
            (name, "application/pdf", storage.put(SYSTEM, f"%PDF-1.7 {name}".encode()).sha256)
            for name in ("Lēmums Nr. 12.pdf", "Pielikums.pdf")
        ]
        kind = signing.SignatureKind.PERSONAL if names else signing.SignatureKind.SEAL
        found = signing.request(
            SYSTEM,
            about_kind="trial",
            about_id=uuid.uuid4(),
            title="Lēmums Nr. 12",
            files=files,
            signers=[getattr(cast, name).id for name in names],
            kind=kind,
            **changes,
        )
        db.session.commit()
        return found

    return make


def _report(found):
    return signing.verify(storage.read(found.container_sha256), found.container_name)


@pytest.mark.req("3.1", "E1")
def test_chair_and_minute_taker_sign_into_one_valid_container(ask, as_client, run_jobs):
    found = ask("janis", "sarma")
    for name in ("janis", "sarma"):
        page = as_client(name).post(f"/signing/{found.id}/sign", data={"pin": "1234"})
        assert page.status_code == 303
        run_jobs()
    assert found.state is signing.RequestState.SIGNED
    report = _report(found)
    assert report.verdict is signing.Verdict.VALID, report.to_json()
    assert [signature.signer for signature in report.signatures] == ["JĀNIS VĪTOLS", "SARMA EGLĪTE"]
    assert all(
        (s.level, s.revocation, s.qualified, s.kind) == ("LT", "good", True, "personal") for s in report.signatures
    )
    assert [(file.name, file.covered) for file in report.files] == [
        ("Lēmums Nr. 12.pdf", True),
        ("Pielikums.pdf", True),
    ]
    assert all(signer.pin is None for signer in found.signers)


def test_page_shows_files_certificate_and_one_primary_button(ask, as_client, run_jobs):
    found = ask("janis")
    run_jobs()
    page = as_client("janis").get(f"/signing/{found.id}").get_data(as_text=True)
    assert "Lēmums Nr. 12.pdf" in page and "JĀNIS VĪTOLS" in page
    assert "\u00a0B</span>" in page and "Bytes" not in page
    assert page.count("btn-primary") == 1 and 'autocomplete="off"' in page
    read = as_client("janis").get(f"/signing/{found.id}/files/0")
    assert read.data == "%PDF-1.7 Lēmums Nr. 12.pdf".encode()
    assert read.headers["Content-Disposition"].startswith("attachment")


def test_who_signs_while_the_certificate_is_being_read_is_not_disturbed(ask, as_client, monkeypatch, cast):
    found, janis = ask("janis"), as_client("janis")
    read = making.CscSigner.credential

    def slow(self, person_id, name):
        credential = read(self, person_id, name)
        assert janis.post(f"/signing/{found.id}/sign", data={"pin": "1234"}).status_code == 303
        return credential

    monkeypatch.setattr(making.CscSigner, "credential", slow)
    with transaction():
        signing.fetch_certificate(SYSTEM, found.id, cast.janis.id)
    signer = db.session.get_one(Signer, found.signers[0].id, populate_existing=True)
    assert (signer.state, signer.pin, signer.version) == (signing.SignerState.QUEUED, "1234", 3)


def test_wrong_pin_comes_back_to_the_signer_and_nothing_is_lost(ask, as_client, run_jobs, sandbox):
    found, janis = ask("janis"), as_client("janis")
    janis.post(f"/signing/{found.id}/sign", data={"pin": "9999"})
    run_jobs()
    signer = found.signers[0]
    assert signer.state is signing.SignerState.WAITING and signer.pin is None
    page = janis.get(f"/signing/{found.id}").get_data(as_text=True)
    assert signer.error in page and "4" in signer.error
    janis.post(f"/signing/{found.id}/sign", data={"pin": "1234"})
    run_jobs()
    assert found.state is signing.RequestState.SIGNED
    assert len(sandbox.store.list("csc.signed")) == 1


def test_fifth_wrong_pin_locks_the_card(ask, janis, run_jobs, sandbox):
    found = ask("janis")
    for pin in ["0000"] * 5 + ["1234"]:
        signing.sign(janis, found.id, pin)
        run_jobs()
    assert found.signers[0].state is signing.SignerState.WAITING
    assert sandbox.store.list("csc.signed") == []


def test_signing_waits_while_the_service_is_down_and_then_goes_on(ask, janis, run_jobs, sandbox, app):
    found = ask("janis")
    run_jobs()
    sandbox.store.set_setting("csc.fault", "down")
    signing.sign(janis, found.id, "1234")
    run_jobs()
    signer = found.signers[0]
    assert signer.state is signing.SignerState.QUEUED and signer.error
    sandbox.store.set_setting("csc.fault", "")
    signing.make_signature(SYSTEM, signer.id)
    db.session.commit()
    assert found.state is signing.RequestState.SIGNED and signer.error is None


def test_no_second_signature_is_asked_for_when_only_the_stamp_failed(ask, janis, run_jobs, sandbox):
    found = ask("janis")
    run_jobs()
    sandbox.store.set_setting("tsa.fault", "down")
    signing.sign(janis, found.id, "1234")
    run_jobs()
    signer = found.signers[0]
    assert signer.state is signing.SignerState.QUEUED and signer.pin is None and signer.signature_value
    sandbox.store.set_setting("tsa.fault", "")
    signing.make_signature(SYSTEM, signer.id)
    db.session.commit()
    assert found.state is signing.RequestState.SIGNED
    assert len(sandbox.store.list("csc.signed")) == 1


def test_a_killed_and_repeated_job_makes_one_container(ask, janis, run_jobs, sandbox, monkeypatch):
    from portal.signing.service import making

    found = ask("janis")
    run_jobs()
    signing.sign(janis, found.id, "1234")
    db.session.commit()
    signer = found.signers[0]

    def killed(*_given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(making, "_finish", killed)
        with pytest.raises(KeyboardInterrupt):
            signing.make_signature(SYSTEM, signer.id)
    db.session.rollback()
    db.session.expire_all()
    for _again in range(2):
        signing.make_signature(SYSTEM, signer.id)
        db.session.commit()
    run_jobs()
    assert found.state is signing.RequestState.SIGNED
    assert len(_report(found).signatures) == 1
    assert len(sandbox.store.list("csc.signed")) == 1


@pytest.mark.parametrize("setting,fault", [("csc.fault", "garbage"), ("tsa.fault", "wrong"), ("tsa.fault", "garbage")])
def test_nonsense_from_outside_is_never_put_into_a_container(ask, janis, run_jobs, sandbox, setting, fault):
    found = ask("janis")
    run_jobs()
    sandbox.store.set_setting(setting, fault)
    signing.sign(janis, found.id, "1234")
    run_jobs()
    assert found.container_sha256 is None
    assert found.signers[0].state is signing.SignerState.QUEUED


def test_a_refusing_service_gives_the_paper_back(ask, janis, run_jobs, sandbox):
    found = ask("janis")
    run_jobs()
    sandbox.store.set_setting("csc.fault", "refuses")
    signing.sign(janis, found.id, "1234")
    run_jobs()
    assert found.signers[0].state is signing.SignerState.WAITING and found.signers[0].error


@pytest.mark.req("3.1")
def test_the_seal_is_put_without_a_person_and_is_told_apart(ask, run_jobs):
    found = ask()
    run_jobs()
    report = _report(found)
    assert report.verdict is signing.Verdict.VALID, report.to_json()
    assert [(s.kind, s.identifier) for s in report.signatures] == [("seal", "NTRLV-90000000001")]


@pytest.mark.req("3.1")
def test_refusing_needs_a_reason_and_ends_the_request(ask, as_client, sarma, run_jobs):
    found, janis = ask("janis", "sarma"), as_client("janis")
    assert janis.post(f"/signing/{found.id}/refuse", data={"reason": " "}).status_code == 422
    assert janis.post(f"/signing/{found.id}/refuse", data={"reason": "Neatbilst likumam"}).status_code == 303
    run_jobs()
    assert found.state is signing.RequestState.REFUSED
    with pytest.raises(Forbidden):
        signing.sign(sarma, found.id, "1234")


def test_only_those_asked_see_the_request(ask, pauls, as_client):
    found = ask("janis")
    with pytest.raises(NotFound):
        signing.get_request(pauls, found.id)
    stranger = as_client("pauls")
    for path in ("", "/files/0", "/container"):
        assert stranger.get(f"/signing/{found.id}{path}").status_code == 404
    assert stranger.post(f"/signing/{found.id}/sign", data={"pin": "1234"}).status_code == 404


def test_empty_pin_is_refused_on_the_page(ask, as_client, janis):
    found = ask("janis")
    assert as_client("janis").post(f"/signing/{found.id}/sign", data={"pin": ""}).status_code == 422
    with pytest.raises(Invalid):
        signing.sign(janis, found.id, "x" * 33)


def test_the_pin_lies_encrypted_and_is_forgotten_after_an_hour(ask, janis, sandbox):
    from datetime import timedelta

    found = ask("janis")
    signing.sign(janis, found.id, "1234")
    db.session.commit()
    raw = db.session.execute(select(db.cast(Signer.__table__.c.pin, db.LargeBinary)).limit(1)).scalar()
    assert raw and b"1234" not in bytes(raw)
    found.signers[0].queued_at -= timedelta(hours=2)
    db.session.flush()
    signing.return_late(SYSTEM)
    assert found.signers[0].pin is None and found.signers[0].state is signing.SignerState.WAITING


def test_a_signed_request_leaves_the_work_list(ask, janis, run_jobs):
    found = ask("janis")
    assert [one.id for one in signing.list_for_person(janis)] == [found.id]
    signing.sign(janis, found.id, "1234")
    run_jobs()
    assert signing.list_for_person(janis) == []


@pytest.mark.req("3.1")
def test_check_page_says_the_verdict_in_plain_words(ask, janis, as_client, run_jobs):
    found = ask("janis")
    signing.sign(janis, found.id, "1234")
    run_jobs()
    browser = as_client("anna")
    data = storage.read(found.container_sha256)
    where = browser.post("/signing/check", data={"file": (io.BytesIO(data), "lēmums.asice")})
    assert where.status_code == 303
    assert "JĀNIS VĪTOLS" not in browser.get(where.location).get_data(as_text=True)
    run_jobs()
    page = browser.get(where.location).get_data(as_text=True)
    assert "JĀNIS VĪTOLS" in page and "state-ok" in page
    assert as_client("pauls").get(where.location).status_code == 404


def test_check_page_refuses_no_file_and_an_empty_one(as_client):
    browser = as_client("anna")
    assert browser.post("/signing/check", data={}).status_code == 422
    assert browser.post("/signing/check", data={"file": (io.BytesIO(b""), "x.pdf")}).status_code == 422
