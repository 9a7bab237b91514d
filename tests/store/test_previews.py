"""What jobs make of an item's files: the picture of a first page, and text, kept once for all (14.1)."""

import io

import pytest
import sqlalchemy as sa
from PIL import Image

from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.storage import service as storage
from portal.storage.models import Blob, BlobPreview, ScanState
from portal.store import service as store
from tests.storage import samples

pytestmark = pytest.mark.req("14.1")


def test_the_first_page_and_the_text_of_files_are_given_to_who_reads_them(a, b, cast, edgars, as_client, run_jobs):
    broken = b"%PDF-1.7 nothing behind it"
    files = {"plāns.pdf": samples.pdf(), "zīme.png": samples.picture(), "s.docx": samples.docx(), "bojāts.pdf": broken}
    kept = a.keep("Ar attēliem", list(files.items()))
    pdf, picture, letter, bad = ([one["preview_url"][7:], one["text_url"][7:]] for one in kept["files"])
    a.ask("GET", pdf[0], 404)
    assert a.ask("GET", pdf[1]).json == {"state": "waiting", "problem": None, "text": ""}
    run_jobs()
    for address in (pdf[0], picture[0]):
        answer = a.ask("GET", address)
        image = Image.open(io.BytesIO(answer.data))
        assert (image.format, answer.mimetype) == ("PNG", "image/png") and 100 < image.width <= 900
        a.ask("GET", address, 304, {"If-None-Match": answer.headers["ETag"]})
        b.ask("GET", address, 404)
    a.ask("GET", letter[0], 404)
    a.ask("GET", bad[0], 404)
    told = a.ask("GET", letter[1]).json
    assert told["state"] == "read" and "remont" in told["text"]
    told = a.ask("GET", bad[1]).json
    assert told["state"] == "parked" and told["problem"]
    b.ask("GET", letter[1], 404)

    # on the page of who was granted it; the same bytes are drawn once
    store.give_grant(edgars, a.id, "role:clerk", item_id=kept["id"])
    db.session.commit()
    anna = as_client("anna")
    page, source = (
        anna.get(f"/store/items/{kept['id']}").text,
        f"/store/items/{kept['id']}/files/{kept['files'][0]['id']}",
    )
    assert f'src="{source}/preview.png"' in page and "remont" in page and page.count("preview-picture") == 2
    assert anna.get(f"{source}/preview.png").mimetype == "image/png"
    assert as_client("liga").get(f"{source}/preview.png").status_code == 404
    again = b.keep("Tas pats", [("cits.pdf", samples.pdf())])
    run_jobs()
    first, second = kept["files"][0]["sha256"], again["files"][0]["sha256"]
    drawn = db.session.scalars(sa.select(BlobPreview).where(BlobPreview.sha256.in_([first, second]))).all()
    assert len(drawn) == len({first, second}) and storage.make_preview(SYSTEM, first) == drawn[0].preview_sha256

    # nobody is given what was made of a file in quarantine
    db.session.get_one(Blob, first).scan = ScanState.QUARANTINED
    db.session.commit()
    a.ask("GET", pdf[0], 409)
    a.ask("GET", pdf[1], 409)


def test_a_picture_goes_with_its_file(app):
    blob = storage.put(SYSTEM, samples.picture())
    drawn = storage.make_preview(SYSTEM, blob.sha256)
    db.session.commit()
    assert storage.read(drawn).startswith(b"\x89PNG") and storage.erase(drawn) is False
    assert storage.erase(blob.sha256) is True
    assert db.session.get_one(Blob, drawn).erased_at and db.session.get(BlobPreview, blob.sha256) is None
