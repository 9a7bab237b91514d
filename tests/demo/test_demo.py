"""The demonstration municipality loads, is whole, and can be searched."""

import re

import pytest
import sqlalchemy as sa

from portal.audit import service as audit
from portal.cases.models import Case, SendingState, Status
from portal.council.models import Decision, Minutes, PaperState, SessionState
from portal.demo import casework, load, outside, words
from portal.demo.accounts import ACCOUNTS, PASSWORD
from portal.demo.texts import Writer
from portal.documents.models import DocumentFile
from portal.exchange.models import DeliveryState
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.search import service as search


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


def digits_of(code, weights):
    return sum(weight * int(digit) for weight, digit in zip(weights, code, strict=True))


def test_codes_have_the_form_of_real_ones_and_belong_to_nobody():
    writer = Writer()
    for code in (writer.code() for _ in range(200)):
        assert re.fullmatch(r"32\d{9}", code)
        assert int(code[-1]) != (1 + digits_of(code[:10], (10, 5, 8, 4, 2, 1, 6, 3, 7, 9))) % 11 % 10
    assert len(words.COMPANY_NUMBERS) == len(words.COMPANIES)
    for number in words.COMPANY_NUMBERS:
        assert re.fullmatch(r"4\d{10}", number)
        assert digits_of(number, (9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)) % 11 != 3


@pytest.mark.slow
@pytest.mark.alike
def test_municipality_is_whole_searchable_and_leaves_no_job_behind(app, sandbox, run_jobs):
    said = []
    load(said.append, scale=0.02)
    assert said[-1] == "gatavs" and clock.offset() == 0
    report = audit.verify()
    assert report.is_intact and report.unsealed == 0 and report.records > 150
    run_jobs(periodic=True)
    _registry_and_sessions_are_there()
    _cases_stand_in_every_status_and_are_reported(sandbox.store)
    _papers_are_signed()
    _everybody_signs_in_and_finds(app)


def _registry_and_sessions_are_there():
    assert counted("document") >= 40 and counted("service") == 12
    assert counted("council_body") == 4 and counted("vote") > 20
    states = db.session.scalars(sa.select(db.metadata.tables["council_session"].c.state)).all()
    assert states.count(SessionState.CLOSED) == 2 and states.count(SessionState.PLANNED) == 4


def _cases_stand_in_every_status_and_are_reported(store):
    outbox = db.metadata.tables["outbox"]
    assert db.session.execute(sa.select(outbox.c.job, outbox.c.error).where(outbox.c.state != "done")).all() == []
    cases = db.session.scalars(sa.select(Case)).all()
    assert {case.status for case in cases} == set(Status)
    without_code = [case for case in cases if not case.client_code]
    assert len(without_code) == 1 and all(
        case.client_kind == "legal" for case in cases if case.client_name[0].islower()
    )
    events = db.metadata.tables["pspp_event"]
    reported = db.session.execute(sa.select(events.c.case_id, events.c.state)).all()
    assert {state for _case_id, state in reported} == {SendingState.SENT}
    assert {case_id for case_id, _state in reported} == {case.id for case in cases if case.client_code}
    assert len(store.list("pspp.instance")) == len(cases) - 1
    states = db.session.scalars(sa.select(db.metadata.tables["delivery"].c.state)).all()
    assert set(states) == {DeliveryState.DELIVERED}


def _papers_are_signed():
    papers = [*db.session.scalars(sa.select(Decision)), *db.session.scalars(sa.select(Minutes))]
    assert len(papers) >= 3 and all(paper.state == PaperState.SIGNED and paper.document_id for paper in papers)
    containers = db.session.scalars(sa.select(DocumentFile).where(DocumentFile.name.like("%.asice"))).all()
    assert len(containers) == len(papers) + 1  # and the application that waited in the sandbox's post office
    assert {file.signatures["verdict"] for file in containers} == {"valid"}


def _everybody_signs_in_and_finds(app):
    assert search.find(SYSTEM, "iesniegumiem").total > 0
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


def test_waiting_message_carries_a_container_that_verifies_and_a_plan(app):
    from portal.signing import service as signing

    with outside.answering() as store:
        kept = store.get("vus.inbox", casework.post(store))
    assert [one["name"] for one in kept["files"]] == ["iesniegums.asice", "zemesgabala-plans.pdf"]
    container = store.blob_get(kept["files"][0]["sha"])
    assert signing.verify(container, "iesniegums.asice").to_json()["verdict"] == "valid"
    assert casework.plan_pdf().startswith(b"%PDF")


def test_it_is_not_loaded_into_a_real_instance(make_app):
    app = make_app(sandbox_url="")
    with app.app_context(), pytest.raises(RuntimeError):
        load(print)
