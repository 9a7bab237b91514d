"""The e-address side of the sandbox over real HTTP, without waiting for its processing delay unless a test asks."""

import importlib
from types import SimpleNamespace

import pytest
from flask import Flask

from portal.exchange import service as exchange
from portal.exchange.events import DeliveryChanged, DeliveryQueued, MessageReceived
from portal.kernel import events
from portal.kernel.access import SYSTEM
from portal.kernel.db import db, new_id
from portal.sandbox import pki
from portal.sandbox.app import ROOT
from portal.sandbox.store import Store
from portal.storage import service as storage
from tests.conftest import point_to_sandbox, serving

ILZE = "_PRIVATE@32000000001"


@pytest.fixture
def vus_app(app, prepared, tmp_path):
    """Only this area's systems of the sandbox: its tests must not need the others."""
    folder = tmp_path / "var" / "sandbox"
    prepared.copy_pki_to(folder / "pki")
    other = Flask("sandbox", root_path=str(ROOT), template_folder="templates", static_folder="static")
    other.config["SECRET_KEY"] = "test"
    other.extensions.update(
        {"sandbox.store": Store(folder), "sandbox.pki": pki.ensure(folder / "pki"), "sandbox.instance": app}
    )
    for name in ("vus", "rooms", "mailbox", "vpvkac", "control"):
        other.register_blueprint(importlib.import_module(f"portal.sandbox.{name}").bp)
    return other


@pytest.fixture
def sandbox(app, vus_app):
    """The running post office: url, store, pki."""
    with serving(vus_app) as url:
        point_to_sandbox(app, url)
        store = vus_app.extensions["sandbox.store"]
        store.set_setting("vus.delay_s", 0)
        yield SimpleNamespace(url=url, app=vus_app, store=store, pki=vus_app.extensions["sandbox.pki"])


@pytest.fixture
def queue(app, cast, anna, alone):
    """`queue(...)`: a delivery by anna, committed."""

    def make(recipient=ILZE, data=b"%PDF-1.7 atbilde", title="Atbilde Nr. 3-12/26/15", actor=None, **changes):
        blob = storage.put(SYSTEM, data)
        values = {
            "document_id": new_id(),
            "recipient": recipient,
            "recipient_name": "Ilze Paraudziņa",
            "title": title,
            "files": [("atbilde.pdf", "application/pdf", blob.sha256, blob.size_bytes)],
            **changes,
        }
        delivery = exchange.queue_delivery(actor or anna, **values)
        db.session.commit()
        return delivery

    return make


@pytest.fixture
def received(monkeypatch):
    """The ids of messages that were announced, in place of what other areas do with them."""
    heard = []
    monkeypatch.setitem(events._together, MessageReceived, [lambda actor, message_id: heard.append(message_id)])
    return heard


@pytest.fixture
def alone(monkeypatch):
    """What other areas do about a delivery is left out."""
    monkeypatch.setitem(events._together, DeliveryChanged, [])
    monkeypatch.setitem(events._later, DeliveryQueued, [])
