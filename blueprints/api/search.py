"""Search, and other systems' own items in it (15.2)."""

import base64
import hashlib
import json
import re

from apiflask.fields import UUID, Boolean, Date, Dict, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range, Regexp

from blueprints.api import bp, shapes
from portal.kernel.config import settings
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import token_needs
from portal.search import backends, words
from portal.search import service as search
from portal.search.query import LONGEST_QUERY

_NAME = r"^[a-z][a-z0-9_-]{0,39}$"
_ID = r"^[A-Za-z0-9._~:-]{1,200}$"


class SearchIn(shapes.Strict):
    """What to look for."""

    q = shapes.text(LONGEST_QUERY, load_default="", metadata={"description": "As on the search page"})
    kind = shapes.text(40)
    year = String(validate=Regexp(r"^\d{4}$"))
    unit = shapes.text(200)
    status = shapes.text(60)
    class_ = shapes.text(200, data_key="class")
    level = shapes.text(40)
    area = String(validate=OneOf([name for name, _words, _kinds in words.AREAS]))
    order = String(validate=OneOf(backends.ORDERS), load_default="best")
    limit = Integer(validate=Range(1, 50), load_default=20)
    cursor = shapes.text(200)


class Mark(shapes.Strict):
    """From this character up to, but without, that one."""

    start = Integer(required=True)
    end = Integer(required=True)


class Marked(shapes.Strict):
    """A text and where the found forms stand in it."""

    text = String(required=True)
    marks = List(Nested(Mark), required=True)


class HitOut(shapes.Strict):
    """A found object. veiled: only its number may be told yet."""

    kind = String(required=True)
    id = UUID(required=True)
    number = Nested(Marked, required=True)
    title = Nested(Marked, required=True)
    passage = Nested(Marked, required=True)
    date = Date(required=True, allow_none=True)
    unit = String(required=True)
    author = String(required=True)
    status = String(required=True)
    application = String(required=True)
    url = String(required=True)
    veiled = Boolean(required=True)


class FacetOut(shapes.Strict):
    """A value and how many hits the caller would see with it."""

    value = String(required=True)
    label = String(required=True)
    count = Integer(required=True)


class PartOut(shapes.Strict):
    """A part of the query as understood."""

    said = String(required=True)
    searched_as_words = Boolean(required=True)
    also = List(String(), required=True)


class SearchOut(shapes.Strict):
    """Hits of one page, the number of all, facets, and the cursor of the next page."""

    total = Integer(required=True)
    hits = List(Nested(HitOut), required=True)
    facets = Dict(keys=String(), values=List(Nested(FacetOut)), required=True)
    query = List(Nested(PartOut), required=True)
    suggestion = String(required=True)
    next = String(required=True, allow_none=True)


class SearchItemIn(shapes.Strict):
    """A system's own item."""

    title = shapes.line(500, required=True)
    url = shapes.line(1000, required=True, metadata={"description": "Where people open it, at the system itself"})
    number = shapes.text(120, load_default="")
    text = shapes.text(2_000_000, load_default="")
    date = Date(allow_none=True, load_default=None)
    unit = UUID(allow_none=True, load_default=None)
    author = shapes.text(300, load_default="")
    class_ = shapes.text(200, data_key="class", load_default="")
    readers = List(String(validate=Regexp(shapes.HOLDER)), validate=Length(max=200), load_default=list)


class SearchItemOut(shapes.Strict):
    """A system's own item as it is searched."""

    kind = String(required=True)
    id = String(required=True)
    title = String(required=True)
    url = String(required=True)
    number = String(required=True)
    date = Date(required=True, allow_none=True)
    readers = List(String(), required=True)


@bp.get("/search")
@token_needs("search:read")
@bp.doc(tags=["Search"], summary="Search what the caller may see")
@bp.input(SearchIn, location="query")
@bp.output(SearchOut)
def search_all(actor, query_data):
    """Words in any form, fields, dates, UN, VAI and NE, as on the search page. Counts speak only of what the caller may
    see; a person's token finds what the person finds."""
    asked = {name: query_data.get(name, "") for name in ("kind", "year", "unit", "status", "level", "area", "order")}
    filters = search.Filters(class_name=query_data.get("class_", ""), **asked)
    size, page = query_data["limit"], _page(query_data)
    found = search.find(actor, query_data["q"], filters, page, size=size)
    units = search.unit_names({v for part in found.query.parts for v in getattr(part.node, "values", ())})
    return {
        "total": found.total,
        "hits": [_hit(hit) for hit in found.hits],
        "facets": {name: [{"value": facet.value, "label": facet.label, "count": facet.number} for facet in values]
                   for name, values in found.facets.items()},
        "query": [{"said": words.part_said(part, units), "searched_as_words": part.plain, "also": list(part.also)}
                  for part in found.query.parts],
        "suggestion": found.suggestion,
        "next": _cursor(query_data, page + 1) if found.more else None,
    }  # fmt: skip


def _hit(hit):
    return {
        "kind": hit.kind, "id": hit.object_id, "number": _marked(hit.number), "title": _marked(hit.title),
        "passage": _marked(hit.passage), "date": hit.date, "unit": hit.unit, "author": hit.author,
        "status": hit.status, "application": hit.client, "veiled": hit.veiled,
        "url": hit.url if "://" in hit.url else settings().base_url + hit.url,
    }  # fmt: skip


def _marked(pieces):
    text, marks = "", []
    for piece in pieces:
        if piece.marked:
            marks.append({"start": len(text), "end": len(text) + len(piece.text)})
        text += piece.text
    return {"text": text, "marks": marks}


def _fingerprint(query_data):
    asked = sorted((name, value) for name, value in query_data.items() if name != "cursor")
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]


def _cursor(query_data, page):
    return base64.urlsafe_b64encode(f"{page}.{_fingerprint(query_data)}".encode()).decode().rstrip("=")


def _page(query_data):
    cursor = query_data.get("cursor")
    if cursor is None:
        return 1
    try:
        number, _dot, fingerprint = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(".")
        if fingerprint == _fingerprint(query_data) and number.isascii() and 1 < int(number) < 10_000:
            return int(number)
    except ValueError:
        pass
    raise Invalid(_("The cursor belongs to another question; begin anew"), field="cursor")


@bp.put("/search/items/<kind>/<external_id>")
@token_needs("search:write")
@bp.doc(tags=["Search"], summary="Let an item of the calling system be found", responses={201: "It is new here"})
@bp.input(SearchItemIn)
@bp.output(SearchItemOut)
def put_item(actor, kind, external_id, json_data):
    """Putting it again replaces it. The system itself always finds it; others as `readers` say."""
    _ensure_names(kind, external_id)
    fields = {name: value for name, value in json_data.items() if name not in ("unit", "class_")}
    item, new = search.put_item(
        actor, kind, external_id, unit_id=json_data["unit"], class_name=json_data["class_"], **fields
    )
    return _shown(item, json_data), 201 if new else 200


@bp.get("/search/items/<kind>/<external_id>")
@token_needs("search:write")
@bp.doc(tags=["Search"], summary="Read what the calling system has put")
@bp.output(SearchItemOut)
def get_search_item(actor, kind, external_id):
    """What another system has put is not found."""
    item, entry = search.get_item(actor, kind, external_id)
    return _shown(item, {name: getattr(entry, name) for name in ("title", "url", "number", "date")})


@bp.delete("/search/items/<kind>/<external_id>")
@token_needs("search:write")
@bp.doc(tags=["Search"], summary="Forget an item of the calling system")
@bp.output({}, 204)
def remove_search_item(actor, kind, external_id):
    """It is not found from this moment on."""
    search.remove_item(actor, kind, external_id)
    return "", 204


def _ensure_names(kind, external_id):
    for field, value, pattern in (("kind", kind, _NAME), ("id", external_id, _ID)):
        if not re.fullmatch(pattern, value):
            raise Invalid(_("This is no name that an item may have"), field=field)


def _shown(item, told):
    return {"kind": item.kind, "id": item.external_id, "readers": item.readers,
            **{name: told[name] for name in ("title", "url", "number", "date")}}  # fmt: skip
