"""The portal's own documents as items: what came by e-address is read from the store by who was granted it (14.1)."""

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
    store.destroy_own(item.external_id)
    db.session.flush()
    assert storage.erase(blob.sha256, apart_from=("document_file",)) is True
    assert store.get_item(SYSTEM, item.id).state == "destroyed"
    assert store.keep_own(item.external_id, class_code="x", class_name="X", level="open", title="Vēlreiz", facts={},
                          date=None, files=[]) is None  # fmt: skip
