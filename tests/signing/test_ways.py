"""Ways of signing: in order, inside a PDF, many with one PIN, with the seal's own file; with evidence that lasts."""

import io
import shutil
import subprocess
import uuid
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import pytest
from cryptography import x509
from lxml import etree
from signxml.xades import XAdESSignatureConfiguration, XAdESVerifier

from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import ExternalRefused, Forbidden, Invalid
from portal.signing import asice
from portal.signing import service as signing
from portal.signing.service import making
from portal.storage import service as storage
from portal.workflow import service as workflow


def a_pdf(text="Dome nolemj"):
    from reportlab.pdfgen.canvas import Canvas

    target = io.BytesIO()
    canvas = Canvas(target)
    canvas.drawString(72, 720, text)
    canvas.save()
    return target.getvalue()


@pytest.fixture
def ask(app, sandbox, cast):
    def make(*names, data=b"%PDF-1.7 paper", **changes):
        blob = storage.put(SYSTEM, data)
        found = signing.request(
            SYSTEM,
            about_kind="trial",
            about_id=uuid.uuid4(),
            title="Līgums Nr. 7",
            files=[("Līgums Nr. 7.pdf", "application/pdf", blob.sha256)],
            signers=[getattr(cast, name).id for name in names],
            kind=signing.SignatureKind.PERSONAL if names else signing.SignatureKind.SEAL,
            **changes,
        )
        db.session.commit()
        return found

    return make


def _report(found):
    return signing.verify(storage.read(found.container_sha256), found.container_name)


@pytest.mark.req("12.4")
def test_in_order_each_is_asked_when_those_before_have_signed(ask, janis, sarma, as_client, run_jobs):
    found = ask("janis", "sarma", in_order=True)
    run_jobs()
    assert workflow.my_work(sarma).total == 0 and signing.list_for_person(sarma) == []
    with pytest.raises(Forbidden):
        signing.sign(sarma, found.id, "1234")
    signing.sign(janis, found.id, "1234")
    run_jobs()
    assert [task.kind for task in workflow.list_tasks(sarma)] == ["signing.sign"]
    signing.sign(sarma, found.id, "1234")
    run_jobs()
    assert found.state is signing.RequestState.SIGNED
    assert [one.signer for one in _report(found).signatures] == ["JĀNIS VĪTOLS", "SARMA EGLĪTE"]


@pytest.mark.req("12.4")
def test_a_revoked_certificate_signs_nothing_and_an_unreachable_issuer_is_asked_again(ask, janis, sandbox, run_jobs):
    """LAW-143: the issuer's answer is kept beside the signature."""
    found = ask("janis")
    run_jobs()
    sandbox.store.set_setting("ocsp.fault", "down")
    signing.sign(janis, found.id, "1234")
    run_jobs()
    signer = found.signers[0]
    assert signer.state is signing.SignerState.QUEUED and signer.signature and not signer.issuer_answer
    sandbox.store.set_setting("ocsp.fault", "")
    certificate = making._path_of(signer)[0]
    moment = (clock.now() - timedelta(hours=1)).isoformat()
    sandbox.store.put("ocsp.revoked", f"{certificate.serial_number:x}", {"at": moment})
    signing.make_signature(SYSTEM, signer.id)
    db.session.commit()
    assert signer.state is signing.SignerState.WAITING and signer.error and found.container_sha256 is None
    # nothing of the refused attempt is used again: the next may be with another card
    assert not any((signer.prepared, signer.signature_value, signer.signature, signer.issuer_answer))
    sandbox.store.delete("ocsp.revoked", f"{certificate.serial_number:x}")
    signing.sign(janis, found.id, "1234")
    run_jobs()
    assert len(sandbox.store.list("csc.signed")) == 2
    [signature] = _report(found).signatures
    assert (signature.level, signature.revocation) == ("LT", "good")
    # software that we did not write accepts it, with its answers inside
    container = asice.Container(storage.read(found.container_sha256))
    element = etree.fromstring(container.read(container.signature_files[0])).find("{*}Signature")
    checked = XAdESVerifier().verify(
        element,
        x509_cert=certificate,
        expect_references=2,
        uri_resolver=lambda uri: container.read(unquote(uri)),
        expect_config=XAdESSignatureConfiguration(require_x509=True),
    )
    assert len(checked) == 2


@pytest.mark.req("12.4")
def test_two_sign_one_pdf_with_visible_marks_at_the_same_time(ask, janis, sarma, sandbox, run_jobs, tmp_path):
    """Both give the PIN before any job has run; the second signature stands over the first. LAW-139."""
    original = a_pdf()
    found = ask("janis", "sarma", data=original, format="pades")
    run_jobs()
    signing.sign(janis, found.id, "1234")
    signing.sign(sarma, found.id, "1234")
    run_jobs()
    assert found.state is signing.RequestState.SIGNED, [one.error for one in found.signers]
    data = storage.read(found.container_sha256)
    assert data.startswith(original) and found.container_name == "Līgums Nr. 7.pdf"
    report = _report(found)
    assert report.verdict is signing.Verdict.VALID, report.to_json()
    assert [(s.signer, s.level, s.revocation) for s in report.signatures] == [
        ("JĀNIS VĪTOLS", "LT", "good"),
        ("SARMA EGLĪTE", "LT", "good"),
    ]
    assert len(sandbox.store.list("csc.signed")) == 2
    changed = data.replace(b"/Producer", b"/Producxr", 1)
    assert changed != data and signing.verify(changed, "x.pdf").verdict is signing.Verdict.INVALID
    # software that we did not write: the values hold, and the marks are there to be read
    path = tmp_path / "signed.pdf"
    path.write_bytes(data)
    if shutil.which("pdfsig"):
        said = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, timeout=60).stdout
        assert said.count("Signature is Valid.") == 2, said
        text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, timeout=60).stdout
        assert "JĀNIS VĪTOLS" in text and "SARMA EGLĪTE" in text, text


def test_a_killed_job_asks_nobody_twice_for_a_pdf(ask, janis, run_jobs, sandbox, monkeypatch):
    found = ask("janis", data=a_pdf(), format="pades")
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
    assert found.state is signing.RequestState.SIGNED and len(_report(found).signatures) == 1
    assert len(sandbox.store.list("csc.signed")) == 1


@pytest.mark.req("12.4", "LAW-139")
def test_a_signature_over_an_older_pdf_takes_nobody_else_s_away(ask, janis, sarma, run_jobs, sandbox, monkeypatch):
    """Two were prepared over the same PDF: whoever is second signs once more, over the first."""
    found = ask("janis", "sarma", data=a_pdf(), format="pades")
    run_jobs()
    first, second = found.signers
    signing.sign(janis, found.id, "1234")
    sandbox.store.set_setting("ocsp.fault", "down")
    run_jobs()
    assert first.signature and first.state is signing.SignerState.QUEUED
    sandbox.store.set_setting("ocsp.fault", "")
    signing.sign(sarma, found.id, "1234")
    with monkeypatch.context() as patch:
        patch.setattr(making, "_is_next", lambda signer: True)
        signing.make_signature(SYSTEM, second.id)
    db.session.commit()
    kept = found.current_sha256
    assert second.state is signing.SignerState.SIGNED and kept
    signing.make_signature(SYSTEM, first.id)
    db.session.commit()
    assert first.state is signing.SignerState.WAITING and first.error and found.current_sha256 == kept
    signing.sign(janis, found.id, "1234")
    run_jobs()
    report = _report(found)
    assert report.verdict is signing.Verdict.VALID, report.to_json()
    assert [one.signer for one in report.signatures] == ["SARMA EGLĪTE", "JĀNIS VĪTOLS"]
    with pytest.raises(ExternalRefused):
        making._ensure_valid(report, 3)
    # what others have signed before is counted with it
    sealed = ask(data=storage.read(found.container_sha256), format="pades")
    run_jobs()
    assert sealed.state is signing.RequestState.SIGNED and len(_report(sealed).signatures) == 3


def test_only_one_pdf_can_be_signed_within_itself(ask):
    with pytest.raises(Invalid):
        signing.request(
            SYSTEM,
            about_kind="trial",
            about_id=uuid.uuid4(),
            title="x",
            files=[("x.txt", "text/plain", storage.put(SYSTEM, b"x").sha256)],
            kind="seal",
            format="pades",
        )


@pytest.mark.req("12.4")
def test_many_are_signed_with_one_pin_and_each_result_is_told(ask, as_client, run_jobs, sandbox):
    papers = [ask("janis") for _number in range(3)]
    run_jobs()
    janis = as_client("janis")
    page = janis.get("/signing/many").get_data(as_text=True)
    assert page.count('name="requests"') == 3 and page.count("btn-primary") == 1
    assert "/signing/many" in janis.get("/").get_data(as_text=True)
    assert janis.post("/signing/many", data={"pin": "1234"}).status_code == 422
    chosen = {"requests": [str(paper.id) for paper in papers], "pin": "9999"}
    where = janis.post("/signing/many", data=chosen)
    assert where.status_code == 303
    run_jobs()
    # one wrong PIN is one wrong PIN: the card is not locked by the other two
    assert sandbox.store.list("csc.tries")[0][1] == {"wrong": 1}
    assert janis.get(where.location).get_data(as_text=True).count("state-late") == 3
    where = janis.post("/signing/many", data=chosen | {"pin": "1234"})
    run_jobs()
    page = janis.get(where.location).get_data(as_text=True)
    assert page.count("state-ok") == 3
    assert all(paper.state is signing.RequestState.SIGNED for paper in papers)
    assert as_client("sarma").get(where.location).status_code == 404


@pytest.mark.req("12.4")
def test_the_seal_can_be_a_file_of_the_municipality(ask, app, sandbox, run_jobs):
    own = app.extensions["pkip.settings"]
    app.extensions["pkip.settings"] = replace(
        own, seal_file=sandbox.pki.seal_p12, seal_password_file=sandbox.pki.seal_p12_password
    )
    found = ask(data=a_pdf(), format="pades")
    run_jobs()
    report = _report(found)
    assert report.verdict is signing.Verdict.VALID, report.to_json()
    seal = x509.load_pem_x509_certificate(sandbox.pki.seal_cert.read_bytes())
    assert [(s.kind, s.identifier) for s in report.signatures] == [("seal", "NTRLV-90000000001")]
    assert seal.serial_number and sandbox.store.list("csc.signed") == []
    app.extensions["pkip.settings"] = replace(own, seal_file=sandbox.pki.seal_p12, seal_password_file=sandbox.pki.ca)
    broken = ask()
    run_jobs()
    assert broken.container_sha256 is None and broken.signers[0].error
