"""Searching inside one text, and inside a document's files."""

import io
import re

import pytest

from portal.documents import service as documents
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.search.inside import spots_inside
from portal.search.passages import spots
from portal.search.query import parse
from portal.storage import service as storage
from portal.storage.extract.limits import Place

TEXT = """Dome nolēma atjaunot ceļu. Ceļa remontu veic ceļinieks; ceļiem vajag līdzekļus, nevajag vārdus.
Jāremontē arī tilts: visplatākais tilts Pļaviņās. Es eju, tu gāji, viņi iet. Ir un nav, bija un būs.
Skolas ielas remonts un Skolas ielu remonti. CEĻŠ, ceļš_2 un 2.4/26-7; Ozoliņa kungs un Ozoliņam."""


@pytest.mark.alike
def test_a_long_text_gives_the_same_places_as_a_short_one(app):
    for query in ("ceļš", "celi remonts", '"ielas remonts"', '="remontu"', "remont*", "tilti -ceļš", "iet", "būt",
                  "2.4/26-7", "vajadzēt", "ozoliņš VAI plats", '="skolas ielu"', "remontēt", "numurs:2.4", "-tilts",
                  "platas"):  # fmt: skip
        clauses = parse(query)
        assert spots_inside(TEXT, clauses, "t") == spots(TEXT, clauses), query


def _pdf():
    import pikepdf

    made, out = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    made.save(out)
    return out.getvalue()


@pytest.mark.req("15.2")
def test_a_document_opens_with_the_query_marked_and_tells_of_pages_and_other_files(
    registers, make_document, as_client, run_jobs
):
    pages = [f"{number}. lapa. Par {'ceļiem un ceļu' if number % 3 == 0 else 'upi'}. " + "Vārdi. " * 50
             for number in range(1, 301)]  # fmt: skip
    document = make_document(title="Plāns", code="sanemtie", files=[
        ("pirmais.txt", "Par tiltu, ceļam un <b>ceļu</b>.".encode()), ("plans.pdf", _pdf()), ("tukss.txt", b"x"),
    ])  # fmt: skip
    run_jobs()
    files = {file.name: file for file in documents.files_of(document.id)}
    text, places = "", []
    for number, page in enumerate(pages, 1):
        places.append(Place("page", str(number), len(text)))
        text += page
    storage.set_text(SYSTEM, files["plans.pdf"].sha256, text, places)
    db.session.commit()
    anna, where = as_client("anna"), f"/documents/{document.id}"
    page = anna.get(where, query_string={"find": "ceļš"}).text
    assert re.search(r'<mark data-hit id="hit-1">ceļam</mark>', page) and "&lt;b&gt;" in page
    assert (
        re.search(r"pirmais\.txt \(2\)", page) and re.search(r"plans\.pdf \(200\)", page) and "tukss.txt (" not in page
    )
    asked = {"find": "celi", "file": str(files["plans.pdf"].id)}
    part = anna.get(f"{where}/inside", query_string=asked, headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div id="inside"') and "200 atradumi" in part
    assert re.search(r'view=1#page=3" target="viewer"><span class="inside-place">3\. lpp\.', part)
    whole = anna.get(where, query_string=asked).text
    assert "<iframe" in whole and "view=1#page=3" in whole
    assert anna.get(f"{where}/inside", query_string=asked).location.startswith(where)
    none = anna.get(f"{where}/inside", query_string=asked | {"find": "zivs"}, headers={"HX-Request": "true"}).text
    assert "0 atradumu" in none and "„zivs”" in none
