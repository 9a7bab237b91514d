"""A signer refuses: the decision goes back to the council, the minutes keep the reason (LAW-51, LAW-54)."""

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.council import service as council
from portal.council.models import PaperState, Subject
from portal.documents import service as documents
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Forbidden
from portal.signing import service as signing
from portal.signing.models import RequestState, SignatureRequest
from portal.workflow.models import Task, TaskState
from tests.council import factories as make
from tests.council.test_jobs import text_of

WHY = "Lēmums neatbilst budžetam"


def closed(subject=Subject.GENERAL):
    """A council of nine that has adopted one matter unanimously in a closed session."""
    documents.install_registers()
    dome = make.body(members=9)
    session, (matter,) = make.opened(dome, subject=subject)
    ballot = make.ballot(dome, matter)
    make.vote(dome, ballot.id, par=range(9))
    council.close_ballot(dome.chair, ballot.id)
    council.close_session(dome.chair, session.id)
    db.session.commit()
    return dome, session, matter


def request_about(about_id):
    return db.session.scalars(
        sa.select(SignatureRequest).where(SignatureRequest.about_id == about_id).order_by(SignatureRequest.id.desc())
    ).first()


def tasks(kind):
    return db.session.scalars(sa.select(Task).where(Task.kind == kind, Task.state == TaskState.OPEN)).all()


def reasons(action):
    return db.session.scalars(sa.select(AuditRecord.reason).where(AuditRecord.action == action)).all()


@pytest.mark.req("13.3")
def test_a_refused_decision_is_examined_again_and_the_councils_chair_convenes_the_session(app):
    dome, _session, matter = closed()
    council.make_decision(matter.id)
    decision = council.decision_of(SYSTEM, matter.id)
    signing.refuse(dome.chair, decision.signature_request_id, WHY)
    db.session.commit()
    assert decision.state == PaperState.REFUSED and reasons("council.decision_refused") == [WHY]
    (task,) = tasks("council.reexamine")
    assert task.person_id == dome.chair.person_id and matter.title in task.title
    (again,) = council.pool(dome.secretary, dome.body.id)
    assert again.origin_matter_id == matter.id and again.draft_text == matter.draft_text
    assert not tasks("signing.sign")


@pytest.mark.req("13.3")
def test_the_decision_on_the_chair_cannot_be_refused(app):
    dome, _session, matter = closed(Subject.COUNCIL_CHAIR)
    council.make_decision(matter.id)
    decision = council.decision_of(SYSTEM, matter.id)
    db.session.commit()
    with pytest.raises(Forbidden):
        signing.refuse(dome.chair, decision.signature_request_id, WHY)
    db.session.rollback()
    decision = council.decision_of(SYSTEM, matter.id)
    assert decision.state == PaperState.SIGNING
    assert request_about(decision.id).state == RequestState.OPEN and len(tasks("signing.sign")) == 1


@pytest.mark.req("13.1", "13.2")
def test_a_refusal_stands_in_the_minutes_which_are_signed_anew(app):
    dome, session, _matter = closed()
    minutes = council.draft_minutes(dome.secretary, session.id)
    council.update_minutes(dome.secretary, minutes.id, {"other": "Sēde tika ierakstīta."})
    council.finalise(dome.secretary, minutes.id)
    council.make_minutes(minutes.id)
    first = minutes.document_id
    signing.refuse(dome.chair, minutes.signature_request_id, WHY)
    db.session.commit()
    assert minutes.state == PaperState.DRAFT and reasons("council.minutes_refused") == [WHY]
    assert documents.get_document(SYSTEM, first).state == "annulled"
    assert not tasks("signing.sign") and len(tasks("council.minutes")) == 1

    council.draft_minutes(dome.secretary, session.id)
    council.finalise(dome.secretary, minutes.id)
    council.make_minutes(minutes.id)
    db.session.commit()
    words = text_of(minutes.document_id)
    assert minutes.document_id != first and dome.chair.name in words and f"atteicās parakstīt protokolu: {WHY}" in words
    assert "Sēde tika ierakstīta." in words and not tasks("council.minutes")
    assert request_about(minutes.id).state == RequestState.OPEN and len(tasks("signing.sign")) == 2


def test_who_prepares_the_session_sees_who_has_seen_the_invitation(app, cast, as_client):
    body = council.add_body(SYSTEM, "council", "Ozolpils novada dome", "Dome", 3, chair_id=cast.janis.id)
    for person in (cast.janis, cast.dace):
        council.add_member(SYSTEM, body.id, person.id)
    from portal.identity import service as identity

    sarma = identity.actor_for(cast.sarma.id)
    dome = make.SimpleNamespace(body=body, secretary=sarma)
    session = make.planned(dome)
    make.matter(dome, session=session)
    council.invite(sarma, session.id)
    db.session.commit()
    page = f"/council/sessions/{session.id}"
    assert as_client("sarma").get(page).status_code == 200
    assert as_client("dace").get(page, headers={"HX-Request": "true"}).status_code == 200
    seen = council.invitations_of(sarma, session.id)
    assert seen[cast.dace.id].seen_at is None and seen[cast.janis.id].seen_at is None
    browser = as_client("dace")
    browser.get(page)
    first = council.invitations_of(sarma, session.id)[cast.dace.id].seen_at
    browser.get(page)
    seen = council.invitations_of(sarma, session.id)
    assert first and seen[cast.dace.id].seen_at == first and seen[cast.janis.id].seen_at is None
