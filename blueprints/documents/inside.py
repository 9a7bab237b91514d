"""Searching inside a document: every found form in its files, with the page it stands on (15.2)."""

from flask import request
from flask_login import current_user

from blueprints.documents import bp
from blueprints.documents.purposes import purpose_of
from portal.documents import service as documents
from portal.kernel.web import go_to, is_htmx, needs, render
from portal.search.query import LONGEST_QUERY


@bp.route("/documents/<uuid:document_id>/inside")
@needs("documents.read")
def inside(document_id):
    """The hits of ?find=… in the file shown (?file=…), and how many the other files have. A reading, and in the log as
    one."""
    query = request.args.get("find", "").strip()[:LONGEST_QUERY]
    if not is_htmx():
        return go_to("documents.show", document_id=document_id, find=query or None, file=request.args.get("file"))
    document = documents.open_document(current_user, document_id, purpose_of(document_id))
    files = documents.files_of(document.id)
    look = look_inside(files, query, request.args.get("file"), keep_file=True)
    return render("documents/_inside.html", document=document, files=files, **look)


def look_inside(files, query, file_id, keep_file=False):
    """What the part about a document's inside needs: the file shown, its hits, and the counts of all. The file asked
    for, else the first with hits."""
    found = documents.find_inside(files, query) if query else {}
    asked = next((file for file in files if str(file.id) == file_id), None)
    chosen = asked or next((file for file in files if found.get(file.id)), None) or _first_to_show(files)
    in_browser = _shown_by_browser(chosen)
    look = documents.inside_of(chosen, found.get(chosen.id, [])) if chosen and query else None
    return {
        "find": query,
        "chosen": chosen,
        "in_browser": in_browser,
        "found_in": {file: len(found[file.id]) for file in files if found.get(file.id)},
        "look": look,
        "text": documents.text_of_file(chosen) if chosen and not in_browser and look is None else "",
    }


def _first_to_show(files):
    """The first file that can be looked at; what is inside a container rather than the container."""
    readable = [f for f in files if f.role != "container"]
    return (readable or files or [None])[0]


def _shown_by_browser(file):
    """Does a browser show such a file by itself?"""
    return file is not None and file.mime in ("application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp")
