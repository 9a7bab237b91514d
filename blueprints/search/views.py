"""The search page, the part of it that follows the typing, what the header's box offers, and the hits as a table."""

import csv
import io
from urllib.parse import urlencode

from flask import Response, request, stream_with_context, url_for
from flask_login import current_user

from blueprints.search import bp
from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.web import go_to, is_htmx, needs, render
from portal.search import policy, words
from portal.search import service as search
from portal.search.query import LONGEST_QUERY, Clause


@bp.app_context_processor
def kind_words():
    """What kinds of found things are called, for templates that show them."""
    return {"found_kinds": words.KINDS}


@bp.get("/search")
@needs("search.use")
def results():
    """Results of ?q=…&kind=…&year=…&unit=…&status=…&class=…&level=…&area=…&sort=newest&page=2 (15.2)."""
    query = request.args.get("q", "").strip()[:LONGEST_QUERY]
    filters = search.Filters.from_query(request.args)
    chosen = filters.to_query()
    page = max(request.args.get("page", 1, type=int), 1)
    found = search.find(current_user, query, filters, page, grouped=not _as_list(filters)) if query else None
    if found and page == 1 and not is_htmx() and not chosen:
        search.remember(current_user, query)
    return render(
        "search/results.html",
        partial="search/_results.html",
        query=query,
        chosen=chosen,
        page=page,
        results=found,
        parts=_parts(found),
        area_words={name: text for name, text, _kinds in words.AREAS},
        facet_words=words.FACETS,
        orders=words.ORDERS,
        value_words=words.value_words,
        opened_with=opened_with,
        longest=LONGEST_QUERY,
        saved=search.list_saved(current_user),
        can_keep_synonyms=policy.can_keep_synonyms(current_user),
        **({} if query else _before_typing()),
    )


def _as_list(filters):
    return "list" in request.args or filters.order != "best"


def _before_typing():
    return {
        "recent_things": search.recent_things(current_user),
        "recent_searches": search.recent_searches(current_user),
    }


def _parts(found):
    """How the query was understood: words, the query without the part, what it stands for besides."""
    if not found:
        return []
    parts = found.query.parts
    plain = len(parts) < 2 and not any(part.plain or part.also for part in parts)
    if plain and all(isinstance(part.node, Clause) and part.node.match == "words" and not part.node.field
                     and not part.node.negated for part in parts):  # fmt: skip
        return []
    units = search.unit_names({v for part in parts for v in getattr(part.node, "values", ())})
    return [{"said": words.part_said(part, units), "rest": part.rest, "plain": part.plain, "also": part.also}
            for part in parts]  # fmt: skip


def opened_with(hit, query):
    """Where a hit leads: a document opens with the query's words marked in it."""
    if hit.kind != "document" or hit.veiled:
        return hit.url
    return f"{hit.url}{'&' if '?' in hit.url else '?'}{urlencode({'find': query})}"


@bp.get("/search/offers")
@needs("search.use")
def offers():
    """What the header's box offers for ?q=…"""
    return render("search/_offers.html", offers=search.offers(current_user, request.args.get("q", "")))


@bp.get("/search/help")
@needs("search.use")
def help_page():
    """How to say what one looks for."""
    return render("search/help.html")


@bp.get("/search/export.csv")
@needs("search.use")
def export():
    """The hits as a table for spreadsheets."""
    heads, rows = search.table(
        current_user._get_current_object(), request.args.get("q", ""), search.Filters.from_query(request.args)
    )
    name = f"meklesana-{clock.today():%Y-%m-%d}.csv"
    return Response(
        stream_with_context(_csv(heads, rows)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _csv(heads, rows):
    yield "\ufeff" + _line(heads)
    for row in rows:
        yield _line(row)


def _line(values):
    out = io.StringIO()
    # a cell that begins like a formula would be run by the spreadsheet
    safe = [f"'{value}" if str(value)[:1] in ("=", "+", "-", "@", "\t") else str(value) for value in values]
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(safe)
    return out.getvalue()


@bp.post("/search/export.xlsx")
@needs("search.use")
def export_xlsx():
    """The hits as a workbook, made by a job."""
    asked = documents.ask_file(
        current_user,
        "search.xlsx",
        f"meklesana-{clock.today():%Y-%m-%d}.xlsx",
        {"q": request.args.get("q", "")[:LONGEST_QUERY], **search.Filters.from_query(request.args).to_query()},
    )
    return go_to("documents.ready", file_id=asked.id)


def address_of(query, filters):
    """The results page of a query."""
    return url_for("search.results", q=query, **filters.to_query())
