"""The OParl 1.1 interface (https://schema.oparl.org/1.1/): objects by address, lists with filters and paging by key."""

import uuid
from datetime import datetime

from flask import jsonify, request

from blueprints.oparl import bp
from blueprints.public.address import base, based
from portal.council import service as council
from portal.council.service.opendata import KINDS, PAGE
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import _
from portal.kernel.web import public

_SCHEMA = "https://schema.oparl.org/1.1/"
_LISTS = {
    "organizations": "organization",
    "persons": "person",
    "memberships": "membership",
    "meetings": "meeting",
    "agendaitems": "agendaitem",
    "papers": "paper",
    "consultations": "consultation",
    "files": "file",
    "locations": "location",
    "legislativeterms": "legislativeterm",
}


def _json(data):
    """Anybody's page may read it, and it may be kept for a minute."""
    response = jsonify(data)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=60"
    response.add_etag()
    return response.make_conditional(request)


def _stamped(row):
    """An object as it leaves: addresses whole, with when it began and last changed."""
    stamps = {"created": _time(row.created), "modified": _time(row.modified)}
    if row.deleted:
        own = {"id": f"{base()}/oparl/v1/{row.kind}/{row.id}", "type": _SCHEMA + KINDS[row.kind]}
        return own | stamps | {"deleted": True}
    return based(row.data) | stamps


def _time(when):
    return clock.local(when).isoformat(timespec="microseconds")


@bp.get("")
@public
def system():
    """Where a crawler begins."""
    here = f"{base()}/oparl/v1"
    return _json(
        {
            "id": here,
            "type": _SCHEMA + "System",
            "oparlVersion": _SCHEMA,
            "body": f"{here}/bodies",
            "name": _("Open data of the council: %(name)s", name=settings().municipality),
            "website": f"{base()}/public/council",
            "product": f"{base()}/public/council",
        }
    )


@bp.get("/bodies")
@public
def bodies():
    """The municipality, the only one here."""
    here = f"{base()}/oparl/v1"
    page = {"totalElements": 1, "elementsPerPage": PAGE, "currentPage": 1, "totalPages": 1}
    return _json({"data": [_body()], "pagination": page, "links": {"first": f"{here}/bodies"}})


@bp.get("/body")
@public
def body():
    """The municipality with the addresses of all lists."""
    return _json(_body())


def _body():
    here = f"{base()}/oparl/v1"
    changed = council.changed_at()
    return {
        "id": f"{here}/body",
        "type": _SCHEMA + "Body",
        "system": here,
        "name": settings().municipality,
        "shortName": settings().municipality,
        "organization": f"{here}/organizations",
        "person": f"{here}/persons",
        "meeting": f"{here}/meetings",
        "paper": f"{here}/papers",
        "legislativeTerm": [_stamped(row) for row in council.terms()],
        "agendaItem": f"{here}/agendaitems",
        "consultation": f"{here}/consultations",
        "file": f"{here}/files",
        "membership": f"{here}/memberships",
        "locationList": f"{here}/locations",
        "legislativeTermList": f"{here}/legislativeterms",
        "web": f"{base()}/public/council",
        **({"modified": _time(changed)} if changed else {}),
    }


@bp.get(f"/<any({', '.join(_LISTS)}):name>")
@public
def objects(name):
    """A list of all objects of a kind."""
    return _list(_LISTS[name], f"{base()}/oparl/v1/{name}")


@bp.get("/organization/<uuid:organization_id>/meetings")
@public
def meetings_of(organization_id):
    """The meetings of one body."""
    address = f"{base()}/oparl/v1/organization/{organization_id}/meetings"
    return _list("meeting", address, group=organization_id)


@bp.get(f"/<any({', '.join(KINDS)}):kind>/<uuid:object_id>")
@public
def one(kind, object_id):
    """One object; a deleted one says so."""
    return _json(_stamped(council.get_object(kind, object_id)))


def _list(kind, address, group=None):
    filters = {name: (_moment(f"{name}_since"), _moment(f"{name}_until")) for name in ("created", "modified")}
    after = request.args.get("after")
    try:
        after = uuid.UUID(after) if after else None
    except ValueError:
        raise NotFound(_("There is no such page")) from None
    rows, following = council.list_objects(kind, group=group, after=after, **filters)
    kept = {name: value for name, value in request.args.items() if name.endswith(("_since", "_until"))}
    links = {"first": _address(address, kept), "self": _address(address, dict(request.args))}
    if following:
        links["next"] = _address(address, {**kept, "after": str(following)})
    return _json({"data": [_stamped(row) for row in rows], "pagination": {"elementsPerPage": PAGE}, "links": links})


def _address(address, arguments):
    from urllib.parse import urlencode

    return f"{address}?{urlencode(arguments)}" if arguments else address


def _moment(name):
    text = request.args.get(name, "").strip().replace(" ", "+")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("A time is written as 2026-11-27T10:00:00+02:00"), field=name) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.RIGA)
