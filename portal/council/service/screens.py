"""What each screen needs, read in a small fixed number of queries, however many matters and members there are."""

from collections import Counter

import sqlalchemy as sa

from portal.council import policy, rules
from portal.council.models import (
    Absence,
    Attendance,
    Ballot,
    BallotKind,
    BodyMember,
    Choice,
    ClosedPart,
    EntryAnswer,
    Matter,
    MatterFile,
    MatterState,
    Minutes,
    Outcome,
    Recusal,
    Remark,
    Session,
    SessionBreak,
    SessionState,
    Speaker,
    Vote,
)
from portal.council.models.sessions import local_day
from portal.council.service import (
    amendments,
    attendance,
    bodies,
    composition,
    course,
    interests,
    matters,
    proposals,
    publishing,
    regulations,
    rehearsals,
    results,
    sessions,
    steps,
    way,
)
from portal.council.service.agenda import pool, pool_counts
from portal.council.service.marks import marks_of
from portal.council.service.reading import get_matter, get_session
from portal.council.shapes import (
    FactionVotes,
    HallView,
    MatterLine,
    MatterView,
    MemberLine,
    Named,
    Overview,
    Seat,
    SessionView,
    TabletView,
)
from portal.identity import service as identity
from portal.kernel.access import ALLOWED, refuse, visible_to
from portal.kernel.db import db
from portal.kernel.i18n import _
from portal.kernel.latvian import sort_key

SEATS = {Choice.FOR: "for", Choice.AGAINST: "against", Choice.ABSTAIN: "abstained"}


# ── Shared readings ───────────────────────────────────────────────────────────────────────────────────────────────


def members_of_session(session, matter_id, ballot_id):
    """One row per member and stay: who sits in the body, whether in the room, stepped aside, voted; one query."""
    day = local_day(session)
    return db.session.execute(
        sa.select(
            BodyMember.person_id,
            Attendance.arrived_at,
            Attendance.left_at,
            Absence.reason,
            Recusal.id.label("recusal_id"),
            Vote.choice,
            Vote.option_id,
            Vote.cast_at,
            Vote.id.label("vote_id"),
            Vote.entered_by_id,
            Vote.entry_reason,
        )
        .select_from(BodyMember)
        .outerjoin(
            Attendance, sa.and_(Attendance.session_id == session.id, Attendance.member_id == BodyMember.person_id)
        )
        .outerjoin(Absence, sa.and_(Absence.session_id == session.id, Absence.member_id == BodyMember.person_id))
        .outerjoin(
            Recusal,
            sa.and_(
                Recusal.matter_id == matter_id,
                Recusal.member_id == BodyMember.person_id,
                Recusal.withdrawn_at.is_(None),
            ),
        )
        .outerjoin(Vote, sa.and_(Vote.ballot_id == ballot_id, Vote.member_id == BodyMember.person_id))
        .where(BodyMember.body_id.in_([body.id for body in session.bodies]), BodyMember.sitting_on(day))
        .order_by(BodyMember.person_id, Attendance.arrived_at)
    ).all()


def _latest(rows):
    """member id -> the row of the last stay."""
    return {row.person_id: row for row in rows}


def _is_in(row):
    return row.arrived_at is not None and row.left_at is None


def _quorum(session, latest):
    return attendance.quorum_of(session, {who for who, row in latest.items() if _is_in(row)})


def ballots_of(session_id):
    return list(
        db.session.scalars(
            sa.select(Ballot).where(Ballot.session_id == session_id).order_by(Ballot.opened_at, Ballot.id)
        )
    )


def open_one(ballots):
    """The ballot that members vote on now: of a package the first."""
    return next((one for one in ballots if one.is_open and one.lead_id is None), None)


def last_closed(ballots):
    """matter id -> its last closed ballot, on whatever question."""
    return {ballot.matter_id: ballot for ballot in ballots if not ballot.is_open}


def _last_on_draft(ballots):
    """matter id -> its last closed ballot on the draft or for candidates."""
    return last_closed([one for one in ballots if one.kind in (BallotKind.DRAFT, BallotKind.CANDIDATES)])


def floor_of(speakers):
    """Who has the floor now, or None."""
    return next((one for one in speakers if one.spoke_at is not None and one.ended_at is None), None)


def speakers_of(matter_id):
    if matter_id is None:
        return []
    found = sa.select(Speaker).where(Speaker.matter_id == matter_id).order_by(Speaker.position, Speaker.id)
    return list(db.session.scalars(found))


# ── The session page and the chair's desk ─────────────────────────────────────────────────────────────────────────


def session_view(actor, session_id):
    """All of the session page and the chair's desk. Raises NotFound."""
    session, minutes, pause, closed_part = _with_minutes(actor, session_id)
    rows = db.session.execute(
        sa.select(
            Matter,
            sa.select(sa.func.count(MatterFile.id))
            .where(MatterFile.matter_id == Matter.id)
            .correlate(Matter)
            .scalar_subquery(),
        )
        .where(Matter.session_id == session.id, visible_to(actor, Matter))
        .order_by(Matter.n)
    ).all()
    ballots = ballots_of(session.id)
    ballot = open_one(ballots)
    latest = _latest(members_of_session(session, session.current_matter_id, ballot and ballot.id))
    speakers = speakers_of(session.current_matter_id)
    names = identity.names_of(
        {*latest, session.chair_id, session.minute_taker_id, *(matter.rapporteur_id for matter, _files in rows)}
    )
    closed = _last_on_draft(ballots)
    shown = None if ballot else last_closed(ballots).get(session.current_matter_id)
    opinions = {} if session.body.is_committee else way.opinions_of(matter.proposal_id for matter, _files in rows)
    lines = [
        _line(matter, files, session, closed.get(matter.id), names, opinions.get(matter.proposal_id))
        for matter, files in rows
    ]
    agenda = [line.matter for line in lines]
    current = next((line for line in lines if line.matter.id == session.current_matter_id), None)
    quorum = _quorum(session, latest)
    can = _session_can(actor, session, current and current.matter, ballot, quorum)
    return SessionView(
        session=session,
        body=session.body,
        chair=_named(session.chair_id, names),
        minute_taker=_named(session.minute_taker_id, names),
        matters=lines,
        members=_member_lines(latest, names, current and current.matter),
        current=current,
        ballot=ballot,
        speakers=speakers,
        floor=floor_of(speakers),
        shown=shown,
        package=[one for one in ballots if ballot is not None and one.lead_id == ballot.id],
        pause=pause,
        closed_part=closed_part,
        quorum=quorum,
        minutes=minutes,
        can=can,
        marks=sessions.readiness(session, agenda),
        steps=steps.of(session, agenda, ballot, minutes, quorum, can),
    )


def _with_minutes(actor, session_id):
    """The session, its minutes, the break and the closed part that last (None each without one), in one query.
    Raises NotFound."""
    found = db.session.execute(
        sa.select(Session, Minutes, SessionBreak, ClosedPart)
        .outerjoin(Minutes, Minutes.session_id == Session.id)
        .outerjoin(SessionBreak, sa.and_(SessionBreak.session_id == Session.id, SessionBreak.ended_at.is_(None)))
        .outerjoin(ClosedPart, sa.and_(ClosedPart.session_id == Session.id, ClosedPart.ended_at.is_(None)))
        .where(Session.id == session_id, visible_to(actor, Session))
    ).first()
    return tuple(found) if found else (get_session(actor, session_id), None, None, None)


def _line(matter, files, session, ballot, names, opinions=None):
    result = results.without_names(ballot, session.body) if ballot and session else None
    return MatterLine(
        matter=matter,
        case_number=matter.case_number,
        result=result,
        rapporteur=matter.rapporteur_text or names.get(matter.rapporteur_id),
        marks=marks_of(matter, files, session, opinions or ()),
        opinions=opinions or [],
    )


def _named(person_id, names):
    return Named(person_id, names.get(person_id, "")) if person_id else None


def _member_lines(latest, names, matter):
    blocks = matter is not None and rules.interest_blocks(matter.act_kind)
    lines = [
        MemberLine(
            id=row.person_id,
            name=names.get(row.person_id, ""),
            present=_is_in(row),
            arrived_at=row.arrived_at,
            left_at=row.left_at,
            absence_reason=row.reason,
            recused=blocks and row.recusal_id is not None,
            voted=row.choice is not None,
        )
        for row in latest.values()
    ]
    return sorted(lines, key=lambda line: bodies.by_family_name(line.name))


def _session_can(actor, session, matter, ballot, quorum):
    """What the actor may do now; each refusal says why."""
    attend = policy.can_register_attendance(session)
    prepare = policy.can_prepare(actor)
    planned = session.state == SessionState.PLANNED
    return {
        "prepare": prepare,
        "lead": policy.can_lead(actor, session),
        "run": policy.can_run(actor, session),
        "invite": prepare and (ALLOWED if planned else refuse(_("The members are invited already."))),
        "open": policy.can_open(actor, session),
        "pause": policy.can_pause(actor, session, ballot),
        "resume": policy.can_resume(actor, session),
        "close": policy.can_close(actor, session, ballot),
        "attend": policy.can_run(actor, session) and attend,
        "check_in": attend,
        "place": prepare and (refuse(_("The session is closed.")) if session.is_closed else ALLOWED),
        "open_matter": policy.can_lead(actor, session)
        and (ALLOWED if session.is_open else refuse(_("The session is not open."))),
        "open_ballot": policy.can_open_ballot(actor, session, matter, ballot, quorum),
        "close_ballot": policy.can_close_ballot(actor, session, ballot),
        "enter_vote": policy.can_enter_vote(actor, ballot),
        "minutes": prepare,
    }


def _amendments_to(matter):
    return amendments.of_matters([matter.id]) if matter is not None and matter.proposal_id else []


# ── Tablet and hall ───────────────────────────────────────────────────────────────────────────────────────────────


def tablet_view(actor, session_id):
    """The member's own screen: the current matter, the ballot, the own vote. Raises NotFound."""
    session = get_session(actor, session_id)
    agenda = list(
        db.session.scalars(
            sa.select(Matter).where(Matter.session_id == session.id, visible_to(actor, Matter)).order_by(Matter.n)
        )
    )
    current = next((matter for matter in agenda if matter.id == session.current_matter_id), None)
    everything = ballots_of(session.id)
    ballots = [one for one in everything if current is not None and one.matter_id == current.id]
    ballot = open_one(ballots)
    latest = _latest(members_of_session(session, session.current_matter_id, ballot and ballot.id))
    mine = latest.get(actor.person_id)
    voted = mine is not None and mine.choice is not None
    recused = bool(mine is not None and mine.recusal_id and current and rules.interest_blocks(current.act_kind))
    closed = last_closed(ballots).get(current.id) if current is not None else None
    entered = mine.entry_reason or "" if voted and mine.entered_by_id else None
    answer = db.session.get(EntryAnswer, mine.vote_id) if entered is not None else None
    objects = answer is not None and not answer.agreed
    rehearsal, trial = None, None
    if rehearsals.may_rehearse(session):
        rehearsal, trial = rehearsals.trial_of(session.id, actor.person_id)
    asks = mine is not None and current is not None and not (current.is_decided or mine.recusal_id or voted)
    followers = {one.matter_id for one in everything if ballot is not None and one.lead_id == ballot.id}
    return TabletView(
        session=session,
        body=session.body,
        member=Named(actor.person_id, actor.name),
        present=mine is not None and _is_in(mine),
        current=current,
        files=list(current.files) if current is not None else [],
        ballot=ballot,
        my_vote=mine.choice if voted else None,
        my_vote_at=mine.cast_at if voted else None,
        my_option=next((one.name for one in ballot.options if one.id == mine.option_id), None) if voted else None,
        recused=recused,
        may_check_in=policy.may_check_in(session, member=mine is not None, substitute=bool(actor.on_behalf_of_id)),
        may_vote=policy.may_vote(
            member=mine is not None,
            present=mine is not None and _is_in(mine),
            open_=ballot is not None,
            paused=session.state == SessionState.PAUSED,
            recused=recused,
            voted=voted and not (ballot is not None and (ballot.changeable or objects)),
        ),
        may_recuse=policy.may_recuse(
            member=mine is not None, decided=current is None or current.is_decided, voted=voted
        ),
        last_result=results.result_of(closed, session, current) if closed is not None and ballot is None else None,
        agenda=agenda,
        quorum=_quorum(session, latest),
        speakers=(speakers := speakers_of(session.current_matter_id)),
        floor=floor_of(speakers),
        package=[matter for matter in agenda if matter.id in followers],
        entered=entered,
        answered=answer.agreed if answer is not None else None,
        hints=interests.hints(session, current, {actor.person_id: actor.name}) if asks else [],
        rehearsal=rehearsal,
        trial=trial,
        pause=course.break_of(session.id) if session.state == SessionState.PAUSED else None,
        closed_part=course.closed_part_of(session.id) if session.is_open else None,
        amendments=_amendments_to(current),
    )


def hall_view(actor, session_id):
    """The screen everybody in the hall sees. While a ballot is open it shows who voted, never what."""
    session = get_session(actor, session_id)
    current = db.session.get(Matter, session.current_matter_id) if session.current_matter_id else None
    closed_part = session.is_open and course.closed_part_of(session.id) is not None
    inside = session.open_to_public and not closed_part  # the public is in the hall
    hidden = inside and current is not None and current.id in publishing.closed_matters(session, [current])
    ballots = [one for one in ballots_of(session.id) if current is not None and one.matter_id == current.id]
    ballot = open_one(ballots)
    closed = None if ballot is not None or current is None else last_closed(ballots).get(current.id)
    shown = ballot or closed
    latest = _latest(members_of_session(session, session.current_matter_id, shown and shown.id))
    names = identity.names_of(latest)
    blocks = current is not None and rules.interest_blocks(current.act_kind)
    if hidden:
        closed = None
    numbers = (
        {option.id: option.n for option in closed.options} if closed is not None and closed.adopted is not None else {}
    )
    seats = [
        Seat(
            row.person_id, names.get(row.person_id, ""), _seat(row, ballot, closed, blocks), numbers.get(row.option_id)
        )
        for row in latest.values()
    ]
    seats.sort(key=lambda seat: bodies.by_family_name(seat.name))
    result = results.without_names(closed, session.body) if closed is not None else None
    quorum = _quorum(session, latest)
    voted = sum(1 for row in latest.values() if row.choice is not None) if ballot else 0
    expected = sum(1 for seat in seats if seat.state in ("waiting", "voted")) if ballot else 0
    return HallView(
        session=session,
        body=session.body,
        current=current,
        ballot=ballot,
        quorum=quorum,
        seats=seats,
        result=result,
        line=_hall_line(session, current, ballot, result, voted, expected),
        hidden=hidden,
        voted=voted,
        expected=expected,
        floor=floor_of(speakers_of(session.current_matter_id)) if ballot is None and not hidden else None,
        pause=course.break_of(session.id) if session.state == SessionState.PAUSED else None,
        closed_part=closed_part,
        factions=_by_faction(session, latest) if result is not None and result.valid and not result.options else [],
    )


def _by_faction(session, latest):
    """How each faction voted, by its name; members without one are in none of the lines."""
    factions = composition.factions_on(local_day(session))
    counts = Counter((factions[who], row.choice) for who, row in latest.items() if row.choice and who in factions)
    names = sorted({name for name, _choice in counts}, key=sort_key)
    return [FactionVotes(name, *(counts[name, choice] for choice in Choice)) for name in names]


def _seat(row, ballot, closed, blocks):
    """The state of one tile. The choice is looked at only when the ballot is closed and has a result."""
    if ballot is None and closed is not None and closed.adopted is not None and row.choice is not None:
        return SEATS[row.choice]
    if blocks and row.recusal_id is not None:
        return "recused"
    if ballot is not None and row.choice is not None:
        return "voted"
    if not _is_in(row):
        return "absent"
    return "not_voted" if closed is not None else "waiting"


def _hall_line(session, current, ballot, result, voted, expected):
    if session.state == SessionState.PAUSED:
        return _("The session is paused")
    if session.is_closed:
        return _("The session is closed")
    if ballot is not None:
        return _("Voting: %(voted)s of %(expected)s have voted", voted=voted, expected=expected)
    if result is not None:
        return result.line
    if current is not None and current.state == MatterState.OPEN:
        return _("The matter is being discussed")
    if current is not None and (word := results.outcome_word(current.outcome)):
        return word
    return _("The session is open") if session.is_open else _("The session has not begun yet")


# ── Matter page, pool, front page ─────────────────────────────────────────────────────────────────────────────────


def matter_view(actor, matter_id):
    """Everything about one matter. Raises NotFound."""
    matter = get_matter(actor, matter_id)
    proposal = proposals.proposal_of(matter)
    stations = way.stations_of(proposal.id) if proposal else []
    body, session = next(((b, s) for m, b, s in stations if m.id == matter.id), (None, None))
    if body is None:
        body = bodies.get_body(actor, matter.body_id)
        session = get_session(actor, matter.session_id) if matter.session_id else None
    ids = [matter.id, *(one.id for one, _body, _session in stations)]
    all_ballots = list(db.session.scalars(sa.select(Ballot).where(Ballot.matter_id.in_(ids)).order_by(Ballot.round)))
    ballots = [one for one in all_ballots if one.matter_id == matter.id]
    recusals, speakers, remarks = _in_session(matter)
    checked = way.round_about(stations, proposal) if proposal else None
    names = identity.names_of(
        {
            matter.rapporteur_id,
            *(one.proposed_by_id for one, _body, _session in stations),
            *(one.person_id for one in (checked.approvers if checked else ())),
            *(recusal.member_id for recusal in recusals),
        }
    )
    path = way.way_of(matter, proposal, stations, checked, names) if proposal else None
    opinions = way.opinions_from(stations, all_ballots)
    decision = path.decision if path else None
    closed = [one for one in ballots if not one.is_open]
    running = open_one(ballots)
    files = list(matter.files)
    return MatterView(
        matter=matter,
        line=_line(matter, len(files), session, closed[-1] if closed else None, names, opinions),
        body=body,
        session=session,
        files=files,
        results=[results.result_of(one, session, matter) for one in closed],
        recusals=[(Named(r.member_id, names.get(r.member_id, "")), r.reason) for r in recusals],
        speakers=speakers,
        remarks=remarks,
        decision=decision,
        proposal=proposal,
        way=path,
        regulation=regulations.regulation_of(matter),
        amendments=_amendments_to(matter),
        can=_matter_can(actor, matter, body, session, running, decision),
    )


def _in_session(matter):
    """(recusals, speakers, remarks) of a matter; none is asked for before it stands on an agenda."""
    if matter.session_id is None:
        return [], [], []
    stands = sa.and_(Recusal.matter_id == matter.id, Recusal.withdrawn_at.is_(None))
    recusals = list(db.session.scalars(sa.select(Recusal).where(stands).order_by(Recusal.declared_at)))
    if matter.opened_at is None:
        return recusals, [], []
    said = sa.select(Remark).where(Remark.matter_id == matter.id).order_by(Remark.said_at)
    return recusals, speakers_of(matter.id), list(db.session.scalars(said))


def _may_sit(matter, session, actor):
    if session is not None:
        return bodies.sits_in(session, actor.person_id)
    return bodies.is_member(matter.body_id, actor.person_id)


def _matter_can(actor, matter, body, session, ballot, decision):
    lead = policy.can_lead(actor, session) if session else refuse(_("The matter does not stand on an agenda yet."))
    decided = refuse(_("This matter is decided already."))
    return {
        "edit": matters.can_edit(actor, matter),
        "send": matters.can_edit(actor, matter)
        and (ALLOWED if matter.state == MatterState.PREPARING else refuse(_("The draft was sent on already."))),
        "withdraw": matters.can_edit(actor, matter)
        and (ALLOWED if matter.state != MatterState.PLACED else refuse(_("The matter stands on an agenda already."))),
        "amend": ALLOWED
        if matter.state in (MatterState.POOL, MatterState.PLACED, MatterState.OPEN)
        and matter.draft_text
        and (actor.can("council.prepare") or actor.can("council.vote"))
        and policy.can_amend(actor, own=True, member=_may_sit(matter, session, actor))
        else refuse(_("Amendments are proposed by the members of this body; the secretary enters them for others.")),
        "recuse": ALLOWED
        if matter.state in (MatterState.PLACED, MatterState.OPEN)
        and actor.can("council.vote")
        and bodies.sits_in(session, actor.person_id)
        else refuse(_("Only the members of this body vote.")),
        "resubmit": policy.can_propose(actor)
        and (
            ALLOWED
            if matter.outcome in (Outcome.REJECTED, Outcome.NOT_SUPPORTED) and matter.proposal_id
            else refuse(_("Only a rejected draft is submitted anew."))
        ),
        "note_opinion": policy.can_prepare(actor)
        and (ALLOWED if body.is_committee and matter.draft_text else refuse(_("Only a committee gives an opinion."))),
        "place": policy.can_prepare(actor)
        and (ALLOWED if matter.state == MatterState.POOL else refuse(_("The matter stands on an agenda already."))),
        "open": lead and (decided if matter.is_decided else ALLOWED),
        "close_ballot": policy.can_close_ballot(actor, session, ballot) if session else lead,
        "extract": policy.can_prepare(actor)
        and (ALLOWED if matter.is_decided else refuse(_("An extract is made when the matter is decided."))),
        "decision": ALLOWED if decision else refuse(_("There is no decision yet.")),
    }


def pool_view(actor, body_id):
    """The pool of a body as lines with marks, in four queries."""
    waiting = pool(actor, body_id)
    files = (
        dict(
            db.session.execute(
                sa.select(MatterFile.matter_id, sa.func.count())
                .where(MatterFile.matter_id.in_([m.id for m in waiting]))
                .group_by(MatterFile.matter_id)
            ).all()
        )
        if waiting
        else {}
    )
    names = identity.names_of({matter.rapporteur_id for matter in waiting})
    opinions = way.opinions_of(matter.proposal_id for matter in waiting)
    return [
        _line(matter, files.get(matter.id, 0), None, None, names, opinions.get(matter.proposal_id))
        for matter in waiting
    ]


def overview(actor):
    """The council's front page."""
    return Overview(
        bodies=bodies.list_bodies(actor),
        sessions=list(sessions.list_sessions(actor, {"q": "coming"})),
        past=list(sessions.list_sessions(actor, {"q": "past"}, size=10)),
        pool_counts=pool_counts(actor),
        can_prepare=policy.can_prepare(actor),
    )
