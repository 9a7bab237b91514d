"""Lists across sessions: the register of decisions, and the bodies somebody sits in."""

import uuid

import sqlalchemy as sa

from portal.council.models import (
    ActKind,
    BodyMember,
    Decision,
    Matter,
    MatterState,
    Outcome,
    PaperState,
    Session,
    SessionState,
    session_body,
)
from portal.council.service import bodies
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


def list_matters(actor, filters=None, after=None, size=50):
    """A page of matters with drafts that the actor may see, newest first.

    filters: q (words of the title), body (id), state (a MatterState or an Outcome), kind (ActKind), reporter (id of the
    person), mine ("1"), term ("late": open to the members after the term; "week": in a session within
    seven days); empty values do not filter. Raises Invalid."""
    filters = filters or {}
    query = sa.select(Matter).where(visible_to(actor, Matter), Matter.draft_text != "")
    for word in (filters.get("q") or "").split():
        query = query.where(Matter.title.icontains(word, autoescape=True))
    if body := filters.get("body"):
        query = query.where(Matter.body_id == _uuid(body, "body"))
    if kind := filters.get("kind"):
        query = query.where(Matter.act_kind == _one_of(ActKind, kind, "kind"))
    if state := filters.get("state"):
        if state in set(Outcome):
            query = query.where(Matter.outcome == Outcome(state))
        else:
            query = query.where(Matter.state == _one_of(MatterState, state, "state"))
    if filters.get("mine"):
        query = query.where(Matter.proposed_by_id == actor.person_id)
    if reporter := filters.get("reporter"):
        query = query.where(Matter.rapporteur_id == _uuid(reporter, "reporter"))
    if (term := filters.get("term")) == "late":
        query = query.where(Matter.late, Matter.state != MatterState.DECIDED)
    elif term == "week":
        now = clock.now()
        query = query.join(Session, Session.id == Matter.session_id).where(
            Session.planned_at >= now, Session.planned_at <= now + clock.timedelta(days=7)
        )
    return cursor_page(query, (Matter.added_at.desc(), Matter.id.desc()), size=size, cursor=after)


def reporters(actor):
    """Who reports on matters that the actor may see, as Named."""
    return bodies.named(
        db.session.scalars(
            sa.select(Matter.rapporteur_id)
            .where(visible_to(actor, Matter), Matter.rapporteur_id.is_not(None))
            .distinct()
            .limit(200)
        )
    )


def sessions_of(matters):
    """matter id -> its Session, in one query."""
    ids = {one.session_id for one in matters if one.session_id}
    found = {one.id: one for one in db.session.scalars(sa.select(Session).where(Session.id.in_(ids)))} if ids else {}
    return {one.id: found.get(one.session_id) for one in matters}


def _uuid(text, field):
    try:
        return uuid.UUID(str(text))
    except ValueError:
        raise Invalid(_("Choose from the list"), field=field) from None


def _one_of(kind, text, field):
    try:
        return kind(text)
    except ValueError:
        raise Invalid(_("Choose from the list"), field=field) from None


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


def session_to_attend(actor):
    """The session that the actor sits in now, else the next one he or she is invited to, else None."""
    sits = sa.select(Session).where(of_bodies(my_body_ids(actor)), visible_to(actor, Session))
    now = sits.where(Session.state.in_((SessionState.OPEN, SessionState.PAUSED))).order_by(Session.opened_at.desc())
    coming = sits.where(Session.state == SessionState.INVITED).order_by(Session.planned_at)
    return db.session.scalar(now.limit(1)) or db.session.scalar(coming.limit(1))


def of_bodies(body_ids):
    """The SQL condition for sessions in which one of these bodies sits."""
    joint = sa.select(session_body.c.session_id).where(session_body.c.body_id.in_(body_ids))
    return sa.or_(Session.body_id.in_(body_ids), Session.id.in_(joint))


def my_body_ids(actor):
    """The bodies in which the actor sits today."""
    return set(
        db.session.scalars(
            sa.select(BodyMember.body_id).where(
                BodyMember.person_id == actor.person_id, BodyMember.sitting_on(clock.today())
            )
        )
    )
