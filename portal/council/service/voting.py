"""Ballots: opened with a quorum, voted on once by each member, closed with a result that says why.

A vote and the closing of its ballot cannot both win: on SQLite writing transactions come one after another, on
PostgreSQL a vote holds a share of the ballot's row while the closing waits for all of them. The table of votes itself
refuses a second vote, a change and a removal."""

import functools
import hashlib
import secrets

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.models import (
    Attendance,
    Ballot,
    BodyMember,
    Choice,
    Matter,
    MatterState,
    Outcome,
    Recusal,
    Session,
    SessionState,
    Vote,
)
from portal.council.service import attendance, bodies, proposals
from portal.council.service.matters import locked_pair
from portal.council.service.reading import get_ballot, locked_session, open_ballot_of
from portal.council.service.results import result_of
from portal.council.shapes import Tally
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ensure
from portal.kernel.i18n import _, in_language
from portal.kernel.live import publish


def open_ballot(actor, matter_id):
    """The chair opens a vote on the open matter. Raises Forbidden (no quorum, LAW-21; not the chair), Conflict."""
    session, matter = locked_pair(actor, matter_id)
    if open_ballot_of(session.id) is not None:
        raise Conflict(_("A vote is open already. Close it first."))
    if matter.is_decided:
        raise Conflict(_("This matter is decided already."))
    quorum = attendance.quorum(session)
    ensure(policy.can_open_ballot(actor, session, matter, None, quorum))
    last = db.session.scalar(sa.select(sa.func.max(Ballot.round)).where(Ballot.matter_id == matter.id)) or 0
    rule = rules.Rule.PRESENT_MAJORITY if quorum.reduced else matter.rule  # LAW-26
    ballot = Ballot(
        matter_id=matter.id,
        session_id=session.id,
        round=last + 1,
        opened_at=clock.now(),
        rule=rule,
        present_count=quorum.present,
        quorum_needed=quorum.needed,
        seats=session.body.seats,
    )
    db.session.add(ballot)
    db.session.flush()
    audit.record(
        actor,
        "council.ballot_opened",
        ballot,
        label=matter.title,
        new={"round": ballot.round, "rule": str(rule), "present": quorum.present, "quorum": quorum.needed},
    )
    publish(f"session:{session.id}", "ballot")
    return ballot


def cast_vote(actor, ballot_id, choice):
    """The member's own vote. Returns the stored Vote.

    Raises Conflict on a second vote and after closing, Forbidden when absent, recused or not a member,
    ConfirmationNeeded when the settings ask for fresh proof of who votes."""
    if actor.on_behalf_of_id:
        raise Forbidden(_("A deputy takes part in person; a substitute cannot register or vote."))
    identity.require_for_weighty(actor)
    return _store(actor, ballot_id, actor.person_id, choice)


def enter_vote(actor, ballot_id, member_id, choice, reason):
    """The secretary enters the vote a member gave aloud, with the reason; it is traced as such."""
    reason = (reason or "").strip()
    if not reason:
        raise Invalid(_("Say why the vote is entered at the desk"), field="reason")
    ensure(policy.can_enter_vote(actor, get_ballot(actor, ballot_id)))
    return _store(actor, ballot_id, member_id, choice, entered_by_id=actor.person_id, entry_reason=reason[:300])


def _store(actor, ballot_id, member_id, choice, **entry):
    """Check and write one vote: one SELECT, one INSERT, the audit record and the live event."""
    choice = _choice(choice)
    now = clock.now()
    facts = db.session.execute(
        _facts(), {"ballot_id": ballot_id, "member_id": member_id, "today": clock.local(now).date()}
    ).one_or_none()
    if facts is None:
        raise NotFound(_("There is no such vote"))
    if facts.voted:
        raise Conflict(_("Your vote is stored; a vote is never changed."))
    if facts.closed_at is not None:
        raise Conflict(
            _(
                "The vote was closed at %(time)s; your vote was not counted.",
                time=f"{clock.local(facts.closed_at):%H:%M:%S}",
            )
        )
    recused = bool(facts.recused) and rules.interest_blocks(facts.act_kind)
    ensure(
        policy.may_vote(
            member=bool(facts.member),
            present=bool(facts.present),
            open_=True,
            voted=False,
            paused=facts.state == SessionState.PAUSED,
            recused=recused,
        )
    )
    vote = Vote(
        ballot_id=ballot_id, member_id=member_id, choice=choice, cast_at=now, nonce=secrets.token_hex(16), **entry
    )
    db.session.add(vote)
    audit.record(
        actor,
        "council.vote_entered" if entry else "council.vote_cast",
        object_kind="ballot",
        object_id=ballot_id,
        label=facts.title,
        reason=entry.get("entry_reason"),
        new={"member": str(member_id), "seal": seal_of(vote)},
    )
    try:
        db.session.flush()
    except IntegrityError as error:  # another request of the same member was quicker
        raise Conflict(_("Your vote is stored; a vote is never changed.")) from error
    publish(f"session:{facts.session_id}", "entry" if entry else "vote")
    return vote


@functools.cache
def _facts():
    """All that decides whether a member may vote, in one SELECT that shares the ballot's row with other votes. Built
    once: that spares each vote 0.7 ms. Takes ballot_id, member_id, today."""
    ballot_id, member_id = sa.bindparam("ballot_id", type_=sa.Uuid), sa.bindparam("member_id", type_=sa.Uuid)
    today = sa.bindparam("today", type_=sa.Date)

    def found(model, *conditions):
        return sa.select(model.id).where(*conditions).correlate(Ballot, Session, Matter).limit(1).scalar_subquery()

    return (
        sa.select(
            Ballot.closed_at,
            Ballot.session_id,
            Session.state,
            Matter.act_kind,
            Matter.title,
            found(
                BodyMember,
                BodyMember.body_id == Session.body_id,
                BodyMember.person_id == member_id,
                BodyMember.sitting_on(today),
            ).label("member"),
            found(
                Attendance,
                Attendance.session_id == Session.id,
                Attendance.member_id == member_id,
                Attendance.left_at.is_(None),
            ).label("present"),
            found(
                Recusal, Recusal.matter_id == Matter.id, Recusal.member_id == member_id, Recusal.withdrawn_at.is_(None)
            ).label("recused"),
            found(Vote, Vote.ballot_id == Ballot.id, Vote.member_id == member_id).label("voted"),
        )
        .select_from(Ballot)
        .join(Session, Session.id == Ballot.session_id)
        .join(Matter, Matter.id == Ballot.matter_id)
        .where(Ballot.id == ballot_id)
        .with_for_update(read=True, of=Ballot)
    )


def seal_of(vote):
    """What the audit log keeps of a vote while voting is open: it binds the choice and does not show it."""
    text = f"{vote.ballot_id}|{vote.member_id}|{Choice(vote.choice)}|{vote.nonce}"
    return hashlib.sha256(text.encode()).hexdigest()


def _choice(choice):
    try:
        return Choice(choice)
    except ValueError as error:
        raise Invalid(_("Vote for, against or abstain"), field="choice") from error


# ── Closing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def close_ballot(actor, ballot_id):
    """The chair closes the vote; the result is decided, recorded and shown. Returns the Result.

    When too few members are left the vote ends without a result, and the matter stays open (LAW-21, 22)."""
    session, matter, ballot = _locked_open(actor, ballot_id)
    quorum = attendance.quorum(session)
    ballot.closed_at, ballot.present_count, ballot.quorum_needed = clock.now(), quorum.present, quorum.needed
    votes = list(db.session.scalars(sa.select(Vote).where(Vote.ballot_id == ballot.id)))
    counts = {choice: sum(1 for vote in votes if vote.choice == choice) for choice in Choice}
    ballot.par, ballot.pret, ballot.atturas = counts[Choice.FOR], counts[Choice.AGAINST], counts[Choice.ABSTAIN]
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
        label=matter.title,
        new={
            "par": ballot.par,
            "pret": ballot.pret,
            "atturas": ballot.atturas,
            "adopted": ballot.adopted,
            "present": ballot.present_count,
            "why": ballot.why or ballot.cancelled_reason,
            "votes": [[str(vote.member_id), str(vote.choice), vote.nonce] for vote in votes],
        },
    )
    publish(f"session:{session.id}", "result")
    return outcome


def cancel_ballot(actor, ballot_id, reason):
    """The chair calls an open vote off, e.g. opened on the wrong matter. No result; votes stay stored."""
    reason = (reason or "").strip()
    if not reason:
        raise Invalid(_("Say why the vote is called off"), field="reason")
    session, matter, ballot = _locked_open(actor, ballot_id)
    ballot.closed_at, ballot.cancelled_reason = clock.now(), reason
    db.session.flush()
    audit.record(actor, "council.ballot_cancelled", ballot, label=matter.title, reason=reason)
    publish(f"session:{session.id}", "ballot")
    return ballot


def _locked_open(actor, ballot_id):
    ballot = get_ballot(actor, ballot_id)
    session = locked_session(actor, ballot.session_id)
    ballot = db.session.scalar(
        sa.select(Ballot).where(Ballot.id == ballot_id).with_for_update().execution_options(populate_existing=True)
    )
    if not ballot.is_open:
        raise Conflict(_("This vote is closed already."))
    ensure(policy.can_close_ballot(actor, session, ballot))
    return session, db.session.get_one(Matter, ballot.matter_id), ballot


def _decide(ballot, session, votes):
    """Fill in the outcome, in Latvian: it is a record."""
    committee = session.body.is_committee
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
        )
    ballot.adopted, ballot.needed, ballot.law, ballot.why = outcome.adopted, outcome.needed, outcome.law, outcome.why


def _settle(actor, session, matter, ballot):
    """What the result means for the matter: decided; what a committee supports goes to the council's pool."""
    committee = session.body.is_committee
    good, bad = (Outcome.SUPPORTED, Outcome.NOT_SUPPORTED) if committee else (Outcome.ADOPTED, Outcome.REJECTED)
    matter.state, matter.decided_at = MatterState.DECIDED, ballot.closed_at
    matter.outcome = good if ballot.adopted else bad
    db.session.flush()
    if matter.subject in rules.PROCEDURAL:
        return
    proposals.decided(actor, session, matter)


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────────


def tally(actor, ballot_id):
    """Who has voted so far and who has not; never what."""
    ballot = get_ballot(actor, ballot_id)
    session = db.session.get_one(Session, ballot.session_id)
    matter = db.session.get_one(Matter, ballot.matter_id)
    voted = set(db.session.scalars(sa.select(Vote.member_id).where(Vote.ballot_id == ballot.id)))
    recused = blocked_ids(matter)
    waiting = attendance.present_ids(session, ballot.closed_at) - voted - recused
    return Tally(ballot.id, bodies.named(voted), bodies.named(waiting), bodies.named(recused))


def result(actor, ballot_id):
    """The result of a closed vote, by name. Raises Conflict while it is open."""
    ballot = get_ballot(actor, ballot_id)
    if ballot.is_open:
        raise Conflict(_("The vote is still open."))
    session = db.session.get_one(Session, ballot.session_id)
    return result_of(ballot, session, db.session.get_one(Matter, ballot.matter_id))


def blocked_ids(matter):
    """Members whose declared interest takes them out of the vote on this matter (LAW-49)."""
    if not rules.interest_blocks(matter.act_kind):
        return set()
    return set(
        db.session.scalars(
            sa.select(Recusal.member_id).where(Recusal.matter_id == matter.id, Recusal.withdrawn_at.is_(None))
        )
    )
