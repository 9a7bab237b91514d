"""Sessions from planning to closing."""

from datetime import timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.events import SessionClosed, SessionInvited
from portal.council.models import (
    BodyKind,
    Invitation,
    Matter,
    MatterState,
    Minutes,
    Outcome,
    Requester,
    Session,
    SessionKind,
    SessionState,
)
from portal.council.models.sessions import local_day
from portal.council.service import approving, attendance, bodies, course, open_drafts, rehearsals
from portal.council.service.agenda import number_matter, place_members_matters
from portal.council.service.matters import copy_to_pool, standing_matter
from portal.council.service.reading import PUBLIC_TOPIC, agenda_of, get_session, locked_session, open_ballot_of
from portal.council.shapes import Mark
from portal.kernel import clock
from portal.kernel.access import visible_to
from portal.kernel.db import db, short_transaction
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, date_short, moment
from portal.kernel.live import publish
from portal.kernel.web import cursor_page
from portal.workflow import service as workflow


def list_sessions(actor, filters=None, after=None, size=50):
    """A page of sessions that the actor may see.

    filters: body_id, state, "q": "coming" (not closed, soonest first) or "past" (newest first, the default)."""
    filters = filters or {}
    query = sa.select(Session).where(visible_to(actor, Session))
    if filters.get("body_id"):
        query = query.where(Session.body_id == filters["body_id"])
    if filters.get("state"):
        query = query.where(Session.state == SessionState(filters["state"]))
    coming = filters.get("q") == "coming"
    if filters.get("q"):
        query = query.where(
            (Session.state != SessionState.CLOSED) if coming else (Session.state == SessionState.CLOSED)
        )
    order = (Session.planned_at, Session.id) if coming else (Session.planned_at.desc(), Session.id.desc())
    return cursor_page(query, order, size=size, cursor=after)


def coming_sessions(actor, count=5):
    """The next sessions that are not closed, soonest first."""
    return list(list_sessions(actor, {"q": "coming"}, size=count))


def create_session(
    actor,
    body_id,
    kind,
    planned_at,
    place,
    template=True,
    urgency=None,
    repeat_of_id=None,
    remote=False,
    closed_ground=None,
    with_ids=(),
    requested_by=None,
    requested_at=None,
    signed=0,
):
    """Plan a session of a body. planned_at: aware. template: put the standing items on the agenda.

    with_ids: committees that sit together with this one (LAW-69). requested_by, requested_at, signed: who asked for an
    extraordinary session of a committee, when, and how many members did (LAW-68).
    An extraordinary session of the council says why it is urgent (LAW-6). A repeat names the session that had no
    quorum, keeps its term (LAW-23) and takes over its agenda. Raises Forbidden, Conflict, Invalid naming the field."""
    ensure(policy.can_prepare(actor))
    body = bodies.get_body(actor, body_id)
    kind = SessionKind(kind)
    first = _repeated(actor, kind, repeat_of_id, planned_at)
    if first is None and planned_at < clock.now() - timedelta(minutes=1):
        raise Invalid(_("The session must lie in the future"), field="planned_at")
    others = _together(actor, body, kind, with_ids)
    if body.is_committee and kind == SessionKind.EXTRAORDINARY:
        requested_by = _requested(body, requested_by, requested_at, signed)
    else:
        requested_by = requested_at = None
    if kind == SessionKind.EXTRAORDINARY and not body.is_committee and not (urgency or "").strip():
        raise Invalid(_("Say why the session is urgent (Local Government Law, section 29(2))"), field="urgency")
    if not (place or "").strip():
        raise Invalid(_("A session needs a place (Local Government Law, section 28(1))"), field="place")
    year = clock.local(planned_at).year
    session = Session(
        body=body,
        kind=kind,
        number=_next_number(body.id, year),
        year=year,
        place=place.strip(),
        planned_at=planned_at,
        urgency=urgency,
        remote=remote,
        open_to_public=not closed_ground,
        closed_ground=closed_ground,
        extraordinary=first.extraordinary if first else kind == SessionKind.EXTRAORDINARY,
        repeat_of_id=first.id if first else None,
        repeat_no=first.repeat_no + 1 if first else 0,
        chair_id=_leader(actor, body, others),
        joint=bool(others),
        others=others,
        requested_by=requested_by,
        requested_at=requested_at if requested_by else None,
        minute_taker_id=body.minute_taker_id,
        access_set_id=body.access_set_id,
    )
    db.session.add(session)
    db.session.flush()
    audit.record(
        actor,
        "council.session_created",
        session,
        new={"kind": str(kind), "planned_at": planned_at.isoformat(), "place": session.place},
    )
    if first is not None:
        _take_over(actor, first, session)
    elif template and kind == SessionKind.REGULAR and (pattern := bodies.template_of(body.id)):
        for n, title in enumerate(pattern.standing_items, start=1):
            standing_matter(actor, session, title, n)
    approving.put_up(actor, session)
    return session


def _together(actor, body, kind, with_ids):
    """The committees that sit with this one (LAW-69)."""
    others = [bodies.get_body(actor, one) for one in dict.fromkeys(with_ids) if one != body.id]
    if others and (kind == SessionKind.REPEAT or any(one.kind != BodyKind.COMMITTEE for one in [body, *others])):
        why = _("Only committees hold joint sessions (Local Government Law, section 43(1))")
        raise Invalid(why, field="with_ids")
    return others


def _leader(actor, body, others):
    """Who leads: of a joint session with the finance committee the chair of the council (LAW-69)."""
    if others and any(one.is_finance for one in [body, *others]):
        return bodies.council_of(actor).chair_id
    return body.chair_id


def _requested(body, requested_by, requested_at, signed):
    """Who asked for the extraordinary session of a committee; None when its chair convenes it (LAW-68)."""
    if not requested_by:
        return None
    verdict = rules.may_request_session(Requester(requested_by), signed or 0, body.seats)
    if not verdict:
        raise Invalid(verdict.reason, field="signed")
    if requested_at is None or requested_at > clock.now():
        raise Invalid(_("Say when the request was received"), field="requested_day")
    return Requester(requested_by)


def _repeated(actor, kind, repeat_of_id, planned_at):
    """The session that a repeat repeats, checked against LAW-23; None for other kinds."""
    if kind != SessionKind.REPEAT:
        return None
    if repeat_of_id is None:
        raise Invalid(_("A repeat session names the session it repeats"), field="repeat_of_id")
    first = get_session(actor, repeat_of_id)
    if not first.without_quorum:
        raise Conflict(
            _("Only a session that was closed without a quorum is repeated (Local Government Law, section 32(1))")
        )
    earliest, latest = rules.repeat_window(local_day(first), extraordinary=first.extraordinary)
    if not earliest <= clock.local(planned_at).date() <= latest:
        raise Invalid(
            _(
                "The repeat session takes place from %(earliest)s to %(latest)s (Local Government Law, section 32(1))",
                earliest=date_short(earliest),
                latest=date_short(latest),
            ),
            field="planned_at",
        )
    return first


def _take_over(actor, first, session):
    """The repeat handles the same agenda, and the minister is told of both sessions (LAW-23, 24)."""
    origins = sa.select(Matter.id).where(Matter.session_id == first.id, Matter.outcome == Outcome.POSTPONED)
    copies = db.session.scalars(
        sa.select(Matter)
        .where(Matter.origin_matter_id.in_(origins), Matter.state == MatterState.POOL)
        .order_by(Matter.added_at, Matter.id)
    )
    for n, matter in enumerate(copies, start=1):
        if rules.may_place(
            matter.subject,
            extraordinary=session.is_council_extraordinary,
            reduced=attendance.is_reduced(session),
            urgency=matter.urgency,
            has_draft=bool(matter.draft_text),
        ):
            number_matter(actor, session, matter, n)
    workflow.complete_for(actor, "council_session", first.id, "council.repeat")
    workflow.add_task(
        actor,
        "council.minister",
        "council_session",
        session.id,
        _("Inform the minister of the repeat session %(session)s", session=str(session)),
        role="secretary",
    )


def _next_number(body_id, year):
    top = sa.select(sa.func.max(Session.number)).where(Session.body_id == body_id, Session.year == year)
    return (db.session.scalar(top) or 0) + 1


# ── Inviting ──────────────────────────────────────────────────────────────────────────────────────────────────────


def invite(actor, session_id):
    """Call the members: a record and a task for each, the agenda becomes open to them (LAW-3, 4, 6, 8).

    Raises Forbidden, Conflict when they are invited already or the agenda is empty."""
    session = locked_session(actor, session_id)
    ensure(policy.can_prepare(actor))
    if not session.may_become(SessionState.INVITED):
        raise Conflict(_("The members are invited already."))
    place_members_matters(actor, session)
    agenda = agenda_of(session.id)
    if not agenda:
        raise Conflict(_("The agenda is empty. Place at least one matter first."))
    now = clock.now()
    session.state, session.invited_at = SessionState.INVITED, now
    members = bodies.members_in(session)
    title = _("Invitation: %(session)s, %(when)s", session=str(session), when=moment(session.planned_at))
    for member in members:
        db.session.add(Invitation(session_id=session.id, person_id=member.id, sent_at=now))
        workflow.add_task(
            actor,
            "council.invitation",
            "council_session",
            session.id,
            title,
            person_id=member.id,
            due_on=local_day(session),
        )
    db.session.flush()
    audit.record(actor, "council.invited", session, new={"members": len(members), "matters": len(agenda)})
    open_drafts.ask_to_publish(actor, session, agenda)
    announce(actor, SessionInvited(session_id=session.id))
    publish(f"session:{session.id}", "session")
    return session


def answer_invitation(actor, session_id, answer):
    """A member answers the invitation in own words; the task in the work list is done."""
    session = get_session(actor, session_id)
    invitation = db.session.scalar(
        sa.select(Invitation).where(Invitation.session_id == session.id, Invitation.person_id == actor.person_id)
    )
    if invitation is None:
        raise Conflict(_("You are not invited to this session."))
    invitation.answer = (answer or "").strip()[:300]
    invitation.seen_at = invitation.seen_at or clock.now()
    db.session.flush()
    for task in workflow.open_tasks_about("council_session", session.id):
        if task.kind == "council.invitation" and task.person_id == actor.person_id:
            workflow.complete(actor, task.id)
    audit.record(actor, "council.invitation_answered", session, new={"answer": invitation.answer})
    publish(f"session:{session.id}", "attendance")
    return invitation


def see_invitation(actor, session_id):
    """An invited member has opened the session's page: noted once, for who prepares the session to know.
    The page only reads, so the note is kept in a transaction of its own."""
    unseen = sa.and_(
        Invitation.session_id == session_id, Invitation.person_id == actor.person_id, Invitation.seen_at.is_(None)
    )
    if db.session.scalar(sa.select(Invitation.id).where(unseen)) is None:
        return
    with short_transaction() as session:
        session.execute(sa.update(Invitation).where(unseen).values(seen_at=clock.now()))


def invitations_of(actor, session_id):
    """person_id -> Invitation of a session."""
    session = get_session(actor, session_id)
    rows = db.session.scalars(sa.select(Invitation).where(Invitation.session_id == session.id))
    return {row.person_id: row for row in rows}


def readiness(session, agenda=None):
    """What the session as a whole still lacks, as Marks (LAW-3..9)."""
    agenda = agenda_of(session.id) if agenda is None else agenda
    marks = []
    if not agenda:
        marks.append(Mark("agenda", "warn", _("The agenda is empty."), _("Local Government Law, section 28(1)")))
    late = [matter for matter in agenda if matter.late]
    if late:
        marks.append(
            Mark(
                "late",
                "warn",
                _("%(count)s matters became open to the members after the term.", count=len(late)),
                _("Local Government Law, section 28(2)"),
            )
        )
    if session.body.is_committee:
        return marks + _committee_marks(session)
    if session.extraordinary:
        term = rules.materials_by(session.planned_at)
        in_time = (session.invited_at or clock.now()) <= term
        marks.append(
            Mark(
                "notice",
                "ok" if in_time else "late",
                _("Materials are open to the members no later than %(when)s.", when=moment(term)),
                _("Local Government Law, section 29(3)"),
            )
        )
    else:
        term = rules.notice_by(local_day(session))
        in_time = clock.local(session.invited_at or clock.now()).date() <= term
        marks.append(
            Mark(
                "notice",
                "ok" if in_time else "late",
                _("The notice and the drafts are published no later than %(day)s.", day=date_short(term)),
                _("Local Government Law, section 28(2)–(4)"),
            )
        )
        marks += _drafts_mark(session, agenda, term)
    return marks


def _drafts_mark(session, agenda, term):
    """Whether the drafts became public in time (LAW-5), from the invitation on."""
    if session.state == SessionState.PLANNED or session.is_closed:
        return []
    if open_drafts.waiting(session, agenda):
        late = clock.today() > term
    elif session.drafts_public_at is not None:
        late = clock.local(session.drafts_public_at).date() > term
        if not late:
            return []
    else:
        return []
    return [
        Mark(
            "drafts",
            "late" if late else "warn",
            _("Draft decisions are public no later than %(day)s.", day=date_short(term)),
            _("Local Government Law, section 28(4)"),
        )
    ]


def _committee_marks(session):
    """A committee's notice is published at once when it is convened (LAW-62, 68, 69); on request in a day (LAW-68)."""
    law = _("Local Government Law, section 41(2)")
    if session.joint:
        law = _("Local Government Law, section 43(1)")
    elif session.extraordinary:
        law = _("Local Government Law, section 42(3)")
    if session.invited_at:
        words = _(
            "The notice was published on %(when)s, when the members were invited.", when=moment(session.invited_at)
        )
    else:
        words = _("The notice is published at once when the members are invited.")
    marks = [Mark("notice", "ok", words, law)]
    if session.requested_at:
        term = rules.committee_convened_by(session.requested_at)
        in_time = (session.invited_at or clock.now()) <= term
        marks.append(
            Mark(
                "notice",
                "ok" if in_time else "late",
                _("The committee is convened no later than %(when)s, a day after the request.", when=moment(term)),
                _("Local Government Law, section 42(2)"),
            )
        )
    return marks


# ── Running ───────────────────────────────────────────────────────────────────────────────────────────────────────


def open_session(actor, session_id):
    """The session begins."""
    session = locked_session(actor, session_id)
    ensure(policy.can_open(actor, session))
    session.opened_at = clock.now()
    rehearsals.stop_rehearsal(actor, session)
    return _become(actor, session, SessionState.OPEN, "council.session_opened")


def pause_session(actor, session_id, reason=None, minutes=None):
    """A break, for so many minutes when that is known (LAW-22 when the quorum is lost). Raises Invalid("minutes")."""
    session = locked_session(actor, session_id)
    ensure(policy.can_pause(actor, session, open_ballot_of(session.id)))
    reason = (reason or "").strip()[:300] or None
    course.begin_break(session, minutes, reason)
    course.end_speeches(session)
    session.paused_at = clock.now()
    return _become(actor, session, SessionState.PAUSED, "council.session_paused", reason)


def resume_session(actor, session_id):
    """The break is over."""
    session = locked_session(actor, session_id)
    ensure(policy.can_resume(actor, session))
    session.paused_at = None
    course.end_break(session)
    return _become(actor, session, SessionState.OPEN, "council.session_resumed")


def close_session(actor, session_id, reason=None):
    """The session ends. What was not decided is postponed: a copy waits in the pool.

    Without a quorum the session counts as not held, and the secretary gets the task to repeat it (LAW-22, 23)."""
    session = locked_session(actor, session_id)
    ensure(policy.can_close(actor, session, open_ballot_of(session.id)))
    undecided = [matter for matter in agenda_of(session.id) if not matter.is_decided]
    quorum = attendance.quorum(session)
    session.without_quorum = bool(undecided) and not quorum.reached
    reason = (reason or "").strip()
    if undecided and not reason:
        if quorum.reached:
            raise Invalid(_("Some matters are not decided. Say why the session is closed before them."), field="reason")
        reason = quorum.why
    now = clock.now()
    course.end_speeches(session)
    course.end_break(session)
    course.reopen(actor, session)
    session.closed_at, session.closed_reason, session.current_matter_id = now, reason or None, None
    for matter in undecided:
        _postpone(actor, matter, now)
    _become(actor, session, SessionState.CLOSED, "council.session_closed", reason)
    _after_closing(actor, session, now)
    announce(actor, SessionClosed(session_id=session.id))
    return session


def _become(actor, session, state, action, reason=None):
    old, session.state = session.state, state
    db.session.flush()
    audit.record(actor, action, session, old={"state": str(old)}, new={"state": str(state)}, reason=reason or None)
    publish(f"session:{session.id}", "session")
    publish(PUBLIC_TOPIC, "session")
    return session


def _postpone(actor, matter, now):
    matter.state, matter.outcome, matter.decided_at = MatterState.DECIDED, Outcome.POSTPONED, now
    if matter.draft_text and matter.subject not in rules.PROCEDURAL:
        copy_to_pool(actor, matter, matter.body_id)


def _after_closing(actor, session, now):
    for kind in ("council.invitation", open_drafts.TASK):
        workflow.close_for(actor, "council_session", session.id, _("The session is over."), kind=kind)
    workflow.add_task(
        actor,
        "council.minutes",
        "council_session",
        session.id,
        _("Draw up the minutes of %(session)s", session=str(session)),
        role="secretary",
        due_on=rules.sign_by(clock.local(now).date()),
    )
    if session.without_quorum and not session.body.is_committee:
        _first, latest = rules.repeat_window(local_day(session), extraordinary=session.extraordinary)
        workflow.add_task(
            actor,
            "council.repeat",
            "council_session",
            session.id,
            _("Convene the repeat session of %(session)s", session=str(session)),
            role="secretary",
            due_on=latest,
        )


def minutes_of(actor, session_id):
    """The minutes of a session, or None before they are drafted."""
    session = get_session(actor, session_id)
    return db.session.scalar(sa.select(Minutes).where(Minutes.session_id == session.id))
