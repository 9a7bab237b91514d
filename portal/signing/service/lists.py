"""Lists of trusted services: read from the addresses of the settings, from where a list of lists says that they are, or
uploaded; believed only when signed by whom the settings or the list of lists name (12.4).

A version that was believed stays in force until a newer one is; what went wrong meanwhile stands beside it.
"""

from functools import lru_cache
from urllib.parse import urlsplit

import sqlalchemy as sa
from cryptography import x509
from sqlalchemy import select

from portal.audit import service as audit
from portal.kernel import clock, http
from portal.kernel.access import ALLOWED, refuse
from portal.kernel.config import settings
from portal.kernel.db import db, released
from portal.kernel.errors import ExternalUnavailable, Forbidden, Invalid, NotFound, ensure
from portal.kernel.i18n import _
from portal.signing import trust_lists
from portal.signing.models import TrustList
from portal.signing.trust import Service
from portal.signing.trust_lists import ListRefused, Pointer, ReadList
from portal.storage import service as storage

_LONGEST = 30 << 20


def can_manage_lists(actor):
    """Whom the municipality trusts is set up with the state of the system."""
    return ALLOWED if actor.can("admin.state") else refuse(_("Trust lists are looked after by IT staff"))


def trusted_services() -> list[Service]:
    """The services of all lists in force. An instance without tables yet (`pkip signature check`) has none."""
    if not sa.inspect(db.session.connection()).has_table(TrustList.__tablename__):
        return []
    return [service for sha256 in sorted(_in_force()) for service in _content(sha256).services]


def _in_force(*also) -> set[str]:
    """The believed lists; of those of one operator for one territory only the newest, however it came."""
    believed = select(TrustList).where(TrustList.sha256.is_not(None), TrustList.removed_at.is_(None), *also)
    newest: dict[object, TrustList] = {}
    for row in db.session.scalars(believed.order_by(TrustList.sequence, TrustList.read_at)):
        newest[(row.territory, row.operator) if row.operator else row.id] = row
    return {row.sha256 for row in newest.values() if row.sha256}


@lru_cache(maxsize=64)
def _kept(sha256, _blobs) -> ReadList:
    return trust_lists.believed(storage.read(sha256))


def _content(sha256):
    return _kept(sha256, settings().var)


def list_trust_lists(actor) -> list[TrustList]:
    """The lists, those of the settings first. Raises Forbidden."""
    ensure(can_manage_lists(actor))
    return list(
        db.session.scalars(
            select(TrustList).where(TrustList.removed_at.is_(None)).order_by(TrustList.url.is_(None), TrustList.id)
        )
    )


def get_trust_list(actor, list_id) -> tuple[TrustList, list[Service]]:
    """A list and the services that it names. Raises Forbidden, NotFound."""
    ensure(can_manage_lists(actor))
    found = db.session.get(TrustList, list_id)
    if found is None or found.removed_at is not None:
        raise NotFound(_("There is no such trust list"))
    return found, list(_content(found.sha256).services) if found.sha256 else []


def pointed_lists(actor, row) -> list[tuple[Pointer, TrustList | None]]:
    """What a list of lists names, with what was read of it; None where it is not followed, or not yet."""
    ensure(can_manage_lists(actor))
    pointers = _content(row.sha256).pointers if row.sha256 else ()
    wanted = [pointer.url for pointer in pointers]
    rows = db.session.scalars(select(TrustList).where(TrustList.url.in_(wanted), TrustList.removed_at.is_(None)))
    known = {one.url: one for one in rows}
    return [(pointer, known.get(pointer.url)) for pointer in pointers]


def refresh_lists(actor):
    """Read every list of the settings anew, and those that a list of lists names (of the chosen countries); one that
    cannot be had does not keep the others waiting."""
    named = settings().trust_lists
    for url in named:
        _refresh(actor, url)
    chosen = {pointer.url: pointer for pointer in _followed(named) if pointer.url not in named}
    for pointer in chosen.values():
        _refresh(actor, pointer.url, pointer)
    unnamed = select(TrustList).where(TrustList.url.is_not(None), TrustList.url.not_in([*named, *chosen]))
    for row in db.session.scalars(unnamed.where(TrustList.removed_at.is_(None))).all():
        row.removed_at = clock.now()


def _followed(named) -> list[Pointer]:
    """The pointers of the lists of lists in force, of the chosen countries. A list that was only pointed to points to
    nothing: whoever signs for one country does not speak for others."""
    first = _in_force(sa.or_(TrustList.url.is_(None), TrustList.url.in_(named)))
    found = [pointer for sha256 in sorted(first) for pointer in _content(sha256).pointers]
    countries = settings().trust_countries
    return [pointer for pointer in found if not countries or pointer.territory in countries]


def _refresh(actor, url, pointer=None):
    row = db.session.scalar(select(TrustList).where(TrustList.url == url))
    if row is None:
        row = TrustList(url=url)
        db.session.add(row)
        db.session.flush()
    row_id, xml, problem = row.id, b"", None
    hosts = (urlsplit(url).netloc,) if pointer else ()
    with released():
        try:
            response = http.request("GET", url, hosts=hosts, most_bytes=_LONGEST)
            xml = response.content if response.status_code == 200 else b""
            problem = None if xml else _("The address gave no list (%(status)s)", status=response.status_code)
        except (ExternalUnavailable, Forbidden) as error:
            problem = error.message
    row = db.session.get_one(TrustList, row_id, populate_existing=True)
    row.tried_at, row.removed_at, row.problem = clock.now(), None, problem
    if problem is None:
        try:
            _take(actor, row, xml, pointer)
        except ListRefused as refusal:
            row.problem = _why(refusal)
    db.session.flush()


def upload_list(actor, stream) -> TrustList:
    """Take a list from a file, for an instance that cannot reach the address. Raises Forbidden, Invalid("file")."""
    ensure(can_manage_lists(actor))
    row = TrustList(added_by_id=actor.person_id, tried_at=clock.now())
    try:
        _take(actor, row, stream.read(_LONGEST + 1)[:_LONGEST])
    except ListRefused as refusal:
        raise Invalid(_why(refusal), field="file") from refusal
    older = select(TrustList).where(TrustList.url.is_(None), TrustList.name == row.name, TrustList.id != row.id)
    for one in db.session.scalars(older.where(TrustList.removed_at.is_(None))).all():
        one.removed_at = clock.now()
    return row


def remove_list(actor, list_id):
    """An uploaded list is no longer believed; one of the settings or of a list of lists is removed there."""
    row, _known = get_trust_list(actor, list_id)
    if row.url is not None:
        raise Invalid(_("This list stands in the settings (PKIP_TRUST_LISTS, PKIP_TRUST_COUNTRIES); remove it there"))
    row.removed_at = clock.now()
    db.session.flush()
    audit.record(actor, "trust_list.removed", row)


def _take(actor, row, xml, pointer=None):
    """Believe this version, unless it is older than the one in force. pointer: who signs it, by a list of lists."""
    found = trust_lists.read(xml, pointer.signers if pointer else _own_signers())
    if pointer and found.territory != pointer.territory:
        raise ListRefused("elsewhere")
    if row.sha256 is not None and found.sequence < row.sequence:
        raise ListRefused("older")
    if row.url is None and _newest_of(found) > found.sequence:
        raise ListRefused("older")
    sha256 = storage.put(actor, xml, mime="application/xml", name="tsl.xml").sha256
    row.name, row.operator, row.territory = found.name[:300], found.operator[:300], found.territory[:10]
    row.sequence, row.issued_at, row.next_update = found.sequence, found.issued_at, found.next_update
    row.services, row.read_at, is_new = len(found.services), clock.now(), row.sha256 != sha256
    row.sha256 = sha256
    db.session.add(row)
    db.session.flush()
    if is_new:
        audit.record(actor, "trust_list.read", row, new={"sha256": sha256, "sequence": found.sequence})


def _newest_of(found) -> int:
    """The highest number of what is believed already of the same operator for the same territory."""
    same = (TrustList.territory == found.territory[:10], TrustList.operator == found.operator[:300])
    rows = select(sa.func.max(TrustList.sequence)).where(
        TrustList.sha256.is_not(None), TrustList.removed_at.is_(None), TrustList.operator != "", *same
    )
    return db.session.scalar(rows) or 0


def _own_signers():
    signers = settings().trust_list_signers
    pem = signers.read_bytes() if signers.exists() else b""
    return x509.load_pem_x509_certificates(pem) if pem.strip() else []


def _why(refusal) -> str:
    return {
        "unreadable": lambda: _("This is not a list of trusted services (ETSI TS 119 612)"),
        "not_signed": lambda: _("The list is not signed"),
        "stranger": lambda: _(
            "The list is signed by somebody whom neither PKIP_TRUST_LIST_SIGNERS nor the list of lists names"
        ),
        "changed": lambda: _("The list was changed after it was signed"),
        "elsewhere": lambda: _("The list is of another country than the list of lists says"),
        "older": lambda: _("The list is older than the one in force"),
    }[refusal.code]()
