"""Versions of a draft: each saved text with who and when; who had which before them."""

import sqlalchemy as sa

from portal.council.models import Matter, MatterState, MatterVersion, Session
from portal.council.service.reading import get_matter
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import NotFound
from portal.kernel.i18n import _


def save_version(actor, matter, text, cause, amendment_id=None):
    """Keep a text as the newest version of the matter's draft. All bodies that have not decided have it before them.
    Returns the MatterVersion; the newest one when the text is the same."""
    newest = newest_version(matter.proposal_id)
    if newest is not None and newest.text == text:
        return newest
    version = MatterVersion(
        proposal_id=matter.proposal_id,
        number=newest.number + 1 if newest else 1,
        text=text,
        cause=cause,
        amendment_id=amendment_id,
        by_id=actor.person_id,
        saved_at=clock.now(),
    )
    db.session.add(version)
    for one in waiting_of(matter):
        one.draft_text, one.text_version = text, version.number
    db.session.flush()
    return version


def waiting_of(matter):
    """The matter and those of the same draft in other bodies, as far as none has begun or decided them."""
    open_states = (MatterState.PREPARING, MatterState.POOL, MatterState.PLACED)
    others = db.session.scalars(
        sa.select(Matter).where(
            Matter.proposal_id == matter.proposal_id, Matter.id != matter.id, Matter.state.in_(open_states)
        )
    )
    return [matter, *others]


def newest_version(proposal_id):
    """The newest version of a draft, or None."""
    return db.session.scalar(
        sa.select(MatterVersion)
        .where(MatterVersion.proposal_id == proposal_id)
        .order_by(MatterVersion.number.desc())
        .limit(1)
    )


def versions_of(actor, matter_id):
    """The versions of a matter's draft, newest first. Raises NotFound."""
    matter = get_matter(actor, matter_id)
    return list(
        db.session.scalars(
            sa.select(MatterVersion)
            .where(MatterVersion.proposal_id == matter.proposal_id)
            .order_by(MatterVersion.number.desc())
        )
    )


def version_of(actor, matter_id, number):
    """One version. Raises NotFound."""
    matter = get_matter(actor, matter_id)
    found = db.session.scalar(
        sa.select(MatterVersion).where(MatterVersion.proposal_id == matter.proposal_id, MatterVersion.number == number)
    )
    if found is None:
        raise NotFound(_("There is no such version"))
    return found


def had_before_them(matter):
    """version number -> the names of the bodies that had it, with the day of the session once they decided."""
    had = {}
    rows = db.session.execute(
        sa.select(Matter, Session)
        .join(Session, Session.id == Matter.session_id)
        .where(Matter.proposal_id == matter.proposal_id)
        .order_by(Matter.added_at)
    )
    for one, session in rows:
        if one.text_version:
            had.setdefault(one.text_version, []).append((one, session))
    return had
