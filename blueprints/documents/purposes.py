"""Why somebody opens a document, remembered for the session in which they said so."""

from flask import session
from flask_login import current_user

from portal.documents import service as documents

_MOST = 8  # remembered at once, the newest


def purpose_of(document_id):
    """What the actor said in this session about why they open the document."""
    return session.get("purposes", {}).get(str(document_id), "")


def answered_document(document_id):
    """The document that a form answers, None without one: the form shows its title and author, so what opening it asks
    is asked first."""
    if not document_id:
        return None
    document = documents.get_document(current_user, document_id)
    documents.ensure_openable(current_user, document, purpose_of(document.id))
    return document


def remember_purpose(document_id, purpose):
    """Keep it for the session."""
    said = {**session.get("purposes", {}), str(document_id): purpose}
    session["purposes"] = dict(list(said.items())[-_MOST:])
