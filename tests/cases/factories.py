"""What tests of cases start from: a catalogue, a message that arrives, a signed decision."""

import uuid

from portal.cases import service as cases
from portal.council import service as council
from portal.documents import service as documents
from portal.exchange.events import MessageReceived
from portal.exchange.models import Message, MessageFile, MessageState
from portal.kernel import clock
from portal.kernel.access import SYSTEM, set_of
from portal.kernel.db import db
from portal.kernel.events import announce
from portal.storage import service as storage

TREES = "PA-0123-001"
RESIDENT = "_PRIVATE@32000000012"


def catalogue(cast):
    """The trees' service in Bruno's unit, and the registers of documents."""
    documents.install_registers()
    service = cases.save_service(
        SYSTEM,
        TREES,
        index="KOK",
        name="Koku ciršanas atļauja",
        unit_id=cast.units["2"].id,
        term_months=1,
        keywords=["kok cir", "bērz"],
        description="Atļauja cirst kokus ārpus meža.",
    )
    db.session.commit()
    return service


def arrive(title="Iesniegums par koku ciršanu", sender=RESIDENT, service_code=TREES, received_at=None):
    """A message comes by e-address; returns the id of its case."""
    blob = storage.put(SYSTEM, b"Ludzu atlauju nocirst tris berzus.", mime="text/plain", name="iesniegums.txt")
    message = Message(
        external_id=uuid.uuid4().hex,
        state=MessageState.CONFIRMED,
        sender=sender,
        sender_name="Ilze Paraudziņa",
        title=title,
        service_code=service_code,
        received_at=received_at or clock.now(),
        access_set_id=set_of("role:clerk"),
    )
    message.files = [
        MessageFile(n=1, name="iesniegums.txt", mime="text/plain", sha256=blob.sha256, size_bytes=blob.size_bytes)
    ]
    db.session.add(message)
    db.session.flush()
    announce(SYSTEM, MessageReceived(message_id=message.id))
    document_id = documents.document_of_message(message.id)
    case = cases.open_for_document(SYSTEM, document_id, "incoming", message.id)  # the second call finds the first's
    db.session.commit()
    return case.id


def committee(cast):
    """A committee to lay drafts before."""
    body = council.add_body(SYSTEM, "committee", "Attīstības komiteja", "AK", 7, chair_id=cast.janis.id)
    db.session.commit()
    return body


def signed_decision(case_id):
    """A decision's document with its signed container; the case hears of it."""
    paper = storage.put(SYSTEM, b"lemums", mime="application/pdf", name="lemums.pdf")
    document = documents.create(
        SYSTEM,
        documents.DocumentKind.DECISION,
        "Lēmums par koku ciršanu",
        case_id=case_id,
        files=[("lemums.pdf", "application/pdf", paper.sha256, paper.size_bytes)],
    )
    container = storage.put(SYSTEM, b"konteiners", mime="application/vnd.etsi.asic-e+zip", name="lemums.asice")
    documents.attach_container(SYSTEM, document.id, container.sha256, container.size_bytes, "lemums.asice")
    cases.decision_signed(SYSTEM, uuid.uuid4(), case_id, document.id)
    db.session.commit()
    return document
