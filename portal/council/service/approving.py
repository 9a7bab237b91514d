"""Approval of minutes on the next agenda, where the rules of procedure ask for it. Signing does not wait for it."""

import sqlalchemy as sa

from portal.council.models import Minutes, PaperState, Session, SessionState
from portal.council.service import procedure
from portal.council.service.matters import standing_matter
from portal.council.service.reading import agenda_of
from portal.kernel.db import db
from portal.kernel.i18n import _, in_language


def put_up(actor, session):
    """Minutes of the body that are written and were not put up for approval yet stand on this agenda."""
    if not procedure.choices().approve_minutes or session.extraordinary:
        return
    waiting = (
        sa.select(Minutes)
        .join(Session, Session.id == Minutes.session_id)
        .where(
            Session.body_id == session.body_id,
            Session.id != session.id,
            Minutes.state != PaperState.DRAFT,
            Minutes.approval_matter_id.is_(None),
        )
        .order_by(Session.planned_at)
    )
    for minutes in db.session.scalars(waiting).all():
        with in_language("lv"):
            title = _("On the approval of minutes No. %(number)s", number=minutes.number)
        matter = standing_matter(actor, session, title, len(agenda_of(session.id)) + 1)
        minutes.approval_matter_id = matter.id
        db.session.flush()


def put_up_soon(actor, session):
    """The next session of the body that is planned already gets the minutes of this one."""
    coming = (
        sa.select(Session)
        .where(
            Session.body_id == session.body_id,
            Session.state == SessionState.PLANNED,
            Session.planned_at > session.planned_at,
            ~Session.extraordinary,
        )
        .order_by(Session.planned_at)
        .limit(1)
    )
    following = db.session.scalar(coming)
    if following is not None:
        db.session.flush()
        put_up(actor, following)
