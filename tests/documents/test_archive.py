"""The end of a file's life: terms, holds, destruction by an approved act, handover to the National Archive."""

import hashlib
import io
import re
import zipfile
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from lxml import etree

from portal.documents import service as documents
from portal.documents.models import Document, DocumentFile, DocumentState, Scan, ScanState
from portal.documents.service import retention
from portal.kernel.db import db
from portal.kernel.errors import Forbidden, NotFound
from portal.search import service as search
from portal.storage import service as storage


@pytest.fixture
def filed(registers, anna, clock_at, run_jobs):
    """Files of 2026, closed: letters kept five years, decisions kept for ever, a contract kept after its end."""
    clock_at("2026-03-02 10:00")
    plan = documents.make_plan(anna, 2026)
    rows = {
        "letters": {"index": "2.1", "title": "Sarakste", "retention": "years", "retention_years": 5},
        "decisions": {"index": "1.1", "title": "Domes lēmumi", "retention": "permanent", "carrier": "electronic"},
        "contract": {
            "index": "3.1", "title": "Līgumi", "retention": "event", "retention_years": 10,
            "retention_event": "līguma izbeigšana",
        },
    }  # fmt: skip
    made = {name: documents.save_dossier(anna, plan.id, **values) for name, values in rows.items()}
    documents.move_plan(anna, plan.id, "agreed", agreed_note="LNA 12")
    documents.move_plan(anna, plan.id, "in_force")
    for name, text in (("letters", b"Vakara pasts nes slepenu ogu"), ("decisions", b"Dome nolemj")):
        document = documents.register(
            anna, registers["sanemtie"].id, f"Par {name}", date(2026, 3, 2), author="SIA Ozols"
        )
        documents.add_file(anna, document.id, "teksts.txt", io.BytesIO(text))
        documents.put_into(anna, document.id, made[name].id)
        documents.finish(anna, document.id)
    run_jobs()
    clock_at("2027-01-05 10:00")
    documents.move_plan(anna, plan.id, "closed")
    db.session.commit()
    return made


def test_terms_are_counted_from_the_first_of_january_after_closing(filed, anna, clock_at):
    letters, contract = filed["letters"], filed["contract"]
    assert retention.ends_on(letters) == date(2032, 1, 1)  # R282-32
    assert retention.ends_on(contract) is None
    documents.note_event(anna, contract.id, date(2026, 12, 30))
    assert retention.ends_on(contract) == date(2037, 1, 1)
    assert retention.ends_on(filed["decisions"]) is None
    assert retention.transfer_by(filed["decisions"]) == date(2031, 12, 31)  # LAW-99: five years when electronic
    assert not documents.closed_files(anna, what="due")
    clock_at("2032-01-02 09:00")
    assert [one.dossier.index for one in documents.closed_files(anna, what="due")] == ["2.1"]


@pytest.mark.req("12.2")
def test_a_file_is_destroyed_by_an_act_that_another_approves_and_its_record_stays(
    filed, anna, bruno, as_client, clock_at, run_jobs
):
    letters = filed["letters"]
    document = db.session.scalar(sa.select(Document).where(Document.dossier_id == letters.id))
    file = db.session.scalar(sa.select(DocumentFile).where(DocumentFile.document_id == document.id))
    assert search.find(anna, "slepena oga").hits
    clerk = as_client("anna")
    assert "Nevienas lietas termiņš nav beidzies" in clerk.get("/archive").text
    clock_at("2032-01-02 09:00")
    clerk.post(f"/archive/files/{letters.id}/hold", data={"reason": "Tiesvedība"})
    with pytest.raises(Forbidden):  # who registers but keeps no plan
        documents.get_kept(replace(anna, keys=anna.keys - {"role:clerk"}), letters.id)
    with pytest.raises(Forbidden):
        documents.holds_of(replace(anna, keys=anna.keys - {"role:clerk"}), letters.id)
    assert "Tiesvedība" in clerk.get("/archive?what=held").text
    refused = clerk.post("/archive/choose", data={"dossier": [str(letters.id)]})
    assert refused.status_code == 409 and "2.1 Sarakste" in refused.text
    assert clerk.post("/archive/choose", data={}).status_code == 422
    clerk.post(f"/archive/files/{letters.id}/hold", data={"reason": "Tiesvedība beigusies", "lift": "1"})

    act = clerk.post("/archive/choose", data={"dossier": [str(letters.id)]}).location
    assert re.search(r"IZN-2032-1", clerk.get(act).text)
    head = as_client("bruno")
    assert head.post(f"{act}/approve").status_code == 409  # LAW-175: first the Archive agrees
    assert clerk.post(f"{act}/check").status_code == 303
    unnamed = clerk.post(f"{act}/agree", data={"number": " ", "agreed_on": "02.01.2032"})
    assert unnamed.status_code == 422 and 'id="number-error"' in unnamed.text
    assert clerk.post(f"{act}/agree", data={"number": "LNA-7", "agreed_on": "02.01.2032"}).status_code == 303
    assert clerk.post(f"{act}/approve").status_code == 403
    assert head.post(f"{act}/approve").status_code == 303
    run_jobs()

    db.session.expire_all()
    assert document.state == DocumentState.DESTROYED and document.number and document.title == "Par letters"
    assert storage.text_of(file.sha256).text == "" and file.size_bytes
    with pytest.raises(NotFound):
        storage.read(file.sha256)
    assert not search.find(anna, "slepena oga").hits
    assert "Iznīcināts" in clerk.get(f"/documents/{document.id}").text
    gone = clerk.get(f"/documents/{document.id}/files/{file.id}")
    assert gone.status_code == 404 and "iznīcināta" in gone.text
    assert "Dokumenti iznīcināti" in clerk.get(act).text
    assert not list(storage.verify_all())
    kept = db.session.scalar(sa.select(Document).where(Document.dossier_id == filed["decisions"].id))
    assert kept.state == DocumentState.DONE


def test_bytes_that_a_living_document_has_too_stay(filed, registers, anna, bruno, clock_at, run_jobs):
    clock_at("2032-01-02 09:00")
    other = documents.register(anna, registers["sanemtie"].id, "Vēl viens", date(2032, 1, 2), author="SIA Ozols")
    text = b"Vakara pasts nes slepenu ogu"
    gone = db.session.scalar(sa.select(Document).where(Document.dossier_id == filed["letters"].id))
    kept = [documents.add_file(anna, other.id, "teksts.txt", io.BytesIO(text)), documents.files_of(gone.id)[0]]
    look = storage.put(anna, b"Kopigs attels").sha256
    for file in kept:
        file.preview_sha256 = look
    # scans: of the document that goes, of one that stays, and one that waits with the same page
    pages = {name: storage.put(anna, name.encode()) for name in ("sava lapa", "sava kopija", "kopiga lapa")}
    inputs = {name: ["lapa.png", "image/png", blob.sha256, blob.size_bytes] for name, blob in pages.items()}
    scanned = Scan(
        name="lapa.png", state=ScanState.READY, inputs=[inputs["sava lapa"], inputs["kopiga lapa"]],
        pdf_sha256=pages["sava kopija"].sha256, beginning="Vakara pasts", document_id=gone.id,
    )  # fmt: skip
    waits = Scan(name="lapa.png", state=ScanState.WAITING, inputs=[inputs["kopiga lapa"]])
    db.session.add_all([scanned, waits])
    db.session.flush()
    act = documents.make_act(anna, [filed["letters"].id])
    documents.check_act(anna, act.id)
    documents.agree_act(anna, act.id, "LNA-7", date(2032, 1, 2))
    documents.approve_act(bruno, act.id)
    run_jobs()
    assert storage.read(hashlib.sha256(text).hexdigest()) == text
    assert storage.read(look) == b"Kopigs attels"
    assert storage.read(pages["kopiga lapa"].sha256) == b"kopiga lapa"
    db.session.expire_all()
    assert (scanned.inputs, scanned.pdf_sha256, scanned.beginning) == ([], None, "")
    for name in ("sava lapa", "sava kopija"):
        with pytest.raises(NotFound):
            storage.read(pages[name].sha256)
    assert not list(storage.verify_all())


@pytest.mark.req("12.2")
def test_permanent_files_go_to_the_archive_in_a_package_with_checksums(filed, as_client, run_jobs):
    decisions = filed["decisions"]
    clerk = as_client("anna")
    assert "Domes lēmumi" in clerk.get("/archive/inventory.csv").text
    refused = clerk.post("/archive/choose", data={"dossier": [str(filed["letters"].id)], "hand_over": "1"})
    assert refused.status_code == 409
    place = clerk.post("/archive/choose", data={"dossier": [str(decisions.id)], "hand_over": "1"}).location
    assert "Pakotne tiek veidota" in clerk.get(place).text
    run_jobs()
    page = clerk.get(place).text
    data = clerk.get(f"{place}/package.zip").data
    assert hashlib.sha256(data).hexdigest() in page
    package = zipfile.ZipFile(io.BytesIO(data))
    tree = etree.fromstring(package.read("metadata.xml"))
    assert tree.findtext("institutionNumber") and tree.findtext("unit/index") == "1.1"
    assert tree.findtext("unit/document/title") == "Par decisions"
    path = tree.find("unit/document/file").get("path")
    assert hashlib.sha256(package.read(path)).hexdigest() == tree.findtext("unit/document/file/checksum")
    assert path in package.read("manifest-sha256.txt").decode()
    assert clerk.post(place, data={"number": "LNA-N-3", "taken_on": "05.01.2027"}).status_code == 303
    assert "LNA-N-3" in clerk.get(place).text
    assert as_client("liga").get("/archive").status_code == 403
