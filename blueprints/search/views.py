"""The search page and the part of it that follows the typing."""

from flask import request
from flask_login import current_user

from blueprints.search import bp
from portal.kernel.i18n import _l
from portal.kernel.web import needs, render
from portal.search import service as search
from portal.search.query import LONGEST_QUERY

KINDS = {
    "document": _l("Document"),
    "draft": _l("Draft"),
    "case": _l("Case"),
    "matter": _l("Matter of a session"),
    "session": _l("Session"),
    "decision": _l("Decision"),
    "message": _l("E-address message"),
}


@bp.get("/search")
@needs("search.use")
def results():
    """Results of ?q=…&kind=…&year=…&unit=…&sort=newest&page=2 (15.2)."""
    query = request.args.get("q", "").strip()[:LONGEST_QUERY]
    chosen = {name: request.args[name] for name in ("kind", "year", "unit", "sort") if request.args.get(name)}
    page = request.args.get("page", 1, type=int)
    filters = search.Filters(
        kind=chosen.get("kind", ""),
        year=chosen.get("year", ""),
        unit=chosen.get("unit", ""),
        newest_first=chosen.get("sort") == "newest",
    )
    return render(
        "search/results.html",
        partial="search/_results.html",
        query=query,
        chosen=chosen,
        page=max(page, 1),
        results=search.find(current_user, query, filters, page) if query else None,
        kinds=KINDS,
        longest=LONGEST_QUERY,
    )
