"""Files that come ahead of a registration: received at once, looked into, left out again (12.1)."""

from flask import request
from flask_login import current_user

from portal.documents import service as documents


def from_scan(form, scan_id):
    """The pages of a scan that is to be registered; the form learns what its separator sheet said."""
    if not scan_id:
        return []
    form.scan.data, form.carrier.data = scan_id, "paper"
    named = documents.scan_suggestion(current_user, scan_id)
    if named.get("register_id"):
        form.register_id.data = named["register_id"]
    return documents.scan_uploads(current_user, scan_id)


def only_reads():
    """Does the form only bring files, to be registered later?"""
    return "read" in request.form or "drop" in request.form


def without_dropped(uploads):
    """The files received so far, without the one that is to be left out."""
    dropped = request.form.get("drop", "")
    return [upload for place, upload in enumerate(uploads) if str(place) != dropped]


def chosen_kind(kinds, registers):
    """The kind of registration that the form or the link to it names, else that of the register named there or by a
    scan's separator sheet, else the first one; None when there are none."""
    for one in kinds:
        if one.key == request.values.get("registration"):
            return one
    scan_id = request.args.get("scan")
    named = documents.scan_suggestion(current_user, scan_id) if scan_id else {}
    register_id = str(named.get("register_id") or request.values.get("register_id", ""))
    code = next((r.code for r in registers if str(r.id) == register_id), None)
    taking = [one for one in kinds if code is None or code in one.registers]
    by_law = [one for one in taking if one.kind == named.get("kind")]
    return (by_law or taking or [None])[0]
