"""Lists of trusted services: read from the addresses of the settings or uploaded, believed only when signed (12.4).

A version that was believed stays in force until a newer one is; what went wrong meanwhile stands beside it.
"""

from functools import lru_cache

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
from portal.signing.trust_lists import ListRefused
from portal.storage import service as storage

_LONGEST = 30 << 20


def can_manage_lists(actor):
    """Whom the municipality trusts is set up with the state of the system."""
    return ALLOWED if actor.can("admin.state") else refuse(_("Trust lists are looked after by IT staff"))


def trusted_services() -> list[Service]:
    """The services of all lists in force. An instance without tables yet (`pkip signature check`) has none."""
    if not sa.inspect(db.session.connection()).has_table(TrustList.__tablename__):
        return []
    lists = db.session.scalars(
        select(TrustList.sha256).where(TrustList.sha256.is_not(None), TrustList.removed_at.is_(None))
    ).all()
    return [service for sha256 in sorted({one for one in lists if one}) for service in _services(sha256)]


@lru_cache(maxsize=64)
def _kept(sha256, _blobs) -> tuple[Service, ...]:
    return trust_lists.believed(storage.read(sha256)).services


def _services(sha256):
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
    return found, list(_services(found.sha256)) if found.sha256 else []


def refresh_lists(actor):
    """Read every list of the settings anew; one that cannot be had does not keep the others waiting."""
    for url in settings().trust_lists:
        row = db.session.scalar(select(TrustList).where(TrustList.url == url))
        if row is None:
            row = TrustList(url=url)
            db.session.add(row)
            db.session.flush()
        row_id, xml, problem = row.id, b"", None
        with released():
            try:
                response = http.request("GET", url)
                xml = response.content if response.status_code == 200 and len(response.content) <= _LONGEST else b""
                problem = None if xml else _("The address gave no list (%(status)s)", status=response.status_code)
            except (ExternalUnavailable, Forbidden) as error:
                problem = error.message
        row = db.session.get_one(TrustList, row_id, populate_existing=True)
        row.tried_at, row.removed_at, row.problem = clock.now(), None, problem
        if problem is None:
            try:
                _take(actor, row, xml)
            except ListRefused as refusal:
                row.problem = _why(refusal)
        db.session.flush()
    unnamed = select(TrustList).where(TrustList.url.is_not(None), TrustList.url.not_in(settings().trust_lists))
    for row in db.session.scalars(unnamed.where(TrustList.removed_at.is_(None))).all():
        row.removed_at = clock.now()


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
    """An uploaded list is no longer believed; one of the settings is removed there."""
    row, _known = get_trust_list(actor, list_id)
    if row.url is not None:
        raise Invalid(_("This list stands in the settings (PKIP_TRUST_LISTS); remove it there"))
    row.removed_at = clock.now()
    db.session.flush()
    audit.record(actor, "trust_list.removed", row)


def _take(actor, row, xml):
    """Believe this version, unless it is older than the one in force."""
    signers = settings().trust_list_signers
    pem = signers.read_bytes() if signers.exists() else b""
    found = trust_lists.read(xml, x509.load_pem_x509_certificates(pem) if pem.strip() else [])
    if row.sha256 is not None and found.sequence < row.sequence:
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


def _why(refusal) -> str:
    return {
        "unreadable": lambda: _("This is not a list of trusted services (ETSI TS 119 612)"),
        "not_signed": lambda: _("The list is not signed"),
        "stranger": lambda: _("The list is signed by somebody whom PKIP_TRUST_LIST_SIGNERS does not name"),
        "changed": lambda: _("The list was changed after it was signed"),
        "older": lambda: _("The list is older than the one in force"),
    }[refusal.code]()
