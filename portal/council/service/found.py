"""What search is told of sessions, matters and decisions: found by whoever may see them."""

import sqlalchemy as sa

from portal.council.models import Decision, Matter
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.found import Found


def found_session(session):
    """Body, number, day and place."""
    return Found(
        session.title,
        f"/council/sessions/{session.id}",
        session.access_set_id,
        number=f"{session.number}/{session.year}",
        text=session.place,
        date=clock.local(session.planned_at).date(),
    )


def found_matter(matter):
    """Title and draft."""
    return Found(
        matter.title,
        f"/council/matters/{matter.id}",
        matter.access_set_id,
        number=matter.case_number or "",
        text="\n".join(filter(None, (matter.draft_text, matter.urgency))),
        date=clock.local(matter.decided_at or matter.added_at).date(),
    )


def decision_on(matter):
    """Who may see a matter may see the decision on it."""
    return db.session.scalars(sa.select(Decision).where(Decision.matter_id == matter.id)).all()


def found_decision(decision):
    """Number, title and text."""
    matter = db.session.get_one(Matter, decision.matter_id)
    return Found(
        decision.title,
        f"/council/matters/{matter.id}",
        matter.access_set_id,
        number=decision.number,
        text=decision.text,
        date=decision.adopted_on,
    )
