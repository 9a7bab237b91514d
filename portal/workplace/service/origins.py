"""Which other applications may show the bar in their pages."""

from urllib.parse import urlsplit

import sqlalchemy as sa

from portal.audit import service as audit
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.i18n import _
from portal.workplace import policy
from portal.workplace.models import EmbedOrigin

_OWN_MACHINE = ("127.0.0.1", "localhost")


def may_embed(origin: str) -> bool:
    """Is this the origin of a registered application? Compared letter by letter, never by beginning or ending."""
    return (
        db.session.scalar(
            sa.select(EmbedOrigin.id).where(EmbedOrigin.origin == origin, EmbedOrigin.ended_at.is_(None)).limit(1)
        )
        is not None
    )


def list_origins(actor) -> list[EmbedOrigin]:
    """The registered origins, those ended last."""
    ensure(policy.can_configure(actor))
    order = sa.case((EmbedOrigin.ended_at.is_(None), 0), else_=1)
    return list(db.session.scalars(sa.select(EmbedOrigin).order_by(order, EmbedOrigin.origin)))


def add_origin(actor, origin, name):
    """Let an application show the bar. origin: `https://app.example.lv`; plain http only on this machine.
    Raises Invalid naming the field."""
    ensure(policy.can_configure(actor))
    exact = _exact(origin)
    if not (name or "").strip():
        raise Invalid(_("Name the application"), field="name")
    if may_embed(exact):
        raise Invalid(_("This origin is registered"), field="origin")
    row = EmbedOrigin(origin=exact, name=name.strip()[:100], added_at=clock.now())
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "origin.added", row, new={"name": row.name})
    return row


def end_origin(actor, origin_id):
    """The application's pages show the bar no longer, from the next request on."""
    ensure(policy.can_configure(actor))
    row = db.session.get(EmbedOrigin, origin_id)
    if row is None:
        raise NotFound(_("There is no such origin"))
    if row.ended_at is None:
        row.ended_at = clock.now()
        db.session.flush()
        audit.record(actor, "origin.ended", row)


def _exact(text):
    """The origin as browsers send it: small letters, no path, the usual port left out."""
    wrong = Invalid(_("Write the origin as https://app.example.lv, without a path"), field="origin")
    try:
        parts = urlsplit((text or "").strip().rstrip("/").lower())
        port, host = parts.port, (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        raise wrong from None
    if not host or "*" in host or parts.path or parts.query or parts.fragment or parts.username is not None:
        raise wrong
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _OWN_MACHINE):
        raise Invalid(_("Only https: what is sent in the clear can be read and changed on its way"), field="origin")
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else "")
