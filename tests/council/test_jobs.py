"""The papers of a session: made once however often the job runs, registered, sent for signing."""

import io

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from portal.council import service as council
from portal.council.models import Decision, PaperState
from portal.documents import service as documents
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.signing.models import SignatureRequest
from portal.storage import service as storage
from tests.council import factories as make


@pytest.fixture
def adopted(app):
    """A council that has adopted one matter in a closed session."""
    documents.install_registers()
    dome = make.body(members=9)
    session, (matter,) = make.opened(dome)
    ballot = make.ballot(dome, matter)
    make.vote(dome, ballot.id, par=range(6), pret=[6], atturas=[7])
    council.close_ballot(dome.chair, ballot.id)
    council.close_session(dome.chair, session.id)
    db.session.commit()
    return dome, session, matter


def text_of(document_id):
    """The words of a document's first file."""
    file = documents.files_of(document_id)[0]
    pages = PdfReader(io.BytesIO(storage.read(file.sha256))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.req("13.2", "13.3")
def test_decision_is_numbered_drawn_registered_and_sent_to_the_chair(adopted):
    dome, session, matter = adopted
    council.make_decision(matter.id)
    council.make_decision(matter.id)  # a job may run twice
    (decision,) = db.session.scalars(sa.select(Decision)).all()
    assert decision.state == PaperState.SIGNING and decision.sign_by_on > decision.adopted_on
    (request,) = db.session.scalars(sa.select(SignatureRequest)).all()
    assert request.id == decision.signature_request_id and request.about_id == decision.id
    words = text_of(decision.document_id)
    for word in (decision.number, matter.title, "Nolemj: iznomāt", dome.members[6].name):
        assert word in words


def test_signed_decision_counts_its_term_and_keeps_the_container(adopted):
    _dome, _session, matter = adopted
    council.make_decision(matter.id)
    decision = council.decision_of(SYSTEM, matter.id)
    blob = storage.put(SYSTEM, b"PK\x05\x06" + bytes(18))
    for _again in range(2):
        council.paper_signed(SYSTEM, "decision", decision.id, blob.sha256, "lemums.asice", blob.size_bytes)
    assert decision.state == PaperState.SIGNED and decision.publish_by_on is not None
    assert [file.name for file in documents.files_of(decision.document_id)].count("lemums.asice") == 1


@pytest.mark.req("13.2")
def test_minutes_paper_holds_the_thirteen_fields(adopted):
    dome, session, matter = adopted
    minutes = council.draft_minutes(dome.secretary, session.id)
    council.finalise(dome.secretary, minutes.id)
    db.session.commit()
    council.make_minutes(minutes.id)
    council.make_minutes(minutes.id)
    assert minutes.state == PaperState.SIGNING
    words = text_of(minutes.document_id)
    for field in ("1. ", "2. ", "3. ", "4. ", "5. ", "6. ", "7.–12. ", "13. ", matter.title, dome.members[8].name):
        assert field in words


def test_extract_and_agenda_are_made_once(adopted):
    _dome, session, matter = adopted
    council.make_decision(matter.id)
    council.make_extract_paper(matter.id)
    council.make_extract_paper(matter.id)
    decision = council.decision_of(SYSTEM, matter.id)
    assert matter.title in text_of(decision.extract_document_id)
    council.make_agenda_paper(session.id)
    assert matter.title in text_of(session.agenda_document_id)


def test_rejected_matter_makes_no_decision(app):
    dome = make.body(members=9)
    _session, (matter,) = make.opened(dome)
    ballot = make.ballot(dome, matter)
    make.vote(dome, ballot.id, par=range(4), pret=range(4, 8))
    council.close_ballot(dome.chair, ballot.id)
    council.make_decision(matter.id)
    assert db.session.scalar(sa.select(sa.func.count(Decision.id))) == 0
