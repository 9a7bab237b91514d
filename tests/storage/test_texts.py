"""The text of blobs: read once, with what is inside; parked, retried, recognised, forgotten."""

import json

import pytest
import sqlalchemy as sa

from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import NotFound
from portal.storage import children
from portal.storage import service as storage
from portal.storage.extract import recognition_child
from portal.storage.extract.limits import LIMITS, Limits
from portal.storage.models import Blob, BlobText
from portal.storage.service import texts
from tests.storage import samples
from tests.storage.samples import SENTENCE


def _put(data, name=""):
    sha256 = storage.put(SYSTEM, data, name=name).sha256
    db.session.commit()
    return sha256


@pytest.mark.req("15.1")
def test_a_container_is_read_once_with_all_that_is_inside_and_forgotten_with_its_bytes(app, monkeypatch):
    mail = samples.zipped({"vēstule.eml": samples.eml(), "lapas/tabula.xlsx": samples.xlsx()})
    outer = _put(samples.zipped({"iekšā.zip": mail, "x.txt": "Ārējais teksts"}), "a.zip")
    assert storage.read_text(SYSTEM, outer, "a.zip").problem == ""
    whole = storage.whole_text(outer)
    files = [place.name for place in whole.places if place.kind == "file"]
    assert files == ["iekšā.zip", "iekšā.zip/vēstule.eml", "iekšā.zip/vēstule.eml/pielikums ā.pdf",
                     "iekšā.zip/lapas/tabula.xlsx", "x.txt"]  # fmt: skip
    assert whole.text.count(SENTENCE) == 3 and "Ārējais teksts" in whole.text
    place = next(place for place in whole.places if place.kind == "sheet")
    assert whole.text[place.offset :].startswith(SENTENCE)
    monkeypatch.setattr(texts, "extracted", None)  # whoever reads anew now breaks
    storage.read_text(SYSTEM, outer, "b.zip")
    inner = dict(storage.inner_of(outer))["x.txt"]
    assert not storage.erase(inner)  # while the container is there
    assert storage.erase(outer)
    assert storage.whole_text(outer).text.strip() == "" and storage.text_of(inner).text == ""
    assert db.session.scalar(sa.select(sa.func.count()).where(Blob.erased_at.is_(None))) == 0


@pytest.mark.req("15.1")
def test_containers_in_containers_share_one_budget_and_one_depth(app, monkeypatch):
    deep = _put(samples.nested(LIMITS.depth + 2), "a.zip")
    storage.read_text(SYSTEM, deep, "a.zip")
    causes = dict(db.session.execute(sa.select(BlobText.cause, sa.func.count()).group_by(BlobText.cause)).all())
    assert causes == {"": LIMITS.depth, "depth": 1} and SENTENCE not in storage.whole_text(deep).text
    monkeypatch.setattr(texts, "LIMITS", Limits(entries=20))
    many = {f"{n}.zip": samples.zipped({f"{n}-{i}.txt": f"{n} {i}" for i in range(8)}) for n in range(4)}
    wide = _put(samples.zipped(many), "b.zip")
    storage.read_text(SYSTEM, wide, "b.zip")
    parked = storage.parked("entries")
    assert len(parked) == 2 and "vairāk nekā 1000" in parked[0].BlobText.problem


@pytest.mark.req("15.1")
def test_a_picture_and_a_scanned_page_are_recognised_by_a_job_of_low_priority(app, run_jobs):
    for data, name in ((samples.scan(), "a.pdf"), (samples.picture("Lēmums par zvejas tiesībām"), "b.png")):
        storage.read_text(SYSTEM, _put(data, name), name)
    assert storage.waiting_to_be_recognised() == 2
    assert storage.recognise_waiting(SYSTEM, run_s=600) == 2
    assert storage.waiting_to_be_recognised() == 0
    rows = {row.mime: storage.text_of(row.sha256) for row in db.session.scalars(sa.select(BlobText))}
    assert "ceļa remontu" in rows["application/pdf"].text and "zvejas tiesībām" in rows["image/png"].text
    assert [tuple(place) for place in rows["application/pdf"].places] == [("page", "1", 0)]


def test_a_page_full_of_letters_reaches_the_other_side_whole():
    line = json.dumps({"page": 1, "text": "\U0001d54f" * recognition_child._PAGE_CHARS})
    assert len(line) < children.LINE_BYTES


@pytest.mark.req("15.1")
def test_what_is_parked_is_read_again_after_the_repair(app, run_jobs, monkeypatch):
    sha256 = _put(samples.docx(), "a.docx")
    path = app.extensions["pkip.storage"]
    whole = path.__class__.open

    def gone(self, address, start=0):
        raise FileNotFoundError(address)

    monkeypatch.setattr(path.__class__, "open", gone)
    row = storage.read_text(SYSTEM, sha256, "a.docx")
    assert (row.state, row.cause) == ("parked", "blob") and sha256 in row.problem
    assert storage.parked_causes() == {"blob": 1}
    monkeypatch.setattr(path.__class__, "open", whole)
    assert storage.read_again(SYSTEM, cause="blob") == 1
    run_jobs()
    assert storage.parked_causes() == {} and SENTENCE in storage.text_of(sha256).text
    assert storage.set_aside(sha256) is None
    with pytest.raises(NotFound):
        storage.read_text(SYSTEM, "0" * 64, "a.txt")
