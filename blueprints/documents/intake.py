"""Files that come ahead of a registration: received at once, looked into, left out again (12.1)."""

from flask import request


def only_reads():
    """Does the form only bring files, to be registered later?"""
    return "read" in request.form or "drop" in request.form


def without_dropped(uploads):
    """The files received so far, without the one that is to be left out."""
    dropped = request.form.get("drop", "")
    return [upload for place, upload in enumerate(uploads) if str(place) != dropped]
