"""The portal's own documents as items: what came by e-address is read from the store by who was granted it (14.1)."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from portal.documents import service as documents
from portal.documents.models import Document, Ground
from portal.exchange import service as exchange
from portal.exchange.models import MessageFile
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.sandbox import vus
from portal.search import service as search
from portal.search.models import SearchEntry
from portal.storage import service as storage
from portal.store import service as store
from tests.exchange.conftest import ILZE
from tests.exchange.conftest import sandbox as sandbox
from tests.exchange.conftest import vus_app as vus_app

pytestmark = pytest.mark.req("14.1", "3.3")


def test_a_file_released_from_the_e_address_is_still_read_from_the_store(sandbox, a, cast, anna, edgars, run_jobs):
    documents.install_registers()
    data = b"%PDF-1.7 iesniegums"
    came = vus.deliver(sandbox.store, sender=ILZE, sender_name="Ilze Paraudziņa", title="Iesniegums par ceļu",
                       service_code="PA-1", description="Lūdzu salabot",
                       files=[("iesniegums.pdf", "application/pdf", data)])  # fmt: skip
    exchange.receive_all(SYSTEM)
    run_jobs()
    document = db.session.scalars(sa.select(Document)).one()
    item = store.list_items(SYSTEM).rows[0]
    assert (item.owner, item.external_id, item.title) == ("portal", f"document:{document.id}", "Iesniegums par ceļu")
    assert a.ask("GET", "/items").json["items"] == []
    store.give_grant(edgars, "portal", a.key, class_code=document.kind.value, up_to_level="internal")
    db.session.commit()

    # the e-address has let it go, and so has our copy of the message
    assert sandbox.store.get("vus.inbox", came)["confirmed"][0] == "RecipientAccepted"
    sha256 = db.session.scalars(sa.select(MessageFile.sha256)).one()
    db.session.execute(sa.delete(MessageFile))
    assert storage.erase(sha256, apart_from=("document_file",)) is False
    db.session.commit()
    (told,) = a.ask("GET", "/items?expand=files").json["items"]
    file = told["files"][0]["url"].removeprefix("/api/v1")
    assert a.ask("GET", file).data == data

    # the item follows the document: restricted, it is held more closely than the grant goes
    documents.restrict(anna, document.id, ground=Ground.LAW, basis="Sociālo pakalpojumu likums, 3. pants")
    db.session.commit()
    a.ask("GET", file, 404)
    assert store.get_item(SYSTEM, item.id).level == "restricted"


def test_a_destroyed_document_leaves_no_bytes_in_the_store(a, app, anna, cast, run_jobs):
    documents.install_registers()
    register = documents.list_registers(anna)[0]
    blob = storage.put(SYSTEM, b"iznicinams")
    documents.register(anna, register.id, "Vecs dokuments", clock.today(),
                       uploads=[("v.txt", "text/plain", blob.sha256, blob.size_bytes)])  # fmt: skip
    run_jobs()
    item = store.list_items(SYSTEM).rows[0]
    store.keep_own(item.external_id, class_code=item.class_code, class_name="", level="internal", title="Cits",
                   facts={}, date=None, files=[("v.txt", "text/plain", blob.sha256, blob.size_bytes)])  # fmt: skip
    assert store.changes_of(item)
    store.destroy_own(item.external_id)
    db.session.flush()
    assert store.changes_of(item) == []  # they told what was in it
    assert storage.erase(blob.sha256, apart_from=("document_file",)) is True
    assert store.get_item(SYSTEM, item.id).state == "destroyed"
    assert store.keep_own(item.external_id, class_code="x", class_name="X", level="open", title="Vēlreiz", facts={},
                          date=None, files=[]) is None  # fmt: skip


def test_the_portals_items_are_in_the_index_only_while_somebody_was_granted_them(a, app, anna, cast, edgars, run_jobs):
    documents.install_registers()
    register = documents.list_registers(anna)[0]
    for title in ("Zvejas līgums", "Zvejas atļauja"):
        documents.register(anna, register.id, title, clock.today())
    db.session.commit()
    run_jobs()
    one, other = (item.id for item in store.list_items(SYSTEM).rows)
    code = store.get_item(SYSTEM, one).class_code

    def found(and_records=False):
        """Items found by the system, and entries that the index has of items."""
        db.session.commit()
        run_jobs()
        if and_records:
            search.fill()
            search.rebuild()
        rows = db.session.scalars(sa.select(SearchEntry).where(SearchEntry.kind == "store_item"))
        kept = {row.object_id for row in rows if not row.removed}
        asked = replace(a.actor, keys=a.actor.keys | {"can:search.use"})
        hits = {hit.object_id for hit in search.find(asked, "zveja").hits if hit.kind == "store_item"}
        assert kept == hits  # whoever may find nothing else finds all that is there
        return kept

    assert found() == set() == found(and_records=True)
    of_class = store.give_grant(
        edgars, "portal", a.key, class_code=code, up_to_level="internal", until=clock.today()
    ).id
    assert found() == {one, other} == found(and_records=True)
    entry = db.session.scalars(sa.select(SearchEntry).where(SearchEntry.object_id == one)).one()
    assert (entry.level, entry.status) == ("store.internal", "store_item.active") and entry.class_name
    single = store.give_grant(edgars, "portal", a.key, item_id=one).id
    store.end_grant(edgars, of_class)
    assert found() == {one} == found(and_records=True)
    store.end_grant(edgars, single)
    assert found() == set()

    # a grant that has run out, and a class above the level that is granted
    store.give_grant(edgars, "portal", a.key, class_code="*", up_to_level="open")
    assert found() == set()
    store.give_grant(edgars, "portal", a.key, class_code=code, until=clock.today())
    store.give_grant(edgars, "portal", a.key, item_id=other, until=clock.today())
    assert found() == {one, other}
    db.session.commit()
    clock.set_offset(int((clock.now() - clock.real_now()).total_seconds()) + 86400)
    store.follow_expired()
    db.session.commit()
    run_jobs()
    rows = db.session.scalars(sa.select(SearchEntry).where(SearchEntry.kind == "store_item"))
    assert all(row.removed for row in rows)
