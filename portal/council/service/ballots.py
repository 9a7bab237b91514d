"""Ballots: opened with a quorum, closed with a result that says why, called off or repeated with a reason.

What is closed with a result stays so: a draft that was rejected returns only as a new matter (LAW-41)."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.events import BallotDecided
from portal.council.models import (
    Ballot,
    BallotKind,
    BallotOption,
    BallotTeller,
    BallotWay,
    Choice,
    EntryAnswer,
    Matter,
    MatterState,
    Outcome,
    SessionState,
    Vote,
)
from portal.council.service import amendments, attendance, bodies, course, procedure, proposals
from portal.council.service.matters import locked_pair
from portal.council.service.reading import agenda_of, get_ballot, get_matter, locked_session, open_ballot_of
from portal.council.service.results import election_of, is_reduced, result_of
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, in_language
from portal.kernel.live import publish

FEWEST_TELLERS = 2  # each counts alone, and only what agrees is stored


def open_ballot(
    actor,
    matter_id,
    *,
    kind=BallotKind.DRAFT,
    way=BallotWay.TABLET,
    question=None,
    about_id=None,
    rule=None,
    candidates=(),
    tour=1,
    tellers=(),
    repeats=None,
    repeat_reason=None,
):
    """The chair opens a vote on the open matter: on its draft, or on a question about it.

    question: needed unless the draft itself is asked. about_id: the amendment. rule: of an amendment or a procedural
    question; a draft and an election have their matter's. candidates: [(name, person id or None)] of one office.
    tellers: ids of the counting commission, for hands and paper. repeats: the ballot that is held again.
    Raises Forbidden (no quorum, LAW-21; not the chair; the chair's own dismissal, LAW-47), Conflict, Invalid."""
    session, matter = locked_pair(actor, matter_id)
    _ensure_free(session)
    if matter.is_decided:
        raise Conflict(_("This matter is decided already."))
    quorum = attendance.quorum(session)
    ensure(policy.can_open_ballot(actor, session, matter, None, quorum))
    ensure(rules.may_lead(matter.subject, is_chair=session.body.chair_id in (session.chair_id, actor.person_id)))
    kind, way = BallotKind(kind), BallotWay(way)
    question = " ".join((question or "").split())[:500] or None
    if kind == BallotKind.DRAFT:
        amendments.ensure_settled([matter.id])
    elif question is None:
        raise Invalid(_("Say what is put to the vote"), field="question")
    candidates = _checked_candidates(session, matter, candidates) if kind == BallotKind.CANDIDATES else []
    tellers = _checked_tellers(session, way, tellers)
    if kind in (BallotKind.DRAFT, BallotKind.CANDIDATES):
        rule = matter.rule
    ballot = _ballot(session, matter, quorum, rules.Rule(rule or rules.Rule.PRESENT_MAJORITY), kind, way)
    ballot.question, ballot.about_id = question, about_id
    ballot.repeat_of_id, ballot.repeat_reason = repeats and repeats.id, repeat_reason
    ballot.tour = tour if candidates else None
    course.end_speeches(session)
    db.session.add(ballot)
    db.session.flush()
    for n, (name, person_id) in enumerate(candidates, start=1):
        db.session.add(BallotOption(ballot_id=ballot.id, n=n, name=name, person_id=person_id))
    for person_id in tellers:
        db.session.add(BallotTeller(ballot_id=ballot.id, person_id=person_id))
    db.session.flush()
    _record_opening(actor, ballot, matter, reason=repeat_reason)
    publish(f"session:{session.id}", "ballot")
    return ballot


def open_package(actor, matter_ids):
    """One vote on several matters that stand next on the agenda, when nobody objects; each gets its own result.

    Returns the ballot that members vote on, that of the first matter. Raises Forbidden, Conflict, Invalid."""
    wanted = list(dict.fromkeys(matter_ids))
    if len(wanted) < 2:
        raise Invalid(_("Choose at least two matters"), field="matter_id")
    session = locked_session(actor, get_matter(actor, wanted[0]).session_id)
    ensure(policy.can_lead(actor, session))
    _ensure_free(session)
    if session.state != SessionState.OPEN:
        raise Conflict(_("The session is not open."))
    agenda = agenda_of(session.id)
    matters = [matter for matter in agenda if matter.id in set(wanted)]
    left = [m for m in agenda if not m.is_decided and m.subject not in rules.PROCEDURAL]
    if len(matters) != len(wanted) or any(m.is_decided or not m.draft_text for m in matters):
        raise Conflict(_("Only undecided matters with a draft on this agenda are voted on together."))
    if any(m.subject in rules.PROCEDURAL or m.subject in rules.ELECTIVE for m in matters):
        raise Conflict(_("Elections and changes of the agenda are voted on one by one."))
    if not session.body.is_committee and left[: len(matters)] != matters:
        raise Conflict(
            _(
                "Matters voted on together stand next to each other, the next one first "
                "(Local Government Law, section 34(1))."
            )
        )
    amendments.ensure_settled([matter.id for matter in matters])
    quorum = attendance.quorum(session)
    ensure(policy.has_quorum(quorum))
    now = clock.now()
    course.end_speeches(session)
    for other in agenda:
        if other.state == MatterState.OPEN:
            other.state = MatterState.PLACED
    ballots = []
    for matter in matters:
        matter.state, matter.opened_at = MatterState.OPEN, matter.opened_at or now
        ballots.append(_ballot(session, matter, quorum, matter.rule, BallotKind.DRAFT, BallotWay.TABLET))
    session.current_matter_id = matters[0].id
    db.session.add(ballots[0])
    db.session.flush()
    for ballot in ballots[1:]:
        ballot.lead_id = ballots[0].id
        db.session.add(ballot)
    db.session.flush()
    for ballot, matter in zip(ballots, matters, strict=True):
        _record_opening(actor, ballot, matter)
    publish(f"session:{session.id}", "ballot")
    return ballots[0]


def object_to_package(actor, ballot_id):
    """A member wants the matters voted on one by one: the common vote ends without a result."""
    ballot = get_ballot(actor, ballot_id)
    session = locked_session(actor, ballot.session_id)
    ballot = _locked(ballot_id)
    if not followers(ballot) or not ballot.is_open:
        raise Conflict(_("No common vote on several matters is open."))
    if not bodies.sits_in(session, actor.person_id):
        raise Forbidden(_("Only the members of this body vote."))
    with in_language("lv"):
        reason = _("%(name)s objects to voting on the matters together", name=actor.name)
    _end_without_result(actor, session, ballot, reason)
    return ballot


def repeat_ballot(actor, ballot_id, reason):
    """The chair holds a vote again that ended without a result, or one on how to go on. Returns the new Ballot.

    A result on a draft, an amendment or an election is final: raises Conflict (LAW-41)."""
    reason = _reason(reason, _("Say why the vote is repeated"))
    old = get_ballot(actor, ballot_id)
    if old.is_open:
        raise Conflict(_("A vote is open already. Close it first."))
    if old.adopted is not None and old.kind != BallotKind.PROCEDURE:
        raise Conflict(
            _(
                "This vote has a result, and a result is final: a rejected draft comes back only as a new matter "
                "(Local Government Law, section 37(2))."
            )
        )
    if db.session.scalar(sa.select(Ballot.id).where(Ballot.repeat_of_id == old.id)):
        raise Conflict(_("This vote was repeated already."))
    tellers = db.session.scalars(sa.select(BallotTeller.person_id).where(BallotTeller.ballot_id == old.id))
    return open_ballot(
        actor,
        old.matter_id,
        kind=old.kind,
        way=old.way,
        question=old.question,
        about_id=old.about_id,
        rule=old.rule,
        candidates=[(option.name, option.person_id) for option in old.options],
        tour=old.tour or 1,
        tellers=list(tellers),
        repeats=old,
        repeat_reason=reason,
    )


def next_tour(actor, ballot_id, option_ids=(), tie_reason=None):
    """The next round of an election that elected nobody (LAW-161). Where candidates are tied for a place, the chair
    says who stands (option_ids) and by what rule. After the last round a new election begins with all candidates."""
    old = get_ballot(actor, ballot_id)
    if old.kind != BallotKind.CANDIDATES or old.is_open or old.adopted is not False:
        raise Conflict(_("A next round follows an election in which nobody was elected."))
    options = list(old.options)
    election = election_of(old)
    stay = [options[place] for place in election.next_tour]
    reason = None
    if election.tied:
        reason = _reason(tie_reason, _("Say by what rule the tie is settled"), "tie_reason")
        chosen = {option.id for option in options} & set(option_ids)
        tied = [options[place] for place in election.tied if options[place].id in chosen]
        places = {1: 2, 2: 1}[old.tour] - len(stay)
        if len(tied) != places:
            raise Invalid(
                _("Choose as many candidates as there are places: %(count)s", count=places), field="option_id"
            )
        stay = [option for option in options if option in stay or option in tied]
    tour = old.tour + 1 if stay else 1
    tellers = db.session.scalars(sa.select(BallotTeller.person_id).where(BallotTeller.ballot_id == old.id))
    return open_ballot(
        actor,
        old.matter_id,
        kind=BallotKind.CANDIDATES,
        way=old.way,
        question=old.question,
        candidates=[(option.name, option.person_id) for option in stay or options],
        tour=tour,
        tellers=list(tellers),
        repeat_reason=reason,
    )


def close_ballot(actor, ballot_id):
    """The chair closes the vote; the result is decided, recorded and shown. Returns the Result.

    When too few members are left the vote ends without a result, and the matter stays open (LAW-21, 22)."""
    session, ballot = _locked_open(actor, ballot_id)
    if ballot.way != BallotWay.TABLET and _has_uncounted(ballot):
        raise Conflict(_("The counting commission has not entered the same result yet."))
    if objecting := objecting_to(ballot.id):
        raise Conflict(
            _(
                "%(names)s objects to the vote entered at the desk. Enter what was meant, or call the vote off.",
                names=", ".join(person.name for person in objecting),
            )
        )
    quorum, now = attendance.quorum(session), clock.now()
    outcome = None
    for one in [ballot, *followers(ballot)]:
        closed = _close(actor, session, one, quorum, now)
        outcome = outcome or closed
    publish(f"session:{session.id}", "result")
    return outcome


def objecting_to(ballot_id):
    """Members who object to the vote that the desk entered for them in this ballot, as Named."""
    objections = sa.select(Vote.member_id).join(EntryAnswer, EntryAnswer.vote_id == Vote.id)
    return bodies.named(
        db.session.scalars(objections.where(Vote.ballot_id == ballot_id, EntryAnswer.agreed.is_(False)))
    )


def cancel_ballot(actor, ballot_id, reason):
    """The chair calls an open vote off, e.g. opened on the wrong matter. No result; votes stay stored."""
    reason = _reason(reason, _("Say why the vote is called off"))
    session, ballot = _locked_open(actor, ballot_id)
    _end_without_result(actor, session, ballot, reason)
    return ballot


def followers(ballot):
    """The other ballots of a package, in the order of the agenda; none for an ordinary vote."""
    return list(
        db.session.scalars(
            sa.select(Ballot)
            .join(Matter, Matter.id == Ballot.matter_id)
            .where(Ballot.lead_id == ballot.id)
            .order_by(Matter.n)
        )
    )


# ── Opening ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _ensure_free(session):
    if open_ballot_of(session.id) is not None:
        raise Conflict(_("A vote is open already. Close it first."))


def _ballot(session, matter, quorum, rule, kind, way):
    last = db.session.scalar(sa.select(sa.func.max(Ballot.round)).where(Ballot.matter_id == matter.id)) or 0
    return Ballot(
        matter_id=matter.id,
        session_id=session.id,
        round=last + 1,
        opened_at=clock.now(),
        rule=rules.Rule.PRESENT_MAJORITY if quorum.reduced else rule,  # LAW-26
        kind=kind,
        way=way,
        present_count=quorum.present,
        quorum_needed=quorum.needed,
        seats=session.body.seats,
        changeable=way == BallotWay.TABLET and procedure.choices().change_vote,
    )


def _checked_candidates(session, matter, candidates):
    """[(name, person id)], each once. For the chair and the deputy chair only deputies stand (LAW-44)."""
    found = list(dict.fromkeys((" ".join((name or "").split())[:200], who) for name, who in candidates))
    found = [(name, who) for name, who in found if name]
    if not found or len({name for name, _who in found}) != len(found):
        raise Invalid(_("Name each candidate once"), field="candidates")
    if matter.subject == rules.Subject.COUNCIL_CHAIR:
        members = {member.id for member in bodies.members_in(session)}
        if any(who not in members for _name, who in found):
            raise Invalid(
                _("Only deputies are candidates for chair and deputy chair (Local Government Law, section 12(1))"),
                field="candidates",
            )
    return found


def _checked_tellers(session, way, tellers):
    tellers = list(dict.fromkeys(tellers))
    if way == BallotWay.TABLET:
        return []
    allowed = {member.id for member in bodies.members_in(session)}
    allowed |= {session.minute_taker_id}
    if len(tellers) < FEWEST_TELLERS or not set(tellers) <= allowed:
        raise Invalid(
            _("The counting commission has at least two members, deputies or the minute-taker"), field="tellers"
        )
    return tellers


def _record_opening(actor, ballot, matter, reason=None):
    audit.record(
        actor,
        "council.ballot_repeated" if ballot.repeat_of_id else "council.ballot_opened",
        ballot,
        label=ballot.question or matter.title,
        reason=reason,
        new={
            "round": ballot.round,
            "rule": str(ballot.rule),
            "kind": str(ballot.kind),
            "way": str(ballot.way),
            "present": ballot.present_count,
            "quorum": ballot.quorum_needed,
        },
    )


def _reason(text, missing, field="reason"):
    text = (text or "").strip()[:300]
    if not text:
        raise Invalid(missing, field=field)
    return text


# ── Closing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _has_uncounted(ballot):
    """Whether the commission of a vote by hands or paper has not stored what it counted."""
    return not db.session.scalar(sa.select(Vote.id).where(Vote.ballot_id == ballot.id).limit(1))


def _locked(ballot_id):
    return db.session.scalar(
        sa.select(Ballot).where(Ballot.id == ballot_id).with_for_update().execution_options(populate_existing=True)
    )


def _locked_open(actor, ballot_id):
    session = locked_session(actor, get_ballot(actor, ballot_id).session_id)
    ballot = _locked(ballot_id)
    if not ballot.is_open:
        raise Conflict(_("This vote is closed already."))
    if ballot.lead_id is not None:
        raise Conflict(_("This matter is voted on together with others; vote on the first of them."))
    ensure(policy.can_close_ballot(actor, session, ballot))
    return session, ballot


def _close(actor, session, ballot, quorum, now):
    matter = db.session.get_one(Matter, ballot.matter_id)
    ballot.closed_at, ballot.present_count, ballot.quorum_needed = now, quorum.present, quorum.needed
    votes = list(db.session.scalars(sa.select(Vote).where(Vote.ballot_id == ballot.id)))
    counts = {choice: sum(1 for vote in votes if vote.choice == choice) for choice in Choice}
    ballot.par, ballot.pret, ballot.atturas = counts[Choice.FOR], counts[Choice.AGAINST], counts[Choice.ABSTAIN]
    for option in ballot.options:
        option.votes = sum(1 for vote in votes if vote.option_id == option.id)
    if quorum.reached:
        _decide(ballot, session, votes)
    else:
        with in_language("lv"):
            ballot.cancelled_reason = attendance.quorum(session).why
    db.session.flush()
    outcome = result_of(ballot, session, matter, votes)
    ballot.not_voted = len(outcome.not_voted)
    if quorum.reached:
        _settle(actor, session, matter, ballot)
    db.session.flush()
    audit.record(
        actor,
        "council.ballot_closed",
        ballot,
        label=ballot.question or matter.title,
        new={
            "par": ballot.par,
            "pret": ballot.pret,
            "atturas": ballot.atturas,
            "adopted": ballot.adopted,
            "present": ballot.present_count,
            "why": ballot.why or ballot.cancelled_reason,
            "votes": [
                [str(vote.member_id), str(vote.choice), vote.nonce, *([str(vote.option_id)] if vote.option_id else [])]
                for vote in votes
            ],
        },
    )
    return outcome


def _end_without_result(actor, session, ballot, reason):
    now = clock.now()
    package = followers(ballot)
    for one in [ballot, *package]:
        one.closed_at, one.cancelled_reason = now, reason
        matter = db.session.get_one(Matter, one.matter_id)
        if one.lead_id is not None:
            matter.state = MatterState.PLACED
        db.session.flush()
        audit.record(actor, "council.ballot_cancelled", one, label=one.question or matter.title, reason=reason)
    publish(f"session:{session.id}", "ballot")


def _decide(ballot, session, votes):
    """Fill in the outcome, in Latvian: it is a record."""
    committee = session.body.is_committee
    if ballot.kind == BallotKind.CANDIDATES:
        with in_language("lv"):
            election = election_of(ballot, committee)
        ballot.adopted, ballot.needed, ballot.law = election.elected is not None, election.needed, election.law
        ballot.why = election.why
        if election.elected is not None:
            ballot.options[election.elected].elected = True
        return
    if committee:
        ballot.chair_choice = next((vote.choice for vote in votes if vote.member_id == session.chair_id), None)
    with in_language("lv"):
        outcome = rules.decide(
            ballot.rule,
            ballot.par,
            ballot.pret,
            ballot.atturas,
            ballot.seats,
            committee=committee,
            chair_choice=ballot.chair_choice,
            reduced=is_reduced(ballot, session.body),
        )
    ballot.adopted, ballot.needed, ballot.law, ballot.why = outcome.adopted, outcome.needed, outcome.law, outcome.why


def _settle(actor, session, matter, ballot):
    """What the result means: a draft or an election decides the matter, other votes leave it open. What a committee
    supports goes to the council's pool."""
    if ballot.kind in (BallotKind.AMENDMENT, BallotKind.PROCEDURE):
        announce(
            actor,
            BallotDecided(
                ballot_id=ballot.id,
                matter_id=matter.id,
                kind=str(ballot.kind),
                about_id=ballot.about_id,
                adopted=ballot.adopted,
            ),
        )
        return
    if ballot.kind == BallotKind.CANDIDATES:
        if not ballot.adopted:
            return  # the next round or a new election follows (LAW-161)
        elected = next(option for option in ballot.options if option.elected)
        with in_language("lv"):
            line = _("Elected: %(name)s.", name=elected.name)
        matter.draft_text = f"{matter.draft_text}\n\n{line}".strip()
    committee = session.body.is_committee
    good, bad = (Outcome.SUPPORTED, Outcome.NOT_SUPPORTED) if committee else (Outcome.ADOPTED, Outcome.REJECTED)
    matter.state, matter.decided_at = MatterState.DECIDED, ballot.closed_at
    matter.outcome = good if ballot.adopted else bad
    db.session.flush()
    if matter.subject in rules.PROCEDURAL:
        return
    proposals.decided(actor, session, matter)
