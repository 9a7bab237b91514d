"""What flows may know of a document, and letting those see it who are to do a step."""

import sqlalchemy as sa

from portal.documents.models import Document, DocumentFile
from portal.documents.service.kinds import kind_of, list_kinds
from portal.documents.service.records import share
from portal.kernel.access import SYSTEM
from portal.kernel.db import db


def flow_facts(document_id):
    """The document's fields as JSON values, by the names that conditions use; {} when it is not there."""
    document = db.session.get(Document, document_id)
    if document is None:
        return {}
    has_files = sa.select(DocumentFile.id).where(DocumentFile.document_id == document_id).limit(1)
    return {
        **_own_fields(document),
        "kind": str(document.kind),
        "direction": document.direction.value,
        "register": document.register.code,
        "number": document.number,
        "title": document.title,
        "author": document.author,
        "addressee": document.addressee,
        "summary": document.summary,
        "received_on": document.received_on.isoformat(),
        "due_on": document.due_on.isoformat() if document.due_on else None,
        "responsible_id": _text(document.responsible_id),
        "unit_id": _text(document.unit_id),
        "case_id": _text(document.case_id),
        "has_files": db.session.scalar(has_files) is not None,
    }


def flow_fields():
    """{key: label} of the fields that kinds of registration have of their own."""
    return {field["key"]: field["label"] for kind in list_kinds() for field in kind.fields}


def _own_fields(document):
    """The values of the kind's own fields; money in euro, as people write it in a condition."""
    kind = kind_of(document) if document.extra else None
    money = {field["key"] for field in kind.fields if field["type"] == "money"} if kind else set()
    return {key: value / 100 if key in money else value for key, value in (document.extra or {}).items()}


def flow_title(document_id):
    """(title, id of the access set) of the document, for a run about it; None when it is not there."""
    document = db.session.get(Document, document_id)
    return (str(document), document.access_set_id) if document else None


def open_for_step(_actor, about_kind, about_id, keys):
    """Those who are to do a step of a document's flow see the document (workflow.StepGiven)."""
    if about_kind == "document" and keys:
        share(SYSTEM, about_id, *keys)


def _text(value):
    return str(value) if value else None
