"""Votes: one of each member, stored with its audit record or refused with the reason.

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
    BallotKind,
    BallotOption,
    BallotWay,
    BodyMember,
    Choice,
    EntryAnswer,
    Matter,
    Recusal,
    Session,
    SessionState,
    Vote,
    VoteChange,
    session_body,
)
from portal.council.service import attendance, bodies
from portal.council.service.reading import get_ballot
from portal.council.service.results import result_of
from portal.council.shapes import Tally
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ensure
from portal.kernel.i18n import _
from portal.kernel.live import publish


def cast_vote(actor, ballot_id, choice, option_id=None, key=None):
    """The member's own vote. Returns the stored Vote. option_id: the candidate that "par" is for.

    In a package it is stored for each matter in which the member takes part, and the first is returned. Where the
    rules of procedure let a member change the vote until the closing, a second vote takes the place of the first; so it
    does when the member objects to what the desk entered. key: of this pressing of the button; sent again, it changes
    nothing and gives what is stored.
    Raises Conflict on a second vote otherwise and after closing, Forbidden when absent, recused or not a member,
    ConfirmationNeeded when the settings ask for fresh proof of who votes."""
    if actor.on_behalf_of_id:
        raise Forbidden(_("A deputy takes part in person; a substitute cannot register or vote."))
    identity.require_for_weighty(actor)
    return _store(actor, ballot_id, actor.person_id, choice, option_id, key)


def enter_vote(actor, ballot_id, member_id, choice, reason, option_id=None):
    """The secretary enters the vote a member gave aloud, with the reason; it is traced as such."""
    reason = (reason or "").strip()
    if not reason:
        raise Invalid(_("Say why the vote is entered at the desk"), field="reason")
    ensure(policy.can_enter_vote(actor, get_ballot(actor, ballot_id)))
    entry = {"entered_by_id": actor.person_id, "entry_reason": reason[:300]}
    return _store(actor, ballot_id, member_id, choice, option_id, None, **entry)


def enter_votes(actor, ballot_id, choices, reason):
    """Several votes at once, as a roll-call sheet lists them. choices: {member id: (choice, option id or None)}.

    Who has voted meanwhile, and does not object to what was entered, keeps that vote. Raises Invalid, Forbidden,
    Conflict."""
    if not choices:
        raise Invalid(_("Choose a vote beside at least one name"), field="votes")
    stands = (
        sa.select(Vote.member_id)
        .outerjoin(EntryAnswer, EntryAnswer.vote_id == Vote.id)
        .where(Vote.ballot_id == ballot_id, sa.or_(EntryAnswer.agreed.is_(None), EntryAnswer.agreed))
    )
    voted = set(db.session.scalars(stands))
    for member_id, (choice, option_id) in choices.items():
        if member_id not in voted:
            enter_vote(actor, ballot_id, member_id, choice, reason, option_id)


def _store(actor, ballot_id, member_id, choice, option_id, key, **entry):
    """Check and write one vote: one SELECT, one INSERT, the audit record and the live event."""
    choice = choice_of(choice)
    now = clock.now()
    facts = db.session.execute(
        _facts(), {"ballot_id": ballot_id, "member_id": member_id, "today": clock.local(now).date()}
    ).one_or_none()
    if facts is None:
        raise NotFound(_("There is no such vote"))
    if facts.voted and key and (kept := _sent_before(facts.voted, key)):
        return kept
    _ensure_open(facts)
    check_option(ballot_id, facts.kind, choice, option_id)
    votes = _rows(facts, _where_may_vote(facts, ballot_id, member_id), member_id)
    for vote in votes:
        vote.choice, vote.option_id, vote.cast_at, vote.nonce = choice, option_id, now, secrets.token_hex(16)
        vote.entered_by_id, vote.entry_reason = entry.get("entered_by_id"), entry.get("entry_reason")
        vote.key = key
    db.session.add_all(votes)
    action = "council.vote_changed" if facts.voted else "council.vote_entered" if entry else "council.vote_cast"
    seals = [seal_of(vote) for vote in votes]
    audit.record(
        actor,
        action,
        object_kind="ballot",
        object_id=ballot_id,
        label=facts.question or facts.title,
        reason=entry.get("entry_reason"),
        new={"member": str(member_id), "seal": seals[0], **({"seals": seals} if len(seals) > 1 else {})},
    )
    try:
        db.session.flush()
    except IntegrityError as error:  # another request of the same member was quicker
        raise Conflict(_("Your vote is stored; a vote is never changed.")) from error
    if facts.voted:  # what the member said of the vote that stood before
        db.session.execute(sa.delete(EntryAnswer).where(EntryAnswer.vote_id.in_([vote.id for vote in votes])))
    publish(f"session:{facts.session_id}", "entry" if entry or facts.objected else "vote")
    return votes[0]


def _ensure_open(facts):
    """The ballot takes votes from tablets and the member's is wanted, or Conflict says why not."""
    if facts.voted and not (facts.changeable or facts.objected):
        raise Conflict(_("Your vote is stored; a vote is never changed."))
    if facts.closed_at is not None:
        raise Conflict(
            _(
                "The vote was closed at %(time)s; your vote was not counted.",
                time=f"{clock.local(facts.closed_at):%H:%M:%S}",
            )
        )
    if facts.way != BallotWay.TABLET:
        raise Conflict(_("The counting commission enters this vote; say or show your choice."))
    if facts.lead_id is not None:
        raise Conflict(_("This matter is voted on together with others; vote on the first of them."))


def _where_may_vote(facts, ballot_id, member_id):
    """The ballots that the member's vote is for: one, or those of a package. Raises Forbidden, Conflict."""
    ballot_ids = [ballot_id]
    recused = bool(facts.recused) and rules.interest_blocks(facts.act_kind)
    if facts.package:
        ballot_ids = _where_not_recused(ballot_id, member_id)
        recused = not ballot_ids
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
    return ballot_ids


def _rows(facts, ballot_ids, member_id):
    """The member's row of each ballot, to be filled; what stood in it before is kept as a change."""
    earlier = {}
    if facts.voted:
        mine = sa.select(Vote).where(Vote.ballot_id.in_(ballot_ids), Vote.member_id == member_id)
        earlier = {vote.ballot_id: vote for vote in db.session.scalars(mine.with_for_update())}
        db.session.add_all(_as_it_was(vote) for vote in earlier.values())
    return [earlier.get(one) or Vote(ballot_id=one, member_id=member_id) for one in ballot_ids]


def _sent_before(vote_id, key):
    """The stored vote when this pressing of the button, `key`, has reached us before; a later one may stand by now."""
    vote = db.session.get_one(Vote, vote_id)
    before = sa.select(VoteChange.id).where(VoteChange.vote_id == vote_id, VoteChange.key == key)
    return vote if vote.key == key or db.session.scalar(before) else None


def _as_it_was(vote):
    return VoteChange(
        vote_id=vote.id,
        choice=vote.choice,
        option_id=vote.option_id,
        nonce=vote.nonce,
        cast_at=vote.cast_at,
        key=vote.key,
    )


def check_option(ballot_id, kind, choice, option_id):
    """Raises Invalid when "par" of an election names no candidate of it, or another vote names one."""
    named = kind == BallotKind.CANDIDATES and choice == Choice.FOR
    if named != (option_id is not None):
        raise Invalid(
            _("Choose a candidate, “against all” or abstain") if named else _("Choose For, Against or Abstain")
        )
    if named and not db.session.scalar(
        sa.select(BallotOption.id).where(BallotOption.id == option_id, BallotOption.ballot_id == ballot_id)
    ):
        raise Invalid(_("This person is not a candidate in this vote"), field="option_id")


def _where_not_recused(lead_id, member_id):
    """The ballots of a package in whose matters the member has no interest that blocks (LAW-49)."""
    blocked = (
        sa.select(Recusal.id)
        .where(Recusal.matter_id == Matter.id, Recusal.member_id == member_id, Recusal.withdrawn_at.is_(None))
        .exists()
    )
    rows = db.session.execute(
        sa.select(Ballot.id, Matter.act_kind, blocked)
        .join(Matter, Matter.id == Ballot.matter_id)
        .where(sa.or_(Ballot.id == lead_id, Ballot.lead_id == lead_id))
        .order_by(Matter.n)
    )
    return [one for one, act_kind, recused in rows if not (recused and rules.interest_blocks(act_kind))]


@functools.cache
def _facts():
    """All that decides whether a member may vote, in one SELECT that shares the ballot's row with other votes. Built
    once: that spares each vote 0.7 ms. Takes ballot_id, member_id, today."""
    ballot_id, member_id = sa.bindparam("ballot_id", type_=sa.Uuid), sa.bindparam("member_id", type_=sa.Uuid)
    today = sa.bindparam("today", type_=sa.Date)

    def found(model, *conditions):
        return sa.select(model.id).where(*conditions).correlate(Ballot, Session, Matter).limit(1).scalar_subquery()

    follower, package = sa.orm.aliased(Ballot), sa.orm.aliased(Ballot)
    return (
        sa.select(
            Ballot.closed_at,
            Ballot.session_id,
            Ballot.kind,
            Ballot.way,
            Ballot.changeable,
            Ballot.lead_id,
            Ballot.question,
            sa.exists(sa.select(follower.id).where(follower.lead_id == Ballot.id)).label("package"),
            Session.state,
            Matter.act_kind,
            Matter.title,
            found(
                BodyMember,
                sa.or_(
                    BodyMember.body_id == Session.body_id,
                    BodyMember.body_id.in_(
                        sa.select(session_body.c.body_id).where(session_body.c.session_id == Session.id)
                    ),
                ),
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
            sa.exists(
                sa.select(EntryAnswer.vote_id)
                .join(Vote, Vote.id == EntryAnswer.vote_id)
                .join(package, package.id == Vote.ballot_id)
                .where(sa.or_(package.id == Ballot.id, package.lead_id == Ballot.id))
                .where(Vote.member_id == member_id, EntryAnswer.agreed.is_(False))
                .correlate(Ballot)
            ).label("objected"),
            sa.select(Vote.id)
            .join(package, package.id == Vote.ballot_id)
            .where(sa.or_(package.id == Ballot.id, package.lead_id == Ballot.id), Vote.member_id == member_id)
            .correlate(Ballot)
            .limit(1)
            .scalar_subquery()
            .label("voted"),
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
    if vote.option_id:
        text += f"|{vote.option_id}"
    return hashlib.sha256(text.encode()).hexdigest()


def choice_of(choice):
    """A Choice from its word. Raises Invalid."""
    try:
        return Choice(choice)
    except ValueError as error:
        raise Invalid(_("Vote for, against or abstain"), field="choice") from error


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
