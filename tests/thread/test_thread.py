"""The golden thread over the real protocols: e-address in, number and term, case, committee, council, signatures,
e-address out, PSPP, search, audit. The browser drives the same services (tests/council, tests/cases, tests/signing)."""

import time

import pytest
import sqlalchemy as sa

from portal.audit import service as audit
from portal.cases import service as cases
from portal.cases.models import Case
from portal.council import service as council
from portal.council.models import BodyKind, SessionKind
from portal.documents import service as documents
from portal.exchange.models import Delivery, Message
from portal.kernel import clock, events
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.jobs import PeriodicRun
from portal.sandbox.vus import post
from portal.search import service as search
from portal.signing import service as signing
from portal.signing.models import SignatureRequest
from tests.council import factories

SENDER = "_PRIVATE@32000000001"


@pytest.fixture
def town(cast, janis, sarma, dace, sandbox):
    """The council and a committee of the cast: Jānis presides, Sarma takes the minutes, Dace and three others vote."""
    documents.install_registers()
    others = factories.people(3)
    members = [janis, dace, *others]
    bodies = {}
    for kind, name in ((BodyKind.COMMITTEE, "Attīstības komiteja"), (BodyKind.COUNCIL, "Ozolpils novada dome")):
        body = council.add_body(
            SYSTEM, kind, name, name.split()[0], len(members), chair_id=janis.person_id, minute_taker_id=sarma.person_id
        )
        for member in members:
            council.add_member(SYSTEM, body.id, member.person_id)
        bodies[kind] = body
    cases.save_service(
        SYSTEM,
        "PA-0123-001",
        index="ZN",
        name="Zemes noma",
        unit_id=cast.units["2"].id,
        term_working_days=10,
        keywords=["zem", "nom"],
    )
    db.session.commit()
    return bodies, members


def decide(body, members, secretary, matter, days):
    """A session of the body in which all vote for the matter. Returns the session."""
    session = council.create_session(
        secretary, body.id, SessionKind.REGULAR, clock.now() + clock.timedelta(days=days), "Sēžu zāle", template=False
    )
    council.place(secretary, session.id, matter.id)
    council.invite(secretary, session.id)
    chair = members[0]
    council.open_session(chair, session.id)
    for member in members:
        council.check_in(member, session.id)
    council.open_matter(chair, matter.id)
    ballot = council.open_ballot(chair, matter.id)
    for member in members:
        council.cast_vote(member, ballot.id, "par")
    result = council.close_ballot(chair, ballot.id)
    assert result.adopted
    council.close_session(chair, session.id)
    db.session.commit()
    return session


@pytest.mark.thread
@pytest.mark.req("3.1", "3.2", "7.2", "8.1", "8.2", "9", "12.2", "12.4", "13.1", "13.2", "13.3", "15.2", "6.1")
def test_an_application_becomes_a_signed_delivered_and_proven_decision(
    town, sandbox, run_jobs, anna, bruno, liga, sarma, janis, pauls
):
    bodies, members = town
    post.deliver(
        sandbox.store,
        sender=SENDER,
        sender_name="Ilze Zvirbule",
        title="Par zemes nomu Upmalē",
        description="Lūdzu iznomāt zemi",
        files=[("iesniegums.txt", "text/plain", "Lūdzu zemi Upmalē".encode())],
        service_code="PA-0123-001",
        personal={"given_name": "Ilze", "surname": "Zvirbule"},
    )
    run_jobs(periodic=True)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Message)) == 1
    case = db.session.scalar(sa.select(Case))
    application = documents.get_document(anna, case.document_id)
    assert application.number and application.due_on == clock.add_working_days(application.received_on, 10)

    cases.assign(bruno, case.id, liga.person_id)
    matter = cases.submit_draft(
        liga, case.id, "Par zemes nomu Upmalē", "Nolemj iznomāt zemesgabalu Upmalē.", bodies[BodyKind.COMMITTEE].id
    )
    db.session.commit()
    matter = council.pool(sarma, bodies[BodyKind.COMMITTEE].id)[0]
    decide(bodies[BodyKind.COMMITTEE], members, sarma, matter, 5)
    matter = council.pool(sarma, bodies[BodyKind.COUNCIL].id)[0]
    decide(bodies[BodyKind.COUNCIL], members, sarma, matter, 6)
    run_jobs()

    for asked in db.session.scalars(sa.select(SignatureRequest)).all():
        if "ēmums" in asked.title or asked.about_kind == "decision":
            signing.sign(janis, asked.id, "1234")
    db.session.commit()
    run_jobs()
    db.session.refresh(case)
    assert case.result_document_id
    container = [f for f in documents.files_of(case.result_document_id) if f.role == documents.FileRole.CONTAINER][0]
    assert container.name.endswith(".asice")

    cases.deliver(liga, case.id)
    db.session.commit()
    for _round in range(8):
        run_jobs(periodic=True)
        db.session.execute(sa.delete(PeriodicRun))
        db.session.commit()
        db.session.refresh(case)
        if case.status.value == "SNIEGTS":
            break
        time.sleep(0.5)
    waiting = [(e.job, e.state, e.error) for e in db.session.scalars(sa.select(events.Outbox)) if e.state != "done"]
    assert (case.status.value, waiting) == ("SNIEGTS", [])
    assert case.done_on
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 1
    sent = post.sent(sandbox.store)
    assert len(sent) == 1
    run_jobs(periodic=True)

    found = search.find(liga, "zemesgabalam", search.Filters(), 1)
    assert found.total >= 1
    assert search.find(pauls, "zemesgabalam", search.Filters(), 1).total == 0
    assert search.find(liga, "upmala", search.Filters(), 1).total >= 1
    audit.seal(SYSTEM)
    db.session.commit()
    assert audit.verify(lambda *_: None).findings == []
