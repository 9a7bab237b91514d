"""A closed ballot as a Result: counts, names, and the reason in the reader's language."""

import sqlalchemy as sa

from portal.council import rules
from portal.council.models import Attendance, BallotKind, Choice, Outcome, Recusal, Vote
from portal.council.service import bodies
from portal.council.shapes import OptionResult, Result
from portal.identity import service as identity
from portal.kernel.db import db
from portal.kernel.i18n import _


def result_of(ballot, session, matter, votes=None):
    """The Result of one closed ballot, with names (four queries at most)."""
    votes = list(db.session.scalars(sa.select(Vote).where(Vote.ballot_id == ballot.id))) if votes is None else votes
    stays = list(db.session.scalars(sa.select(Attendance).where(Attendance.session_id == session.id)))
    recusals = list(
        db.session.scalars(sa.select(Recusal).where(Recusal.matter_id == matter.id, Recusal.withdrawn_at.is_(None)))
    )
    names = identity.names_of({stay.member_id for stay in stays} | {vote.member_id for vote in votes})
    return build(ballot, session.body, matter, votes, stays, recusals, names)


def build(ballot, body, matter, votes, stays, recusals, names):
    """The Result from facts already read. votes, recusals: of this ballot's matter; stays: of its session."""
    choices = {vote.member_id: vote.choice for vote in votes if vote.ballot_id == ballot.id}
    present = {stay.member_id for stay in stays if covers(stay, ballot.closed_at)}
    recused = set()
    if rules.interest_blocks(matter.act_kind):
        recused = {r.member_id for r in recusals if r.matter_id == matter.id and r.declared_at <= ballot.closed_at}
    by_choice = {
        choice: bodies.named([who for who, what in choices.items() if what == choice], names) for choice in Choice
    }
    by_option = {
        option.id: bodies.named([v.member_id for v in votes if v.option_id == option.id], names)
        for option in ballot.options
    }
    return _result(
        ballot,
        body,
        by_choice,
        by_option=by_option,
        not_voted=bodies.named(present - set(choices) - recused, names),
        recused=bodies.named(recused, names),
    )


def without_names(ballot, body):
    """The Result of a closed ballot for a line of an agenda: counts and reason only, no query."""
    return _result(ballot, body, {}, [], [], {})


def outcome_word(outcome):
    """What became of a matter, in a word; None while nothing has. All that is told of a closed one (LAW-18)."""
    words = {
        Outcome.SUPPORTED: _("Supported"),
        Outcome.NOT_SUPPORTED: _("Not supported"),
        Outcome.ADOPTED: _("Adopted"),
        Outcome.REJECTED: _("Rejected"),
        Outcome.NOTED: _("Taken note of."),
        Outcome.POSTPONED: _("Postponed"),
        Outcome.WITHDRAWN: _("Withdrawn"),
    }
    return words.get(outcome)


def covers(stay, at):
    """Whether a member was in the room at this moment."""
    return stay.arrived_at <= at and (stay.left_at is None or stay.left_at > at)


def is_reduced(ballot, body):
    """Whether the ballot was held with the reduced quorum of a second repeat session (LAW-25)."""
    return not body.is_committee and ballot.quorum_needed < rules.quorum_needed(ballot.seats)


def election(ballot):
    """The outcome of a closed ballot for candidates that has one; None for any other ballot."""
    if ballot.kind != BallotKind.CANDIDATES or ballot.adopted is None:
        return None
    return election_of(ballot)


def election_of(ballot, committee=False):
    """The outcome of a ballot for candidates whose votes are counted, in the reader's language (LAW-161)."""
    return rules.elect(
        [option.name for option in ballot.options],
        [option.votes for option in ballot.options],
        voted=ballot.par + ballot.pret + ballot.atturas,
        tour=ballot.tour,
        rule=ballot.rule,
        seats=ballot.seats,
        committee=committee,
    )


def _result(ballot, body, names, not_voted, recused, by_option):
    counts = dict(par=ballot.par or 0, pret=ballot.pret or 0, atturas=ballot.atturas or 0)
    common = dict(
        ballot_id=ballot.id,
        matter_id=ballot.matter_id,
        round=ballot.round,
        rule=str(ballot.rule),
        present=ballot.present_count,
        quorum_needed=ballot.quorum_needed,
        opened_at=ballot.opened_at,
        closed_at=ballot.closed_at,
        names=names,
        not_voted=not_voted,
        recused=recused,
        kind=str(ballot.kind),
        way=str(ballot.way),
        question=ballot.question,
        tour=ballot.tour,
        repeat_reason=ballot.repeat_reason,
        **counts,
    )
    if ballot.kind == BallotKind.CANDIDATES:
        common["options"] = [
            OptionResult(option.id, option.name, option.votes or 0, option.elected, by_option.get(option.id, []))
            for option in ballot.options
        ]
    if ballot.adopted is None:
        return Result(
            valid=False,
            adopted=False,
            needed=0,
            law="",
            why=ballot.cancelled_reason or "",
            line=_("The vote ended without a result"),
            **common,
        )
    if ballot.kind == BallotKind.CANDIDATES:
        outcome = election_of(ballot, body.is_committee)
    else:
        outcome = rules.decide(
            ballot.rule,
            **counts,
            seats=ballot.seats,
            committee=body.is_committee,
            chair_choice=ballot.chair_choice,
            reduced=is_reduced(ballot, body),
        )
    return Result(
        valid=True,
        adopted=ballot.adopted,
        needed=ballot.needed,
        law=outcome.law,
        why=outcome.why,
        line=outcome.line,
        **common,
    )
