"""Why somebody opens a document, remembered for the session in which they said so."""

from flask import session

_MOST = 8  # remembered at once, the newest


def purpose_of(document_id):
    """What the actor said in this session about why they open the document."""
    return session.get("purposes", {}).get(str(document_id), "")


def remember_purpose(document_id, purpose):
    """Keep it for the session."""
    said = {**session.get("purposes", {}), str(document_id): purpose}
    session["purposes"] = dict(list(said.items())[-_MOST:])
