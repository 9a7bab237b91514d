"""Lists across sessions: the register of decisions, and the bodies somebody sits in."""

import sqlalchemy as sa

from portal.council.models import BodyMember, Decision, Matter, PaperState
from portal.kernel import clock
from portal.kernel.access import visible_to
from portal.kernel.db import db
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import cursor_page


def list_decisions(actor, filters=None, after=None, size=50):
    """A page of the register of decisions, newest first, of matters that the actor may see.

    filters: q (words of the title, or the number), year, state; empty values do not filter. Raises Invalid."""
    filters = filters or {}
    query = sa.select(Decision).join(Matter, Matter.id == Decision.matter_id).where(visible_to(actor, Matter))
    if year := filters.get("year"):
        if not str(year).isdigit():
            raise Invalid(_("The year is a number"), field="year")
        query = query.where(Decision.year == int(year))
    if state := filters.get("state"):
        if state not in set(PaperState):
            raise Invalid(_("There is no such state"), field="state")
        query = query.where(Decision.state == PaperState(state))
    for word in (filters.get("q") or "").casefold().split():
        query = query.where(Decision.find_text.contains(word, autoescape=True))
    return cursor_page(query, (Decision.year.desc(), Decision.seq.desc(), Decision.id.desc()), size=size, cursor=after)


def decision_years(actor):
    """The years that have decisions the actor may see, newest first."""
    return list(
        db.session.scalars(
            sa.select(Decision.year)
            .join(Matter, Matter.id == Decision.matter_id)
            .where(visible_to(actor, Matter))
            .distinct()
            .order_by(Decision.year.desc())
        )
    )


def my_body_ids(actor):
    """The bodies in which the actor sits today."""
    return set(
        db.session.scalars(
            sa.select(BodyMember.body_id).where(
                BodyMember.person_id == actor.person_id, BodyMember.sitting_on(clock.today())
            )
        )
    )
