"""A model of session and vote against the real services (13.2, 13.3): whatever chair, secretary and members do in
whatever order, the invariants hold. `PKIP_MODEL_STEPS` asks for more steps than the few of an ordinary run."""

import os
from collections import Counter
from random import Random

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from portal.council import rules, service
from portal.council.models import Attendance, Ballot, BallotKind, Matter, MatterState, Outcome, SessionState, Vote
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid
from tests.council import factories as make

STEPS = int(os.environ.get("PKIP_MODEL_STEPS", "300"))
STEPS_OF_ONE_SESSION = 100
SEATS = 7
QUORUM = SEATS // 2 + 1
WHO, CHOICE = st.integers(0, SEATS - 1), st.sampled_from(["par", "pret", "atturas"])
HERE = st.sampled_from([6, SEATS, 5, QUORUM, QUORUM - 1])
DICE = st.integers(0, 2**32)  # small numbers come often: what is made of them depends on the step, too


class Sitting(RuleBasedStateMachine):
    """What the model knows: who is in the room, who stepped aside, what is open and who has voted what on it."""

    house = None  # one council for all runs; each has a session of its own, which is rolled back at the end
    seen: Counter = Counter()
    turn = 0

    @initialize(here=HERE, begun=st.sampled_from([True, True, True, False]))
    def begin(self, here, begun):
        self.session = make.planned(self.house)
        self.matters = [make.matter(self.house, f"Par {n}. jautājumu", self.session) for n in range(1, 9)]
        service.invite(self.house.secretary, self.session.id)
        self.state, self.present, self.aside = "invited", set(), {}
        self.current = self.ballot = None
        self.package, self.votes, self.closed = [], {}, {}
        for who in range(here):
            self.noted_at_the_desk(who, True)
        if begun:  # most runs begin where most things may happen
            self.open_session()
            self.open_next_matter()

    def teardown(self):
        db.session.rollback()

    # ── who is in the room ──

    @rule(who=WHO)
    def arrive(self, who):
        with self.refused_unless(self.state != "closed"):
            service.check_in(self.house.members[who], self.session.id)
            self.present.add(who)

    @rule(who=WHO, dice=DICE)
    def leave(self, who, dice):
        if not self.by_chance(dice, 0.25):
            return  # else the room would soon be empty
        with self.refused_unless(self.state != "closed" and who in self.present):
            service.check_out(self.house.members[who], self.session.id)
            self.present.discard(who)

    @rule(who=WHO, present=st.sampled_from([True, True, True, False]))
    def noted_at_the_desk(self, who, present):
        with self.refused_unless(self.state != "closed"):
            service.mark(self.house.secretary, self.session.id, self.house.members[who].person_id, present)
            (self.present.add if present else self.present.discard)(who)

    # ── the session ──

    @precondition(lambda self: self.state == "invited")
    @rule()
    def open_session(self):
        with self.refused_unless(self.state == "invited"):
            service.open_session(self.house.chair, self.session.id)
            self.state = "open"

    @precondition(lambda self: self.state != "paused")
    @rule(dice=DICE)
    def pause(self, dice):
        if not self.by_chance(dice, 0.3):
            return
        with self.refused_unless(self.state == "open" and self.ballot is None):
            service.pause_session(self.house.chair, self.session.id, "Kafija", 5)
            self.state = "paused"

    @precondition(lambda self: self.state == "paused")
    @rule()
    def resume(self):
        with self.refused_unless(self.state == "paused"):
            service.resume_session(self.house.chair, self.session.id)
            self.state = "open"

    @precondition(lambda self: self.ballot is None)
    @rule(dice=DICE)
    def close_session(self, dice):
        if not self.by_chance(dice, 0.1 if self.left() else 0.5):
            return  # else most sessions would be over before they began
        with self.refused_unless(self.state != "closed" and self.ballot is None):
            service.close_session(self.house.chair, self.session.id, "Laiks beidzies")
            self.state, self.current = "closed", None

    @precondition(lambda self: self.state == "closed")
    @rule(here=HERE, dice=DICE)
    def next_session(self, here, dice):
        if self.by_chance(dice, 0.4):
            self.begin(here, True)

    # ── matters and votes ──

    @precondition(lambda self: self.ballot is None)
    @rule()
    def open_next_matter(self):
        left = self.left()
        with self.refused_unless(bool(left) and self.state == "open" and self.ballot is None):
            service.open_matter(self.house.chair, (left or self.matters)[0].id)
            self.current = left[0]

    @rule()
    def jump_the_queue(self):
        left = self.left()
        if len(left) > 1:
            with self.refused_unless(False):
                service.open_matter(self.house.chair, left[1].id)

    @precondition(lambda self: self.current is not None and not self.decided(self.current))
    @rule(who=WHO)
    def step_aside(self, who):
        voted = who in self.votes and self.ballot is not None
        aside = self.aside.setdefault(self.current.id, set())
        allowed = self.state != "closed" and not self.decided(self.current) and not voted and who not in aside
        with self.refused_unless(allowed):
            service.declare_interest(self.house.members[who], self.current.id, "Radinieks")
            aside.add(who)

    @precondition(lambda self: self.current is not None)
    @rule(asked=st.sampled_from(["draft", "procedure", "candidates"]))
    def open_ballot(self, asked):
        with self.refused_unless(self.may_open()):
            stand = [(member.name, member.person_id) for member in self.house.members[:3]]
            self.ballot = service.open_ballot(
                self.house.chair,
                self.current.id,
                kind=asked,
                question=None if asked == "draft" else "Jautājums",
                candidates=stand if asked == "candidates" else (),
            )
            self.package, self.votes = [self.ballot], {}

    @precondition(lambda self: self.ballot is None)
    @rule(size=st.integers(2, 3))
    def open_package(self, size):
        chosen = self.left()[:size]
        if len(chosen) < 2:
            return
        with self.refused_unless(self.state == "open" and self.ballot is None and len(self.present) >= QUORUM):
            self.ballot = service.open_package(self.house.chair, [matter.id for matter in chosen])
            self.package, self.votes, self.current = [self.ballot, *followers(self.ballot)], {}, chosen[0]

    @precondition(lambda self: self.package)
    @rule(who=WHO, choice=CHOICE, option=st.integers(0, 2))
    def vote(self, who, choice, option):
        ballot = self.ballot or (db.session.get(Ballot, next(iter(self.closed))) if self.closed else None)
        if ballot is None:
            return
        named = ballot.kind == BallotKind.CANDIDATES and choice == "par"
        option_id = ballot.options[option].id if named else None
        takes_part = any(who not in self.aside.get(one.matter_id, ()) for one in self.package)
        allowed = self.ballot is not None and who in self.present and who not in self.votes and takes_part
        with self.refused_unless(allowed):
            service.cast_vote(self.house.members[who], ballot.id, choice, option_id)
            self.votes[who] = (choice, option_id)
            self.seen["votes"] += 1

    @precondition(lambda self: self.ballot is not None)
    @rule(dice=st.integers(0, 2**32))
    def close_ballot(self, dice):
        chance = self.chance(dice)
        if chance.random() < 0.8:
            for who in range(SEATS):
                if chance.random() < 0.9:
                    choice = chance.choice(["par", "par", "par", "pret", "atturas"])
                    self.vote(who, choice, chance.choice([0, 0, 0, 1, 2]))
        service.close_ballot(self.house.chair, self.ballot.id)
        valid = len(self.present) >= QUORUM
        for one in self.package:
            counted = self.counted(one)
            assert (one.par, one.pret, one.atturas) == tuple(
                sum(1 for choice, _option in counted.values() if choice == what) for what in ("par", "pret", "atturas")
            )
            assert (one.adopted is not None) == valid, "a result needs a quorum at the closing (LAW-21)"
            if valid and one.kind == BallotKind.DRAFT:
                assert one.adopted == (2 * one.par > len(counted)), "more than half of those who voted (LAW-38, 39)"
            if valid and one.kind == BallotKind.CANDIDATES:
                most = max((option.votes for option in one.options), default=0)
                assert one.adopted == (2 * most > len(counted)), "more than half of those who voted"
            self.remember(one)
            self.seen[f"{one.kind} {'adopted' if one.adopted else 'not' if valid else 'no result'}"] += 1
        self.ballot = None

    @precondition(lambda self: self.ballot is not None)
    @rule(dice=DICE)
    def cancel_ballot(self, dice):
        if not self.by_chance(dice, 0.25):
            return
        service.cancel_ballot(self.house.chair, self.ballot.id, "Kļūda")
        for one in self.package:
            assert one.adopted is None and one.cancelled_reason == "Kļūda"
            self.remember(one)
        self.ballot = None

    @precondition(lambda self: self.ballot is not None)
    @rule(who=WHO, dice=DICE)
    def object_to_package(self, who, dice):
        if not self.by_chance(dice, 0.3):
            return
        with self.refused_unless(len(self.package) > 1):
            service.object_to_package(self.house.members[who], self.ballot.id)
            for one in self.package:
                self.remember(one)
            self.ballot = None

    @precondition(lambda self: self.closed and self.ballot is None)
    @rule()
    def repeat(self):
        if not self.closed or self.ballot is not None:
            return
        old = db.session.get(Ballot, list(self.closed)[-1])
        repeated = db.session.scalar(sa.select(Ballot.id).where(Ballot.repeat_of_id == old.id)) is not None
        final = old.adopted is not None and old.kind != BallotKind.PROCEDURE
        its_turn = self.current is not None and self.current.id == old.matter_id
        if not its_turn:
            return
        with self.refused_unless(not final and not repeated and self.may_open()):
            self.ballot = service.repeat_ballot(self.house.chair, old.id, "Vēlreiz")
            self.package, self.votes = [self.ballot], {}

    # ── what always holds ──

    @invariant()
    def state_is_as_the_model_says(self):
        self.seen["steps"] += 1
        self.turn += 1
        if not hasattr(self, "session"):
            return
        db.session.flush()
        assert self.session.state == SessionState(self.state)
        here = db.session.scalars(
            sa.select(Attendance.member_id).where(
                Attendance.session_id == self.session.id, Attendance.left_at.is_(None)
            )
        ).all()
        assert sorted(here) == sorted(self.house.members[who].person_id for who in self.present)

    @invariant()
    def votes_are_those_given_and_closed_results_never_change(self):
        if not hasattr(self, "session"):
            return
        ballots = list(db.session.scalars(sa.select(Ballot).where(Ballot.session_id == self.session.id)))
        open_ones = {one.id for one in ballots if one.is_open}
        assert open_ones == ({one.id for one in self.package} if self.ballot is not None else set())
        rows = {}
        for vote in db.session.scalars(sa.select(Vote).join(Ballot).where(Ballot.session_id == self.session.id)):
            assert vote.member_id not in rows.setdefault(vote.ballot_id, {}), "one vote of each member"
            rows[vote.ballot_id][vote.member_id] = (str(vote.choice), vote.option_id)
        for one in ballots:
            assert one.is_open or facts(one) == self.closed[one.id][0], "a closed result never changes"
            known = self.named(self.counted(one)) if one.is_open else self.closed[one.id][1]
            assert rows.get(one.id, {}) == known, "nothing is counted before the opening, after the closing or twice"
            assert one.present_count >= QUORUM or not one.is_open, "a vote opens with a quorum only (LAW-21)"

    @invariant()
    def a_matter_is_decided_by_its_own_valid_result(self):
        if not hasattr(self, "session"):
            return
        for matter in self.matters:
            if matter.outcome in (Outcome.ADOPTED, Outcome.REJECTED):
                last = db.session.scalar(
                    sa.select(Ballot).where(Ballot.matter_id == matter.id).order_by(Ballot.round.desc()).limit(1)
                )
                assert last.adopted == (matter.outcome == Outcome.ADOPTED) and last.kind != BallotKind.PROCEDURE

    # ── helpers ──

    def chance(self, dice):
        """Drawn by the model and by the step, so that a failing run is told and repeated as it was."""
        return Random(dice * STEPS_OF_ONE_SESSION + self.turn)

    def by_chance(self, dice, share):
        return self.chance(dice).random() < share

    def left(self):
        return [matter for matter in self.matters if not self.decided(matter)]

    def decided(self, matter):
        return matter.state == MatterState.DECIDED

    def may_open(self):
        return (
            self.state == "open"
            and self.ballot is None
            and not self.decided(self.current)
            and self.current.state == MatterState.OPEN
            and len(self.present) >= QUORUM
        )

    def counted(self, ballot):
        """The votes that stand in this ballot of the package: not those of who stepped aside in its matter."""
        aside = self.aside.get(ballot.matter_id, set())
        return {who: vote for who, vote in self.votes.items() if who not in aside}

    def named(self, votes):
        return {self.house.members[who].person_id: vote for who, vote in votes.items()}

    def remember(self, ballot):
        self.closed[ballot.id] = (facts(ballot), self.named(self.counted(ballot)))

    def refused_unless(self, allowed):
        return _Expecting(allowed)


class _Expecting:
    """Within: what the model allows succeeds, what it does not allow is refused with a reason and changes nothing."""

    def __init__(self, allowed):
        self.allowed = allowed

    def __enter__(self):
        self.point = db.session.begin_nested()

    def __exit__(self, kind, error, trace):
        if isinstance(error, (Conflict, Forbidden, Invalid)):
            self.point.rollback()
            assert not self.allowed, f"refused, though the model allows it: {error.message}"
            assert error.message
            return True
        if error is None:
            self.point.commit()
            assert self.allowed, "done, though the model does not allow it"
        return False


def followers(ballot):
    return list(
        db.session.scalars(sa.select(Ballot).join(Matter).where(Ballot.lead_id == ballot.id).order_by(Matter.n))
    )


def facts(ballot):
    """All of a closed ballot that must stay as it is."""
    return (
        ballot.par, ballot.pret, ballot.atturas, ballot.adopted, ballot.needed, ballot.why, ballot.law,
        ballot.closed_at, ballot.rule, [(option.votes, option.elected) for option in ballot.options],
    )  # fmt: skip


@pytest.mark.req("13.2", "13.3", "LAW-20", "LAW-21", "LAW-31", "LAW-38", "LAW-39", "LAW-49")
def test_whatever_happens_in_a_session_the_invariants_hold(app):
    """LAW-20, 21, 31, 38, 39, 49."""
    assert rules.quorum_needed(SEATS) == QUORUM
    Sitting.house = make.body(members=SEATS)
    db.session.commit()
    Sitting.seen.clear()
    run_state_machine_as_test(
        Sitting,
        settings=settings(
            max_examples=max(1, STEPS * 4 // STEPS_OF_ONE_SESSION // 3),  # many a run ends before its last step
            stateful_step_count=STEPS_OF_ONE_SESSION,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Sitting.seen["votes"], "the model never came to a vote"
    print(f"{STEPS} steps:", dict(Sitting.seen))
