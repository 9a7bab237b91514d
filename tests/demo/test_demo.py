"""The demonstration municipality loads, is whole, and can be searched."""

import re

import pytest
import sqlalchemy as sa

from portal.audit import service as audit
from portal.demo import casework, load
from portal.demo.accounts import ACCOUNTS, PASSWORD
from portal.demo.texts import Writer
from portal.kernel import clock
from portal.kernel.db import db


def counted(table):
    return db.session.scalar(sa.select(sa.func.count()).select_from(db.metadata.tables[table]))


def test_writer_varies_and_repeats_itself_for_the_same_seed():
    first, second = Writer(3), Writer(3)
    letters = [first.letter() for _ in range(300)]
    assert letters == [second.letter() for _ in range(300)]
    assert len({letter.title for letter in letters}) > 150 and len({letter.text for letter in letters}) > 280
    assert not any("None" in letter.text or "  " in letter.text for letter in letters)
    assert all(len(letter.title) <= 500 for letter in letters)
    assert sum(bool(re.search("[āčēģīķļņšūž]", letter.text)) for letter in letters) == 300


def test_municipality_loads_and_is_searchable(app, run_jobs):
    said = []
    load(said.append, scale=0.02)
    assert said[-1] == "gatavs" and clock.offset() == 0
    assert counted("document") >= 40 and counted("service") == 12
    assert counted("case_file") >= 4
    from portal.council.models import Body, Session, SessionState, Vote

    assert db.session.scalar(sa.select(sa.func.count()).select_from(Body)) == 4
    states = db.session.scalars(sa.select(Session.state)).all()
    assert states.count(SessionState.CLOSED) == 2 and states.count(SessionState.PLANNED) == 4
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Vote)) > 20
    report = audit.verify()
    assert report.is_intact and report.unsealed == 0 and report.records > 150

    from jobs import search as search_jobs
    from portal.identity import service as identity
    from portal.kernel.access import SYSTEM
    from portal.search import service as search

    db.session.commit()
    search_jobs.index_pending()
    db.session.commit()
    found = search.find(SYSTEM, "iesniegumiem")
    assert found.total > 0
    assert identity.people_with_role("chair")

    browser = app.test_client()
    for account in ACCOUNTS:
        answer = browser.post("/sign-in", data={"username": account.username, "password": PASSWORD})
        assert answer.status_code == 303, account.username


def test_numbers_go_on_after_the_documents_of_the_demonstration(app):
    from portal.demo import people, records
    from portal.documents import service as documents
    from portal.documents.models import Document

    records.install()
    writer = Writer()
    town = people.settle(writer, 11)
    records.fill(town, writer, 30, lambda text: None)
    kept = set(db.session.scalars(sa.select(Document.number)))
    register = next(r for r in documents.list_registers(town.actors["anna"]) if r.code == "iesniegumi")
    new = documents.register(town.actors["anna"], register.id, "Jauns", clock.today())
    assert len(kept) == 30 and new.number not in kept


def test_waiting_message_carries_a_container_that_holds(app, tmp_path):
    from portal.sandbox import pki
    from portal.sandbox.store import Store
    from portal.signing import asice

    folder = tmp_path / "sandbox"
    message_id = casework.post(folder)
    kept = Store(folder).get("vus.inbox", message_id)
    assert [one["name"] for one in kept["files"]] == ["iesniegums.asice", "zemesgabala-plans.pdf"]
    container = asice.Container(casework.signed_application(pki.ensure(folder / "pki")))
    assert container is not None
    assert casework.plan_pdf().startswith(b"%PDF")


def test_it_is_not_loaded_into_a_real_instance(make_app):
    app = make_app(sandbox_url="")
    with app.app_context(), pytest.raises(RuntimeError):
        load(print)
