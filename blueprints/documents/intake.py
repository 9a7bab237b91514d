"""Files that come ahead of a registration: received at once, looked into, left out again (12.1)."""

from flask import request
from flask_login import current_user

from portal.documents import service as documents

ABOUT_FILES = {"files", "kept", "each", "scan"}  # fields that are not the document's own


def from_scan(form, scan_id):
    """The pages of a scan that is to be registered; the form learns what its separator sheet said."""
    if not scan_id:
        return []
    form.scan.data = scan_id
    for name, value in documents.scan_suggestion(current_user, scan_id).items():
        form[name].data = value
    return documents.scan_uploads(current_user, scan_id)


def only_reads():
    """Does the form only bring files, to be registered later?"""
    return "read" in request.form or "drop" in request.form


def without_dropped(uploads):
    """The files received so far, without the one that is to be left out."""
    dropped = request.form.get("drop", "")
    return [upload for place, upload in enumerate(uploads) if str(place) != dropped]
