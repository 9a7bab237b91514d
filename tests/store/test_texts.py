"""Items are found by the words of their files (15.1)."""

import pytest

from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.search import service as search
from portal.storage import service as storage
from tests.storage import samples


@pytest.mark.req("14.1", "15.1")
def test_an_item_is_found_by_the_words_of_its_files_and_of_what_is_inside_them(app, system, run_jobs):
    gis, other = system("gis"), system("arhivs")
    archive = samples.zipped({"mape/līgums.docx": samples.docx(), "skenēts.png": samples.picture("Zvejas tiesības")})
    item = gis.keep("Pielikumi", files=[("pielikumi.zip", archive)])
    run_jobs()

    def found(words, actor=SYSTEM):
        db.session.commit()
        run_jobs()
        return [str(hit.object_id) for hit in search.find(actor, words).hits]

    assert found("ceļš remonts Ķekava") == [item["id"]]
    assert found("zvejas tiesības") == [] and storage.recognise_waiting(SYSTEM, run_s=600) == 1
    assert found("zvejas tiesības") == [item["id"]] == found("zvejas tiesības", gis.actor)
    assert found("zvejas tiesības", other.actor) == []
